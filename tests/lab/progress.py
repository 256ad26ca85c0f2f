# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress on stderr: what is going on, and since how many seconds."""

import sys
import threading
import time

HEARTBEAT = 10.0
"""Seconds of silence after which a running step says that it still runs."""

_start = time.monotonic()


def say(text):
    """Print one line with the seconds since the program's start."""
    print(f"[{time.monotonic() - _start:4.0f} s] {text}", file=sys.stderr, flush=True)


class step:
    """Context manager for something that takes long: says when it starts, still runs, and ends."""

    def __init__(self, what):
        self.what = what

    def __enter__(self):
        say(f"{self.what} ...")
        self._begin = time.monotonic()
        self._done = threading.Event()
        self._beat = threading.Thread(target=self._heartbeat, daemon=True)
        self._beat.start()
        return self

    def _heartbeat(self):
        while not self._done.wait(HEARTBEAT):
            say(f"{self.what}: still running")

    def __exit__(self, kind, value, trace):
        self._done.set()
        took = time.monotonic() - self._begin
        say(f"{self.what}: {'failed' if kind else 'done'} ({took:.1f} s)")
        return False
