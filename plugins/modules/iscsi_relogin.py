#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: iscsi_relogin
short_description: Log one iSCSI session out and in again, if every disk of it has another way meanwhile
version_added: 0.1.0
description:
  - A live session keeps to what its record said when it was begun. This module begins it anew, has the disks that it
    had looked for one by one, and waits until they answer as themselves and are healthy paths of their maps again.
  - Before anything is touched, the kernel, the wire, multipathd and all who may use its disks are asked again. A
    session whose disks are not all what the kernel takes them for, a map that would lose its last healthy path, a disk
    in no map that somebody uses, and a session to boot from are refused.
  - A session that is known to have been begun under C(node.session.scan = manual) is no change.
  - Should this module be killed after the logout, a child of it logs in and scans in its place. Where the session does
    not come back, the module fails, and RV(actions) tells how far it came; then no further session should be touched.
options:
  sid:
    description: Number of the session, from RV(sanops.multipath.iscsid_conf#module:sessions).
    type: int
    required: true
  expect:
    description: What was seen. Where the session is no longer that, the module refuses.
    type: dict
    required: true
    suboptions:
      target:
        description: Its target.
        type: str
        required: true
      portal:
        description: Its portal, C(address:port).
        type: str
        required: true
      boot_id:
        description: The host's boot, from RV(sanops.multipath.stale_mpath_facts#module:ansible_facts.stale_mpath.host).
        type: str
  timeout:
    description: Seconds for all of it. At most two fifths of them go into looking.
    type: float
    default: 120
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
    details: Every guard is asked. RV(actions) tells what would be done.
  diff_mode:
    support: none
  platform:
    platforms: linux
requirements:
  - Root, open-iscsi, multipath-tools, and the C(sg) driver in the kernel.
seealso:
  - module: sanops.multipath.iscsid_conf
author:
  - The sanops.multipath authors (@sanops)
"""

EXAMPLES = r"""
- name: Log a session in anew
  sanops.multipath.iscsi_relogin:
    sid: 3
    expect:
      target: iqn.1992-08.com.netapp:sn.svm1:vs.1
      portal: "10.10.1.10:3260"
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
    - {"do": "log out", "device": "session 3 to iqn.1992-08.com.netapp:sn.svm1:vs.1 at
      10.10.1.10:3260", "outcome": "done"}
    - {"do": "log in", "device": "session 3 to iqn.1992-08.com.netapp:sn.svm1:vs.1 at
      10.10.1.10:3260", "outcome": "done"}
    - {"do": "scan", "device": "LUN 5", "outcome": "done"}
    - {"do": "see them back", "device": "LUN 5", "outcome": "done"}
refused:
  description: >-
    Why nothing was done: the codes of M(sanops.multipath.scsi_delete), and V(boot) (the host boots from it) or
    V(record) (it has no record of its own that says manual), each with the reason. Empty where every guard agreed.
  returned: always
  type: list
  elements: dict
  sample: [{"code": "living_map", "why": "no other path of the map 3600a0980383045372f5d4c5a70315474 is healthy: it
    would lose its last way"}]
evidence:
  description: What the guards were asked about, as M(sanops.multipath.stale_mpath_facts) gives it; null where nothing
    was looked at.
  returned: always
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import relogin
from ansible_collections.sanops.multipath.plugins.module_utils._removal import run as run_removal


def main():
    module = AnsibleModule(
        argument_spec={
            "sid": {"type": "int", "required": True},
            "expect": {
                "type": "dict",
                "required": True,
                "options": {
                    "target": {"type": "str", "required": True},
                    "portal": {"type": "str", "required": True},
                    "boot_id": {"type": "str"},
                },
            },
            "timeout": {"type": "float", "default": 120},
        },
        supports_check_mode=True,
    )
    sid, expect = module.params["sid"], module.params["expect"]
    run_removal.leave(
        module, f"session {sid}", lambda context: relogin.relogin(context, sid, expect), "could not be logged in anew"
    )


if __name__ == "__main__":
    main()
