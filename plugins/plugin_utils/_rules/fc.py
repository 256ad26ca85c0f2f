# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules about Fibre Channel as the kernel has it now: MPC301 to MPC303."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping

from ansible_collections.sanops.multipath.plugins.module_utils._core import schema
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import INFO, WARNING
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.shapes import Facts, Observation, Policy, Rule

_FC = "fc"
_ONLINE = "Online"
_TARGET = "FCP Target"
_DAY = 24 * 3600  # seconds: a longer wait counts as indefinite


def _timeouts(facts: Facts, policy: Policy) -> Iterator[Observation]:
    for port in facts[_FC]["remote_ports"]:
        if _TARGET not in (port["roles"] or ""):
            continue
        loss, fail = port["dev_loss_tmo"], port["fast_io_fail_tmo"]
        if loss is None or fail is None:
            yield {"unknown": "its timeouts could not be read", "subject": _named(port)}
        reasons = []
        if policy["dev_loss_tmo"] != schema.INFINITY and (loss == schema.INFINITY or loss is not None and loss > _DAY):
            seconds = loss if loss == schema.INFINITY else f"{loss} s"
            reasons.append(f"dev_loss_tmo {seconds}: once lost, the port and its disks are never removed")
        if policy["fast_io_fail_tmo"] != schema.OFF and fail == schema.OFF:
            reasons.append("fast_io_fail_tmo off: once lost, its I/O does not fail over before the port is removed")
        if reasons:
            yield {"subject": _named(port), "what": "; ".join(reasons), "where": None}


def _remote(facts: Facts, policy: Policy) -> Iterator[Observation]:
    for port in facts[_FC]["remote_ports"]:
        if not port["luns"]:
            continue
        if port["port_state"] is None:
            yield {"unknown": "its state could not be read", "subject": _named(port)}
        elif port["port_state"] != _ONLINE:
            disks = "1 disk is" if port["luns"] == 1 else f"{port['luns']} disks are"
            yield {"subject": _named(port), "what": f"{port['port_state']}, and {disks} behind it", "where": None}


def _hosts(facts: Facts, policy: Policy) -> Iterator[Observation]:
    for port in facts[_FC]["hosts"]:
        if port["port_state"] is None:
            yield {"unknown": "its state could not be read", "subject": port["host"]}
        elif port["port_state"] != _ONLINE:
            yield {"subject": f"{port['host']} ({port['port_name']})", "what": port["port_state"], "where": None}


def _named(port: Mapping[str, t.Any]) -> str:
    return f"{port['name']} ({port['port_name']})"


RULES: tuple[Rule, ...] = (
    {
        "id": "MPC301",
        "severity": WARNING,
        "title": "The kernel keeps a lost FC port indefinitely, or fails its I/O late",
        "needs": (_FC,),
        "check": _timeouts,
        "reason": "This is what the kernel does now with this remote port, whoever set it: multipathd, the driver or a "
        "person. MPC003 is about what the files of multipath say for a map; the two differ where a port has no map, or "
        "where multipathd was not restarted. A port that is never removed leaves all its disks behind as stale "
        "devices; without fast_io_fail_tmo, I/O hangs on a lost path instead of using another one.",
        "remedy": "set dev_loss_tmo and fast_io_fail_tmo (the role multipath_conf does; see MPC003) and restart "
        "multipathd, which writes them to the ports of its maps",
    },
    {
        "id": "MPC302",
        "severity": WARNING,
        "title": "A remote FC port with disks behind it is not online",
        "needs": (_FC,),
        "check": _remote,
        "reason": "Blocked: the port was lost a moment ago, and I/O to its disks waits for fast_io_fail_tmo. Not "
        "Present: the kernel gave the port up, and its disks are still there. Marginal: its path is set aside because "
        "of errors. Each disk behind it has one path less.",
        "remedy": "check the fabric, the zoning and the port of the array; if the port was removed for good, the "
        "verdicts of its disks say which may be removed",
    },
    {
        "id": "MPC303",
        "severity": INFO,
        "title": "An FC port of this host is not online",
        "needs": (_FC,),
        "check": _hosts,
        "reason": "A port without a cable is harmless. A port that should have a link means that this host uses one "
        "fabric less than it seems.",
        "remedy": "check its cable, its SFP and the port of the switch, if it is meant to be used",
    },
)
