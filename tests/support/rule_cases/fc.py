# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cases of the rules on FC ports (MPC301 and the following)."""

from support.configured import fc_host, remote_port
from support.rule_cases.common import fires, silent, unseen

RPORT = "rport-3:0-1 (2008d039ea1c2d60)"
LATE = "fast_io_fail_tmo off: once lost, its I/O does not fail over before the port is removed"
FIRES = [
    fires(
        "MPC301",
        ("warning", RPORT, "dev_loss_tmo infinity: once lost, the port and its disks are never removed; " + LATE),
        fc__remote_ports=[remote_port(dev_loss_tmo="infinity", fast_io_fail_tmo="off")],
    ),
    fires(
        "MPC301",
        ("warning", RPORT, "dev_loss_tmo 86401 s: once lost, the port and its disks are never removed"),
        fc__remote_ports=[remote_port(dev_loss_tmo=86401)],
    ),
    fires(
        "MPC301",
        ("warning", RPORT, LATE),
        policy="ontap_host_utilities",
        fc__remote_ports=[remote_port(dev_loss_tmo="infinity", fast_io_fail_tmo="off")],
    ),
    fires(
        "MPC302",
        ("warning", RPORT, "Blocked, and 2 disks are behind it"),
        ("warning", RPORT, "Not Present, and 1 disk is behind it"),
        fc__remote_ports=[
            remote_port(port_state="Blocked"),
            remote_port(port_state="Not Present", roles="unknown", luns=1),
        ],
    ),
    fires(
        "MPC303",
        ("info", "host4 (10000000c9b269f5)", "Linkdown"),
        fc__hosts=[fc_host(), fc_host(host="host4", port_state="Linkdown")],
    ),
]
# It has nothing to say, and says that it has seen all.
SILENT = [
    silent(
        "MPC301",
        fc__remote_ports=[remote_port(roles="FCP Initiator", fast_io_fail_tmo="off"), remote_port(dev_loss_tmo=86400)],
    ),
    silent(
        "MPC301",
        policy={"dev_loss_tmo": "infinity", "fast_io_fail_tmo": "off"},
        fc__remote_ports=[remote_port(dev_loss_tmo="infinity", fast_io_fail_tmo="off")],
    ),
    silent("MPC302", fc__remote_ports=[remote_port(), remote_port(port_state="Not Present", luns=0)]),
    silent("MPC303", fc__hosts=[]),
]
# Of what it says that it could not see it, and why.
UNSEEN = [
    unseen("MPC301", RPORT, "its timeouts could not be read", fc__remote_ports=[remote_port(dev_loss_tmo=None)]),
    unseen("MPC302", RPORT, "its state could not be read", fc__remote_ports=[remote_port(port_state=None)]),
    unseen("MPC303", "host3", "its state could not be read", fc__hosts=[fc_host(port_state=None)]),
]
