# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the actions audit_report and merged_report make of their options; tests/unit/plugins/playbooks runs them."""

import json
import pathlib
from types import SimpleNamespace

import pytest
import yaml
from ansible.errors import AnsibleActionFail
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.sanops.multipath.plugins.action import audit_report, merged_report
from ansible_collections.sanops.multipath.plugins.module_utils._core import pack
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import archive, compliance, summary
from support.fleets import HEALTHY_ARRAY, QUEUES, configured_host, fleet
from support.testimony import NOW, answers

MODULES = pathlib.Path(__file__).parents[4] / "plugins" / "modules"
HOST = configured_host(**QUEUES)
REPORT = fleet({"a": HOST}, **HEALTHY_ARRAY)
RULE = {"rule": "MPC001", "reason": "r", "owner": "o", "expires": "2026-12-31"}
AUDITED = compliance.apply(REPORT, [RULE], "critical", NOW.date())


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs an action over the host `a`, and returns its result and fleet.json."""
    said = dict(zip(("ontap_lun_maps", "ontap_luns"), answers(**HEALTHY_ARRAY)))
    monkeypatch.setattr(
        audit_report.judge_lookups, "of", lambda *dummy: lambda name, *dummy, **options: said.get(name, [])
    )
    for action in (audit_report, merged_report):
        monkeypatch.setattr(action.evidence, "now", lambda: NOW)
    variables = {
        "ansible_play_hosts_all": ["a"],
        "hostvars": SimpleNamespace(raw_get={"a": {"result": HOST}}.__getitem__),
    }

    def ran(action, **options):
        loader = DataLoader()
        task = SimpleNamespace(
            args={"report_dir": str(tmp_path / "report"), "formats": [], **options},
            action="sanops.multipath." + action.__name__.rpartition(".")[2],
            async_val=0,
            check_mode=False,
            diff=False,
            environment=[],
            delegate_to=None,
        )
        connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
        play = SimpleNamespace(check_mode=False)
        made = action.ActionModule(task, connection, play, loader, Templar(loader=loader), None)
        result = made.run(task_vars=variables)
        return result, archive.read(tmp_path / "report" / "fleet.json")

    return ran


def made(**options):
    args = {"fragments": None, "fragment_files": None, "inventory_hostnames": [], "exceptions": None, "fail_on": None}
    args.update(options)
    return merged_report._merged(args, merged_report._fragments(args), NOW)


@pytest.mark.parametrize("options", [{}, {"fragment_files": []}])
def test_a_report_of_slices(options):
    fragments = {"f": pack.packed(REPORT)}
    assert made(fragments=fragments, **options) == REPORT
    assert made(fragments=fragments, **options, exceptions=[RULE], fail_on="critical") == AUDITED


@pytest.mark.parametrize(
    "options, report",
    [({}, REPORT), ({"exceptions": [RULE], "fail_on": "critical"}, AUDITED), ({"fail_on": ""}, REPORT)],
)
def test_a_report_of_the_hosts_of_the_play(run, options, report):
    result, written = run(audit_report, registered="result", **options)
    assert written == json.loads(json.dumps({**report, "trend": []}))
    assert result["left_out"] == 0 and result["compliance"] == report["compliance"]


def test_a_fleet_has_the_name_that_it_is_given_or_that_its_slices_have(run):
    dummy, report = run(audit_report, registered="result", fleet_name="Berlin")
    assert report["fleet"] == "Berlin"
    assert list(summary.summary(report))[-1]["text"].startswith("Fleet Berlin. 1 host: ")
    other = {**report, "fleet": "Bonn", "hosts": [{**report["hosts"][0], "name": "b"}]}
    slices = {"f": pack.packed(report), "g": pack.packed(other)}
    assert run(merged_report, fragments=slices)[1]["fleet"] == "Berlin, Bonn"
    assert run(merged_report, fragments=slices, fleet_name="DE")[1]["fleet"] == "DE"
    assert "fleet" not in run(merged_report, fragments={"f": pack.packed(REPORT)})[1]
    with pytest.raises(AnsibleActionFail, match="^f is not a report of a slice: ValueError: the name of its fleet is"):
        run(merged_report, fragments={"f": pack.packed({**report, "fleet": {}})})


def test_a_plan_of_slices_is_as_old_as_the_oldest(run):
    old = {**REPORT, "generated_at": "2026-11-20T01:00:00Z", "hosts": [{**REPORT["hosts"][0], "name": "b"}]}
    result, report = run(merged_report, fragments={"f": pack.packed(REPORT), "g": pack.packed(old)})
    assert archive.read_plan(result["plan"])["made_at"] == "2026-11-20T01:00:00Z" < report["generated_at"]
    with pytest.raises(AnsibleActionFail, match="^g is not a report of a slice: .*'yesterday'"):
        run(merged_report, fragments={"g": pack.packed({**old, "generated_at": "yesterday"})})


def test_both_return_what_is_documented(run):
    for action, options in (
        (audit_report, {"registered": "result"}),
        (merged_report, {"fragments": {"f": pack.packed(REPORT)}}),
    ):
        name = action.__name__.rpartition(".")[2]
        returned = returns(name)
        assert set(run(action, **options)[0]) == {*returned, "changed"}, name
    # What ansible-core 2.16 has no fragments for.
    assert {**returned, "left_out": returns("audit_report")["left_out"]} == returns("audit_report")


def returns(module):
    text = (MODULES / f"{module}.py").read_text().partition("RETURN = r")[2]
    return yaml.safe_load(text.split('"""')[1])


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


