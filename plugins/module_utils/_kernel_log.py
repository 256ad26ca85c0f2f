# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the kernel log says of mounted file systems: XFS shows a shutdown nowhere else, nor does ext4 in kernels from 2024 on."""

import errno
import os
import re

_RECORD = re.compile(r'[^;]*;(?:EXT4-fs|XFS) \(([^)\s]+)\): (.*)')
_MOUNTED = re.compile('mounted filesystem|mounting', re.IGNORECASE)  # and unmounting: what was said before is of another mount
_STOPPED = re.compile('remounting filesystem read-only|shut(ting)? ?down', re.IGNORECASE)


def stopped(tree):
    """{kernel name of a block device: why the ext4 or XFS that is mounted from it takes no more writes, in the kernel's words}.

    The log forgets: a file system that is not in it may have been stopped all the same.
    """
    found = {}
    for line in _read(tree.root + '/dev/kmsg').decode('utf-8', 'backslashreplace').split('\n'):
        record = _RECORD.match(line)
        if record:
            name, said = record.groups()
            if _MOUNTED.search(said) and not _STOPPED.search(said):
                found.pop(name, None)
            elif _STOPPED.search(said):
                found[name] = said
    return found


def whole(tree):
    """Whether the log still has its first record (number 0) and so all that was said since this host booted."""
    return bool(re.match(br'\d+,0,', _read(tree.root + '/dev/kmsg')))


def _read(path):
    """All records that the kernel has now, one a line; nothing where there is no log to read."""
    try:
        log = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return b''
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
    return b''.join(records)
