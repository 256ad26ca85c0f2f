# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host whose kernel, device-mapper, wire, multipathd and users answer what a test wants."""

import mmap
import os
import select
import time

from ansible_collections.sanops.multipath.plugins.module_utils._core import schema
from ansible_collections.sanops.multipath.plugins.module_utils._facts import collect as collect_facts
from ansible_collections.sanops.multipath.plugins.module_utils._facts import witnesses
from ansible_collections.sanops.multipath.plugins.module_utils._host import platform, symptoms
from ansible_collections.sanops.multipath.plugins.module_utils._inquiry import sg
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import dm
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import daemon as multipathd
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import facts as multipath_facts
from ansible_collections.sanops.multipath.plugins.module_utils._system import child
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree
from ansible_collections.sanops.multipath.plugins.module_utils._users import find as users_find

WWID = "3600a0980383045372f5d4c5a70315474"
LIVE = {"state": None, "wwids": [WWID], "serial": None, "sense": None, "detail": None}


_HANGING = mmap.mmap(-1, 1)  # shared with the children: whether one of them hangs


def hang():
    """Simulate a source that never answers: tell the clock, and sleep until killed."""
    _HANGING[0] = 1
    time.sleep(600)


class Clock:
    """The time of a host, which passes only while a child is waited for that hangs: up to its deadline, at once.

    So a budget is kept to the millisecond or not at all, and no machine is too busy for it; a child that works has all
    the time that it needs.
    """

    def __init__(self, monkeypatch):
        self.now, self.sleeps_count = time.monotonic(), False
        _HANGING[0] = 0
        for module in (child, witnesses):
            monkeypatch.setattr(module, "time", self)
        monkeypatch.setattr(child, "select", self)

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        time.sleep(0.001)
        if self.sleeps_count:
            self.now += seconds

    def select(self, readers, writers, others, seconds):
        while True:
            hangs = _HANGING[0]  # before the look: what a child said before it hung is there by now
            found = select.select(readers, writers, others, 0 if hangs else 0.005)
            if found[0]:
                return found
            if hangs:
                _HANGING[0] = 0
                self.now += seconds
                return found


def disk(number, **changes):
    path = {
        "hctl": f"{number}:0:0:1",
        "sd": f"sd{chr(97 + number)}",
        "sg": f"sg{number}",
        "dev_t": f"8:{16 * number}",
        "vendor": "NETAPP",
        "product": "LUN C-Mode",
        "transport": "iscsi",
        "session_state": "LOGGED_IN",
        "device_state": "running",
        "wwid": WWID,
        "serial": None,
        "map": WWID,
    }
    return dict(path, **changes)


class Broken:
    def __iter__(self):
        raise OSError(5, "x")


class Host:
    """A host whose witnesses say what a test wants; each may also raise, or hang. Its clock is the test's."""

    def __init__(self, monkeypatch):
        self.monkeypatch = monkeypatch
        self.paths, self.answers = [disk(0), disk(1)], {}
        self.map = {
            "wwid": WWID,
            "name": "mpatha",
            "dm": "dm-0",
            "dev_t": "253:0",
            "suspended": False,
            "slaves": ["sda", "sdb"],
            "partitions": [],
        }
        self.maps = [self.map]
        self.dm = {"open_count": 0, "features": "0", "queue_if_no_path": False}
        self.daemon, self.users, self.ended, self.asked = {}, {}, [], None
        self.found_on = {}  # {detail of a user: {'on': the device it was found on}}
        self.clock = Clock(monkeypatch)
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        self.second = {}  # where the second look differs: 'paths', 'maps'
        self.ends = {}  # {number of the look: how it ends}
        monkeypatch.setattr(witnesses, "_look", self.look)
        monkeypatch.setattr(witnesses, "_look_for_changes", self.look_for_changes)
        monkeypatch.setattr(dm, "look", lambda maps: ({"wwid": one["wwid"], "view": self.say(self.dm)} for one in maps))
        monkeypatch.setattr(multipathd, "daemon", lambda tree: {"running": True, "pid": 1, "version": None})
        monkeypatch.setattr(multipathd, "version", lambda deadline: ("0.9.4", None))
        monkeypatch.setattr(multipathd, "maps", lambda deadline, names: self.say(self.daemon))
        monkeypatch.setattr(users_find, "find", self.find_users)
        monkeypatch.setattr(sg, "ask", self.ask)
        self.platform = {
            "os": {"os": "debian", "os_version": "12", "os_like": []},
            "kubelet": False,
            "lvm": {},
            "volumes": [],
            "read_only": {},
            "nvme": {},
            "proxmox": {},
        }
        monkeypatch.setattr(platform, "look", self.look_around)
        self.symptoms = {"udev": {}, "blocked": [], "leftovers": {}}
        monkeypatch.setattr(symptoms, "look", self.look_for_symptoms)
        self.multipath = ({"maps": [], "pending": []}, [])
        monkeypatch.setattr(multipath_facts, "collect", lambda *arguments: self.say(self.multipath))

    def look(self, tree, only):
        yield ["host", {"hostname": "h"}]
        for part in ("paths", "maps"):
            yield [part]
            for thing in getattr(self, part):
                yield [part, thing]
        self.say(self.ends.get(1))

    def look_for_changes(self, tree, only, before):
        yield {"maps": [], "paths": []}
        for part in ("paths", "maps"):
            for thing in self.second.get(part, getattr(self, part)):
                yield [part, thing]
        self.say(self.ends.get(2))

    @staticmethod
    def say(what):
        if isinstance(what, Exception):
            raise what
        if callable(what):
            return what()
        return what

    def find_users(self, tree, names):
        yield {"source": "mounts"}
        for name, found in self.say(self.users).items():
            for user in found:
                yield dict(self.found_on.get(user["detail"], {}), name=name, user=user)
        for detail in self.ended:
            yield {"ended": detail}

    def ask(self, nodes, deadline):
        answers = self.say(self.answers)
        for hctl in nodes:
            answer = answers.get(hctl, LIVE)
            if answer is not None:
                yield [hctl, answer]

    def look_around(self, tree, maps, paths):
        for part in schema.PLATFORM:
            yield [part]
            yield [part, self.say(self.platform[part]), None]

    def look_for_symptoms(self, tree, maps, paths, defaults, cut):
        for part in schema.SYMPTOMS:
            yield [part]
            yield [part, self.say(self.symptoms[part]), None]

    def look_at_maps(self, views):
        self.monkeypatch.setattr(dm, "look", lambda maps: iter(views))

    def collect(self, timeout=10):
        facts = collect_facts.collect(Tree("/"), timeout)
        self.gaps = {gap["what"]: gap["why"] for gap in facts["incomplete"]}
        return facts

    def words(self):
        return [path["wire"]["state"] for path in self.collect()["paths"]]
