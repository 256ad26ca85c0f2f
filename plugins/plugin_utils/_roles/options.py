# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of an action plugin that a role hands its variables to: types, defaults, ranges. An error names the
variable that the user wrote.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

# A specification of Ansible, and the smallest and largest value of a number.
Spec = dict[str, t.Any]
_RANGE = ("minimum", "maximum")
PREFIX = "variable_prefix"


def checked(
    given: Mapping[str, t.Any], own: Mapping[str, Spec], variables: Mapping[str, Spec] | None = None
) -> dict[str, t.Any]:
    """Return the options of a task in their types.

    Args:
        given: the arguments of the task.
        own: the specification of options that errors name as they are.
        variables: of those that come from variables of a role, and are named with `variable_prefix`.

    Raises ValueError for the first option that is wrong.
    """
    prefix = given.get(PREFIX) or ""
    names = {name: name for name in (*own, PREFIX)} | {name: f"{prefix}{name}" for name in variables or ()}
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise ValueError(f"there is no option {', '.join(unknown)}; there are {', '.join(sorted(names))}")
    specs = {names[name]: spec for name, spec in {**own, PREFIX: {"type": "str"}, **(variables or {})}.items()}
    validator = ArgumentSpecValidator(
        {name: {key: spec[key] for key in spec if key not in _RANGE} for name, spec in specs.items()}
    )
    result = validator.validate({names[name]: value for name, value in given.items()})
    if result.error_messages:
        raise ValueError(_without_secrets(result.error_messages[0], specs))
    values = result.validated_parameters
    for name, spec in specs.items():
        _check_range(name, spec, values[name])
    return {name: values[shown] for name, shown in names.items()}


def _check_range(name: str, spec: Spec, value: t.Any) -> None:
    low, high = (spec.get(key) for key in _RANGE)
    # Written so that NaN is refused: a limit that nothing exceeds is none.
    if value is None or (low is None or value >= low) and (high is None or value <= high):
        return
    needed = f"at least {low}" if high is None else f"from {low} to {high}"
    raise ValueError(f"{name} is {value}; a number {needed} is needed")


def _without_secrets(message: str, specs: Mapping[str, Spec]) -> str:
    """The validator's words, which may show a value, but for an option with credentials."""
    for name, spec in specs.items():
        if spec.get("no_log") and name in message:
            return f"{name}: a list of dictionaries is needed"
    return message
