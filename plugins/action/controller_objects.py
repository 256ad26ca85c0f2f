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


class ActionModule(ActionBase):
    TRANSFERS_FILES = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        dummy, args = self.validate_argument_spec(
            argument_spec={
                "collection": {"type": "str", "default": "awx.awx"},
                "module": {
                    "type": "str",
                    "required": True,
                    "choices": sorted({*awx_objects.MODULES.values(), "workflow_job_template_node"}),
                },
                "objects": {"type": "list", "elements": "dict", "required": True, "no_log": True},
                "connection": {"type": "dict", "default": {}, "no_log": True},
            }
        )
        module = f"{args['collection']}.{args['module']}"
        if not module_loader.find_plugin_with_context(module).resolved:
            raise AnsibleActionFail(
                f"There is no module {module}: the collection {args['collection']} is not installed where this runs. "
                f"Install it, or name the collection that is installed (awx.awx or ansible.controller)."
            )
        connection = {key: value for key, value in args["connection"].items() if value not in (None, "")}
        hidden = awx_objects.secrets([args["objects"], connection])
        done: list[dict[str, t.Any]] = []
        for options in args["objects"]:
            result = self._execute_module(
                module_name=module, module_args={**options, **connection}, task_vars=task_vars
            )
            # Nothing else of the result is returned: its `invocation` has what was sent.
            if result.get("failed"):
                said = awx_objects.failure(args["module"], options, result)
                return {
                    "failed": True,
                    "changed": any(created["changed"] for created in done),
                    "objects": done,
                    "msg": text.printable(awx_objects.censored(said, hidden)),
                }
            done.append(
                {"name": awx_objects.named(options), "id": result.get("id"), "changed": bool(result.get("changed"))}
            )
        return {"changed": any(created["changed"] for created in done), "objects": done}
