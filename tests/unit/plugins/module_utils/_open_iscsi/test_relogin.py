# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every guard of a relogin, from a session that may be logged in again; then its steps, and what happens after each
that fails.
"""

import copy

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._facts import chosen
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import iscsi_sessions
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import facts as iscsi_facts
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import relogin as open_iscsi_relogin
from ansible_collections.sanops.multipath.plugins.module_utils._removal import guards, quarantine, steps
from ansible_collections.sanops.multipath.plugins.module_utils._removal import sequence as removal_sequence
from ansible_collections.sanops.multipath.plugins.module_utils._system import child
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree
from support.testimony import facts, path

BOOT = "6d2a2b5e-0a3a-4c0f-9b0e-2f7d1f9f3c11"
EXPECT = {"boot_id": BOOT, "target": "iqn.t", "portal": "10.0.0.1:3260"}
USER = {"kind": "mount", "detail": "/srv (xfs, rw)"}
MINE = ["0:0:0:3"]


def session(number, **changes):
    made = {
        "sid": number + 4,
        "target": "iqn.t",
        "portal": "10.0.0.%d:3260" % (number + 1),
        "state": "LOGGED_IN",
        "iface": "default",
    }
    return {**made, "host": "host%d" % number, **changes}


def record(number, **changes):
    return {
        "target": "iqn.t",
        "portal": "10.0.0.%d:3260" % (number + 1),
        "iface": "default",
        "scan": "manual",
        "boot": False,
        **changes,
    }


def same(number, **changes):
    return path(number, "same", **{"device_state": "running", "checker_state": "ready", **changes})


class World:
    """A map of two paths, each by a session of its own; the first session is to be logged in again."""

    def __init__(self):
        self.facts = dict(
            facts([same(0), same(1)], [USER], changed=None),
            host={"boot_id": BOOT},
            incomplete=[],
            multipathd={"running": True},
            sessions=[session(0), session(1)],
        )
        self.iscsi = {
            "records": [record(0), record(1)],
            "sessions": [{"sid": 4, "scan": None, "boot": False}, {"sid": 5, "scan": None, "boot": False}],
        }
        self.devices = list(MINE)

    def codes(self, sid=4, expect=None):
        return [
            refusal["code"]
            for refusal in guards.of_relogin(self.facts, self.iscsi, self.devices, sid, expect or EXPECT)
        ]


@pytest.fixture
def world():
    return World()


def test_a_session_whose_map_has_another_way_may_be_logged_in_again(world):
    assert world.codes() == [] and world.codes(expect=dict(EXPECT, boot_id=None)) == []


def test_the_other_sessions_of_the_host_are_not_meant(world):
    """Nor one of a lower number that comes first, nor a user whose file's name is that of the root."""
    world.facts["sessions"].reverse()
    world.iscsi["sessions"].reverse()
    world.devices = ["1:0:0:3"]
    assert world.codes(sid=5, expect=dict(EXPECT, portal="10.0.0.2:3260")) == []
    world.facts["sessions"].reverse()
    assert world.codes(sid=5, expect=dict(EXPECT, portal="10.0.0.2:3260")) == []
    world.devices = list(MINE)
    world.facts["sessions"].reverse()
    assert world.codes() == []


@pytest.mark.parametrize("wwid", ["2", "zz"])
def test_the_other_maps_of_the_host_are_not_meant(world, wwid):
    """Neither what is wrong with one, nor a healthy path of one."""
    world.facts["maps"].insert(0, dict(world.facts["maps"][0], wwid=wwid, changed="it got sdc", suspended=True))
    assert world.codes() == []
    world.facts["paths"][1]["map"] = wwid
    assert world.codes() == ["living_map"]


@pytest.mark.parametrize("kind", ["process", "swap", "export"])
def test_only_a_mount_is_the_root_file_system(world, kind):
    world.facts["maps"][0]["users"] = [{"kind": kind, "detail": "/ (ext4, rw)"}]
    assert world.codes() == []


@pytest.mark.parametrize("target", ["iqn.a", "iqn.z"])
def test_a_session_to_another_target_is_not_the_one_that_was_meant(world, target):
    assert world.codes(expect=dict(EXPECT, target=target)) == ["identity"]


def test_a_session_of_a_lower_number_may_have_the_same_host(world):
    world.facts["sessions"][0]["host"], world.devices = "host1", ["1:0:0:3"]
    assert world.codes(sid=5, expect=dict(EXPECT, portal="10.0.0.2:3260")) == ["evidence"]


@pytest.mark.parametrize("reported, named", [(None, "default"), ("storage", "storage")])
def test_the_record_is_that_of_the_interface(world, reported, named):
    """A session that names no interface has the record of the interface "default"; so has another one beside it."""
    world.facts["sessions"][0]["iface"], world.iscsi["records"][0]["iface"] = reported, named
    assert world.codes() == []
    world.facts["sessions"][1].update(portal="10.0.0.1:3260", iface=reported)
    assert world.codes() == ["record"]


