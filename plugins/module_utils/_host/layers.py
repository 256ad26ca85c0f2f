# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The SAN devices of a host, what lies on each of them, and which of them a file below /dev means.

A SAN device is a multipath map, or a disk of iSCSI or Fibre Channel that is in no map; it goes by its kernel name
(dm-3, sdb). Nothing is opened: names come from sysfs, from udev's records and from the links below /dev, which a device
that hangs does not hold up.
"""

import posixpath
import re

from ansible_collections.sanops.multipath.plugins.module_utils._kernel import block_graph

SAN = ("iscsi", "fc")  # transports
_NO_LAYER = (None, "partition")  # of Stack.above(): a partition is a piece of the device itself


class Layers(object):
    """*maps*, *paths*: what the kernel believes (_kernel/devices.py).

    devices: {SAN device: its WWID, or its name where it has none}; on: {block device: the SAN devices below it, itself
    among them}; whole: the block devices that are a SAN device or a piece of one, and not something made of it.
    """

    def __init__(self, tree, maps, paths):
        self.tree, self.stack = tree, block_graph.Stack(tree)
        self.devices, self.on, self.whole, self._names = {}, {}, set(), {}
        dms = {found_map["wwid"]: found_map["dm"] for found_map in maps}
        for found_map in maps:
            self.devices[found_map["dm"]] = found_map["wwid"]
            self._add(found_map["dm"], found_map["dm"])
            self._name(found_map["dm"], [f"mapper/{found_map['name']}", f"disk/by-id/dm-name-{found_map['name']}"])
            self._name(found_map["dm"], _by_wwid(found_map["wwid"]) + block_graph.links(tree, found_map["dev_t"]))
        for path in paths:
            if path["sd"] and path["transport"] in SAN:
                device = dms.get(path["map"], path["sd"])
                self.devices.setdefault(device, path["wwid"] or path["sd"])
                self._add(path["sd"], device)
                self._name(device, [path["sd"]] + _by_wwid(path["wwid"]) + block_graph.links(tree, path["dev_t"]))

    def find(self, path):
        """Return (the SAN devices that the file *path* below /dev means, whether it means them whole), or None where
        this host has no such file.

        No device is an answer too: the file means something else. Where a link and the identity in its name disagree,
        both are meant.
        """
        path = posixpath.normpath("/" + path.lstrip("/"))
        block = self.stack.by_path(path)
        named = (
            self._names.get(re.sub(r"-part[0-9]+$", "", path[len("/dev/") :]), set())
            if path.startswith("/dev/")
            else set()
        )
        if block is None and not named:
            return None
        return self.on.get(block, set()) | named, block is None or block in self.whole

    def mentioned(self, text):
        """Return the SAN devices whose WWID is in a text."""
        words = set(re.split("[^0-9A-Za-z]", text))
        return {device for device, wwid in self.devices.items() if wwid in words}

    def above(self, device):
        """Return what lies on a SAN device, see Stack.above()."""
        return self.stack.above(device)

    def _add(self, block, device):
        self.on.setdefault(block, set()).add(device)
        self.whole.add(block)
        for kind, upper, dummy in self.stack.above(block):
            self.on.setdefault(upper, set()).add(device)
            if kind in _NO_LAYER:
                self.whole.add(upper)

    def _name(self, device, names):
        for name in names:
            self._names.setdefault(name, set()).add(device)


def _by_wwid(wwid):
    """Return the names that udev and multipath make of an identity, whether its map is there or only its disks are
    left: wwn- lacks the digit for its kind.
    """
    return (
        [
            f"mapper/{wwid}",
            f"disk/by-id/dm-uuid-mpath-{wwid}",
            f"disk/by-id/scsi-{wwid}",
            f"disk/by-id/wwn-0x{wwid[1:]}",
        ]
        if wwid
        else []
    )
