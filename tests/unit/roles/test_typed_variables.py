# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`-e name=value` gives text: a role takes each variable in its type, or hands it to a module that does."""

import json
import os
import pathlib
import re

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import variables as role_variables

ROOT = pathlib.Path(__file__).resolve().parents[3]
VARIABLES = {
    name: (role, option)
    for role in role_variables.role_names()
    for name, option in role_variables.options(role).items()
}
FILES = sorted(file for folder in ("tasks", "handlers", "vars") for file in ROOT.glob(f"roles/*/{folder}/*.yml"))


def is_changed_by_text(option):
    """Whether the text of a value is another one in an expression.

    Ansible refuses a text for a list of dictionaries, and `combine` one for a dictionary.
    """
    kind = option.get("type", "str")
    return kind in ("bool", "int", "float") or kind == "list" and option.get("elements") != "dict"


IN_DANGER = {name: role for name, (role, option) in VARIABLES.items() if is_changed_by_text(option)}


def taken_as_they_came(text, names=IN_DANGER):
    """The variables of which a text uses the value otherwise than by its type: [line]."""
    found = []
    for line in text.splitlines():
        code = "" if line.strip().startswith("#") else line
        # The keys of what is given to others, {'stale_devices_batch': 3}, and names in quotes.
        code = re.sub(r"'\w+'", "", code)
        for name in names:
            # Converted, or to a module.
            code = re.sub(rf"(?<![\w.]){name} \| {VARIABLES[name][1].get('type')}(?!\w)", "", code)
            code = re.sub(r':\s*"\{\{ %s( \| default\(omit(, true)?\))? \}\}"' % name, "", code)
        found += [line.strip() for name in names if re.search(r"(?<![\w.])%s(?!\w)" % name, code)]
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_role_takes_a_variable_as_it_came(file):
    assert taken_as_they_came(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "when: stale_devices_kubernetes_drain and x",
        'loop: "{{ x | batch(stale_devices_batch) }}"',
        'timeout: "{{ audit_timeout | int + 60 }}"',
        "when: awx_approval_timeout | bool",
        "that: not iscsi_scan_relogin",
    ],
)
def test_one_that_is_taken_as_it_came_is_found(line):
    assert taken_as_they_came(line) == [line]
    assert taken_as_they_came("# " + line) == []


@pytest.mark.parametrize(
    "line",
    [
        'timeout: "{{ audit_timeout }}"',
        'timeout: "{{ (audit_timeout | float + 60) | int }}"',
        "when: awx_approval | bool",
    ],
)
def test_one_that_is_taken_by_its_type_is_not(line):
    assert taken_as_they_came(line) == []


def test_the_variables_in_danger_are_known():
    assert {
        "stale_devices_batch",
        "stale_devices_kubernetes_drain",
        "stale_devices_hazards",
        "audit_timeout",
        "awx_approval",
        "report_keep",
    } <= set(IN_DANGER)
    assert "stale_devices_arrays" not in IN_DANGER


def as_text(value):
    """As somebody writes it behind -e."""
    if isinstance(value, list):
        return ",".join(value)
    return json.dumps(value)


EXAMPLES = {"bool": [True, False], "int": [7, 86400], "float": [0.25, 1.0]}


@pytest.mark.parametrize("name", sorted(IN_DANGER))
def test_its_text_is_its_value(name):
    role, option = VARIABLES[name]
    values = EXAMPLES.get(option["type"]) or [option.get("choices", ["a", "b"])[:2]]
    for value in [*values, option["default"]] if "default" in option else values:
        assert role_variables.typed(value, option) == value
        if value != []:
            assert role_variables.wrong(name, as_text(value), option) is None
            found = role_variables.typed(as_text(value), option)
            assert found == value and type(found) is (float if option["type"] == "float" else type(value))


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("stale_devices_plan_file", "~/plan.json", os.path.expanduser("~/plan.json")),
        ("stale_devices_plan_file", "", ""),
        ("stale_devices_plan_file", None, None),
        ("report_files", ["~/a", "b"], [os.path.expanduser("~/a"), "b"]),
        ("stale_devices_kubernetes_drain_options", '{"force": true}', {"force": True}),
        ("stale_devices_kubernetes_drain_options", "force=true", {"force": "true"}),
        ("stale_devices_array_views", "a.json,b.json", ["a.json", "b.json"]),
    ],
)
def test_the_types_of_others(name, value, found):
    assert role_variables.typed(value, VARIABLES[name][1]) == found
