# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Write the report on the controller and show its summary. Documented in plugins/modules/fleet_report.py."""

import datetime
import json
import os

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.sanops.multipath.plugins.plugin_utils import _files
from ansible_collections.sanops.multipath.plugins.plugin_utils import _plan
from ansible_collections.sanops.multipath.plugins.plugin_utils import _report

_COLOURS = {_report.ALARM: 'bright red', _report.WARNING: 'yellow', _report.GOOD: 'green', _report.PLAIN: None}


class ActionModule(ActionBase):
    # It writes on the controller and connects to no host.
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        dummy, args = self.validate_argument_spec(argument_spec={
            'fleet': {'type': 'dict', 'required': True},
            'report_dir': {'type': 'path', 'required': True},
            'hazards': {'type': 'list', 'elements': 'str', 'default': [], 'choices': list(_plan.HAZARDS)},
        })
        report, folder = args['fleet'], os.path.abspath(args['report_dir'])
        path = os.path.join(folder, 'fleet.json')
        plan = _plan.plan(report, args['hazards'], datetime.datetime.now(datetime.timezone.utc))
        try:
            os.makedirs(folder, exist_ok=True)
            _files.replace(path, json.dumps(report, indent=1, sort_keys=True))
            _files.replace(os.path.join(folder, 'plan.json'), json.dumps(plan, indent=1, sort_keys=True))
        except OSError as exc:
            raise AnsibleActionFail('report_dir: %s cannot be written: %s' % (path, exc.strerror)) from exc
        display = Display()
        for line in _report.summary(report):
            display.display(line['text'], color=_COLOURS[line['importance']])
        display.display('The report: %s' % path)
        # A report is what an audit is for, in check mode too; it is no change to anything that is managed.
        return {'changed': False, 'report': path, 'totals': report['totals'], 'not_audited': _report.not_audited(report)}
