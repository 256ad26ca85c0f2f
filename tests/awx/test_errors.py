# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes wrong is said in a sentence that names it, without a secret."""

import json

from awx_stub.runs import SECRETS


def test_wrong_password(controller):
    run = controller.run("-vvv", awx_password="another-passphrase")
    assert run.code == 2 and run.requests == []
    assert "organization SAN: Failed to get token: HTTP Error 401" in run.text
    assert "does not know this user name with this password (awx_username, awx_password)" in run.text
    assert "another-passphrase" not in run.text


def test_nobody_there(controller):
    run = controller.run(awx_hostname="http://127.0.0.1:9")
    assert run.code == 2 and "Connection refused" in run.text


def test_what_only_the_site_knows_is_asked_for_before_anything_is_sent(controller):
    run = controller.run(awx_ee_image="", awx_project_url="")
    assert run.code == 2 and run.requests == []
    assert "project SAN: there is no scm_url (awx_project_url)" in run.text
    assert "execution environment SAN: there is no image (awx_ee_image)" in run.text


def test_collection_that_is_not_there(controller):
    run = controller.run(collections=())
    assert run.code == 2 and run.requests == []
    assert "the collection awx.awx is not installed" in run.text
    run = controller.run(awx_collection="ansible.controller")
    assert run.code == 2 and run.requests == []
    assert "the collection ansible.controller is not installed" in run.text


def test_repository_that_cannot_be_read(controller):
    run = controller.run(awx_project_url="https://git.example.com/another.git")
    assert run.code == 2 and "project SAN: Project update failed" in run.text
    # What needs it was not tried.
    assert not controller.stub.world.find("job_templates")
    assert not [secret for secret in SECRETS if secret in run.text]


def test_project_without_the_playbook(controller):
    controller.stub.world.repositories["https://git.example.com/san.git"] = ["audit.yml", "remediate.yml"]
    run = controller.run()
    assert run.code == 2
    assert (
        "job_template SAN report: Unable to create job_template SAN report: {'playbook': "
        "['Playbook not found for project.']}"
    ) in run.text
    assert not controller.stub.world.find("workflow_job_templates")


def test_missing_credential(controller):
    run = controller.run(awx_machine_inputs={}, awx_arrays=[])
    assert run.code == 2 and "It needs credentials SAN hosts, which the controller does not have" in run.text


def test_own_data_that_would_fail_later(controller):
    run = controller.run(
        controller_templates=[{"name": "SAN remediate", "job_slice_count": 4}],
        controller_schedules=[{"name": "SAN nightly audit", "rrule": "FREQ=DAILY"}],
    )
    assert run.code == 2 and run.requests == []
    assert (
        "template SAN remediate: a remediation is never sliced" in run.text
        and "schedule SAN nightly audit: the rrule" in run.text
    )


def test_a_time_that_yaml_made_a_number_of(controller):
    run = controller.run(awx_schedule_time=120)
    assert run.code == 2 and run.requests == []
    assert "awx_schedule_time takes a time such as '02:00', in quotes, not '120'" in run.text


def test_template_that_is_not_there(controller, tmp_path):
    schedule = {
        "name": "Nightly",
        "unified_job_template": "SAN audit",
        "rrule": "DTSTART:20260101T000000Z RRULE:FREQ=DAILY;INTERVAL=1",
    }
    connection = {
        "controller_host": "{{ awx_hostname }}",
        "controller_username": "{{ awx_username }}",
        "controller_password": "{{ awx_password }}",
    }
    task = {
        "sanops.multipath.controller_objects": {
            "step": "schedules",
            "objects": {"schedules": [schedule]},
            "connection": connection,
        }
    }
    (tmp_path / "play.yml").write_text(
        json.dumps([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task]}])
    )
    run = controller.run(playbook=tmp_path / "play.yml")
    assert run.code == 2 and "schedule Nightly: there is no template named SAN audit" in run.text
