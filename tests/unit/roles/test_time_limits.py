# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node that freezes in the middle of a task costs the run the task's time limit, and not the hours until TCP
gives up.
"""

import pathlib

import pytest
import yaml
from support.action_modules import ON_THE_CONTROLLER

ROOT = pathlib.Path(__file__).resolve().parents[3]
FILES = sorted([*ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("roles/*/handlers/*.yml"), *ROOT.glob("playbooks/*.yml")])
# These run on the controller, and ask no other machine.
ON_CONTROLLER = {
    f"ansible.builtin.{name}"
    for name in (
        "add_host",
        "assert",
        "debug",
        "fail",
        "import_role",
        "import_tasks",
        "include_role",
        "include_tasks",
        "meta",
        "set_fact",
        "set_stats",
    )
} | {f"sanops.multipath.{name}" for name in ON_THE_CONTROLLER}
BLOCKS = ("block", "rescue", "always", "pre_tasks", "tasks", "post_tasks", "handlers")


def tasks_of(entries):
    """Every task of plays, blocks and lists of tasks."""
    for entry in entries or ():
        inner = [task for name in BLOCKS for task in tasks_of(entry.get(name))]
        if inner:
            yield from inner
        elif "hosts" not in entry and "import_playbook" not in entry:
            yield entry


def without_limit(entries):
    return [task["name"] for task in tasks_of(entries) if not ON_CONTROLLER & set(task) and "timeout" not in task]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_each_task_that_talks_to_a_host_has_a_time_limit(file):
    assert without_limit(yaml.safe_load(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("file", sorted(ROOT.glob("playbooks/*.yml")), ids=lambda file: file.name)
def test_no_playbook_gathers_facts(file):
    """Ansible's own gathering has no time limit, and hangs on a host with a dead device."""
    plays = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert [play["name"] for play in plays if "hosts" in play and play.get("gather_facts") is not False] == []


def test_a_kubeconfig_that_is_given_inline_is_not_shown():
    """What hides it is in the file also where kubernetes.core, which the runs need, is not installed."""
    path = ROOT / "roles/stale_devices/tasks/kubernetes_node.yml"
    (task,) = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert "kubeconfig" in task["no_log"] and "is not string" in task["no_log"]


def test_a_task_without_one_is_found():
    text = """
    - name: Play
      hosts: all
      tasks:
        - {name: Shown, ansible.builtin.debug: {msg: x}}
        - {name: Limited, ansible.builtin.stat: {path: /}, timeout: 60}
        - block:
            - {name: Asked, sanops.multipath.stale_mpath_facts: {timeout: 5}}
          rescue:
            - {name: Asked again, sanops.multipath.stale_mpath_facts: }
    """
    assert without_limit(yaml.safe_load(text)) == ["Asked", "Asked again"]
