#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: removal_report
short_description: Keep the record of one host's removals, and show it
version_added: 0.1.0
description:
  - Writes what was before, what was decided, what was done, and what is now to C(removals/HOST-TIME.json) in the
    report's folder on the controller, and shows a line for each device.
options:
  before:
    description: The name of the variable in which this host has the result of M(sanops.multipath.judged_devices) from
      before. Without one there is nothing to record. The variables are taken as they are, past all templates.
    type: str
    required: true
  decision:
    description: The name of the variable with the result of M(sanops.multipath.removal_decision).
    type: str
    required: true
  results:
    description: The results of M(sanops.multipath.stale_mpath_remove).
    type: list
    elements: dict
    default: []
  after:
    description: The name of the variable with the result of M(sanops.multipath.judged_devices) from afterwards.
    type: str
extends_documentation_fragment:
  - sanops.multipath.attributes.controller
  - sanops.multipath.report
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
"""

EXAMPLES = r"""
- name: Record what was done
  sanops.multipath.removal_report:
    before: before
    decision: decision
    results: "{{ removed.results }}"
    after: after
    report_dir: report
"""

RETURN = r"""
record:
  description: Where the record is, or null where there was nothing to record.
  returned: always
  type: str
not_looked_at:
  description: Why the host could not be looked at before, or null.
  returned: always
  type: str
lost:
  description: What the host lost that was not to be removed, in sentences.
  returned: always
  type: list
  elements: str
not_removed:
  description: What could not be removed, or was not tried.
  returned: always
  type: list
  elements: str
"""

# The work is done on the controller, in plugins/action/removal_report.py.
