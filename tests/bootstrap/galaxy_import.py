# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Part of `make lint`: what Galaxy does with an artifact that is uploaded to it.

    python tests/bootstrap/galaxy_import.py set-up   # make build/importer, once
    python tests/bootstrap/galaxy_import.py          # import an artifact of the working tree

galaxy-importer has a virtual environment of its own: it needs an older attrs than the other tools.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

import artifact
import progress
import pythons
import virtualenv

BUILD = artifact.ROOT / "build"
VENV, LOGS = BUILD / "importer", BUILD / "log/importer"
PACKAGE = "galaxy-importer==0.4.44"
# What pip says where it cannot ask its index. A version that the index does not have is another error.
UNREACHABLE = re.compile(r"after connection broken by|Could not fetch URL|HTTP error|Cannot connect to proxy")
# The importer lints the collection where it is not installed; docs/awx/project has playbooks that import those in it.
NOT_INSTALLED = re.compile(r"Failed to find sanops\.multipath\.\w+ playbook\.$")
NOT_THERE = f"NOT RUN: {PACKAGE}, which Galaxy imports artifacts with: pip could not reach its index; the log is in "


def set_up():
    """Make the virtual environment; without a connection to the index, say so and leave it out."""
    python = pythons.find(f"3.{sys.version_info.minor}", virtualenv.PROBE)
    try:
        virtualenv.make(VENV, python, [PACKAGE], PACKAGE, LOGS)
    except SystemExit:
        log = LOGS / "pip.log"
        if not (log.exists() and UNREACHABLE.search(log.read_text(errors="replace"))):
            raise
        progress.say(f"{NOT_THERE}{log}")


def imported(archive, folder):
    """Import an artifact; return the exit code and what the importer printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHONPATH"))}
    # It calls ansible-doc and ansible-lint by their names.
    kept.update(PATH=os.pathsep.join([str(VENV / "bin"), os.environ["PATH"]]), HOME=str(folder))
    command = [str(VENV / "bin/python"), "-m", "galaxy_importer.main", str(archive)]
    done = subprocess.run(
        command, cwd=folder, env=kept, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return done.returncode, done.stdout


def problems(output):
    """Return the lines of the importer that name something wrong."""
    found = [line for line in output.splitlines() if re.match(r"(WARNING|ERROR|CRITICAL): ", line)]
    return [line for line in found if not NOT_INSTALLED.search(line)]


def main():
    if not (VENV / "made-of").exists():
        print(f"{NOT_THERE}{LOGS / 'pip.log'}")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        # Its own: another part of the lint may be building one.
        archive = artifact.build(artifact.ROOT, folder)
        code, output = imported(archive, folder)
    print(output)
    found = problems(output)
    if code or found:
        sys.exit("\n".join([*found, f"Galaxy would not import {archive.name} as it is (exit code {code})."]))
    print(f"{archive.name}: Galaxy imports it")


if __name__ == "__main__":
    set_up() if sys.argv[1:] == ["set-up"] else main()
