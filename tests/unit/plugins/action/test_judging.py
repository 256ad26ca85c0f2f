# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugins that judge, decide, report and record; tests/unit/plugins/playbooks runs them."""

import pathlib

import pytest
import yaml
from ansible_collections.sanops.multipath.plugins.action import (
    audit_report,
    confirmed_removals,
    controller_objects,
    merged_report,
    removal_decision,
    removal_report,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import asking

PLUGINS = pathlib.Path(__file__).parents[4] / "plugins"
VARIABLES = {
    name: option
    for path in PLUGINS.parent.glob("roles/*/meta/argument_specs.yml")
    for name, option in yaml.safe_load(path.read_text())["argument_specs"]["variables"]["options"].items()
}
# What each takes: the specification of its own options, and the variables by the others.
ACTIONS = {
    "judged_devices": (asking.REGISTERED, asking.SOURCES),
    "removal_decision": (removal_decision.OWN, removal_decision.VARIABLES),
    "confirmed_removals": (confirmed_removals.OWN, confirmed_removals.VARIABLES),
    "controller_objects": (controller_objects.OWN, controller_objects.VARIABLES),
    "removal_report": (removal_report.OWN, removal_report.VARIABLES),
    "audit_report": (audit_report.SPEC, {}),
    "merged_report": (merged_report.SPEC, {}),
}
KEYS = ("type", "elements", "default", "choices", "required")


def documented(module):
    """Return the options of a module, with those of its fragments; its own count where both have one."""
    found = yaml.safe_load((PLUGINS / "modules" / f"{module}.py").read_text().split('"""')[1])
    options = {}
    for fragment in found["extends_documentation_fragment"]:
        if fragment.startswith("sanops.multipath."):
            file, dot, name = fragment.removeprefix("sanops.multipath.").partition(".")
            text = (PLUGINS / "doc_fragments" / f"{file}.py").read_text()
            block = text.partition(f"    {(name or 'documentation').upper()} = r")[2]
            options.update(yaml.safe_load(block.split('"""')[1]).get("options", {}))
    return {**options, **found.get("options", {})}


def of(spec):
    return {name: {key: option[key] for key in KEYS if key in option} for name, option in spec.items()}


@pytest.mark.parametrize("module", sorted(ACTIONS))
def test_the_options_are_the_documented_ones(module):
    own, variables = ACTIONS[module]
    spec = {**own, **{name: VARIABLES[variable] for name, variable in variables.items()}}
    found = of(spec)
    for name in set(own) & set(variables):  # it has to be given, so that it has no default
        assert own[name] == {"type": "raw", "required": True}
        found[name] = {"type": spec[name]["type"], "required": True}
    assert found == of(documented(module))


@pytest.mark.parametrize("name", ["stale_devices_arrays", "stale_devices_kubernetes"])
def test_what_has_credentials_in_it_is_not_logged(name):
    assert VARIABLES[name]["no_log"] is True


@pytest.mark.parametrize(
    ("variables", "removals", "drain"),
    [
        ({"kubernetes_drain": False, "kubernetes_drain_options": {"force": True}}, [{}], None),
        ({"kubernetes_drain": True, "kubernetes_drain_options": {}}, [], None),
        (
            {"kubernetes_drain": True, "kubernetes_drain_options": {}},
            [{}],
            {"ignore_daemonsets": True, "wait_timeout": 300},
        ),
        (
            {"kubernetes_drain": True, "kubernetes_drain_options": {"force": True, "wait_timeout": 9}},
            [{}],
            {"ignore_daemonsets": True, "force": True, "wait_timeout": 9},
        ),
    ],
)
def test_a_node_is_drained_where_it_is_asked_for_and_something_is_removed(variables, removals, drain):
    assert removal_decision._drain(variables, removals) == drain


@pytest.mark.parametrize(
    "count, size, labels",
    [(0, 2, []), (1, 10, ["1 of 1: m0"]), (5, 2, ["2 of 5: m0, m1", "4 of 5: m2, m3", "5 of 5: m4"])],
)
def test_batches_have_each_removal_once_in_order(count, size, labels):
    removals = [{"name": f"m{number}"} for number in range(count)]
    batches = removal_decision._batches(removals, size)
    assert [batch["label"] for batch in batches] == labels
    assert [removal for batch in batches for removal in batch["removals"]] == removals