def test_a_session_without_disks_may(world):
    world.facts["paths"], world.facts["maps"], world.devices = [], [], []
    assert world.codes() == []


def test_a_disk_in_no_map_that_nobody_uses_may(world):
    world.facts["paths"] = [same(0, in_map=False)]
    assert world.codes() == []


@pytest.mark.parametrize(
    "code, change",
    [
        ("evidence", lambda world: world.facts.update(incomplete=[{"what": "wire", "why": "no time"}])),
        ("evidence", lambda world: world.facts.update(host={})),
        ("rebooted", lambda world: world.facts.update(host={"boot_id": "x"})),
        ("identity", lambda world: world.facts.update(sessions=[session(1)])),
        (
            "identity",
            lambda world: (
                world.facts["sessions"][0].update(target="iqn.u") or world.iscsi["records"][0].update(target="iqn.u")
            ),
        ),
        (
            "identity",
            lambda world: (
                world.facts["sessions"][0].update(portal="10.0.0.9:3260")
                or world.iscsi["records"][0].update(portal="10.0.0.9:3260")
            ),
        ),
        ("wire", lambda world: world.facts["sessions"][0].update(state="FAILED")),
        ("wire", lambda world: world.facts["sessions"][0].update(state="TRANSPORT WAIT")),
        ("evidence", lambda world: world.facts["sessions"][1].update(host="host0")),
        ("evidence", lambda world: world.facts["sessions"][0].update(host=None)),
        ("boot", lambda world: world.iscsi["sessions"][0].update(boot=True)),
        ("boot", lambda world: world.iscsi.update(sessions=[])),
        ("boot", lambda world: world.facts["maps"][0].update(users=[{"kind": "mount", "detail": "/ (ext4, rw)"}])),
        ("record", lambda world: world.iscsi["records"][0].update(scan="auto")),
        ("record", lambda world: world.iscsi.update(records=[])),
        ("record", lambda world: world.iscsi["records"].append(record(0))),
        ("record", lambda world: world.iscsi["records"][0].update(iface="storage")),
        ("record", lambda world: world.facts["sessions"][1].update(portal="10.0.0.1:3260")),
        ("in_use", lambda world: world.devices.append("0:0:0:0")),
        ("in_use", lambda world: world.facts["paths"][0].update(users=None)),
        ("in_use", lambda world: world.facts["paths"][0].update(users=[USER])),
        ("in_use", lambda world: world.facts.update(paths=[same(0, in_map=False, users=[USER])])),
        ("evidence", lambda world: world.facts["maps"][0].update(changed="it got sdc")),
        ("evidence", lambda world: world.facts.update(maps=[])),
        ("daemon", lambda world: world.facts.update(multipathd={"running": False})),
        ("suspended", lambda world: world.facts["maps"][0].update(suspended=True)),
        ("living_map", lambda world: world.facts.update(paths=[same(0)])),
        ("living_map", lambda world: world.devices.append("1:0:0:3")),
        ("living_map", lambda world: world.facts["paths"][1].update(dm_state="failed")),
        ("living_map", lambda world: world.facts["paths"][1].update(checker_state="faulty")),
        ("living_map", lambda world: world.facts["paths"][1].update(map="another")),
    ],
)
def test_each_guard(world, code, change):
    change(world)
    assert world.codes() == [code]


@pytest.mark.parametrize("state", ["other", "absent", "unreachable", "silent", "unreadable"])
def test_what_the_wire_must_say(world, state):
    world.facts["paths"][0]["wire"]["state"] = state
    assert world.codes() == ["wire"], "it would not come back"
    world.facts["paths"][0]["wire"]["state"], world.facts["paths"][1]["wire"]["state"] = "same", state
    assert world.codes() == ["living_map"], "the other way must be one"


