#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: fleet_report
short_description: Write the fleet's report and show its summary
version_added: 0.1.0
description:
  - Writes C(fleet.json) and C(plan.json) (what may be removed) on the controller, whole or not at all, and shows on the terminal what a
    person wants to read. For each host one line, for each device that is not healthy its verdict, the reason, its LUN and SVM, who uses it, and what to
    do next. At last what the rules found in the configuration of the hosts, each rule once.
  - Control characters that a host or an array sent are shown as codes.
options:
  fleet:
    description: The report, as P(sanops.multipath.fleet#filter) makes it.
    type: dict
    required: true
  report_dir:
    description: The directory on the controller to write to, made if it is missing. A relative one is below the current directory.
    type: path
    required: true
  hazards:
    description: What else than stale and unused devices the plan may hold, see P(sanops.multipath.plan#filter).
    type: list
    elements: str
    choices: [recycled, wire_alone, array_alone, living_maps, empty_sessions]
    default: []
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
attributes:
  action:
    support: full
  async:
    support: none
  become:
    support: none
  bypass_host_loop:
    support: none
  check_mode:
    support: full
    details: The report is written in check mode too. It is no change to anything that is managed, so RV(ignore:changed) is always false.
  connection:
    support: none
  delegation:
    support: none
  diff_mode:
    support: none
  platform:
    platforms: all
author:
  - The sanops.multipath authors (@sanops)
"""

EXAMPLES = r"""
- name: Report
  sanops.multipath.fleet_report:
    fleet: "{{ results | sanops.multipath.fleet(lun_maps, luns) }}"
    report_dir: report
  run_once: true
"""

RETURN = r"""
report:
  description: Path of C(fleet.json).
  returned: success
  type: str
  sample: /home/anna/report/fleet.json
not_audited:
  description: The hosts of which nothing is known, and why.
  returned: success
  type: dict
  sample: {"node7": "Failed to connect to the host via ssh: no route to host"}
totals:
  description: Hosts by state, devices by verdict, and findings by severity.
  returned: success
  type: dict
  sample: {"hosts": {"audited": 2}, "verdicts": {"healthy": 5, "stale": 2}, "findings": {"critical": 5, "warning": 3}}
"""
