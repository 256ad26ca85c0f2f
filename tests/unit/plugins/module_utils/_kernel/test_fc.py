# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fibre Channel, on attributes that were read on real hosts (tests/unit/recordings/fc): what the kernel tells, and
a device's way to its verdict.
"""

import os

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import schema
from ansible_collections.sanops.multipath.plugins.module_utils._facts import collect as collect_facts
from ansible_collections.sanops.multipath.plugins.module_utils._inquiry import sg
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import devices as kernel_devices
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import dm, fc, iscsi_sessions
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import daemon as multipathd
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree
from ansible_collections.sanops.multipath.plugins.module_utils._users import find as find_users
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices
from support.configured import fc_host, remote_port
from support.fc_sysfs import Fabric
from support.testimony import ARRAY, LUN, NOW, WWID, answers

OURS = ["10000000c9b269f4", "10000000c9b269f5", "10008c7cffc7ef00"]
SAME = {"state": None, "wwids": [WWID], "serial": None, "sense": None, "detail": None}
ABSENT = {"state": "absent", "wwids": [], "serial": None, "sense": "05/25/00", "detail": "logical unit not supported"}


@pytest.fixture
def fabric(tmp_path):
    return Fabric(tmp_path)


def tree(fabric):
    return Tree(str(fabric.root))


def test_no_fc(tmp_path):
    assert fc.read(Tree(str(tmp_path))) == {"hosts": [], "remote_ports": []}


def test_this_hosts_ports(fabric):
    hosts = fc.read(tree(fabric))["hosts"]
    assert hosts[0] == fc_host(speed="8 Gbit")
    assert [(one["host"], one["port_state"], one["speed"], one["fabric"]) for one in hosts[2:]] == [
        ("host5", "Linkdown", "unknown", "0x0")
    ]


def test_the_arrays_ports(fabric):
    for lun in (0, 1, 2):
        fabric.disk("rport-3:0-0", lun, WWID)
    ports = fc.read(tree(fabric))["remote_ports"]
    assert ports[0] == remote_port(name="rport-3:0-0", port_name="200900a098b39200", dev_loss_tmo="infinity", luns=3)
    keys = ("name", "port_state", "roles", "dev_loss_tmo", "fast_io_fail_tmo", "scsi_target_id")
    assert [tuple(one[key] for key in keys) for one in ports[1:]] == [
        ("rport-3:0-1", "Blocked", "FCP Target", 15, 5, 1),
        ("rport-3:0-2", "Online", "Directory Server", 30, "off", None),
        ("rport-3:0-10", "Online", "FCP Initiator", 30, "off", None),
        ("rport-4:0-0", "Online", "FCP Target", 30, "off", 0),
        ("rport-4:0-1", "Not Present", "unknown", "infinity", 5, 1),
    ]
    assert [one["luns"] for one in ports[1:]] == [0] * 5


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("0", 0),
        ("2147483646", 2147483646),
        ("2147483647", "infinity"),
        ("4294967295", "infinity"),
        ("-1", "infinity"),
        ("", None),
    ],
)
def test_how_long_a_lost_port_is_kept(fabric, text, seconds):
    fabric.set("rport-3:0-0", dev_loss_tmo=text)
    assert fc.read(tree(fabric))["remote_ports"][0]["dev_loss_tmo"] == seconds


def test_what_cannot_be_read_is_not_known(fabric):
    fabric.set("rport-3:0-0", fast_io_fail_tmo="", scsi_target_id="")
    os.remove(fabric.root / fabric.port("rport-3:0-0") / "fc_remote_ports/rport-3:0-0/port_state")
    one = fc.read(tree(fabric))["remote_ports"][0]
    assert (one["fast_io_fail_tmo"], one["scsi_target_id"], one["port_state"]) == (None, None, None)


def test_the_names_by_which_an_array_knows_this_host(fabric):
    assert iscsi_sessions.initiators(tree(fabric)) == {"iqn": [], "wwpns": OURS}


def test_a_path(fabric):
    fabric.map(WWID, fabric.disk("rport-3:0-1", 7, WWID))
    (path,) = kernel_devices.paths(tree(fabric), [], list(kernel_devices.maps(tree(fabric))))
    reported = {
        key: path[key]
        for key in (
            "hctl",
            "sd",
            "sg",
            "transport",
            "target",
            "portal",
            "session_state",
            "wwid",
            "map",
            "vendor",
            "size_bytes",
        )
    }
    assert reported == {
        "hctl": "3:0:1:7",
        "sd": "sda",
        "sg": "sg0",
        "transport": "fc",
        "target": "200a00a098b39200",
        "portal": None,
        "session_state": "Blocked",
        "wwid": WWID,
        "map": WWID,
        "vendor": "NETAPP",
        "size_bytes": 64 << 20,
    }


class Host:
    """The whole way: sysfs is the tree's, device-mapper, multipathd and the wire say what a test wants."""

    def __init__(self, fabric, monkeypatch):
        self.tree, self.wire, self.asked = tree(fabric), {}, []
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        view = {"open_count": 0, "features": "0", "queue_if_no_path": False}
        monkeypatch.setattr(dm, "look", lambda maps: ({"wwid": one["wwid"], "view": view} for one in maps))
        monkeypatch.setattr(multipathd, "daemon", lambda tree: {"running": False, "pid": None, "version": None})
        monkeypatch.setattr(multipathd, "version", lambda deadline: (None, None))
        monkeypatch.setattr(find_users, "find", lambda tree, names: iter([{"source": "holders"}]))
        monkeypatch.setattr(sg, "ask", lambda nodes, deadline: iter([[hctl, self.wire[hctl]] for hctl in nodes]))

    def judged(self, existing=(), mapped=()):
        self.facts = collect_facts.collect(self.tree, 20)
        array = dict(ARRAY, targets=sorted({path["target"] for path in self.facts["paths"]}))
        lun_maps, luns = answers((), existing, array)
        lun_maps = [dict(lun_maps[0], initiator=name, luns=list(mapped) if name == OURS[1] else []) for name in OURS]
        return judge_devices.judged(self.facts, judge_devices.array_view(lun_maps, luns, NOW, 3600))


