#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: confirmed_removals
short_description: Ask arrays and clusters again before removals
version_added: 0.1.0
description:
  - Judges one host again, by what it said last and by what the arrays and clusters say now, and returns which of some
    removals still hold.
  - Changes nothing, and connects to no host. Credentials stay on the controller, and are in no result.
options:
  removals:
    description: Some removals of this host, as M(sanops.multipath.removal_decision) returns them.
    type: list
    elements: dict
    required: true
  timeout:
    description: The seconds that each removal may take, above 0.
    type: float
    default: 120
extends_documentation_fragment:
  - sanops.multipath.attributes.controller
  - sanops.multipath.judging.arrays
  - sanops.multipath.judging.registered
  - sanops.multipath.judging.sources
  - sanops.multipath.judging.hazards
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
seealso:
  - module: sanops.multipath.removal_decision
  - module: sanops.multipath.stale_mpath_remove
"""

EXAMPLES = r"""
- name: Ask again
  sanops.multipath.confirmed_removals:
    registered: testimony
    removals: "{{ decision.batches[0].removals }}"
    arrays: "{{ audit_arrays }}"
  register: confirmed

- name: Remove
  sanops.multipath.stale_mpath_remove:
    removals: "{{ confirmed.removals }}"
    within: "{{ omit if confirmed.within is none else confirmed.within }}"
  become: true
  timeout: "{{ confirmed.time_limit }}"
"""

RETURN = r"""
removals:
  description: Those that hold.
  returned: success
  type: list
  elements: dict
refused:
  description: A result, as of M(sanops.multipath.stale_mpath_remove), for each that does not hold.
  returned: success
  type: list
  elements: dict
unanswered:
  description: A result without an outcome for each that holds, for the case that the host never says what became of it.
  returned: success
  type: list
  elements: dict
within:
  description: For how many seconds what arrays and clusters said counts. V(none) where nobody was asked, or nobody said
    all.
  returned: success
  type: float
time_limit:
  description: The seconds after which a task that carries them out no longer answers.
  returned: success
  type: int
"""

# The work is done on the controller, in plugins/action/confirmed_removals.py.
