# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The block devices of a host: their names, and what lies on what."""

import posixpath

from ansible_collections.sanops.multipath.plugins.module_utils._kernel import dm

_KINDS = (("LVM-", "lvm"), ("CRYPT-", "luks"))


def links(tree, dev_t):
    """Return the names of a block device below /dev that udev gave it, from its records. *dev_t*: "major:minor"."""
    return [line[2:] for line in (tree.text(f"/run/udev/data/b{dev_t}") or "").splitlines() if line.startswith("S:")]


class Stack(object):
    """All block devices as sysfs shows them now.

    What is asked of few devices is read when it is asked: a host with a thousand disks has a removal of two of them.
    """

    def __init__(self, tree):
        self.tree = tree
        self.names = set(tree.names("/sys/class/block"))
        self._places, self._by_number, self._numbers, self._dm_names = {}, {}, None, None
        self._partitions, self._loops = {}, {}
        for name in self.names:
            for disk in _disks(name):
                if disk in self.names and tree.exists(f"/sys/class/block/{disk}/{name}/partition"):
                    self._partitions.setdefault(disk, []).append(name)
        for name in self.names:
            path = tree.text(f"/sys/class/block/{name}/loop/backing_file") if name.startswith("loop") else None
            backing = self.by_path(path)
            if backing:
                self._loops.setdefault(backing, []).append(name)

    def by_number(self, dev_t):
        """Return the kernel's name of "major:minor", or None."""
        if dev_t not in self._by_number:
            self._by_number[dev_t] = self._find_number(dev_t)
        return self._by_number[dev_t]

    def by_path(self, path):
        """Return the kernel's name of a device file on this host, or None; one below /dev is known by any of its
        names.
        """
        if not path or not path.startswith("/dev/"):
            return None
        name = path[len("/dev/") :].replace("/", "!")
        if name in self.names:
            return name
        if path.startswith("/dev/mapper/"):
            if self._dm_names is None:
                named = (
                    (self.tree.text(self._place(dm) + "/dm/name"), dm) for dm in self.names if dm.startswith("dm-")
                )
                self._dm_names = {name: dm for name, dm in named if name}
            if path[len("/dev/mapper/") :] in self._dm_names:
                return self._dm_names[path[len("/dev/mapper/") :]]
        return self.by_number(self.tree.block_number(path))

    def above(self, name):
        """Return all that lies on a block device, all the way up, except a multipath map on its path and what lies on
        that.

        A list of (kind, kernel name, title); kind is None for a partition that the kernel read: it is there on every
        disk, and only what uses it counts.
        """
        found, seen, waiting = [], {name}, self._directly_above(name)
        while waiting:
            kind, upper, title = waiting.pop(0)
            if kind != "path" and upper not in seen:
                seen.add(upper)
                found.append((kind, upper, title))
                waiting = self._directly_above(upper) + waiting
        return found

    def bearing(self, names):
        """Return {block device: those of *names* that it is or lies on}."""
        found = {}
        for name in names:
            for upper in [name] + [upper for dummy, upper, dummy in self.above(name)]:
                found.setdefault(upper, []).append(name)
        return found

    def _find_number(self, dev_t):
        if dev_t is None or dev_t.startswith("0:"):  # the major number of what is on no block device
            return None
        place = self.tree.link("/sys/dev/block/" + dev_t)
        if place is not None:
            name = posixpath.basename(place)
            return name if name in self.names else None
        if self._numbers is None:  # it is gone, or sysfs is not as it should be: nobody must be missed for that
            self._numbers = {self.tree.text(self._place(name) + "/dev"): name for name in self.names}
        return self._numbers.get(dev_t)

    def _place(self, name):
        if name not in self._places:
            self._places[name] = self.tree.place("/sys/class/block/" + name)
        return self._places[name]

    def _directly_above(self, name):
        found = [(None, partition, None) for partition in sorted(self._partitions.get(name, ()))]
        found += [self._holder(upper) for upper in self.tree.names(self._place(name) + "/holders")]
        return found + [("loop", upper, "/dev/" + upper) for upper in self._loops.get(name, ())]

    def _holder(self, upper):
        here = self._place(upper)
        uuid = self.tree.text(here + "/dm/uuid") or ""
        if uuid.startswith(dm.MAP_UUID):  # on a thousand paths, and nobody wants its title
            return "path", upper, None
        title = f"{self.tree.text(here + '/dm/name') or upper} ({upper})"
        if dm.PARTITION_UUID.match(uuid):
            return "partition", upper, title
        if upper.startswith("md"):
            return "md", upper, title
        other = "dm" if upper.startswith("dm-") else "other"
        return next((kind for prefix, kind in _KINDS if uuid.startswith(prefix)), other), upper, title


def _disks(name):
    """Return the names of which *name* could be a partition: the kernel puts the number behind the disk's name, with
    a p between them where that ends in a digit.
    """
    disk = name.rstrip("0123456789")
    return [] if disk == name else [disk, disk[:-1]] if disk.endswith("p") else [disk]
