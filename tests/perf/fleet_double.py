# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet's report without a fleet: invented facts of many hosts, judged by the real code. The same arguments always
make the same report.

As a program: HOSTS [DEVICES_EACH]; prints fleet.json.
"""

import copy
import datetime
import json
import random
import sys
from collections import Counter

from ansible_collections.sanops.multipath.plugins.module_utils._core import policy
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet
from support import configured, reports, testimony

NOW = datetime.datetime(2026, 11, 21, 2, 14, tzinfo=datetime.timezone.utc)
BEFORE = "2026-11-20T02:13:41Z"
SERIALS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz"
SVMS = ("svm_k8s", "svm_db", "svm_pve", "svm_apps")
KINDS = (("k8s-worker", "svm_k8s", 50), ("db", "svm_db", 12), ("pve", "svm_pve", 15), ("app", "svm_apps", 23))
"""What a host is called, whose LUNs it has, and its share of the fleet in percent."""
NOT_AUDITED = {
    "unreachable": (
        "Failed to connect to the host via ssh: ssh: connect to host port 22: No route to host",
        "Failed to connect to the host via ssh: Connection timed out during banner exchange",
    ),
    "failed": ("Timed out: the host took longer than its budget and a minute", "sudo: a password is required"),
}
TROUBLE = (
    ("stale", 70),
    ("degraded", 60),
    ("stale in use", 12),
    ("outage", 16),
    ("offline", 6),
    ("unknown", 8),
    ("conflict", 5),
    ("recycled", 5),
)
"""What befalls a map, and how often in 10,000."""


def report(hosts, devices=20, misery=1, seed=6):
    """The report (fleet.json, schema 2) of that many hosts with that many maps each, two paths a map; of so many
    times the usual trouble.
    """
    dice = random.Random(seed)
    names = _names(hosts, dice)
    results, mapped, existing = {}, [], []
    arrays = _arrays()
    for number, (name, svm) in enumerate(names):
        roll = dice.randrange(1000)
        if roll < 12 * misery:
            results[name] = {"unreachable": True, "msg": dice.choice(NOT_AUDITED["unreachable"])}
        elif roll < 16 * misery:
            results[name] = {"failed": True, "msg": dice.choice(NOT_AUDITED["failed"])}
        else:
            facts, answer, luns = _host(number, name, svm, devices, misery, dice)
            results[name] = {"ansible_facts": {"stale_mpath": facts}}
            mapped.append(dict(answer, arrays=arrays))
            existing += luns
    answers = [{"term": wwid, "wwid": wwid, "luns": luns, "arrays": arrays} for wwid, luns in existing]
    policies = dict.fromkeys(results, policy.resolve("default"))
    return _followed(fleet.fleet(results, mapped, answers, NOW, 3600, policies), dice)


def _names(hosts, dice):
    """[(name, SVM)], sorted as the report has them."""
    found = []
    for kind, svm, share in KINDS:
        most = hosts - len(found) if kind == KINDS[-1][0] else max(1, hosts * share // 100)
        found += [
            (f"{kind}-{number:04d}.{dice.choice(('ber', 'fra'))}.example.com", svm) for number in range(1, most + 1)
        ]
    return sorted(found[:hosts])


def _arrays():
    common = {
        "version": "9.14.1",
        "svms": list(SVMS),
        "targets": [configured.TARGET],
        "scope": "cluster",
        "complete": True,
        "fetched_at": "2026-11-21T02:03:00Z",
        "error": None,
    }
    return [dict(common, hostname=f"cluster{number}.example.com", cluster=f"ontap-{number}") for number in (1, 2)]


def _host(number, name, svm, devices, misery, dice):
    """(facts, the answer of ontap_lun_maps, [(wwid, LUNs)])."""
    initiator = f"iqn.1994-05.com.redhat:{number:012x}"
    maps, paths, given, known = [], [], [], []
    for lun_id in range(devices):
        made = _device(number, lun_id, svm, misery, dice)
        maps.append(made["map"])
        paths += made["paths"]
        given += made["mapped"]
        known += made["known"]
    facts = _configured(dice)
    facts.update(maps=maps, paths=paths, schema=1, quarantine=None, elapsed=round(dice.uniform(0.6, 4.2), 2))
    facts["host"] = {
        "hostname": name,
        "boot_id": f"{number:08x}-6d2a-4c0f-9b0e-2f7d1f9f3c11",
        "kernel": dice.choice(("6.1.0-41-amd64", "5.14.0-570.12.1.el9_6.x86_64")),
        "initiators": {"iqn": [initiator], "wwpns": []},
    }
    facts["multipath_conf"]["maps"] = [_effective(one["wwid"], one["queueing"] == "on") for one in maps]
    facts["sessions"] = [
        {
            "sid": sid,
            "target": configured.TARGET,
            "portal": f"10.0.{sid}.1:3260",
            "state": "LOGGED_IN",
            "iface": "default",
            "initiator": initiator,
            "recovery_tmo": 5,
            "host": f"host{sid}",
        }
        for sid in (1, 2)
    ]
    return facts, {"initiator": initiator, "luns": given}, known


def _effective(wwid, for_ever):
    changes = (
        {
            "no_path_retry": configured.setting(
                "queue", {"file": "/etc/multipath.conf", "line": 14, "section": "device NETAPP/LUN"}
            )
        }
        if for_ever
        else {}
    )
    return configured.one_map(wwid, queues=for_ever, **changes)


def _device(number, lun_id, svm, misery, dice):
    roll, trouble = dice.randrange(10_000) / misery, None
    for word, share in TROUBLE:
        if roll < share:
            trouble = word
            break
        roll -= share
    wwid, volume = _wwid(dice), f"/vol/{svm}_{number:04d}_{lun_id // 8}/lun{lun_id:02d}"
    lun = _lun(wwid, volume, svm, number, lun_id)
    mapped, known, users = [lun], [(wwid, [lun])], _users(svm, number, lun_id, dice)
    wire = ["same", "same"]
    if trouble in ("stale", "stale in use"):
        wire, mapped, known = ["absent", "absent"], [], [(wwid, [] if dice.random() < 0.7 else [dict(lun, maps=[])])]
        users = users if trouble == "stale in use" else []
    elif trouble == "degraded":
        wire = ["same", dice.choice(("unreachable", "absent", "silent"))]
    elif trouble == "outage":
        wire = ["unreachable", "unreachable"]
    elif trouble == "offline":
        mapped = [dict(lun, state="offline")]
    elif trouble == "unknown":
        wire = ["unreadable", "unreadable"]
    elif trouble == "conflict":
        wire = ["absent", "absent"]
    elif trouble == "recycled":
        other = _wwid(dice)
        mapped = [_lun(other, f"{volume}_new", svm, number, lun_id)]
        wire, known = ["other", "other"], [(wwid, []), (other, mapped)]
    answers = {"same": wwid, "other": known[-1][0]}
    paths = [_path(host, lun_id, wwid, word, answers.get(word)) for host, word in enumerate(wire, 1)]
    one = {
        "wwid": wwid,
        "name": f"mpath{_letters(lun_id)}",
        "dm": f"dm-{lun_id}",
        "dev_t": f"253:{lun_id}",
        "size_bytes": lun["size"],
        "vendor": "NETAPP",
        "product": "LUN C-Mode",
        "read_only": False,
        "suspended": False,
        "open_count": len(users),
        "features": "0",
        "queueing": "on" if dice.random() < 0.0015 else "off",
        "queue_if_no_path": trouble == "stale in use",
        "changed": None,
        "paths": [path["hctl"] for path in paths],
        "other_slaves": [],
        "users": users,
    }
    return {"map": one, "paths": paths, "mapped": mapped, "known": known}


def _wwid(dice):
    return "3600a0980" + "".join(dice.choices(SERIALS, k=12)).encode().hex()


def _lun(wwid, name, svm, number, lun_id):
    return {
        "wwid": wwid,
        "serial": bytes.fromhex(wwid[9:]).decode(),
        "name": name,
        "svm": svm,
        "cluster": f"ontap-{number % 2 + 1}",
        "array": f"cluster{number % 2 + 1}.example.com",
        "state": "online",
        "container_state": "online",
        "enabled": True,
        "size": (1 + lun_id % 8) << 35,
        "maps": [
            {"igroup": f"host{number:04d}", "igroup_uuid": f"u{number}", "lun_id": lun_id, "transports": ["iscsi"]}
        ],
    }


def _users(svm, number, lun_id, dice):
    if dice.random() < 0.15:
        return []
    if svm == "svm_k8s":
        pod = f"{number:04x}{lun_id:02x}aa-51c2-4c1b-9a77-0f3e1f9f3c11"
        return [
            {
                "kind": "mount",
                "detail": f"/var/lib/kubelet/pods/{pod}/volumes/kubernetes.io~csi/pvc-{lun_id}/mount (ext4, rw)",
            }
        ]
    if svm == "svm_pve":
        return [
            {"kind": "lvm", "detail": f"pve-{number}/vm-{100 + lun_id}-disk-0"},
            {"kind": "process", "detail": f"{2000 + lun_id} kvm (qemu.slice/{100 + lun_id}.scope)"},
        ]
    return [{"kind": "mount", "detail": f"/srv/data{lun_id:02d} (xfs, rw)"}]


def _path(host, lun_id, wwid, word, answer):
    letters = _letters(2 * lun_id + host)
    reported = {
        "absent": "logical unit not supported",
        "unreachable": "the session is not logged in",
        "silent": "no answer within 5 s",
        "unreadable": "the answer ends too early",
    }.get(word)
    unreachable = word == "unreachable"
    return testimony.path(
        host,
        word,
        hctl=f"{host}:0:0:{lun_id}",
        sd=f"sd{letters}",
        sg=f"sg{2 * lun_id + host}",
        dev_t=f"8:{16 * (2 * lun_id + host)}",
        size_bytes=(1 + lun_id % 8) << 35,
        wwid=wwid,
        map=wwid,
        target=configured.TARGET,
        portal=f"10.0.{host}.1:3260",
        session_state="FAILED" if unreachable else "LOGGED_IN",
        device_state="offline" if unreachable else "running",
        dm_state="failed" if word in ("unreachable", "silent") else "active",
        checker_state="ready" if word in ("same", "other") else "faulty",
        wire=dict(
            state=word, wwid=answer, serial=None, sense="05/25/00" if word == "absent" else None, detail=reported
        ),
    )


def _letters(number):
    """a, b, ... z, aa, ab, ..."""
    return ("" if number < 26 else _letters(number // 26 - 1)) + chr(ord("a") + number % 26)


def _configured(dice):
    """A host's facts without devices; on some hosts the configuration has its faults."""
    changes = {}
    if dice.random() < 0.08:
        changes["multipath_conf__defaults__recheck_wwid"] = configured.setting("no", configured.BUILT_IN)
    if dice.random() < 0.05:
        changes["iscsi__conf__settings"] = {"node.session.scan": {"value": "auto", "line": 7}}
    if dice.random() < 0.03:
        changes["platform__lvm"] = None
        changes["incomplete"] = [{"what": "lvm", "why": "lvmconfig did not end within 3 s"}]
    if dice.random() < 0.01:
        changes["platform__read_only"] = {"stopped": [configured.stopped()], "unsure": []}
    return configured.host(**changes) if changes else copy.deepcopy(configured.CLEAN)


