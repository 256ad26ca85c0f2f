# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Check the variables of the roles against their meta/argument_specs.yml and the ranges of numbers here: which there
are, and what each takes.

An error names the variable that the user wrote, what it takes, and the value, unless that may hold a secret.
"""

from __future__ import annotations

import difflib
import functools
import math
import os
import typing as t
from collections.abc import Iterable

import yaml
from ansible.module_utils.common import validation

ENTRY_POINT = "variables"
_ROLES = os.path.join(os.path.dirname(__file__), "..", "..", "..", "roles")
# A variable of another role that a role reads, and whose misspelling would change what it does.
READS = {
    "array_account": ("audit_arrays",),
    "audit": (
        *("array_account_role", "multipath_conf_policy"),
        *("stale_devices_max_removals", "stale_devices_max_share"),
    ),
    "report": ("audit_hosts", "stale_devices_max_removals", "stale_devices_max_share"),
    "stale_devices": ("audit_arrays", "audit_array_views", "audit_kubernetes"),
}
# What AWX adds to the variables of each job (awx_meta_vars in awx/main/models), with a prefix that a role has too.
_OF_AWX = frozenset(
    f"awx_{name}"
    for name in (
        *("execution_node", "inventory_id", "inventory_name", "job_id", "job_launch_type", "job_template_id"),
        *("job_template_name", "parent_job_schedule_id", "parent_job_schedule_name", "project_revision"),
        *("project_scm_branch", "schedule_id", "schedule_name", "user_email", "user_first_name", "user_id"),
        *("user_last_name", "user_name", "webhook_event_guid", "webhook_event_ref", "webhook_event_type"),
        *("webhook_payload", "webhook_status_api", "workflow_job_id", "workflow_job_launch_type", "workflow_job_name"),
    )
)
# The least and the most of a number; every other number is above zero.
_RANGES: dict[str, tuple[float, float]] = {
    "audit_array_max_age": (0, math.inf),
    "audit_report_keep": (0, math.inf),
    "awx_approval_timeout": (0, math.inf),
    "awx_forks": (0, math.inf),
    "report_keep": (0, math.inf),
    "report_max_age": (0, math.inf),
    "report_max_not_audited": (0, 1),
    "stale_devices_max_removals": (0, math.inf),
    "stale_devices_max_share": (0, 1),
    "stale_devices_plan_max_age": (0, math.inf),
}
# A text of these is the same for a condition, a keyword and a module of each version of Ansible.
_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
# What is taken by those whose type in the specification is raw.
WORDS = {
    "audit_hosts": "a pattern of hosts, or a list of patterns",
    "audit_policy": "the name of a preset, or a dictionary of settings",
    "multipath_conf_policy": "the name of a preset, or a dictionary of settings",
    "stale_devices_hosts": "a pattern of hosts, or a list of patterns",
    "stale_devices_serial": "a number of hosts above 0, a percentage such as 10%, or a list of those",
}
_ELEMENTS = {"dict": " of dictionaries", "path": " of paths", "str": " of texts"}
_LONGEST = 60
# How similar a misspelt name is to the name that is meant: with the prefix of a role, and without.
_SIMILAR, _NEARLY_THE_SAME = 0.6, 0.9


class Option(t.TypedDict, total=False):
    """What the argument specification of a role says of a variable, and its name."""

    name: str
    type: str
    elements: str
    choices: list[str]
    no_log: bool
    default: t.Any


def typed(value: t.Any, option: Option) -> t.Any:
    """Return a value of which wrong() finds nothing in the type of its variable. `-e name=value` gives text."""
    if value is None:
        return None
    kind = option.get("type", "str")
    if kind == "list":
        return [_scalar(entry, option.get("elements", "raw")) for entry in plain(as_list(value))]
    return _scalar(plain(value), kind)


def wrong(name: str, value: t.Any, option: Option) -> str | None:
    """Return what is wrong with the type of a value, or with its range, None for nothing. *name*: as the user wrote
    it.
    """
    if value is None and "default" not in option:
        return None
    listed = option.get("type") == "list"
    entries, entry_option = [value], option
    if listed:
        entry_option = {**option, "type": option.get("elements", "raw")}
        try:
            entries = as_list(value)
        except TypeError:
            return f"{name} takes {takes(option)}, not {_shown(value, option)}"
    for number, entry in enumerate(entries, 1):
        if not _fits(entry, entry_option):
            which = f"; entry {number} is" if listed and not isinstance(value, str) else ", not"
            return f"{name} takes {takes(option)}{which} {_shown(entry, option)}{_meant(entry, option)}"
    return None


def takes(option: Option) -> str:
    """Return what a variable takes, in words."""
    kind, choices = option.get("type", "str"), option.get("choices")
    if kind == "list":
        if choices:
            return f"a list of some of: {', '.join(choices)}"
        return f"a list{_ELEMENTS.get(option.get('elements', 'raw'), '')}"
    if choices:
        words = ", ".join(choice for choice in choices if choice)
        return f"one of: {words}{' (or an empty text for none)' if '' in choices else ''}"
    if kind in ("int", "float"):
        least, most = _RANGES.get(option["name"], (None, math.inf))
        noun = "a whole number" if kind == "int" else "a number"
        if least is None:
            return f"{noun} above 0"
        return f"{noun} of {least:g} or more" if most == math.inf else f"{noun} from {least:g} to {most:g}"
    kinds = {"bool": "true or false", "dict": "a dictionary", "path": "a path", "str": "a text"}
    return kinds[kind] if kind in kinds else WORDS[option["name"]]


def unknown(names: Iterable[str], roles: Iterable[str], extra: Iterable[str] = ()) -> list[str]:
    """Return a sentence for each name that begins as the variables of a role do and is none of them.

    *roles*: whose variables are asked for, and with them those that they read; *extra*: of the names, those of
    `--extra-vars`. Without the prefix of a role, only these may be misspellings.
    """
    known = _known()
    roles = set(roles)
    concerned = roles | {owner for role in roles for name in READS.get(role, ()) if (owner := role_of(name))}
    mine = {name: option for role in sorted(concerned) for name, option in options(role).items()}
    found = []
    for name in sorted(set(names) - known.keys() - _OF_AWX):
        role = role_of(name)
        if role and role in concerned:
            found.append(_unknown(name, role, mine))
        elif role is None and not name.startswith("_") and name in extra:
            near = difflib.get_close_matches(name, mine, 1, _NEARLY_THE_SAME)
            if near:
                found.append(f"there is no variable {name}: did you mean {near[0]}, {takes(mine[near[0]])}?")
    return found


def wanted(roles: Iterable[str]) -> dict[str, Option]:
    """Return the variables that roles read, with what each takes."""
    known = _known()
    read = [name for role in roles for name in (*options(role), *READS.get(role, ()))]
    return {name: known[name] for name in read}


@functools.lru_cache(maxsize=None)
def role_names() -> tuple[str, ...]:
    """Return the names of the roles."""
    return tuple(sorted(name for name in os.listdir(_ROLES) if os.path.isdir(os.path.join(_ROLES, name, "meta"))))


@functools.lru_cache(maxsize=None)
def options(role: str) -> dict[str, Option]:
    """Return the variables of a role: {name: what it takes}."""
    spec = _yaml(role, "meta", "argument_specs.yml")["argument_specs"][ENTRY_POINT]["options"]
    return {name: t.cast(Option, {**option, "name": name}) for name, option in spec.items()}


@functools.lru_cache(maxsize=None)
def defaults(role: str) -> dict[str, t.Any]:
    """Return the defaults of the variables of a role, as its file has them."""
    return t.cast("dict[str, t.Any]", _yaml(role, "defaults", "main.yml"))


def plain(value: t.Any) -> t.Any:
    """Return a value in lists and dictionaries of Python's own.

    Since core 2.19 a list may still be a template, which fails only where it is read, and whose copy copies Ansible's
    plugin loaders too.
    """
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    return value


def as_list(value: t.Any) -> list[t.Any]:
    """Return a list, of a text its parts between commas. Raises TypeError for anything else."""
    if isinstance(value, str):
        return value.split(",")
    if not isinstance(value, (list, tuple)):
        raise TypeError("not a list")
    return list(value)


def kind_of(value: t.Any) -> str:
    """Return what a value is, in the words of YAML."""
    kinds: list[tuple[type | tuple[type, ...], str]] = [
        (bool, "a boolean"),
        (str, "a text"),
        ((int, float), "a number"),
        (dict, "a dictionary"),
        ((list, tuple), "a list"),
        (type(None), "nothing (null)"),
    ]
    return next((word for kind, word in kinds if isinstance(value, kind)), "a date or another value")


def _scalar(value: t.Any, kind: str) -> t.Any:
    """Return a single value in its type. Raises TypeError or ValueError for a value of another kind."""
    if kind == "raw":
        return value
    if kind == "bool":
        word = str(value).lower()
        if not isinstance(value, (bool, int, str)) or word not in _BOOLEANS:
            raise TypeError("not a boolean")
        return _BOOLEANS[word]
    if kind == "dict":
        return validation.check_type_dict(value)
    # Ansible makes a number of true, and a text of anything.
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise TypeError("not a single value")
    if kind in ("int", "float"):
        number = (validation.check_type_int if kind == "int" else validation.check_type_float)(value)
        if not math.isfinite(number):
            raise ValueError("not a number")
        return number
    return validation.check_type_path(str(value)) if kind == "path" else str(value)


def _fits(value: t.Any, option: Option) -> bool:
    try:
        converted = _scalar(plain(value), option.get("type", "str"))
    except (TypeError, ValueError, OverflowError):
        return False
    if "choices" in option:
        return converted in option["choices"]
    if option.get("type") not in ("int", "float"):
        return True
    least, most = _RANGES.get(option["name"], (None, math.inf))
    return bool(converted > 0 if least is None else least <= converted <= most)


def _shown(value: t.Any, option: Option) -> str:
    """Return a value for an error. What is a list or a dictionary, or was meant as such, may hold a secret."""
    closed = option.get("no_log") or (option.get("type") in ("list", "dict") and "choices" not in option)
    if closed or isinstance(value, (list, tuple, dict)) or value is None:
        return kind_of(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    text = repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")
    return f"the text {text}" if isinstance(value, str) else text.strip("'")


def _meant(word: t.Any, option: Option) -> str:
    choices = [choice for choice in option.get("choices", ()) if choice]
    near = difflib.get_close_matches(str(word), choices, 1, _SIMILAR)
    return f": did you mean {near[0]}?" if near else ""


def _unknown(name: str, role: str, known: dict[str, Option]) -> str:
    """Return the sentence about an unknown name. Compare it without the prefix, which makes all names similar."""
    start = len(role) + 1
    ours = {other[start:]: other for other in known if role_of(other) == role}
    near = difflib.get_close_matches(name[start:], ours, 1, _SIMILAR)
    if near:
        meant = ours[near[0]]
        return f"there is no variable {name}: did you mean {meant}, {takes(known[meant])}?"
    return f"there is no variable {name}: those of the role {role} are {', '.join(sorted(ours.values()))}"


@functools.lru_cache(maxsize=None)
def _known() -> dict[str, Option]:
    return {name: option for role in role_names() for name, option in options(role).items()}


def role_of(name: str) -> str | None:
    """Return the role with whose name a variable begins, of several the role with the longest name, or None."""
    return max((role for role in role_names() if name.startswith(f"{role}_")), key=len, default=None)


def _yaml(role: str, *path: str) -> t.Any:
    with open(os.path.join(_ROLES, role, *path), encoding="utf-8") as file:
        # Much faster than yaml.safe_load.
        return yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
