# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The single steps: what each takes for done, on a tree of files and with programs that lie.

What the real ones do is seen on the lab.
"""

import errno
import os
import time

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import dm as kernel_dm
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import daemon as multipathd
from ansible_collections.sanops.multipath.plugins.module_utils._removal import steps
from ansible_collections.sanops.multipath.plugins.module_utils._system import child
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree
from support import held_clock, trees
from support.testimony import OTHER, WWID

PAGE = bytes.fromhex("00830014" + "01030010" + WWID[1:])
OTHER_PAGE = bytes.fromhex("00830014" + "01030010" + OTHER[1:])
HCTL = "3:0:0:7"
MAP = {"wwid": WWID, "name": "mpatha", "dev_t": "253:0"}


class Host:
    """A tree with one map and one disk, and programs that do what `happens` says."""

    def __init__(self, root, monkeypatch):
        self.root, self.tree, self.ran, self.happens = root, Tree(str(root)), [], lambda argv: (0, "", None)
        self.asked, self.reply, self.answers, self.queues = [], "ok\n", True, True
        self.write("sys/block/dm-0/dm/uuid", kernel_dm.MAP_UUID + WWID)
        here = f"sys/class/scsi_device/{HCTL}/device/"
        for name, content in (("delete", b""), ("vpd_pg83", PAGE), ("state", b"running\n"), ("block/sdb/size", b"1\n")):
            self.write(here + name, content)
        (root / "sys/block/sdb").mkdir(parents=True)
        (root / f"sys/block/sdb/device/scsi_device/{HCTL}").mkdir(parents=True)
        self.write("dev/sdb", "")
        self.write("run/multipathd.pid", "42\n")
        self.write("proc/42/comm", "multipathd\n")
        self.write("etc/multipath/wwids", f"# comment\n/{WWID}/\n/{OTHER}/\n")
        monkeypatch.setattr(child, "run", self.run)
        monkeypatch.setattr(multipathd, "ask", self.ask)
        monkeypatch.setattr(
            kernel_dm, "look", lambda maps: iter([{"wwid": WWID, "view": {"queue_if_no_path": self.queues}}])
        )

    def write(self, name, content):
        trees.write(self.root, name, content)

    def unlink(self, name):
        (self.root / name).unlink()

    def run(self, argv, deadline):
        self.ran.append(argv)
        return self.happens(argv)

    def ask(self, command, deadline):
        self.asked.append(command)
        if not self.answers:
            raise OSError("no answer")
        return self.reply

    def written(self):
        return (self.root / f"sys/class/scsi_device/{HCTL}/device/delete").read_bytes()


@pytest.fixture
def host(tmp_path, monkeypatch):
    return Host(tmp_path, monkeypatch)


def soon():
    """For what is not done by its deadline."""
    return time.monotonic() + 0.3


def enough():
    """For what is done at once, also by a machine that has no time."""
    return time.monotonic() + 30


def test_the_daemons_reply_is_read(host):
    assert (
        steps.set_queueing(host.tree, "mpatha", False, enough()) is None
        and steps.set_queueing(host.tree, "mpatha", True, enough()) is None
    )
    assert host.asked == ["disablequeueing map mpatha", "restorequeueing map mpatha"]
    for host.reply, host.answers in (
        ("fail\n", True),
        ("timeout\n", True),
        ("", True),
        ("ok but\n", True),
        ("ok\n", False),
    ):
        assert "multipathd" in steps.set_queueing(host.tree, "mpatha", False, soon())
        assert "multipathd" in steps.drop(host.tree, "sdb", soon())
    assert host.asked[-1] == "del path sdb"


def test_a_daemon_that_does_not_run_is_not_started_by_a_command(host):
    """It may have been stopped since the guards saw it run; where systemd listens for it, to connect is to start it."""
    host.unlink("run/multipathd.pid")
    for why in (steps.set_queueing(host.tree, "mpatha", False, enough()), steps.drop(host.tree, "sdb", enough())):
        assert "it is not running" in why
    host.queues = False
    host.happens = lambda argv: setattr(host, "queues", True) or (0, "", None)
    assert steps.restore_queueing(host.tree, MAP, enough()) is None and host.ran == [
        ["dmsetup", "message", "mpatha", "0", "queue_if_no_path"]
    ]
    assert host.asked == []


def test_a_flush_is_done_when_the_map_is_gone(host):
    def flush(argv):
        host.unlink("sys/block/dm-0/dm/uuid")
        return 0, "", None

    host.happens = flush
    assert steps.flush(host.tree, WWID, "mpatha", enough()) is None and host.ran == [
        ["multipath", "-f", "--", "mpatha"]
    ]


@pytest.mark.parametrize(
    "answer, why",
    [
        ((0, "", None), "exit code 0, and the map is still there"),
        ((1, "mpatha: map in use\n", None), "mpatha: map in use"),
        ((None, "", child.TIMED_OUT), child.TIMED_OUT),
        ((0, "timeout", None), "timeout"),
    ],
)
def test_a_flush_that_says_it_is_done_is_not_believed(host, answer, why):
    host.happens = lambda argv: answer
    assert steps.flush(host.tree, WWID, "mpatha", soon()) == "multipath -f mpatha: " + why
    assert steps.remove(host.tree, WWID, soon()) == "dmsetup remove: " + why
    assert host.ran[1] == ["dmsetup", "remove", "--uuid", "mpath-" + WWID]


def test_a_map_of_a_partition_is_part_of_the_map(host):
    host.write("sys/block/dm-0/dm/uuid", f"part1-mpath-{WWID}")
    assert steps.is_there(host.tree, WWID) and not steps.is_there(host.tree, OTHER)
    host.write("sys/block/dm-0/dm/uuid", "LVM-x")
    assert not steps.is_there(host.tree, WWID)


def test_who_has_a_map_for_himself(host, monkeypatch):
    one = dict(MAP, dm="dm-0")
    asked = []

    def open_it(path, flags):
        asked.append((path, flags & os.O_EXCL and flags & os.O_NONBLOCK and not flags & os.O_ACCMODE))
        if host.busy:
            raise OSError(host.busy, "x")
        return os.dup(1)

    monkeypatch.setattr(steps.os, "open", open_it)
    monkeypatch.setattr(child, "call", lambda work, deadline: (work(), None))
    held_clock.Clock(monkeypatch, steps)  # it is slept in, and nothing else
    monkeypatch.setattr(steps, "_CLAIM_SECONDS", 0.1)
    for host.busy in (None, errno.ENXIO):
        assert steps.take(one, enough()) is None
    assert asked[0] == ("/dev/dm-0", True)
    host.busy = errno.EBUSY
    assert "exclusively" in steps.take(one, soon()) and len(asked) > 3, (
        "it is asked for a while: multipathd takes a disk for a moment too"
    )
    monkeypatch.setattr(child, "call", lambda work, deadline: (None, child.TIMED_OUT))
    assert steps.take(one, enough()) is None, "the kernel would have said EBUSY before it waits"
    monkeypatch.setattr(child, "call", lambda work, deadline: (None, "no child could be started: ENOMEM"))
    assert "ENOMEM" in steps.take(one, soon())


def test_who_has_a_map_for_himself_is_asked_and_the_map_is_free_again_at_once(host, monkeypatch):
    """The child's end would free it too, but at a time of its own: a flush would find the map in use."""
    closed, opened, close = [], [], os.close
    monkeypatch.setattr(steps.os, "open", lambda path, flags: opened.append(os.dup(1)) or opened[-1])
    monkeypatch.setattr(steps.os, "close", lambda handle: closed.append(handle) or close(handle))
    monkeypatch.setattr(child, "call", lambda work, deadline: (work(), None))
    assert steps.take(dict(MAP, dm="dm-0"), enough()) is None and closed == opened and len(opened) == 1


