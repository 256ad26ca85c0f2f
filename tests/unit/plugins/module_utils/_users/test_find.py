# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who uses a device, on trees laid out as the kernel lays them out (what a real kernel shows is asked in the lab:
tests/scenarios/test_users.py).
"""

import json

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._kernel.block_graph import Stack
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree
from ansible_collections.sanops.multipath.plugins.module_utils._users import find as find_users
from ansible_collections.sanops.multipath.plugins.module_utils._users import mounts as users_mounts
from ansible_collections.sanops.multipath.plugins.module_utils._users import openers

DOCKER = "0::/system.slice/docker-" + "0123456789ab" + 52 * "c" + ".scope"
LATE = "no answer within its time"
UDEV = "0::/system.slice/systemd-udevd.service/udev"


class Nodes(Tree):
    """A tree whose device files are in a table, as a test may not make real ones; whoever stats a file of a dead
    NFS server never comes back.
    """

    def __init__(self, root):
        super().__init__(root)
        self.nodes, self.characters, self.broken, self.forbidden = {}, {}, set(), {}  # forbidden: {path: how often}

    def node(self, path):
        target = self.link(path) or path
        assert not target.startswith("/nfs"), "this would hang"
        block, character = self.nodes.get(target), self.characters.get(target)
        return ("block", block) if block else ("character", character) if character else None

    def block_number(self, path):
        found = self.node(path)
        return found[1] if found and found[0] == "block" else None

    def names(self, path, **options):
        if path in self.broken:
            raise OSError(5, "Input/output error")
        return [] if self.is_forbidden(path, **options) else super().names(path)

    def link(self, path, **options):
        return None if self.is_forbidden(path, **options) else super().link(path)

    def is_forbidden(self, path, strict=False):
        if not self.forbidden.get(path):
            return False
        self.forbidden[path] -= 1
        if strict:
            raise PermissionError(13, "Permission denied")
        return True


class Host:
    """A tree of sysfs and proc files, made by the few strokes that these tests need."""

    def __init__(self, root):
        self.root, self.tree = root, Nodes(str(root))
        self.process(1, "systemd", files=["/dev/null"])

    def file(self, path, text):
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("utf-8", "surrogateescape") + b"\n")

    def link(self, path, to):
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(to)

    def disk(self, name, dev_t, parts=()):
        self.file("/sys/devices/block/%s/dev" % name, dev_t)
        self.link("/sys/block/" + name, "../devices/block/" + name)
        self.link("/sys/class/block/" + name, "../../devices/block/" + name)
        self.tree.nodes["/dev/" + name] = dev_t
        for number, part in enumerate(parts, 1):
            part_dev_t = "%s:%d" % (dev_t.split(":")[0], int(dev_t.split(":")[1]) + number)
            self.file("/sys/devices/block/%s/%s/partition" % (name, part), str(number))
            self.file("/sys/devices/block/%s/%s/dev" % (name, part), part_dev_t)
            self.link("/sys/class/block/" + part, "../../devices/block/%s/%s" % (name, part))
            self.tree.nodes["/dev/" + part] = part_dev_t

    def generic(self, hctl, sd):
        """The nodes by which SCSI commands go to a disk past its block device."""
        here = "/sys/devices/platform/host3/session1/target3:0:0/%s/" % hctl
        self.link(
            "/sys/class/scsi_device/%s/device" % hctl, "../../../devices/platform/host3/session1/target3:0:0/" + hctl
        )
        self.file(here + "block/%s/x" % sd, "")
        for dev_t, node, place in (
            ("21:3", "/dev/sg3", "scsi_generic/sg3"),
            ("249:3", "/dev/bsg/" + hctl, "bsg/" + hctl),
        ):
            self.file(here + place + "/dev", dev_t)
            self.link(
                "/sys/dev/char/" + dev_t, "../../devices/platform/host3/session1/target3:0:0/%s/%s" % (hctl, place)
            )
            self.tree.characters[node] = dev_t

    def dm(self, name, minor, dm_name, uuid, below):
        self.disk(name, "253:%d" % minor)
        self.file("/sys/devices/block/%s/dm/name" % name, dm_name)
        self.file("/sys/devices/block/%s/dm/uuid" % name, uuid)
        for one in below:
            self.holder(one, name)

    def holder(self, below, name):
        holders = self.root / "sys/class/block" / below / "holders"
        holders.mkdir(exist_ok=True)
        (holders / name).symlink_to("../../" + name)

    def mounts(self, *lines, pid=1):
        self.file("/proc/%d/mountinfo" % pid, "\n".join(lines))

    def process(
        self,
        pid,
        comm,
        mounts=(),
        namespace="mnt:[1]",
        files=(),
        cgroup="0::/",
        program=None,
        root="/",
        state="S",
        uid=0,
    ):
        here = "/proc/%d/" % pid
        self.file(here + "comm", comm)
        if mounts is not None:
            self.mounts(*mounts, pid=pid)
        self.link(here + "ns/mnt", namespace)
        self.link(here + "root", root)
        self.link(here + "exe", program or "/usr/bin/" + comm)
        self.file(here + "cgroup", cgroup)
        self.file(here + "task/%d/stat" % pid, "%d (%s) %s 1 1" % (pid, comm, state))
        self.file(here + "status", "Name:\t%s\nUid:\t%d\t%d\t%d\t%d" % (comm, uid, uid, uid, uid))
        self.opened(here, files)

    def opened(self, here, files):
        for number, opened in enumerate(files):
            path, mount_id = opened if isinstance(opened, tuple) else (opened, "9")
            self.link(here + "fd/%d" % number, path)
            self.file(here + "fdinfo/%d" % number, "pos:\t0\nflags:\t02\nmnt_id:\t%s\nino:\t5" % mount_id)


@pytest.fixture
def host(tmp_path):
    host = Host(tmp_path)
    host.disk("sda", "8:0", ["sda1"])
    host.disk("sdb", "8:16")
    host.dm("dm-0", 0, "mpatha", "mpath-3600a", ["sda", "sdb"])
    return host


def look(host, *names):
    names = names or ["dm-0", "sda"]
    items = json.loads(json.dumps(list(find_users.find(host.tree, names))))  # as it comes out of the child
    return find_users.by_name(items, names, None)


def users(host, *names):
    found, unread = look(host, *names)
    assert unread == []
    return {name: [(user["kind"], user["detail"]) for user in some] for name, some in found.items()}


def openers_of(host):
    return [(item["opener"], item["name"]) for item in find_users.find(host.tree, ["dm-0", "sda"]) if "opener" in item]


def mount(dev_t, where, source="/dev/mapper/mpatha", options="rw", fstype="ext4", number="36", own="rw", root="/"):
    return "%s 35 %s %s %s %s,relatime shared:1 - %s %s %s" % (number, dev_t, root, where, own, fstype, source, options)


def test_nobody(host):
    assert users(host) == {"dm-0": [], "sda": []}


class TestMounts:
    def test_how(self, host):
        host.mounts(
            mount("253:0", r"/mnt/with\040space"), mount("253:0", "/mnt/ro", number="37", own="ro", options="ro")
        )
        assert users(host)["dm-0"] == [("mount", "/mnt/with space (ext4, rw)"), ("mount", "/mnt/ro (ext4, ro)")]

    def test_names_in_utf_8_and_names_that_are_no_text(self, host):
        host.mounts(mount("253:0", "/mnt/Ångström"), mount("253:0", "/mnt/\udcff\x0b", number="37"))
        assert users(host)["dm-0"] == [("mount", "/mnt/Ångström (ext4, rw)"), ("mount", "/mnt/\\xff\x0b (ext4, rw)")]

    def test_in_another_namespace_only(self, host):
        for pid in (77, 78):
            host.process(pid, "postgres", [mount("253:0", "/data")], "mnt:[2]", cgroup=DOCKER)
        assert users(host)["dm-0"] == [
            ("mount", "/data (ext4, rw) in the mount namespace of pid 77 (postgres), container 0123456789ab")
        ]

    def test_a_cloned_namespace_repeats_nothing(self, host):
        host.mounts(mount("253:0", "/data"))
        host.process(
            77,
            "systemd-udevd",
            [mount("253:0", "/data", number="50"), mount("253:0", "/private", number="51")],
            "mnt:[2]",
        )
        assert users(host)["dm-0"] == [
            ("mount", "/data (ext4, rw)"),
            ("mount", "/private (ext4, rw) in the mount namespace of pid 77 (systemd-udevd)"),
        ]

    def test_the_process_that_is_asked_ends_meanwhile(self, host):
        host.process(77, "sh", None, "mnt:[2]")
        host.process(78, "postgres", [mount("253:0", "/data")], "mnt:[2]")
        assert users(host)["dm-0"] == [("mount", "/data (ext4, rw) in the mount namespace of pid 78 (postgres)")]

    def test_a_process_that_has_changed_its_root_directory_does_not_see_all(self, host):
        host.process(77, "jailed", [mount("253:0", "/", number="60")], "mnt:[2]", root="/var/empty")
        host.process(78, "postgres", [mount("8:16", "/data", number="61")], "mnt:[2]")
        host.process(79, "tight", [], "mnt:[1]", root="/var/empty")
        assert users(host, "dm-0", "sdb") == {
            "dm-0": [("mount", "/ (ext4, rw) in the mount namespace of pid 77 (jailed)")],
            "sdb": [("mount", "/data (ext4, rw) in the mount namespace of pid 78 (postgres)")],
        }

    def test_what_a_changed_root_shows_again_is_told_once(self, host):
        host.mounts(mount("253:0", "/srv/data"))
        host.process(79, "jailed", [mount("253:0", "/data")], root="/srv")
        assert users(host)["dm-0"] == [("mount", "/srv/data (ext4, rw)")]

    def test_a_namespace_that_cannot_be_read_leaves_nobody_unknown(self, host):
        host.process(77, "sh", None, "mnt:[2]")
        host.process(50, "qemu", files=["/dev/sda"])
        found, unread = look(host)
        assert unread == ["mounts: the mount namespace of pid 77 could not be read"]
        assert (found["dm-0"], [user["kind"] for user in found["sda"]]) == (None, ["process"])

    def test_root_that_may_not_look_at_others_knows_nothing(self, host):
        (host.root / "proc/1/ns/mnt").unlink()
        (host.root / "proc/1/fd/0").unlink()
        found, unread = look(host)
        assert found == {"dm-0": None, "sda": None}
        assert unread == [
            "mounts: the namespaces of other processes cannot be read",
            "processes: the open files of other processes cannot be read",
        ]

    def test_a_file_system_that_is_alive_though_no_mount_is_seen(self, host):
        for fstype in ("ext4", "xfs"):
            host.file("/sys/fs/%s/features/x" % fstype, "")
        host.file("/sys/fs/ext4/dm-0/errors_count", "0")
        host.file("/sys/fs/xfs/sda1/error/x", "")
        gone = " is mounted where no process sees it: unmounted lazily, or in a mount namespace that only a file keeps"
        assert users(host) == {"dm-0": [("mount", "ext4" + gone)], "sda": [("mount", "xfs" + gone)]}
        host.mounts(mount("253:0", "/data"), mount("8:1", "/oops", number="37"))
        assert [user[1] for found in users(host).values() for user in found] == ["/data (ext4, rw)", "/oops (ext4, rw)"]

    def test_btrfs_by_any_name_of_any_member(self, host):
        host.dm("dm-1", 1, "mpathb", "mpath-3600b", [])
        for member in ("dm-0", "dm-1"):
            host.file("/sys/fs/btrfs/c0b6393a/devices/%s/size" % member, "1")
        host.tree.nodes["/dev/disk/by-id/b"] = "253:1"
        host.mounts(mount("0:33", "/mnt/b", "/dev/disk/by-id/b", fstype="btrfs"))
        assert users(host, "dm-0", "dm-1") == {
            "dm-0": [("mount", "/mnt/b (btrfs, rw)")],
            "dm-1": [("mount", "/mnt/b (btrfs, rw)")],
        }
        host.mounts(mount("0:33", "/mnt/b", "/dev/lost", fstype="btrfs"))
        assert [found[0][1].split(":")[0] for found in users(host, "dm-0", "dm-1").values()] == [
            "btrfs is mounted where no process sees it"
        ] * 2

    def test_all_members_of_bcachefs(self, host):
        host.mounts(mount("0:34", "/mnt/c", "/dev/sdb:/dev/mapper/mpatha", fstype="bcachefs"))
        assert users(host, "dm-0", "sdb") == {
            "dm-0": [("mount", "/mnt/c (bcachefs, rw)")],
            "sdb": [("mount", "/mnt/c (bcachefs, rw)")],
        }

    def test_the_log_of_xfs_on_another_device(self, host):
        host.mounts(mount("8:16", "/mnt/x", "/dev/sdb", "rw,attr2,logdev=/dev/mapper/mpatha,noquota", "xfs"))
        assert users(host)["dm-0"] == [("mount", "/mnt/x (xfs, rw)")]

    def test_the_device_file_given_to_a_container(self, host):
        host.mounts(
            mount("0:5", "/var/lib/kubelet/pods/x/dev/pvc", "udev", fstype="devtmpfs", root="/dm-0"),
            mount("0:5", "/dev", "udev", fstype="devtmpfs"),
        )
        assert users(host)["dm-0"] == [("mount", "/var/lib/kubelet/pods/x/dev/pvc (the device file itself, rw)")]


class TestErrors:
    def told(self, host, **changes):
        host.mounts(mount("253:0", "/data", **changes))
        return users(host)["dm-0"][0][1]

    def test_read_only_though_mounted_rw(self, host):
        for options in ("ro,errors=remount-ro", "rw,emergency_ro"):
            told = self.told(host, options=options)
            assert told == "/data (ext4, ro, though mounted rw, as the kernel does after an error)"
        assert self.told(host, options="ro", own="ro") == "/data (ext4, ro)"

    def test_shutdown(self, host):
        assert self.told(host, options="rw,shutdown") == "/data (ext4, rw, shut down by the kernel)"

    def test_counted_by_ext4(self, host):
        for name, text in (
            ("errors_count", "2"),
            ("first_error_time", "1795248552"),
            ("last_error_time", "1795248590"),
            ("last_error_func", "ext4_lookup"),
        ):
            host.file("/sys/fs/ext4/dm-0/" + name, text)
        assert (
            self.told(host)
            == "/data (ext4, rw, 2 errors from 2026-11-21T08:09:12Z to 2026-11-21T08:09:50Z, the last in ext4_lookup)"
        )
        host.file("/sys/fs/ext4/dm-0/errors_count", "0")
        assert self.told(host) == "/data (ext4, rw)"

    @pytest.mark.parametrize(
        "said, stopped",
        [
            # Records of Linux 6.1.176 and 6.12.
            ("EXT4-fs (dm-0): Remounting filesystem read-only", True),
            ("EXT4-fs (dm-0): shut down requested (1)", True),
            (
                "XFS (dm-0): Log I/O Error (0x6) detected at xfs_fs_goingdown+0x57/0xb0 [xfs] "
                "(fs/xfs/xfs_fsops.c:498).  Shutting down filesystem.",
                True,
            ),
            ("XFS (dm-0): User initiated shutdown received.", True),
            ("XFS (dm-0): Ending clean mount", False),
            ("EXT4-fs (dm-0): re-mounted. Quota mode: none.", False),
            ("EXT4-fs (dm-1): Remounting filesystem read-only", False),
        ],
    )
    def test_told_by_the_kernel_log_only(self, host, said, stopped):
        host.file(
            "/dev/kmsg",
            "4,966,545067479,-;%s\n SUBSYSTEM=block\n6,967,545067480,-;sd 2:0:0:60: [sdan] Attached SCSI disk" % said,
        )
        assert self.told(host) == "/data (ext4, rw%s)" % (
            ", the kernel says: " + said.partition("): ")[2] if stopped else ""
        )

    @pytest.mark.parametrize(
        "said",
        [
            "EXT4-fs (dm-0): mounted filesystem with ordered data mode. Quota mode: none.",
            "XFS (dm-0): Mounting V5 Filesystem",
            "XFS (dm-0): Unmounting Filesystem",
        ],
    )
    def test_what_was_said_of_an_earlier_mount_is_over(self, host, said):
        host.file("/dev/kmsg", "4,1,1,-;EXT4-fs (dm-0): Remounting filesystem read-only\n6,2,2,-;%s" % said)
        assert self.told(host) == "/data (ext4, rw)"


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


class TestProcesses:
    def test_who_and_where(self, host):
        host.process(
            50, "qemu", files=["/dev/null", "/dev/dm-0", "/dev/dm-0", "socket:[7]"], cgroup="0::/qemu.slice/101.scope"
        )
        host.process(51, "dd", files=["/dev/dm-0"], cgroup=DOCKER, state="D")
        host.process(52, "D) (D", files=["/dev/sda"], program="/bin/x")
        assert users(host) == {
            "dm-0": [
                ("process", "pid 50 (qemu), unit 101.scope"),
                ("process", "pid 51 (dd), container 0123456789ab, in D state"),
            ],
            "sda": [("process", "pid 52 (D) (D)")],
        }

    def test_who_has_something_open_whether_or_not_it_is_a_use(self, host):
        host.mounts(mount("253:0", "/data"))
        host.process(50, "multipathd", files=["/dev/dm-0", "/dev/sda"], program="/usr/sbin/multipathd")
        for pid in range(60, 80):
            host.process(pid, "pg", files=[("/data/x", "36")])
        host.process(90, "idle", files=["/dev/null"])
        assert openers_of(host) == [(50, "dm-0"), (50, "sda")] + [(pid, "dm-0") for pid in range(60, 80)]

    def test_a_thread_in_d_state(self, host):
        host.process(50, "qemu", files=["/dev/dm-0"])
        host.file("/proc/50/task/51/stat", "51 (IO iothread1) D 1 1")
        assert users(host)["dm-0"] == [("process", "pid 50 (qemu), in D state")]

    def test_a_device_file_of_another_name(self, host):
        host.mounts(mount("0:40", "/", "overlay", fstype="overlay", number="9"))
        host.process(50, "qemu", files=[("/var/disk", "9")])
        host.tree.nodes["/var/disk"] = "253:0"
        assert users(host)["dm-0"] == [("process", "pid 50 (qemu)")]

    def test_a_name_of_the_host_that_is_another_device_in_the_container(self, host):
        host.process(50, "qemu", files=["/dev/sda"])
        host.tree.nodes["/dev/sda"] = "8:16"
        assert users(host, "sda", "sdb") == {"sda": [], "sdb": [("process", "pid 50 (qemu)")]}

    def test_no_file_of_another_host_is_asked(self, host):
        host.mounts(mount("0:50", "/nfs", "server:/x", fstype="nfs4", number="70"))
        host.process(50, "less", files=[("/nfs/book", "70"), ("/nfs/lazily/unmounted", "71")])
        assert users(host)["dm-0"] == []

    def test_multipath_is_at_work_and_its_name_can_be_taken(self, host):
        host.process(50, "multipathd", files=["/dev/dm-0"], program="/usr/sbin/multipathd")
        host.process(51, "multipathd", files=["/dev/dm-0"], program="/sbin/multipathd (deleted)")
        host.process(52, "multipathd", files=["/dev/dm-0"], program="/bin/bash")
        assert users(host)["dm-0"] == [("process", "pid 52 (multipathd)")]

    @pytest.mark.parametrize(
        "program, uid",
        [("/home/me/multipath", 0), ("/usr/sbin/multipath/x/multipath", 0), ("/usr/sbin/multipathd", 1000)],
    )
    def test_a_program_merely_called_multipath_is_a_use(self, host, program, uid):
        host.process(50, "multipath", files=["/dev/dm-0"], program=program, uid=uid)
        assert users(host)["dm-0"] == [("process", "pid 50 (multipath)")]
        host.process(51, "multipath", files=["/dev/sda"], program="/usr/bin/multipath")
        (host.root / "proc/51/status").unlink()
        assert users(host)["sda"] == [("process", "pid 51 (multipath)")], "whose it is could not be read"

    @pytest.mark.parametrize(
        "cgroup, kind",
        [
            (
                "0::/../../../system.slice/systemd-udevd.service/udev",
                "probe",
            ),  # as a pod with a cgroup namespace of its own reads it
            ("12:pids:/system.slice/x.service\n1:name=systemd:/system.slice/systemd-udevd.service", "probe"),
            ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/systemd-udevd.service", "process"),
            ("0::/user.slice/user-1000.slice/user@1000.service/system.slice/systemd-udevd.service", "process"),
            ("0::/machine.slice/systemd-nspawn@x.service/payload/system.slice/systemd-udevd.service", "process"),
            ("0::/system.slice/systemd-udevd.service.d", "process"),
        ],
    )
    def test_only_the_hosts_own_udev_merely_looks(self, host, cgroup, kind):
        host.process(52, "cat", files=["/dev/dm-0"], cgroup=cgroup)
        assert [found[0] for found in users(host)["dm-0"]] == [kind]

    def test_who_sends_scsi_commands_past_the_block_device(self, host):
        host.generic("3:0:0:7", "sda")
        host.process(50, "qemu", files=["/dev/sg3"])
        host.process(51, "tgtd", files=["/dev/bsg/3:0:0:7", "/dev/sda"])
        host.process(52, "(udev-worker)", files=["/dev/sg3"], cgroup=UDEV)
        host.process(53, "multipathd", files=["/dev/sg3"], program="/usr/sbin/multipathd")
        host.process(54, "sh", files=["/dev/null"])
        host.tree.characters["/dev/null"] = "1:3"
        assert users(host) == {
            "dm-0": [],
            "sda": [
                ("process", "pid 50 (qemu), has /dev/sg3 open"),
                ("process", "pid 51 (tgtd)"),
                ("probe", "pid 52 (udev-worker), unit systemd-udevd.service, has /dev/sg3 open"),
            ],
        }
        assert openers_of(host) == [(pid, "sda") for pid in (50, 51, 52, 53)]

    def test_our_own_child_that_asked_the_wire_is_no_user(self, host, monkeypatch):
        host.generic("3:0:0:7", "sda")
        host.process(50, "python3", files=["/dev/sg3"])
        host.process(51, "python3", files=["/dev/sg3"])
        monkeypatch.setattr(openers.child, "_killed", [50])
        assert users(host)["sda"] == [("process", "pid 51 (python3), has /dev/sg3 open")]

    def test_a_thread_whose_process_has_lost_its_leader(self, host):
        host.mounts(mount("253:0", "/data"))
        host.process(50, "qemu")
        host.opened("/proc/50/task/51/", ["/dev/sda", ("/data/x", "36")])
        host.file("/proc/50/task/51/stat", "51 (iothread) S 1 1")
        assert users(host) == {
            "dm-0": [("mount", "/data (ext4, rw)"), ("process", "pid 50 (qemu), has /data/x open")],
            "sda": [("process", "pid 50 (qemu)")],
        }

    @pytest.mark.parametrize("what", ["/proc/50/fd", "/proc/50/fd/0", "/proc/50/task/51/fd"])
    def test_open_files_that_may_not_be_read_leave_nobody_unknown(self, host, what):
        host.process(50, "guarded", files=["/dev/null"] if what == "/proc/50/fd/0" else [])
        host.file("/proc/50/task/51/stat", "51 (x) S 1 1")
        host.process(52, "dd", files=["/dev/sda"])
        host.tree.forbidden[what] = 9
        found, unread = look(host)
        assert unread == ["processes: the open files of pid 50 (guarded) may not be read"]
        assert found == {"dm-0": None, "sda": [{"kind": "process", "detail": "pid 52 (dd)"}]}

    def test_a_process_that_ends_while_it_is_read_is_no_gap(self, host):
        """The kernel says then, too, that it may not be read: once."""
        host.process(50, "sh", files=["/dev/null"])
        host.tree.forbidden["/proc/50/fd/0"] = 1
        assert users(host) == {"dm-0": [], "sda": []}

    @pytest.mark.parametrize(
        "state, flags, cgroup, files, ended",
        [
            ("D", 0x400104, UDEV, [], True),
            ("D", 0x400100, UDEV, [], False),
            ("S", 0x400104, UDEV, [], False),
            ("Z", 0x400104, UDEV, [], False),
            ("D", 0x400104, "0::/system.slice/x.service", [], False),
            ("D", 0x400104, UDEV, ["/dev/null"], False),
        ],
    )
    def test_a_killed_worker_of_udev_holds_nobody_knows_what(self, host, state, flags, cgroup, files, ended):
        host.process(52, "(udev-worker)", cgroup=cgroup, files=files, state=state)
        host.file("/proc/52/stat", "52 ((udev-worker)) %s 1 52 52 0 -1 %d 1 1" % (state, flags))
        found = [item["ended"] for item in find_users.find(host.tree, ["dm-0"]) if "ended" in item]
        assert found == (["pid 52 (udev-worker), unit systemd-udevd.service, in D state"] if ended else [])
        assert users(host) == {"dm-0": [], "sda": []}

    def test_what_udev_runs_is_a_probe_and_its_name_can_be_taken(self, host):
        host.process(52, "(udev-worker)", files=["/dev/dm-0"], cgroup=UDEV)
        host.process(
            53, "blkid", files=["/dev/dm-0"], cgroup="1:name=systemd:/system.slice/systemd-udevd.service", state="D"
        )
        host.process(54, "(udev-worker)", files=["/dev/dm-0"])
        assert users(host)["dm-0"] == [
            ("probe", "pid 52 (udev-worker), unit systemd-udevd.service"),
            ("probe", "pid 53 (blkid), unit systemd-udevd.service, in D state"),
            ("process", "pid 54 (udev-worker)"),
        ]

    def test_an_nbd_server(self, host):
        host.process(50, "nbd-server", files=["/dev/dm-0"])
        assert users(host)["dm-0"] == [("export", "pid 50 (nbd-server)")]

    def test_files_on_what_is_mounted_those_that_hang_first(self, host):
        host.mounts(mount("253:0", "/data"))
        for pid in range(50, 62):
            host.process(
                pid,
                "pg%d" % pid,
                files=[("/data/%d" % pid, "36"), ("/data/other", "36")],
                state="D" if pid == 61 else "S",
            )
        told = [detail for kind, detail in users(host)["dm-0"] if kind == "process"]
        assert told[:2] == ["pid 61 (pg61), in D state, has /data/61 open", "pid 50 (pg50), has /data/50 open"]
        assert (len(told), told[-1]) == (11, "and 2 more with files open on it")

    def test_a_file_whose_name_is_no_text(self, host):
        host.mounts(mount("253:0", "/data"))
        host.process(50, "vi", files=[("/data/\udcff\u00e9", "36")])
        assert users(host)["dm-0"][1] == ("process", "pid 50 (vi), has /data/\\xff\u00e9 open")

    def test_one_look_that_fails_does_not_cost_what_the_others_find(self, host):
        host.dm("dm-1", 1, "vg-lv", "LVM-x", ["sdb"])
        host.tree.broken.add("/proc/50/fd")
        host.process(50, "qemu")
        host.process(52, "blkid", files=["/dev/sda"], cgroup=UDEV)
        host.mounts(mount("253:0", "/data"))
        found, unread = look(host, "dm-0", "sda", "sdb")
        assert unread == ["processes: [Errno 5] Input/output error"]
        assert [user["kind"] for user in found["dm-0"] + found["sdb"]] == ["mount", "lvm"] and found["sda"] is None


@pytest.mark.parametrize(
    "text, place",
    [
        (DOCKER, "container 0123456789ab"),
        ("4:memory:/docker/%s\n1:name=systemd:/docker/%s" % (64 * "a", 64 * "a"), "container aaaaaaaaaaaa"),
        ("0::/machine.slice/libpod-%s.scope/container" % (64 * "b"), "container bbbbbbbbbbbb"),
        (
            "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod6d2a2b5e_0a3a_4c0f_9b0e_2f7d1f9f3c11.slice/cri-containerd-%s.scope"
            % (64 * "c"),
            "container cccccccccccc of pod 6d2a2b5e-0a3a-4c0f-9b0e-2f7d1f9f3c11",
        ),
        (
            "0::/kubepods/burstable/pod6d2a2b5e-0a3a-4c0f-9b0e-2f7d1f9f3c11/%s" % (64 * "d"),
            "container dddddddddddd of pod 6d2a2b5e-0a3a-4c0f-9b0e-2f7d1f9f3c11",
        ),
        ("0::/lxc/101/ns/system.slice/cron.service", "container 101"),
        ("0::/lxc.payload.web/init.scope", "container web"),
        ("0::/system.slice/ssh.service", "unit ssh.service"),
        ("0::/user.slice/user-0.slice/session-3.scope", "unit session-3.scope"),
        ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.service", "unit x.service"),
        (
            "12:pids:/system.slice/vm.service\n1:name=systemd:/system.slice/vm.service\n0::/system.slice/vm.service",
            "unit vm.service",
        ),
        ("0::/", None),
        ("", None),
        ("nonsense", None),
    ],
)
def test_where_a_process_belongs(text, place):
    assert openers.parse_cgroup(text) == place


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


@pytest.mark.parametrize("line", ["", "1 2 3", "36 35 8:0 / / rw shared:1 ext4 /dev/sda rw", "36 35 8:0 / / rw - ext4"])
def test_a_line_that_is_no_mount(line):
    assert users_mounts.parse_mountinfo_line(line) is None
