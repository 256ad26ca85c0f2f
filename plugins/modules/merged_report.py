#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: merged_report
short_description: Make one report of those of many slices
version_added: 0.1.0
description:
  - Makes of the reports of many slices the report that one audit of all their hosts would have made. A host that none
    of them has is in it as not audited. Asks no host and no array.
  - Writes, keeps and shows what M(sanops.multipath.audit_report) does.
  - Without O(exceptions), those under which the slices were audited count. Without O(fail_on), of theirs the one that
    lets least pass. Without O(fleet_name), the fleet has the name that the slices have.
options:
  fragments:
    description:
      - The reports of slices, as O(report_artifact) passes them on, by a name that an error gives. An empty dictionary
        where no slice came to its report.
      - A host that is in two of them is an error.
      - One of O(fragments) and O(fragment_files) is needed.
    type: dict
  fragment_files:
    description: The C(fleet.json) of slices.
    type: list
    elements: path
  inventory_hostnames:
    description: The hosts of the inventory. Those of which neither O(fragments) nor O(fragment_files) knows are in the
      report as not audited.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - sanops.multipath.attributes.controller
  - sanops.multipath.report
  - sanops.multipath.report.published
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
"""

EXAMPLES = r"""
- name: Make one report of those of the slices
  sanops.multipath.merged_report:
    fragment_files: [slice1/fleet.json, slice2/fleet.json]
    inventory_hostnames: "{{ groups['all'] }}"
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

# The work is done on the controller, in plugins/action/merged_report.py.
