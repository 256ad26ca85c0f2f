#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: iscsi_relogin
short_description: Log one iSCSI session out and in again, if each of its disks has another path meanwhile
version_added: 0.1.0
description:
  - A live session keeps the settings that its record had when it was logged in. This module logs it out and in again,
    scans for each disk that it had, and waits until these answer as themselves and are healthy paths of their maps.
  - Before that, it reads the kernel, the wire, multipathd and the users of these disks again. It refuses if a disk is
    not what the kernel believes, if a map would lose its last healthy path, if a disk in no map is in use, or if the
    host boots from the session.
  - If the session is known to have been logged in under C(node.session.scan = manual), nothing changes.
  - If this module is killed after the logout, a child of it logs in and scans. If the session does not come back, the
    module fails, and RV(actions) says how far it came; then leave all further sessions alone.
options:
  sid:
    description: Number of the session, from RV(sanops.multipath.iscsid_conf#module:sessions).
    type: int
    required: true
  expect:
    description: What was seen. The module refuses if the session differs now.
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
    description: Seconds for the whole call. At most two fifths of them are for the guards' evidence.
    type: float
    default: 120
extends_documentation_fragment:
  - sanops.multipath.attributes.host
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    details: Every guard is asked. RV(actions) says what would be done.
  diff_mode:
    support: none
requirements:
  - Root, open-iscsi, multipath-tools, and the C(sg) driver in the kernel.
seealso:
  - module: sanops.multipath.iscsid_conf
"""

EXAMPLES = r"""
- name: Log a session out and in again
  sanops.multipath.iscsi_relogin:
    sid: 3
    expect:
      target: iqn.1992-08.com.netapp:sn.svm1:vs.1
      portal: "10.10.1.10:3260"
  become: true
"""

RETURN = r"""
actions:
  description: What was done, or would be, as M(sanops.multipath.mpath_flush) returns it.
  returned: always
  type: list
  elements: dict
  sample:
    - {"do": "log out", "device": "session 3 to iqn.1992-08.com.netapp:sn.svm1:vs.1 at
      10.10.1.10:3260", "outcome": "done"}
    - {"do": "log in", "device": "session 3 to iqn.1992-08.com.netapp:sn.svm1:vs.1 at
      10.10.1.10:3260", "outcome": "done"}
    - {"do": "scan", "device": "LUN 5", "outcome": "done"}
    - {"do": "wait for the disks", "device": "LUN 5", "outcome": "done"}
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
    Why nothing was done: the codes of M(sanops.multipath.mpath_flush), and V(boot) (the host boots from it) or
    V(record) (it has no record of its own that says manual), each with the reason. Empty if no guard refused.
  returned: always
  type: list
  elements: dict
  sample: [{"code": "living_map", "why": "no other path of the map 3600a0980383045372f5d4c5a70315474 is healthy: it
    would lose its last path"}]
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
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import relogin
from ansible_collections.sanops.multipath.plugins.module_utils._removal import sequence as removal_sequence


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
    removal_sequence.leave(
        module, f"session {sid}", lambda context: relogin.relogin(context, sid, expect), "could not be logged in again"
    )


if __name__ == "__main__":
    main()
