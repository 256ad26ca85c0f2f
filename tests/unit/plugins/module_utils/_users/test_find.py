# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who uses a device, on trees laid out as the kernel lays them out (what a real kernel shows is asked in the lab:
tests/scenarios/test_users.py).
"""

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._kernel.block_graph import Stack
from ansible_collections.sanops.multipath.plugins.module_utils._users import find as find_users
from support.users import UDEV, look, mount, users

LATE = "no answer within its time"


def test_nobody(host):
    assert users(host) == {"dm-0": [], "sda": []}


class TestHolders:
    def test_all_the_way_up(self, host):
        host.dm("dm-1", 1, "mpatha-part1", "part1-mpath-3600a", ["dm-0"])
        host.dm("dm-2", 2, "crypt", "CRYPT-LUKS2-1", ["dm-1"])
        host.dm("dm-3", 3, "vg-lv", "LVM-x", ["dm-2"])
        host.dm("dm-4", 4, "plain", "", ["dm-3"])
        host.disk("bcache0", "252:0")
        host.holder("dm-4", "bcache0")
        host.mounts(mount("252:0", "/srv", "/dev/bcache0"))
        assert users(host) == {
            "dm-0": [
                ("partition", "mpatha-part1 (dm-1)"),
                ("luks", "crypt (dm-2)"),
                ("lvm", "vg-lv (dm-3)"),
                ("dm", "plain (dm-4)"),
                ("other", "bcache0 (bcache0)"),
                ("mount", "/srv (ext4, rw)"),
            ],
            "sda": [],
        }  # what lies on the map is no use of its path

    def test_on_which_device_somebody_was_found(self, host):
        """A reader of the partition's map explains an opener of that, and none of the map below."""
        host.dm("dm-1", 1, "mpatha-part1", "part1-mpath-3600a", ["dm-0"])
        host.process(52, "blkid", files=["/dev/dm-1"], cgroup=UDEV)
        host.process(53, "blkid", files=["/dev/dm-0"], cgroup=UDEV)
        found = [
            (item["name"], item["user"]["kind"], item.get("on"))
            for item in find_users.find(host.tree, ["dm-0"])
            if "user" in item
        ]
        assert found == [("dm-0", "partition", None), ("dm-0", "probe", "dm-1"), ("dm-0", "probe", None)]

    def test_a_volume_over_two_devices_is_one(self, host):
        host.dm("dm-1", 1, "mpathb", "mpath-3600b", [])
        host.dm("dm-2", 2, "vg-a", "LVM-a", ["dm-0", "dm-1"])
        host.dm("dm-3", 3, "vg-b", "LVM-b", ["dm-0"])
        host.dm("dm-4", 4, "top", "LVM-c", ["dm-2", "dm-3"])
        assert users(host, "dm-0", "dm-1") == {
            "dm-0": [("lvm", "vg-a (dm-2)"), ("lvm", "top (dm-4)"), ("lvm", "vg-b (dm-3)")],
            "dm-1": [("lvm", "vg-a (dm-2)"), ("lvm", "top (dm-4)")],
        }
        assert [upper for dummy, upper, dummy in Stack(host.tree).above("dm-0")] == ["dm-2", "dm-4", "dm-3"]

    def test_md_on_a_partition_of_a_disk(self, host):
        host.disk("md0", "9:0")
        host.holder("sda/sda1", "md0")
        assert users(host)["sda"] == [("md", "md0 (md0)")]

    def test_a_path_used_behind_the_maps_back(self, host):
        host.mounts(mount("8:1", "/oops", "/dev/sda1"))
        host.process(9, "dd", files=["/dev/sda"])
        assert users(host)["sda"] == [("mount", "/oops (ext4, rw)"), ("process", "pid 9 (dd)")]

    def test_swap_on_a_volume(self, host):
        host.dm("dm-1", 1, "vg-swap", "LVM-x", ["dm-0"])
        host.file(
            "/proc/swaps", "Filename Type Size Used Priority\n/dev/dm-1 partition 100 0 -2\n/swapfile file 1 0 -3"
        )
        assert users(host)["dm-0"] == [("lvm", "vg-swap (dm-1)"), ("swap", "/dev/dm-1")]

    def test_loop_and_what_lies_on_it(self, host):
        host.disk("loop0", "7:0")
        host.file("/sys/devices/block/loop0/loop/backing_file", "/dev/mapper/mpatha")
        host.mounts(mount("7:0", "/inside", "/dev/loop0"))
        assert users(host)["dm-0"] == [("loop", "/dev/loop0"), ("mount", "/inside (ext4, rw)")]


