# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people see of a host in trouble, on trees of /proc as the kernel writes it (proc(5); the lines of stat are
of Linux 6.1).
"""

import json
import os
import time

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import schema
from ansible_collections.sanops.multipath.plugins.module_utils._facts import collect as collect_facts
from ansible_collections.sanops.multipath.plugins.module_utils._host import symptoms as host_symptoms
from ansible_collections.sanops.multipath.plugins.module_utils._system import child
from support import trees
from support.testimony import WWID

UDEV = "0::/system.slice/systemd-udevd.service/udev"
KTHREAD, WORKER, USER = 0x208040, 0x4208060, 0x400140  # flags of a kernel thread, of a kernel worker, of a process
NOW = 1763812000


class Host(trees.Host):
    """A tree of /proc and sysfs, made by the few strokes that these tests need."""

    def file(self, path, text=""):
        return super().file(path, text + "\n")

    def process(self, pid, comm, states="S", parent=1, flags=USER, wchan="0", cgroup="0::/"):
        """*states*: of its threads, the first is its own."""
        for number, state in enumerate(states):
            stat = (
                "%d (%s) %s %d %d %d 0 -1 %d 1207 0 12 0 3 2 0 0 20 0 %d 0 1234 22003712 1890 18446744073709551615"
                % (pid + number, comm, state, parent, pid, pid, flags, len(states))
            )
            self.file("/proc/%d/task/%d/stat" % (pid, pid + number), stat)
            self.file("/proc/%d/task/%d/wchan" % (pid, pid + number), wchan if state == "D" else "0")
            if number == 0:
                self.file("/proc/%d/stat" % pid, stat)
        self.file("/proc/%d/cgroup" % pid, cgroup)

    def blocked(self, *names):
        return host_symptoms.blocked(self.tree, list(host_symptoms.processes(self.tree)), list(names))

    def udev(self):
        return host_symptoms.udev(self.tree, list(host_symptoms.processes(self.tree)), NOW)


@pytest.fixture
def host(tmp_path):
    host = Host(tmp_path)
    host.process(1, "systemd")
    host.process(2, "kthreadd", parent=0, flags=KTHREAD)
    return host


@pytest.fixture
def disks(host):
    """A map with a volume of LVM on it, its path, and a disk of the host's own."""
    host.block("sda", "8:0", ["dm-0"])
    host.block("dm-0", "253:0", ["dm-5"], name="mpatha", uuid="mpath-" + WWID)
    host.block("dm-5", "253:5", name="vg-data", uuid="LVM-x")
    host.block("vda", "254:0")
    return host


class TestBlocked:
    def test_nobody(self, host):
        host.process(50, "postgres", "SR")
        assert host.blocked() == []

    def test_who_and_where(self, host):
        host.process(50, "postgres", "D", wchan="io_schedule")
        host.process(60, "qemu", "SSDS", wchan="folio_wait_bit_common")  # a thread of it
        host.process(70, "dd", "D")  # where is not known
        assert [(one["pid"], one["comm"], one["wchan"], one["devices"]) for one in host.blocked()] == [
            (50, "postgres", "io_schedule", []),
            (60, "qemu", "folio_wait_bit_common", []),
            (70, "dd", None, []),
        ]

    def test_a_name_may_be_anything(self, host):
        host.process(50, "a) S 1 (b", "D")
        host.process(51, "x) D 1 (y", "S")
        assert [one["comm"] for one in host.blocked()] == ["a) S 1 (b"]

    def test_one_that_ends_meanwhile(self, host):
        host.file("/proc/50/comm", "gone")
        host.process(60, "two", "SD")
        os.remove(host.root / "proc/60/task/61/stat")
        assert host.blocked() == []

    @pytest.mark.parametrize(
        "comm, flags, devices",
        [
            ("kworker/u8:2+flush-253:0", WORKER, ["dm-0"]),
            ("kworker/u8:2-flush-253:5", WORKER, ["dm-0"]),
            ("jbd2/dm-5-8", KTHREAD, ["dm-0"]),
            ("xfsaild/dm-0", KTHREAD, ["dm-0"]),
            ("jbd2/sda-8", KTHREAD, ["sda"]),
            ("jbd2/vda1-8", KTHREAD, []),
            ("kworker/3:1+events", WORKER, []),
            ("kworker/u8:2+flush-254:0", WORKER, []),
            ("scsi_eh_3", KTHREAD, []),
            ("jbd2/dm-5-8", USER, []),
            ("kworker/u8:2+flush-253:0", USER, []),
            ("xfsaild/dm-1234", KTHREAD, []),
        ],
    )  # 15 bytes: the name may have been cut
    def test_threads_of_the_kernel_tell_what_they_work_on(self, disks, comm, flags, devices):
        disks.block("dm-1234", "253:1234", name="x", uuid="mpath-y")
        disks.process(90, comm, "D", flags=flags, parent=2)
        assert [one["devices"] for one in disks.blocked("dm-0", "sda", "dm-1234")] == [devices]

    def test_what_others_have_open_is_added(self):
        found = [
            {"pid": 50, "comm": "x", "wchan": None, "devices": []},
            {"pid": 51, "comm": "y", "wchan": None, "devices": ["dm-0"]},
        ]
        reported = host_symptoms.with_openers(found, {50: ["sdb", "dm-1", "sdb"], 51: ["dm-0"], 52: ["dm-9"]})
        assert [one["devices"] for one in reported] == [["dm-1", "sdb"], ["dm-0"]]


