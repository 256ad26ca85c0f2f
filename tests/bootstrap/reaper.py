# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command, and end all its descendants when it ends, and when the process that started this one ends.

    python -I reaper.py PARENT COMMAND...      PARENT is the process id of the caller

The kernel sends this process SIGTERM when the caller dies, also by SIGKILL (PR_SET_PDEATHSIG), and makes it the parent
of every orphan below it (PR_SET_CHILD_SUBREAPER): also of those in a session of their own, which no signal to the
process group reaches, as Ansible's workers and a lab's keeper are. The exit code is the command's, 128 plus the number
if a signal ended it.
"""

import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import time

SECONDS_BETWEEN_LOOKS = 0.05
SECONDS_AFTER_SIGTERM = 5
SECONDS_AFTER_SIGKILL = 5
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def main(parent, command):
    """Run `command`; return its exit code."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    end_with_parent()
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    if os.getppid() != parent:  # it died before the kernel knew
        return 128 + signal.SIGTERM
    try:
        child = subprocess.Popen(command)
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == child.pid:
                child.returncode = code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
            if not pid:
                # Not os.wait(): a signal that comes right before it would be handled only when it returns.
                time.sleep(SECONDS_BETWEEN_LOOKS)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        _end(signal.SIGTERM, SECONDS_AFTER_SIGTERM) or _end(signal.SIGKILL, SECONDS_AFTER_SIGKILL)


def end_with_parent():
    """Have the kernel send this process SIGTERM when the process that started it dies, also by SIGKILL."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def descendants(ancestor, parents):
    """Return the process ids below `ancestor`; `parents` maps a process id to its parent's."""
    found, level = set(), {ancestor}
    while level:
        level = {pid for pid, parent in parents.items() if parent in level} - found
        found |= level
    return found


def _end(number, seconds):
    """Send the signal to all processes below this one; return whether all ended within the time."""
    deadline, signalled = time.monotonic() + seconds, set()
    while True:
        _reap()
        alive = descendants(os.getpid(), _parents())
        if not alive:
            return True
        if time.monotonic() > deadline:
            return False
        for pid in alive - signalled:
            try:
                os.kill(pid, number)
            except OSError:
                pass
        signalled |= alive
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _parents():
    """Return the parent of each process of the machine; zombies, which nothing can end any more, are left out."""
    parents = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text(errors="replace").rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parents[int(path.parent.name)] = int(parent)
    return parents


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
