# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Ask arrays and clusters again before removals. Documented in plugins/modules/confirmed_removals.py."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import asking, removal_decision
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge.evidence import now
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import options

OWN: dict[str, options.Spec] = {**asking.REGISTERED, "removals": {"type": "list", "elements": "dict", "required": True}}
VARIABLES = {**asking.SOURCES, "hazards": "stale_devices_hazards", "timeout": "stale_devices_timeout"}
_SPARE = 60  # seconds for the connection, beyond what the removals may take
_BETWEEN = 20  # seconds for each removal, beyond its own time


class ActionModule(ActionBase):
    # It asks arrays and clusters from the controller, and connects to no host.
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        try:
            args = options.checked(self, OWN, VARIABLES)
            judgement, dummy = asking.judgement(self, args, task_vars or {})
        except ValueError as exc:
            raise AnsibleActionFail(str(exc)) from exc
        confirmed = removal_decision.confirmed(
            judgement, args["removals"], args["hazards"], now(), args["array_max_age"]
        )
        within = confirmed["within"]
        most = len(confirmed["removals"]) * (args["timeout"] + _BETWEEN) if within is None else within + args["timeout"]
        return {"changed": False, **confirmed, "time_limit": int(most + _SPARE)}
