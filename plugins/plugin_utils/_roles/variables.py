# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The types of the roles' variables: `-e name=value` gives text, whatever it looks like, and Ansible checks a
role's variables without converting them.
"""

import functools
import os

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

_ROLES = os.path.join(os.path.dirname(__file__), "..", "..", "..", "roles")
_KEYS = ("type", "elements", "choices")


def typed(values, role):
    """Variables of a role in the types that its meta/argument_specs.yml gives them.

    *values*: {name without the role's prefix: value}; the same comes back. Raises ValueError for a value that is of no
    such type, and for a name that the role does not have.
    """
    specs = _specs(role)
    given = dict(("%s_%s" % (role, name), _plain(value)) for name, value in values.items())
    unknown = sorted(set(given) - set(specs))
    if unknown:
        raise ValueError("the role %s has no variable %s" % (role, ", ".join(unknown)))
    checked = ArgumentSpecValidator(dict((name, specs[name]) for name in given)).validate(given)
    if checked.error_messages:
        raise ValueError("; ".join(checked.error_messages))
    return dict((name, checked.validated_parameters["%s_%s" % (role, name)]) for name in values)


def _plain(value):
    """A value in lists and dictionaries of Python's own. The validator makes a deep copy, and since core 2.19 that of
    a list which is still a template would be one of Ansible's plugin loaders too, which do not survive it.
    """
    if isinstance(value, dict):
        return dict((key, _plain(one)) for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


@functools.lru_cache(maxsize=None)
def _specs(role):
    """{variable: what an argument specification needs to convert it}, of the entry point main of a role."""
    try:
        with open(os.path.join(_ROLES, role, "meta", "argument_specs.yml"), encoding="utf-8") as file:
            # Much faster than yaml.safe_load: each host of an audit asks in a process of its own.
            options = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["argument_specs"]["main"][
                "options"
            ]
    except OSError as exc:
        raise ValueError("there is no role %s: %s" % (role, exc.strerror)) from exc
    return dict((name, dict((key, one[key]) for key in _KEYS if key in one)) for name, one in options.items())
