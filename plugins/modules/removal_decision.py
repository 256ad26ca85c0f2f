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
    description: The plan to keep to, packed, as O(sanops.multipath.merged_report#module:plan_artifact) passes it on.
      Nothing outside it is removed. Empty for none.
    type: str
  plan_file:
    description:
      - The same as a file, C(plan.json) of an audit. Empty for none. Not together with O(plan).
      - A relative path is below the folder that the run was started in, else where Ansible finds files of a role or a
        playbook. Where both have a file of this name, and not the same one, the task fails.
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
  kubernetes_drain:
    description: Whether a node of Kubernetes is drained before its first removal, see RV(drain).
    type: bool
    default: false
  kubernetes_drain_options:
    description: What the drain may do, C(delete_options) of M(kubernetes.core.k8s_drain).
    type: dict
    default: {}
extends_documentation_fragment:
  - sanops.multipath.attributes.controller
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
  contains:
    # fields of _judge.shapes.Removal, made by tests/bootstrap/schemas.py
    host:
      description: The host's name in the inventory.
      type: str
      returned: always
    boot_id:
      description: Which boot of the host was seen.
      type: str
      returned: always
    kind:
      description: >-
        V(map) (with its paths), V(disk) (in no map), V(path) (of a map that stays), or V(session) (an iSCSI session
        that the other removals leave empty).
      type: str
      returned: always
    name:
      description: Its name as it was seen.
      type: str
      returned: always
    wwid:
      description: Its WWID as it was seen. V(none) for a session.
      type: str
      returned: always
    dev_t:
      description: Its device number as it was seen, major:minor.
      type: str
      returned: always
    paths:
      description: Its paths as they were seen.
      type: list
      elements: dict
      returned: always
      contains:
        hctl:
          description: Its SCSI address, host:channel:target:LUN.
          type: str
          returned: always
        sd:
          description: Its kernel name, sdX.
          type: str
          returned: always
        target:
          description: Its target, an iSCSI name or a WWPN.
          type: str
          returned: always
        wwid:
          description: The WWID that the kernel holds.
          type: str
          returned: always
    verdict:
      description: The verdict that permits the removal; C(empty) for a session.
      type: str
      returned: always
    wire:
      description: >-
        What every path must still answer when it is removed: C(absent), C(other) or C(unreachable).
      type: str
      returned: always
    reason:
      description: The reason for the verdict, a sentence.
      type: str
      returned: always
    array:
      description: What the arrays say of its LUN, such as C(gone). V(none) for a session.
      type: str
      returned: always
    session:
      description: The session, if it is one, else V(none).
      type: dict
      returned: always
      contains:
        sid:
          description: Its number on the host.
          type: int
          returned: always
        target:
          description: The iSCSI name of its target.
          type: str
          returned: always
        portal:
          description: Its portal, address:port.
          type: str
          returned: always
    # end of the fields
batches:
  description: The same by O(batch), each with C(removals), and C(label), which shows how far it goes.
  returned: success
  type: list
  elements: dict
left:
  description: What is not removed, and why.
  returned: success
  type: list
  elements: dict
  contains:
    # fields of _judge.shapes.Left, made by tests/bootstrap/schemas.py
    host:
      description: The host's name in the inventory.
      type: str
      returned: always
    kind:
      description: >-
        What was to be removed. Missing of a device that was not. One of V(map), V(disk), V(path), V(session).
      type: str
      returned: where there is any
    name:
      description: Its name.
      type: str
      returned: always
    wwid:
      description: Its WWID. V(none) for a session.
      type: str
      returned: always
    verdict:
      description: Its verdict; C(empty) for a session.
      type: str
      returned: always
    why:
      description: Why it is not removed, a sentence.
      type: str
      returned: always
    # end of the fields
drain:
  description: All C(delete_options) of M(kubernetes.core.k8s_drain), or V(none) without O(kubernetes_drain) and where
    nothing is removed.
  returned: success
  type: dict
  sample: {"ignore_daemonsets": true, "wait_timeout": 300}
alone:
  description: Why nothing at all is removed on the host, or V(none).
  returned: success
  type: str
"""

# The work is done on the controller, in plugins/action/removal_decision.py.
