# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failures that an audit has to tell apart: one device for each state that a SAN device can be in.

There are two nodes, of two generations of Debian, and both have the hardest cases: those that multipathd does not see.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

from lab.errors import LabError
from lab.progress import say


class Device(NamedTuple):
    svm: str
    node: str
    lun_id: int
    story: str
    trouble: Callable | None = None
    """What is done to it once all are mapped and settled; it says so."""


DEVICES = {
    "db": Device("svm1", "node1", 5, "nothing was done to it"),
    "boot": Device("svm1", "node1", 0, "unmapped, at LUN id 0", lambda lab: lab.unmap("boot", "node1")),
    "app": Device("svm1", "node1", 3, "unmapped, at LUN id 3", lambda lab: lab.unmap("app", "node1")),
    "mail": Device("svm1", "node1", 4, "unmapped while it is mounted", lambda lab: lab.unmap("mail", "node1")),
    "old": Device(
        "svm1", "node1", 7, "its LUN id given to another LUN", lambda lab: lab.recycle("old", "new", "node1")
    ),
    "sick": Device("svm1", "node1", 8, "taken offline on the array", lambda lab: lab.offline("sick")),
    "raw": Device("svm1", "node1", 9, "two disks that are in no map"),
    "web": Device("svm2", "node1", 1, "cut from one fabric", lambda lab: lab.cut("node1", "a", "svm2")),
    "shop": Device("svm1", "node2", 5, "nothing was done to it"),
    "root": Device("svm1", "node2", 0, "unmapped, at LUN id 0", lambda lab: lab.unmap("root", "node2")),
    "dump": Device("svm1", "node2", 3, "unmapped, at LUN id 3", lambda lab: lab.unmap("dump", "node2")),
    "past": Device(
        "svm1", "node2", 7, "its LUN id given to another LUN", lambda lab: lab.recycle("past", "next", "node2")
    ),
    "half": Device(
        "svm1", "node2", 8, "one path taken offline by the kernel", lambda lab: lab.offline_path("half", "node2")
    ),
    "log": Device(
        "svm2",
        "node2",
        2,
        "cut from both fabrics",
        lambda lab: "; ".join(lab.cut("node2", fabric, "svm2") for fabric in ("a", "b")),
    ),
}
"""LUN: what becomes of it. No two on a node have the same LUN id."""

HEIRS = {"old": "new", "past": "next"}  # who takes over their LUN ids
LOST_SESSIONS = {"node1": 1, "node2": 2}
# How many paths multipathd calls faulty: it does not see what is wrong with boot, old, root and past.
FAULTY = {"node1": 7, "node2": 5}


def make(lab):
    """Create the devices and their failures in a lab of two nodes without LUNs."""
    say(f"creating and mapping {len(DEVICES)} LUNs")
    for lun, device in DEVICES.items():
        lab.create_lun(lun, device.svm)
        if lun == "raw":
            lab.exclude(lun, device.node)
        lab.map(lun, device.node, device.lun_id, scan=False)
    for lun, heir in HEIRS.items():
        lab.create_lun(heir, DEVICES[lun].svm)
    for node in ("node1", "node2"):
        lab.scan(node)
    for lun, device in DEVICES.items():
        if lun != "raw":
            say(f"{lun}: {lab.wait_for_map(lun, device.node)}")
    say(lab.mount("mail", "node1"))
    for lun, device in DEVICES.items():
        if device.trouble:
            say(f"{lun}: {device.trouble(lab)}")
    for node, paths in FAULTY.items():
        wait_until_faulty(lab, node, paths)


def wait_until_faulty(lab, node, paths, seconds=90):
    """Wait until a node's multipathd reports this many of its paths as faulty: until then it calls them ready."""
    deadline = time.monotonic() + seconds
    count = "multipathd show paths raw format %T | grep -c faulty || true"
    while int(lab.ssh(node).output(count)) < paths:
        if time.monotonic() > deadline:
            raise LabError(
                f"multipathd on {node} still calls its paths ready after {seconds} s. See: make lab-ssh NODE={node}"
            )
        time.sleep(1)
    say(f"multipathd on {node} calls {paths} paths faulty")
