# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run playbooks as a person or AWX does, on local hosts whose answers a test provides, without a SAN device.

A host's "Python" is a script that prints the result of its module. All but the host is real: the roles, the action
plugins, the filters, the strategy.
"""

import json
import os
import pathlib
import shlex

from ansible_collections.sanops.multipath.plugins.plugin_utils._report import archive
from support import preloaded_ansible

COLLECTIONS = pathlib.Path(__file__).parents[2] / "build" / "collections"


class Plays:
    """Runs of playbooks in a folder, which has the inventory, the homes and the reports.

    hosts: {name: the registered result of its module, or None: the host is unreachable}.
    """

    def __init__(self, folder, hosts):
        self.folder, self.hosts, self.output = folder, hosts, ""
        for name, result in hosts.items():
            if result is not None:
                script = folder / (f"python_of_{name}")
                script.write_text(f"#!/bin/sh\nprintf %s {shlex.quote(json.dumps(result))}\n")
                script.chmod(0o755)

    def inventory(self, names, **variables):
        """Return a file with these hosts, as a slice of AWX sees them."""
        path = self.folder / (f"inventory_{'_'.join(names)[:60]}.json")
        hosts = {name: self._variables(name) for name in names}
        path.write_text(json.dumps({"all": {"hosts": hosts, "vars": {"audit_become": False, **variables}}}))
        return path

    def _variables(self, name):
        if self.hosts[name] is None:
            return {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
        return {"ansible_connection": "local", "ansible_python_interpreter": str(self.folder / (f"python_of_{name}"))}

    def run(self, playbook, names=None, report="report", arguments=(), inventory=None, **variables):
        """Run a playbook by its name; return its exit code.

        names: of the hosts. report: folder of the report below the test's own.
        """
        inventory = inventory or self.inventory(list(self.hosts) if names is None else names)
        folder = str(self.folder / report)
        variables = {"audit_report_dir": folder, "report_dir": folder, "stale_devices_report_dir": folder, **variables}
        extra = self.folder / "extra.json"
        extra.write_text(json.dumps(variables))
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        home = str(self.folder / "home")
        mine = {
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_HOME": home,
            "HOME": home,
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_NOCOWS": "1",
            "ANSIBLE_SHOW_CUSTOM_STATS": "1",
            "ANSIBLE_SSH_RETRIES": "0",
        }
        words = [playbook, "-i", inventory, "--forks", "5", "-e", f"@{extra}", *arguments]
        code, self.output = preloaded_ansible.playbook(words, self.folder, {**kept, **mine})
        return code

    def fleet(self, report="report"):
        return archive.read(self.folder / report / "fleet.json")

    def artifacts(self):
        """Return what set_stats passed on in the last run."""
        text = self.output.partition("RUN: ")[2]
        return json.loads(text[text.index("{") : text.rindex("}") + 1]) if text else {}
