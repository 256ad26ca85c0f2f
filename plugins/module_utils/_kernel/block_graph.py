# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The block devices of a host: their names, and what lies on what."""

from ansible_collections.sanops.multipath.plugins.module_utils._kernel import dm

_KINDS = (("LVM-", "lvm"), ("CRYPT-", "luks"))


def links(tree, dev_t):
    """Return the names of a block device below /dev that udev gave it, from its records. *dev_t*: "major:minor"."""
    return [line[2:] for line in (tree.text("/run/udev/data/b%s" % dev_t) or "").splitlines() if line.startswith("S:")]


class Stack(object):
    """All block devices as sysfs shows them now."""

    def __init__(self, tree):
        self.tree = tree
        self._places = {name: tree.place("/sys/class/block/" + name) for name in tree.names("/sys/class/block")}
        self.names = set(self._places)
        self._numbers, self._paths, self._loops, self._partitions = {}, {}, {}, {}
        for name, here in self._places.items():
            self._numbers[tree.text(here + "/dev")] = name
            self._paths["/dev/" + name.replace("!", "/")] = name
            dm_name = tree.text(here + "/dm/name") if name.startswith("dm-") else None
            if dm_name:
                self._paths["/dev/mapper/" + dm_name] = name
            disk = next((disk for disk in _disks(name) if disk in self._places), None)
            if disk and tree.exists("%s/%s/partition" % (self._places[disk], name)):
                self._partitions.setdefault(disk, []).append(name)
        for name in self.names:
            backing = tree.text(self._places[name] + "/loop/backing_file") if name.startswith("loop") else None
            backing = self.by_path(backing)
            if backing:
                self._loops.setdefault(backing, []).append(name)

    def by_number(self, dev_t):
        """The kernel's name of "major:minor", or None."""
        return self._numbers.get(dev_t)

    def by_path(self, path):
        """The kernel's name of a device file on this host, or None; one below /dev is known by any of its names."""
        if path in self._paths:
            return self._paths[path]
        if path and path.startswith("/dev/"):
            return self.by_number(self.tree.block_number(path))
        return None

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

    def _directly_above(self, name):
        here = self._places.get(name, "/sys/class/block/" + name)
        found = [(None, partition, None) for partition in sorted(self._partitions.get(name, ()))]
        found += [self._holder(upper) for upper in self.tree.names(here + "/holders")]
        return found + [("loop", upper, "/dev/" + upper) for upper in self._loops.get(name, ())]

    def _holder(self, upper):
        here = self._places.get(upper, "/sys/class/block/" + upper)
        uuid = self.tree.text(here + "/dm/uuid") or ""
        if uuid.startswith(dm.MAP_UUID):  # on a thousand paths, and nobody wants its title
            return "path", upper, None
        title = "%s (%s)" % (self.tree.text(here + "/dm/name") or upper, upper)
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
