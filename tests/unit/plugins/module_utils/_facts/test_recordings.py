# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every witness on what real kernels, a real multipathd and a real target said (tests/unit/recordings)."""

import json
import pathlib
import platform
import re

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import identity
from ansible_collections.sanops.multipath.plugins.module_utils._facts import witnesses
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import devices as kernel_devices
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import dm, iscsi_sessions
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import daemon as multipathd
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree
from ansible_collections.sanops.multipath.plugins.module_utils._users import find as find_users
from lab import failures, recording
from support import wire

RECORDINGS = pathlib.Path(__file__).parents[3] / "recordings"
LUN_IDS = {(device.node, device.lun_id): lun for lun, device in failures.DEVICES.items()}
KERNEL = {"node1": "6.1.", "node2": "6.12."}
# What multipathd calls ready, and two of them on each node are lies.
MULTIPATH_READY = {"node1": {"boot", "old", "db", "web"}, "node2": {"root", "past", "shop", "half"}}


class Node:
    def __init__(self, name, root):
        recording.restore(RECORDINGS / (name + ".tar.gz"), root)
        self.name, self.root, self.tree = name, root, Tree(str(root))
        self.sessions = iscsi_sessions.sessions(self.tree)
        self.maps = list(kernel_devices.maps(self.tree))
        self.paths = list(kernel_devices.paths(self.tree, self.sessions, self.maps))

    def output(self, command):
        return (self.root / "commands" / command).read_text()

    def lun(self, hctl):
        return LUN_IDS[self.name, int(hctl.split(":")[3])]


