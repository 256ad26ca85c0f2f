# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Judge what the hosts of the play have registered, and report. Documented in plugins/modules/audit_report.py."""

from __future__ import annotations

import datetime
import os
import typing as t
from collections.abc import Mapping, Sequence

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader
from ansible.utils.display import Display
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import collector
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import views as array_views
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import asking, evidence
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import hosts as judge_hosts
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import lookups as judge_lookups
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance, fleet, publish
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Report
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories_ontap

SPEC: dict[str, dict[str, t.Any]] = {
    **asking.REGISTERED,
    "arrays": {"type": "list", "elements": "dict", "default": [], "no_log": True},
    "array_views": {"type": "list", "elements": "raw", "default": []},
    "array_max_age": {"type": "int", "default": 3600},
    "kubernetes": {"type": "list", "elements": "dict", "default": [], "no_log": True},
    "policies": {"type": "dict", "default": {}},
    "san_clusters": {"type": "dict", "default": {}},
    **publish.OPTIONS,
}


class ActionModule(ActionBase):
    # It asks arrays and clusters and writes on the controller, and connects to no host.
    _requires_connection = False
    TRANSFERS_FILES = False

    @collector.no_collector()
    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        variables, now = task_vars or {}, evidence.now()
        dummy, args = self.validate_argument_spec(argument_spec=SPEC)
        left_out = self._left_out(variables)
        try:
            report = self._judged(args, variables, now)
            report = compliance.apply(report, args["exceptions"] or [], args["fail_on"], now.date())
            made = publish.prepared(report, args, now, part=bool(left_out))
        except ValueError as exc:
            raise AnsibleActionFail(str(exc)) from exc
        result = publish.published(made, args)
        if left_out:
            _say_limited(variables, left_out, os.path.abspath(args["report_dir"]))
        return {**result, "left_out": len(left_out)}

    def _left_out(self, task_vars: Mapping[str, t.Any]) -> list[str]:
        """The hosts of the play that --limit leaves out, whose report this run must not replace: [name]."""
        if not task_vars.get("ansible_limit"):
            return []
        whole = lookup_loader.get("ansible.builtin.inventory_hostnames", loader=self._loader, templar=self._templar)
        pattern = self._task.get_play().hosts
        return sorted(
            set(whole.run(pattern if isinstance(pattern, list) else [pattern], variables=task_vars))
            - set(task_vars["ansible_play_hosts_all"])
        )

    def _judged(self, args: Mapping[str, t.Any], task_vars: Mapping[str, t.Any], now: datetime.datetime) -> Report:
        """The report of what each host of the play has registered. Raises ValueError for a policy, a cluster or a view
        of an array that makes no sense.

        All of it within this one call: since core 2.19, what passes through a template is walked through value by
        value, which for the testimony of a thousand hosts takes minutes.
        """
        hostvars = task_vars["hostvars"]
        results, groups = {}, {}
        for name in task_vars["ansible_play_hosts_all"]:
            raw = hostvars.raw_get(name)
            results[name] = raw.get(args["registered"])
            groups[name] = [str(group) for group in raw.get("group_names", []) if group != "ungrouped"]
        policies = fleet.policies(results, args["policies"])
        views = array_views.read(args["array_views"])
        sources = evidence.Sources(args["arrays"], views, args["kubernetes"], args["array_max_age"])
        outlined, clusters, ask = judge_hosts.outlines(results), args["san_clusters"], judge_lookups.of(self, task_vars)
        found = evidence.gather(*judge_hosts.terms(outlined.values()), sources, ask)
        advised = ask(
            "ontap_advisories",
            [],
            hosts={name: outline.initiators for name, outline in outlined.items() if outline.can_be_judged},
            san_clusters=clusters,
            arrays=args["arrays"],
            allow_incomplete=True,
        )
        advisories = [advisory for answer in advised for advisory in answer["advisories"]]
        members = advisories_ontap.members(clusters)
        return fleet.judged(results, outlined, found, now, policies, advisories, members, groups)


def _say_limited(task_vars: Mapping[str, t.Any], left_out: Sequence[str], folder: str) -> None:
    asked = len(task_vars["ansible_play_hosts_all"])
    Display().warning(
        f"This run was limited to {task_vars['ansible_limit']}: {len(left_out)} of the {len(left_out) + asked} hosts "
        f"of the play were not asked, such as {left_out[0]}. The report of the whole fleet in {folder} stays as it is."
    )
