#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: mpath_flush
short_description: Remove one stale multipath map with its paths, if every guard agrees
version_added: 0.1.0
description:
  - Removes the map, the maps of its partitions, then each of its paths, and takes the WWID out of multipath's C(wwids)
    file. What is gone already is no change.
  - Before anything is touched, the kernel, the wire, multipathd and all who may use the device are asked again, about
    this device alone. Whatever is not known, not as expected, or in use, is a refusal with its reasons. So are a
    partition of it that somebody has open, be it the kernel itself, and what a guest of Proxmox VE on this node has for
    a disk, running or not.
  - Only then is the map's queueing switched off, so that the flush cannot wait for ever. If the map survives, its
    queueing is restored and no path is deleted.
  - Nothing is ever forced and nothing unmounted. Whatever can block in the kernel runs in a child with a deadline.
    A delete that hangs quarantines the node, see RV(refused).
  - This module does not know what the array says. Whoever calls it must, as the role
    P(sanops.multipath.stale_devices#role) does.
options:
  wwid:
    description: The identity of the map, as multipath writes it.
    type: str
    required: true
  expect:
    description: What was seen when the removal was decided. Where the device is no longer that, the module refuses.
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
        description: Its paths by H:C:T:L, all of them.
        type: list
        elements: str
      wire:
        description:
          - What its paths still say on the wire. V(absent), no such logical unit, on every path.
          - V(other), another LUN answers on at least one, and the rest are V(absent).
          - V(unreachable), nobody answers. That proves nothing. Only for a target that is known to be gone for good.
        type: str
        choices: [absent, other, unreachable]
        default: absent
  timeout:
    description: Seconds for all of it. At most two fifths of them go into looking.
    type: float
    default: 120
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
    details: >-
      Every guard is asked, the wire too, but the exclusive opening of the device itself, since that may wait.
      RV(actions) tells what would be done.
  diff_mode:
    support: none
  platform:
    platforms: linux
requirements:
  - Root, multipath-tools, and the C(sg) driver in the kernel.
seealso:
  - module: sanops.multipath.scsi_delete
  - module: sanops.multipath.stale_mpath_facts
author:
  - The sanops.multipath authors (@sanops)
"""

EXAMPLES = r"""
- name: Take away the map that the audit called stale
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
  description: What was done, or would be, in its order. C(outcome) is V(done), V(would be done), or why it failed. Each
    is in the host's log too.
  returned: always
  type: list
  elements: dict
  sample:
    - {"do": "disable queueing", "device": "mpatha", "outcome": "done"}
    - {"do": "flush", "device": "mpatha", "outcome": "done"}
    - {"do": "delete", "device": "sdb (3:0:0:7)", "outcome": "done"}
refused:
  description: >-
    Why nothing was done: V(ended) (whoever asked is gone), V(quarantined), V(locked), V(evidence) (something could not
    be read), V(rebooted), V(identity), V(daemon), V(suspended), V(wire), V(owner) (a guest of Proxmox VE has it, or
    nobody could tell), V(in_use) or V(living_map), each with the reason. Empty where every guard agreed.
  returned: always
  type: list
  elements: dict
  sample: [{"code": "in_use", "why": "the map is in use: mount: /srv/db (xfs, rw)"}]
evidence:
  description: What the guards were asked about, as M(sanops.multipath.stale_mpath_facts) gives it; null where nothing
    was looked at.
  returned: always
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.sanops.multipath.plugins.module_utils._removal import run as run_removal


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
    run_removal.leave(module, f"the map {wwid}", lambda context: run_removal.of_map(context, wwid, expect))


if __name__ == "__main__":
    main()
