# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Try what the accounts of arrays may read, and show it. Documented in plugins/modules/array_access.py."""

from __future__ import annotations

import os
import time
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import access, listing, snapshot
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import OntapError, arrays_from_options
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import preflight
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.text import printable

SPEC: dict[str, dict[str, t.Any]] = {
    "arrays": {"type": "list", "elements": "dict", "required": True, "no_log": True},
    "role": {"type": "str", "default": "san-audit"},
    "within": {"type": "float", "default": 1800},
    "again": {"type": "bool", "default": False},
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
        until = time.monotonic() + args["within"]
        cache = snapshot.SnapshotCache(os.path.join(C.DEFAULT_LOCAL_TMP, snapshot.FOLDER), 0, listing.fetch)
        found, problems = [], []
        for array in arrays:
            known = access.tried(cache, array, args["role"], until, args["again"])
            # Each array by itself: the next one may take long.
            for line in preflight.array_lines(array, known):
                Display().display(printable(line))
            found.append(known)
            problems.append(access.problem(array, known))
        return {"changed": False, "arrays": found, "problems": [problem for problem in problems if problem]}
