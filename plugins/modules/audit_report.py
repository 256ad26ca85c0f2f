#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: audit_report
short_description: Judge what the hosts of a play registered, and report
version_added: 0.1.0
description:
  - Judges the devices of every host of the play, once for all of them, by what the host registered and by what arrays
    and Kubernetes clusters say. Checks the configuration of each host against the rules.
  - Writes C(fleet.json), C(plan.json) (what may be removed) and the formats that are asked for on the controller, each
    whole or not at all, and shows on the terminal what a person wants to read. For each host one line, for each device
    that is not healthy its verdict, the reason, its LUN and SVM, who uses it, and what to do next. Then what the rules
    found in the configuration of the hosts, each rule once. At last what has changed since the report before, the
    exceptions, and who complies.
  - The report that was there is kept in C(history/), packed.
  - Control characters that a host or an array sent are shown as codes.
  - M(sanops.multipath.merged_report) makes one report of many.
options:
  registered:
    description:
      - The name of the variable in which each host of the play has its result of M(sanops.multipath.stale_mpath_facts),
        failed and unreachable ones too. The report is made of these. The variable is taken as it is, past all
        templates, which is what makes the report of a large fleet in seconds.
    type: str
    required: true
  array_max_age:
    description: How old an array listing may be, in seconds.
    type: int
    default: 3600
  policies:
    description: What multipath settings the site wants, by host, see P(sanops.multipath.fleet#filter).
    type: dict
    default: {}
  san_clusters:
    description: The hosts that share LUNs on purpose, see
      O(sanops.multipath.audit#role:variables:audit_san_clusters).
    type: dict
    default: {}
extends_documentation_fragment:
  - sanops.multipath.attributes.controller
  - sanops.multipath.judging.arrays
  - sanops.multipath.judging.sources
  - sanops.multipath.report
  - sanops.multipath.report.published
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
notes:
  - With C(--limit), the report goes to the folder C(limited) of O(report_dir) where hosts of the play are left out.
"""

EXAMPLES = r"""
- name: Ask the hosts
  sanops.multipath.stale_mpath_facts:
  become: true
  register: testimony
  ignore_unreachable: true

- name: Report
  sanops.multipath.audit_report:
    registered: testimony
    arrays: "{{ audit_arrays }}"
    array_views: "{{ audit_array_views }}"
    report_dir: report
  run_once: true
"""

RETURN = r"""
report:
  description: Path of C(fleet.json).
  returned: success
  type: str
  sample: /home/anna/report/fleet.json
plan:
  description: Path of C(plan.json), what may be removed.
  returned: success
  type: str
  sample: /home/anna/report/plan.json
files:
  description: The other files, by format.
  returned: success
  type: dict
  sample: {"html": "/home/anna/report/fleet.html"}
compliance:
  description: Who complies. Of the hosts in RV(not_audited) that is not known.
  returned: success
  type: dict
  sample: {"hosts": {"compliant": 1, "noncompliant": 1}, "fail_on": "critical", "failed": ["node2"]}
  contains:
    # fields of _report.shapes.Compliance, made by tests/bootstrap/schemas.py
    hosts:
      description: Hosts by their word of compliance.
      type: dict
      returned: always
    fail_on:
      description: The severity to fail on, C(audit_fail_on). V(none) for none. One of V(critical), V(warning), V(info).
      type: str
      returned: always
    failed:
      description: The names of the hosts that fail by it. Hosts of which nothing is known are not among them.
      type: list
      elements: str
      returned: always
    # end of the fields
changes:
  description: How much has changed since the report before, or null where there is none.
  returned: success
  type: dict
  sample: {"since": "2026-11-20T02:00:00Z", "new": 2, "gone": 1, "still": 14}
left_out:
  description: How many hosts of the play C(--limit) left out. The report is in the folder C(limited) of O(report_dir)
    where there are any.
  returned: success
  type: int
not_audited:
  description: The hosts of which nothing is known, and why. Of many, the reasons are cut.
  returned: success
  type: dict
  sample: {"node7": "Failed to connect to the host via ssh: no route to host"}
closing:
  description: What the summary ends with, for P(sanops.multipath.summary#callback). It has who complies, the counts,
    where the report is, and the next command where there is something to remove.
  returned: success
  type: list
  elements: str
  sample: ["Compliance: 2 noncompliant.", "2 hosts: 2 audited.", "The report: /home/anna/report/fleet.json"]
totals:
  description: Hosts by state, devices by verdict, and findings by severity.
  returned: success
  type: dict
  sample: {"hosts": {"audited": 2}, "verdicts": {"healthy": 5, "stale": 2}, "findings": {"critical": 5, "warning": 3}}
"""

# The work is done on the controller, in plugins/action/audit_report.py.
