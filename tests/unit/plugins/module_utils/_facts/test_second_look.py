# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The second look reads less than the first one, and misses no change of what the verdicts rest on.

Each change is made on a tree of sysfs between the two looks. What the second look finds is compared with what a whole
look finds, and with what has to be found.
"""

import shutil

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._facts import witnesses
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import consistency
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree
from support.fc_sysfs import ONTAP, Fabric

WWID, OTHER = ONTAP + "383045372f5d4c5a70315474", ONTAP + "383045372f5d4c5a70315475"
FIRST, SECOND, LONE = "3:0:0:7", "4:0:0:7", "3:0:0:8"  # two paths of a map, and a disk in none
SERIAL = b"\0\x80\0\x04wxyz"


class Node(Fabric):
    """A map dm-0 of sda and sdb, a disk sdc in no map, and a map dm-1 without a path."""

    def __init__(self, root):
        super().__init__(root)
        self.map(WWID, self.disk("rport-3:0-0", 7, WWID), self.disk("rport-4:0-0", 7, WWID))
        self.disk("rport-3:0-0", 8, OTHER)
        self.map(OTHER[:-1] + "6")
        for hctl in (FIRST, SECOND, LONE):
            (self.device(hctl) / "vpd_pg80").write_bytes(SERIAL)

    def device(self, hctl):
        return (self.root / "sys/class/scsi_device" / hctl / "device").resolve()

    def delete(self, hctl):
        """Delete a SCSI device, as the kernel does: with its block device and all links to it."""
        device = self.device(hctl)
        (sd,) = (entry.name for entry in (device / "block").iterdir())
        for link in (f"class/scsi_device/{hctl}", f"block/{sd}", f"class/block/{sd}"):
            (self.root / "sys" / link).unlink()
        for slave in self.root.glob(f"sys/devices/virtual/block/dm-*/slaves/{sd}"):
            slave.unlink()
        shutil.rmtree(device)

    def rename_disk(self, hctl, former, name):
        block = self.device(hctl) / "block"
        (block / former).rename(block / name)

    def drop_slave(self, disk, dm="dm-0"):
        (self.root / "sys/block" / dm / "slaves" / disk).unlink()
        (self.root / "sys/block" / disk / "holders" / dm).unlink()

    def remake(self):
        """Remove dm-1 and make it again, of another LUN."""
        self.file("sys/devices/virtual/block/dm-1/dm/uuid", "mpath-" + OTHER)


def rebind(node):
    """The disk of the same address is found again, as another disk."""
    node.delete(LONE)
    node.disk("rport-3:0-0", 8, WWID)


def remove_map(node):
    for path in ("block/dm-1", "class/block/dm-1"):
        (node.root / "sys" / path).unlink()


def move(node):
    node.drop_slave("sdb")
    node.link("sys/devices/virtual/block/dm-1/slaves/sdb", "sys/block/sdb")


def write(hctl, name, content):
    return lambda node: (node.device(hctl) / name).write_bytes(content)


def port_state(state):
    return lambda node: node.set("rport-3:0-0", port_state=state)


CHANGES = {
    "a path is added": (lambda node: node.disk("rport-4:0-0", 9, WWID), set()),
    "a path is added to the map": (
        lambda node: node.link(
            "sys/devices/virtual/block/dm-0/slaves/%s" % node.disk("rport-4:0-0", 9, WWID), "sys/block/sdd"
        ),
        {WWID},
    ),
    "a path of the map is deleted": (lambda node: node.delete(SECOND), {SECOND, WWID}),
    "a disk is deleted": (lambda node: node.delete(LONE), {LONE}),
    "a disk is deleted and found again": (rebind, {LONE}),
    "a device is blocked": (write(FIRST, "state", b"blocked\n"), {FIRST}),
    "a device is offline": (write(LONE, "state", b"offline\n"), {LONE}),
    "a port is blocked": (port_state("Blocked"), {FIRST, LONE}),
    "the kernel reads another identity": (write(FIRST, "vpd_pg83", bytes([0, 0x83, 0, 0])), {FIRST}),
    "the kernel reads another serial number": (write(LONE, "vpd_pg80", SERIAL[:-1] + b"x"), {LONE}),
    "a disk has another name": (lambda node: node.rename_disk(LONE, "sdc", "sdx"), {LONE}),
    "a disk has another number": (write(LONE, "block/sdc/dev", b"65:16\n"), {LONE}),
    "a disk has lost its driver": (lambda node: shutil.rmtree(node.device(LONE) / "block"), {LONE}),
    "a disk has another sg node": (
        lambda node: (node.device(FIRST) / "scsi_generic/sg0").rename(node.device(FIRST) / "scsi_generic/sg9"),
        {FIRST},
    ),
    "a disk has lost its sg node": (lambda node: shutil.rmtree(node.device(FIRST) / "scsi_generic"), {FIRST}),
    "the map is reloaded without a path": (lambda node: node.drop_slave("sdb"), {SECOND, WWID}),
    "a path moves to another map": (move, {SECOND, WWID, OTHER[:-1] + "6"}),
    "a disk comes into a map": (
        lambda node: node.link("sys/devices/virtual/block/dm-1/slaves/sdc", "sys/block/sdc"),
        {LONE, OTHER[:-1] + "6"},
    ),
    "the map has another number": (lambda node: node.file("sys/devices/virtual/block/dm-0/dev", "253:9"), {WWID}),
    "the map is made again under another name": (
        lambda node: (node.root / "sys/block/dm-0").rename(node.root / "sys/block/dm-9"),
        {WWID},
    ),
    "a map is removed": (remove_map, {OTHER[:-1] + "6"}),
    "a map is made again of another LUN": (Node.remake, {OTHER[:-1] + "6"}),
    "a map is added": (lambda node: node.map(OTHER), set()),
    "the map is renamed": (lambda node: node.file("sys/devices/virtual/block/dm-0/dm/name", "db"), set()),
    "nothing changes": (lambda node: None, set()),
}
SILENT = ("the map is renamed", "nothing changes")  # a name is only a name


def first(tree, only=None):
    return witnesses._together(witnesses._look(tree, only))[0]


def second(tree, before, only=None):
    return witnesses._after(before, list(witnesses._look_for_changes(tree, only, before)))


@pytest.mark.parametrize("change", CHANGES)
def test_the_second_look_finds_what_a_whole_look_finds(tmp_path, change):
    node, (make, expected) = Node(tmp_path), CHANGES[change]
    tree = Tree(str(tmp_path))
    before = first(tree)
    assert [path["hctl"] for path in before["paths"]] == [FIRST, LONE, SECOND] and len(before["maps"]) == 2
    words = {path["hctl"]: "absent" for path in before["paths"]}
    make(node)
    found, whole = second(tree, before), first(tree)
    doubts = consistency.doubts(before, found, words)
    assert doubts == consistency.doubts(before, whole, words)
    assert set(doubts["paths"]) | set(doubts["maps"]) == expected
    sentences = consistency.sentences(before, found, doubts)
    assert sorted(sentences) == sorted(consistency.sentences(before, whole, consistency.doubts(before, whole, words)))
    assert bool(sentences) == (change not in SILENT)


@pytest.mark.parametrize("change", CHANGES)
def test_the_second_look_at_one_map_finds_what_a_whole_look_at_it_finds(tmp_path, change):
    node, (make, dummy) = Node(tmp_path), CHANGES[change]
    tree, only = Tree(str(tmp_path)), {"maps": [WWID], "paths": []}
    before = first(tree, only)
    words = {path["hctl"]: "absent" for path in before["paths"]}
    make(node)
    assert consistency.doubts(before, second(tree, before, only), words) == consistency.doubts(
        before, first(tree, only), words
    )


def test_the_second_look_reads_less(tmp_path):
    """Of a path that is the same, nothing that is not compared; of a map neither."""

    class Counting(Tree):
        def data(self, path):
            read.append(path.rpartition("/")[2])
            return super().data(path)

    Node(tmp_path)
    read, tree = [], Counting(str(tmp_path))
    before = first(tree)
    assert {"size", "vendor", "model", "type", "ro", "name"} <= set(read)
    del read[:]
    second(tree, before)
    assert set(read) == {"uuid", "dev", "state", "vpd_pg83", "vpd_pg80", "port_state"}
