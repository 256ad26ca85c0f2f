# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the action plugins to which the roles pass their variables."""

import types

import pytest
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import options

OWN = {"judged": {"type": "str", "required": True}}
NAMES = ("arrays", "batch", "max_share", "hazards", "plan_file", "kubernetes_drain_options")
VARIABLES = {name: f"stale_devices_{name}" for name in NAMES}
DEFAULTS = {
    "judged": "x",
    "arrays": [],
    "batch": 10,
    "max_share": 0.5,
    "hazards": [],
    "plan_file": None,
    "kubernetes_drain_options": {},
}


class Action(ActionBase):
    """An action plugin whose task is in a role, or in none."""

    def __init__(self, args, role=None):
        found = role and types.SimpleNamespace(get_name=lambda: role)
        self._task, self._load_name = types.SimpleNamespace(args=args, _role=found), "removal_decision"

    def run(self, tmp=None, task_vars=None):
        raise NotImplementedError


def checked(role=None, **given):
    return options.checked(Action({"judged": "x", **given}, role), OWN, VARIABLES)


def test_types_and_defaults():
    assert checked() == DEFAULTS
    given = {"batch": "3", "max_share": "1.0", "hazards": "recycled,wire_alone", "kubernetes_drain_options": "a=b"}
    assert checked(**given) == {
        **DEFAULTS,
        "batch": 3,
        "max_share": 1.0,
        "hazards": ["recycled", "wire_alone"],
        "kubernetes_drain_options": {"a": "b"},
    }


def test_a_default_is_a_copy():
    checked()["hazards"].append("recycled")
    checked()["kubernetes_drain_options"]["force"] = True
    assert checked() == DEFAULTS


WRONG = [
    ({"batch": "ten"}, "batch takes a whole number above 0, not the text 'ten'"),
    ({"batch": 0}, "batch takes a whole number above 0, not 0"),
    ({"batch": None}, "batch takes a whole number above 0, not nothing (null)"),
    ({"max_share": "1.5"}, "max_share takes a number from 0 to 1, not the text '1.5'"),
    ({"max_share": "nan"}, "max_share takes a number from 0 to 1, not the text 'nan'"),
    ({"plan_file": ["a"]}, "plan_file takes a path, not a list"),
    (
        {"hazards": "all"},
        "hazards takes a list of some of: recycled, wire_alone, array_alone, living_maps, empty_sessions, "
        "not the text 'all'",
    ),
]


@pytest.mark.parametrize(("given", "words"), WRONG)
def test_the_words_are_those_of_the_variables_and_name_what_was_written(given, words):
    for role, prefix in ((None, ""), ("my.own.role", ""), ("sanops.multipath.stale_devices", "stale_devices_")):
        with pytest.raises(ValueError) as error:
            checked(role, **given)
        assert str(error.value) == prefix + words


def test_what_is_in_an_array_is_checked_too():
    with pytest.raises(ValueError, match="^entry 1 of stale_devices_arrays has the unknown key 'user'"):
        checked("sanops.multipath.stale_devices", arrays=[{"user": "x"}])
    with pytest.raises(ValueError, match="^entry 1 of arrays has the unknown key 'user'"):
        checked(arrays=[{"user": "x"}])


def test_all_errors_come_at_once():
    with pytest.raises(ValueError, match="^batch takes .*, not 0; max_share takes .*, not 7$"):
        checked(batch=0, max_share=7)


@pytest.mark.parametrize("arrays", ["Tr0ub4dor", ["Tr0ub4dor"], [["Tr0ub4dor"]], 7])
def test_credentials_are_not_shown(arrays):
    with pytest.raises(ValueError, match="^arrays takes a list of dictionaries") as error:
        checked(arrays=arrays)
    assert "Tr0ub4dor" not in str(error.value)


@pytest.mark.parametrize(
    ("args", "why"),
    [({}, "missing required arguments: judged"), ({"judged": "x", "batches": 1}, "batches. Supported parameters")],
)
def test_other_errors_are_those_of_ansible(args, why):
    with pytest.raises(AnsibleActionFail, match=why):
        options.checked(Action(args), OWN, VARIABLES)


def test_a_variable_may_be_required():
    own, variables = {"report_dir": {"type": "raw", "required": True}}, {"report_dir": "stale_devices_report_dir"}
    with pytest.raises(AnsibleActionFail, match="missing required arguments: report_dir"):
        options.checked(Action({}), own, variables)
    with pytest.raises(ValueError, match="^report_dir takes a path, not a list$"):
        options.checked(Action({"report_dir": []}), own, variables)
    assert options.checked(Action({"report_dir": "a"}), own, variables) == {"report_dir": "a"}
