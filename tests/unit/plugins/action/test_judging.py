# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugins that judge, decide, report and record; tests/unit/plugins/playbooks runs them."""

import pathlib

import pytest
import yaml
from ansible_collections.sanops.multipath.plugins.action import (
    audit_report,
    confirmed_removals,
    merged_report,
    removal_decision,
    removal_report,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import asking

PLUGINS = pathlib.Path(__file__).parents[4] / "plugins"
ROLE = yaml.safe_load((PLUGINS.parent / "roles/stale_devices/meta/argument_specs.yml").read_text())
VARIABLES = ROLE["argument_specs"]["variables"]["options"]
SPECS = {
    "audit_report": audit_report.SPEC,
    "merged_report": merged_report.SPEC,
    "judged_devices": {**asking.REGISTERED, **asking.SOURCES, "variable_prefix": {"type": "str"}},
    "removal_decision": {**removal_decision.OWN, **removal_decision.VARIABLES, "variable_prefix": {"type": "str"}},
    "confirmed_removals": {
        **confirmed_removals.OWN,
        **confirmed_removals.VARIABLES,
        "variable_prefix": {"type": "str"},
    },
    "removal_report": removal_report.SPEC,
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
            options.update(yaml.safe_load(block.split('"""')[1])["options"])
    return {**options, **found.get("options", {})}


def of(spec):
    return {name: {key: option[key] for key in KEYS if key in option} for name, option in spec.items()}


@pytest.mark.parametrize("module", sorted(SPECS))
def test_the_options_are_the_documented_ones(module):
    assert of(SPECS[module]) == of(documented(module))


@pytest.mark.parametrize("module", ["removal_decision", "confirmed_removals", "judged_devices"])
def test_a_default_is_that_of_the_role(module):
    for name, option in SPECS[module].items():
        variable = VARIABLES.get(f"stale_devices_{name}")
        if variable:
            assert (option["type"], option.get("default")) == (variable["type"], variable.get("default")), name


@pytest.mark.parametrize("module", sorted(SPECS))
@pytest.mark.parametrize("name", ["arrays", "kubernetes"])
def test_what_has_credentials_in_it_is_not_logged(module, name):
    assert name not in SPECS[module] or SPECS[module][name]["no_log"] is True


@pytest.mark.parametrize(
    "count, size, labels",
    [(0, 2, []), (1, 10, ["1 of 1: m0"]), (5, 2, ["2 of 5: m0, m1", "4 of 5: m2, m3", "5 of 5: m4"])],
)
def test_batches_have_each_removal_once_in_order(count, size, labels):
    removals = [{"name": f"m{number}"} for number in range(count)]
    batches = removal_decision._batches(removals, size)
    assert [batch["label"] for batch in batches] == labels
    assert [removal for batch in batches for removal in batch["removals"]] == removals
