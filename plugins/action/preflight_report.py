# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Say before an audit what it would lack. Documented in plugins/modules/preflight_report.py."""

from __future__ import annotations

import os
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import access, listing, snapshot
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import views as array_views
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import OntapError, arrays_from_options
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import asking
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import preflight

SPEC: dict[str, dict[str, t.Any]] = {
    **asking.REGISTERED,
    "arrays": {"type": "list", "elements": "dict", "default": [], "no_log": True},
    "array_views": {"type": "list", "elements": "raw", "default": []},
    "role": {"type": "str", "default": "san-audit"},
}


class ActionModule(ActionBase):
    # It asks arrays from the controller, and connects to no host.
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        variables = task_vars or {}
        dummy, args = self.validate_argument_spec(argument_spec=SPEC)
        hosts, hostvars = variables["ansible_play_hosts_all"], variables["hostvars"]
        results = {name: hostvars.raw_get(name).get(args["registered"]) for name in hosts}
        try:
            cache = snapshot.SnapshotCache(os.path.join(C.DEFAULT_LOCAL_TMP, snapshot.FOLDER), 0, listing.fetch)
            arrays = [(array, access.tried(cache, array, args["role"])) for array in arrays_from_options(args)]
            found = preflight.outcome(results, arrays, array_views.read(args["array_views"]))
        except (OntapError, ValueError) as exc:
            raise AnsibleActionFail(str(exc)) from exc
        Display().display("\n".join(found.lines))
        return {
            "changed": False,
            "failed": bool(found.problems),
            "msg": " ".join(found.problems) or "An audit can be run.",
            "arrays": [known for dummy, known in arrays],
            "problems": found.problems,
            "not_audited": found.not_audited,
            "unowned": found.unowned,
        }
