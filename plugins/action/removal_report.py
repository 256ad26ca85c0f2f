# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Keep the record of one host's removals on the controller and show it.

Documented in plugins/modules/removal_report.py.
"""

from __future__ import annotations

import json
import os
import typing as t
from collections.abc import Mapping, Sequence

from ansible import constants as C
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import record as removal_record
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge.evidence import now
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import files as report_files
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import progress, removal_table, text
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import options

OWN: dict[str, options.Spec] = {
    "before": {"type": "str", "required": True},
    "decision": {"type": "str", "required": True},
    "after": {"type": "str"},
    "results": {"type": "list", "elements": "dict", "default": []},
    "report_dir": {"type": "raw", "required": True},
}
VARIABLES = {"report_dir": "stale_devices_report_dir"}


class ActionModule(ActionBase):
    # It writes on the controller and connects to no host.
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        variables = task_vars or {}
        try:
            args = options.checked(self, OWN, VARIABLES)
        except ValueError as exc:
            raise AnsibleActionFail(str(exc)) from exc
        before, after = (_result(variables, args[name], "hosts") for name in ("before", "after"))
        decision = _result(variables, args["decision"], "removals")
        if before is None or decision is None:  # what could not be decided: the task before says why
            self._show_progress([], variables)
            self._show_table(removal_table.not_done(variables["inventory_hostname"]), variables)
            return {"changed": False, "record": None, "not_looked_at": None, "lost": [], "not_removed": []}
        if after is not None:
            lost = removal_record.worse(before["hosts"][0], after["hosts"][0], decision["removals"])
        else:
            lost = ["nobody looked at it afterwards"] if args["results"] and not self._task.check_mode else []
        host = variables["inventory_hostname"]
        record = removal_record.record(host, before, after, decision, args["results"], lost, now())
        path = _write(record, args["report_dir"])
        for line in removal_record.lines(record):
            Display().display(text.printable(line))
        check = self._task.check_mode
        self._show_progress(removal_table.counted(record["results"], check), variables)
        self._show_table(removal_table.row(record, check), variables)
        failed = [
            f"{result['name']}: {result['failed_because']}" for result in record["results"] if result["failed_because"]
        ]
        failed += [f"{removal['name']} was not tried" for removal in record["not_tried"]]
        return {
            "changed": False,
            "record": path,
            "not_looked_at": before["hosts"][0]["why"] if before["hosts"][0]["facts"] is None else None,
            "lost": lost,
            "not_removed": failed,
        }

    def _show_progress(self, results: Sequence[Mapping[str, t.Any]], variables: Mapping[str, t.Any]) -> None:
        """Show how many hosts of the play are done and left, and what became of the removals so far."""
        hosts = list(variables.get("ansible_play_hosts_all") or [])
        try:
            account = progress.note(
                C.DEFAULT_LOCAL_TMP, "removals of " + ",".join(hosts), progress.DONE + progress.removals(results)
            )
        except OSError:
            return  # what was removed counts, not who hears of it
        line = progress.removed(account, len(hosts), self._task.check_mode)
        if line:
            Display().display(line)

    def _show_table(self, row: removal_table.Row, variables: Mapping[str, t.Any]) -> None:
        """Show the table of hosts where this is the last host of the run."""
        hosts = list(variables.get("ansible_play_hosts_all") or [])
        if len(hosts) < 2:
            return  # its own lines say it all
        active, batch = (list(variables.get(name) or []) for name in ("ansible_play_hosts", "ansible_play_batch"))
        try:
            account = progress.note(
                C.DEFAULT_LOCAL_TMP, "table of removals of " + ",".join(hosts), removal_table.line(row)
            )
            rows = removal_table.complete(account, hosts, active, batch)
        except (OSError, ValueError):
            return  # a full disk cuts a line of the account
        if rows:
            Display().display("\n".join(removal_table.lines(rows, len(hosts), self._task.check_mode)))


def _result(variables: Mapping[str, t.Any], name: str | None, key: str) -> t.Any:
    """Return what a task has registered, or None where it was skipped, failed or never ran.

    It is taken past all templates: since core 2.19, what passes through one is walked through value by value.
    """
    found = variables.get(name) if name else None
    return found if isinstance(found, Mapping) and key in found else None


def _write(record: Mapping[str, t.Any], folder: str) -> str:
    """Write a record, and return its path."""
    name = f"{record['host'].replace(os.sep, '_')}-{record['at'].replace(':', '')}.json"
    path = os.path.join(os.path.abspath(folder), "removals", name)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        report_files.replace(path, json.dumps(record, indent=1, sort_keys=True))
    except OSError as exc:
        raise AnsibleActionFail(f"report_dir: {path} cannot be written: {exc.strerror}") from exc
    return path
