#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: scsi_delete
short_description: Delete one SCSI disk that the target no longer has, unless a guard refuses
version_added: 0.1.0
description:
  - Deletes the disk at one address H:C:T:L and waits until it has left sysfs, C(/dev) and multipathd. If the disk is
    gone already, nothing changes.
  - With the last disk of an identity that has no map, it removes the WWID from multipath's C(wwids) file, as
    M(sanops.multipath.mpath_flush) does.
  - Before that, it reads the kernel, the wire and the users of this disk again. It refuses, with the reasons, if
    anything is not known, not as expected, or in use. A disk of a guest of Proxmox VE on this node is in use, running
    or not.
  - A path of a map that exists is refused, unless O(living_map=true) and the map keeps another path that answers as
    itself.
  - The write that deletes runs in a child with a deadline. One that hangs is left behind and quarantines the node, see
    RV(refused); it is never retried.
  - This module does not ask the array. The caller must, as the role P(sanops.multipath.stale_devices#role) does.
options:
  hctl:
    description: The disk's address, C(host:channel:target:lun).
    type: str
    required: true
  expect:
    description: What was seen when the removal was decided. The module refuses if the disk differs now.
    type: dict
    required: true
    suboptions:
      wwid:
        description: The identity that the kernel holds for it.
        type: str
        required: true
      boot_id:
        description: The host's boot, from RV(ansible_facts.stale_mpath.host#module:sanops.multipath.stale_mpath_facts).
        type: str
      sd:
        description: Its kernel name, such as C(sdb).
        type: str
      target:
        description: The iSCSI target or FC port behind it. The number of a SCSI host changes with each session.
        type: str
      wire:
        description: >-
          The answer on the wire that is still expected. V(absent) is no such logical unit, V(other) another LUN.
          V(unreachable) is no answer, which proves nothing; use it only for a decommissioned target.
        type: str
        choices: [absent, other, unreachable]
        default: absent
  living_map:
    description: Also remove a path from a map that stays, if the map keeps another path that answers as itself.
    type: bool
    default: false
  rescan:
    description: Scan for the LUN at that address after the delete. On iSCSI hosts only.
    type: bool
    default: false
  timeout:
    description: Seconds for the whole call. At most two fifths of them are for the guards' evidence.
    type: float
    default: 60
extends_documentation_fragment:
  - sanops.multipath.attributes.removal
  - sanops.multipath.attributes.host
  - ansible.builtin.action_common_attributes
seealso:
  - module: sanops.multipath.mpath_flush
  - module: sanops.multipath.stale_mpath_facts
"""

EXAMPLES = r"""
- name: Delete a disk in no map, at whose address the target has no LUN
  sanops.multipath.scsi_delete:
    hctl: "3:0:0:7"
    expect:
      wwid: 3600a0980383045372f5d4c5a70315474
  become: true

- name: Remove the one path at which another LUN answers from its map, and scan for that LUN
  sanops.multipath.scsi_delete:
    hctl: "4:0:0:7"
    expect:
      wwid: 3600a0980383045372f5d4c5a70315474
      wire: other
    living_map: true
    rescan: true
  become: true
"""

RETURN = r"""
actions:
  description: What was done, or would be, as M(sanops.multipath.mpath_flush) returns it.
  returned: always
  type: list
  elements: dict
  sample:
    - {"do": "remove from its map", "device": "sdb", "outcome": "done"}
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
  description: Why nothing was done, as M(sanops.multipath.mpath_flush) returns it.
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
  description: The facts that the guards were asked about, as M(sanops.multipath.mpath_flush) returns them.
  returned: always
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.sanops.multipath.plugins.module_utils._removal import sequence as removal_sequence


def main():
    module = AnsibleModule(
        argument_spec={
            "hctl": {"type": "str", "required": True},
            "expect": {
                "type": "dict",
                "required": True,
                "options": {
                    "wwid": {"type": "str", "required": True},
                    "boot_id": {"type": "str"},
                    "sd": {"type": "str"},
                    "target": {"type": "str"},
                    "wire": {"type": "str", "choices": ["absent", "other", "unreachable"], "default": "absent"},
                },
            },
            "living_map": {"type": "bool", "default": False},
            "rescan": {"type": "bool", "default": False},
            "timeout": {"type": "float", "default": 60},
        },
        supports_check_mode=True,
    )
    hctl, expect, living_map, rescan = (module.params[name] for name in ("hctl", "expect", "living_map", "rescan"))
    removal_sequence.leave(
        module,
        f"the disk at {hctl}",
        lambda context: removal_sequence.of_path(context, hctl, expect, living_map, rescan),
    )


if __name__ == "__main__":
    main()
