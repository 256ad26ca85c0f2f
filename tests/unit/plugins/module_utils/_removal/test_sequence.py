# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order of a removal, and what happens after each step that fails.

The steps themselves are seen on the lab (tests/scenarios/test_removal.py).
"""

import json
import os
import signal
import time

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._facts import chosen
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import devices as kernel_devices
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import iscsi_sessions
from ansible_collections.sanops.multipath.plugins.module_utils._removal import quarantine, steps
from ansible_collections.sanops.multipath.plugins.module_utils._removal import sequence as removal_sequence
from ansible_collections.sanops.multipath.plugins.module_utils._system import signals
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree
from support import configured
from support.testimony import WWID, facts, path

EXPECT = {"boot_id": "b", "dev_t": "253:0", "paths": ["0:0:0:3", "1:0:0:3"], "wire": "absent"}
OF_DISK = {"boot_id": "b", "wwid": WWID, "sd": "sda", "target": None, "wire": "absent"}
WHOLE = ["disable queueing", "flush", "delete", "wait", "delete", "wait", "forget"]


class Host:
    """A host with one stale map of two paths; `fails` names the steps that do not do what they say."""

    def __init__(self, monkeypatch, folder):
        self.fails, self.done, self.there, self.hangs = {}, [], True, False
        self.users, self.remembered, self.disks = [], True, []
        self.queueing, self.paths, self.maps, self.log = True, [self.path(0), self.path(1)], None, []
        monkeypatch.setattr(quarantine, "FOLDER", str(folder))
        monkeypatch.setattr(quarantine, "QUARANTINE", str(folder / "quarantine.json"))
        monkeypatch.setattr(quarantine, "LOCK", str(folder / "lock"))
        monkeypatch.setattr(chosen, "collect", self.collect)
        self.partitions, self.taken = [], []
        monkeypatch.setattr(kernel_devices, "partitions", lambda tree, name: self.partitions, raising=False)
        monkeypatch.setattr(steps, "take", lambda one, deadline: self.taken.append(one["dm"]) or self.step("take"))
        monkeypatch.setattr(steps, "wait_until_closed", lambda tree, one, deadline: self.step("wait until closed"))
        monkeypatch.setattr(steps, "set_queueing", lambda tree, name, on, deadline: self.step("disable queueing"))
        monkeypatch.setattr(steps, "restore_queueing", lambda tree, one, deadline: self.step("restore queueing"))
        monkeypatch.setattr(steps, "flush", lambda tree, wwid, name, deadline: self.step("flush", self.went))
        monkeypatch.setattr(steps, "remove", lambda tree, wwid, deadline: self.step("remove", self.went))
        monkeypatch.setattr(steps, "drop", lambda tree, sd, deadline: self.step("drop"))
        monkeypatch.setattr(steps, "delete", lambda tree, hctl, wwid, deadline: (self.step("delete"), self.hangs))
        monkeypatch.setattr(steps, "wait_until_gone", lambda tree, hctl, sd, deadline: self.step("wait"))
        monkeypatch.setattr(steps, "forget", lambda tree, wwid, deadline: self.step("forget"))
        monkeypatch.setattr(steps, "scan", lambda tree, hctl, deadline: self.step("scan"))
        self.not_scanned = None
        monkeypatch.setattr(steps, "not_scanned", lambda tree, hctl: self.not_scanned)
        monkeypatch.setattr(steps, "is_there", lambda tree, wwid: self.there)
        monkeypatch.setattr(steps, "is_remembered", lambda tree, wwid: self.remembered)
        monkeypatch.setattr(steps, "disks_of", lambda tree, wwid: self.disks)

    @staticmethod
    def path(number, **changes):
        return path(number, "absent", **{"device_state": "running", "target": None, **changes})

    def went(self):
        self.there = False

    def step(self, name, happens=lambda: None):
        self.done.append(name)
        if name not in self.fails:
            happens()
        return self.fails.get(name)

    def collect(self, tree, timeout, only):
        found = facts(
            self.paths,
            self.users,
            other_slaves=[],
            open_count=len(self.users),
            changed=None,
            queue_if_no_path=self.queueing,
        )
        found["maps"] = found["maps"] if self.maps is None else self.maps
        return dict(
            found,
            host={"boot_id": "b"},
            incomplete=[],
            multipathd={"running": True},
            platform={"proxmox": configured.CLEAN["platform"]["proxmox"]},
        )

    def remove(self, check=False):
        return removal_sequence.of_map(self.context(check), WWID, EXPECT)

    def delete(self, hctl="0:0:0:3", context=None, **options):
        self.maps = None if any(path["map"] for path in self.paths) else []
        return removal_sequence.of_path(context or self.context(), hctl, OF_DISK, **options)

    def context(self, check=False):
        return removal_sequence.Context(Tree("/"), 60, check, self.log.append)


def codes(result):
    return [refusal["code"] for refusal in result["refused"]]


def refused_in_use(host, why):
    """Whether the removal of the map ends with this refusal, after nothing but taking it."""
    result = host.remove()
    return result["refused"] == [{"code": "in_use", "why": why}] and not result["actions"] and host.done == ["take"]


@pytest.fixture
def host(monkeypatch, tmp_path):
    return Host(monkeypatch, tmp_path / "run")


def test_the_order(host):
    result = host.remove()
    assert (host.done, result["changed"], result["failed"], result["refused"]) == (WHOLE, True, None, [])
    assert [(action["do"], action["device"], action["outcome"]) for action in result["actions"]] == [
        ("disable queueing", "mpatha", "done"),
        ("flush", "mpatha", "done"),
        ("delete", "sda (0:0:0:3)", "done"),
        ("delete", "sdb (1:0:0:3)", "done"),
        ("forget", WWID, "done"),
    ]
    assert host.log == [f"{action['do']} {action['device']}: done" for action in result["actions"]]


def test_check_mode_touches_nothing_and_tells_the_same(host):
    would = host.remove(check=True)
    assert host.done == host.log == [] and would["changed"]
    assert {action["outcome"] for action in would["actions"]} == {"would be done"}
    host.queueing = True
    assert [action["do"] for action in host.remove()["actions"]] == [action["do"] for action in would["actions"]]


def test_where_udev_hangs_on_it_nobody_else_may_have_it_and_its_end_is_waited_for(host):
    host.users = [{"kind": "probe", "detail": "pid 7"}]
    assert host.remove()["failed"] is None and host.done == [
        "take",
        "disable queueing",
        "wait until closed",
        *WHOLE[1:],
    ]
    host.done, host.fails, host.there = [], {"take": "somebody has it"}, True
    assert refused_in_use(host, "somebody has it")
    assert host.remove(check=True)["changed"] and host.done == ["take"], (
        "check mode takes nothing, not even for a moment"
    )


def test_a_map_of_a_partition_has_the_map_and_nobody_else_may_have_it(host):
    """What the kernel itself has open (ZFS, DRBD) shows in no list: it is asked before the queueing is touched."""
    host.users, host.partitions = (
        [{"kind": "partition", "detail": "p1"}, {"kind": "probe", "detail": "pid 7"}],
        [{"dm": "dm-1", "below": "dm-0"}],
    )
    assert (
        host.remove()["failed"] is None
        and host.taken == ["dm-1"]
        and host.done[:3] == ["take", "disable queueing", "wait until closed"]
    )
    host.users, host.done, host.taken, host.there = host.users[:1], [], [], True
    assert host.remove()["failed"] is None and host.taken == ["dm-1"] and host.done == ["take", *WHOLE]
    host.done, host.fails, host.there = [], {"take": "somebody holds dm-1 exclusively"}, True
    assert refused_in_use(host, "somebody holds dm-1 exclusively")
    host.taken = []
    assert host.remove(check=True)["changed"] and host.taken == [], "check mode takes nothing"


def test_a_partition_that_has_one_of_its_own_is_had_by_that(host):
    host.users = [
        {"kind": "partition", "detail": "p1"},
        {"kind": "partition", "detail": "p1p5"},
        {"kind": "partition", "detail": "p2"},
    ]
    host.partitions = [
        {"dm": "dm-1", "below": "dm-0"},
        {"dm": "dm-2", "below": "dm-1"},
        {"dm": "dm-3", "below": "dm-0"},
    ]
    assert host.remove()["failed"] is None and host.taken == ["dm-2", "dm-3"]


def test_what_queues_nothing_has_nothing_switched_off(host):
    host.queueing = False
    assert host.remove()["failed"] is None and host.done == WHOLE[1:]


def test_a_refusal_touches_nothing(host):
    host.paths[0]["users"] = None
    result = host.remove()
    assert (host.done, result["changed"], result["actions"], codes(result)) == ([], False, [], ["in_use"])


@pytest.mark.parametrize(
    "step, done", [("disable queueing", ["disable queueing"]), ("flush", ["disable queueing", "flush"])]
)
def test_a_map_that_survives_gets_its_queueing_back_and_keeps_its_paths(host, step, done):
    host.fails = {step: "EBUSY"}
    result = host.remove()
    assert host.done == [*done, "restore queueing"] and result["failed"] == "EBUSY"
    assert [action["outcome"] for action in result["actions"]][-2:] == ["EBUSY", "done"]


def test_queueing_that_does_not_come_back_is_reported(host):
    host.fails = {"flush": "EBUSY", "restore queueing": "it is still off"}
    assert host.remove()["failed"] == "EBUSY; it is still off"


def test_where_nothing_was_switched_off_nothing_is_restored(host):
    host.queueing, host.fails = False, {"flush": "EBUSY"}
    host.remove()
    assert host.done == ["flush"]


def empty(host):
    host.paths = []
    return removal_sequence.of_map(host.context(), WWID, dict(EXPECT, paths=[]))


def test_a_map_without_a_path_may_go_without_multipath(host):
    host.fails = {"flush": "no such map"}
    result = empty(host)
    assert host.done == ["disable queueing", "flush", "remove", "forget"] and result["failed"] is None


def test_a_map_with_a_path_may_not(host):
    host.fails = {"flush": "no such map"}
    host.remove()
    assert "remove" not in host.done


def test_a_removal_that_fails_too_restores(host):
    host.fails = {"flush": "no such map", "remove": "EBUSY"}
    assert empty(host)["failed"] and host.done[-1] == "restore queueing"


def test_no_path_is_deleted_of_a_map_that_came_back(host, monkeypatch):
    looks = iter([False, True])
    monkeypatch.setattr(steps, "is_there", lambda tree, wwid: next(looks))
    result = host.remove()
    assert host.done.count("delete") == 1 and "came back" in result["failed"]


def test_a_map_that_is_created_again_is_reported(host, monkeypatch):
    looks = iter([False, False, True])
    monkeypatch.setattr(steps, "is_there", lambda tree, wwid: next(looks))
    assert "somebody creates it again" in host.remove()["failed"]


@pytest.mark.parametrize("step", ["delete", "wait"])
def test_after_a_delete_that_failed_no_other_is_tried(host, step):
    host.fails = {step: "it is blocked now"}
    result = host.remove()
    assert host.done.count("delete") == 1 and result["failed"] == "it is blocked now" and "forget" not in host.done
    assert quarantine.reason() is None


def test_a_delete_that_hangs_quarantines_the_node(host):
    host.fails, host.hangs = {"delete": "the delete of 0:0:0:3 does not end"}, True
    assert host.remove()["failed"] == "the delete of 0:0:0:3 does not end"
    host.fails, host.hangs, host.done = {}, False, []
    for result in (host.remove(), host.remove(check=True), host.delete()):
        assert codes(result) == ["quarantined"] and "0:0:0:3 does not end" in result["refused"][0]["why"]
    assert host.done == []
    os.unlink(quarantine.QUARANTINE)
    host.paths = [host.path(0, map=None)]
    assert host.delete()["changed"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"since": "x"}'])
def test_a_quarantine_that_cannot_be_read_is_one(host, content):
    os.mkdir(quarantine.FOLDER)
    with open(quarantine.QUARANTINE, "w") as file:
        file.write(content)
    assert codes(host.remove()) == ["quarantined"]


def test_what_a_quarantine_says(host):
    quarantine.impose("why", "2026-11-21T02:00:00Z")
    with open(quarantine.QUARANTINE) as file:
        assert json.load(file) == {"why": "why", "since": "2026-11-21T02:00:00Z"}
    assert os.listdir(quarantine.FOLDER) == ["quarantine.json"]


def test_one_removal_at_a_time(host):
    with quarantine.lock(False):
        for check in (True, False):
            assert codes(host.remove(check)) == ["locked"]
    assert host.done == [] and host.remove(check=True)["changed"] and host.remove()["changed"]


def test_check_mode_makes_no_file(host):
    assert host.remove(check=True)["changed"] and not os.path.exists(quarantine.FOLDER)


def test_no_signal_ends_it_between_two_steps_and_nothing_further_is_begun(host, monkeypatch):
    """A connection that breaks sends one; a map would be left with its queueing off."""

    def flush(*dummy):
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            os.kill(os.getpid(), number)
        return host.step("flush", host.went)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(steps, "flush", flush)
    with signals.undisturbed():
        assert host.remove()["failed"] is None and host.done == WHOLE
        assert codes(host.remove()) == ["ended"] and host.done == WHOLE
    assert signal.getsignal(signal.SIGTERM) is before
    host.there = True
    with signals.undisturbed():
        assert host.remove()["refused"] == []


def test_nothing_is_begun_where_nobody_listens(host, monkeypatch):
    reader, writer = os.pipe()
    monkeypatch.setattr(signals, "_OUTPUT", writer)
    assert host.remove(check=True)["refused"] == []
    os.close(reader)
    assert codes(host.remove()) == ["ended"] and host.done == []
    os.close(writer)


@pytest.mark.parametrize("step", ["disable queueing", "flush"])
def test_an_error_of_our_own_leaves_no_queueing_off(host, monkeypatch, step):
    def fail(*dummy):
        raise MemoryError

    monkeypatch.setattr(steps, {"disable queueing": "set_queueing"}.get(step, step), fail)
    with pytest.raises(MemoryError):
        host.remove()
    assert host.done[-1] == "restore queueing"


def test_who_is_killed_before_the_flush_leaves_no_queueing_off(host, monkeypatch, tmp_path):
    there = tmp_path / "restored"
    monkeypatch.setattr(steps, "restore_queueing", lambda tree, one, deadline: there.touch())
    monkeypatch.setattr(steps, "flush", lambda *dummy: os.kill(os.getpid(), signal.SIGKILL))
    pid = os.fork()
    if pid == 0:
        host.remove()
    assert os.waitpid(pid, 0)[1] == signal.SIGKILL
    deadline = time.monotonic() + 10
    while not there.exists():
        assert time.monotonic() < deadline, "nobody restored it"
        time.sleep(0.01)


class TestSession:
    SESSIONS = [{"sid": 3, "target": "iqn.t", "portal": "10.0.0.1:3260", "state": "LOGGED_IN"}]
    EXPECT = {"boot_id": "b", "target": "iqn.t", "portal": "10.0.0.1:3260", "wire": "absent"}

    @pytest.fixture
    def host(self, host, monkeypatch):
        host.sessions, host.devices = self.SESSIONS, []
        monkeypatch.setattr(chosen, "collect", lambda *dummy: dict(host.collect(*dummy), sessions=host.sessions))
        monkeypatch.setattr(
            iscsi_sessions,
            "devices_of",
            lambda tree, known, target: host.devices if (known, target) == (host.sessions, "iqn.t") else ["wrong"],
        )
        monkeypatch.setattr(steps, "logout", lambda tree, sid, deadline: host.step("logout %d" % sid))
        return host

    def log_out(self, host, check=False, **changes):
        return removal_sequence.of_session(host.context(check), 3, {**self.EXPECT, **changes})

    def test_an_empty_one(self, host):
        assert self.log_out(host, check=True)["changed"] and host.done == []
        result = self.log_out(host)
        assert (
            result["changed"]
            and host.done == ["logout 3"]
            and result["actions"][0]["device"] == "session 3 to iqn.t at 10.0.0.1:3260"
        )

    def test_one_that_is_gone(self, host):
        host.sessions = []
        assert (
            self.log_out(host)
            == dict(removal_sequence.refused("", ""), refused=[], evidence=self.log_out(host)["evidence"])
            and host.done == []
        )

    @pytest.mark.parametrize("devices, code", [(["9:0:0:1"], "in_use"), (None, "evidence")])
    def test_a_target_with_a_device(self, host, devices, code):
        host.devices = devices
        assert codes(self.log_out(host)) == [code] and host.done == []

    @pytest.mark.parametrize(
        "changes, code", [({"boot_id": "c"}, "rebooted"), ({"portal": "10.0.0.2:3260"}, "identity")]
    )
    def test_another(self, host, changes, code):
        assert codes(self.log_out(host, **changes)) == [code] and host.done == []


def test_a_map_that_is_gone_is_no_change_and_what_it_left_goes(host):
    host.maps, host.there = [], False
    for one in host.paths:
        one["map"] = None
    assert host.remove()["changed"] and host.done == ["delete", "wait", "delete", "wait", "forget"]


def test_what_is_gone_already_is_no_change(host, monkeypatch):
    host.maps, host.paths, host.there = [], [], False
    monkeypatch.setattr(steps, "is_remembered", lambda tree, wwid: False)
    for result in (host.remove(), host.delete()):
        assert (result["changed"], result["actions"], result["refused"], result["failed"]) == (False, [], [], None)


def test_a_disk(host):
    host.paths = [host.path(0, map=None)]
    assert host.delete()["changed"] and host.done == ["delete", "wait"]
    host.done = []
    assert host.delete(rescan=True)["changed"] and host.done == ["delete", "wait", "scan"]


def test_with_the_last_disk_of_a_map_that_was_flushed_before_its_name_goes(host):
    """A run that was cut off between flush and delete leaves the disks, and the WWID in the wwids file."""
    host.paths, host.there, host.disks = [host.path(0, map=None)], False, ["1:0:0:3"]
    assert host.delete()["changed"] and host.done == ["delete", "wait"], "the other one is still there"
    host.done, host.disks = [], []
    assert host.delete(rescan=True)["changed"] and host.done == ["delete", "wait", "forget", "scan"]
    host.done, host.remembered = [], False
    assert host.delete()["changed"] and host.done == ["delete", "wait"]
    host.done, host.remembered, host.fails = [], True, {"forget": "x"}
    assert host.delete()["failed"] == "x"
    host.done, host.fails = [], {"delete": "x"}
    assert host.delete()["failed"] == "x" and host.done == ["delete"]


def test_check_mode_tells_of_the_last_disk_that_its_name_would_go(host):
    host.paths, host.there = [host.path(0, map=None), host.path(1, map=None)], False
    host.disks = [one["hctl"] for one in host.paths]
    reported, context = [], host.context(check=True)
    for one in host.paths:
        reported.append(
            [
                action["do"]
                for action in removal_sequence.of_path(context, one["hctl"], dict(OF_DISK, sd=one["sd"]))["actions"]
            ]
        )
    assert reported == [["delete"], ["delete", "forget"]] and host.done == []


def test_after_a_disk_that_stayed_nothing_is_scanned(host):
    host.paths, host.fails = [host.path(0, map=None)], {"delete": "EIO"}
    assert host.delete(rescan=True)["failed"] == "EIO" and host.done == ["delete"]


@pytest.mark.parametrize(
    "wire, rescan, scans", [("other", True, ["scan", "scan"]), ("other", False, []), ("absent", True, [])]
)
def test_the_luns_at_the_addresses_of_a_recycled_map_are_scanned(host, wire, rescan, scans):
    """Where nothing answers there is nothing to find."""
    for one in host.paths:
        one["wire"] = dict(one["wire"], state=wire)
    removal = {
        "kind": "map",
        "wwid": WWID,
        "boot_id": "b",
        "wire": wire,
        "dev_t": "253:0",
        "paths": [{"hctl": hctl} for hctl in EXPECT["paths"]],
    }
    result = removal_sequence.of_plan(host.context(), removal, rescan)
    assert result["changed"] and not result["failed"] and host.done == WHOLE + scans
    reported = removal_sequence.of_plan(host.context(check=True), removal, rescan)
    assert [action["do"] for action in reported["actions"]].count("scan") == len(scans)


def test_a_scan_that_this_host_does_not_take_is_left_out_and_is_no_failure(host):
    host.not_scanned = "host3 is no iSCSI host"
    for a_path in host.paths:
        a_path["wire"] = dict(a_path["wire"], state="other")
    for check in (False, True):
        host.there, host.done = True, []
        result = removal_sequence.of_map(host.context(check), WWID, dict(EXPECT, wire="other"), rescan=True)
        assert result["changed"] and not result["failed"] and "scan" not in host.done
        assert [action["outcome"] for action in result["actions"] if action["do"] == "scan"] == [
            "left out: host3 is no iSCSI host"
        ] * 2


@pytest.mark.parametrize("step", ["flush", "delete", "forget"])
def test_nothing_is_scanned_where_a_recycled_map_did_not_go_whole(host, step):
    for one in host.paths:
        one["wire"] = dict(one["wire"], state="other")
    host.fails = {step: "x"}
    result = removal_sequence.of_map(host.context(), WWID, dict(EXPECT, wire="other"), rescan=True)
    assert "x" in result["failed"] and "scan" not in host.done


def test_a_path_leaves_its_living_map_first(host):
    host.paths = [host.path(0), dict(path(1, "same"), device_state="running", target=None)]
    assert codes(host.delete()) == ["living_map"] and host.done == []
    assert host.delete(living_map=True)["changed"] and host.done == ["drop", "delete", "wait"]
    host.done, host.fails = [], {"drop": "fail"}
    assert host.delete(living_map=True)["failed"] == "fail" and host.done == ["drop"]


def test_a_disk_that_could_not_be_looked_for_is_not_gone(host, monkeypatch):
    gap = [{"what": "kernel", "why": "x"}]
    monkeypatch.setattr(
        chosen, "collect", lambda *dummy: dict(facts(), maps=[], paths=[], host={"boot_id": "b"}, incomplete=gap)
    )
    result = host.delete()
    assert codes(result) == ["evidence"] and not result["changed"]
