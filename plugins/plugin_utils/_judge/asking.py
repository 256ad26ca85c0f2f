# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the action plugins have in common that judge one host: their options, and the way to the judgement."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible.plugins.action import ActionBase
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import views as array_views
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import evidence as judge_evidence
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import hosts as judge_hosts
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import lookups as judge_lookups
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import shapes

REGISTERED: dict[str, dict[str, t.Any]] = {"registered": {"type": "str", "required": True}}
# The variable of the role by the option.
SOURCES = {name: f"stale_devices_{name}" for name in ("arrays", "array_views", "array_max_age", "kubernetes")}


def judgement(
    action: ActionBase, args: Mapping[str, t.Any], task_vars: Mapping[str, t.Any]
) -> tuple[shapes.Judgement, judge_evidence.Evidence]:
    """Judge the host of a task by its last registered result, and by what arrays and clusters say now.

    Args:
        args: the options REGISTERED and SOURCES.

    Raises ValueError for a view of an array that makes no sense.
    """
    sources = judge_evidence.Sources(
        arrays=args["arrays"],
        snapshots=array_views.read(args["array_views"]),
        clusters=args["kubernetes"],
        max_age=args["array_max_age"],
        # The other half of the age that is allowed is for the removals that rest on the answer.
        cache_ttl=args["array_max_age"] // 2,
    )
    results = {task_vars["inventory_hostname"]: task_vars.get(args["registered"])}
    return judge_hosts.judgement(results, sources, judge_lookups.of(action, task_vars))
