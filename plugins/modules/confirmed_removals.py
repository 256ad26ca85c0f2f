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
  registered:
    description: The name of the variable in which this host has its result of M(sanops.multipath.stale_mpath_facts),
      be it failed or unreachable. The variable is taken as it is, past all templates.
    type: str
    required: true
  removals:
    description: Some removals of this host, as M(sanops.multipath.removal_decision) returns them.
    type: list
    elements: dict
    required: true
  hazards:
    description: What else than stale and unused devices may be removed, see
      O(sanops.multipath.stale_devices#role:main:stale_devices_hazards).
    type: list
    elements: str
    choices: [recycled, wire_alone, array_alone, living_maps, empty_sessions]
    default: []
  timeout:
    description: The seconds that each removal may take, from 1 on.
    type: float
    default: 120
  arrays:
    description: The ONTAP arrays to ask, each a dictionary with the options of the lookup
      P(sanops.multipath.ontap_lun_maps#lookup).
    type: list
    elements: dict
    default: []
  array_views:
    description:
      - What the site supplies of arrays that are not ONTAP, one view of each. A dictionary, or the path of a JSON file
        on the controller.
      - C(docs/array-views.md) describes a view. Fails for one that cannot be read or is not as described.
    type: list
    elements: raw
    default: []
  array_max_age:
    description:
      - How old an array's listing, a view, and what a cluster said may be, in seconds, from 1 on. What is older proves
        nothing.
      - What this run has read of an array answers for half of that time. The other half is for what rests on it.
    type: int
    default: 60
  kubernetes:
    description: The Kubernetes clusters to ask whose volumes the devices are, see
      P(sanops.multipath.kubernetes_volumes#lookup).
    type: list
    elements: dict
    default: []
  variable_prefix:
    description: How the names of the variables begin that all options but O(registered) and O(removals) come from. An
      error names the variable.
    type: str
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
  connection:
    support: none
  delegation:
    support: none
  diff_mode:
    support: none
  platform:
    platforms: all
seealso:
  - module: sanops.multipath.removal_decision
  - module: sanops.multipath.stale_mpath_remove
author:
  - The sanops.multipath authors (@sanops)
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
untold:
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