def test_how_long_an_opener_is_waited_for(host, monkeypatch):
    """Of the map, which its partition has open too, and of the map of the partition."""
    host.write("sys/block/dm-1/dm/uuid", f"part1-mpath-{WWID}")
    host.write("sys/block/dm-0/holders/dm-1/x", "")
    asked, one = [], dict(MAP, dm="dm-0")

    def look(work, deadline):
        asked.append(next(counts))
        return [{"view": {"open_count": asked[-1][0], "partitions": {"dm-1": asked[-1][1]}}}], None

    monkeypatch.setattr(child, "stream", look)
    counts = iter([(3, 0), (2, 0), (1, 1), (1, None), (1, 0)])
    steps.wait_until_closed(host.tree, one, enough())
    assert list(counts) == [] and len(asked) == 5
    monkeypatch.setattr(
        child, "stream", lambda work, deadline: ([{"view": {"open_count": 2, "partitions": {"dm-1": 0}}}], None)
    )
    begin = time.monotonic()
    steps.wait_until_closed(host.tree, one, soon())
    assert time.monotonic() - begin >= 0.3


def a_moment(monkeypatch):
    """The time to give things back: multipathd has none of the half that is device-mapper's."""
    monkeypatch.setattr(steps, "_HALF", 0.2)
    return time.monotonic() + 0.5


def test_queueing_is_on_again_when_multipathd_and_the_table_say_so(host):
    assert (
        steps.restore_queueing(host.tree, MAP, enough()) is None
        and host.ran == []
        and host.asked == ["restorequeueing map mpatha"]
    )


