# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a run fails by the policy, as a report passes it on to the job at the end of the workflow."""

import datetime

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance, outcome, records
from support.fleets import LOST, STALE_ARRAY, fleet, recycled, stale
from support.testimony import ARRAY, NOW

ANY = outcome.Policy(arrays_listed=False, max_not_audited=1, max_age=10**6)
DEFAULT = outcome.Policy(arrays_listed=True, max_not_audited=0.1, max_age=86400)
NOT_LISTED = {"array": {**ARRAY, "complete": False, "error": "it hung"}}


def failures(hosts, fail_on="", **answers):
    report = compliance.apply(fleet(hosts, **{**STALE_ARRAY, **answers}), [], fail_on, NOW.date())
    return made(report)["failures"]


def made(report, policy=ANY, age=0):
    plan = removal_plan.plan(records.judgement(report), [], NOW - datetime.timedelta(seconds=age))
    return outcome.outcome(report, plan, len(plan["removals"]), policy)


@pytest.mark.parametrize(
    "fail_on, said",
    [
        ("", []),
        (
            "critical",
            [
                "Hosts that do not comply (audit_fail_on critical): b.",
                "Hosts that were not audited (audit_fail_on critical): c((x))\\x0a.",
            ],
        ),
    ],
)
def test_hosts_fail_by_the_severity_and_nothing_in_a_name_is_a_template(fail_on, said):
    assert failures({"b": recycled(), "c{{x}}\n": LOST}, fail_on) == said


@pytest.mark.parametrize(
    "names, hosts", [(["b", "db-1.example.com"], ["b", "db-1.example.com"]), (["b", "db[1]"], []), (["b", "!b"], [])]
)
def test_the_remediation_is_limited_to_plain_names_only(names, hosts):
    """Of a name that is a pattern too, nobody knows which hosts it means: then all are visited."""
    hosts_of_fleet = {**dict.fromkeys(names, stale()), "a": recycled()}
    report = compliance.apply(fleet(hosts_of_fleet, **STALE_ARRAY), [], "", NOW.date())
    assert made(report)["hosts"] == hosts and made(report)["removals"] == len(names)


@pytest.mark.parametrize(
    "hosts, answers, age, said",
    [
        ({"b": stale()}, STALE_ARRAY, 86400, []),
        ({"b": stale()}, NOT_LISTED, 0, ["Arrays that were not listed: a1."]),
        ({"b": stale(), "c": LOST}, STALE_ARRAY, 0, ["1 of 2 hosts were not audited, at most 10 % are allowed: c."]),
        ({**{f"h{number}": stale() for number in range(9)}, "c": LOST}, STALE_ARRAY, 0, []),
        ({}, STALE_ARRAY, 0, ["There is no host in the report."]),
        (
            {"b": stale()},
            STALE_ARRAY,
            86401,
            ["The hosts were asked 86401 s before this report was made, at most 86400 s are allowed."],
        ),
    ],
)
def test_a_blind_night_does_not_look_fine(hosts, answers, age, said):
    report = compliance.apply(fleet(hosts, **answers), [], "", NOW.date())
    assert made(report, DEFAULT, age)["failures"] == said
    assert made(report, ANY, age)["failures"] == [sentence for sentence in said if "no host" in sentence]


def test_where_no_array_was_asked_nothing_is_fine():
    report = compliance.apply({**fleet({"b": stale()}, **STALE_ARRAY), "arrays": []}, [], "", NOW.date())
    assert made(report, DEFAULT)["failures"] == ["No array was asked: none is configured."]


def test_where_there_is_nothing_to_ask_about_no_array_is_missed():
    host = stale()
    facts = host["ansible_facts"]["stale_mpath"]
    facts.update(maps=[], paths=[], sessions=[])
    facts["host"]["initiators"] = {"iqn": [], "wwpns": []}
    report = compliance.apply({**fleet({"b": host}), "arrays": []}, [], "", NOW.date())
    assert made(report, DEFAULT)["failures"] == []
