#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: removal_decision
short_description: Decide what is removed on one host
version_added: 0.1.0
description:
  - Makes the plan of this moment for one host, or compares a given one with it, and holds the safety limits against it.
  - Changes nothing, and connects to no host.
options:
  judged:
    description: The name of the variable in which this host has its result of M(sanops.multipath.judged_devices). It is
      taken as it is, past all templates.
    type: str
    required: true
  plan:
    description: The plan to keep to, packed by P(sanops.multipath.plan_fragment#filter). Nothing outside it is removed.
      Empty for none.
    type: str
  plan_file:
    description: The same as a file, C(plan.json) of an audit. Empty for none. Not together with O(plan).
    type: path
  plan_max_age:
    description: How old a given plan may be, in seconds, from 0 on.
    type: int
    default: 3600
  max_removals:
    description: With more removals than that the host is left alone, from 0 on.
    type: int
    default: 50
  max_share:
    description: With a larger share of its devices to remove the host is left alone, from 0 to 1. One device may always
      be removed.
    type: float
    default: 0.5
  batch:
    description: How many removals one task carries out, from 1 on.
    type: int
    default: 10
extends_documentation_fragment:
  - sanops.multipath.attributes.controller
  - sanops.multipath.judging
  - sanops.multipath.judging.hazards
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
seealso:
  - module: sanops.multipath.judged_devices
  - module: sanops.multipath.confirmed_removals
"""

EXAMPLES = r"""
- name: Decide
  sanops.multipath.removal_decision:
    judged: judged
    plan_file: report/plan.json
  register: decision

- name: Show what is left, and why
  ansible.builtin.debug:
    var: decision.left
"""

RETURN = r"""
removals:
  description: What is removed, in this order. C(docs/plan-json.md) describes a removal.
  returned: success
  type: list
  elements: dict
batches:
  description: The same by O(batch), each with C(removals), and C(label), which shows how far it goes.
  returned: success
  type: list
  elements: dict
left:
  description: What is not removed, each with C(host), C(name), C(wwid), C(verdict) and C(why).
  returned: success
  type: list
  elements: dict
alone:
  description: Why nothing at all is removed on the host, or V(none).
  returned: success
  type: str
"""

# The work is done on the controller, in plugins/action/removal_decision.py.
