# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A role of the collection as a person runs it on one node of the lab."""

import re

from scenarios.playbook_run import play

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
        self.code, self.output = play(
            folder / "role.yml", lab.inventory, "--limit", node, "--diff", *arguments, **variables
        )
        found = re.search(rf"^{node} .*changed=(\d+)", self.output, re.MULTILINE)
        self.changed = int(found.group(1)) if found else None
