# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Make objects on an AWX or automation controller. Documented in plugins/modules/controller_objects.py."""

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import module_loader
from ansible_collections.sanops.multipath.plugins.plugin_utils._awx import objects as awx_objects
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import text


class ActionModule(ActionBase):
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
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
        module = "%s.%s" % (args["collection"], args["module"])
        if not module_loader.find_plugin_with_context(module).resolved:
            raise AnsibleActionFail(
                "There is no module %s: the collection %s is not installed where this runs. "
                "Install it, or name the one that is "
                "(awx.awx or ansible.controller)." % (module, args["collection"])
            )
        connection = {key: value for key, value in args["connection"].items() if value not in (None, "")}
        hidden = awx_objects.secrets([args["objects"], connection])
        done = []
        for options in args["objects"]:
            result = self._execute_module(
                module_name=module, module_args={**options, **connection}, task_vars=task_vars
            )
            # Nothing else of the result is passed on: its `invocation` has what was sent.
            if result.get("failed"):
                said = awx_objects.failure(args["module"], options, result)
                return {
                    "failed": True,
                    "changed": any(one["changed"] for one in done),
                    "objects": done,
                    "msg": text.printable(awx_objects.censored(said, hidden)),
                }
            done.append(
                {"name": awx_objects.named(options), "id": result.get("id"), "changed": bool(result.get("changed"))}
            )
        return {"changed": any(one["changed"] for one in done), "objects": done}
