# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action removal_decision says of a plan file that it cannot use: its name, and where in it, or the remedy."""

from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleActionFail
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.sanops.multipath.plugins.action import removal_decision
from support.judged import HEALTHY, report

OPTIONS = {
    "judged": "judged",
    "plan": "",
    "plan_max_age": 3600,
    "hazards": [],
    "max_removals": 1,
    "max_share": 0.5,
    "batch": 1,
    "kubernetes_drain": False,
    "kubernetes_drain_options": {},
}


def said(folder, name):
    """Return the message of a decision by a plan file of this name."""
    loader = DataLoader()
    loader.set_basedir(str(folder))  # the folder of the playbook
    task = SimpleNamespace(
        args={**OPTIONS, "plan_file": name},
        action="sanops.multipath.removal_decision",
        async_val=0,
        check_mode=False,
        diff=False,
        environment=[],
        delegate_to=None,
        _role=None,
        get_search_path=lambda: [str(folder)],
    )
    connection, play = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None)), SimpleNamespace(check_mode=False)
    action = removal_decision.ActionModule(task, connection, play, loader, Templar(loader=loader), None)
    with pytest.raises(AnsibleActionFail) as failure:
        action.run(task_vars={"judged": report(*HEALTHY)})
    return str(failure.value)


def test_a_file_that_is_missing(tmp_path):
    text = said(tmp_path, "no-plan.json")
    assert text.startswith(
        "the plan no-plan.json cannot be applied: there is no such file; set stale_devices_plan_file"
    )
    assert "remote_src" not in text and "\n" not in text


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('{\n"schema": 1,\n"removals": [,]}', "it is not JSON: Expecting value: line 3 column 14"),
        ("{}", "it is not a plan of schema 1"),
        ("[]", "it is not a plan of schema 1"),
        ("", "it is not JSON: Expecting value: line 1 column 1"),
    ],
)
def test_a_file_that_is_not_a_plan(tmp_path, content, why):
    (tmp_path / "plan.json").write_text(content)
    assert said(tmp_path, "plan.json").startswith(f"the plan plan.json cannot be applied: {why}")


def test_a_file_below_the_folder_that_the_run_was_started_in(tmp_path, monkeypatch):
    """Where the audit writes it, whatever folder the playbook is in."""
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "plan.json").write_text("[]")
    monkeypatch.chdir(tmp_path)
    assert "it is not a plan of schema 1" in said(tmp_path / "elsewhere", "report/plan.json")


def test_two_files_of_the_same_name_are_refused(tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for folder in (tmp_path, elsewhere):
        (folder / "plan.json").write_text("[]")
    monkeypatch.chdir(tmp_path)
    text = said(elsewhere, "plan.json")
    assert "there are two files of this name" in text
    assert f" {tmp_path}/plan.json " in text and f" {elsewhere}/plan.json " in text
    assert "it is not a plan of schema 1" in said(elsewhere, str(tmp_path / "plan.json")), "a whole path is one file"
    (elsewhere / "plan.json").unlink()
    (elsewhere / "plan.json").symlink_to(tmp_path / "plan.json")
    assert "it is not a plan of schema 1" in said(elsewhere, "plan.json"), "the same file"
