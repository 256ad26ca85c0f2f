# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Try what the accounts of arrays may read. Documented in plugins/modules/array_access.py."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import access
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import OntapError, arrays_from_options

SPEC: dict[str, dict[str, t.Any]] = {
    "arrays": {"type": "list", "elements": "dict", "required": True, "no_log": True},
    "role": {"type": "str", "default": "san-audit"},
}


class ActionModule(ActionBase):
    # It asks arrays from the controller, and connects to no host.
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        dummy, args = self.validate_argument_spec(argument_spec=SPEC)
        try:
            arrays = arrays_from_options(args)
        except OntapError as exc:
            raise AnsibleActionFail(str(exc)) from exc
        found = [access.checked(array, args["role"]) for array in arrays]
        problems = [access.problem(array, known) for array, known in zip(arrays, found)]
        return {"changed": False, "arrays": found, "problems": [problem for problem in problems if problem]}
