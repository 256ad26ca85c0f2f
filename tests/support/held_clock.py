# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A clock under the control of a test, for code that waits in poll().

A wait that times out advances it at once; nothing else does.
"""

import select
import time


class Clock:
    """Stands for the modules time and select in those that are given."""

    POLLIN, POLLOUT = select.POLLIN, select.POLLOUT

    def __init__(self, monkeypatch, *modules):
        self.begun = self.now = time.monotonic()
        for module in modules:
            for name in ("time", "select"):
                if hasattr(module, name):
                    monkeypatch.setattr(module, name, self)

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds

    def passed(self):
        return self.now - self.begun

    def poll(self):
        return _Poll(self)


class _Poll:
    def __init__(self, clock):
        self.clock, self.real = clock, select.poll()
        self.register, self.unregister = self.real.register, self.real.unregister

    def poll(self, milliseconds):
        found = self.real.poll(min(milliseconds, 20))  # in such a test, an answer is there before it is polled for
        if not found:
            self.clock.now += milliseconds / 1000
        return found
