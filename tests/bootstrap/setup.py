# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make setup`: everything that the other targets need; in a second when nothing is missing.

Runs on the system's own Python before anything is installed: standard library only.
"""

import fcntl
import pathlib

import apt
import virtualenv

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"


def main():
    BUILD.mkdir(exist_ok=True)
    for folder in ("home", "cache"):
        (BUILD / folder).mkdir(exist_ok=True)
    with (BUILD / "setup.lock").open("w") as lock:
        # Two makes at once: the second waits and then finds everything done.
        fcntl.flock(lock, fcntl.LOCK_EX)
        apt.install_missing(ROOT, BUILD)
        virtualenv.ensure(BUILD, ROOT / "requirements.txt")
        link_collection()


def link_collection():
    """Let Ansible find the working tree as sanops.multipath."""
    link = BUILD / "collections/ansible_collections/sanops/multipath"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to("../../../..")


if __name__ == "__main__":
    main()
