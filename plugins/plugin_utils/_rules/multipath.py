# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules about multipath-tools: MPC001 to MPC010. See _rules/common.py for what a rule is."""

from ansible_collections.sanops.multipath.plugins.module_utils._core import policy as core_policy
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import CRITICAL, INFO, WARNING, lacking

_CONF = "multipath_conf"
_FC = "scsi:fcp"
_ABOVE_DEVICES = ("multipath", "multipaths", "overrides")  # sections that win over device entries
_RED_HAT = ("rhel", "fedora", "centos")


def _place(source):
    """ "file:line" of a SOURCE, or None: built in to multipath-tools."""
    source = source or {}
    return ":".join(str(source[key]) for key in ("file", "line") if source.get(key)) or None


def _said(key, setting):
    """A setting in words: what it is, and whose word it is."""
    source, value = setting["source"] or {}, "not set" if setting["value"] is None else setting["value"]
    whose = [source["section"]] if source.get("section") else []
    return "%s %s (%s)" % (
        key,
        value,
        ", ".join(whose + ([] if source.get("file") else ["built in to multipath-tools"])),
    )


def _queueing(settings):
    """The key of *settings* that makes a device queue for ever, or None. The feature counts only where
    no_path_retry says nothing.
    """
    retry, features = [(settings.get(key) or {}).get("value") for key in ("no_path_retry", "features")]
    if retry is not None:
        return "no_path_retry" if retry == "queue" else None
    return "features" if "queue_if_no_path" in (features or "").split() else None


def _sure(one, key):
    """Whether a map's setting is known. One without a path does not tell which device entry it matches: then only
    what stands above them is.
    """
    setting = one["settings"][key]
    return one["vendor"] is not None or setting["value"] is not None and setting["source"]["section"] in _ABOVE_DEVICES


def _unsure(wwid):
    return {"unknown": "no path is left to tell which device entry applies to the map", "subject": wwid}


def _maps_queue(facts, policy):
    if policy["no_path_retry"] == "queue":
        return
    why = lacking(facts, _CONF)
    if why:
        yield {"unknown": why}
    configured = {one["wwid"]: one for one in (facts.get(_CONF) or {}).get("maps", [])}
    for wwid, one in sorted(configured.items()):
        if one["queues_for_ever"]:
            key = _queueing(one["settings"]) or "no_path_retry"
            yield {
                "subject": wwid,
                "what": _said(key, one["settings"][key]),
                "where": _place(one["settings"][key]["source"]),
            }
    for one in facts["maps"]:
        if not configured.get(one["wwid"], {}).get("queues_for_ever"):
            if one["queueing"] == "on":
                yield {"subject": one["wwid"], "what": "multipathd queues for ever", "where": None}
            elif one["wwid"] not in configured and not why:
                yield {"unknown": "the effective settings of the map are not known", "subject": one["wwid"]}
            elif one["wwid"] in configured and not _sure(configured[one["wwid"]], "no_path_retry"):
                yield _unsure(one["wwid"])


def _entries_queue(facts, policy):
    for entry in facts[_CONF]["entries"] if policy["no_path_retry"] != "queue" else ():
        # What overrides{} sets wins over every entry.
        settings = dict(entry["settings"], **facts[_CONF].get("overrides") or {})
        key = _queueing(settings)
        if key:
            yield {
                "subject": "device %s/%s" % (entry["vendor"], entry["product"]),
                "what": _said(key, settings[key]),
                "where": _place(settings[key]["source"]),
            }


def _never_lost(facts, policy):
    for one in facts[_CONF]["maps"] if policy["dev_loss_tmo"] != "infinity" else ():
        setting = one["settings"]["dev_loss_tmo"]
        if not _sure(one, "dev_loss_tmo"):
            yield _unsure(one["wwid"])
        elif setting["value"] == "infinity":
            # A map that has lost all its paths does not tell what it was reached by.
            by_fc = _FC in one["protocols"] or not one["protocols"] and facts["host"]["initiators"]["wwpns"]
            yield {
                "subject": one["wwid"],
                "what": _said("dev_loss_tmo", setting) + ("" if by_fc else ", which iSCSI does not heed"),
                "where": _place(setting["source"]),
                "severity": WARNING if by_fc else INFO,
            }


