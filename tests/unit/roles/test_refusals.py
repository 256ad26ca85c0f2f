# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the remediation refuses before it looks at any host, and the wrappers of docs/awx/project: real
ansible-playbook runs on hosts that nobody reaches.
"""

import datetime
import json
import os
import pathlib

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import pack
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from support import preloaded_ansible

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROJECT = ROOT / "docs/awx/project"
SLICE = {
    "awx_job_id": 7,
    "awx_workflow_job_id": 6,
    "awx_workflow_job_name": "SAN remediate",
    "awx_job_template_name": "SAN remediate",
}
NODE = dict(SLICE, awx_workflow_job_name="SAN remediation")
REFUSED = "This job is a slice of SAN remediate"
LEFT_ALONE = "was left alone"


@pytest.fixture
def run(tmp_path):
    def play(playbook, variables, *arguments):
        hosts = {
            name: {"ansible_host": "127.0.0.1", "ansible_port": 9, "ansible_become": False}
            for name in ("node1", "node2")
        }
        (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
        lines = [
            "%s: !unsafe %s" % (name, json.dumps(value))
            if isinstance(value, str)
            else "%s: %s" % (name, json.dumps(value))
            for name, value in variables.items()
        ]
        # As AWX hands variables over: as text that is never a template.
        (tmp_path / "variables.yml").write_text("\n".join(lines or ["{}"]))
        command = [
            playbook,
            "--inventory",
            tmp_path / "hosts.json",
            "--extra-vars",
            "@%s" % (tmp_path / "variables.yml"),
            *arguments,
        ]
        environment = {"ANSIBLE_SSH_RETRIES": "0", "ANSIBLE_TIMEOUT": "5", "ANSIBLE_LOCALHOST_WARNING": "false"}
        environment = dict(os.environ, **environment)
        return preloaded_ansible.playbook(command, tmp_path, environment)

    return play


def test_remediation_refuses_in_a_slice(run, tmp_path):
    code, reported = run("sanops.multipath.remediate", SLICE)
    assert code == 2 and REFUSED in reported and "node2" not in reported.split("PLAY RECAP")[0]
    assert not (tmp_path / "report").exists()


def test_it_refuses_before_the_configuration_is_touched(run):
    reported = run("sanops.multipath.remediate", dict(SLICE, stale_devices_configuration=True))[1]
    assert REFUSED in reported and "multipath_conf" not in reported


def test_the_role_refuses_too(run, tmp_path):
    (tmp_path / "own.yml").write_text("[{hosts: all, gather_facts: false, roles: [sanops.multipath.stale_devices]}]")
    code, reported = run(tmp_path / "own.yml", SLICE)
    assert code == 2 and REFUSED in reported and LEFT_ALONE not in reported, reported


@pytest.mark.parametrize(
    "variables",
    [{}, NODE, {"awx_job_template_name": "SAN remediate"}],
    ids=["by hand", "node of a workflow", "job by itself"],
)
def test_it_does_not_refuse_elsewhere(run, variables):
    reported = run("sanops.multipath.remediate", variables)[1]
    assert REFUSED not in reported and LEFT_ALONE in reported


@pytest.mark.parametrize(
    "handed", [{}, {"san_audit_12": "H4sI"}, {"san_plan": ""}], ids=["nothing", "an audit alone", "an empty plan"]
)
def test_wrapper_refuses_in_a_workflow_without_a_plan(run, handed):
    code, reported = run(PROJECT / "remediate.yml", {**NODE, **handed})
    assert code == 2 and "No report of this workflow came before this job" in reported and LEFT_ALONE not in reported, (
        reported
    )


PLAN = pack.packed(removal_plan.plan({"hosts": [], "arrays": []}, [], datetime.datetime.now(datetime.timezone.utc)))


@pytest.mark.parametrize("variables", [{}, dict(NODE, san_plan=PLAN)], ids=["by itself", "behind a report"])
def test_wrapper_goes_on(run, variables):
    assert LEFT_ALONE in run(PROJECT / "remediate.yml", variables)[1]


def test_wrapper_makes_arrays_of_the_text(run):
    reported = run(
        PROJECT / "audit.yml",
        {"san_arrays": json.dumps([{"hostname": "cluster1", "user": "audit", "password": "Tr0ub4dor"}])},
    )[1]
    assert "entry 1 of audit_arrays has the unknown key 'user'" in reported and "Tr0ub4dor" not in reported


def test_text_that_is_no_json_is_not_shown(run):
    code, reported = run(
        PROJECT / "audit.yml", {"san_arrays": '[{"hostname": "cluster1", "password": "Tr0ub4dor"'}, "-vvv"
    )
    assert code == 2 and "Expecting ',' delimiter" in reported and "Tr0ub4dor" not in reported
