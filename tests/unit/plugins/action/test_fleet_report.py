# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action fleet_report makes of its options; tests/unit/plugins/playbooks runs it."""

import ast
import json
import pathlib

import pytest
import yaml
from ansible_collections.sanops.multipath.plugins.action import fleet_report
from ansible_collections.sanops.multipath.plugins.module_utils._core import pack
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import summary as report_summary
from support.fleets import HEALTHY_ARRAY, QUEUES, configured_host, fleet
from support.testimony import NOW

REPORT = fleet({"a": configured_host(**QUEUES)}, **HEALTHY_ARRAY)
RULE = {"rule": "MPC001", "reason": "r", "owner": "o", "expires": "2026-12-31"}
AUDITED = compliance.apply(REPORT, [RULE], "critical", NOW.date())


def made(**options):
    args = {"fragments": None, "fragment_files": None, "inventory_hostnames": [], "exceptions": None, "fail_on": None}
    return fleet_report._merged({**args, **options}, NOW)


@pytest.mark.parametrize("options", [{}, {"fragment_files": []}])
def test_a_report_of_slices(options):
    fragments = {"f": pack.packed(REPORT)}
    assert made(fragments=fragments, **options) == REPORT
    assert made(fragments=fragments, **options, exceptions=[RULE], fail_on="critical") == AUDITED


def test_a_report_of_the_hosts_of_the_play():
    assert fleet_report._judged(REPORT, {"exceptions": None, "fail_on": None}, NOW) == REPORT
    assert fleet_report._judged(REPORT, {"exceptions": [RULE], "fail_on": "critical"}, NOW) == AUDITED


def test_slices_bring_their_policy_and_the_job_may_say_otherwise(tmp_path):
    fragments = {"f": pack.packed(AUDITED)}
    assert made(fragments=fragments) == AUDITED
    (tmp_path / "fleet.json").write_text(json.dumps(AUDITED))
    assert made(fragment_files=[str(tmp_path / "fleet.json")]) == AUDITED
    assert made(fragments=fragments, exceptions=[], fail_on="") == REPORT
    assert made(fragments=fragments, exceptions=[])["compliance"] == {
        "hosts": {"noncompliant": 1},
        "fail_on": "critical",
        "failed": ["a"],
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"fragments": {}},
            "fragments: there is none, and without inventory_hostnames nobody knows whose reports are missing",
        ),
        ({"fragments": {"san_audit_1": "x"}}, "san_audit_1 is nothing that was packed"),
        ({"fragments": {"f": pack.packed(7)}}, "f is no report of a slice: TypeError"),
        ({"fragments": {"f": pack.packed([])}}, "f is no report of a slice: TypeError"),
        ({"fragment_files": ["/no/such"]}, "fragment_files: /no/such cannot be read: No such file"),
        ({"fragments": {"f": pack.packed(REPORT)}, "exceptions": [{}]}, "audit_exceptions, entry 1"),
        ({"fragments": {"f": pack.packed(REPORT)}, "fail_on": "bad"}, "audit_fail_on: 'bad' is no severity"),
    ],
)
def test_what_makes_no_sense_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        made(**options)


@pytest.mark.parametrize("count", [1, 1000, 5000])
def test_the_result_stays_below_what_awx_shows(count):
    reasons = {"a-host-with-a-long-name-%04d.example.com" % number: "x" * 10000 for number in range(count)}
    cut = fleet_report._cut(reasons)
    assert len(json.dumps(cut)) < 600000 and set(cut) == set(reasons) and all(len(why) > 40 for why in cut.values())
    assert fleet_report._cut({"a": "no route"}) == {"a": "no route"}


@pytest.mark.parametrize(
    ("texts", "blocks"),
    [
        ([], []),
        (["a"], [["a"]]),
        (["a", "b", "", "c", "d", "", "e"], [["a", "b"], ["", "c", "d"], ["", "e"]]),
        (["", "a", "", ""], [["", "a"], [""], [""]]),
    ],
)
def test_a_host_is_displayed_at_once(texts, blocks):
    """Each display is an event of AWX: a fleet of thousands of hosts must not have one for each line."""
    found = list(fleet_report._blocks([{"text": text, "importance": "plain"} for text in texts]))
    assert [[line["text"] for line in block] for block in found] == blocks


def test_each_line_has_its_colour_and_the_log_none(monkeypatch):
    monkeypatch.setattr("ansible.utils.color.ANSIBLE_COLOR", True)
    assert fleet_report._coloured({"text": "x", "importance": report_summary.WARNING}) == "\x1b[0;33mx\x1b[0m"
    assert fleet_report._coloured({"text": "x", "importance": report_summary.PLAIN}) == "x"


def test_the_options_are_the_documented_ones():
    root = pathlib.Path(__file__).parents[4] / "plugins"
    documented = yaml.safe_load((root / "modules" / "fleet_report.py").read_text().split('"""')[1])["options"]
    fragment = (root / "doc_fragments" / "report.py").read_text().split('"""')[3]
    documented.update(yaml.safe_load(fragment)["options"])
    (spec,) = (
        node.value
        for node in ast.walk(ast.parse((root / "action" / "fleet_report.py").read_text()))
        if isinstance(node, ast.keyword) and node.arg == "argument_spec"
    )
    assert {key.value for key in spec.keys} == set(documented) | {"report_dir"}, "that one is in the fragment"
