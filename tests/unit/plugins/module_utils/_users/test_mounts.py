# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which mounts are of a device, and which of their errors are reported."""

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._users import mounts as users_mounts
from support.users import DOCKER, look, mount, users


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

    def test_what_a_changed_root_shows_again_is_listed_once(self, host):
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
    def reported(self, host, **changes):
        host.mounts(mount("253:0", "/data", **changes))
        return users(host)["dm-0"][0][1]

    def test_read_only_though_mounted_rw(self, host):
        for options in ("ro,errors=remount-ro", "rw,emergency_ro"):
            reported = self.reported(host, options=options)
            assert reported == "/data (ext4, ro, though mounted rw, as the kernel does after an error)"
        assert self.reported(host, options="ro", own="ro") == "/data (ext4, ro)"

    def test_shutdown(self, host):
        assert self.reported(host, options="rw,shutdown") == "/data (ext4, rw, shut down by the kernel)"

    def test_counted_by_ext4(self, host):
        for name, text in (
            ("errors_count", "2"),
            ("first_error_time", "1795248552"),
            ("last_error_time", "1795248590"),
            ("last_error_func", "ext4_lookup"),
        ):
            host.file("/sys/fs/ext4/dm-0/" + name, text)
        assert (
            self.reported(host)
            == "/data (ext4, rw, 2 errors from 2026-11-21T08:09:12Z to 2026-11-21T08:09:50Z, the last in ext4_lookup)"
        )
        host.file("/sys/fs/ext4/dm-0/errors_count", "0")
        assert self.reported(host) == "/data (ext4, rw)"

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
    def test_reported_by_the_kernel_log_only(self, host, said, stopped):
        host.file(
            "/dev/kmsg",
            "4,966,545067479,-;%s\n SUBSYSTEM=block\n6,967,545067480,-;sd 2:0:0:60: [sdan] Attached SCSI disk" % said,
        )
        assert self.reported(host) == "/data (ext4, rw%s)" % (
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
        assert self.reported(host) == "/data (ext4, rw)"


@pytest.mark.parametrize("line", ["", "1 2 3", "36 35 8:0 / / rw shared:1 ext4 /dev/sda rw", "36 35 8:0 / / rw - ext4"])
def test_a_line_that_is_no_mount(line):
    assert users_mounts.parse_mountinfo_line(line) is None