class TestExports:
    LIO = "/sys/kernel/config/target/core/"

    def test_lio(self, host):
        host.file(
            self.LIO + "iblock_0/by_number/info",
            (
                "Status: DEACTIVATED  Max Queue Depth: 0  SectorSize: 512  HwMaxSectors: 65528\n"
                "        iBlock device: dm-0  UDEV PATH: /dev/dm-0  readonly: 0\n        Major: "
                "253 Minor: 0  CLAIMED: IBLOCK"
            ),
        )
        host.file(
            self.LIO + "fileio_1/by_file/info",
            "TCM FILEIO ID: 0        File: /dev/mapper/mpatha  Size: 67108864  Mode: Buffered-WCE Async: 0",
        )
        host.file(
            self.LIO + "pscsi_2/by_path/info", "SCSI Device Bus Location: Channel ID: 0 Target ID: 0 LUN: 5 Host ID: 2"
        )
        host.file(self.LIO + "pscsi_2/by_path/udev_path", "/dev/sda")
        host.file(
            self.LIO + "fileio_1/a_file/info",
            "TCM FILEIO ID: 1        File: /srv/disk.img  Size: 67108864  Mode: O_DSYNC Async: 0",
        )
        host.file(self.LIO + "fileio_1/hba_info", "HBA Index: 1 plugin: fileio version: v5.0")
        assert users(host) == {
            "dm-0": [("export", "LIO fileio_1/by_file"), ("export", "LIO iblock_0/by_number")],
            "sda": [("export", "LIO pscsi_2/by_path")],
        }

    def test_nvme_and_scst(self, host):
        for number, enabled in (("1", "1"), ("2", "0")):
            host.file(
                "/sys/kernel/config/nvmet/subsystems/nqn.x/namespaces/%s/device_path" % number, "/dev/mapper/mpatha"
            )
            host.file("/sys/kernel/config/nvmet/subsystems/nqn.x/namespaces/%s/enable" % number, enabled)
        host.file("/sys/kernel/scst_tgt/devices/disk1/filename", "/dev/sda\n[key]")
        assert users(host) == {
            "dm-0": [("export", "NVMe target nqn.x, namespace 1")],
            "sda": [("export", "SCST disk1")],
        }

    @pytest.mark.parametrize("module", ["target_core_mod", "nvmet"])
    def test_a_target_without_configfs_leaves_nobody_unknown(self, host, module):
        host.file("/sys/module/%s/refcnt" % module, "1")
        found, unread = look(host)
        assert found["dm-0"] is None and len(unread) == 1 and "exports: " + module in unread[0]
        host.file("/sys/kernel/config/target/version", "")
        host.file("/sys/kernel/config/nvmet/x", "")
        assert users(host)["dm-0"] == []


@pytest.mark.parametrize(
    "items, error, found, unread",
    [
        ([], None, [], []),
        ([], LATE, None, ["none was asked: " + LATE]),
        ([{"source": "mounts"}, {"source": "swap"}], LATE, None, ["swap: " + LATE]),
        (
            [{"source": "mounts"}, {"name": "sda", "user": {"kind": "mount", "detail": "/"}}],
            "x",
            [{"kind": "mount", "detail": "/"}],
            ["mounts: x"],
        ),
        ([{"name": "sda", "user": {"kind": "probe", "detail": "y"}}, {"unread": "z"}], None, None, ["z"]),
        ([{"name": "sda", "user": {"kind": "probe", "detail": "y"}}] * 2, None, [{"kind": "probe", "detail": "y"}], []),
    ],
)
def test_nobody_found_by_a_look_that_broke_off_is_not_nobody_there(items, error, found, unread):
    assert find_users.by_name(items, ["sda"], error) == ({"sda": found}, unread)
