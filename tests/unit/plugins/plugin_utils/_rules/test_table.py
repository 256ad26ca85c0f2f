# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every rule fires where it should and is silent where it should, and what a host does not tell is never taken for
good.
"""

import copy
import json

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import policy as core_policy
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import table as rule_table
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import SEVERITIES
from support.configured import WWID, host, one_map
from support.rule_cases import fc, iscsi, multipath, platform, symptoms
from support.rule_cases.common import silent

FAMILIES = (multipath, iscsi, platform, fc, symptoms)
FIRES = [case for family in FAMILIES for case in family.FIRES]
SILENT = [silent(rule["id"]) for rule in rule_table.RULES] + [case for family in FAMILIES for case in family.SILENT]
UNSEEN = [case for family in FAMILIES for case in family.UNSEEN]


def applied(facts, policy="default"):
    return rule_table.apply(facts, core_policy.resolve(policy))


def of(rule, reported):
    return [one for one in reported if one["rule"] == rule]


@pytest.mark.parametrize("rule, changes, policy, expected", FIRES)
def test_it_fires(rule, changes, policy, expected):
    findings, unseen = applied(host(**changes), policy)
    reported = of(rule, findings)
    assert sorted((one["severity"], one["subject"], one["what"], one["where"]) for one in reported) == sorted(expected)
    table = [one for one in rule_table.RULES if one["id"] == rule][0]
    assert all((one["why"], one["remedy"]) == (table["reason"], table["remedy"]) for one in reported)
    assert of(rule, unseen) == []


@pytest.mark.parametrize("rule, changes, policy", SILENT)
def test_it_is_silent(rule, changes, policy):
    findings, unseen = applied(host(**changes), policy)
    assert of(rule, findings) == of(rule, unseen) == []


@pytest.mark.parametrize("rule, changes, subject, why", UNSEEN)
def test_what_it_cannot_see_is_not_good(rule, changes, subject, why):
    findings, unseen = applied(host(**changes))
    assert of(rule, findings) == [] and of(rule, unseen) == [{"rule": rule, "subject": subject, "why": why}]


def test_every_rule_is_seen_to_fire_and_to_be_silent():
    ids = [rule["id"] for rule in rule_table.RULES]
    assert set(ids) == {case[0] for case in FIRES} == {case[0] for case in SILENT}


def test_the_table():
    ids = [rule["id"] for rule in rule_table.RULES]
    assert ids == sorted(set(ids))
    for rule in rule_table.RULES:
        assert rule["severity"] in SEVERITIES and all(rule[key].strip() for key in ("title", "reason", "remedy"))


def test_a_host_in_which_all_is_well():
    assert applied(host()) == ([], [])


@pytest.mark.parametrize("preset", sorted(core_policy.PRESETS))
def test_findings_are_plain_data_and_change_nothing(preset):
    facts = host(**dict(multipath.maps(one_map(queues=True, no_path_retry=multipath.QUEUE)), **platform.proxmox()))
    before = copy.deepcopy(facts)
    findings, unseen = applied(facts, preset)
    assert facts == before and json.loads(json.dumps(findings)) == findings
    assert [one["severity"] for one in findings] == sorted((one["severity"] for one in findings), key=SEVERITIES.index)


NEEDS = {
    "multipath_conf": ["MPC%03d" % number for number in range(1, 11)],
    "iscsi": ["MPC%d" % number for number in range(101, 108)],
    "platform": ["MPC%d" % number for number in range(201, 208)],
    "fc": ["MPC301", "MPC302", "MPC303"],
    "symptoms": ["MPC%d" % number for number in range(401, 407)],
}


@pytest.mark.parametrize("key", sorted(NEEDS))
def test_facts_of_an_older_version_are_not_checked(key):
    facts = host()
    del facts[key]
    findings, unseen = applied(facts)
    assert findings == [] and [one["rule"] for one in unseen] == NEEDS[key]
    assert {one["why"] for one in unseen} == {
        "the facts have no %s: gather them with this version of stale_mpath_facts" % key
    }


@pytest.mark.parametrize(
    "key, rules",
    [
        ("multipath_conf", NEEDS["multipath_conf"]),
        ("iscsi", NEEDS["iscsi"]),
        ("platform__lvm", ["MPC202"]),
        ("fc", NEEDS["fc"]),
        ("symptoms__udev", ["MPC402"]),
        ("symptoms__leftovers", ["MPC404", "MPC405", "MPC406"]),
        ("symptoms__blocked", ["MPC401"]),
    ],
)
def test_what_could_not_be_read_is_not_checked(key, rules):
    name = key.split("__")[-1]
    findings, unseen = applied(host(**{key: None, "incomplete": [{"what": name, "why": "no answer"}]}))
    assert findings == [] and unseen == [
        {"rule": rule, "subject": None, "why": "%s: no answer" % name} for rule in rules
    ]


def test_what_was_read_in_part_is_reported_and_not_checked():
    findings, unseen = applied(host(**dict(iscsi.scan("auto"), incomplete=[{"what": "iscsi", "why": "no answer"}])))
    assert [one["rule"] for one in findings] == ["MPC101"] and [one["rule"] for one in unseen] == NEEDS["iscsi"]


def test_a_host_without_multipath_tools_and_open_iscsi_has_nothing_to_check():
    assert applied(host(multipath_conf=None, iscsi=None, maps=[], sessions=[])) == ([], [])


def test_devices_without_the_tools_that_make_them_are_not_good():
    findings, unseen = applied(host(multipath_conf=None, iscsi=None))
    assert findings == [] and [one["rule"] for one in unseen] == NEEDS["multipath_conf"] + NEEDS["iscsi"]
    assert unseen[0]["why"] == "multipath_conf: this host has multipath maps, but no multipath-tools to ask"


def test_tools_that_did_not_answer_are_not_no_tools():
    findings, unseen = applied(
        host(multipath_conf=None, maps=[], incomplete=[{"what": "multipathd", "why": "its version: no answer"}])
    )
    assert findings == [] and [one["rule"] for one in unseen] == NEEDS["multipath_conf"]
    assert unseen[0]["why"] == "multipathd: its version: no answer"


def test_what_multipathd_does_is_reported_whatever_the_files_say():
    findings, unseen = applied(
        host(
            multipath_conf=None,
            maps=[{"wwid": WWID, "queueing": "on"}],
            incomplete=[{"what": "multipath_conf", "why": "x"}],
        )
    )
    assert [(one["rule"], one["what"]) for one in findings] == [("MPC001", "multipathd queues indefinitely")]
    assert "MPC001" in [one["rule"] for one in unseen]


@pytest.mark.parametrize(
    "changes, rule",
    [
        ({"multipath_conf__ignored": [{}]}, "MPC005"),
        ({"iscsi__records": None}, "MPC102"),
        ({"platform__lvm": "hello"}, "MPC202"),
    ],
)
def test_facts_of_another_shape_cost_their_rules_only(changes, rule):
    findings, unseen = applied(host(**changes))
    assert findings == [] and rule in [one["rule"] for one in unseen]
    assert all("the facts are not what stale_mpath_facts returns" in one["why"] for one in unseen)
