# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""When multipathd may be restarted, and what has to be seen of it afterwards."""

import copy
import time

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import daemon as multipathd
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import effective as effective_conf
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import facts as multipath_facts
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import restart as multipathd_restart
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import values as multipath_values
from ansible_collections.sanops.multipath.plugins.module_utils._system import tree as host_tree
from support.answering import Host, hang

WWID = "3600a0980000000000000000000000001"
MAP = {
    "wwid": WWID,
    "name": "mpatha",
    "paths": ["3:0:0:1", "4:0:0:1"],
    "suspended": False,
    "users": [],
    "open_count": 0,
}
MOUNT, PARTITION = {"kind": "mount", "detail": "/srv (xfs, rw)"}, {"kind": "partition", "detail": "mpatha-part1"}


def path(hctl, wire="same"):
    return {
        "hctl": hctl,
        "wire": {"state": wire},
        "map": WWID,
        "vendor": "NETAPP",
        "product": "LUN",
        "transport": "iscsi",
    }


FACTS = {
    "incomplete": [],
    "quarantine": None,
    "multipathd": {"running": True},
    "maps": [MAP],
    "paths": [path("3:0:0:1"), path("4:0:0:1")],
}


def changed(*keys, value):
    facts = copy.deepcopy(FACTS)
    place = facts
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    return facts


def wired(*words):
    return changed("paths", value=[path(hctl, word) for hctl, word in zip(MAP["paths"], words, strict=True)])


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (wired("unreachable", "unreachable"), "has an outage"),
        (wired("absent", "silent"), "has an outage"),
        (changed("maps", 0, "suspended", value=True), "mpatha is suspended"),
        (changed("multipathd", "running", value=False), "multipathd is not running"),
        (changed("quarantine", value="a delete hangs"), "a delete hangs"),
        (changed("incomplete", value=[{"what": "kernel", "why": "no answer"}]), "kernel: no answer"),
        (changed("incomplete", value=[{"what": "multipath_conf", "why": "not known"}]), "multipath_conf: not known"),
    ],
)
def test_no_restart(facts, words):
    assert words in "; ".join(multipathd_restart.refusals(facts))


def of_map(wire=("absent", "absent"), **changes):
    facts = wired(*wire)
    facts["maps"] = [dict(MAP, **changes)]
    return facts


@pytest.mark.parametrize("wire", [("absent", "absent"), ("other", "absent"), ("unreadable", "unreachable")])
@pytest.mark.parametrize("paths", [MAP["paths"], []])
@pytest.mark.parametrize(("users", "open_count"), [([MOUNT], 1), (None, 0), ([], 1), ([], None)])
def test_no_restart_while_io_may_wait_for_a_path(wire, paths, users, open_count):
    """Whatever the verdict on the device: a daemon that stops fails what waits."""
    why = multipathd_restart.refusals(of_map(wire, paths=paths, users=users, open_count=open_count))
    assert ["no path of it answers as itself" in text or "outage" in text for text in why] == [True]


@pytest.mark.parametrize(
    "facts",
    [
        of_map(users=[MOUNT], open_count=1, wire=("same", "absent")),
        of_map(users=[PARTITION], open_count=1),
        of_map(paths=[]),
    ],
)
def test_restart_where_none_waits(facts):
    assert multipathd_restart.refusals(facts) == []


@pytest.mark.parametrize(
    "facts",
    [
        FACTS,
        wired("same", "unreachable"),
        wired("absent", "absent"),
        changed("incomplete", value=[{"what": "child", "why": "left behind"}]),
    ],
)
def test_restart(facts):
    assert multipathd_restart.refusals(facts) == []


