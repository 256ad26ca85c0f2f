# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make setup`: install what the other targets need; a second when nothing is missing.

Runs on the system's own Python before anything is installed: standard library only.
"""

import fcntl
import pathlib
import signal
import sys

import apt
import progress
import virtualenv

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"


def main():
    # However it is stopped, the command that it is running ends with it (progress.run).
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(
            number, lambda *dummy: sys.exit("Stopped. Run the same make command again: it repeats this step.")
        )
    BUILD.mkdir(exist_ok=True)
    for folder in ("home", "cache"):
        (BUILD / folder).mkdir(exist_ok=True)
    with (BUILD / "setup.lock").open("w") as lock:
        wait_for(lock)
        apt.install_missing(ROOT, BUILD)
        virtualenv.ensure(BUILD, ROOT / "requirements.txt")
        link_collection()


def wait_for(lock):
    """Wait until another make, if there is one, has finished its set-up: nothing is left to do then."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        progress.say("Another make is running the set-up; waiting for it ...")
        fcntl.flock(lock, fcntl.LOCK_EX)


def link_collection():
    """Let Ansible find the working tree as sanops.multipath."""
    link = BUILD / "collections/ansible_collections/sanops/multipath"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to("../../../..")


if __name__ == "__main__":
    main()
