# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The groups of meta/runtime.yml for module_defaults."""

import json
import pathlib

import yaml
from support.plays import Plays

ROOT = pathlib.Path(__file__).parents[3]
GROUPS = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))["action_groups"]
MODULES = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8").split('"""')[1]).get("options", {})
    for path in (ROOT / "plugins/modules").glob("*.py")
}
# Their action plugins are those of modules that Ansible sends to a host.
HOST_SIDE = {
    name
    for name in MODULES
    if "plugin_utils._python import action" in (ROOT / f"plugins/action/{name}.py").read_text(encoding="utf-8")
}


def test_the_modules_of_a_group_take_its_options():
    assert set(GROUPS["timed"]) == {name for name in HOST_SIDE if "timeout" in MODULES[name]}
    extended, *others = GROUPS["all"]
    assert extended == {"metadata": {"extend_group": ["timed"]}} and {*others, *GROUPS["timed"]} == HOST_SIDE


def test_a_default_for_a_group_reaches_its_modules(tmp_path):
    plays = Plays(tmp_path, {"node1": None})
    tasks = [
        {
            "sanops.multipath.iscsi_relogin": {"sid": 1, "expect": {}},
            "module_defaults": {f"group/sanops.multipath.{name}": {"timeout": "soon"}},
            "vars": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "ignore_errors": True,
        }
        for name in GROUPS
    ]
    path = tmp_path / "play.json"
    path.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    plays.run(str(path))
    assert plays.output.count("fatal: [") == 2
    failures = [line for line in plays.output.splitlines() if line.startswith("fatal: [") and "timeout" in line]
    assert len(failures) == 2 and all("float" in line for line in failures), plays.output
