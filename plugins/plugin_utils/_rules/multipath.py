# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules about multipath-tools: MPC001 to MPC010."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping

from ansible_collections.sanops.multipath.plugins.module_utils._core import policy as core_policy
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import CRITICAL, INFO, WARNING, lacking
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.shapes import Facts, Observation, Policy, Rule

_CONF = "multipath_conf"
_FC = "scsi:fcp"
_ABOVE_DEVICES = ("multipath", "multipaths", "overrides")  # sections that win over device entries
_RED_HAT = {"rhel", "fedora", "centos"}

# A setting: {"value", "source"}; a source: {"file", "line", "section"}, or None where it is built in.
Setting = Mapping[str, t.Any]
Settings = Mapping[str, Setting | None]


def _place(source: Mapping[str, t.Any] | None) -> str | None:
    """Return "file:line" of a source, or None: built in to multipath-tools."""
    source = source or {}
    return ":".join(str(source[key]) for key in ("file", "line") if source.get(key)) or None


def _said(key: str, setting: Setting) -> str:
    """Return a setting in words: its value, and where it is set."""
    source, value = setting["source"] or {}, "not set" if setting["value"] is None else setting["value"]
    places = [source["section"]] if source.get("section") else []
    if not source.get("file"):
        places.append("built in to multipath-tools")
    return f"{key} {value} ({', '.join(places)})"


def _queueing(settings: Settings) -> str | None:
    """Return the key of *settings* that makes a device queue indefinitely, or None.

    The feature counts only where no_path_retry is not set.
    """
    retry, features = [(settings.get(key) or {}).get("value") for key in ("no_path_retry", "features")]
    if retry is not None:
        return "no_path_retry" if retry == "queue" else None
    return "features" if "queue_if_no_path" in (features or "").split() else None


def _sure(found_map: Mapping[str, t.Any], key: str) -> bool:
    """Return whether a map's setting is known.

    Without a path it is not known which device entry a map matches: then only the sections that win over device
    entries are.
    """
    setting = found_map["settings"][key]
    return (
        found_map["vendor"] is not None
        or setting["value"] is not None
        and setting["source"]["section"] in _ABOVE_DEVICES
    )


def _unsure(wwid: str) -> Observation:
    return {"unknown": "no path is left to show which device entry applies to the map", "subject": wwid}


def _configured(facts: Facts) -> list[t.Any]:
    """The maps with their effective settings, in the order in which a report names all maps of a host."""
    return sorted(facts[_CONF]["maps"], key=lambda found_map: found_map["wwid"])


def _maps_queue(facts: Facts, policy: Policy) -> Iterator[Observation]:
    if policy["no_path_retry"] == "queue":
        return
    why = lacking(facts, _CONF)
    if why:
        yield {"unknown": why}
    configured = {found_map["wwid"]: found_map for found_map in (facts.get(_CONF) or {}).get("maps", [])}
    for wwid, found_map in sorted(configured.items()):
        if found_map["queues_for_ever"]:
            key = _queueing(found_map["settings"]) or "no_path_retry"
            yield {
                "subject": wwid,
                "what": _said(key, found_map["settings"][key]),
                "where": _place(found_map["settings"][key]["source"]),
            }
    for found_map in facts["maps"]:
        if not configured.get(found_map["wwid"], {}).get("queues_for_ever"):
            if found_map["queueing"] == "on":
                yield {"subject": found_map["wwid"], "what": "multipathd queues indefinitely", "where": None}
            elif found_map["wwid"] not in configured and not why:
                yield {"unknown": "the effective settings of the map are not known", "subject": found_map["wwid"]}
            elif found_map["wwid"] in configured and not _sure(configured[found_map["wwid"]], "no_path_retry"):
                yield _unsure(found_map["wwid"])


def _entries_queue(facts: Facts, policy: Policy) -> Iterator[Observation]:
    for entry in facts[_CONF]["entries"] if policy["no_path_retry"] != "queue" else ():
        # What overrides{} sets wins over every entry.
        settings = dict(entry["settings"], **facts[_CONF].get("overrides") or {})
        key = _queueing(settings)
        if key:
            yield {
                "subject": f"device {entry['vendor']}/{entry['product']}",
                "what": _said(key, settings[key]),
                "where": _place(settings[key]["source"]),
            }


