# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the kernel log says of mounted file systems: XFS shows a shutdown nowhere else, nor does ext4 in kernels
from 2024 on.
"""

import errno
import os
import re

_RECORD = re.compile(r"([0-9]+),[0-9]+,([0-9]+),[^;]*;(.*)")
_FILE_SYSTEM = re.compile(r"(?:EXT4-fs|XFS) \(([^)\s]+)\): (.*)")
_MOUNTED = re.compile(
    "mounted filesystem|mounting", re.IGNORECASE
)  # and unmounting: what was said before is of another mount
_STOPPED = re.compile("remounting filesystem read-only|shut(ting)? ?down", re.IGNORECASE)
# "EXT4-fs error (device dm-0)", "XFS (dm-0)", "I/O error, dev sdb,", "Aborting journal on device dm-0-8.", "[sdb] tag#0
# FAILED"
_ABOUT = re.compile(r"(?:\((?:device )?|\bdev(?:ice)? |\[)(dm-[0-9]+|[a-z][a-z0-9_!]*)(?:-8)?[]),.: ]")
_WARNING = 4  # of the kernel itself, and what is worse


def look(tree):
    """Return {'stopped': {device: why}, 'first': {device: (seconds since boot, text)}, 'whole'}; devices by their
    kernel names.

    *stopped*: why the ext4 or XFS that is mounted from a device takes no more writes, in the kernel's words; *first*:
    the first warning about a device since it was mounted; *whole*: whether the log still has its first record (number
    0) and so all that was said since this host booted. The log forgets: a file system that is not in it may have been
    stopped all the same.
    """
    log = _read(tree.root + "/dev/kmsg")
    stopped, first = {}, {}
    for line in log.decode("utf-8", "backslashreplace").split("\n"):
        record = _RECORD.match(line)
        if not record:
            continue
        priority, micros, text = record.groups()
        message = _FILE_SYSTEM.match(text)
        if message:
            name, said = message.groups()
            if _STOPPED.search(said):
                stopped[name] = said
            elif _MOUNTED.search(said):
                stopped.pop(name, None)
                first.pop(name, None)
                continue
        if int(priority) <= _WARNING:
            for name in _ABOUT.findall(text):
                first.setdefault(name, (int(micros) / 1e6, text))
    return {"stopped": stopped, "first": first, "whole": bool(re.match(rb"\d+,0,", log))}


def _read(path):
    """Return all records that the kernel has now, one a line; nothing where there is no log to read."""
    try:
        log = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return b""
    records = []
    try:
        while True:
            try:
                record = os.read(log, 16384)  # the kernel gives one at a time
            except OSError as exc:
                if exc.errno == errno.EPIPE:  # the next one was overwritten meanwhile; the one after it follows
                    continue
                break
            if not record:
                break
            records.append(record)
    finally:
        os.close(log)
    return b"".join(records)
