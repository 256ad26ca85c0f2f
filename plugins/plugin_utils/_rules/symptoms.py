# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules about the symptoms of SAN devices in trouble: MPC401 to MPC406."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import CRITICAL, INFO, WARNING
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.shapes import (
    Facts,
    Observation,
    Policy,
    Rule,
    count,
    few,
)

_BLOCKED, _UDEV, _UNUSED, _LEFTOVERS = "symptoms.blocked", "symptoms.udev", "symptoms.unused", "symptoms.leftovers"
_BACKLOG_SECONDS = 60
_MANY_DISKS = 100
_BY_ID = "/dev/disk/by-id"
_LVM = "/etc/lvm/devices/system.devices"


def _blocked(facts: Facts, policy: Policy) -> Iterator[Observation]:
    sick = _sick(facts) if facts["symptoms"]["blocked"] else set()
    for process in facts["symptoms"]["blocked"]:
        if not process["devices"]:
            continue
        devices = [f"{name} (which does not answer as itself)" if name in sick else name for name in process["devices"]]
        at_work = not sick.intersection(process["devices"])
        function = f" ({process['wchan']})" if process["wchan"] else ""
        yield {
            "subject": f"pid {process['pid']} ({process['comm']})",
            "where": None,
            "severity": INFO if at_work else CRITICAL,
            "what": f"waits in the kernel{function}; it has {', '.join(devices)} open"
            f"{': it may just be at work' if at_work else ''}",
        }
    gaps = [gap["why"] for gap in facts["incomplete"] if gap["what"] == "users"]
    if gaps and not all(process["devices"] for process in facts["symptoms"]["blocked"]):
        yield {"unknown": f"processes wait in the kernel, and what they have open is not known: {'; '.join(gaps)}"}


def _sick(facts: Facts) -> set[str]:
    """Return the kernel names of the maps and disks that did not answer as themselves on any path."""
    answers = {path["hctl"]: path["wire"]["state"] == "same" for path in facts["paths"]}
    maps = [found["dm"] for found in facts["maps"] if not any(answers[hctl] for hctl in found["paths"])]
    return {*maps, *(path["sd"] for path in facts["paths"] if not answers[path["hctl"]])}


def _udev(facts: Facts, policy: Policy) -> Iterator[Observation]:
    udev = facts["symptoms"]["udev"]
    parts = []
    if udev["queue"] and udev["queue_age_s"] > _BACKLOG_SECONDS:
        parts.append(f"its queue has not been empty for {udev['queue_age_s']:d} s")
    if udev["blocked_workers"]:
        verb = "waits" if udev["blocked_workers"] == 1 else "wait"
        parts.append(f"{udev['blocked_workers']} of its processes {verb} in the kernel")
    if parts:
        yield {"subject": "udev", "what": "; ".join(parts), "where": None}


def _unused(facts: Facts, policy: Policy) -> Iterator[Observation]:
    unused = facts["symptoms"]["unused"]
    if unused["unknown"]:
        yield {"unknown": f"who uses {unused['unknown']} of the maps and disks is not known"}
    if unused["disks"] or unused["maps"]:
        checks = unused["cost"]["path_checks_per_hour"]
        cost = "" if checks is None else f", and {checks:d} path checks an hour at multipathd's slowest"
        yield {
            "subject": "SAN disks",
            "where": None,
            "severity": WARNING if unused["disks"] > _MANY_DISKS else INFO,
            "what": f"{count(unused['disks'], 'disk')} and {count(unused['maps'], 'map')} are used by nobody: "
            f"{unused['cost']['block_devices']} block devices{cost}",
        }


def _stale_entries(facts: Facts, policy: Policy) -> Iterator[Observation]:
    leftovers = facts["symptoms"]["leftovers"]
    for key, title, entries in (("wwids", "WWIDs", leftovers["wwids"]), ("bindings", "aliases", leftovers["bindings"])):
        where = leftovers["files"][key]
        if entries is None:
            yield {"unknown": leftovers["unsure"], "subject": where}
        elif entries:
            names = entries if key == "wwids" else [f"{entry['alias']} ({entry['wwid']})" for entry in entries]
            yield {
                "subject": where,
                "what": f"{title} of devices that this host does not have: {few(names)}",
                "where": where,
            }