class Daemon:
    """A multipathd after its restart: what it says, and what the files say."""

    def __init__(self, monkeypatch):
        dialect = multipath_values.Dialect(True, False, True, True, "strict")
        self.running, self.pending, self.maps, self.retry = (
            True,
            [],
            {WWID: {"queueing": "30 chk", "paths": {"sda": {}, "sdb": {}}}},
            "30",
        )
        monkeypatch.setattr(multipathd, "daemon", lambda tree: {"running": self.running})
        monkeypatch.setattr(multipathd, "ask", lambda command, deadline: "")
        monkeypatch.setattr(multipathd, "maps", lambda deadline: self.maps)
        monkeypatch.setattr(multipath_facts, "built_in", lambda deadline: ({"defaults": {}, "devices": []}, dialect))
        monkeypatch.setattr(
            multipath_facts, "resolved", lambda tree, builtin, dialect, deadline: (self.conf(builtin, dialect), [], [])
        )
        monkeypatch.setattr(multipath_facts, "pending", lambda conf, dialect, reply: self.pending)

    def conf(self, builtin, dialect):
        return effective_conf.read(
            [("/etc/multipath.conf", f"overrides {{\nno_path_retry {self.retry}\n}}\n")], builtin, dialect
        )

    @staticmethod
    def missing(facts=None):
        return multipathd_restart.wait(host_tree.Tree("/nowhere"), facts or FACTS, time.monotonic())


@pytest.fixture
def daemon(monkeypatch):
    return Daemon(monkeypatch)


class TestWait:
    def test_it_came_up(self, daemon):
        assert daemon.missing() is None

    def test_it_is_not_there(self, daemon):
        daemon.running = False
        assert daemon.missing() == "multipathd is not running"

    def test_it_runs_something_else(self, daemon):
        daemon.pending = [{"what": "overrides: no_path_retry", "files": "30", "running": None}]
        assert daemon.missing().startswith(
            "multipathd runs another configuration than the files say: overrides: no_path_retry is None, not 30"
        )

    def test_a_map_is_missing(self, daemon):
        daemon.maps = {}
        assert daemon.missing() == "multipathd has no map mpatha any more"

    def test_a_path_is_missing(self, daemon):
        del daemon.maps[WWID]["paths"]["sdb"]
        assert daemon.missing() == "the map mpatha has 1 paths, it had 2"

    @pytest.mark.parametrize(
        ("retry", "queueing"), [("queue", "on"), ("fail", "off"), ("30", "30 chk"), ("30", "30 sec")]
    )
    def test_the_queueing_fits(self, daemon, retry, queueing):
        daemon.retry, daemon.maps[WWID]["queueing"] = retry, queueing
        assert daemon.missing() is None

    @pytest.mark.parametrize(
        ("retry", "queueing"), [("queue", "30 chk"), ("fail", "on"), ("30", "on"), ("30", "3 chk"), ("30", None)]
    )
    def test_the_queueing_does_not_fit(self, daemon, retry, queueing):
        daemon.retry, daemon.maps[WWID]["queueing"] = retry, queueing
        assert "the queueing of mpatha is" in daemon.missing()

    def test_a_map_without_a_living_path_may_have_stopped_queueing(self, daemon):
        daemon.maps[WWID]["queueing"] = "off"
        assert daemon.missing(wired("absent", "absent")) is None


@pytest.fixture
def host(monkeypatch):
    return Host(monkeypatch)


def test_the_facts_for_a_restart_have_what_the_guards_ask_and_no_more(host):
    host.platform["proxmox"] = host.symptoms["udev"] = OSError(5, "is not read")
    facts = multipathd_restart.collect(host_tree.Tree("/"), 10)
    assert facts["multipath_conf"] == {"maps": [], "pending": []} and facts["incomplete"] == []
    assert [facts[part] for part in ("iscsi", "fc", "platform", "symptoms")] == [None] * 4
    assert multipathd_restart.refusals(facts) == []


@pytest.mark.parametrize("witness", ["dm", "daemon", "answers", "users"])
def test_a_witness_that_is_not_heard_forbids_a_restart(host, witness):
    setattr(host, witness, hang if witness == "answers" else OSError(5, "x"))
    assert multipathd_restart.refusals(multipathd_restart.collect(host_tree.Tree("/"), 10))
