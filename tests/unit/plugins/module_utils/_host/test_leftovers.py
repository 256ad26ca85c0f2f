# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What names devices that a host has no more.

The files are as multipath-tools and LVM write them; a real node's are in the recordings.
"""

import functools
import pathlib

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._host import leftovers
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import devices as kernel_devices
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import iscsi_sessions
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree
from lab import recording
from support import configured, trees
from support.testimony import OTHER, WWID

RECORDINGS = pathlib.Path(__file__).parents[3] / "recordings"
GONE = "3600a09803830453000000000000000ff"
MAPS = [{"wwid": WWID, "dm": "dm-0"}]
PATHS = [
    {"hctl": "3:0:0:1", "sd": "sda", "wwid": WWID, "transport": "iscsi"},
    {"hctl": "3:0:0:2", "sd": "sdb", "wwid": OTHER, "transport": "iscsi"},
]
WWIDS = "# Multipath wwids, Version : 1.0\n# Valid WWIDs:\n/%s/\n/%s/\n/%s/\n"
BINDINGS = "# Multipath bindings, Version : 1.0\n# Format:\n# alias wwid\n#\nmpatha %s\nmpathb %s\nmpathc %s\nbroken\n"
# lvmdevices(8) of LVM 2.03 writes these lines
DEVICES = """# LVM uses devices listed in this file.
# Created by LVM command vgcreate pid 812 at Sat Nov 21 01:00:00 2026
# HASH=3512345678
PRODUCT_UUID=9d3c0f6e-0000-4000-8000-000000000001
VERSION=1.1.7
IDTYPE=mpath_uuid IDNAME=mpath-%s DEVNAME=/dev/mapper/mpatha PVID=jX2HqTP0mTcFzHCvX1tqeYlqjXHqTP0m
IDTYPE=mpath_uuid IDNAME=mpath-%s DEVNAME=/dev/mapper/mpathz PVID=kX2HqTP0mTcFzHCvX1tqeYlqjXHqTP0m
IDTYPE=sys_wwid IDNAME=naa.%s DEVNAME=/dev/sdb PVID=lX2HqTP0mTcFzHCvX1tqeYlqjXHqTP0m PART=1
IDTYPE=sys_wwid IDNAME=naa.%s DEVNAME=/dev/sdz PVID=mX2HqTP0mTcFzHCvX1tqeYlqjXHqTP0m
IDTYPE=sys_wwid IDNAME=t10.ATA DEVNAME=/dev/sdy PVID=nX2HqTP0mTcFzHCvX1tqeYlqjXHqTP0m
IDTYPE=devname IDNAME=/dev/vda3 DEVNAME=/dev/vda3 PVID=oX2HqTP0mTcFzHCvX1tqeYlqjXHqTP0m
"""


@pytest.fixture
def write(tmp_path):
    return functools.partial(trees.write, tmp_path)


def read(root, maps=None, paths=None, defaults=None):
    return leftovers.read(
        Tree(str(root)), MAPS if maps is None else maps, PATHS if paths is None else paths, defaults or {}
    )


def test_nothing_there(tmp_path):
    assert read(tmp_path) == configured.CLEAN["symptoms"]["leftovers"]


def test_wwids_and_bindings(tmp_path, write):
    write("/etc/multipath/wwids", WWIDS % (WWID, GONE, OTHER))
    write("/etc/multipath/bindings", BINDINGS % (WWID, GONE, OTHER))
    found = read(tmp_path)
    assert (found["wwids"], found["bindings"], found["unsure"]) == ([GONE], [{"alias": "mpathb", "wwid": GONE}], None)


def test_a_map_without_a_path_is_a_device(tmp_path, write):
    write("/etc/multipath/wwids", WWIDS % (WWID, GONE, OTHER))
    assert read(tmp_path, maps=MAPS + [{"wwid": GONE, "dm": "dm-1"}])["wwids"] == []


@pytest.mark.parametrize(
    "wwid", ["0QEMU_QEMU_HARDDISK_serial", "1ATA_disk", "8iqn.x", "eui.0025385", "nvme.8086", "3600", WWID.upper()]
)
def test_what_tools_write_in_their_own_ways_is_not_judged(tmp_path, write, wwid):
    write("/etc/multipath/wwids", WWIDS % (wwid, WWID, OTHER))
    assert read(tmp_path)["wwids"] == []


def test_any_identity_of_a_disk_counts(tmp_path, write):
    """A disk may have several; multipath may have taken another than the first."""
    write("/etc/multipath/wwids", WWIDS % (WWID, "20025385b00000001", OTHER))
    page = tmp_path / "sys/class/scsi_device/3:0:0:2/device"
    page.mkdir(parents=True)
    assert read(tmp_path)["wwids"] == ["20025385b00000001"]
    (page / "vpd_pg83").write_bytes(bytes.fromhex("0083000c" + "01020008" + "0025385b00000001"))
    assert read(tmp_path)["wwids"] == []


def test_the_files_may_be_elsewhere(tmp_path, write):
    write("/var/lib/multipath/wwids", WWIDS % (WWID, GONE, OTHER))
    found = read(tmp_path, defaults={"wwids_file": {"value": "/var/lib/multipath/wwids"}, "bindings_file": None})
    assert found["wwids"] == [GONE] and found["files"] == {
        "wwids": "/var/lib/multipath/wwids",
        "bindings": "/etc/multipath/bindings",
    }


@pytest.mark.parametrize("transport, sure", [("iscsi", False), ("fc", False), ("ata", True)])
def test_a_san_disk_that_does_not_tell_its_identity_may_be_any(tmp_path, write, transport, sure):
    write("/etc/multipath/wwids", WWIDS % (WWID, GONE, OTHER))
    nameless = {"hctl": "3:0:0:9", "sd": "sdq", "wwid": None, "transport": transport}
    found = read(tmp_path, paths=PATHS + [nameless])
    assert found["wwids"] == ([GONE] if sure else None)
    assert found["unsure"] == (
        None if sure else "sdq does not tell its identity: it may be one that seems to be missing"
    )


def test_where_nothing_seems_to_be_missing_a_nameless_disk_does_no_harm(tmp_path, write):
    write("/etc/multipath/wwids", WWIDS % (WWID, WWID, OTHER))
    found = read(tmp_path, paths=PATHS + [{"hctl": "3:0:0:9", "sd": "sdq", "wwid": None, "transport": "fc"}])
    assert (found["wwids"], found["unsure"]) == ([], None)


def test_links_of_udev(tmp_path, write):
    write("/dev/sda", "")
    folder = tmp_path / "dev/disk/by-id"
    folder.mkdir(parents=True)
    (folder / ("wwn-0x" + WWID[1:])).symlink_to("../../sda")
    for number in range(25):
        (folder / ("scsi-%02d" % number)).symlink_to("../../sdz")
    assert read(tmp_path)["by_id"] == {"count": 25, "first": ["scsi-%02d" % number for number in range(20)]}


def test_lvms_devices_file(tmp_path, write):
    write("/etc/lvm/devices/system.devices", DEVICES % (WWID, GONE, OTHER[1:].upper(), GONE[1:]))
    assert read(tmp_path)["lvm_devices"] == [
        {"idtype": "mpath_uuid", "idname": "mpath-" + GONE, "devname": "/dev/mapper/mpathz"},
        {"idtype": "sys_wwid", "idname": "naa." + GONE[1:], "devname": "/dev/sdz"},
    ]


def test_a_volume_on_a_map_that_is_gone_though_its_paths_are_there(tmp_path, write):
    write("/etc/lvm/devices/system.devices", DEVICES % (OTHER, WWID, WWID[1:], OTHER[1:]))
    assert [one["idname"] for one in read(tmp_path)["lvm_devices"]] == ["mpath-" + OTHER]


def test_a_file_that_cannot_be_read_is_not_empty(tmp_path):
    (tmp_path / "etc/multipath/wwids").mkdir(parents=True)
    with pytest.raises(OSError, match="/etc/multipath/wwids could not be read"):
        read(tmp_path)


def test_a_real_node(tmp_path):
    """It has what its wwids file and bindings name; take a map and its disks away, and they are left over."""
    recording.restore(RECORDINGS / "node1.tar.gz", tmp_path)
    tree = Tree(str(tmp_path))
    maps = list(kernel_devices.maps(tree))
    paths = list(kernel_devices.paths(tree, iscsi_sessions.sessions(tree), maps))
    assert leftovers.read(tree, maps, paths, {})["wwids"] == []
    gone = sorted(one["wwid"] for one in maps)[0]
    left = [one for one in paths if gone not in (one["wwid"], one["map"])]
    assert len(left) < len(paths)
    assert leftovers.read(tree, [one for one in maps if one["wwid"] != gone], left, {})["wwids"] == [gone]
