# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""findings.sarif: what the rules found, where, since when, and whether it is excused; and what could not be looked
at.
"""

import json
import pathlib
import sys

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import sarif
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import table as rule_table
from support import reports
from support.testimony import WWID


def run(report):
    log = json.loads(sarif.render(report))
    assert log["version"] == "2.1.0" and len(log["runs"]) == 1
    return log["runs"][0]


def results(report):
    return {one["message"]["text"].split(":")[0]: one for one in run(report)["results"]}


def notes(report):
    return [
        (one["descriptor"]["id"], one["level"], one["message"]["text"])
        for one in run(report)["invocations"][0]["toolExecutionNotifications"]
    ]


def with_finding(**changes):
    report = reports.everything()
    reports.host(report, "queue")["findings"][0].update(changes)
    return results(report)["queue"]


def test_the_tool_knows_all_rules():
    driver = run(reports.everything())["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("sanops.multipath", "0.1.0")
    assert [rule["id"] for rule in driver["rules"]] == [rule["id"] for rule in rule_table.RULES]
    assert [rule["defaultConfiguration"]["level"] for rule in driver["rules"][:4]] == [
        "error",
        "warning",
        "warning",
        "note",
    ]
    assert driver["rules"][0]["shortDescription"]["text"] == "A map queues I/O indefinitely" and driver["rules"][0][
        "help"
    ]["text"].startswith("set no_path_retry")


def test_a_rule_links_to_its_chapter(monkeypatch):
    monkeypatch.syspath_prepend(str(pathlib.Path(__file__).parents[4] / "bootstrap"))
    import rules_page

    sys.modules.pop("rules_page")
    for rule, reported in zip(rule_table.RULES, run(reports.everything())["tool"]["driver"]["rules"]):
        assert reported[
            "helpUri"
        ] == "https://github.com/sanops/sanops.multipath/blob/main/docs/rules.md#" + rules_page.anchor(rule)


def test_a_version_that_is_not_known_is_left_out():
    assert "version" not in run(dict(reports.everything(), generated_by={}))["tool"]["driver"]


def test_a_finding_is_a_result():
    one = results(reports.everything())["queue"]
    assert (one["ruleId"], one["ruleIndex"], one["level"], one["baselineState"]) == ("MPC001", 0, "error", "new")
    assert one["message"]["text"] == "queue: %s: no_path_retry queue (overrides)" % WWID
    place = one["locations"][0]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "queue/etc/multipath/conf.d/sanops.conf", "uriBaseId": "FLEET"},
        "region": {"startLine": 3},
    }
    assert place["logicalLocations"] == [{"name": WWID, "fullyQualifiedName": "queue/" + WWID, "kind": "resource"}]
    assert "suppressions" not in one


def test_each_subject_of_a_finding_is_a_result():
    report = reports.everything()
    reports.host(report, "queue")["findings"][0]["subjects"] = [WWID, "3600b"]
    reported = [one for one in run(report)["results"] if one["message"]["text"].startswith("queue: ")]
    assert [one["locations"][0]["logicalLocations"][0]["name"] for one in reported] == [WWID, "3600b"]
    assert len({tuple(one["partialFingerprints"].values()) for one in reported}) == 2


def test_an_excused_finding_is_suppressed():
    assert results(reports.everything())["ignored"]["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "excused until 2026-12-31 by storage team: the vendor is asked",
        }
    ]


@pytest.mark.parametrize(
    "where, uri, line",
    [
        (None, "queue", None),
        (
            "/etc/iscsi/nodes/iqn.x:y/10.0.0.1,3260,1/default",
            "queue/etc/iscsi/nodes/iqn.x%3Ay/10.0.0.1%2C3260%2C1/default",
            None,
        ),
        ("/etc/multipath.conf:12", "queue/etc/multipath.conf", 12),
        ("/etc/multipath.conf:0", "queue/etc/multipath.conf", None),
        ("/../../etc/./shadow:1", "queue/_../_../etc/_./shadow", 1),
        ("//evil/x?y#z%2e", "queue/evil/x%3Fy%23z%252e", None),
        ("javascript:alert(1)", "queue/javascript%3Aalert%281%29", None),
    ],
)
def test_where_it_is(where, uri, line):
    physical = with_finding(where=where)["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": uri, "uriBaseId": "FLEET"} and physical.get("region") == (
        line and {"startLine": line}
    )


@pytest.mark.parametrize("name, uri", [("..", "_.."), ("a/b", "a%2Fb"), ("x\x1b", "x%5Cx1b")])
def test_a_host_is_one_folder(name, uri):
    report = reports.everything()
    reports.host(report, "queue").update(name=name)
    reports.host(report, name)["findings"][0]["where"] = None
    assert uri in [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run(report)["results"]]


@pytest.mark.parametrize(
    "severity, level", [("critical", "error"), ("warning", "warning"), ("info", "note"), ("another", "warning")]
)
def test_levels(severity, level):
    assert with_finding(severity=severity)["level"] == level


@pytest.mark.parametrize("change, state", [("new", "new"), ("still", "unchanged"), (None, "new")])
def test_since_when(change, state):
    assert with_finding(change=change)["baselineState"] == state


def test_without_an_earlier_report_nothing_is_new():
    assert not [one for one in run(dict(reports.everything(), changes=None))["results"] if "baselineState" in one]


def test_a_rule_of_another_version_has_no_index():
    one = with_finding(rule="MPC999")
    assert one["ruleId"] == "MPC999" and "ruleIndex" not in one


@pytest.mark.parametrize(
    "evil, reported",
    [
        ("[click](javascript:x)", "[click] (javascript:x)"),
        ("\\](x)", "\\] (x)"),
        ("{0}", "{ 0}"),
        ("{{0}}", "{{ 0}}"),
        ("a\x1b\n\u202e\udc80", "a\\x1b\\x0a\\x202e\\xdc80"),
        ("overrides{} [0:0:0:1]", "overrides{} [0:0:0:1]"),
    ],
)
def test_a_message_has_no_link_and_no_placeholder(evil, reported):
    assert with_finding(what=evil)["message"]["text"] == "queue: %s: %s" % (WWID, reported)


def test_a_fingerprint_is_of_the_finding_and_not_of_its_line():
    prints = [
        tuple(with_finding(**changes)["partialFingerprints"].values())
        for changes in (
            {},
            {"where": "/etc/multipath/conf.d/sanops.conf:99"},
            {"subjects": ["x"]},
            {"what": "x"},
            {"rule": "MPC002"},
            {"where": "/etc/multipath.conf:3"},
        )
    ]
    assert prints[0] == prints[1] and len(set(prints)) == 5


def test_what_could_not_be_looked_at_is_reported():
    listed = notes(reports.everything())
    for one in [
        ("unreachable", "error", "away: unreachable: Failed to connect: no route"),
        ("not_audited", "error", "broken: failed: Timed out"),
        ("not_audited", "error", "lost: missing: no slice reported it"),
        ("incomplete", "warning", "gaps: incomplete: multipath_conf: multipathd did not answer"),
        ("not_checked", "warning", "gaps: MPC001: multipath_conf: multipathd did not answer"),
    ]:
        assert one in listed
    note = run(reports.everything())["invocations"][0]["toolExecutionNotifications"][-2]
    assert note["associatedRule"] == {"id": "MPC010", "index": 9}


def test_what_a_rule_of_another_version_could_not_see_is_reported_too():
    report = reports.report({"a": reports.GOOD})
    reports.host(report, "a")["not_checked"] = [{"rule": "MPC999", "subject": None, "why": "no answer"}]
    assert run(report)["invocations"][0]["toolExecutionNotifications"][0]["associatedRule"] == {"id": "MPC999"}


def test_a_run_without_a_host_was_not_successful():
    assert run(reports.everything())["invocations"][0]["executionSuccessful"] is False
    assert run(reports.report({"a": reports.GOOD}))["invocations"][0] == {
        "executionSuccessful": True,
        "endTimeUtc": "2026-11-21T02:00:00Z",
        "toolExecutionNotifications": [],
    }