def _never_lost(facts: Facts, policy: Policy) -> Iterator[Observation]:
    for found_map in _configured(facts) if policy["dev_loss_tmo"] != "infinity" else ():
        setting = found_map["settings"]["dev_loss_tmo"]
        if not _sure(found_map, "dev_loss_tmo"):
            yield _unsure(found_map["wwid"])
        elif setting["value"] == "infinity":
            # A map that has lost all its paths does not show by which transport it was reached.
            by_fc = _FC in found_map["protocols"] or not found_map["protocols"] and facts["host"]["initiators"]["wwpns"]
            yield {
                "subject": found_map["wwid"],
                "what": _said("dev_loss_tmo", setting) + ("" if by_fc else ", which iSCSI ignores"),
                "where": _place(setting["source"]),
                "severity": WARNING if by_fc else INFO,
            }


def _other_timeouts(facts: Facts, policy: Policy) -> Iterator[Observation]:
    other_rules = {"no_path_retry": "queue", "dev_loss_tmo": "infinity"}
    for found_map in _configured(facts):
        for key in ("no_path_retry", "dev_loss_tmo", "fast_io_fail_tmo"):
            setting, wanted = found_map["settings"][key], policy[key]
            if wanted is not None and not _sure(found_map, key):
                yield _unsure(found_map["wwid"])
                break
            # Without no_path_retry device-mapper fails at once, unless the features say otherwise.
            value = "fail" if key == "no_path_retry" and setting["value"] is None else setting["value"]
            if key == "no_path_retry" and found_map["queues_for_ever"]:
                value = "queue"
            if (
                wanted is not None
                and value is not None
                and value != other_rules.get(key)
                and core_policy.spelled(key, value) != wanted
            ):
                yield {
                    "subject": found_map["wwid"],
                    "what": f"{_said(key, setting)}, and the policy is {wanted}",
                    "where": _place(setting["source"]),
                }


def _ignored(facts: Facts, policy: Policy) -> Iterator[Observation]:
    for line in facts[_CONF]["ignored"]:
        yield {
            "subject": line["file"],
            "what": '"{}": {}'.format(line["text"].strip(), line["why"]),
            "where": f"{line['file']}:{line['line']}",
        }


def _not_running(facts: Facts, policy: Policy) -> Iterator[Observation]:
    pending = facts[_CONF]["pending"]
    if pending is None and (facts["maps"] or facts["multipathd"]["running"]):
        yield {"unknown": "multipathd does not run or did not answer: what it runs is not known"}
    for difference in pending or ():
        on_disk, running = ["not set" if difference[key] is None else difference[key] for key in ("files", "running")]
        yield {
            "subject": difference["what"],
            "what": f"{difference['what']} is {on_disk} on disk, and multipathd runs {running}",
            "where": facts[_CONF]["main"],
        }


def _find_multipaths(facts: Facts, policy: Policy) -> Iterator[Observation]:
    setting, wanted = facts[_CONF]["defaults"]["find_multipaths"], policy["find_multipaths"]
    if wanted is not None and core_policy.spelled("find_multipaths", setting["value"]) != wanted:
        yield {
            "subject": "find_multipaths",
            "what": f"{_said('find_multipaths', setting)}, and the policy is {wanted}",
            "where": _place(setting["source"]),
        }


def _flush(facts: Facts, policy: Policy) -> Iterator[Observation]:
    wanted = policy["flush_on_last_del"]
    for found_map in _configured(facts) if wanted is not None else ():
        setting = found_map["settings"]["flush_on_last_del"]
        # Where it is not set, multipath-tools takes no.
        if not _sure(found_map, "flush_on_last_del"):
            yield _unsure(found_map["wwid"])
        elif core_policy.spelled("flush_on_last_del", setting["value"] or "no") != wanted:
            yield {
                "subject": found_map["wwid"],
                "what": f"{_said('flush_on_last_del', setting)}, and the policy is {wanted}",
                "where": _place(setting["source"]),
            }


def _recheck(facts: Facts, policy: Policy) -> Iterator[Observation]:
    setting, wanted = facts[_CONF]["defaults"]["recheck_wwid"], policy["recheck_wwid"]
    if setting is not None and wanted is not None and (setting["value"] or "no") != wanted:
        yield {
            "subject": "recheck_wwid",
            "what": f"{_said('recheck_wwid', setting)}, and the policy is {wanted}",
            "where": _place(setting["source"]),
        }


def _all_blacklisted(facts: Facts, policy: Policy) -> Iterator[Observation]:
    if facts[_CONF]["present"]:
        return
    why = lacking(facts, "platform.os")
    platform = facts.get("platform") or {}
    if why:
        yield {"unknown": why}
    elif set([platform["os"]] + platform["os_like"]) & set(_RED_HAT):
        yield {
            "subject": facts[_CONF]["main"],
            "what": f"it is missing, and this host is {platform['os']} {platform['os_version']}",
            "where": facts[_CONF]["main"],
        }


