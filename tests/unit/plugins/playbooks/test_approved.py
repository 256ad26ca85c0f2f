# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody approves in a workflow of AWX is what its remediation keeps to: the plan on its way from the report
to the last job.
"""

import json
import pathlib
import shlex
import shutil

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import pack
from support.judged import result
from support.plays import Plays
from support.views import HUAWEI, host, view

REPORT = "sanops.multipath.report"
PROJECT = pathlib.Path(__file__).parents[4] / "docs" / "awx" / "project"
WORKFLOW = {
    "awx_workflow_job_id": 6,
    "awx_workflow_job_name": "SAN remediation",
    "awx_job_template_name": "SAN remediate",
    "awx_job_id": 9,
}
STALE, HEALTHY = host("absent", "absent"), host("same", "same")
# What the module for removals answers in check mode.
FLUSH = {"do": "flush", "device": "dm-0", "outcome": "would be done"}
REMOVED = result(name=HUAWEI, wwid=HUAWEI, changed=True, actions=[FLUSH])


class Workflow(Plays):
    """Two hosts, of which node1 has a stale device. `handed`: what AWX hands on along the links."""

    def __init__(self, folder):
        super().__init__(folder, {"node1": STALE, "node2": HEALTHY})
        self.handed, self.views = {}, [str(folder / "view.json")]

    def job(self, playbook, **variables):
        """Its exit code. The array's view is of this moment."""
        pathlib.Path(self.views[0]).write_text(json.dumps(view()))
        code = self.run(
            playbook,
            audit_array_views=self.views,
            stale_devices_max_share=1,
            **{**self.handed, **WORKFLOW, **variables},
        )
        # AWX hands on what a job that fails has set, too.
        self.handed.update(self.artifacts())
        return code

    def now(self, name, result):
        """What a host says from now on."""
        (self.folder / ("python_of_%s" % name)).write_text(
            "#!/bin/sh\nprintf %%s %s\n" % shlex.quote(json.dumps(result))
        )

    def record(self, name):
        (found,) = (self.folder / "report" / "removals").glob("%s-*.json" % name)
        return json.loads(found.read_text())


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """A workflow up to its approval, which nobody changes."""
    made = Workflow(tmp_path_factory.mktemp("reported"))
    assert made.job(str(PROJECT / "audit.yml"), report="slice") == 0, made.output
    assert made.job(str(PROJECT / "report.yml"), report="merged", report_for_approval=True) == 0, made.output
    made.shown = made.output
    return made


@pytest.fixture
def approved(reported, tmp_path):
    """The same for one test: its own hosts and folder, with what was handed on and the report."""
    made = Workflow(tmp_path)
    made.handed = dict(reported.handed)
    shutil.copytree(reported.folder / "merged", made.folder / "merged")
    return made


def remediate(workflow, *arguments, **variables):
    return workflow.job(str(PROJECT / "remediate.yml"), arguments=("--check", *arguments), **variables)


def test_the_plan_of_the_report_is_handed_on(approved):
    plan = json.loads((approved.folder / "merged" / "plan.json").read_text())
    assert [(one["host"], one["wwid"]) for one in plan["removals"]] == [("node1", HUAWEI)]
    assert pack.unpacked(approved.handed["san_plan"], "san_plan") == plan


def test_who_approves_sees_each_removal_and_why(reported):
    said = reported.shown
    assert "The plan: 1 removal on 1 host would be made." in said
    row = next(line for line in said.splitlines() if line.split()[:2] == ["node1", "map"])
    assert HUAWEI in row and "lun_17" in row and "none" in row and "stale: " in row
    assert "ansible-playbook" not in said


def test_a_plan_that_removes_nothing_asks_for_no_approval(tmp_path):
    """Its job fails, which leads the workflow around the approval to the policy."""
    made = Workflow(tmp_path)
    made.now("node1", HEALTHY)
    assert made.job(str(PROJECT / "audit.yml"), report="slice") == 0, made.output
    assert made.job(str(PROJECT / "report.yml"), report="merged", report_for_approval=True) == 2
    assert "The plan removes nothing, so nobody is asked to approve it." in " ".join(made.output.split())
    assert made.handed["san_outcome"]["removals"] == 0 and "san_plan" in made.handed


def test_a_plan_whose_only_host_would_be_left_alone_asks_for_no_approval(approved):
    report = str(PROJECT / "report.yml")
    assert approved.job(report, report="again", report_for_approval=True, stale_devices_max_removals=0) == 2
    assert "node1 would be left alone, with 1 removal of the plan: " in approved.output
    assert approved.handed["san_outcome"]["removals"] == 0
    assert [one["host"] for one in pack.unpacked(approved.handed["san_plan"], "san_plan")["removals"]] == ["node1"]


