#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: judged_devices
short_description: Judge the SAN devices of one host
version_added: 0.1.0
description:
  - Compares what a host says of its SAN devices with what the arrays and the Kubernetes clusters say, and assigns each
    device its verdict (C(docs/verdicts.md)). Arrays and clusters are asked once.
  - Changes nothing, and connects to no host. Credentials stay on the controller, and are in no result.
  - The report of a whole fleet is M(sanops.multipath.fleet_report).
options:
  registered:
    description: The name of the variable in which this host has its result of M(sanops.multipath.stale_mpath_facts),
      be it failed or unreachable. The variable is taken as it is, past all templates.
    type: str
    required: true
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
    description: How the names of the variables begin that O(arrays), O(array_views), O(array_max_age) and O(kubernetes)
      come from. An error names the variable.
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
  - plugin: sanops.multipath.verdicts
    plugin_type: filter
author:
  - The sanops.multipath authors (@sanops)
"""

EXAMPLES = r"""
- name: Ask the kernel and the wire
  sanops.multipath.stale_mpath_facts:
  become: true
  register: testimony
  ignore_unreachable: true

- name: Judge
  sanops.multipath.judged_devices:
    registered: testimony
    arrays: "{{ audit_arrays }}"
  register: judged

- name: Show what is not healthy
  ansible.builtin.debug:
    msg: "{{ item.name }} is {{ item.verdict }}: {{ item.reason }}"
  loop: "{{ judged.hosts[0].devices | rejectattr('verdict', 'equalto', 'healthy') }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
hosts:
  description: This host alone, as one entry.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name in the inventory.
      type: str
    state:
      description: V(audited), V(incomplete), V(unreachable) or V(failed).
      type: str
    why:
      description: What could not be read on it, or why nothing is known of it. Else V(none).
      type: str
    facts:
      description: C(host), C(multipathd), C(sessions), C(quarantine), C(elapsed) and C(incomplete) of its facts, see
        M(sanops.multipath.stale_mpath_facts). V(none) where nothing is known of it.
      type: dict
    devices:
      description: Its devices, the most urgent first, as P(sanops.multipath.verdicts#filter) returns them.
      type: list
      elements: dict
    not_seen:
      description: LUNs that are mapped to it and of which its kernel has nothing, as
        P(sanops.multipath.ontap_lun_maps#lookup) returns them.
      type: list
      elements: dict
arrays:
  description: The arrays and views that were asked, as P(sanops.multipath.ontap_lun_maps#lookup) returns them. One that
    is too old is not complete, and says so.
  returned: success
  type: list
  elements: dict
clusters:
  description: The clusters that were asked, each with C(system), C(name), C(complete), C(error) and C(fetched_at).
  returned: success
  type: list
  elements: dict
node:
  description: The node of a cluster that this host is, with C(cluster) and C(node), or V(none).
  returned: success
  type: dict
node_unclear:
  description: Why it cannot be said which node this host is, or V(none).
  returned: success
  type: str
"""

# The work is done on the controller, in plugins/action/judged_devices.py.