@pytest.fixture
def host(fabric, monkeypatch):
    """Two paths, of which the one goes by a port that is online."""
    fabric.map(WWID, fabric.disk("rport-3:0-0", 7, WWID), fabric.disk("rport-4:0-0", 7, WWID))
    return Host(fabric, monkeypatch)


def test_a_healthy_map(host):
    host.wire = {"3:0:0:7": SAME, "4:0:0:7": SAME}
    (device,) = host.judged(mapped=[LUN])
    assert (device["verdict"], device["in_use"], device["array"]["state"]) == ("healthy", False, "mapped")
    assert {gap["what"] for gap in host.facts["incomplete"]} <= {"multipathd"} | set(schema.CONFIGURATION)
    assert [one["luns"] for one in host.facts["fc"]["remote_ports"]] == [1, 0, 0, 0, 1, 0]


def test_a_stale_map(host):
    host.wire = {"3:0:0:7": ABSENT, "4:0:0:7": ABSENT}
    assert [device["verdict"] for device in host.judged(existing=[LUN])] == ["stale"]
    assert [device["verdict"] for device in host.judged(mapped=[LUN])] == ["conflict"], (
        "the array knows this host by its WWPN"
    )


@pytest.mark.parametrize("state", ["Linkdown", "Offline"])
def test_without_a_port_that_is_online_no_array_can_know_this_host(host, fabric, state):
    """Its names are still there, and an iSCSI name may be as well: they are no initiator."""
    for name in ("host3", "host4", "host5"):
        fabric.file(f"{fabric.adapter(name)}/fc_host/{name}/port_state", state)
    host.wire = {"3:0:0:7": ABSENT, "4:0:0:7": ABSENT}
    (device,) = host.judged(existing=[LUN])
    assert (device["verdict"], device["array"]["reason"]) == (
        "unproven",
        "this host has no live fc initiator by which an array could know it",
    )


@pytest.mark.parametrize("state", ["Blocked", "Not Present", "Offline", "Linkdown", "Deleted"])
def test_an_outage(host, fabric, state):
    """Ports that are lost say nothing of the LUN behind them, whatever the array says; and nobody asks through them."""
    for port in ("rport-3:0-0", "rport-4:0-0"):
        fabric.set(port, port_state=state)
    (device,) = host.judged(existing=[LUN])
    assert device["verdict"] == "outage"
    assert {(path["wire"]["state"], path["wire"]["detail"]) for path in device["paths"]} == {
        ("unreachable", "not asked: the session is " + state)
    }


def test_a_port_of_two_is_lost(host, fabric):
    fabric.set("rport-4:0-0", port_state="Blocked")
    host.wire = {"3:0:0:7": SAME}
    assert [device["verdict"] for device in host.judged(mapped=[LUN])] == ["degraded"]
    host.wire = {"3:0:0:7": ABSENT}
    assert [device["verdict"] for device in host.judged(existing=[LUN])] == ["outage"], "the lost port may have it"


def test_a_marginal_port_is_asked(host, fabric):
    fabric.set("rport-4:0-0", port_state="Marginal")
    host.wire = {"3:0:0:7": SAME, "4:0:0:7": SAME}
    assert [device["verdict"] for device in host.judged(mapped=[LUN])] == ["healthy"]
