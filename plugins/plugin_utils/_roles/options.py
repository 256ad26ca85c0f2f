# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of an action plugin to which a role passes its variables: they have the types, defaults and ranges of
the variables, and the same errors.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible.plugins.action import ActionBase
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import checks, variables

# A specification of Ansible.
Spec = dict[str, t.Any]
_COLLECTION = "sanops.multipath"


def checked(action: ActionBase, own: Mapping[str, Spec], from_role: Mapping[str, str]) -> dict[str, t.Any]:
    """Return the options of a task in their types.

    Args:
        own: the specification of the options that are no variables of a role. One that is a variable too may be here as
            raw and required.
        from_role: the variable of a role by the option.

    Raises AnsibleActionFail for an error in *own* and for an unknown option, ValueError with all errors in *from_role*.
    In a task of the role they name its variables, elsewhere the options.
    """
    dummy, args = action.validate_argument_spec(argument_spec={**{name: {"type": "raw"} for name in from_role}, **own})
    found, errors = {name: args[name] for name in own}, []
    for name, variable in from_role.items():
        role = variables.role_of(variable) or ""
        option = variables.options(role)[variable]
        value = args[name] if name in action._task.args else option.get("default")
        inside = action._task._role and action._task._role.get_name() == f"{_COLLECTION}.{role}"
        why = checks.wrong(variable if inside else name, value, option)
        if why:
            errors.append(why)
        else:
            found[name] = variables.typed(value, option)
    if errors:
        raise ValueError("; ".join(errors))
    return found
