# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host is otherwise, from its files."""

import json
import pathlib

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import schema
from ansible_collections.sanops.multipath.plugins.module_utils._host import layers
from ansible_collections.sanops.multipath.plugins.module_utils._host import platform as host_platform
from lab import recording
from support.trees import Host

RECORDINGS = pathlib.Path(__file__).parents[3] / "recordings"
MAP = {"wwid": "3600a", "name": "mpatha", "dm": "dm-0", "dev_t": "253:0"}
PATH = {"sd": "sda", "wwid": "3600a", "transport": "iscsi", "map": "3600a", "dev_t": "8:0"}


AFTER_AN_ERROR = ["though mounted rw, as the kernel does after an error"]
READ_ONLY = "rw - ext4 /dev/mapper/mpatha ro"


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


@pytest.mark.parametrize(
    "text, system",
    [
        ('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n', ("debian", "12", [])),
        (
            'ID=\'rocky\'\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"',
            ("rocky", "9.4", ["rhel", "centos", "fedora"]),
        ),
        ("NAME=x\n", ("linux", None, [])),
        (None, (None, None, [])),
    ],
)
def test_os_release(host, text, system):
    if text is not None:
        host.file("/usr/lib/os-release", text)
    assert host_platform.os_release(host.tree) == dict(zip(("os", "os_version", "os_like"), system))


@pytest.mark.parametrize(
    "names, runs",
    [
        (["systemd"], False),
        (["systemd", "kubelet"], True),
        (["k3s-agent"], True),
        (["kubelet-wrapper", "xkubelet"], False),
    ],
)
def test_kubelet(host, names, runs):
    for number, name in enumerate(names, 1):
        host.file("/proc/%d/comm" % number, name + "\n")
    assert host_platform.kubelet(host.tree) is runs


def test_processes_that_cannot_be_read_are_not_no_kubelet(host):
    with pytest.raises(OSError, match="the processes could not be read"):
        host_platform.kubelet(host.tree)


