# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Part of `make lint`: install the artifact into an empty folder, as a user does, and audit with what is there alone.

Nothing is fetched: netapp.ontap is the one of the package `ansible`. The audited host is a script that answers.
"""

import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

import artifact
from support import fleets

PLAYBOOKS = sorted(f"sanops.multipath.{path.stem}" for path in (artifact.ROOT / "playbooks").glob("*.yml"))
# What a run of the audit writes: a file of the artifact that is no Python is needed for the page.
WRITTEN = ("fleet.json", "fleet.html", "plan.json")


def environment(folder):
    """Return the variables of a user with an empty home, who knows nothing of the working tree."""
    ours = ("ANSIBLE_", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    collections = str(folder / "collections")
    return {**kept, "HOME": str(folder), "ANSIBLE_COLLECTIONS_PATH": collections, "ANSIBLE_NOCOLOR": "1"}


def inventory(folder):
    """Return an inventory with a host whose Python prints the result of an audit of a healthy host."""
    answer = folder / "python_of_node1"
    answer.write_text(f"#!/bin/sh\nprintf %s {shlex.quote(json.dumps(fleets.configured_host()))}\n")
    answer.chmod(0o755)
    variables = {"ansible_connection": "local", "ansible_python_interpreter": str(answer), "audit_become": False}
    path = folder / "inventory.json"
    path.write_text(json.dumps({"all": {"hosts": {"node1": variables}}}))
    return path


def tried(archive, folder):
    """Install `archive` below the empty `folder` and use it; return why that fails, or None."""
    report = folder / "report"
    hosts = ["-i", str(inventory(folder))]
    for command in (
        ["ansible-galaxy", "collection", "install", "--offline", "-p", str(folder / "collections"), str(archive)],
        ["ansible-galaxy", "collection", "verify", "--offline", "sanops.multipath"],
        ["ansible-playbook", *hosts, "--syntax-check", *PLAYBOOKS],
        ["ansible-playbook", *hosts, "sanops.multipath.audit", "-e", f"audit_report_dir={report}"],
    ):
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            return f"{done.stdout}\n{shlex.join(command)}: exit code {done.returncode}"
    missing = [name for name in WRITTEN if not (report / name).is_file()]
    return f"the audit has not written {', '.join(missing)}" if missing else None


def main():
    archive = artifact.newest()
    with tempfile.TemporaryDirectory() as folder:
        problem = tried(archive, pathlib.Path(folder))
    if problem:
        sys.exit(f"{problem}\n{archive.name} cannot be used once it is installed.")
    print(f"{archive.name}: installed into an empty folder, verified, {len(PLAYBOOKS)} playbooks read, one audit made")


if __name__ == "__main__":
    main()
