#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: multipath_conf
short_description: Bring the effective settings of multipath-tools to a policy
version_added: 0.1.0
description:
  - Brings the settings that are in effect for every map to O(policy), whatever the array, and whatever multipath-tools
    have built in for it.
  - Writes one file of its own, C(zz-sanops-multipath.conf) in the folder of drop-ins (C(/etc/multipath/conf.d)). Where
    a line of another file would win over it (an entry for one map, a section C(overrides) that is read later, one for a
    protocol), that line gets the policy's value. Nothing else of that file changes.
  - Before a file is replaced, the host's own C(multipath -t) reads all files as they would be, in a mount namespace of
    its own. If it complains of anything new, or reads them in another way than this collection does, nothing is
    written.
  - "Changes nothing where a file of multipath has a comment line with C(sanops.multipath: leave alone)."
  - A changed file has no effect until the daemon is restarted; see M(sanops.multipath.multipathd_restart).
options:
  policy:
    description:
      - The name of a preset (V(default), V(kubernetes), V(proxmox), V(ontap_host_utilities)), or a dictionary of
        settings that differ from the preset C(default), or from the one that its key C(preset) names. A setting that is
        null is left as it is.
      - The settings are C(no_path_retry), C(dev_loss_tmo), C(fast_io_fail_tmo), C(flush_on_last_del),
        C(find_multipaths) and C(recheck_wwid).
    type: raw
    default: default
  timeout:
    description: Seconds that the host's multipath-tools have to answer, all questions together.
    type: float
    default: 30
extends_documentation_fragment:
  - sanops.multipath.attributes.host
  - ansible.builtin.action_common_attributes
requirements:
  - Root, and multipath-tools from 0.8.4 on.
seealso:
  - module: sanops.multipath.multipathd_restart
"""

EXAMPLES = r"""
- name: Let nothing queue indefinitely
  sanops.multipath.multipath_conf:
  become: true
  notify: Restart multipathd

- name: Let I/O fail after a minute instead (12 checks of 5 seconds)
  sanops.multipath.multipath_conf:
    policy:
      preset: kubernetes
      no_path_retry: 12
  become: true
  notify: Restart multipathd
"""

RETURN = r"""
files:
  description: The files that were changed, or would be.
  returned: always
  type: list
  elements: str
  sample: ["/etc/multipath/conf.d/zz-sanops-multipath.conf"]
backups:
  description: Where the former contents are. C(backup) is null for a file that was not there.
  returned: always
  type: list
  elements: dict
  sample: [{"path": "/etc/multipath.conf", "backup": "/etc/multipath.conf.4711.2026-11-21@02:00:00~"}]
not_in_effect:
  description: What was not as the policy has it, and where it came from.
  returned: always
  type: list
  elements: str
  sample: ["no_path_retry is queue, by /etc/multipath.conf:12 (multipath 3600a0980383036347224503765354e72)"]
restart:
  description: Whether multipathd has to be restarted for the files to take effect. False if it does not run.
  returned: always
  type: bool
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.sanops.multipath.plugins.module_utils._core import policy as core_policy
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import apply as multipath_apply
from ansible_collections.sanops.multipath.plugins.module_utils._system import host_root, signals
from ansible_collections.sanops.multipath.plugins.module_utils._system import tree as host_tree


def main():
    module = AnsibleModule(
        argument_spec={"policy": {"type": "raw", "default": "default"}, "timeout": {"type": "float", "default": 30}},
        supports_check_mode=True,
    )
    deadline = time.monotonic() + module.params["timeout"]
    backups = []
    with host_root.entered(module):
        try:
            policy = core_policy.resolve(module.params["policy"])
            plan = multipath_apply.plan(host_tree.Tree("/"), policy, deadline)
            if plan["after"] and not module.check_mode:
                with signals.undisturbed():
                    backups = multipath_apply.apply(plan, module.atomic_move)
        except ValueError as exc:
            module.fail_json(msg=str(exc))
        except multipath_apply.Refused as exc:
            module.fail_json(msg=f"the configuration of multipath was left as it is: {exc}")
    module.exit_json(
        changed=bool(plan["after"]),
        files=sorted(plan["after"]),
        backups=backups,
        not_in_effect=plan["not_in_effect"],
        restart=bool(plan["pending"]),
        diff=[
            {
                "before": plan["before"][path] or "",
                "after": plan["after"][path],
                "before_header": path,
                "after_header": path,
            }
            for path in sorted(plan["after"])
        ],
    )


if __name__ == "__main__":
    main()