class TestStopped:
    LOG = "6,0,0,-;Linux version 6.12\n"
    SHUT = (
        "2,7,5,-;XFS (dm-0): log I/O error -5\n1,8,5,-;XFS (dm-0): Please unmount the filesystem and "
        "rectify the problem(s): shutting down\n"
    )
    REMOUNTED = "2,9,5,-;EXT4-fs (dm-0): Remounting filesystem read-only\n"

    def look(
        self, host, mount="rw,relatime - ext4 /dev/mapper/mpatha rw", log=LOG, errors=None, mounted="253:0", paths=()
    ):
        host.block("dm-0", "253:0", name="mpatha", uuid="mpath-3600a")
        host.block("sda", "8:0")
        host.file(
            "/proc/1/mountinfo", "22 1 254:1 / / rw - ext4 /dev/vda1 rw\n30 22 %s / /data %s\n" % (mounted, mount)
        )
        host.file("/dev/kmsg", log)
        if errors is not None:
            host.file("/sys/fs/ext4/dm-0/errors_count", errors)
        found = host_platform.read_only(host.tree, layers.Layers(host.tree, [MAP], paths))
        return [one["why"] for one in found["stopped"]], [one["why"] for one in found["unsure"]], found

    def stopped(self, host, mount=READ_ONLY, **changes):
        """Return the first one that has stopped."""
        return self.look(host, mount=mount, **changes)[2]["stopped"][0]

    @pytest.mark.parametrize(
        "change, stopped",
        [
            ({}, []),
            ({"mount": "rw,relatime - ext4 /dev/mapper/mpatha ro"}, AFTER_AN_ERROR),
            ({"mount": "rw,relatime - ext4 /dev/mapper/mpatha rw,emergency_ro"}, AFTER_AN_ERROR),
            ({"mount": "rw,relatime - ext4 /dev/mapper/mpatha rw,shutdown"}, ["shut down by the kernel"]),
            ({"mount": "ro,relatime - ext4 /dev/mapper/mpatha ro"}, []),  # somebody asked for it
            ({"mount": "ro,relatime - ext4 /dev/mapper/mpatha rw"}, []),  # one view of it only
            (
                {"mount": "rw - xfs /dev/mapper/mpatha rw", "log": LOG + SHUT},
                ["the kernel says: Please unmount the filesystem and rectify the problem(s): shutting down"],
            ),
            ({"log": LOG + REMOUNTED}, ["the kernel says: Remounting filesystem read-only"]),
            ({"log": LOG + REMOUNTED + "6,10,6,-;EXT4-fs (dm-0): unmounting filesystem.\n"}, []),
            (
                {"log": LOG + REMOUNTED, "mounted": "254:7"},
                ["the kernel says: Remounting filesystem read-only"],
            ),  # where the host does not see it
            ({"log": LOG + REMOUNTED.replace("dm-0", "vda1")}, []),  # no SAN device
            ({"mount": "rw - ext4 /dev/sda ro", "mounted": "8:0", "paths": [dict(PATH, map=None)]}, AFTER_AN_ERROR),
            (
                {"mount": "rw - ext4 /dev/sda ro", "mounted": "8:0", "paths": [dict(PATH, map=None, transport="ata")]},
                [],
            ),
        ],
    )
    def test_stopped(self, host, change, stopped):
        assert self.look(host, **change)[:2] == (stopped, [])

    @pytest.mark.parametrize(
        "change, unsure",
        [
            ({"mount": "rw - xfs /dev/mapper/mpatha rw"}, True),
            ({"mount": "ro - xfs /dev/mapper/mpatha ro"}, False),
            ({"errors": "0\n"}, False),
            ({"errors": "3\n"}, True),
            ({}, True),  # an ext4 that does not tell how many errors it has counted
            ({"mount": "rw - btrfs /dev/mapper/mpatha rw"}, False),
        ],
    )
    @pytest.mark.parametrize("log", ["", "6,4711,0,-;something later\n"])
    def test_a_log_that_has_forgotten_proves_nothing(self, host, change, unsure, log):
        assert self.look(host, log=log, **change)[:2] == (
            [],
            [
                "%s tells it in the kernel log only, whose beginning is lost"
                % ("xfs" if "xfs" in change.get("mount", "") else "ext4")
            ]
            if unsure
            else [],
        )

    def test_it_tells_where(self, host):
        assert self.stopped(host) == {
            "device": "dm-0",
            "wwid": "3600a",
            "mountpoint": "/data",
            "fstype": "ext4",
            "why": AFTER_AN_ERROR[0],
            "first_error": None,
            "first_warning": None,
        }

    BEGUN = (
        "6,1,1000000,-;EXT4-fs (dm-0): mounted filesystem 6e7a with ordered data mode.\n"
        "6,2,2000000,-;EXT4-fs (dm-0): 1 orphan inode deleted\n"
        "3,3,5000000,-;%s\n SUBSYSTEM=block\n3,4,6000000,-;EXT4-fs error (device dm-0): "
        "ext4_find_entry:1463: inode #2: comm ls: reading\n"
    )

    @pytest.mark.parametrize(
        "line",
        [
            "I/O error, dev dm-0, sector 8 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2",
            "Buffer I/O error on dev dm-0, logical block 1, lost async page write",
            "Aborting journal on device dm-0-8.",
            "EXT4-fs error (device dm-0) in ext4_reserve_inode_write:5726: Journal has aborted",
            "XFS (dm-0): log I/O error -5",
            "EXT4-fs (dm-0): previous I/O error to superblock detected",
        ],
    )
    def test_the_first_warning_since_the_mount(self, host, line):
        host.file("/proc/stat", "cpu  1 2 3\nbtime 1763766000\nprocesses 99\n")
        old = "3,1,500000,-;EXT4-fs error (device dm-0): of an earlier mount\n"
        found = self.stopped(host, log=self.LOG + old + self.BEGUN % line)
        assert found["first_warning"] == {"time": "2025-11-21T23:00:05Z", "text": line, "whole": True}

    @pytest.mark.parametrize(
        "line",
        [
            "I/O error, dev dm-01, sector 8",
            "I/O error, dev sda, sector 8",
            "Aborting journal on device dm-1-8.",
            "sd 3:0:0:1: [sda] tag#0 FAILED Result",
        ],
    )
    def test_what_is_said_of_others(self, host, line):
        found = self.stopped(host, log="6,9,9,-;x\n" + self.BEGUN % line)
        assert found["first_warning"] == {
            "time": None,
            "text": "EXT4-fs error (device dm-0): ext4_find_entry:1463: inode #2: comm ls: reading",
            "whole": False,
        }

    def test_a_process_that_writes_to_the_log_is_not_the_kernel(self, host):
        found = self.stopped(host, log="11,9,9,-;I/O error, dev dm-0, sector 8\n")
        assert found["first_warning"] is None

    @pytest.mark.parametrize(
        "attributes, error",
        [
            (
                {"time": "1763766005", "func": "ext4_journal_check_start", "block": "0", "ino": "12"},
                {"time": "2025-11-21T23:00:05Z", "function": "ext4_journal_check_start", "block": 0, "inode": 12},
            ),
            (
                {"time": "1763766005", "func": ""},
                {"time": "2025-11-21T23:00:05Z", "function": None, "block": None, "inode": None},
            ),
            ({"time": "0", "func": "", "block": "0", "ino": "0"}, None),
        ],
    )
    def test_the_first_error_that_ext4_has_counted(self, host, attributes, error):
        for name, text in attributes.items():
            host.file("/sys/fs/ext4/dm-0/first_error_" + name, text + "\n")
        assert self.stopped(host)["first_error"] == error

    def test_what_lies_on_a_map_is_of_the_map(self, host):
        host.block("dm-0", "253:0", holders=["dm-5"], name="mpatha", uuid="mpath-3600a")
        host.block("dm-5", "253:5", name="vg-data", uuid="LVM-x")
        found = self.look(host, mount="rw - ext4 /dev/mapper/vg-data ro", mounted="253:5")[2]["stopped"]
        assert [(one["device"], one["wwid"]) for one in found] == [("dm-5", "3600a")]

    @pytest.mark.parametrize("options, why", [("ro", AFTER_AN_ERROR), ("rw", [])])
    def test_each_file_system_once(self, host, options, why):
        """A view of it that was asked to be read-only says nothing of it."""
        mount = (
            "ro - xfs /dev/mapper/mpatha {0}\n31 22 253:0 / /b rw - xfs /dev/mapper/mpatha {0}\n32 "
            "22 253:0 / /c rw - xfs /dev/mapper/mpatha {0}"
        )
        stopped, unsure, found = self.look(host, mount=mount.format(options), log="")
        assert (stopped, len(unsure)) == (why, 1 - len(why))
        assert [one["mountpoint"] for one in found["stopped"] + found["unsure"]] == ["/b"]

    def test_mounts_that_cannot_be_read_are_not_no_mounts(self, host):
        with pytest.raises(OSError, match="the mounts of the host could not be read"):
            host_platform.read_only(host.tree, layers.Layers(host.tree, [], []))