class TestUdev:
    def queue(self, host, seconds):
        queue = host.file(host_symptoms.QUEUE, "")
        os.utime(str(queue), (NOW - seconds, NOW - seconds))

    def test_idle(self, host):
        host.process(300, "systemd-udevd", cgroup=UDEV)
        host.file("/sys/kernel/uevent_seqnum", "4711")
        assert host.udev() == {
            "queue": False,
            "queue_age_s": None,
            "workers": 0,
            "blocked_workers": 0,
            "uevent_seqnum": 4711,
        }

    @pytest.mark.parametrize("worker", ["(udev-worker)", "systemd-udevd"])
    def test_a_backlog(self, host, worker):
        self.queue(host, 90)
        host.process(300, "systemd-udevd", cgroup=UDEV)
        host.process(301, worker, "D", parent=300, cgroup=UDEV)
        host.process(302, worker, parent=300, cgroup=UDEV)
        host.process(303, "blkid", "D", parent=302, cgroup=UDEV)
        host.process(304, "blkid", "D", parent=1)
        host.process(305, "(udev-worker)", parent=1, cgroup="0::/user.slice")  # anybody can take the name
        reported = host.udev()
        assert (reported["queue"], reported["queue_age_s"], reported["workers"], reported["blocked_workers"]) == (
            True,
            90,
            2,
            2,
        )

    def test_a_clock_that_was_set_back(self, host):
        self.queue(host, -3600)
        assert host.udev()["queue_age_s"] == 0

    def test_no_udev_of_systemd(self, host):
        assert (host.udev()["workers"], host.udev()["blocked_workers"], host.udev()["uevent_seqnum"]) == (
            None,
            None,
            None,
        )


def path(number, in_map=True, users=(), **changes):
    return {
        "sd": "sd%d" % number,
        "map": WWID if in_map else None,
        "transport": "iscsi",
        "users": None if users is None else list(users),
        **changes,
    }


def one_map(users=(), paths=("3:0:0:1",), **changes):
    return dict({"wwid": WWID, "users": None if users is None else list(users), "paths": list(paths)}, **changes)


MOUNT, PROBE = {"kind": "mount", "detail": "/data"}, {"kind": "probe", "detail": "pid 7"}


