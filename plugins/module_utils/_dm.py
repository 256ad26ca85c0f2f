# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Device-mapper by its ioctls: open counts and multipath tables, no program forked.

The structure is struct dm_ioctl of linux/dm-ioctl.h, version 4. Nothing here changes a device or waits for its I/O
(status is asked with DM_NOFLUSH), but another process may hold device-mapper's locks: call it in a bounded child.
"""

import fcntl
import struct

CONTROL = '/dev/mapper/control'
_HEADER = struct.Struct('=IIIIIIiIIIQ128s129s7x')
_NAME = struct.Struct('=QI')
_TARGET = struct.Struct('=QQiI16s')
_LIST_DEVICES, _DEV_STATUS, _TABLE_STATUS = 2, 7, 12
_STATUS_TABLE, _BUFFER_FULL, _NOFLUSH = 1 << 4, 1 << 8, 1 << 11


def read():
    """All device-mapper devices.

    Returns {dev_t: {'name', 'uuid', 'open_count' (int), 'targets': [{'type', 'table', 'status'}]}}, texts as dmsetup prints them.
    Raises OSError where device-mapper is absent or forbidden.
    """
    with open(CONTROL, 'rb') as control:
        return dict(filter(None, (_device(control, dev) for dev in _devices(control))))


def multipath_table(table):
    """What the parameters of a multipath target say.

    Returns {'features': str as multipath-tools counts it ("1 queue_if_no_path"), 'queue_if_no_path': bool, 'paths': [dev_t]}.
    The bit is the one in force now: a bounded no_path_retry shows it too while paths are left (dm-mpath.c, multipath_status).
    Raises ValueError for parameters of another shape.
    """
    try:
        return _multipath_table(table.split())
    except IndexError:
        raise ValueError('a multipath table of another shape: %r' % table)


def _multipath_table(words):
    features = words[1:1 + int(words[0])]
    at = 1 + len(features)
    at += 1 + int(words[at])  # hardware handler
    groups, at, paths = int(words[at]), at + 2, []
    for dummy in range(groups):
        at += 2 + int(words[at + 1])  # path selector and its arguments
        count, args = int(words[at]), int(words[at + 1])
        at += 2
        paths.extend(words[at + n * (1 + args)] for n in range(count))
        at += count * (1 + args)
    return {'features': ' '.join([words[0]] + features), 'queue_if_no_path': 'queue_if_no_path' in features, 'paths': paths}


def _device(control, dev):
    """(dev_t, facts) of one device, or None if it went away meanwhile."""
    try:
        head, dummy = _ioctl(control, _DEV_STATUS, dev)
        tables = _targets(control, dev, _STATUS_TABLE)
        statuses = _targets(control, dev, _NOFLUSH)
    except OSError:
        return None
    return _dev_t(dev), {
        'name': _text(head[11]), 'uuid': _text(head[12]), 'open_count': head[6],
        'targets': [{'type': kind, 'table': table, 'status': status}
                    for (kind, table), (dummy, status) in zip(tables, statuses)],
    }


def _devices(control):
    head, data = _ioctl(control, _LIST_DEVICES, 0)
    devices, at = [], 0
    while data:
        dev, step = _NAME.unpack_from(data, at)
        if dev:
            devices.append(dev)
        if not step:
            break
        at += step
    return devices


def _targets(control, dev, flags):
    """[(type, parameters)] of a device's active table."""
    head, data = _ioctl(control, _TABLE_STATUS, dev, flags)
    targets, at = [], 0
    for dummy in range(head[5]):
        step, kind = _TARGET.unpack_from(data, at)[3:]
        targets.append((_text(kind), _text(data[at + _TARGET.size:])))
        at = step  # counted from the start of the data, not from this target
    return targets


def _ioctl(control, command, dev, flags=0):
    """One ioctl. Returns (the header's fields, the data behind it); the buffer grows until the answer fits."""
    size = 16384
    while True:
        buffer = bytearray(size)
        _HEADER.pack_into(buffer, 0, 4, 0, 0, size, _HEADER.size, 0, 0, flags, 0, 0, dev, b'', b'')
        fcntl.ioctl(control, 3 << 30 | _HEADER.size << 16 | 0xfd << 8 | command, buffer)
        head = _HEADER.unpack_from(buffer)
        if not head[7] & _BUFFER_FULL:
            return head, bytes(buffer[head[4]:])
        size *= 4


def _dev_t(dev):
    """"major:minor" of a number in the kernel's huge encoding (linux/kdev_t.h)."""
    return '%d:%d' % (dev >> 8 & 0xfff, dev & 0xff | dev >> 12 & 0xfff00)


def _text(data):
    return data.split(b'\0', 1)[0].decode('latin-1')
