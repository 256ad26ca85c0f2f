#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: mpath_flush
short_description: Remove one stale multipath map with its paths, unless a guard refuses
version_added: 0.1.0
description:
  - Flushes the map with the maps of its partitions, deletes each of its paths, and removes the WWID from multipath's
    C(wwids) file. If all of these are gone already, nothing changes.
  - Before that, it reads the kernel, the wire, multipathd and the users of this device again. It refuses, with the
    reasons, if anything is not known, not as expected, or in use. An open partition is a use, also if only the kernel
    has it open, and so is a disk of a guest of Proxmox VE on this node, running or not.
  - Then it switches the map's queueing off, so that the flush cannot wait indefinitely. If the map survives, its
    queueing is restored and no path is deleted.
  - Nothing is forced and nothing is unmounted. Whatever can block in the kernel runs in a child with a deadline. A
    delete that hangs quarantines the node, see RV(refused).
  - This module does not ask the array. The caller must, as the role P(sanops.multipath.stale_devices#role) does.
options:
  wwid:
    description: The identity of the map, as multipath writes it.
    type: str
    required: true
  expect:
    description: What was seen when the removal was decided. The module refuses if the device differs now.
    type: dict
    default: {}
    suboptions:
      boot_id:
        description: The host's boot, from RV(ansible_facts.stale_mpath.host#module:sanops.multipath.stale_mpath_facts).
        type: str
      dev_t:
        description: The map's number, C(major:minor).
        type: str
      paths:
        description: All its paths, by H:C:T:L.
        type: list
        elements: str
      wire:
        description:
          - The answer on the wire that is still expected. V(absent) is no such logical unit, on every path.
          - V(other) is another LUN on at least one path, and V(absent) on the rest.
          - V(unreachable) is no answer. That proves nothing. Use it only for a decommissioned target.
        type: str
        choices: [absent, other, unreachable]
        default: absent
  timeout:
    description: Seconds for the whole call. At most two fifths of them are for the guards' evidence.
    type: float
    default: 120
extends_documentation_fragment:
  - sanops.multipath.attributes.removal
  - sanops.multipath.attributes.host
  - ansible.builtin.action_common_attributes
seealso:
  - module: sanops.multipath.scsi_delete
  - module: sanops.multipath.stale_mpath_facts
"""

EXAMPLES = r"""
- name: Remove the map that the audit reported as stale
  sanops.multipath.mpath_flush:
    wwid: 3600a0980383045372f5d4c5a70315474
    expect:
      boot_id: "{{ ansible_facts['stale_mpath'].host.boot_id }}"
      dev_t: "253:4"
      paths: ["3:0:0:7", "4:0:0:7"]
  become: true
"""

RETURN = r"""
actions:
  description: The actions that were done, or would be, in their order. C(outcome) is V(done), V(would be done), or why
    it failed. Each is in the host's log too.
  returned: always
  type: list
  elements: dict
  sample:
    - {"do": "disable queueing", "device": "mpatha", "outcome": "done"}
    - {"do": "flush", "device": "mpatha", "outcome": "done"}
    - {"do": "delete", "device": "sdb (3:0:0:7)", "outcome": "done"}
  contains:
    # fields of _judge.shapes.Action, made by tests/bootstrap/schemas.py
    do:
      description: What is done, such as C(flush).
      type: str
      returned: always
    device:
      description: To which device.
      type: str
      returned: always
    outcome:
      description: C(done), C(would be done), or why it failed or was left out.
      type: str
      returned: always
    # end of the fields
refused:
  description: >-
    Why nothing was done: V(ended) (the caller is gone), V(quarantined), V(locked), V(evidence) (something could not
    be read), V(rebooted), V(identity), V(daemon), V(suspended), V(wire), V(owner) (a guest of Proxmox VE has it, or
    that is not known), V(in_use) or V(living_map), each with the reason. Empty if no guard refused.
  returned: always
  type: list
  elements: dict
  sample: [{"code": "in_use", "why": "the map is in use: mount: /srv/db (xfs, rw)"}]
  contains:
    # fields of _judge.shapes.Refusal, made by tests/bootstrap/schemas.py
    code:
      description: The guard that refused, such as C(in_use).
      type: str
      returned: always
    why:
      description: The reason, a sentence.
      type: str
      returned: always
    # end of the fields
evidence:
  description: The facts that the guards were asked about, as M(sanops.multipath.stale_mpath_facts) returns them; null
    if nothing was read.
  returned: always
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.sanops.multipath.plugins.module_utils._removal import sequence as removal_sequence


def main():
    module = AnsibleModule(
        argument_spec={
            "wwid": {"type": "str", "required": True},
            "expect": {
                "type": "dict",
                "default": {},
                "options": {
                    "boot_id": {"type": "str"},
                    "dev_t": {"type": "str"},
                    "paths": {"type": "list", "elements": "str"},
                    "wire": {"type": "str", "choices": ["absent", "other", "unreachable"], "default": "absent"},
                },
                "apply_defaults": True,
            },
            "timeout": {"type": "float", "default": 120},
        },
        supports_check_mode=True,
    )
    wwid, expect = (module.params[name] for name in ("wwid", "expect"))
    removal_sequence.leave(module, f"the map {wwid}", lambda context: removal_sequence.of_map(context, wwid, expect))


if __name__ == "__main__":
    main()
