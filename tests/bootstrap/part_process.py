# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A part of a test run as a process, and the names of the labs that such processes may use at once."""

import fcntl
import os
import pathlib
import signal
import subprocess
import sys
import time

import part_log
import reaper
import times

REAPER = pathlib.Path(__file__).with_name("reaper.py")
# After the time that the reaper itself gives the processes, it is killed.
SECONDS_TO_END = reaper.SECONDS_AFTER_SIGTERM + reaper.SECONDS_AFTER_SIGKILL + 5


class Slots:
    """Names for labs: test1, test2, ...; a lock on a file in `folder` keeps another test run from the same name."""

    def __init__(self, folder):
        self.folder, self._locks = folder, {}

    def take(self):
        """Lock and return a name that no other part or run uses."""
        number = 1
        while True:
            name = f"test{number}"
            lock = open(self.folder / f"{name}.lock", "wb")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                number += 1
            else:
                self._locks[name] = lock
                return name

    def free(self, name):
        self._locks.pop(name).close()


class Running:
    """A running part; all its processes end with it, and with this process (reaper.py)."""

    def __init__(self, part, folder, lab=None):
        """Start the part in `folder`; `lab` is the name of the lab that it is to use."""
        self.part, self.lab, self.start, self.cpu = part, lab, time.monotonic(), 0.0
        # A result of an earlier run must not count for a part that ends before it writes one.
        part.junit.unlink(missing_ok=True)
        environment = {**os.environ, "COLUMNS": str(part_log.WIDTH), **({"SCENARIO_LAB": lab} if lab else {})}
        command = [sys.executable, "-I", str(REAPER), str(os.getpid()), *part.command]
        with part.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def seconds(self):
        return time.monotonic() - self.start

    def ended(self):
        """Return whether it has ended; from then on `cpu` has the seconds of CPU of all its processes."""
        if self._process.returncode is None:
            pid, status, usage = os.wait4(self._process.pid, os.WNOHANG)
            if pid:
                self._process.returncode = os.waitstatus_to_exitcode(status)
                self.cpu = usage.ru_utime + usage.ru_stime
        return self._process.returncode is not None

    def result(self):
        """Return the row of times.py and the cases of a part that has ended."""
        cases = times.read_cases(self.part.junit) if self.part.pytest else None
        return times.row(self.part.name, self.seconds(), self._process.returncode, cases), cases or []

    def terminate(self):
        """Ask it to end; `wait` for it afterwards."""
        self._process.terminate()

    def wait(self):
        """Wait until it has ended, by force if it takes too long."""
        try:
            self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