def test_all_parts(host):
    host.file("/proc/1/mountinfo")
    platform, unread = host_platform.together(
        json.loads(json.dumps(list(host_platform.look(host.tree, [MAP], [PATH])))), None
    )
    assert (
        sorted(platform) == ["kubelet", "lvm", "nvme", "os", "os_like", "os_version", "proxmox", "read_only", "volumes"]
        and unread == []
    )


def test_a_part_that_cannot_be_read_costs_no_other(host):
    host.file("/proc/1/comm", "systemd\n")
    platform, unread = host_platform.together(list(host_platform.look(host.tree, [MAP], [PATH])), None)
    assert (platform["read_only"], platform["proxmox"]["present"]) == (None, False)
    assert unread == [("read_only", "the mounts of the host could not be read")]


def test_a_part_that_hangs_names_itself(host):
    host.file("/proc/1/mountinfo")
    items = list(host_platform.look(host.tree, [], []))
    platform, unread = host_platform.together(items[: items.index(["read_only"]) + 1], "no answer")
    assert (platform["os_version"], platform["lvm"]["present"], platform["read_only"]) == (None, False, None)
    assert unread == [
        ("read_only", "no answer"),
        ("nvme", "read_only was not read to the end, and this comes after it"),
        ("proxmox", "read_only was not read to the end, and this comes after it"),
    ]


def test_no_child_at_all():
    platform, unread = host_platform.together([], "no child could be started")
    assert platform == {
        "os": None,
        "os_version": None,
        "os_like": [],
        "kubelet": None,
        "lvm": None,
        "volumes": None,
        "read_only": None,
        "nvme": None,
        "proxmox": None,
    }
    assert unread == [(part, "no child could be started") for part in schema.PLATFORM]


def test_a_real_node(tmp_path):
    """Its mail LUN is unmapped while it is mounted; nothing has been written to it since."""
    recording.restore(RECORDINGS / "node1.tar.gz", tmp_path)
    host = Host(tmp_path)
    host.file("/proc/1/mountinfo", (tmp_path / "proc/self/mountinfo").read_text())
    maps = [dict(MAP, dm=path.parent.parent.name) for path in sorted((tmp_path / "sys/block").glob("dm-*/dm/uuid"))]
    found = host_platform.read_only(host.tree, layers.Layers(host.tree, maps, []))
    assert found["stopped"] == [] and [one["mountpoint"] for one in found["unsure"]] == ["/mnt/mail"]
