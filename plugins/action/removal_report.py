# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Keep the record of one host's removals on the controller and show it.

Documented in plugins/modules/removal_report.py.
"""

import datetime
import json
import os

from ansible import constants as C
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import files as report_files
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet, progress, text


class ActionModule(ActionBase):
    # It writes on the controller and connects to no host.
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        dummy, args = self.validate_argument_spec(
            argument_spec={
                "before": {"type": "dict"},
                "decision": {"type": "dict"},
                "after": {"type": "dict"},
                "results": {"type": "list", "elements": "dict", "default": []},
                "report_dir": {"type": "path", "required": True},
            }
        )
        host, before, after = task_vars["inventory_hostname"], args["before"], args["after"]
        if not before or not args["decision"]:  # what could not be decided: the task before says why
            self._tell_progress([], task_vars)
            return {"changed": False, "record": None, "not_looked_at": None, "lost": [], "not_removed": []}
        removals = args["decision"]["removals"]
        if after:
            lost = removal_plan.worse(before["hosts"][0], after["hosts"][0], removals)
        else:
            lost = ["nobody looked at it afterwards"] if args["results"] and not self._task.check_mode else []
        record = removal_plan.record(
            host, before, after, args["decision"], args["results"], lost, datetime.datetime.now(datetime.timezone.utc)
        )
        path = os.path.join(
            os.path.abspath(args["report_dir"]),
            "removals",
            "%s-%s.json" % (host.replace(os.sep, "_"), record["at"].replace(":", "")),
        )
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            report_files.replace(path, json.dumps(record, indent=1, sort_keys=True))
        except OSError as exc:
            raise AnsibleActionFail("report_dir: %s cannot be written: %s" % (path, exc.strerror)) from exc
        for line in removal_plan.told(record):
            Display().display(text.printable(line))
        self._tell_progress(record["results"], task_vars)
        failed = [
            "%s: %s" % (result["name"], result["failed_because"])
            for result in record["results"]
            if result["failed_because"]
        ]
        failed += ["%s was not tried" % one["name"] for one in record["not_tried"]]
        return {
            "changed": False,
            "record": path,
            "not_looked_at": fleet.not_audited(before).get(host),
            "lost": lost,
            "not_removed": failed,
        }

    def _tell_progress(self, results, task_vars):
        """How many hosts of the play are done and left, and what became of the removals so far."""
        hosts = list(task_vars.get("ansible_play_hosts_all") or [])
        try:
            account = progress.note(
                C.DEFAULT_LOCAL_TMP, "removals of " + ",".join(hosts), progress.DONE + progress.removals(results)
            )
        except OSError:
            return  # what was removed counts, not who hears of it
        line = progress.removed(account, len(hosts), self._task.check_mode)
        if line:
            Display().display(line)
