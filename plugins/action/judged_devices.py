# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Judge the SAN devices of one host. Documented in plugins/modules/judged_devices.py."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import asking
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes import veto as kubernetes_veto
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import options


class ActionModule(ActionBase):
    # It asks arrays and clusters from the controller, and connects to no host.
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        try:
            args = options.checked(self, asking.REGISTERED, asking.SOURCES)
            judgement, evidence = asking.judgement(self, args, task_vars or {})
        except ValueError as exc:
            raise AnsibleActionFail(str(exc)) from exc
        node, unclear = None, None
        if judgement["hosts"][0]["facts"] is not None:
            try:
                node = next(iter(kubernetes_veto.drained(judgement, evidence.documents)), None)
            except ValueError as exc:
                unclear = str(exc)
        return {"changed": False, **judgement, "node": node, "node_unclear": unclear}
