# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the action plugins that the roles hand their variables to."""

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import options

OWN = {"judged": {"type": "str", "required": True}}
VARIABLES = {
    "arrays": {"type": "list", "elements": "dict", "default": [], "no_log": True},
    "batch": {"type": "int", "default": 10, "minimum": 1},
    "share": {"type": "float", "default": 0.5, "minimum": 0, "maximum": 1},
    "hazards": {"type": "list", "elements": "str", "default": [], "choices": ["recycled", "wire_alone"]},
}


def checked(**given):
    return options.checked({"judged": "x", **given}, OWN, VARIABLES)


def test_types_and_defaults():
    whole = {"judged": "x", "variable_prefix": None, "arrays": [], "batch": 10, "share": 0.5, "hazards": []}
    assert checked() == whole
    assert checked(batch="3", share="1.0", hazards="recycled,wire_alone", variable_prefix="role_") == {
        **whole,
        "variable_prefix": "role_",
        "batch": 3,
        "share": 1.0,
        "hazards": ["recycled", "wire_alone"],
    }


@pytest.mark.parametrize(
    "given, why",
    [
        ({"batch": "ten"}, "role_batch.*unable to convert to int"),
        ({"batch": 0}, "role_batch is 0; a number at least 1 is needed"),
        ({"share": "1.5"}, "role_share is 1.5; a number from 0 to 1 is needed"),
        ({"share": "-0.1"}, "role_share is -0.1; a number from 0 to 1 is needed"),
        ({"share": "nan"}, "role_share is nan; a number from 0 to 1 is needed"),
        ({"hazards": "all"}, "value of role_hazards must be one or more of: .* Got no match for: all"),
        (
            {"batches": 1},
            "^there is no option batches; there are arrays, batch, hazards, judged, share, variable_prefix$",
        ),
    ],
)
def test_what_is_wrong_is_named_as_the_user_wrote_it(given, why):
    with pytest.raises(ValueError, match=why):
        checked(variable_prefix="role_", **given)
    if not why.startswith("^") and "role_" in why:
        with pytest.raises(ValueError, match=why.replace("role_", "")):
            checked(**given)


@pytest.mark.parametrize("arrays", ["Tr0ub4dor", ["Tr0ub4dor"], [["Tr0ub4dor"]], 7])
def test_credentials_are_not_shown(arrays):
    with pytest.raises(ValueError, match="^role_arrays: a list of dictionaries is needed$"):
        checked(variable_prefix="role_", arrays=arrays)


def test_what_is_required_is_named():
    with pytest.raises(ValueError, match="missing required arguments: judged"):
        options.checked({}, OWN, VARIABLES)