# What the audit adds to a report once it is judged: exceptions, words of compliance, and what has changed.


def _followed(made, dice):
    """*made* with exceptions, compliance and changes, as docs/fleet-json.md describes them."""
    excuse = {
        "reason": "the vendor's driver wants it; ticket SAN-4711",
        "owner": "storage team",
        "expires": "2026-12-31",
    }
    new, matched = [], 0
    for host in made["hosts"]:
        host["groups"] = sorted((host["name"].split("-")[0], host["name"].split(".")[1]))
        for device in host["devices"]:
            bad = device["verdict"] != "healthy"
            change = "new" if bad and dice.random() < 0.06 else "still"
            if bad:
                device["change"] = change
            if change == "new":
                what = f"{device['name']} on {host['name']} is {device['verdict']}, it was healthy"
                new.append(_change("device", host, device["wwid"], what))
        for finding in host["findings"]:
            if finding["rule"] == "MPC009" and host["name"].startswith("pve"):
                finding["exception"] = excuse
                matched += 1
            finding["change"] = "new" if dice.random() < 0.05 else "still"
            if finding["change"] == "new":
                what = f"{finding['rule']} on {host['name']}: {finding['what']}"
                new.append(_change("finding", host, finding["rule"], what))
        reports.judge(host)
        if host["compliance"] == "unreachable" and dice.random() < 0.3:
            new.append(_change("host", host, host["name"], f"{host['name']} is unreachable, it was compliant"))
    gone = [
        _change("device", host, _wwid(dice), f"mpathz on {host['name']} was stale and is no more")
        for host in made["hosts"][:: max(1, len(made["hosts"]) // 9)]
        if host["facts"]
    ]
    made["exceptions"] = [
        dict(excuse, rule="MPC009", hosts=["pve-*"], state="in force", matched=matched),
        {
            "rule": "MPC101",
            "hosts": ["*"],
            "reason": "until the image of November is out",
            "owner": "platform team",
            "expires": "2026-11-15",
            "state": "expired",
            "matched": 0,
        },
        {
            "device": "3600a098038304479363f4c4870455167",
            "hosts": ["*"],
            "reason": "decommissioned in week 50",
            "owner": "storage team",
            "expires": "2026-12-12",
            "state": "unused",
            "matched": 0,
        },
    ]
    words = Counter(host["compliance"] for host in made["hosts"])
    made["compliance"] = {
        "hosts": dict(sorted(words.items())),
        "fail_on": "critical",
        "failed": [
            host["name"]
            for host in made["hosts"]
            if any(one["severity"] == "critical" and not one.get("exception") for one in host["findings"])
            or any(one["verdict"] in ("recycled", "conflict") for one in host["devices"])
        ],
    }
    still = sum(device["verdict"] != "healthy" for host in made["hosts"] for device in host["devices"]) - sum(
        one["kind"] == "device" for one in new
    )
    made["changes"] = {"since": BEFORE, "new": new, "gone": gone, "still": still}
    made["trend"] = _trend(made)
    made["generated_by"] = {"sanops.multipath": "0.1.0"}
    return made


def _trend(made):
    """29 nights before: what is bad went up and down, one night has no report, and in one no host was reached."""
    nights = []
    for back in range(29, 0, -1):
        day = (NOW - datetime.timedelta(days=back)).strftime("%Y-%m-%dT%H:%M:%SZ")
        hosts, verdicts = dict(made["totals"]["hosts"]), dict(made["totals"]["verdicts"])
        for place, word in enumerate(verdicts):
            verdicts[word] = max(0, verdicts[word] - (back * (place + 3)) % 11 + 4)
        if back == 9:
            hosts, verdicts = {"unreachable": sum(hosts.values())}, {}
        if back not in (17, 18):
            counted = {word: count for word, count in verdicts.items() if count}
            nights.append({"generated_at": day, "hosts": hosts, "verdicts": counted})
    return nights


def _change(kind, host, name, what):
    return {"kind": kind, "host": host["name"], "id": name, "what": what}


if __name__ == "__main__":
    print(json.dumps(report(*map(int, sys.argv[1:]))))
