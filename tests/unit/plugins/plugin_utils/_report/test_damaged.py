# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever of a host's facts is damaged: the host is failed with the place named, or nothing breaks. No other host's
report is any worse for it, in any format.
"""

import copy
import json

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import pack
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import write as formats
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import facts as judge_facts
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import changes, compliance, records
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet as report_fleet
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import summary as report_summary
from support import places
from support.fleets import configured_host, fleet
from support.testimony import LUN, NOW, path

WHOLE = configured_host(
    path(0, "absent"),
    path(1, "other"),
    users=[{"kind": "mount", "detail": "/srv"}],
    incomplete=[{"what": "lvm", "why": "no answer"}],
)["ansible_facts"]["stale_mpath"]
GOOD = "good"


def nested(depth):
    made = []
    for dummy in range(depth):
        made = [made]
    return made


DAMAGES = {
    "deleted": places.DELETED,
    "null": None,
    "true": True,
    "number": 7,
    "negative": -1,
    "huge": 10**400,
    "not a number": float("nan"),
    "infinite": float("-inf"),
    "text": "x",
    "surrogate": "\ud800",
    "list": [1],
    "lists": [[]],
    "dictionaries": [{}],
    "dictionary": {"a": []},
    "deep": nested(400),
}


def no_number(word):
    raise ValueError(f"{word} is no JSON")


def go_through(results):
    """Make of these hosts and a good one all that the audit makes of a report; return their hosts in it."""
    report = fleet({GOOD: configured_host(), **results}, mapped=[LUN])
    removal_plan.plan(records.judgement(report), removal_plan.HAZARDS, NOW)
    json.loads(json.dumps(report, sort_keys=True), parse_constant=no_number)
    for dummy, dummy, pieces in formats.FORMATS.values():
        for piece in pieces(report):
            piece.encode()
    for line in report_summary.summary(report):
        line["text"].encode()
    changes.compare(copy.deepcopy(report), report)
    compliance.apply(copy.deepcopy(report), [], "critical", NOW.date())
    hosts = {host["name"]: host for host in report["hosts"]}
    assert (hosts[GOOD]["state"], hosts[GOOD]["why"]) == ("audited", None)
    return hosts


@pytest.mark.parametrize("name", DAMAGES)
def test_every_place(name):
    """All hosts in one report; where that breaks, the place that breaks it is searched for."""
    found = {json.dumps(place): place for place in places.places(WHOLE) if place}
    results = {
        text: {"ansible_facts": {"stale_mpath": places.changed(WHOLE, place, DAMAGES[name])}}
        for text, place in found.items()
    }
    try:
        hosts = go_through(results)
    except Exception as exc:
        for text, result in results.items():
            try:
                go_through({text: result})
            except Exception as why:
                pytest.fail(f"{text}: {type(why).__name__}: {why}")
        raise exc
    refused = 0
    for text, place in found.items():
        state, why = hosts[text]["state"], hosts[text]["why"]
        assert state in ("audited", "incomplete", "failed"), text
        if state == "failed":
            refused += 1
            # A map names the paths that are missing.
            assert place[0] in why or place[0] == "paths" and why.startswith("its facts are malformed: maps["), text
    assert 10 < refused


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e999", "[" * 500 + "]" * 500, '{"a":' * 500 + "1" + "}" * 500])
def test_what_no_report_can_say_is_refused_wherever_it_is(text):
    """In a value that nobody judges by, which a report keeps as it came."""
    whole = json.dumps({**WHOLE, "host": {**WHOLE["host"], "kernel": "@"}}).replace('"@"', text)
    hosts = go_through({"broken": {"packed": pack.packed(whole)}})
    assert hosts["broken"]["state"] == "failed"
    assert hosts["broken"]["why"].startswith("its facts are malformed: ") and "host.kernel" in hosts["broken"]["why"]


@pytest.mark.parametrize("depth", [3000, 200000])
def test_facts_nested_too_deep_to_be_unpacked_are_that_hosts(depth):
    hosts = go_through({"broken": {"packed": pack.packed("[" * depth + "]" * depth)}})
    assert hosts["broken"]["state"] == "failed"


@pytest.mark.parametrize("error", [MemoryError, RecursionError])
@pytest.mark.parametrize("fails_at", [1, 2])
def test_facts_too_large_to_be_unpacked_are_that_hosts(monkeypatch, error, fails_at):
    """They are unpacked twice: to say what the arrays are to be asked about, and to be judged."""
    unchecked, calls = judge_facts.unchecked, []

    def unpacked(result):
        if result.get("mine"):
            calls.append(result)
            if len(calls) == fails_at:
                raise error()
        return unchecked(result)

    monkeypatch.setattr(judge_facts, "unchecked", unpacked)
    hosts = go_through({"broken": dict(configured_host(), mine=True)})
    assert len(calls) == fails_at
    assert (hosts["broken"]["state"], hosts["broken"]["devices"]) == ("failed", [])
    assert error.__name__ in hosts["broken"]["why"]


@pytest.mark.parametrize("error", [MemoryError, RecursionError])
def test_facts_too_large_for_the_rules_are_that_hosts(monkeypatch, error):
    apply = report_fleet.rule_table.apply

    def applied(facts, policy):
        if facts["host"]["hostname"] == "broken":
            raise error()
        return apply(facts, policy)

    monkeypatch.setattr(report_fleet.rule_table, "apply", applied)
    broken = copy.deepcopy(WHOLE)
    broken["host"]["hostname"] = "broken"
    hosts = go_through({"broken": {"ansible_facts": {"stale_mpath": broken}}})
    assert (hosts["broken"]["state"], hosts["broken"]["facts"]) == ("failed", None)
    assert error.__name__ in hosts["broken"]["why"]
