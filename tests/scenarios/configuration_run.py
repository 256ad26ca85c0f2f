# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A role of the collection as a person runs it on one node of the lab."""

import json
import os
import re
import subprocess

from scenarios.audit_run import PLAIN

PLAYBOOK = """
- name: One role
  hosts: all
  gather_facts: false
  roles:
    - role: sanops.multipath.{}
"""


class RoleRun:
    """One run of a role: `code`, `output`, `changed` (how many tasks changed something)."""

    def __init__(self, lab, folder, role, node, *arguments, **variables):
        folder.mkdir(exist_ok=True)
        (folder / "role.yml").write_text(PLAYBOOK.format(role), encoding="utf-8")
        command = ["ansible-playbook", folder / "role.yml", "--inventory", lab.inventory, "--limit", node, "--diff", *arguments]
        done = subprocess.run([*command, "--extra-vars", json.dumps(variables)], capture_output=True, text=True, check=False, env={**os.environ, **PLAIN})
        self.code, self.output = done.returncode, done.stdout + done.stderr
        found = re.search(rf"^{node} .*changed=(\d+)", self.output, re.MULTILINE)
        self.changed = int(found.group(1)) if found else None
