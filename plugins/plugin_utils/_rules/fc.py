# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules about Fibre Channel as the kernel has it now: MPC301 to MPC303. See _rules/common.py for what a rule is."""

from ansible_collections.sanops.multipath.plugins.module_utils._core import schema
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import INFO, WARNING

_FC = "fc"
_ONLINE = "Online"
_TARGET = "FCP Target"
_DAY = 24 * 3600  # seconds: whoever waits longer than that waits for ever


def _timeouts(facts, policy):
    for one in facts[_FC]["remote_ports"]:
        if _TARGET not in (one["roles"] or ""):
            continue
        loss, fail = one["dev_loss_tmo"], one["fast_io_fail_tmo"]
        if loss is None or fail is None:
            yield {"unknown": "its timeouts could not be read", "subject": _named(one)}
        told = []
        if policy["dev_loss_tmo"] != schema.INFINITY and (loss == schema.INFINITY or loss is not None and loss > _DAY):
            told.append(
                "dev_loss_tmo %s: once lost, it and its disks never go"
                % (loss if loss == schema.INFINITY else "%d s" % loss)
            )
        if policy["fast_io_fail_tmo"] != schema.OFF and fail == schema.OFF:
            told.append(
                "fast_io_fail_tmo off: once lost, its I/O does not fail over before the port itself is given up"
            )
        if told:
            yield {"subject": _named(one), "what": "; ".join(told), "where": None}


def _remote(facts, policy):
    for one in facts[_FC]["remote_ports"]:
        if not one["luns"]:
            continue
        if one["port_state"] is None:
            yield {"unknown": "its state could not be read", "subject": _named(one)}
        elif one["port_state"] != _ONLINE:
            yield {
                "subject": _named(one),
                "what": "%s, and %d disk%s on it"
                % (one["port_state"], one["luns"], " hangs" if one["luns"] == 1 else "s hang"),
                "where": None,
            }


def _hosts(facts, policy):
    for one in facts[_FC]["hosts"]:
        if one["port_state"] is None:
            yield {"unknown": "its state could not be read", "subject": one["host"]}
        elif one["port_state"] != _ONLINE:
            yield {"subject": "%s (%s)" % (one["host"], one["port_name"]), "what": one["port_state"], "where": None}


def _named(one):
    return "%s (%s)" % (one["name"], one["port_name"])


RULES = (
    {
        "id": "MPC301",
        "severity": WARNING,
        "title": "The kernel keeps a lost FC port for ever, or fails its I/O late",
        "needs": (_FC,),
        "check": _timeouts,
        "reason": "It is what the kernel does now with this remote port, whoever has set it: multipathd, the driver, "
        "or a person. MPC003 is about what the "
        "files of multipath say for a map; a port without a map, or a daemon that has not been restarted, "
        "makes the two differ. A port that never goes "
        "leaves all its disks behind as stale ones; without fast_io_fail_tmo, I/O hangs in a lost path "
        "instead of taking another.",
        "remedy": "set dev_loss_tmo and fast_io_fail_tmo (the role multipath_conf does; see MPC003) and restart "
        "multipathd, which writes them to the ports of "
        "its maps",
    },
    {
        "id": "MPC302",
        "severity": WARNING,
        "title": "A remote FC port is not online, and disks hang on it",
        "needs": (_FC,),
        "check": _remote,
        "reason": "Blocked: the port was lost a moment ago, and I/O to its disks waits for fast_io_fail_tmo. Not "
        "Present: it was given up, and its disks are "
        "still there. Marginal: its path was set aside for its errors. Each disk behind it has a path less.",
        "remedy": (
            "look at the fabric, the zoning and the array's port; where the port was taken away for good, the "
            "verdicts of its disks tell what may go"
        ),
    },
    {
        "id": "MPC303",
        "severity": INFO,
        "title": "An FC port of this host is not online",
        "needs": (_FC,),
        "check": _hosts,
        "reason": (
            "A port without a cable is nothing to worry about. One that should have a link means that this host "
            "has a fabric less than it seems."
        ),
        "remedy": "look at its cable, its SFP and the switch's port, if it is meant to be used",
    },
)
