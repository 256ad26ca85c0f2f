# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules about what people see when SAN devices are in trouble: MPC401 to MPC406. See _rules/common.py for what
a rule is.
"""

from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import CRITICAL, INFO, WARNING

_BLOCKED, _UDEV, _UNUSED, _LEFTOVERS = "symptoms.blocked", "symptoms.udev", "symptoms.unused", "symptoms.leftovers"
_BACKLOG_SECONDS = 60
_MANY_DISKS = 100
_NAMED = 3
_BY_ID = "/dev/disk/by-id"
_LVM = "/etc/lvm/devices/system.devices"


def _blocked(facts, policy):
    sick = _sick(facts) if facts["symptoms"]["blocked"] else set()
    for one in facts["symptoms"]["blocked"]:
        if not one["devices"]:
            continue
        devices = ["%s (which does not answer as itself)" % name if name in sick else name for name in one["devices"]]
        at_work = not sick.intersection(one["devices"])
        yield {
            "subject": "pid %d (%s)" % (one["pid"], one["comm"]),
            "where": None,
            "severity": INFO if at_work else CRITICAL,
            "what": "waits in the kernel%s; it has %s open%s"
            % (
                " (%s)" % one["wchan"] if one["wchan"] else "",
                ", ".join(devices),
                ": it may just be at work" if at_work else "",
            ),
        }
    gaps = [gap["why"] for gap in facts["incomplete"] if gap["what"] == "users"]
    if gaps and not all(one["devices"] for one in facts["symptoms"]["blocked"]):
        yield {"unknown": "processes wait in the kernel, and what they have open is not known: %s" % "; ".join(gaps)}


def _sick(facts):
    """The kernel names of the maps and disks that did not answer as themselves, by any path, when they were asked."""
    paths = {path["hctl"]: path["wire"]["state"] == "same" for path in facts["paths"]}
    maps = [one["dm"] for one in facts["maps"] if not any(paths[hctl] for hctl in one["paths"])]
    return set(maps + [path["sd"] for path in facts["paths"] if not paths[path["hctl"]]])


def _udev(facts, policy):
    udev = facts["symptoms"]["udev"]
    told = []
    if udev["queue"] and udev["queue_age_s"] > _BACKLOG_SECONDS:
        told.append("it has had events before it for %d s" % udev["queue_age_s"])
    if udev["blocked_workers"]:
        told.append(
            "%d of its processes wait%s in the kernel"
            % (udev["blocked_workers"], "s" if udev["blocked_workers"] == 1 else "")
        )
    if told:
        yield {"subject": "udev", "what": "; ".join(told), "where": None}


def _unused(facts, policy):
    unused = facts["symptoms"]["unused"]
    if unused["unknown"]:
        yield {"unknown": "who uses %d of the maps and disks is not known" % unused["unknown"]}
    if unused["disks"] or unused["maps"]:
        checks = unused["cost"]["path_checks_per_hour"]
        yield {
            "subject": "SAN disks",
            "where": None,
            "severity": WARNING if unused["disks"] > _MANY_DISKS else INFO,
            "what": "%s and %s are used by nobody: %d block devices%s"
            % (
                _number(unused["disks"], "disk"),
                _number(unused["maps"], "map"),
                unused["cost"]["block_devices"],
                "" if checks is None else ", and %d path checks an hour at multipathd's slowest" % checks,
            ),
        }


def _number(count, noun):
    return "%d %s%s" % (count, noun, "" if count == 1 else "s")


def _stale_entries(facts, policy):
    leftovers = facts["symptoms"]["leftovers"]
    for key, title, names in (("wwids", "WWIDs", leftovers["wwids"]), ("bindings", "aliases", leftovers["bindings"])):
        where = leftovers["files"][key]
        if names is None:
            yield {"unknown": leftovers["unsure"], "subject": where}
        elif names:
            names = names if key == "wwids" else ["%s (%s)" % (one["alias"], one["wwid"]) for one in names]
            yield {
                "subject": where,
                "what": "%s of devices that this host does not have: %s" % (title, _few(names, len(names))),
                "where": where,
            }


def _links(facts, policy):
    by_id = facts["symptoms"]["leftovers"]["by_id"]
    if by_id["count"]:
        yield {
            "subject": _BY_ID,
            "what": "links that lead nowhere: %s" % _few(by_id["first"], by_id["count"]),
            "where": None,
        }


def _lvm(facts, policy):
    entries = facts["symptoms"]["leftovers"]["lvm_devices"]
    if entries is None:
        yield {"unknown": facts["symptoms"]["leftovers"]["unsure"], "subject": _LVM}
    elif entries:
        names = ["%s (%s)" % (one["idname"], one["devname"] or "no name") for one in entries]
        yield {
            "subject": _LVM,
            "what": "entries of devices that this host does not have: %s" % _few(names, len(names)),
            "where": _LVM,
        }


def _few(names, count):
    """The first of them, and how many there are if those are not all."""
    return ", ".join(names[:_NAMED]) + (" and %d more" % (count - _NAMED) if count > _NAMED else "")


RULES = (
    {
        "id": "MPC401",
        "severity": CRITICAL,
        "title": "A process hangs on a SAN device",
        "needs": (_BLOCKED,),
        "check": _blocked,
        "reason": "It is in D state: it waits in the kernel, no signal reaches it, and what waits for it waits too. It "
        "has a SAN device open that did not "
        "answer as itself by any path in the same look. It is information where the device answers: then the "
        "process may just be reading or writing.",
        "remedy": "see the verdict and the queueing of the device: bring the LUN or the path back, or, where the LUN "
        "is gone for good, end the queueing "
        "(multipathd disablequeueing map NAME) so that the process gets an error; then take the device away",
    },
    {
        "id": "MPC402",
        "severity": WARNING,
        "title": "udev does not come to the end of its events",
        "needs": (_UDEV,),
        "check": _udev,
        "reason": "Devices come without their names and links, mounts at boot wait for them, and each worker that "
        "hangs reads from a device that does not answer. "
        "A flood of new disks after a login does it too.",
        "remedy": "look for devices that are in outage or stale, and end their queueing; stop logins from bringing "
        "LUNs that nobody asked for (the role "
        "iscsi_scan)",
    },
    {
        "id": "MPC403",
        "severity": INFO,
        "title": "SAN disks that nobody uses",
        "needs": (_UNUSED,),
        "check": _unused,
        "reason": "A scan that nobody asked for leaves them behind. multipathd asks each of their paths again and "
        "again, every LVM command and every udev event "
        "looks at them, and each will be stale when the array unmaps it. It is a warning above 100 disks.",
        "remedy": "show each host only the LUNs that it needs (an igroup per host), stop logins from scanning (the "
        "role iscsi_scan), and take away what is stale "
        "(the audit's verdicts say which); an unused disk that answers is not stale",
    },
    {
        "id": "MPC404",
        "severity": INFO,
        "title": "multipath remembers devices that this host does not have",
        "needs": (_LEFTOVERS,),
        "check": _stale_entries,
        "reason": (
            "A WWID in the wwids file becomes a map as soon as one path of it appears, wanted or not; an alias "
            "in the bindings file stays taken."
        ),
        "remedy": "multipath -w WWID removes one from the wwids file; leave the aliases of LUNs that may come back",
    },
    {
        "id": "MPC405",
        "severity": INFO,
        "title": "Links of udev lead to devices that are gone",
        "needs": (_LEFTOVERS,),
        "check": _links,
        "reason": (
            "udev has not come to the removal of a device, or lost it. Whoever opens such a name gets an error, "
            "or later another device."
        ),
        "remedy": (
            "see MPC402; once udev is idle, udevadm trigger --action=change for the disks that are there makes "
            "the links anew"
        ),
    },
    {
        "id": "MPC406",
        "severity": INFO,
        "title": "LVM's devices file names devices that are not there",
        "needs": (_LEFTOVERS,),
        "check": _lvm,
        "reason": (
            "Every LVM command looks for them and warns. When the LUN comes back, or its identity is given to "
            "another host's data, LVM takes it again."
        ),
        "remedy": "lvmdevices --deldev DEVNAME (or --delpvid PVID) for LUNs that are gone for good",
    },
)
