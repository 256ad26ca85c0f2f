# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who uses a block device: holders all the way up, mounts, swap, exports, processes.

Nothing is opened but files below /proc and /sys; no device and no mount point is ever touched. What the kernel itself
has open without a trace there (ZFS, DRBD, a device mapped into memory whose descriptor was closed) is not seen: the
open count of a map, or of the map of a partition, tells that there is somebody (_users/open_counts.py), a bare disk
has none.

A user is {'kind', 'detail'}; kind is one of mount, swap, loop, export, process, probe, partition, lvm, luks, md, dm,
other. A probe is udev reading the device to see what is on it: no use of it, but it hangs with a device that hangs.
"""

from ansible_collections.sanops.multipath.plugins.module_utils._kernel import block_graph
from ansible_collections.sanops.multipath.plugins.module_utils._users import exports, openers
from ansible_collections.sanops.multipath.plugins.module_utils._users import mounts as users_mounts


def find(tree, names):
    """Look for the users of the block devices *names* (kernel names, such as dm-3 or sdb), source by source.

    Yields {'source': its name} when a source is begun, {'name', 'user', 'on'} for each user that is found (on: the
    block device that lies on *name* and that is used, where it is not *name* itself), {'ended': detail} for each
    killed worker of udev that holds nobody knows what, {'name', 'opener': pid} for each process that has something of
    a device open, whether or not that is a use, and {'unread': why} where a source, or a part of it, could not be
    read: so one that never answers does not cost what was found before. A holder (a partition, LVM, LUKS...) is a
    user, and so is what uses that. A multipath map is no user of its paths: it answers for itself.
    """
    yield {"source": "holders"}
    stack = block_graph.Stack(tree)
    below = {}  # block device: those of *names* that it lies on
    for name in names:
        below.setdefault(name, []).append(name)
        for kind, upper, title in stack.above(name):
            below.setdefault(upper, []).append(name)
            if kind:
                yield _item(name, kind, title, name)
    mounts = users_mounts.Mounts(tree, stack, below)
    for source, read in (
        ("mounts", mounts.find),
        ("swap", lambda: _swaps(tree, stack)),
        ("exports", lambda: exports.find(tree, stack)),
        ("processes", lambda: openers.find(tree, stack, mounts)),
    ):
        yield {"source": source}
        try:
            for device, kind, detail in read():
                if kind == "ended":
                    yield {"ended": detail}
                for name in below.get(device, ()):
                    yield {"name": name, "opener": detail} if kind == "opener" else _item(name, kind, detail, device)
        except OSError as exc:
            yield {"unread": f"{source}: {exc}"}


def by_name(items, names, error):
    """Return what find() yielded, put together: ({name: [user, ...]}, [what could not be read, and why]).

    *error*: why it ended early, or None. Nobody found by a look that was not complete is None: not known.
    """
    users, source, unread = {name: [] for name in names}, None, []
    for item in items:
        source = item.get("source", source)
        if "unread" in item:
            unread.append(item["unread"])
        elif "user" in item and item["user"] not in users[item["name"]]:
            users[item["name"]].append(item["user"])
    if error:
        unread.append(f"{source or 'none was asked'}: {error}")
    if unread:
        for name, found in users.items():
            if all(user["kind"] == "probe" for user in found):
                users[name] = None
    return users, unread


def _item(name, kind, detail, on):
    # Names may hold any bytes; what leaves here must be text that JSON and a terminal can hold.
    user = {"kind": kind, "detail": detail.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")}
    return {"name": name, "user": user} if on == name else {"name": name, "user": user, "on": on}


def _swaps(tree, stack):
    for line in (tree.text("/proc/swaps") or "").splitlines()[1:]:
        path = users_mounts.unescape(line.split()[0])
        device = stack.by_path(path)
        if device:
            yield device, "swap", path