RULES: tuple[Rule, ...] = (
    {
        "id": "MPC001",
        "severity": CRITICAL,
        "title": "A map queues I/O indefinitely",
        "needs": (),
        "check": _maps_queue,
        "reason": "When the last path of this map is lost, or its LUN is gone, every process that accesses it hangs "
        "and cannot be killed, until a reboot. The entry for ONTAP that is built in to multipath-tools does this, so "
        "an empty multipath.conf does it too.",
        "remedy": "set no_path_retry to a number of retries (the role multipath_conf does); restart multipathd",
    },
    {
        "id": "MPC002",
        "severity": WARNING,
        "title": "A device entry makes maps queue indefinitely",
        "needs": (_CONF,),
        "check": _entries_queue,
        "reason": "The next LUN of this kind gets a map that queues indefinitely. It does not show as long as there is "
        "none.",
        "remedy": "set no_path_retry in overrides{}, or in an entry of your own with the same vendor and product",
    },
    {
        "id": "MPC003",
        "severity": WARNING,
        "title": "A lost device is never removed",
        "needs": (_CONF,),
        "check": _never_lost,
        "reason": "With dev_loss_tmo infinity the kernel keeps a lost remote port, and all disks behind it, "
        "indefinitely: this creates stale devices. It is information where a map has no FC path: iSCSI sessions have "
        "no such timeout, but the first FC path would have it. MPC301 is about what the kernel does with each FC port "
        "now.",
        "remedy": "set dev_loss_tmo to a number of seconds. multipathd raises it to no_path_retry times its polling "
        "interval, and to infinity where no_path_retry is queue, so change that first",
    },
    {
        "id": "MPC004",
        "severity": INFO,
        "title": "A timeout differs from the policy",
        "needs": (_CONF,),
        "check": _other_timeouts,
        "reason": "Hosts that wait for different times behave differently in the same outage.",
        "remedy": "bring it to the policy (the role multipath_conf does), or change the policy",
    },
    {
        "id": "MPC005",
        "severity": WARNING,
        "title": "multipath-tools ignores a line",
        "needs": (_CONF,),
        "check": _ignored,
        "reason": "Its parser reports such lines on stderr only, at start, and continues without them: the file looks "
        "right and is not in effect.",
        "remedy": "correct the line or delete it; `multipath -t >/dev/null` prints what it does not understand",
    },
    {
        "id": "MPC006",
        "severity": WARNING,
        "title": "The configuration on disk is not the one that runs",
        "needs": (_CONF,),
        "check": _not_running,
        "reason": "The files were changed and multipathd has not read them since. The next restart changes how this "
        "host behaves, maybe during an outage.",
        "remedy": "restart multipathd (not reload: maps keep their old settings) while no map is in outage",
    },
    {
        "id": "MPC007",
        "severity": WARNING,
        "title": "find_multipaths differs from the policy",
        "needs": (_CONF,),
        "check": _find_multipaths,
        "reason": "It decides which disks become maps. Too strict, and a new LUN stays a bare disk, used over one "
        "path; too greedy, and local disks become maps.",
        "remedy": "set find_multipaths in defaults{} (the role multipath_conf does)",
    },
    {
        "id": "MPC008",
        "severity": WARNING,
        "title": "flush_on_last_del differs from the policy",
        "needs": (_CONF,),
        "check": _flush,
        "reason": "It decides what happens to a map whose last path was deleted. Without it, the map stays, and the "
        "I/O that it has queued keeps waiting.",
        "remedy": "set flush_on_last_del (the role multipath_conf does)",
    },
    {
        "id": "MPC009",
        "severity": WARNING,
        "title": "recheck_wwid is off",
        "needs": (_CONF,),
        "check": _recheck,
        "reason": "A path that fails and comes back as another LUN rejoins its old map unnoticed, and I/O goes to the "
        "wrong LUN. Reported where this version has the setting.",
        "remedy": "set recheck_wwid yes in defaults{} (the role multipath_conf does)",
    },
    {
        "id": "MPC010",
        "severity": WARNING,
        "title": "Red Hat's multipath-tools without a configuration file",
        "needs": (_CONF,),
        "check": _all_blacklisted,
        "reason": "Without /etc/multipath.conf, multipathd does not start there and every device is blacklisted: SAN "
        "disks are used over one path. An empty file is different: then everything that is built in is in effect.",
        "remedy": "create /etc/multipath.conf (mpathconf --enable, or the role multipath_conf)",
    },
)
