# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The block devices of a host: their names, and what lies on what."""

from ansible_collections.sanops.multipath.plugins.module_utils._kernel import dm

_KINDS = (("LVM-", "lvm"), ("CRYPT-", "luks"))


def links(tree, dev_t):
    """The names of a block device below /dev that udev gave it, from its records. *dev_t*: "major:minor"."""
    return [line[2:] for line in (tree.text("/run/udev/data/b%s" % dev_t) or "").splitlines() if line.startswith("S:")]


class Stack(object):
    """All block devices as sysfs shows them now."""

    def __init__(self, tree):
        self.tree = tree
        self.names = set(tree.names("/sys/class/block"))
        self._numbers, self._paths, self._loops = {}, {}, {}
        for name in self.names:
            here = "/sys/class/block/%s/" % name
            self._numbers[tree.text(here + "dev")] = name
            self._paths["/dev/" + name.replace("!", "/")] = name
            dm_name = tree.text(here + "dm/name") if name.startswith("dm-") else None
            if dm_name:
                self._paths["/dev/mapper/" + dm_name] = name
        for name in self.names:
            backing = (
                self.by_path(tree.text("/sys/class/block/%s/loop/backing_file" % name))
                if name.startswith("loop")
                else None
            )
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
        """Everything that lies on a block device, all the way up, but for a multipath map on its path, and what lies
        on that.

        Returns a list of (kind, kernel name, title); kind is None for a partition that the kernel read: it is there on
        every disk, and only what uses it counts.
        """
        found, seen, todo = [], {name}, self._directly_above(name)
        while todo:
            kind, upper, title = todo.pop(0)
            if kind != "path" and upper not in seen:
                seen.add(upper)
                found.append((kind, upper, title))
                todo = self._directly_above(upper) + todo
        return found

    def bearing(self, names):
        """{block device: those of *names* that it is or lies on}."""
        found = {}
        for name in names:
            for upper in [name] + [one[1] for one in self.above(name)]:
                found.setdefault(upper, []).append(name)
        return found

    def _directly_above(self, name):
        here = "/sys/class/block/" + name
        found = [
            (None, part, None)
            for part in self.tree.names(here)
            if part in self.names and self.tree.exists("%s/%s/partition" % (here, part))
        ]
        found += [self._holder(upper) for upper in self.tree.names(here + "/holders")]
        return found + [("loop", upper, "/dev/" + upper) for upper in self._loops.get(name, ())]

    def _holder(self, upper):
        here = "/sys/class/block/" + upper
        uuid = self.tree.text(here + "/dm/uuid") or ""
        title = "%s (%s)" % (self.tree.text(here + "/dm/name") or upper, upper)
        if uuid.startswith(dm.MAP_UUID):
            return "path", upper, title
        if dm.PARTITION_UUID.match(uuid):
            return "partition", upper, title
        if upper.startswith("md"):
            return "md", upper, title
        kinds = [kind for prefix, kind in _KINDS if uuid.startswith(prefix)]
        return (kinds or ["dm" if upper.startswith("dm-") else "other"])[0], upper, title
