# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Carry a piece of work to its end, though the caller may go away meanwhile."""

import contextlib
import select
import signal

_SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)
_OUTPUT = 1  # the file descriptor on which the result goes to the caller
_asked_to_end = []


@contextlib.contextmanager
def undisturbed():
    """Let no signal end us between two steps, such as that of a connection that breaks: the removal at work goes on
    to its end, no further one begins.
    """
    before = {number: signal.signal(number, lambda number, frame: _asked_to_end.append(number)) for number in _SIGNALS}
    try:
        yield
    finally:
        del _asked_to_end[:]
        for number, handler in before.items():
            signal.signal(number, handler)


def nobody_waits():
    """Return whether nobody waits for the result any more: a signal came that asks this process to end, or the other
    end of its output is closed.
    """
    return bool(_asked_to_end) or _nobody_listens(_OUTPUT)


def _nobody_listens(output):
    """Return whether the other end of the output is closed: a connection that breaks sends no signal where it has no
    terminal.
    """
    poll = select.poll()
    poll.register(output, 0)
    return any(events & (select.POLLERR | select.POLLHUP) for dummy, events in poll.poll(0))
