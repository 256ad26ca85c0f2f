#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: multipathd_restart
short_description: Restart multipathd if that is safe, and check that it came up well
version_added: 0.1.0
description:
  - Restarts multipathd, so that it reads its files. Refuses while a map has an outage (none of its paths can be
    reached), and while a map that is in use, or whose use is not known, has no path that answers as itself, since I/O
    that waits for a path fails when the daemon stops. Refuses also while a map is suspended, while a removal runs, and
    if something of the host could not be read.
  - Then waits until the daemon runs what the files say, and has every map with all its paths, each with the queueing
    that the files ask for. If it does not come up, RV(sanops.multipath.multipath_conf#module:backups) are put back, and
    it is restarted.
  - Does nothing if the daemon runs what the files say.
options:
  backups:
    description: What to put back if the daemon does not come up, as M(sanops.multipath.multipath_conf) returned it.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: A file that was changed.
        type: path
        required: true
      backup:
        description: Where its former content is; null where it was not there.
        type: path
  assume_pending:
    description: Assume that the daemon does not run what the files say. For check mode, in which
      M(sanops.multipath.multipath_conf) wrote no file.
    type: bool
    default: false
  timeout:
    description: Seconds for the daemon to come up. Reading the host before takes up to as long again.
    type: float
    default: 60
extends_documentation_fragment:
  - sanops.multipath.attributes.host
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    details: Every guard is asked.
requirements:
  - Root, multipath-tools from 0.8.4 on, systemd, and the C(sg) driver in the kernel.
seealso:
  - module: sanops.multipath.multipath_conf
"""

EXAMPLES = r"""
- name: Restart multipathd
  sanops.multipath.multipathd_restart:
    backups: "{{ the_result_of_multipath_conf.backups }}"
  become: true
"""

RETURN = r"""
pending:
  description: What the daemon ran that was not what the files say.
  returned: always
  type: list
  elements: dict
  sample: [{"what": "overrides: no_path_retry", "files": "30", "running": null}]
restored:
  description: Whether the backups were put back, since the daemon did not come up with the new files.
  returned: always
  type: bool
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import restart as multipathd_restart
from ansible_collections.sanops.multipath.plugins.module_utils._removal import quarantine
from ansible_collections.sanops.multipath.plugins.module_utils._system import atomic_files, host_root, signals
from ansible_collections.sanops.multipath.plugins.module_utils._system import tree as host_tree


def main():
    module = AnsibleModule(
        argument_spec={
            "backups": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {"path": {"type": "path", "required": True}, "backup": {"type": "path"}},
            },
            "assume_pending": {"type": "bool", "default": False},
            "timeout": {"type": "float", "default": 60},
        },
        supports_check_mode=True,
    )
    tree, timeout = host_tree.Tree("/"), module.params["timeout"]
    with host_root.entered(module):
        lock = quarantine.lock(module.check_mode)
        if lock is None:
            module.fail_json(
                msg="multipathd was not restarted: a removal is at work on this node", pending=[], restored=False
            )
        with lock:
            facts = multipathd_restart.collect(tree, timeout)
            pending = (facts["multipath_conf"] or {}).get("pending")
            result = {"pending": pending or [], "restored": False}
            if pending == [] and not module.params["assume_pending"]:
                module.exit_json(changed=False, **result)
            refused = multipathd_restart.refusals(facts)
            if refused:
                module.fail_json(msg=f"multipathd was not restarted: {'; '.join(refused)}", **result)
            if not module.check_mode:
                # A connection that breaks must not leave a daemon that nobody saw come up.
                with signals.undisturbed():
                    failed = _restart(module, tree, facts, timeout)
                    if failed and module.params["backups"]:
                        result["restored"], said = _put_back(module, tree, facts, timeout)
                        failed += ". " + said
                if failed:
                    module.fail_json(msg=f"multipathd did not come up well: {failed}", **result)
            module.exit_json(changed=True, **result)


def _put_back(module, tree, facts, timeout):
    """Return (whether the former files are in their places, what came of it in words)."""
    try:
        atomic_files.put_back(module.params["backups"], module.atomic_move)
    except atomic_files.NotReplaced as exc:
        return False, str(exc)
    again = _restart(module, tree, facts, timeout)
    return True, "The former files were put back%s" % (", but: " + again if again else ", and it runs with them again")


def _restart(module, tree, facts, timeout):
    """Restart the daemon. Returns None, or why it did not come up well."""
    deadline = time.monotonic() + timeout
    why = multipathd_restart.restart(deadline) or multipathd_restart.wait(tree, facts, deadline)
    module.log(f"restart multipathd: {why or 'done'}")
    return why


if __name__ == "__main__":
    main()