class TestUnused:
    @pytest.mark.parametrize(
        "maps, paths, reported",
        [
            ([], [], (0, 0, 0)),
            ([one_map()], [path(1), path(2)], (1, 2, 0)),
            ([one_map([PROBE])], [path(1)], (1, 1, 0)),  # udev at work is no use
            ([one_map([MOUNT])], [path(1), path(2)], (0, 0, 0)),
            ([one_map()], [path(1), path(2, users=[MOUNT])], (0, 0, 0)),  # used behind the map's back
            ([one_map(None)], [path(1)], (0, 0, 1)),
            ([one_map()], [path(1), path(2, users=None)], (0, 0, 1)),
            ([one_map([MOUNT])], [path(1, users=None)], (0, 0, 0)),  # in use, whoever else uses it
            ([one_map(paths=[])], [], (1, 0, 0)),
            ([one_map()], [path(1, transport="ata")], (0, 0, 0)),
            (
                [],
                [
                    path(1, False),
                    path(2, False, [MOUNT]),
                    path(3, False, None),
                    path(4, False, transport="fc"),
                    path(5, False, transport="virtio"),
                ],
                (0, 2, 1),
            ),
        ],
    )
    def test_counted(self, maps, paths, reported):
        found = host_symptoms.unused(maps, paths, {})
        assert (found["maps"], found["disks"], found["unknown"]) == reported
        assert found["cost"]["block_devices"] == reported[0] + reported[1]

    @pytest.mark.parametrize(
        "polling, slowest, checks",
        [
            (None, None, 360),
            (("5", None), ("20", None), 360),
            (("10", "/etc/multipath.conf"), ("20", None), 180),
            (("10", "/etc/multipath.conf"), ("60", "/etc/multipath.conf"), 120),
            (("30", "/etc/multipath.conf"), ("20", "/etc/multipath.conf"), 240),
            (("x", "/etc/multipath.conf"), None, None),
        ],
    )
    def test_what_the_checks_of_two_paths_cost(self, polling, slowest, checks):
        """multipathd comes to ask every max_polling_interval seconds, four times polling_interval where nobody sets
        it; a bare disk it does not ask.
        """
        settings = {
            key: value and {"value": value[0], "source": {"file": value[1]}}
            for key, value in (("polling_interval", polling), ("max_polling_interval", slowest))
        }
        found = host_symptoms.unused([one_map()], [path(1), path(2), path(3, False)], settings)
        assert found["cost"] == {"path_checks_per_hour": checks, "block_devices": 4}

    def test_how_often_is_not_known_without_multipath_tools(self):
        assert host_symptoms.unused([one_map()], [path(1)], {})["cost"]["path_checks_per_hour"] is None


def look(host, cut=None):
    items = json.loads(json.dumps(list(host_symptoms.look(host.tree, [], [], {}, cut))))
    return child.join_parts(schema.SYMPTOMS, items, None)


def test_all_parts(host):
    symptoms, unread = look(host)
    assert sorted(symptoms) == ["blocked", "leftovers", "udev"] and unread == []
    assert symptoms["blocked"] == [] and symptoms["leftovers"]["wwids"] == []


def test_a_part_that_cannot_be_read_costs_no_other(host):
    (host.root / "etc/multipath/wwids").mkdir(parents=True)
    symptoms, unread = look(host)
    assert (
        symptoms["leftovers"] is None
        and symptoms["udev"]
        and unread == [("leftovers", "/etc/multipath/wwids could not be read")]
    )


def test_where_the_kernel_was_cut_short_nothing_is_left_over(host):
    host.file("/etc/multipath/wwids", "/%s/" % WWID)
    assert look(host)[0]["leftovers"]["wwids"] == [WWID]
    symptoms, unread = look(host, "no answer")
    assert symptoms["leftovers"] is None and unread == [
        ("leftovers", "which devices there are is not known: no answer")
    ]


def test_put_together_with_who_has_what_open(host, monkeypatch):
    """As _facts/collect.py does it: openers come from the look for users."""
    host.process(50, "postgres", "D")
    found = [{"source": "processes"}, {"name": "dm-0", "opener": 50}, {"name": "sda", "opener": 51}]
    gaps = []
    symptoms = collect_facts.ask_symptoms(
        host.tree, {"maps": [], "paths": []}, None, {}, found, time.monotonic() + 30, lambda *gap: gaps.append(gap)
    )
    assert (
        [one["devices"] for one in symptoms["blocked"]] == [["dm-0"]] and gaps == [] and symptoms["unused"]["maps"] == 0
    )
    symptoms = collect_facts.ask_symptoms(
        host.tree, {"maps": [], "paths": []}, "cut", {}, found, time.monotonic() + 30, lambda *gap: gaps.append(gap)
    )
    assert symptoms["unused"] is None and [gap[0] for gap in gaps] == ["leftovers"]
