# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Decide what is removed on one host. Documented in plugins/modules/removal_decision.py."""

from __future__ import annotations

import json
import os
import typing as t
from collections.abc import Mapping, Sequence

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.sanops.multipath.plugins.module_utils._core import pack
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import removal_decision, shapes
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge.evidence import now
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import archive
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import options

OWN: dict[str, options.Spec] = {"judged": {"type": "str", "required": True}}
VARIABLES = {
    name: f"stale_devices_{name}"
    for name in (
        *("plan", "plan_file", "plan_max_age", "hazards", "max_removals", "max_share", "batch"),
        *("kubernetes_drain", "kubernetes_drain_options"),
    )
}
_NO_FILE = (
    "there is no such file; set stale_devices_plan_file to the whole path of the plan.json that the audit wrote into "
    "its report's folder"
)
_TWO_FILES = (
    "there are two files of this name, {here} below the folder that the run was started in, and {found} where Ansible "
    "finds it; set stale_devices_plan_file to the whole path of one of them"
)
# What a drain does where nothing else is given, in the words of kubernetes.core.k8s_drain.
_DRAIN = {"ignore_daemonsets": True, "wait_timeout": 300}


class ActionModule(ActionBase):
    # It decides on the controller and connects to no host.
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        try:
            args = options.checked(self, OWN, VARIABLES)
            if args["plan"] and args["plan_file"]:
                raise ValueError("plan and plan_file are both given: leave one of them out")
            given = self._task.args.get("plan_file")
            if given and not args["plan_file"]:
                raise ValueError(f"the plan file {given} has no name once its environment variables are expanded")
            judged = (task_vars or {}).get(args["judged"]) or {}
            if "hosts" not in judged:
                raise ValueError(f"judged: the variable {args['judged']} is not a result of judged_devices")
        except ValueError as exc:
            raise AnsibleActionFail(str(exc)) from exc
        try:
            decision = removal_decision.decide(
                judged,
                self._plan(args),
                args["hazards"],
                now(),
                args["plan_max_age"],
                args["max_removals"],
                args["max_share"],
            )
        except ValueError as exc:
            name = f"the plan {args['plan_file']}" if args["plan_file"] else "the plan"
            raise AnsibleActionFail(f"{name} cannot be applied: {exc}") from exc
        return {
            "changed": False,
            **decision,
            "batches": _batches(decision["removals"], args["batch"]),
            "drain": _drain(args, decision["removals"]),
        }

    def _plan(self, args: dict[str, t.Any]) -> t.Any:
        """Return the plan that was given, or None. Whatever is in it, it is not the absence of one."""
        if args["plan"]:
            return pack.unpacked(args["plan"], "it") or {}
        if not args["plan_file"]:
            return None
        # Where report_dir is, too: below the folder that the run was started in. Else as the lookup file finds it. Both
        # out of Ansible's vault where it is in there.
        here = os.path.abspath(os.path.expanduser(args["plan_file"]))
        try:
            found = self._find_needle("files", args["plan_file"])
        except AnsibleError:  # ansible-core shows the message of a cause too: it is for modules, in many lines
            found = here
        if not os.path.isfile(here):
            here = found
        if not os.path.isfile(here):
            raise ValueError(_NO_FILE)
        if os.path.isfile(found) and not os.path.samefile(here, found):
            raise ValueError(_TWO_FILES.format(here=here, found=found))
        path = self._loader.get_real_file(here)
        try:
            return archive.read_plan(path) or {}
        except OSError as exc:
            raise ValueError(f"it cannot be read: {exc.strerror}") from exc
        except (json.JSONDecodeError, UnicodeDecodeError) as exc:
            raise ValueError(f"it is not JSON: {exc}") from exc


def _drain(args: Mapping[str, t.Any], removals: Sequence[shapes.Removal]) -> dict[str, t.Any] | None:
    """Return the options of the drain before the first removal, or None for no drain."""
    return {**_DRAIN, **args["kubernetes_drain_options"]} if args["kubernetes_drain"] and removals else None


def _batches(removals: list[shapes.Removal], size: int) -> list[dict[str, t.Any]]:
    """Return the removals in the order in which they are carried out, with a label that shows how far each goes."""
    found = []
    for start in range(0, len(removals), size):
        batch = removals[start : start + size]
        names = ", ".join(str(removal["name"]) for removal in batch)
        found.append({"label": f"{start + len(batch)} of {len(removals)}: {names}", "removals": batch})
    return found
