# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports of a fleet, in short: what fleet.fleet makes, with the keys that compliance and history add, for
tests of what is made from it.
"""

import copy

from ansible_collections.sanops.multipath.plugins.module_utils._core import policy
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet
from support import configured
from support.testimony import ARRAY, LUN, NOW, WWID, answers, facts, path

EXCEPTION = {"reason": "the vendor is asked", "owner": "storage team", "expires": "2026-12-31"}
QUEUE = {"multipath_conf__maps": [configured.one_map(queues=True, no_path_retry=configured.setting("queue"))]}
IGNORED = {"multipath_conf__ignored": [{"file": "/etc/multipath.conf", "line": 7, "text": "x", "why": "unknown"}]}


def registered(paths=(), users=(), incomplete=(), configuration=None, **changes):
    """The registered result of a host with one map of *paths*, its configuration clean but for *configuration* (see
    configured.py).
    """
    clean = configured.host(**configuration or {})
    made = dict(
        facts(paths, users, queueing="30 chk", **changes),
        multipathd={"running": True, "pid": 1, "version": "0.9.4"},
        quarantine=None,
        elapsed=1.25,
        incomplete=list(incomplete),
        **dict((key, clean[key]) for key in ("multipath_conf", "iscsi", "fc", "platform", "symptoms")),
    )
    made["host"] = dict(made["host"], hostname="h", boot_id="b", kernel="6.1")
    return {"ansible_facts": {"stale_mpath": made}}


def bare():
    """A host without a device."""
    made = registered()
    made["ansible_facts"]["stale_mpath"]["maps"] = []
    return made


GOOD = registered([path(0, "same")])
UNREACHABLE = {"unreachable": True, "msg": "Failed to connect: no route"}


def report(results, mapped=(LUN,), existing=(LUN,), array=None, **keys):
    """A whole report.

    *results*: {host: registered result, or a state that only a merge gives, as text}; *keys*: what else differs at
    the top.
    """
    merged = dict((name, result) for name, result in results.items() if isinstance(result, str))
    known = dict((name, result) for name, result in results.items() if name not in merged)
    policies = dict.fromkeys(known, policy.resolve("default"))
    made = copy.deepcopy(
        fleet.fleet(known, *answers(mapped, existing, array or ARRAY), now=NOW, max_age=3600, policies=policies)
    )
    for name, state in merged.items():
        made["hosts"].append(fleet.unknown(name, state, "no slice reported it"))
    for host in made["hosts"]:
        judge(host)
    made.update(
        exceptions=[],
        changes=None,
        generated_by={"sanops.multipath": "0.1.0"},
        compliance={"hosts": {}, "fail_on": None, "failed": []},
    )
    made.update(keys)
    return made


def judge(host):
    """Give a host the word that fits what it has."""
    bad = [one for one in host["devices"] if one["verdict"] != "healthy" and not one.get("exception")]
    bad += [one for one in host["findings"] if one["severity"] in ("critical", "warning") and not one.get("exception")]
    if host["facts"] is None:
        host["compliance"] = "unreachable" if host["state"] == "unreachable" else "not_audited"
    elif bad:
        host["compliance"] = "noncompliant"
    else:
        host["compliance"] = "incomplete" if host["state"] == "incomplete" or host["not_checked"] else "compliant"


def host(made, name):
    return next(one for one in made["hosts"] if one["name"] == name)


def excused(made, name, what, exception=None):
    """Excuse all 'devices' or 'findings' of a host."""
    for one in host(made, name)[what]:
        one["exception"] = exception or EXCEPTION
    judge(host(made, name))
    return made


def everything():
    """A fleet with something of every kind in it."""
    mount = {"kind": "mount", "detail": "/data (ext4, rw)"}
    made = report(
        {
            "bare": bare(),
            "good": GOOD,
            "away": UNREACHABLE,
            "broken": {"failed": True, "msg": "Timed out"},
            "lost": "missing",
            "recycled": registered([path(0, "other")], [mount]),
            "degraded": registered([path(0, "same"), path(1, "absent")]),
            "excused": registered([path(0, "same"), path(1, "unreachable")]),
            "queue": registered([path(0, "same")], configuration=QUEUE),
            "ignored": registered([path(0, "same")], configuration=IGNORED),
            "gaps": registered(
                [path(0, "same")], incomplete=[{"what": "multipath_conf", "why": "multipathd did not answer"}]
            ),
        },
        exceptions=[
            dict(EXCEPTION, device=WWID, hosts=["excused"], state="in force", matched=1),
            dict(EXCEPTION, rule="MPC005", hosts=["ignored"], state="in force", matched=1, expires="2027-01-31"),
            dict(EXCEPTION, rule="MPC002", hosts=["*"], state="unused", matched=0, expires="2026-11-30"),
            dict(EXCEPTION, rule="MPC001", hosts=["queue"], state="expired", matched=1, expires="2026-11-01"),
        ],
    )
    excused(made, "excused", "devices")
    excused(made, "ignored", "findings")
    made["compliance"].update(fail_on="critical", failed=["recycled", "queue"])
    made["changes"] = {
        "since": "2026-11-20T02:00:00Z",
        "still": 2,
        "new": [
            {"kind": "device", "host": "recycled", "id": WWID, "what": "it is recycled"},
            {"kind": "host", "host": "lost", "id": "lost", "what": "it is lost"},
        ],
        "gone": [{"kind": "finding", "host": "good", "id": "MPC001", "what": "it is gone"}],
    }
    for name, change in (("recycled", "new"), ("degraded", "still"), ("queue", "new"), ("ignored", "still")):
        for one in host(made, name)["devices"] + host(made, name)["findings"]:
            if one.get("verdict") != "healthy":
                one["change"] = change
    return made


def poisoned(made, evil):
    """A report in which every text that a host, an array or a person may have written is *evil*; the words of the
    schema stay.
    """
    made = copy.deepcopy(made)
    for array in made["arrays"]:
        array.update(hostname=evil, cluster=evil, version=evil, svms=[evil], error=evil)
    for one in made["hosts"]:
        one["name"] = evil
        one["why"] = one["why"] and evil
        for finding in one["findings"]:
            finding.update(subjects=[evil], what=evil, where=evil)
        for gap in one["not_checked"]:
            gap.update(subject=evil, why=evil)
        for device in one["devices"]:
            device.update(
                (key, evil) for key in ("name", "wwid", "device", "dev_t", "vendor", "product", "reason", "next")
            )
            device.update(notes=[evil], users=[{"kind": evil, "detail": evil}])
            device["array"]["reason"] = evil
            for each in device["paths"]:
                # What answers is another LUN, so that each of them is named as a LUN that answers in its place too.
                each.update(sd=evil, hctl=evil, wire={"state": "other", "wwid": evil, "sense": evil, "detail": evil})
        names = dict.fromkeys(("name", "svm", "cluster", "array", "state"), evil)
        one["luns"] = {evil: [dict(names, size=1, maps=[{"igroup": evil, "lun_id": evil}])]}
        one["not_seen"] = [evil for dummy in one["not_seen"]]
        for thing in one["devices"] + one["findings"]:
            if "exception" in thing:
                thing["exception"] = {"reason": evil, "owner": evil, "expires": evil}
    for rule in made["rules"].values():
        rule.update(title=evil, why=evil, remedy=evil)
    made["compliance"]["failed"] = [evil] * len(made["compliance"]["failed"])
    made["generated_by"] = {"sanops.multipath": evil}
    return made