def _other_timeouts(facts, policy):
    told_elsewhere = {"no_path_retry": "queue", "dev_loss_tmo": "infinity"}
    for one in facts[_CONF]["maps"]:
        for key in ("no_path_retry", "dev_loss_tmo", "fast_io_fail_tmo"):
            setting, wanted = one["settings"][key], policy[key]
            if wanted is not None and not _sure(one, key):
                yield _unsure(one["wwid"])
                break
            # Without no_path_retry device-mapper fails at once, unless the features say otherwise.
            value = "fail" if key == "no_path_retry" and setting["value"] is None else setting["value"]
            if key == "no_path_retry" and one["queues_for_ever"]:
                value = "queue"
            if (
                wanted is not None
                and value is not None
                and value != told_elsewhere.get(key)
                and core_policy.spelled(key, value) != wanted
            ):
                yield {
                    "subject": one["wwid"],
                    "what": "%s, and the policy is %s" % (_said(key, setting), wanted),
                    "where": _place(setting["source"]),
                }


def _ignored(facts, policy):
    for line in facts[_CONF]["ignored"]:
        yield {
            "subject": line["file"],
            "what": '"%s": %s' % (line["text"].strip(), line["why"]),
            "where": "%s:%s" % (line["file"], line["line"]),
        }


def _not_running(facts, policy):
    pending = facts[_CONF]["pending"]
    if pending is None and (facts["maps"] or facts["multipathd"]["running"]):
        yield {"unknown": "multipathd does not run or did not answer: what it runs is not known"}
    for one in pending or ():
        on_disk, running = ["not set" if one[key] is None else one[key] for key in ("files", "running")]
        yield {
            "subject": one["what"],
            "what": "%s is %s on disk, and multipathd runs %s" % (one["what"], on_disk, running),
            "where": facts[_CONF]["main"],
        }


def _find_multipaths(facts, policy):
    setting, wanted = facts[_CONF]["defaults"]["find_multipaths"], policy["find_multipaths"]
    if wanted is not None and core_policy.spelled("find_multipaths", setting["value"]) != wanted:
        yield {
            "subject": "find_multipaths",
            "what": "%s, and the policy is %s" % (_said("find_multipaths", setting), wanted),
            "where": _place(setting["source"]),
        }


def _flush(facts, policy):
    wanted = policy["flush_on_last_del"]
    for one in facts[_CONF]["maps"] if wanted is not None else ():
        setting = one["settings"]["flush_on_last_del"]
        # Not set is what multipath-tools has without a word: no.
        if not _sure(one, "flush_on_last_del"):
            yield _unsure(one["wwid"])
        elif core_policy.spelled("flush_on_last_del", setting["value"] or "no") != wanted:
            yield {
                "subject": one["wwid"],
                "what": "%s, and the policy is %s" % (_said("flush_on_last_del", setting), wanted),
                "where": _place(setting["source"]),
            }


def _recheck(facts, policy):
    setting, wanted = facts[_CONF]["defaults"]["recheck_wwid"], policy["recheck_wwid"]
    if setting is not None and wanted is not None and (setting["value"] or "no") != wanted:
        yield {
            "subject": "recheck_wwid",
            "what": "%s, and the policy is %s" % (_said("recheck_wwid", setting), wanted),
            "where": _place(setting["source"]),
        }


def _all_blacklisted(facts, policy):
    if facts[_CONF]["present"]:
        return
    why = lacking(facts, "platform.os")
    platform = facts.get("platform") or {}
    if why:
        yield {"unknown": why}
    elif set([platform["os"]] + platform["os_like"]) & set(_RED_HAT):
        yield {
            "subject": facts[_CONF]["main"],
            "what": "it is missing, and this host is %s %s" % (platform["os"], platform["os_version"]),
            "where": facts[_CONF]["main"],
        }


