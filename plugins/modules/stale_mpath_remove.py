#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: stale_mpath_remove
short_description: Carry out the removals of a plan on one host, one at a time, each under every guard
version_added: 0.1.0
description:
  - Does for each removal what M(sanops.multipath.mpath_flush) or M(sanops.multipath.scsi_delete) would do, in one call.
    Every guard is asked right before its device is removed.
  - A removal that is refused or fails is in the result, with the reason, and does not fail the module. After a delete
    that hangs, all further removals are refused.
options:
  removals:
    description: What to remove on this host, as M(sanops.multipath.removal_decision) returns it, or a part of it.
    type: list
    elements: dict
    required: true
  within:
    description: The number of seconds after the start of the call from which on no removal is begun. Such a removal is
      refused as V(late) (see RV(results)). Without it, there is no such limit.
    type: float
  rescan:
    description:
      - Scan, after the delete, for the LUN at the address of a single disk or path, or of a map at whose address
        another LUN answers. On iSCSI hosts only.
    type: bool
    default: false
  timeout:
    description: Seconds for each removal.
    type: float
    default: 120
extends_documentation_fragment:
  - sanops.multipath.attributes.host
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    details: >-
      Every guard is asked, the wire too, except the exclusive opening of the device itself, since that may wait. The
      results say what would be done.
requirements:
  - Root, multipath-tools, and the C(sg) driver in the kernel.
seealso:
  - module: sanops.multipath.mpath_flush
  - module: sanops.multipath.scsi_delete
"""

EXAMPLES = r"""
- name: Carry out the plan
  sanops.multipath.stale_mpath_remove:
    removals: "{{ plan.removals | selectattr('host', 'eq', inventory_hostname) }}"
  become: true
"""

RETURN = r"""
results:
  description: >-
    One for each removal, in their order, with RV(ignore:name), RV(ignore:wwid) and RV(ignore:kind) of it, and
    RV(ignore:changed), RV(ignore:actions) and RV(ignore:refused) as M(sanops.multipath.mpath_flush) returns them;
    RV(ignore:failed_because) is the reason of a failure, or null.
  returned: always
  type: list
  elements: dict
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.sanops.multipath.plugins.module_utils._removal import run as run_removal
from ansible_collections.sanops.multipath.plugins.module_utils._system import host_root, signals


def main():
    module = AnsibleModule(
        argument_spec={
            "removals": {"type": "list", "elements": "dict", "required": True},
            "within": {"type": "float"},
            "rescan": {"type": "bool", "default": False},
            "timeout": {"type": "float", "default": 120},
        },
        supports_check_mode=True,
    )
    context, results, begin, within = run_removal.context(module), [], time.monotonic(), module.params["within"]
    with host_root.entered(module), signals.undisturbed():
        for removal in module.params["removals"]:
            if within is not None and time.monotonic() - begin > within:
                result = run_removal.refused("late", "what the arrays said is too old by now: run it again")
            else:
                try:
                    result = run_removal.of_plan(context, removal, module.params["rescan"])
                except (KeyError, TypeError, IndexError) as exc:
                    module.fail_json(
                        msg=(
                            f"removals: {removal!r} is no removal of a plan ({type(exc).__name__}: {exc}); "
                            "nothing more was done"
                        ),
                        results=results,
                    )
            del result["evidence"]
            results.append(
                dict(
                    result,
                    failed_because=result.pop("failed"),
                    **{key: removal[key] for key in ("name", "wwid", "kind")},
                )
            )
    lines = [
        (
            " ".join(result[key] for key in ("kind", "name", "wwid") if result[key]),
            result["changed"] and not result["failed_because"],
        )
        for result in results
    ]
    module.exit_json(
        changed=any(result["changed"] for result in results),
        results=results,
        diff={
            "before": "".join(line + "\n" for line, dummy in lines),
            "after": "".join(line + "\n" for line, gone in lines if not gone),
        },
    )


if __name__ == "__main__":
    main()
