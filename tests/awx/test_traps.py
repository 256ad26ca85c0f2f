# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults of awx.awx 24.6.1 that the role works around. A test that fails here says that a workaround can be removed."""

import json

import pytest

CONNECTION = {
    "controller_host": "{{ awx_hostname }}",
    "controller_username": "{{ awx_username }}",
    "controller_password": "{{ awx_password }}",
}


@pytest.fixture
def play(controller, tmp_path):
    """Run tasks with modules of awx.awx: a list of (module, options)."""

    def run(*tasks):
        tasks = [{f"awx.awx.{module}": options} for module, options in tasks]
        play = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "module_defaults": {"group/awx.awx.controller": CONNECTION},
        }
        (tmp_path / "trap.yml").write_text(json.dumps([{**play, "tasks": tasks}]))
        return controller.run(playbook=tmp_path / "trap.yml")

    return run


def test_an_approval_among_workflow_nodes_is_changed_in_every_run(play):
    """The module reports a change of an approval in every run.

    It compares all that it would send with the approval, which has no `identifier`, and takes the missing field for a
    secret.
    """
    node = {
        "identifier": "approval",
        "unified_job_template": {"type": "workflow_approval", "name": "Go on?", "timeout": 60},
    }
    workflow = ("workflow_job_template", {"name": "Ask", "organization": "Default", "workflow_nodes": [node]})
    assert play(workflow).code == 0
    second = play(workflow)
    assert second.changed == 1 and [request[0] for request in second.writes()] == ["PATCH"]


def test_an_approval_cannot_be_made_together_with_its_links(play):
    workflow = ("workflow_job_template", {"name": "Ask", "organization": "Default"})
    node = {"workflow_job_template": "Ask", "approval_node": {"name": "Go on?"}}
    run = play(
        workflow,
        ("workflow_job_template_node", dict(node, identifier="second")),
        ("workflow_job_template_node", dict(node, identifier="first", success_nodes=["second"])),
    )
    assert run.code == 2 and "could not be found at /api/v2/workflow_approval_templates/" in run.text


def test_secrets_of_a_credential_look_changed_unless_they_are_left_alone(play):
    credential = {
        "name": "Hosts",
        "organization": "Default",
        "credential_type": "Machine",
        "inputs": {"username": "ansible", "password": "hosts-private-key"},
    }
    assert play(("credential", credential)).changed == 1
    assert play(("credential", credential)).changed == 1
    assert play(("credential", dict(credential, update_secrets=False))).changed == 0
