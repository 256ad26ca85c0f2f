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
  - The report of a whole fleet is M(sanops.multipath.audit_report).
extends_documentation_fragment:
  - sanops.multipath.attributes.controller
  - sanops.multipath.judging.arrays
  - sanops.multipath.judging.registered
  - sanops.multipath.judging.sources
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
seealso:
  - module: sanops.multipath.removal_decision
  - plugin: sanops.multipath.verdicts
    plugin_type: filter
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
    # fields of _judge.shapes.Host to depth 1, made by tests/bootstrap/schemas.py
    name:
      description: Its name in the inventory.
      type: str
      returned: always
    state:
      description: C(audited), C(incomplete), C(failed) or C(unreachable).
      type: str
      returned: always
    why:
      description: What could not be read on it, or why nothing is known of it, or V(none).
      type: str
      returned: always
    facts:
      description: >-
        C(host), C(multipathd), C(sessions), C(quarantine), C(elapsed) and C(incomplete) of its facts, as
        M(sanops.multipath.stale_mpath_facts) returns them. V(none) where nothing is known of it.
      type: dict
      returned: always
    devices:
      description: Its devices, the most urgent first, as P(sanops.multipath.verdicts#filter) returns them.
      type: list
      elements: dict
      returned: always
    not_seen:
      description: >-
        The LUNs that are mapped to it and of which its kernel has nothing, as
        P(sanops.multipath.ontap_lun_maps#lookup) returns them.
      type: list
      elements: dict
      returned: always
    # end of the fields
arrays:
  description: The arrays and views that were asked, as P(sanops.multipath.ontap_lun_maps#lookup) returns them. One that
    is too old is not complete, and says so.
  returned: success
  type: list
  elements: dict
clusters:
  description: The clusters that were asked.
  returned: success
  type: list
  elements: dict
  contains:
    # fields of _judge.shapes.Cluster, made by tests/bootstrap/schemas.py
    system:
      description: The kind of system, such as C(kubernetes).
      type: str
      returned: always
    name:
      description: The name of the cluster.
      type: str
      returned: always
    complete:
      description: Whether the whole cluster was read.
      type: bool
      returned: always
    error:
      description: Why it was not, a sentence, or V(none).
      type: str
      returned: always
    fetched_at:
      description: When the reading began, ISO 8601 with a time zone.
      type: str
      returned: always
    # end of the fields
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