def _links(facts: Facts, policy: Policy) -> Iterator[Observation]:
    by_id = facts["symptoms"]["leftovers"]["by_id"]
    if by_id["count"]:
        yield {"subject": _BY_ID, "what": f"dangling links: {few(by_id['first'], total=by_id['count'])}", "where": None}


def _lvm(facts: Facts, policy: Policy) -> Iterator[Observation]:
    entries = facts["symptoms"]["leftovers"]["lvm_devices"]
    if entries is None:
        yield {"unknown": facts["symptoms"]["leftovers"]["unsure"], "subject": _LVM}
    elif entries:
        names = [f"{entry['idname']} ({entry['devname'] or 'no name'})" for entry in entries]
        yield {"subject": _LVM, "what": f"entries of devices that this host does not have: {few(names)}", "where": _LVM}


RULES: tuple[Rule, ...] = (
    {
        "id": "MPC401",
        "severity": CRITICAL,
        "title": "A process hangs on a SAN device",
        "needs": (_BLOCKED,),
        "check": _blocked,
        "reason": "It is in D state: it waits in the kernel, no signal reaches it, and what waits for it hangs too. It "
        "has a SAN device open that did not answer as itself on any path at the same moment. It is information where "
        "the device answers: then the process may just be reading or writing.",
        "remedy": "see the verdict and the queueing of the device: restore the LUN or the path, or, if the LUN is gone "
        "for good, end the queueing (multipathd disablequeueing map NAME) so that the process gets an error; then "
        "remove the device",
    },
    {
        "id": "MPC402",
        "severity": WARNING,
        "title": "udev does not finish its events",
        "needs": (_UDEV,),
        "check": _udev,
        "reason": "Devices appear without their names and links, mounts at boot wait for them, and each worker that "
        "hangs reads from a device that does not answer. A flood of new disks after a login has the same effect.",
        "remedy": "find devices that are in outage or stale, and end their queueing; keep logins from adding "
        "unrequested LUNs (the role iscsi_scan)",
    },
    {
        "id": "MPC403",
        "severity": INFO,
        "title": "SAN disks that nobody uses",
        "needs": (_UNUSED,),
        "check": _unused,
        "reason": "Automatic scans leave unrequested disks behind. multipathd checks each of their paths again and "
        "again, every LVM command and every udev event reads them, and each becomes stale when the array unmaps it. "
        "It is a warning above 100 disks.",
        "remedy": "show each host only the LUNs that it needs (an igroup per host), keep logins from scanning (the "
        "role iscsi_scan), and remove what is stale (the audit's verdicts say which); an unused disk that answers is "
        "not stale",
    },
    {
        "id": "MPC404",
        "severity": INFO,
        "title": "multipath remembers devices that this host does not have",
        "needs": (_LEFTOVERS,),
        "check": _stale_entries,
        "reason": "A WWID in the wwids file becomes a map as soon as a path to it appears, wanted or not; an alias in "
        "the bindings file stays reserved.",
        "remedy": "multipath -w WWID removes a WWID from the wwids file; leave the aliases of LUNs that may come back",
    },
    {
        "id": "MPC405",
        "severity": INFO,
        "title": "Links of udev lead to devices that are gone",
        "needs": (_LEFTOVERS,),
        "check": _links,
        "reason": "udev has not yet handled the removal of a device, or has lost it. Whoever opens such a name gets an "
        "error, or later another device.",
        "remedy": "see MPC402; once udev is idle, udevadm trigger --action=change for the disks that are present "
        "creates the links again",
    },
    {
        "id": "MPC406",
        "severity": INFO,
        "title": "LVM's devices file names devices that are not there",
        "needs": (_LEFTOVERS,),
        "check": _lvm,
        "reason": "Every LVM command searches for them and warns. If the LUN comes back, or if its identity is given "
        "to another host's data, LVM uses it again.",
        "remedy": "lvmdevices --deldev DEVNAME (or --delpvid PVID) for LUNs that are gone for good",
    },
)