def test_by_hand_nothing_is_handed_on(tmp_path):
    plays = Workflow(tmp_path)
    assert plays.job(str(PROJECT / "audit.yml"), report="slice") == 0, plays.output
    assert (
        plays.run(REPORT, **{key: value for key, value in plays.handed.items() if key.startswith("san_audit_")}) == 0
    ), plays.output
    assert plays.artifacts() == {}


def test_what_was_approved_is_what_goes_and_no_other_host_is_visited(approved):
    approved.now("node1", {**STALE, "results": [REMOVED]})
    approved.now("node2", STALE)  # only after somebody has read the report
    assert remediate(approved) == 0, approved.output
    assert [one["wwid"] for one in approved.record("node1")["removals"]] == [HUAWEI]
    assert approved.record("node1")["results"] == [REMOVED]
    assert not list((approved.folder / "report" / "removals").glob("node2-*.json"))
    assert "node2" not in approved.output


def test_where_the_hosts_of_the_plan_are_not_known_nothing_outside_it_goes(approved):
    approved.now("node2", STALE)
    approved.handed["san_outcome"] = {**approved.handed["san_outcome"], "hosts": []}
    remediate(approved, "--limit", "node2")
    later = approved.record("node2")
    assert (later["removals"], [one["why"] for one in later["left"]]) == ([], ["it is not in the plan that was given"])


def test_a_plan_with_a_host_that_is_no_longer_in_the_inventory_is_refused(approved):
    approved.handed["san_outcome"] = {**approved.handed["san_outcome"], "hosts": ["node1", "node9"]}
    assert remediate(approved) == 2
    assert "no longer in the inventory: node9. " in " ".join(approved.output.split())
    assert not (approved.folder / "report" / "removals").exists()


def test_where_the_hosts_of_the_plan_are_not_known_none_is_configured(approved):
    """Who approved it saw one host, and every other one would be configured with it."""
    approved.handed["san_outcome"] = {**approved.handed["san_outcome"], "hosts": []}
    assert remediate(approved, stale_devices_configuration=True) == 2
    assert "stale_devices_configuration would configure every host" in " ".join(approved.output.split())
    assert not (approved.folder / "report" / "removals").exists()


def test_what_came_back_since_stays(approved):
    approved.now("node1", HEALTHY)
    assert remediate(approved) == 0, approved.output
    assert approved.record("node1")["removals"] == []


@pytest.mark.parametrize(
    "plan, why",
    [
        ("x", "the plan cannot be applied: it is nothing that was packed"),
        (pack.packed({"schema": 1}), "its digest is not that of its content"),
        (pack.packed("null"), "it is not a plan of schema 1"),
    ],
)
def test_a_plan_that_was_damaged_is_refused(approved, plan, why):
    approved.handed["san_plan"] = plan
    assert remediate(approved) == 2
    assert why in " ".join(approved.output.split()) and not (approved.folder / "report" / "removals").exists()


@pytest.mark.parametrize("content", ["null", "{}", '""', "[]"])
def test_a_file_that_holds_nothing_is_no_plan_and_not_the_absence_of_one(approved, content):
    (approved.folder / "nothing.json").write_text(content)
    del approved.handed["san_plan"]
    assert (
        approved.job(
            "sanops.multipath.remediate",
            arguments=("--check",),
            stale_devices_plan_file=str(approved.folder / "nothing.json"),
        )
        == 2
    )
    assert "it is not a plan of schema 1" in approved.output and not (approved.folder / "report" / "removals").exists()


def test_a_plan_file_whose_environment_variable_is_empty_is_not_the_absence_of_one(approved, monkeypatch):
    monkeypatch.setenv("NO_PLAN", "")
    del approved.handed["san_plan"]
    job = approved.job("sanops.multipath.remediate", arguments=("--check",), stale_devices_plan_file="$NO_PLAN")
    assert job == 2 and "the plan file $NO_PLAN has no name once" in " ".join(approved.output.split())


def test_two_plans_are_refused(approved):
    assert remediate(approved, stale_devices_plan_file=str(approved.folder / "merged" / "plan.json")) == 2
    assert "Both stale_devices_plan_file and stale_devices_plan are given." in approved.output
    assert "undefined" not in approved.output and "Write the record" not in approved.output