def test_queueing_that_stays_off_is_reported(host):
    host.queues = False
    assert "the queueing of mpatha is still off" in steps.restore_queueing(host.tree, MAP, enough())
    assert host.ran == [["dmsetup", "message", "mpatha", "0", "queue_if_no_path"]]


def test_multipathd_is_asked_to_queue_until_it_says_ok(host, monkeypatch):
    """The table may say on while the daemon remembers off: at its next reload of the map it would fail the I/O."""
    replies = iter(["timeout\n", "", "ok\n"])
    monkeypatch.setattr(multipathd, "ask", lambda command, deadline: next(replies))
    assert steps.restore_queueing(host.tree, MAP, enough()) is None
    assert list(replies) == [] and host.ran == []


def test_a_multipathd_that_does_not_say_ok_is_reported_though_the_map_queues(host, monkeypatch):
    host.reply = "timeout\n"
    why = steps.restore_queueing(host.tree, MAP, a_moment(monkeypatch))
    assert (
        why.startswith("the queueing of mpatha is on, but multipathd may switch it off again")
        and "until it says ok" in why
    )
    assert len(host.asked) > 1 and host.ran == []


def test_device_mapper_queues_where_multipathd_does_not_answer(host, monkeypatch):
    host.answers, host.queues = False, False
    host.happens = lambda argv: setattr(host, "queues", True) or (0, "", None)
    assert "multipathd may switch it off again" in steps.restore_queueing(host.tree, MAP, a_moment(monkeypatch))
    assert host.ran == [["dmsetup", "message", "mpatha", "0", "queue_if_no_path"]]


def test_a_map_that_is_gone_needs_no_queueing(host):
    host.reply, host.queues = "fail\n", None
    assert steps.restore_queueing(host.tree, MAP, enough()) is None and host.ran == []


def test_a_delete(host):
    assert steps.delete(host.tree, HCTL, WWID, enough()) == (None, False) and host.written() == b"1\n"


@pytest.mark.parametrize(
    "name, content, why",
    [
        ("vpd_pg83", OTHER_PAGE, f"the kernel holds {OTHER} there now"),
        ("vpd_pg83", b"", "no identity"),
        ("state", b"blocked\n", "it is blocked now"),
        ("block/sdb/holders/dm-9/x", b"", "dm-9 lies on it now"),
    ],
)
def test_a_delete_looks_once_more(host, name, content, why):
    host.write(f"sys/class/scsi_device/{HCTL}/device/{name}", content)
    reported, hangs = steps.delete(host.tree, HCTL, WWID, enough())
    assert why in reported and not hangs and host.written() == b""


def test_a_delete_of_what_somebody_has_for_himself(host, monkeypatch):
    monkeypatch.setattr(steps, "_claim", lambda file: file != str(host.root) + "/dev/sdb")
    reported, hangs = steps.delete(host.tree, HCTL, WWID, enough())
    assert "somebody holds it exclusively" in reported and not hangs and host.written() == b""


def test_a_disk_that_cannot_be_opened_in_time_is_no_delete_that_hangs(host, monkeypatch):
    monkeypatch.setattr(steps, "_claim", lambda file: time.sleep(60))
    reported, hangs = steps.delete(host.tree, HCTL, WWID, soon())
    assert (
        reported == f"the delete of {HCTL} was given up: it cannot be opened in time"
        and not hangs
        and host.written() == b""
    )


def test_a_logout_is_done_when_the_session_is_gone(host):
    (host.root / "sys/class/iscsi_session/session7").mkdir(parents=True)
    host.happens = lambda argv: (0, "Logout of [sid: 7] successful.", None)
    assert steps.logout(host.tree, 7, soon()) == "iscsiadm -m session -r 7 -u: Logout of [sid: 7] successful."
    host.happens = lambda argv: (host.root / "sys/class/iscsi_session/session7").rmdir() or (0, "", None)
    assert (
        steps.logout(host.tree, 7, enough()) is None
        and host.ran == [["iscsiadm", "-m", "session", "-r", "7", "-u"]] * 2
    )
    host.happens = lambda argv: (None, "", child.TIMED_OUT)
    assert child.TIMED_OUT in steps.logout(host.tree, 7, soon())


def test_a_device_that_is_gone_by_itself_is_gone(host):
    assert steps.delete(host.tree, "9:0:0:9", WWID, enough()) == (None, False)