@pytest.fixture(scope="module", params=["node1", "node2"])
def node(request, tmp_path_factory):
    return Node(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def node1(tmp_path_factory):
    return Node("node1", tmp_path_factory.mktemp("node1"))


def rows(node, command, separator):
    return [line.split(separator) for line in node.output(command).splitlines() if line]


def test_who_is_asked(node):
    host = kernel_devices.host(node.tree)
    assert host["hostname"] == node.name
    assert re.fullmatch("[0-9a-f-]{36}", host["boot_id"])
    assert host["kernel"].startswith(KERNEL[node.name])
    assert iscsi_sessions.initiators(node.tree) == {"iqn": ["iqn.2026-01.org.sanops.lab:" + node.name], "wwpns": []}


def test_sessions_as_iscsiadm_counts_them(node):
    printed = node.output("iscsiadm-session")
    assert sorted(session["sid"] for session in node.sessions) == sorted(
        int(sid) for sid in re.findall(r"SID: (\d+)", printed)
    )
    assert {session["target"] for session in node.sessions} == set(re.findall(r"Target: (\S+)", printed))
    assert {session["portal"] for session in node.sessions} == {
        "10.10.%d.%d:3260" % (fabric, svm) for fabric in (1, 2) for svm in (10, 11)
    }
    lost = failures.LOST_SESSIONS[node.name]
    assert [session["state"] for session in node.sessions].count("LOGGED_IN") == 4 - lost
    # multipathd has written it: its fast_io_fail_tmo, whatever iscsid.conf says
    assert {session["recovery_tmo"] for session in node.sessions if session["state"] == "LOGGED_IN"} <= {5, 120}


def test_paths_as_multipathd_knows_them(node):
    mine = {path["hctl"]: path for path in node.paths}
    known = [row for row in rows(node, "multipathd-show-paths", "|") if row[1] in mine]
    assert len(known) >= len([path for path in node.paths if path["map"]]) > 0
    for wwid, hctl, sd, dev_t in (row[:4] for row in known):
        path = mine[hctl]
        assert (path["wwid"], path["sd"], path["dev_t"]) == (wwid, sd, dev_t)
        assert (path["vendor"], path["product"], path["transport"]) == ("NETAPP", "LUN C-Mode", "iscsi")
        assert path["size_bytes"] == 64 << 20 and path["sg"]


def test_every_disk_of_the_lab_is_there(node):
    assert {node.lun(path["hctl"]) for path in node.paths} == {
        lun for (name, dummy), lun in LUN_IDS.items() if name == node.name
    }
    assert {node.lun(path["hctl"]) for path in node.paths if path["map"] is None} == (
        {"raw"} if node.name == "node1" else set()
    )


def test_maps_as_device_mapper_knows_them(node):
    info = {row[1][len("mpath-") :]: row for row in rows(node, "dmsetup-info", "|") if row[1].startswith("mpath-")}
    assert {one["wwid"] for one in node.maps} == set(info)
    for one in node.maps:
        name, dummy, major, minor = info[one["wwid"]][:4]
        assert (one["name"], one["dev_t"], one["dm"]) == (name, "%s:%s" % (major, minor), "dm-" + minor)
        assert len(one["slaves"]) == 2 and one["size_bytes"] == 64 << 20 and not one["suspended"]


def test_tables(node):
    tables = dict(re.findall(r"^(\S+): \d+ \d+ multipath (.*)$", node.output("dmsetup-table"), re.MULTILINE))
    assert set(tables) == {one["name"] for one in node.maps}
    for one in node.maps:
        table = dm.multipath_table(tables[one["name"]])
        # Nobody configured it: the built-in entry for ONTAP queues indefinitely.
        assert table["features"] == "3 queue_if_no_path pg_init_retries 50" and table["queue_if_no_path"]


def test_what_multipathd_believes(node):
    view = multipathd.parse_maps(node.output("multipathd-show-maps.json"))
    assert set(view) == {one["wwid"] for one in node.maps}
    assert {one["vendor"] for one in view.values()} == {"NETAPP"}
    by_sd = {path["sd"]: node.lun(path["hctl"]) for path in node.paths}
    ready = {
        by_sd[sd] for one in view.values() for sd, path in one["paths"].items() if path["checker_state"] == "ready"
    }
    assert ready == MULTIPATH_READY[node.name]


def test_what_answers_on_the_wire(node):
    words, heard = {}, wire.words(node.paths, node.output("sg-raw"))
    for path in node.paths:
        word = heard[path["hctl"]]
        words.setdefault(node.lun(path["hctl"]), []).append(word)
        if word["state"] == "same":
            assert word["wwid"] == path["wwid"]
            assert word["serial"].lstrip("0") == path["wwid"][len(identity.ONTAP_PREFIX) :].lstrip("0")
    states = {lun: " ".join(sorted(word["state"] for word in found)) for lun, found in words.items()}
    expected = {
        "node1": {
            "same same": "db raw sick",
            "other other": "old",
            "absent absent": "app mail boot",
            "same unreachable": "web",
        },
        "node2": {
            "same same": "shop",
            "other other": "past",
            "absent absent": "dump root",
            "same unreachable": "half",
            "unreachable unreachable": "log",
        },
    }[node.name]
    assert states == {lun: state for state, luns in expected.items() for lun in luns.split()}
    above_zero, at_zero = {"node1": ("app", "boot"), "node2": ("dump", "root")}[node.name]
    assert {word["sense"] for word in words[above_zero]} == {"05/25/00"}
    assert {word["detail"] for word in words[at_zero]} == {"peripheral qualifier 1: no such logical unit here"}


def test_a_mount_is_a_user_of_its_map(node1):
    wire.one_process(node1.root)
    names = [one["dm"] for one in node1.maps]
    users, unread = find_users.by_name(find_users.find(node1.tree, names), names, None)
    assert [user for found in users.values() for user in found] == [
        {"kind": "mount", "detail": "/mnt/mail (ext4, rw)"}
    ] and unread == []


def test_the_facts_are_plain_data(node):
    kernel, dummy = witnesses._together(witnesses._look(node.tree, None))
    assert json.loads(json.dumps(kernel)) == kernel
    assert [path["hctl"] for path in kernel["paths"]] == sorted(
        (path["hctl"] for path in kernel["paths"]), key=lambda text: [int(n) for n in text.split(":")]
    )


def test_a_look_at_one_map_or_path_alone(node):
    """A map comes with its paths and a path with its map, whichever was named; everything is reported as in the whole
    look.
    """
    whole, dummy = witnesses._together(witnesses._look(node.tree, None))
    for one in whole["maps"]:
        paths = [path for path in whole["paths"] if path["map"] == one["wwid"]]
        for only in [{"maps": [one["wwid"]], "paths": []}] + [{"maps": [], "paths": [path["hctl"]]} for path in paths]:
            part, dummy = witnesses._together(witnesses._look(node.tree, only))
            assert (part["maps"], part["paths"]) == ([one], paths)
    for path in whole["paths"]:
        if path["map"] is None:
            part, dummy = witnesses._together(witnesses._look(node.tree, {"maps": [], "paths": [path["hctl"]]}))
            assert (part["maps"], part["paths"]) == ([], [path])
    none, dummy = witnesses._together(witnesses._look(node.tree, {"maps": ["3600a0980ffff"], "paths": ["99:0:0:0"]}))
    assert (none["maps"], none["paths"], none["host"]) == ([], [], whole["host"])


def test_which_python_has_looked(node):
    whole, dummy = witnesses._together(witnesses._look(node.tree, None))
    assert whole["host"]["python"] == platform.python_version().rstrip("+")
