# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's address plan: fabrics, SVMs, nodes, and what each machine runs. Pure data.

Each lab has its own fabrics (lab.hub), so that equal addresses never meet.
"""

import os
from dataclasses import dataclass
from typing import NamedTuple

from lab.errors import LabError

ARRAY = "array"
FABRICS = ("a", "b")
SUBNETS = {"a": "10.10.1", "b": "10.10.2"}
TRANSPORTS = ("iscsi", "fc")
"""A lab has one of them. Fibre Channel goes over the same Ethernet cards (FCoE), between these MAC addresses."""

INTERFACES = {"a": "eth1", "b": "eth2"}
"""The node's network interface on each fabric; eth0 is management."""

SOCKETS = {"a": "sana", "b": "sanb"}
"""The socket, in a machine's folder, of its port on each fabric."""

SUITES = ("bullseye", "bookworm", "trixie", "sid")
"""The generations of Debian, and with it of the kernel, multipath-tools, open-iscsi and Python, from old to new."""

ARRAY_SUITE = "bookworm"
USUAL = ("bookworm", "trixie")
"""The generations that nodes take turns in where LAB_SUITES, such as bullseye,sid, names no others."""

ISCSI_PORT = 3260
MAX_NODES = 9


@dataclass(frozen=True)
class Svm:
    """A storage virtual machine: one iSCSI target with one portal on each fabric."""

    name: str
    target: str
    host: int

    def address(self, fabric):
        return f"{SUBNETS[fabric]}.{self.host}"

    @property
    def portals(self):
        return [f"{self.address(fabric)}:{ISCSI_PORT}" for fabric in FABRICS]


SVMS = {
    "svm1": Svm("svm1", "iqn.1992-08.com.netapp:sn.svm1:vs.1", 10),
    "svm2": Svm("svm2", "iqn.1992-08.com.netapp:sn.svm2:vs.2", 11),
}


FC_SVM = "svm1"
"""The only SVM of a lab with Fibre Channel: each card of the array is one port, and so one LIF."""


def node_names(count):
    """Return ['node1', ...]; `count` is 1 to MAX_NODES."""
    return [f"node{index}" for index in range(1, count + 1)]


def suites(names=None):
    """Return the generations that are named, such as "bullseye,sid", in LAB_SUITES where None is given."""
    names = os.environ.get("LAB_SUITES", "") if names is None else names
    found = tuple(name.strip() for name in names.split(",") if name.strip())
    unknown = [name for name in found if name not in SUITES]
    if unknown:
        raise LabError(f"There is no generation {', '.join(unknown)}; there are: {', '.join(SUITES)}")
    return found or USUAL


class Size(NamedTuple):
    """How many nodes a lab has, the MiB of memory of each, and the generations of Debian that they take turns in."""

    nodes: int = 2
    memory: int = 640
    suites: tuple = ()

    def machines(self):
        """Return {machine: its generation of Debian}, the array first."""
        turns = self.suites or suites()
        nodes = {name: turns[number % len(turns)] for number, name in enumerate(node_names(self.nodes))}
        return {ARRAY: ARRAY_SUITE, **nodes}


def initiator(node):
    """Return the iSCSI initiator name of a node."""
    return f"iqn.2026-01.org.sanops.lab:{node}"


def wwpn(machine, fabric):
    """Return the name of the Fibre Channel port that a machine has on a fabric: it is made of the MAC address."""
    return f"20:00:{mac(machine, 1 + FABRICS.index(fabric))}"


def initiators(node, transport):
    """Return the names by which the array knows a node."""
    return [initiator(node)] if transport == "iscsi" else [wwpn(node, fabric) for fabric in FABRICS]


def addresses(machine, fabric):
    """Return the IPv4 addresses of a machine on a fabric, without prefix length (it is 24)."""
    if machine == ARRAY:
        return [svm.address(fabric) for svm in SVMS.values()]
    return [f"{SUBNETS[fabric]}.{20 + int(machine.removeprefix('node'))}"]


def mac(machine, interface):
    """Return the MAC address of interface number 0 (management), 1 or 2 of a machine."""
    index = 0 if machine == ARRAY else int(machine.removeprefix("node"))
    return f"52:54:00:5a:{index:02x}:{interface:02x}"


def wwid(serial_number):
    """Return the multipath WWID of an ONTAP LUN's 12-character serial number."""
    return "3600a0980" + serial_number.encode("ascii").hex()