class Host:
    """A host where the world is; `fails` names the steps that do not do what they say."""

    def __init__(self, world, monkeypatch, folder):
        self.world, self.fails, self.done, self.log, self.attempts = world, {}, [], [], 0
        self.came = [same(0, hctl="7:0:0:3")]
        self.now = [session(0), session(1)]
        monkeypatch.setattr(quarantine, "FOLDER", str(folder))
        monkeypatch.setattr(quarantine, "QUARANTINE", str(folder / "quarantine.json"))
        monkeypatch.setattr(quarantine, "LOCK", str(folder / "lock"))
        monkeypatch.setattr(chosen, "collect", self.collect)
        monkeypatch.setattr(iscsi_sessions, "sessions", lambda tree: copy.deepcopy(self.now))
        monkeypatch.setattr(iscsi_facts, "read", lambda tree, sessions: self.world.iscsi)
        monkeypatch.setattr(steps, "logout", lambda tree, sid, deadline: self.step("log out", lambda: self.now.pop(0)))
        monkeypatch.setattr(steps, "scan", lambda tree, hctl, deadline: self.step("scan " + hctl))
        monkeypatch.setattr(child, "run", self.run)
        monkeypatch.setattr(
            open_iscsi_relogin, "_devices", lambda tree, host: self.world.devices if host == "host0" else []
        )
        monkeypatch.setattr(
            open_iscsi_relogin, "_not_back", lambda tree, session, paths, deadline: self.step("wait") and ["7:0:0:3"]
        )
        monkeypatch.setattr(open_iscsi_relogin, "_PAUSE", 0.01)

    def step(self, name, happens=lambda: None):
        if not self.done or self.done[-1] != name:
            self.done.append(name)
        if name not in self.fails:
            happens()
        return self.fails.get(name)

    def run(self, argv, deadline):
        self.attempts += 1
        self.step(" ".join(argv))
        if "log in" not in self.fails or self.attempts > self.fails["log in"]:
            self.now.append(session(0, sid=9, host="host7"))
        return 8, "iscsiadm: could not log in", None

    def collect(self, tree, timeout, only):
        return {"paths": self.came} if only["paths"] == ["7:0:0:3"] else self.world.facts

    def relogin(self, check=False, sid=4, timeout=1):
        return open_iscsi_relogin.relogin(
            removal_sequence.Context(Tree("/"), timeout, check, self.log.append), sid, EXPECT
        )


@pytest.fixture
def host(world, monkeypatch, tmp_path):
    return Host(world, monkeypatch, tmp_path / "run")


LOGIN = "iscsiadm -m node -T iqn.t -p 10.0.0.1:3260 -I default -l"
WHOLE = ["log out", LOGIN, "scan 7:0:0:3", "wait"]


def test_the_steps_in_their_order(host):
    result = host.relogin()
    assert host.done == WHOLE and result["changed"] and not result["failed"] and len(host.log) == 4
    assert [action["outcome"] for action in result["actions"]] == ["done"] * 4


def test_check_mode_asks_and_does_nothing(host):
    result = host.relogin(check=True)
    assert host.done == [] and host.log == [] and result["changed"]
    assert [action["outcome"] for action in result["actions"]] == ["would be done"] * 4
    host.world.iscsi["sessions"][0]["boot"] = True
    assert [refusal["code"] for refusal in host.relogin(check=True)["refused"]] == ["boot"]


def test_a_refusal_touches_nothing(host):
    host.world.facts["paths"][1]["checker_state"] = "faulty"
    result = host.relogin()
    assert (
        host.done == []
        and not result["changed"]
        and [refusal["code"] for refusal in result["refused"]] == ["living_map"]
    )


def test_a_session_that_is_known_to_be_manual_is_no_change(host):
    host.world.iscsi["sessions"][0]["scan"] = "manual"
    result = host.relogin()
    assert host.done == [] and not result["changed"] and result["refused"] == []


def test_nothing_is_known_of_open_iscsi(host):
    host.world.iscsi = None
    assert [refusal["code"] for refusal in host.relogin()["refused"]] == ["evidence"] and host.done == []


def test_a_logout_that_fails_ends_it(host):
    host.fails["log out"] = "in use"
    result = host.relogin()
    assert host.done == ["log out"] and result["failed"] == "in use"


def test_a_login_that_fails_at_first_is_tried_again(host):
    host.fails["log in"] = 2
    assert not host.relogin(timeout=60)["failed"] and host.attempts == 3 and host.done == WHOLE


def test_a_session_that_does_not_come_back(host):
    host.fails["log in"] = 1 << 20
    result = host.relogin()
    assert (
        host.done == ["log out", LOGIN]
        and "it did not come back (%s): iscsiadm: could not log in" % LOGIN == result["failed"]
        and result["changed"]
    )


def test_a_scan_that_fails(host):
    host.fails["scan 7:0:0:3"] = "no"
    assert host.relogin()["failed"] == "no" and host.done == WHOLE[:3]


def test_a_disk_that_does_not_come_back(host):
    host.fails["wait"] = True
    assert host.relogin()["failed"] == "7:0:0:3 did not come back" and host.done == WHOLE


@pytest.mark.parametrize("came", [[], [same(0, hctl="7:0:0:3", wwid="another")], [path(0, "silent", hctl="7:0:0:3")]])
def test_another_lun_that_comes_back(host, came):
    host.came = came
    assert host.relogin()["failed"] == "another LUN came back, or one that does not answer, at 7:0:0:3"


def test_an_address_of_ipv6_has_its_brackets(host, monkeypatch):
    host.now = [session(0, portal="fd00::1:3260")]
    monkeypatch.setattr(child, "run", lambda argv, deadline: host.done.append(argv[6]) or (0, "", None))
    open_iscsi_relogin._come_back(Tree("/"), session(0, portal="fd00::1:3260"), 0)
    assert host.done == ["[fd00::1]:3260"]
