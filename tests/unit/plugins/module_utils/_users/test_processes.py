# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which processes have a device open, and where they belong."""

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._users import find as find_users
from ansible_collections.sanops.multipath.plugins.module_utils._users import openers
from support.users import DOCKER, UDEV, look, mount, openers_of, users


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
        reported = [detail for kind, detail in users(host)["dm-0"] if kind == "process"]
        assert reported[:2] == ["pid 61 (pg61), in D state, has /data/61 open", "pid 50 (pg50), has /data/50 open"]
        assert (len(reported), reported[-1]) == (11, "and 2 more with files open on it")

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
