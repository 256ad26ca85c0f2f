# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions and the names by which an array knows a host, from small trees; the lab's recordings are in
test_recordings.py.
"""

import functools
import os

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import iscsi_sessions
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree
from support import trees


@pytest.fixture
def tree(tmp_path):
    made = Tree(str(tmp_path))
    made.write = functools.partial(trees.write, tmp_path)
    return made


@pytest.mark.parametrize(
    "path, text, iqn",
    [
        (
            "etc/iscsi/initiatorname.iscsi",
            "## comment\nInitiatorName=iqn.2026-01.org.example:Me \n",
            ["iqn.2026-01.org.example:me"],
        ),
        ("etc/iscsi/initiatorname.iscsi", "InitiatorName = iqn.x:a\nInitiatorName=iqn.x:b\n", ["iqn.x:b"]),
        ("etc/iscsi/initiatorname.iscsi", "#InitiatorName=iqn.x:a\nInitiatorAlias=me\n", []),
        # An iface that no session uses now: a LUN mapped to its name is still mapped to this host.
        (
            "etc/iscsi/ifaces/storage",
            "iface.iscsi_ifacename = storage\niface.initiatorname = iqn.x:storage\n",
            ["iqn.x:storage"],
        ),
        ("var/lib/iscsi/ifaces/storage", "iface.initiatorname = iqn.x:storage\n", ["iqn.x:storage"]),
        ("etc/iscsi/ifaces/default", "iface.transport_name = tcp\n", []),
        ("sys/class/iscsi_session/session1/initiatorname", "iqn.x:session\n", ["iqn.x:session"]),
        ("sys/class/iscsi_host/host3/initiatorname", "iqn.x:offload\n", ["iqn.x:offload"]),
        ("sys/class/iscsi_host/host3/initiatorname", "(null)\n", []),
        ("sys/class/iscsi_host/host3/initiatorname", "\n", []),
    ],
)
def test_names_of_iscsi(tree, path, text, iqn):
    tree.write(path, text)
    assert iscsi_sessions.initiators(tree) == {"iqn": iqn, "wwpns": []}


def test_names_of_fc(tree):
    tree.write("sys/class/fc_host/host1/port_name", "0x21000024FF45A1B2\n")
    tree.write("sys/class/fc_host/host2/port_name", "0x21000024ff45a1b3\n")
    assert iscsi_sessions.initiators(tree) == {"iqn": [], "wwpns": ["21000024ff45a1b2", "21000024ff45a1b3"]}


@pytest.mark.parametrize("text, seconds", [("120\n", 120), ("off\n", -1), ("?\n", None)])
def test_a_session(tree, text, seconds):
    here = "sys/devices/platform/host3/session7/iscsi_session/session7/"
    for name, value in (
        ("targetname", "iqn.t"),
        ("state", "FAILED"),
        ("ifacename", "default"),
        ("initiatorname", "iqn.x:me"),
        ("recovery_tmo", text),
    ):
        tree.write(here + name, value)
    tree.write("sys/class/iscsi_connection/connection7:0/persistent_address", "10.0.0.1\n")
    tree.write("sys/class/iscsi_connection/connection7:0/persistent_port", "3260\n")
    tree.write("sys/class/iscsi_connection/connection70:0/persistent_address", "10.0.0.2\n")
    os.mkdir(tree.root + "/sys/class/iscsi_session")
    os.symlink(
        "../../devices/platform/host3/session7/iscsi_session/session7", tree.root + "/sys/class/iscsi_session/session7"
    )
    assert iscsi_sessions.sessions(tree) == [
        {
            "sid": 7,
            "target": "iqn.t",
            "portal": "10.0.0.1:3260",
            "state": "FAILED",
            "iface": "default",
            "initiator": "iqn.x:me",
            "recovery_tmo": seconds,
            "host": "host3",
        }
    ]


def test_a_session_without_a_connection(tree):
    tree.write("sys/class/iscsi_session/session7/state", "FREE")
    assert [(one["portal"], one["host"], one["recovery_tmo"]) for one in iscsi_sessions.sessions(tree)] == [
        (None, None, None)
    ]


@pytest.mark.parametrize(
    "hosts, devices",
    [
        (["host3"], ["3:0:0:0", "3:0:0:7"]),
        (["host3", "host4"], ["3:0:0:0", "3:0:0:7", "4:0:0:7"]),
        (["host9"], []),
        ([], []),
        (["host3", None], None),
    ],
)
def test_what_a_host_has_of_a_target(tree, hosts, devices):
    for hctl in ("3:0:0:7", "3:0:0:0", "33:0:0:7", "4:0:0:7"):
        os.makedirs(tree.root + "/sys/class/scsi_device/" + hctl)
    known = [{"target": "iqn.t", "host": host} for host in hosts] + [{"target": "iqn.other", "host": "host33"}]
    assert iscsi_sessions.devices_of(tree, known, "iqn.t") == devices
