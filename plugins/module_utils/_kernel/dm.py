# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Device-mapper by its ioctls: open counts and tables of multipath maps, no program forked.

The structure is struct dm_ioctl of linux/dm-ioctl.h, version 4. Nothing here changes a device or waits for its I/O,
but another process may hold device-mapper's locks: call it in a bounded child. Only multipath's own devices are asked
for their tables: the table of an encrypted volume would have its key in it.
"""

import errno
import fcntl
import re
import struct

CONTROL = "/dev/mapper/control"
MAP_UUID = "mpath-"
PARTITION_UUID = re.compile("part[0-9]+-")  # how the UUID of a partition that kpartx made begins
_HEADER = struct.Struct("=IIIIIIiIIIQ128s129s7x")
_TARGET = struct.Struct("=QQiI16s")
_DEV_STATUS, _TABLE_STATUS = 7, 12
_STATUS_TABLE, _BUFFER_FULL = 1 << 4, 1 << 8


def look(maps):
    """Yield what only device-mapper itself knows of multipath maps.

    *maps*: as devices.maps gives them, 'partitions' too, where these are wanted. Generator of {'wwid', 'view' or
    'error'} in their order. The view is None for a map that is gone, else {'open_count', 'features',
    'queue_if_no_path', 'partitions': {kernel name: open count}}; features and queue_if_no_path are None where the map
    has no multipath table now, and so is the count of a partition's map that is gone. Raises OSError where
    device-mapper is absent or forbidden.
    """
    with open(CONTROL, "rb") as control:
        for found_map in maps:
            try:
                yield {"wwid": found_map["wwid"], "view": _view(control, found_map) if found_map["dev_t"] else None}
            except (OSError, ValueError) as exc:  # of this one; the others may well answer
                yield {"wwid": found_map["wwid"], "error": str(exc)}


def multipath_table(table):
    """Return what the parameters of a multipath target say: {'features': str as multipath-tools counts it ("1
    queue_if_no_path"), 'queue_if_no_path': bool}.

    The bit is the one in force now: a bounded no_path_retry shows it too while paths are left (dm-mpath.c,
    multipath_status). Raises ValueError for parameters of another shape.
    """
    words = table.split()
    count = int(words[0]) if words and words[0].isdigit() else len(words)
    if count >= len(words):
        raise ValueError(f"a multipath table of another shape: {table!r}")
    return {"features": " ".join(words[: 1 + count]), "queue_if_no_path": "queue_if_no_path" in words[1 : 1 + count]}


def _view(control, found_map):
    count = _open_count(control, found_map["dev_t"], MAP_UUID + found_map["wwid"])
    if count is None:
        return None
    try:
        tables = _tables(control, _number(found_map["dev_t"]))
    except OSError as exc:
        if exc.errno == errno.ENXIO:
            return None
        raise
    parsed = multipath_table(tables[0]) if tables else {"features": None, "queue_if_no_path": None}
    # Of a partition only this is asked, never its table: its number may be an encrypted volume's by now.
    counts = {part["dm"]: _open_count(control, part["dev_t"], part["uuid"]) for part in found_map.get("partitions", ())}
    return dict(parsed, open_count=count, partitions=counts)


def _open_count(control, dev_t, uuid):
    """Return how often a device is open; None where it is gone, or its number is another's now."""
    if dev_t is None:
        return None
    try:
        head, dummy = _ioctl(control, _DEV_STATUS, _number(dev_t))
    except OSError as exc:
        if exc.errno == errno.ENXIO:
            return None
        raise
    return head[6] if _text(head[12]) == uuid else None


def _tables(control, dev):
    """Return the parameters of the multipath targets in a device's active table: none where it has no table yet, or the
    error target in place of its own.
    """
    head, data = _ioctl(control, _TABLE_STATUS, dev, _STATUS_TABLE)
    tables, at = [], 0
    for dummy in range(head[5]):
        step, kind = _TARGET.unpack_from(data, at)[3:]
        if _text(kind) == "multipath":
            tables.append(_text(data[at + _TARGET.size :]))
        at = step  # counted from the start of the data, not from this target
    return tables


def _ioctl(control, command, dev, flags=0):
    """Do one ioctl. Returns (the header's fields, the data behind it); the buffer grows until the answer fits."""
    size = 16384
    while True:
        buffer = bytearray(size)
        _HEADER.pack_into(buffer, 0, 4, 0, 0, size, _HEADER.size, 0, 0, flags, 0, 0, dev, b"", b"")
        fcntl.ioctl(control, 3 << 30 | _HEADER.size << 16 | 0xFD << 8 | command, buffer)
        head = _HEADER.unpack_from(buffer)
        if not head[7] & _BUFFER_FULL:
            return head, bytes(buffer[head[4] :])
        size *= 4


def _number(dev_t):
    """Return "major:minor" in the kernel's huge encoding (linux/kdev_t.h)."""
    major, minor = (int(part) for part in dev_t.split(":"))
    return major << 8 | minor & 0xFF | (minor & 0xFFF00) << 12


def _text(data):
    return data.split(b"\0", 1)[0].decode("latin-1")
