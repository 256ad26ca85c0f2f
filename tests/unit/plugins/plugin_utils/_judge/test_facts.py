# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The door for facts: what is wrong is named with its place, and what is let in breaks nothing behind it."""

import json

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import evidence as judge_evidence
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import facts as judge_facts
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import hosts as judge_hosts
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import record as removal_record
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import removal_decision, shapes, validate
from support import places
from support.fleets import configured_host, fleet
from support.testimony import LUN, NOW, answers, path

PROXMOX = {
    "present": True,
    "node": "pve1",
    "cluster": None,
    "storages": [{"storage": "san", "type": "lvm", "enabled": True, "vgname": "vg", "svm": None, "devices": ["dm-0"]}],
    "guests": [
        {
            "vmid": 100,
            "kind": "qemu",
            "name": "web",
            "node": "pve1",
            "running": None,
            "lock": None,
            "disks": [
                {
                    "key": "scsi0",
                    "volume": "san:vm-100-disk-0",
                    "storage": "san",
                    "type": "lvm",
                    "devices": ["dm-0"],
                    "whole": False,
                }
            ],
        }
    ],
}
WHOLE = configured_host(
    path(0, "absent"),
    path(1, "same"),
    path(2, "other", in_map=False),
    users=[{"kind": "mount", "detail": "/srv"}],
    incomplete=[{"what": "lvm", "why": "no answer"}],
)["ansible_facts"]["stale_mpath"]
WHOLE["platform"]["proxmox"] = PROXMOX
WHOLE["fc"] = {"hosts": [{"port_name": "10000000c9b269f5", "port_state": "Online"}]}


def changed(place, text):
    """WHOLE with another value (JSON) in a place, or without it (None)."""
    return places.changed(WHOLE, place, places.DELETED if text is None else json.loads(text))


# The rules read the rest, and check it themselves.
JUDGED = [
    place
    for place in places.places(WHOLE)
    if place
    and place[0] not in ("multipath_conf", "iscsi", "symptoms")
    and (place[0] != "platform" or place[1:2] in ((), ("proxmox",), ("kubelet",)))
]


def go_through(made):
    """Judge a host, and make of it what the remediation makes."""
    results = {"h": {"ansible_facts": {"stale_mpath": made}}}
    outline = judge_hosts.outlines(results)["h"]
    evidence = judge_evidence.of_answers(*answers(existing=[LUN]), NOW, 3600)
    host = judge_hosts.judged("h", results["h"], outline, evidence)
    judged = {"arrays": evidence.view["arrays"], "clusters": [], "hosts": [host]}
    plan = removal_plan.plan(judged, removal_plan.HAZARDS, NOW)
    decision = removal_decision.decide(judged, None, removal_plan.HAZARDS, NOW, 60, 50, 1)
    removal_decision.confirmed(judged, plan["removals"], removal_plan.HAZARDS, NOW, 60)
    lost = removal_record.worse(host, host, plan["removals"]) if host["facts"] else []
    removal_record.lines(removal_record.record("h", judged, judged, decision, [], lost, NOW))
    return host


def test_whole_facts_are_let_in():
    assert judge_facts.unusable(WHOLE) is None
    assert [device["verdict"] for device in go_through(WHOLE)["devices"]] == ["recycled", "conflict"]


@pytest.mark.parametrize("value", [None, "null", '"x"', "7", "-1.5", "true", "[]", "{}", '[{"a": 1}]', '[["x"]]'])
def test_whatever_is_let_in_breaks_nothing(value):
    """No other walk catches what a broken host sends: one that slips through here costs all hosts their report."""
    refused = 0
    for place in JUDGED:
        made = changed(place, value)
        host = go_through(made)
        assert (host["facts"] is None) is (judge_facts.unusable(made) is not None), place
        refused += host["facts"] is None
    assert 20 < refused < len(JUDGED)


@pytest.mark.parametrize(
    "place, value, why",
    [
        (("maps", 0, "wwid"), None, "maps[0].wwid is missing"),
        (("maps", 0, "wwid"), '""', "maps[0].wwid is empty"),
        (("paths", 1, "target"), None, "paths[1].target is missing"),
        (("paths", 1, "hctl"), '"a:b"', "paths[1].hctl is 'a:b'; host:channel:target:LUN is needed"),
        (("paths", 1, "hctl"), '"9:0:0:3"', "maps[0].paths[1] is '1:0:0:3', which is none of the paths"),
        (("paths", 2, "wire", "wwid"), "null", "paths[2].wire.wwid is empty, and another LUN answers"),
        (("paths", 0, "users"), '"x"', "paths[0].users is a text; a list is needed"),
        (("maps", 0, "users", 0, "kind"), "1", "maps[0].users[0].kind is a whole number; a text is needed"),
        (("sessions", 0, "sid"), "true", "sessions[0].sid is true or false; a whole number is needed"),
        (("sessions", 0, "sid"), "1.5", "sessions[0].sid is a number; a whole number is needed"),
        (("elapsed",), "3", None),
        (("maps", 0, "queueing"), "7", None),
        (("paths", 0, "checker_state"), "[]", None),
        (("paths", 0, "checker_state"), None, "paths[0].checker_state is missing"),
        (("host", "initiators", "iqn"), '[""]', "host.initiators.iqn has an empty name"),
        (("host", "initiators"), "null", None),
        (("maps", 0, "size_bytes"), '"1"', "maps[0].size_bytes is a text; a whole number or null is needed"),
        (
            ("platform", "proxmox", "guests", 0, "disks", 0, "devices"),
            "null",
            "platform.proxmox.guests[0].disks[0].devices is null; a list is needed",
        ),
        (("platform", "proxmox"), "[]", "platform.proxmox is a list; a dictionary is needed"),
        (("platform",), "null", None),
        (("fc", "hosts", 0, "port_state"), None, "fc.hosts[0].port_state is missing"),
    ],
)
def test_the_place_that_is_wrong_is_named(place, value, why):
    assert judge_facts.unusable(changed(place, value)) == (why and "its facts are malformed: " + why)


def test_facts_that_are_wrong_are_nobody_elses_problem():
    broken = {"ansible_facts": {"stale_mpath": changed(("paths", 0, "target"), None)}}
    made = fleet({"a": configured_host(), "b": broken, "c": {"ansible_facts": "x"}, "d": "x"}, mapped=[LUN])
    assert [(host["name"], host["state"], host["why"]) for host in made["hosts"]] == [
        ("a", "audited", None),
        ("b", "failed", "its facts are malformed: paths[0].target is missing"),
        ("c", "failed", "it was not asked"),
        ("d", "failed", "it was not asked"),
    ]


def test_texts_of_ansible_are_texts():
    class Tagged(str):
        pass

    made = changed(("host", "hostname"), '"h"')
    made["host"]["hostname"] = Tagged("h")
    made["paths"][0]["wire"]["state"] = Tagged("absent")
    assert judge_facts.unusable(made) is None


@pytest.mark.parametrize(
    "value, wanted, why",
    [
        ([], list[shapes.Gap], None),
        ([{"what": "x"}], list[shapes.Gap], "[0].why is missing"),
        (None, shapes.Gap, "it is null; a dictionary is needed"),
        (object(), str, "it is object; a text is needed"),
        ({"anything": object()}, dict[str, object], None),
    ],
)
def test_a_shape(value, wanted, why):
    assert validate.problem(value, wanted) == why