WRONG_SLICES = [
    (
        {"fragments": {}},
        "fragments: there is none, and without inventory_hostnames nobody knows whose reports are missing",
    ),
    ({"fragments": {"san_audit_1": "x"}}, "san_audit_1 is nothing that was packed"),
    ({"fragments": {"f": pack.packed(7)}}, "f is not a report of a slice: TypeError"),
    ({"fragments": {"f": pack.packed([])}}, "f is not a report of a slice: TypeError"),
    (
        {"fragments": {"san_audit_5": pack.packed({"schema": 3, "defaults": {"host": {}}, "hosts": [{}]})}},
        "^san_audit_5 is not a report of a slice: ValueError: it is not a report of schema 2",
    ),
    (
        {"fragments": {"san_audit_5": pack.packed({"schema": 2, "defaults": {"host": {}}, "hosts": [{}]})}},
        "^san_audit_5 is not a report of a slice: KeyError: 'devices'",
    ),
    ({"fragment_files": ["/no/such"]}, "fragment_files: /no/such cannot be read: No such file"),
    ({"fragments": {"f": pack.packed(REPORT)}, "exceptions": [{}]}, "audit_exceptions, entry 1"),
    ({"fragments": {"f": pack.packed(REPORT)}, "fail_on": "bad"}, "audit_fail_on: 'bad' is no severity"),
]


@pytest.mark.parametrize("options, message", WRONG_SLICES)
def test_what_makes_no_sense_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        made(**options)


@pytest.mark.parametrize(
    "action, options, message",
    [
        *((merged_report, *wrong) for wrong in WRONG_SLICES),
        (merged_report, {}, "one of the following is required: fragments, fragment_files"),
        (
            merged_report,
            {"fragments": {"f": pack.packed(REPORT)}, "previous": "none.json"},
            "previous: the report none",
        ),
        (
            merged_report,
            {"fragments": {"f": pack.packed({**REPORT, "hosts": [{**REPORT["hosts"][0], "devices": [{}]}]})}},
            "f is not a report of a slice: KeyError: 'verdict'",
        ),
        (
            merged_report,
            {"fragments": {"f": pack.packed({**REPORT, "hosts": [{**REPORT["hosts"][0], "policy": 7}]})}},
            "a report is not what this version writes: AttributeError",
        ),
        (audit_report, {}, "missing required arguments: registered"),
        (audit_report, {"registered": "result", "exceptions": [{}]}, "audit_exceptions, entry 1"),
        (audit_report, {"registered": "result", "fail_on": "bad"}, "audit_fail_on: 'bad' is no severity"),
        (audit_report, {"registered": "result", "previous": "none.json"}, "previous: the report none.json cannot be"),
        (audit_report, {"registered": "result", "san_clusters": {"p": ["a"], "q": ["a"]}}, "san_clusters: a is in two"),
        (
            audit_report,
            {"registered": "result", "report_dir": "/proc/none"},
            "report_dir: /proc/none cannot be written",
        ),
    ],
)
def test_a_task_ends_with_the_name_of_what_is_wrong(run, action, options, message):
    with pytest.raises(AnsibleActionFail, match=message):
        run(action, **options)


def test_the_two_have_in_common_what_is_done_with_every_report():
    common = set(audit_report.SPEC) & set(merged_report.SPEC)
    assert common == set(audit_report.publish.OPTIONS)