def test_a_delete_that_fails_and_one_that_hangs(host):
    name = f"sys/class/scsi_device/{HCTL}/device/delete"
    host.unlink(name)
    (host.root / name).mkdir()
    reported, hangs = steps.delete(host.tree, HCTL, WWID, enough())
    assert "Is a directory" in reported and not hangs
    (host.root / name).rmdir()
    os.mkfifo(host.root / name)  # it is full, and nobody reads it: the child waits as it would in the kernel
    reader = os.open(host.root / name, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(host.root / name, os.O_WRONLY | os.O_NONBLOCK)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(writer, bytes(4096))
    reported, hangs = steps.delete(host.tree, HCTL, WWID, soon())
    assert (reported, hangs) == (f"the delete of {HCTL} does not end", True)
    os.close(reader)
    os.close(writer)


def test_who_must_let_go(host):
    host.reply = f"{HCTL}\n4:0:0:7\n"
    assert (
        steps.wait_until_gone(host.tree, HCTL, "sdb", soon()) == f"the kernel still has sdb ({HCTL}) after its delete"
    )
    os.rename(host.root / f"sys/class/scsi_device/{HCTL}", host.root / "away")
    assert "the kernel still has" in steps.wait_until_gone(host.tree, HCTL, "sdb", soon())
    os.rename(host.root / "sys/block/sdb", host.root / "away2")
    assert steps.wait_until_gone(host.tree, HCTL, "sdb", soon()) == f"/dev still has sdb ({HCTL}) after its delete"
    host.unlink("dev/sdb")
    assert (
        steps.wait_until_gone(host.tree, HCTL, "sdb", soon()) == f"multipathd still has sdb ({HCTL}) after its delete"
    )
    host.answers = False
    assert "multipathd still has" in steps.wait_until_gone(host.tree, HCTL, "sdb", soon())
    host.reply, host.answers = "4:0:0:7\n", True
    assert steps.wait_until_gone(host.tree, HCTL, "sdb", enough()) is None


def test_a_daemon_without_the_path_is_not_asked_for_all_of_them(host):
    os.rename(host.root / f"sys/class/scsi_device/{HCTL}", host.root / "away")
    os.rename(host.root / "sys/block/sdb", host.root / "away2")
    host.unlink("dev/sdb")
    host.reply = "fail\n"
    assert steps.wait_until_gone(host.tree, HCTL, "sdb", enough()) is None and host.asked == ["show path sdb"]


@pytest.mark.parametrize("file", ["run/multipathd.pid", "proc/42/comm"])
def test_a_daemon_that_does_not_run_has_no_path_and_is_not_started_by_being_asked(host, file):
    os.rename(host.root / f"sys/class/scsi_device/{HCTL}", host.root / "away")
    os.rename(host.root / "sys/block/sdb", host.root / "away2")
    host.unlink("dev/sdb")
    host.unlink(file)
    host.answers = False
    assert steps.wait_until_gone(host.tree, HCTL, "sdb", soon()) is None and host.asked == []


def test_a_name_that_another_disk_has_by_now_is_not_waited_for(host):
    os.rename(host.root / f"sys/class/scsi_device/{HCTL}", host.root / "away")
    os.rename(
        host.root / f"sys/block/sdb/device/scsi_device/{HCTL}", host.root / "sys/block/sdb/device/scsi_device/5:0:0:1"
    )
    host.reply = "5:0:0:1\n"
    assert steps.wait_until_gone(host.tree, HCTL, "sdb", enough()) is None


def test_what_multipath_forgets(host):
    def forget(argv):
        host.write("etc/multipath/wwids", f"/{OTHER}/\n")
        return 0, "", None

    assert "still in /etc/multipath/wwids" in steps.forget(host.tree, WWID, soon())
    host.happens = forget
    assert steps.forget(host.tree, WWID, enough()) is None
    assert steps.forget(host.tree, WWID, enough()) is None and host.ran == [["multipath", "-w", "--", WWID]] * 2
    assert not steps.is_remembered(host.tree, WWID) and steps.is_remembered(host.tree, OTHER)


def test_what_the_kernel_holds_under_a_name(host):
    assert steps.disks_of(host.tree, WWID) == [HCTL] and steps.disks_of(host.tree, OTHER) == []
    host.write(f"sys/class/scsi_device/{HCTL}/device/vpd_pg83", b"")
    assert steps.disks_of(host.tree, WWID) == []


def test_a_scan_is_of_one_lun_and_of_an_iscsi_host_only(host):
    host.write("sys/class/scsi_host/host3/scan", "")
    assert (
        steps.scan(host.tree, HCTL, enough())
        == "host3 is no iSCSI host, and no other is scanned; scan the LUN there by hand"
    )
    assert (host.root / "sys/class/scsi_host/host3/scan").read_text() == ""
    (host.root / "sys/class/iscsi_host/host3").mkdir(parents=True)
    assert steps.scan(host.tree, HCTL, enough()) is None
    assert (host.root / "sys/class/scsi_host/host3/scan").read_text() == "0 0 7\n"
