# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Decide what is removed on one host. Documented in plugins/modules/removal_decision.py."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.sanops.multipath.plugins.module_utils._core import pack
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import decide, plan, shapes
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge.evidence import now
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import archive
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import options

OWN: dict[str, options.Spec] = {"judged": {"type": "str", "required": True}}
VARIABLES: dict[str, options.Spec] = {
    "plan": {"type": "str"},
    "plan_file": {"type": "path"},
    "plan_max_age": {"type": "int", "default": 3600, "minimum": 0},
    "hazards": {"type": "list", "elements": "str", "default": [], "choices": list(plan.HAZARDS)},
    "max_removals": {"type": "int", "default": 50, "minimum": 0},
    "max_share": {"type": "float", "default": 0.5, "minimum": 0, "maximum": 1},
    "batch": {"type": "int", "default": 10, "minimum": 1},
}


class ActionModule(ActionBase):
    # It decides on the controller and connects to no host.
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        try:
            args = options.checked(self._task.args, OWN, VARIABLES)
            if args["plan"] and args["plan_file"]:
                prefix = args[options.PREFIX] or ""
                raise ValueError(f"{prefix}plan and {prefix}plan_file are both given: leave one of them out")
            judged = (task_vars or {}).get(args["judged"]) or {}
            if "hosts" not in judged:
                raise ValueError(f"judged: the variable {args['judged']} is no result of judged_devices")
        except ValueError as exc:
            raise AnsibleActionFail(str(exc)) from exc
        try:
            decision = decide.decide(
                judged,
                self._plan(args),
                args["hazards"],
                now(),
                args["plan_max_age"],
                args["max_removals"],
                args["max_share"],
            )
        except ValueError as exc:
            raise AnsibleActionFail(f"the plan cannot be applied: {exc}") from exc
        return {"changed": False, **decision, "batches": _batches(decision["removals"], args["batch"])}

    def _plan(self, args: dict[str, t.Any]) -> t.Any:
        """Return the plan that was given, or None. Whatever is in it, it is not the absence of one."""
        if args["plan"]:
            return pack.unpacked(args["plan"], "it") or {}
        if not args["plan_file"]:
            return None
        # As the lookup file finds it, and out of Ansible's vault where it is in there.
        path = self._loader.get_real_file(self._find_needle("files", args["plan_file"]))
        try:
            return archive.read_plan(path) or {}
        except OSError as exc:
            raise ValueError(f"{args['plan_file']} cannot be read: {exc.strerror}") from exc


def _batches(removals: list[shapes.Removal], size: int) -> list[dict[str, t.Any]]:
    """Return the removals in the order in which they are carried out, with a label that shows how far each goes."""
    found = []
    for start in range(0, len(removals), size):
        batch = removals[start : start + size]
        names = ", ".join(str(removal["name"]) for removal in batch)
        found.append({"label": f"{start + len(batch)} of {len(removals)}: {names}", "removals": batch})
    return found
