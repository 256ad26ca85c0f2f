# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which block device a number, a device file and a partition belong to; what lies on what is in _users/test_find.py."""

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import block_graph
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree

DISKS = {"sda": ["sda1", "sda12"], "sdp": ["sdp1"], "nvme0n1": ["nvme0n1p1"], "loop0": ["loop0p1"], "cciss!c0d0": []}


@pytest.fixture
def stack(tmp_path):
    for minor, (disk, partitions) in enumerate(DISKS.items()):
        for number, name in enumerate([disk, *partitions]):
            place = tmp_path / "sys/devices" / disk / (name if number else "")
            place.mkdir(parents=True)
            (place / "dev").write_text("8:%d\n" % (16 * minor + number))
            if number:
                (place / "partition").write_text("%d\n" % number)
            entry = tmp_path / "sys/class/block" / name
            entry.parent.mkdir(parents=True, exist_ok=True)
            entry.symlink_to("../../devices/%s" % place.relative_to(tmp_path / "sys/devices"))
    return block_graph.Stack(Tree(str(tmp_path)))


@pytest.mark.parametrize("disk", DISKS)
def test_partitions(stack, disk):
    assert [name for dummy, name, dummy in stack.above(disk)] == DISKS[disk]


def test_a_name_that_only_looks_like_that_of_a_partition(stack, tmp_path):
    (tmp_path / "sys/class/block/sda7").mkdir()
    assert [name for dummy, name, dummy in block_graph.Stack(stack.tree).above("sda")] == DISKS["sda"]


def test_a_number_is_found_by_the_kernels_link(stack, tmp_path):
    """And without a link by what the devices say: nobody who uses one is missed for a link."""
    links = tmp_path / "sys/dev/block"
    links.mkdir(parents=True)
    (links / "8:0").symlink_to("../../devices/sdp")  # the link counts
    (links / "8:99").symlink_to("../../devices/sdz")  # not there when the look began
    assert [stack.by_number(dev_t) for dev_t in ("8:0", "8:1", "8:99", "8:77", "0:35", None)] == [
        "sdp",
        "sda1",
        None,
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    "path, name",
    [
        ("/dev/sda", "sda"),
        ("/dev/cciss/c0d0", "cciss!c0d0"),
        ("/dev/mapper/mpatha", "dm-0"),
        ("/dev/mapper/mpathb", None),
        ("/dev/sdx", None),
        ("/srv/image", None),
        (None, None),
    ],
)
def test_a_device_file(stack, tmp_path, path, name):
    (tmp_path / "sys/class/block/dm-0/dm").mkdir(parents=True)
    (tmp_path / "sys/class/block/dm-0/dm/name").write_text("mpatha\n")
    assert block_graph.Stack(stack.tree).by_path(path) == name
