# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Create objects on an AWX or automation controller. Documented in plugins/modules/controller_objects.py."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import module_loader
from ansible_collections.sanops.multipath.plugins.plugin_utils._awx import objects as awx_objects
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import text
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import options

OWN: dict[str, options.Spec] = {
    "objects": {"type": "dict", "required": True, "no_log": True},
    "changes": {"type": "dict", "default": {}, "no_log": True},
    "step": {"type": "str"},
    "connection": {"type": "dict", "default": {}, "no_log": True},
}
VARIABLES = {"collection": "awx_collection", "update_secrets": "awx_update_secrets", "approval": "awx_approval"}


class ActionModule(ActionBase):
    TRANSFERS_FILES = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        try:
            args = options.checked(self, OWN, VARIABLES)
            steps = awx_objects.checked(args["objects"], args["changes"], args["update_secrets"], args["approval"])
            titles = [step["title"] for step in steps]
            if args["step"] is None:
                return {"changed": False, "steps": titles, "objects": []}
            if args["step"] not in titles:
                raise ValueError(f"there is no step {args['step']!r}; there are {', '.join(titles)}")
        except ValueError as exc:
            raise AnsibleActionFail(str(exc)) from exc
        step = steps[titles.index(args["step"])]
        module = f"{args['collection']}.{step['module']}"
        if not module_loader.find_plugin_with_context(module).resolved:
            raise AnsibleActionFail(
                f"There is no module {module}: the collection {args['collection']} is not installed where this runs. "
                f"Install it, or name the collection that is installed (awx.awx or ansible.controller)."
            )
        connection = {key: value for key, value in args["connection"].items() if value not in (None, "")}
        hidden = awx_objects.secrets([step["objects"], connection])
        done: list[dict[str, t.Any]] = []
        for given in step["objects"]:
            result = self._execute_module(module_name=module, module_args={**given, **connection}, task_vars=task_vars)
            # Nothing else of the result is returned: its `invocation` has what was sent.
            if result.get("failed"):
                said = awx_objects.failure(step["module"], given, result)
                return {
                    "failed": True,
                    "changed": any(created["changed"] for created in done),
                    "steps": titles,
                    "objects": done,
                    "msg": text.printable(awx_objects.censored(said, hidden)),
                }
            done.append(
                {"name": awx_objects.named(given), "id": result.get("id"), "changed": bool(result.get("changed"))}
            )
        return {"changed": any(created["changed"] for created in done), "steps": titles, "objects": done}