RULES = (
    {
        "id": "MPC001",
        "severity": CRITICAL,
        "title": "A map queues I/O for ever",
        "needs": (),
        "check": _maps_queue,
        "reason": "When the last path of this map is lost, or its LUN is gone, every process that touches it hangs and "
        "cannot be killed, until a reboot. "
        "The entry for ONTAP that is built in to multipath-tools does this, so an empty multipath.conf does it too.",
        "remedy": "set no_path_retry to a number of retries (the role multipath_conf does); restart multipathd",
    },
    {
        "id": "MPC002",
        "severity": WARNING,
        "title": "A device entry makes maps queue for ever",
        "needs": (_CONF,),
        "check": _entries_queue,
        "reason": "The next LUN of this kind gets a map that queues for ever. It does not show while there is none.",
        "remedy": "set no_path_retry in overrides{}, or in an entry of your own with the same vendor and product",
    },
    {
        "id": "MPC003",
        "severity": WARNING,
        "title": "A lost device never goes",
        "needs": (_CONF,),
        "check": _never_lost,
        "reason": "With dev_loss_tmo infinity the kernel keeps a remote port that is lost, and all disks behind it, "
        "for ever: that is how stale devices are bred. "
        "It is information where a map has no FC path: iSCSI sessions have no such timeout, but the first FC "
        "path would have it. MPC301 tells "
        "what the kernel does with each FC port now.",
        "remedy": "set dev_loss_tmo to a number of seconds. multipathd raises it to no_path_retry times its polling "
        "interval, and to infinity where "
        "no_path_retry is queue, so change that first",
    },
    {
        "id": "MPC004",
        "severity": INFO,
        "title": "A timeout is not the policy's",
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
        "reason": (
            "Its parser reports such lines on stderr only, at start, and goes on without them: the file looks "
            "right and is not in effect."
        ),
        "remedy": "correct the line or delete it; `multipath -t >/dev/null` prints what it does not understand",
    },
    {
        "id": "MPC006",
        "severity": WARNING,
        "title": "The configuration on disk is not the one that runs",
        "needs": (_CONF,),
        "check": _not_running,
        "reason": (
            "The files were changed and multipathd has not read them since. The next restart changes how this "
            "host behaves, maybe amid an outage."
        ),
        "remedy": "restart multipathd (not reload: maps keep their old settings) while no map is in outage",
    },
    {
        "id": "MPC007",
        "severity": WARNING,
        "title": "find_multipaths is not the policy's",
        "needs": (_CONF,),
        "check": _find_multipaths,
        "reason": (
            "It decides which disks become maps. Too strict, and a new LUN stays a bare disk, used over one "
            "path; too greedy, and local disks become maps."
        ),
        "remedy": "set find_multipaths in defaults{} (the role multipath_conf does)",
    },
    {
        "id": "MPC008",
        "severity": WARNING,
        "title": "flush_on_last_del is not the policy's",
        "needs": (_CONF,),
        "check": _flush,
        "reason": (
            "It decides what becomes of a map whose last path was deleted. Without it, the map stays, and what "
            "it has queued waits on."
        ),
        "remedy": "set flush_on_last_del (the role multipath_conf does)",
    },
    {
        "id": "MPC009",
        "severity": WARNING,
        "title": "recheck_wwid is off",
        "needs": (_CONF,),
        "check": _recheck,
        "reason": (
            "A path that fails and comes back as another LUN rejoins its old map unseen, and I/O goes to the "
            "wrong LUN. Told where this version has it."
        ),
        "remedy": "set recheck_wwid yes in defaults{} (the role multipath_conf does)",
    },
    {
        "id": "MPC010",
        "severity": WARNING,
        "title": "Red Hat's multipath-tools without a configuration file",
        "needs": (_CONF,),
        "check": _all_blacklisted,
        "reason": "Without /etc/multipath.conf, multipathd does not start there and every device is blacklisted: SAN "
        "disks are used over one path. "
        "An empty file is something else: then all that is built in is in effect.",
        "remedy": "make /etc/multipath.conf (mpathconf --enable, or the role multipath_conf)",
    },
)
