# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Check the variables of roles on the controller. Documented in plugins/modules/role_variables.py."""

from __future__ import annotations

import functools
import typing as t
from collections.abc import Callable, Hashable, Iterator

from ansible.plugins.action import ActionBase
from ansible.utils.vars import load_extra_vars
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import checks, variables


class ActionModule(ActionBase):
    # It reads variables on the controller and connects to no host.
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        choices = list(variables.role_names())
        dummy, args = self.validate_argument_spec(
            argument_spec={"roles": {"type": "list", "elements": "str", "required": True, "choices": choices}}
        )
        roles = args["roles"]
        hostvars = {name: task_vars["hostvars"].raw_get(name) for name in task_vars["ansible_play_batch"]}
        names, registered = self._names(task_vars), _registered(task_vars)
        for host, own in hostvars.items():
            names.update(own.keys() - registered.get(host, {}).keys())
        extra = load_extra_vars(self._loader)
        errors: dict[str, list[str]] = {error: [] for error in variables.unknown(names, roles, extra)}
        wanted, found = variables.wanted(roles), {}
        for name, host, evaluate, key in self._values(task_vars, hostvars, roles, extra):
            if key not in found:
                found[key] = _error(name, evaluate, wanted[name], task_vars.get("omit"))
            error = found[key]
            if error:
                errors.setdefault(error, []).extend([host] if host else [])
        if errors:
            total = len(hostvars)
            message = "; ".join(error + _of(hosts, total) for error, hosts in errors.items())
            return {"failed": True, "changed": False, "msg": f"Wrong variables: {message}"}
        return {"changed": False}

    def _names(self, task_vars: dict[str, t.Any]) -> set[str]:
        """Return the variables of the task without what tasks have set or registered, and without the defaults of other
        roles of the play.
        """
        others = [role for role in self._task.get_play().roles if role is not self._task._role]
        names = set(task_vars) - {name for role in others for name in role.get_default_vars()}
        return names - set(_registered(task_vars).get(task_vars["inventory_hostname"], ()))

    def _values(
        self,
        task_vars: dict[str, t.Any],
        hostvars: dict[str, dict[str, t.Any]],
        roles: list[str],
        extra: dict[str, t.Any],
    ) -> Iterator[tuple[str, str | None, Callable[[], t.Any], Hashable]]:
        """Yield the variables that somebody gave: (name, host, what evaluates it, what is the same for the same value).

        The host is None for what is not a host's own.
        """
        wanted, current = variables.wanted(roles), task_vars["inventory_hostname"]
        defaults = {name: value for role in roles for name, value in variables.defaults(role).items()}
        for name in sorted(wanted.keys() & task_vars.keys()):
            given = task_vars[name]
            # A default may be made of another variable, which has an error of its own.
            if name not in defaults or given != defaults[name]:
                host = current if name in hostvars.get(current, {}).keys() - extra.keys() else None
                yield name, host, functools.partial(self._templar.template, given), _key(name, given)
        for host, own in hostvars.items():
            for name in sorted((wanted.keys() & own.keys()) - extra.keys()) if host != current else ():
                # A template is evaluated for the host of the task alone: it may be a lookup that asks a vault or an
                # array, or rest on a variable of the play, which the others do not have here.
                if not any(mark in str(own[name]) for mark in ("{{", "{%")):
                    yield name, host, functools.partial(_evaluated, task_vars, host, name), _key(name, own[name])


def _evaluated(task_vars: dict[str, t.Any], host: str, name: str) -> t.Any:
    return task_vars["hostvars"][host][name]


def _registered(task_vars: dict[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    """Return what tasks have set and registered: {host: {name: value}}."""
    return getattr(task_vars["hostvars"]._variable_manager, "_nonpersistent_fact_cache", {})


def _error(name: str, evaluate: Callable[[], t.Any], option: variables.Option, omitted: t.Any) -> str | None:
    try:
        value = variables.plain(evaluate())
    except Exception as exc:  # whatever a lookup or filter in it raises
        return f"{name} cannot be evaluated: {exc}"
    return None if omitted and value == omitted else checks.wrong(name, value, option)


def _key(name: str, value: t.Any) -> Hashable:
    """Return what is equal for two hosts with the same value. They share the lists and dictionaries of a group."""
    return (name, type(value), value if isinstance(value, (str, int, float)) else id(value))


def _of(hosts: list[str], total: int) -> str:
    """Return the hosts of an error for a message, or nothing where it is of the whole play."""
    if not hosts or len(hosts) == total:
        return ""
    return f" ({hosts[0]}{f' and {len(hosts) - 1} more' if len(hosts) > 1 else ''})"
