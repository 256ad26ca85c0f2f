# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the log of a part: its last line, why it failed, what it did not run."""

import re

WIDTH = 250
_DECORATION = re.compile(r"\x1b\[[0-9;]*m|[│*]")
# What pytest says of a failure, and what Ansible says of a task.
_REASON = re.compile(r"E  |FAILED |ERROR[ :]|fatal: |\[ERROR\]|\d+ failed")
_LEFT_OUT = re.compile(r"NOT RUN: |NOT CHECKED, ")
_REASONS = 20


def lines(path):
    """Return the lines of a log that are not empty, without colours and frames."""
    text = _DECORATION.sub("", path.read_text(encoding="utf-8", errors="replace")).replace("\r", "\n")
    return [line.strip() for line in text.splitlines() if line.strip()]


def latest(path):
    """Return the last line of a log, cut to 100 characters; of `pytest --verbose` it is the case that runs."""
    found = lines(path)
    return found[-1][:100] if found else "begins"


def reasons(path):
    """Return at most 20 lines that say why something failed.

    Where no line looks like a failure of pytest or Ansible, these are the last lines of the log.
    """
    found = lines(path)
    return [line[:WIDTH] for line in found if _REASON.match(line)][-_REASONS:] or [
        line[:WIDTH] for line in found[-_REASONS:]
    ]


def left_out(path):
    """Return the lines that name what is missing on this machine, and what was not run therefore."""
    return [line for line in lines(path) if _LEFT_OUT.match(line)]
