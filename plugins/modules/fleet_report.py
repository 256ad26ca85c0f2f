#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: fleet_report
short_description: Write the fleet's report and show its summary
version_added: 0.1.0
description:
  - Writes C(fleet.json), C(plan.json) (what may be removed) and the formats that are asked for on the controller, each
    whole or not at all, and shows on the terminal what a person wants to read. For each host one line, for each device
    that is not healthy its verdict, the reason, its LUN and SVM, who uses it, and what to do next. Then what the rules
    found in the configuration of the hosts, each rule once. At last what has changed since the report before, the
    exceptions, and who complies.
  - The report that was there is kept in C(history/), packed.
  - Makes one report of those of many slices, too. A host that none of them has is in it as not audited.
  - Control characters that a host or an array sent are shown as codes.
options:
  registered:
    description:
      - The name of the variable in which each host of the play has its result of M(sanops.multipath.stale_mpath_facts),
        failed and unreachable ones too. The report is made of these. The variable is taken as it is, past all
        templates, which is what makes the report of a large fleet in seconds.
    type: str
  arrays:
    description: >-
      With O(registered), the ONTAP arrays to ask, each a dictionary with the options of the lookup
      P(sanops.multipath.ontap_lun_maps#lookup).
    type: list
    elements: dict
    default: []
  array_views:
    description:
      - With O(registered), what the site supplies of arrays that are not ONTAP, one view of each. A dictionary, or the
        path of a JSON file on the controller.
      - C(docs/array-views.md) describes a view. Fails for one that cannot be read or is not as described.
    type: list
    elements: raw
    default: []
  array_max_age:
    description: With O(registered), how old an array listing may be, in seconds.
    type: int
    default: 3600
  kubernetes:
    description: >-
      With O(registered), the Kubernetes clusters to ask whose volumes the devices are, see
      P(sanops.multipath.kubernetes_volumes#lookup).
    type: list
    elements: dict
    default: []
  policies:
    description: With O(registered), what multipath settings the site wants, by host, see
      P(sanops.multipath.fleet#filter).
    type: dict
    default: {}
  san_clusters:
    description: With O(registered), the hosts that share LUNs on purpose, see
      O(sanops.multipath.audit#role:variables:audit_san_clusters).
    type: dict
    default: {}
  fragments:
    description:
      - Or the reports of slices, as O(report_artifact) passes them on, by a name that an error gives. An empty
        dictionary where no slice came to its report.
      - A host that is in two of them is an error.
    type: dict
  fragment_files:
    description: Or the C(fleet.json) of slices.
    type: list
    elements: path
  inventory_hostnames:
    description: The hosts of the inventory. Those of which neither O(fragments) nor O(fragment_files) knows are in the
      report as not audited.
    type: list
    elements: str
    default: []
  hazards:
    description: What else than stale and unused devices the plan may hold, see
      O(sanops.multipath.stale_devices#role:variables:stale_devices_hazards).
    type: list
    elements: str
    choices: [recycled, wire_alone, array_alone, living_maps, empty_sessions]
    default: []
  exceptions:
    description:
      - What is excused for a time, see O(sanops.multipath.audit#role:variables:audit_exceptions).
      - Without it, of slices those under which they were audited.
    type: list
    elements: raw
  fail_on:
    description:
      - The severity of a device or finding that makes a host fail, V(critical), V(warning) or V(info). An empty one for
        none.
      - The task does not fail; RV(compliance.failed) names these hosts.
      - Without it, of slices the one that lets least pass of those under which they were audited.
    type: str
  formats:
    description: What is written beside C(fleet.json). V(all) is all of them.
    type: list
    elements: str
    choices: [all, html, csv, junit, prom, sarif]
    default: [all]
  previous:
    description: The report before, C(fleet.json) or one of a history. Without it, the one in O(report_dir), if there is
      one.
    type: path
  keep:
    description: How many reports the history keeps.
    type: int
    default: 30
  report_artifact:
    description:
      - The name under which the report is passed on to the next jobs of an AWX workflow, as
        M(ansible.builtin.set_stats) does. They get it as an extra variable, packed as C(base64(gzip(JSON))), so that
        nothing on the way templates it or gives it another type. O(fragments) takes it.
      - Give each slice a name of its own. Of several values under one name, the workflow keeps the last.
    type: str
  plan_artifact:
    description: The same for the plan. O(sanops.multipath.stale_devices#role:variables:stale_devices_plan) takes it.
    type: str
extends_documentation_fragment:
  - sanops.multipath.report
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
notes:
  - With C(--limit), what is made of O(registered) goes to the folder C(limited) of O(report_dir) where hosts of the
    play are left out.
author:
  - The sanops.multipath authors (@sanops)
"""

EXAMPLES = r"""
- name: Ask the hosts
  sanops.multipath.stale_mpath_facts:
  become: true
  register: testimony
  ignore_unreachable: true

- name: Report
  sanops.multipath.fleet_report:
    registered: testimony
    arrays: "{{ audit_arrays }}"
    array_views: "{{ audit_array_views }}"
    report_dir: report
  run_once: true

- name: Make one report of those of the slices
  sanops.multipath.fleet_report:
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
  description: Who complies.
  returned: success
  type: dict
  contains:
    hosts:
      description: Hosts by their word of compliance.
      returned: success
      type: dict
      sample: {"compliant": 1, "noncompliant": 1}
    fail_on:
      description: The severity to fail on, null for none.
      returned: success
      type: str
      sample: critical
    failed:
      description: The names of the hosts that fail by it. Hosts of which nothing is known are not among them, see
        RV(not_audited).
      returned: success
      type: list
      elements: str
      sample: ["node2"]
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
totals:
  description: Hosts by state, devices by verdict, and findings by severity.
  returned: success
  type: dict
  sample: {"hosts": {"audited": 2}, "verdicts": {"healthy": 5, "stale": 2}, "findings": {"critical": 5, "warning": 3}}
"""
