# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """What the action plugins that write reports on the controller have alike; PUBLISHED is for reports of a fleet."""

    DOCUMENTATION = r"""
options:
  report_dir:
    description: The directory on the controller to write to, made if it is missing. A relative one is below the current
      directory.
    type: path
    required: true
attributes:
  check_mode:
    details: The report is written in check mode too. It is no change to anything that is managed, so RV(ignore:changed)
      is always false.
"""

    PUBLISHED = r"""
options:
  hazards:
    description: What else than stale and unused devices the plan may hold, see
      O(sanops.multipath.stale_devices#role:variables:stale_devices_hazards).
    type: list
    elements: str
    choices: [recycled, wire_alone, array_alone, living_maps, empty_sessions]
    default: []
  exceptions:
    description: What is excused for a time, see O(sanops.multipath.audit#role:variables:audit_exceptions).
    type: list
    elements: raw
  fail_on:
    description:
      - The severity of a device or finding that makes a host fail, V(critical), V(warning) or V(info). An empty one for
        none.
      - The task does not fail; RV(compliance.failed) names these hosts.
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
  fleet_name:
    description: The name of the fleet. The report, its page and the terminal show it.
    type: str
  report_artifact:
    description:
      - The name under which the report is passed on to the next jobs of an AWX workflow, as
        M(ansible.builtin.set_stats) does. They get it as an extra variable, packed as C(base64(gzip(JSON))), so that
        nothing on the way templates it or gives it another type.
        O(sanops.multipath.merged_report#module:fragments) takes it.
      - Give each slice a name of its own. Of several values under one name, the workflow keeps the last.
      - The result of the task holds it too. AWX shows no result of more than 700,000 characters, which is that of a
        report of some thousand hosts; the workflow gets the artifact all the same.
    type: str
  plan_artifact:
    description: The same for the plan. O(sanops.multipath.stale_devices#role:variables:stale_devices_plan) takes it.
    type: str
  outcome_artifact:
    description:
      - The name under which it is passed on what the report comes to, a dictionary. C(failures) are sentences why the
        run fails by the policy, C(removals) is how many removals of the plan would be made, C(hosts) are the hosts of
        the plan.
      - O(sanops.multipath.report#role:variables:report_outcome) takes it.
    type: str
  arrays_listed:
    description: Whether a run in which an array was not listed, or none was asked, fails by the policy, see
      O(outcome_artifact).
    type: bool
    default: true
  max_not_audited:
    description: The share of the hosts, 0 to 1, that may be not audited without failing by the policy.
    type: float
    default: 0.1
  max_age:
    description: How long before the report the hosts may have been asked without failing by the policy, in seconds.
    type: int
    default: 86400
  max_removals:
    description: Above how many removals the remediation leaves a host alone, see
      O(sanops.multipath.stale_devices#role:variables:stale_devices_max_removals). Hosts that it would leave alone as
      they are now are shown.
    type: int
    default: 50
  max_share:
    description: The same for the share of its devices, see
      O(sanops.multipath.stale_devices#role:variables:stale_devices_max_share).
    type: float
    default: 0.5
"""
