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
  description: One for each removal, in their order.
  returned: always
  type: list
  elements: dict
  contains:
    # fields of _judge.shapes.Result, made by tests/bootstrap/schemas.py
    kind:
      description: >-
        What was to be removed: a map, a disk in no map, a path of a map, or an iSCSI session. One of V(map), V(disk),
        V(path), V(session).
      type: str
      returned: always
    name:
      description: Its name.
      type: str
      returned: always
    wwid:
      description: Its WWID. V(none) for a session.
      type: str
      returned: always
    changed:
      description: Whether anything was removed, or would be.
      type: bool
      returned: always
    actions:
      description: The actions that were done, or would be, in their order.
      type: list
      elements: dict
      returned: always
      contains:
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
    refused:
      description: Why nothing was done. Empty if no guard refused.
      type: list
      elements: dict
      returned: always
      contains:
        code:
          description: The guard that refused, such as C(in_use).
          type: str
          returned: always
        why:
          description: The reason, a sentence.
          type: str
          returned: always
    failed_because:
      description: The reason of a failure, or V(none).
      type: str
      returned: always
    # end of the fields
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.sanops.multipath.plugins.module_utils._removal import sequence as removal_sequence
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
    context, results, begin, within = removal_sequence.context(module), [], time.monotonic(), module.params["within"]
    with host_root.entered(module), signals.undisturbed():
        for removal in module.params["removals"]:
            if within is not None and time.monotonic() - begin > within:
                result = removal_sequence.refused("late", "what the arrays said is too old by now: run it again")
            else:
                try:
                    result = removal_sequence.of_plan(context, removal, module.params["rescan"])
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
