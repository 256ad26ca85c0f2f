# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How far a run is, in lines that are as good in a log as on a terminal.

Each host has a process of its own, so what is done is kept in a file that all of them append to, in the folder that
Ansible has for this run alone: a letter for each thing done. Its text says all that was done until then.
"""

from __future__ import annotations

import collections.abc as c
import hashlib
import os
import typing as t

DONE, UNREACHABLE, FAILED = "d", "u", "f"  # a host
REMOVED, REFUSED, NOT_REMOVED = "r", "x", "n"  # a removal
_LINES = 20  # of a task over many hosts


def note(folder: str, name: str, letters: str) -> str:
    """Add letters to a run's account, and return all of it up to them. *name*: of the account, any text. Raises
    OSError.
    """
    path = os.path.join(folder, "progress-" + hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:32])
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, letters.encode("ascii"))
        # With O_APPEND this is right behind what was just written, whoever else writes meanwhile: no two callers
        # get the same.
        return os.pread(handle, os.lseek(handle, 0, os.SEEK_CUR), 0).decode("ascii")
    finally:
        os.close(handle)


def asked(account: str, total: int) -> str | None:
    """Return a line for the audit after each twentieth of its hosts, or None. *account*: of note, a letter for each
    host; *total*: hosts of the play.
    """
    done = len(account)
    if total < 2 or done > total or done * _LINES // total == (done - 1) * _LINES // total:
        return None
    return "%d of %d hosts asked, %d left%s" % (
        done,
        total,
        total - done,
        _list(account, ((UNREACHABLE, "unreachable"), (FAILED, "failed")), " (%s)"),
    )


def removed(account: str, total: int, check: bool) -> str | None:
    """Return a line for the removal after each host, or None. *account*: DONE for each host and a letter for each
    removal; *check*: nothing was touched.
    """
    done = account.count(DONE)
    if total < 2 or done > total:
        return None
    words = _list(
        account,
        ((REMOVED, "would go" if check else "removed"), (REFUSED, "refused"), (NOT_REMOVED, "failed")),
        "; so far %s",
    )
    return "%d of %d hosts done, %d left%s" % (done, total, total - done, words)


def removals(results: c.Iterable[c.Mapping[str, t.Any]]) -> str:
    """Return the letters of a host's removals. *results*: of stale_mpath_remove."""
    return "".join(
        REFUSED if result["refused"] else NOT_REMOVED if result["failed_because"] else REMOVED for result in results
    )


def _list(account: str, words: tuple[tuple[str, str], ...], frame: str) -> str:
    reported = ", ".join(f"{account.count(letter)} {word}" for letter, word in words if letter in account)
    return frame % reported if reported else ""
