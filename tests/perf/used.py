# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command and all processes below it use: time, CPU, memory."""

import os
import subprocess
import time
from pathlib import Path

MIB = 2**20
_PAUSE = 0.05  # seconds between two looks whether it has ended
_SHARE = 0.02  # of the time that may go into looking at memory


def compiled(folder):
    """Environment in which modules stay compiled, in a folder, as they do with a user; the make of this project
    keeps none.
    """
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder)}


def run(command, output, **options):
    """{'code', 'seconds', 'cpu': seconds of user and system, 'memory': MiB at its peak} of a command, whose output
    goes into a file.

    The memory is that of all its processes together, a page that several share counted once: Ansible's workers share
    most with their parent. It is looked at every now and then (with a share of the CPU that disturbs nothing), so a
    short peak may be missed, but for one of a process that lasts to the next look.
    """
    began = time.monotonic()
    with open(output, "wb") as stream:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, **options
        )
    memory, due = 0, 0.0
    while True:
        pid, status, used = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        if time.monotonic() >= due:
            busy = time.process_time()
            memory = max(memory, *_together(process.pid))
            due = time.monotonic() + max(0.5, (time.process_time() - busy) / _SHARE)
        time.sleep(_PAUSE)
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "code": process.returncode,
        "seconds": time.monotonic() - began,
        "cpu": used.ru_utime + used.ru_stime,
        "memory": memory / MIB,
    }


def peak(pid="self"):
    """Bytes of memory of a process at its peak.

    Not getrusage's: a process that a larger one starts has that one's from the beginning.
    """
    return _bytes(pid, "status", "VmHWM:")


def _together(root):
    """(bytes of memory of a process and all below it, the highest peak of one of them)."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int(
                    (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1]
                )
            except OSError:
                pass  # it has just ended
    mine = [pid for pid in parents if _below(pid, root, parents)]
    return sum(_bytes(pid, "smaps_rollup", "Pss:") for pid in mine), max(map(peak, mine), default=0)


def _below(pid, root, parents):
    while pid and pid != root:
        pid = parents.get(pid, 0)
    return pid == root


def _bytes(pid, file, key):
    """Bytes, from a figure in kB of a file of /proc/PID; 0 of a process that has ended."""
    try:
        for line in Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(key):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # it has just ended
    return 0
