# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Create objects on an AWX or automation controller, or remove them.

Documented in plugins/modules/controller_objects.py.
"""

from __future__ import annotations

import contextlib
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import module_loader
from ansible.utils.display import Display
from ansible_collections.sanops.multipath.plugins.plugin_utils._awx import api as awx_api
from ansible_collections.sanops.multipath.plugins.plugin_utils._awx import checks as awx_checks
from ansible_collections.sanops.multipath.plugins.plugin_utils._awx import objects as awx_objects
from ansible_collections.sanops.multipath.plugins.plugin_utils._awx import removal as awx_removal
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import text
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import options

OWN: dict[str, options.Spec] = {
    "objects": {"type": "dict", "required": True, "no_log": True},
    "changes": {"type": "dict", "default": {}, "no_log": True},
    "step": {"type": "str"},
    "connection": {"type": "dict", "default": {}, "no_log": True},
}
VARIABLES = {
    "collection": "awx_collection",
    "update_secrets": "awx_update_secrets",
    "approval": "awx_approval",
    "state": "awx_state",
}
display = Display()


class ActionModule(ActionBase):
    TRANSFERS_FILES = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        try:
            args = options.checked(self, OWN, VARIABLES)
            if args["state"] == "absent":
                return self._removed(args)
            steps = awx_checks.checked(args["objects"], args["changes"], args["update_secrets"], args["approval"])
            titles = [step["title"] for step in steps]
            if args["step"] is None:
                return {"changed": False, "steps": titles, "objects": []}
            if args["step"] not in titles:
                raise ValueError(f"there is no step {args['step']!r}; there are {', '.join(titles)}")
            return {"steps": titles, **self._created(steps[titles.index(args["step"])], args, task_vars)}
        except ValueError as exc:
            raise AnsibleActionFail(str(exc)) from exc

    def _created(
        self, step: awx_objects.Step, args: dict[str, t.Any], task_vars: dict[str, t.Any] | None
    ) -> dict[str, t.Any]:
        self._check_installed(args["collection"], step["module"])
        connection = awx_api.options(args["collection"], args["connection"])
        hidden = awx_objects.secrets([step["objects"], connection])
        objects = step["objects"]
        done: list[dict[str, t.Any]] = []
        if step["module"] == awx_objects.FILLED:
            try:
                objects = awx_api.unfilled(args["collection"], connection, objects)
            except awx_api.AwxError as exc:
                return _failed(step["module"], str(exc), hidden, done)
        for given in objects:
            result = self._execute_module(
                module_name=f"{args['collection']}.{step['module']}",
                module_args={**given, **connection},
                task_vars=task_vars,
            )
            # Nothing else of the result is returned: its `invocation` has what was sent.
            if result.get("failed"):
                return _failed(None, awx_objects.failure(step["module"], given, result), hidden, done)
            name, changed = awx_objects.named(given), bool(result.get("changed"))
            done.append({"name": name, "id": result.get("id"), "changed": changed})
            if changed:
                self._say(f"{step['module'].replace('_', ' ')} {name}", "changed")
        return {"changed": any(created["changed"] for created in done), "objects": done}

    def _removed(self, args: dict[str, t.Any]) -> dict[str, t.Any]:
        self._check_installed(args["collection"], "organization")
        lists = awx_objects.joined(args["objects"], args["changes"])
        hidden = awx_objects.secrets(args["connection"])
        done: list[dict[str, t.Any]] = []
        try:
            with contextlib.closing(awx_api.Api(args["collection"], args["connection"])) as api:
                for each in awx_removal.removed(api, lists, self._task.check_mode):
                    done.append({key: each[key] for key in ("name", "id", "changed", "left")})
                    what = f"{each['module'].replace('_', ' ')} {each['name']}"
                    if each["changed"]:
                        self._say(what, "removed")
                    elif each["left"]:
                        self._say(what, f"left alone: {each['left']}")
        except awx_api.AwxError as exc:
            return {"steps": [], **_failed(None, str(exc), hidden, done)}
        return {"changed": any(each["changed"] for each in done), "steps": [], "objects": done}

    def _check_installed(self, collection: str, module: str) -> None:
        if not module_loader.find_plugin_with_context(f"{collection}.{module}").resolved:
            raise AnsibleActionFail(
                f"There is no module {collection}.{module}: the collection {collection} is not installed where this "
                f"runs. Install it, or name the collection that is installed (awx.awx or ansible.controller)."
            )

    def _say(self, what: str, outcome: str) -> None:
        """Name an object on the terminal: the task alone says no more than that something was changed."""
        display.display(text.printable(f"  {what}: {'would be ' if self._task.check_mode else ''}{outcome}"))


def _failed(module: str | None, said: str, hidden: set[str], done: list[dict[str, t.Any]]) -> dict[str, t.Any]:
    message = f"{module}: {said}" if module else said
    return {
        "failed": True,
        "changed": any(each["changed"] for each in done),
        "objects": done,
        "msg": text.printable(awx_objects.censored(message, hidden)),
    }
