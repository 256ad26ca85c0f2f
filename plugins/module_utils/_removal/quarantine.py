# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One removal at a time on a node, and none after one that hung, until somebody has looked.

A delete that hangs holds a lock of its SCSI host in the kernel: the next delete, scan or logout there would hang as
well. Both files are in /run, which a reboot empties; a person who has repaired the node without one deletes QUARANTINE
by hand.
"""

import errno
import fcntl
import json
import os

FOLDER = "/run/sanops.multipath"
QUARANTINE, LOCK = FOLDER + "/quarantine.json", FOLDER + "/lock"


def reason():
    """Return the reason why nothing may be removed on this node, or None."""
    try:
        with open(QUARANTINE, "rb") as file:
            content = file.read().decode("utf-8", "replace")
    except OSError as exc:
        if exc.errno == errno.ENOENT:
            return None
        return f"whether a removal hung on this node could not be read ({QUARANTINE}: {exc.strerror})"
    try:
        why = json.loads(content)["why"]
    except (ValueError, KeyError, TypeError):
        why = "no reason that can be read"
    return f"{why}. Nothing is removed on this node until it is rebooted, or is repaired and {QUARANTINE} is deleted"


def impose(why, now):
    """Refuse every removal from now on. *now*: the time as text."""
    _folder()
    draft = QUARANTINE + ".new"
    with open(draft, "w") as file:
        json.dump({"why": why, "since": now}, file)
    os.rename(draft, QUARANTINE)


def lock(check):
    """Return the node's lock as an open file, to be closed at the end; None where another removal has it. The kernel
    gives it back however its holder ends.

    *check*: for check mode, which makes no file: where there is none, nobody has it.
    """
    if check and not os.path.exists(LOCK):
        return open(os.devnull, "rb")
    _folder()
    file = open(LOCK, "ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (IOError, OSError) as exc:
        file.close()
        if exc.errno in (errno.EAGAIN, errno.EACCES):
            return None
        raise
    return file


def _folder():
    try:
        os.mkdir(FOLDER, 0o700)
    except OSError as exc:
        if exc.errno != errno.EEXIST:
            raise
