# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host says of itself beside its devices: a part that fails or hangs is named, and costs nothing else."""

import os

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._facts import chosen
from ansible_collections.sanops.multipath.plugins.module_utils._host import proxmox
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import fc
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import daemon as multipathd
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import files as multipath_files
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import facts as iscsi_facts
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import portals as open_iscsi_portals
from ansible_collections.sanops.multipath.plugins.module_utils._system import child
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree
from support.answering import WWID, Host, hang


@pytest.fixture
def host(monkeypatch):
    return Host(monkeypatch)


def test_what_the_host_is_otherwise(host):
    expected = {
        "os": "debian",
        "os_version": "12",
        "os_like": [],
        "kubelet": False,
        "lvm": {},
        "volumes": [],
        "read_only": {},
        "nvme": {},
        "proxmox": {},
    }
    assert host.collect()["platform"] == expected
    assert host.gaps == {}


def test_a_proxmox_file_system_that_hangs_costs_nothing_else(host):
    host.platform["proxmox"] = hang
    facts = host.collect(timeout=8)
    assert (facts["platform"]["os"], facts["platform"]["proxmox"]) == ("debian", None)
    assert host.gaps == {"proxmox": child.TIMED_OUT}
    assert facts["elapsed"] <= 8


def test_whoever_is_about_to_act_does_not_ask_what_the_host_is(host):
    host.platform["os"] = OSError(5, "x")
    facts = chosen.collect(Tree("/"), 10, {"maps": [WWID], "paths": []})
    assert facts["platform"]["proxmox"]["present"] is False and facts["incomplete"] == []
    assert sorted(facts["platform"]) == ["proxmox"], "but who else has it"


def test_whoever_acts_on_no_device_asks_nobody_whose_it_is(host, monkeypatch):
    monkeypatch.setattr(proxmox, "look", None)
    facts = chosen.collect(Tree("/"), 10, {"maps": [], "paths": []})
    assert facts["platform"] is None and facts["incomplete"] == []


def test_whoever_is_about_to_act_hears_that_nobody_said_whose_it_is(host, monkeypatch):
    monkeypatch.setattr(proxmox, "look", lambda tree, layers: host.say(OSError(5, "x")))
    facts = chosen.collect(Tree("/"), 10, {"maps": [WWID], "paths": []})
    assert facts["platform"] == {"proxmox": None}
    assert facts["incomplete"] == [{"what": "proxmox", "why": "OSError: [Errno 5] x"}]


def test_a_configuration_that_cannot_be_resolved_is_not_known(host):
    host.multipath = multipath_files.Unresolved("multipath -t reads the files in another way")
    assert host.collect()["multipath_conf"] is None
    assert host.gaps == {"multipath_conf": "multipath -t reads the files in another way"}


def test_a_daemon_that_does_not_tell_what_it_runs(host):
    host.multipath = ({"maps": [], "pending": None}, ["what multipathd runs: timed out"])
    assert host.collect()["multipath_conf"] == {"maps": [], "pending": None}
    assert host.gaps == {"multipath_conf": "what multipathd runs: timed out"}


def test_a_host_without_multipath_tools_has_no_configuration_of_them(host, monkeypatch):
    monkeypatch.setattr(multipathd, "version", lambda deadline: (None, None))
    assert host.collect()["multipath_conf"] is None
    assert host.gaps == {}


def test_settings_of_open_iscsi(host, monkeypatch):
    monkeypatch.setattr(iscsi_facts, "read", lambda tree, sessions: {"records": []})
    assert host.collect()["iscsi"] == {"records": [], "portals": []}
    assert chosen.collect(Tree("/"), 10, {"maps": [], "paths": []})["iscsi"] is None, (
        "whoever is about to act has no use for it"
    )


def test_settings_of_open_iscsi_that_cannot_be_read(host, monkeypatch):
    monkeypatch.setattr(iscsi_facts, "read", lambda tree, sessions: hang())
    assert host.collect(timeout=8)["iscsi"] is None and host.gaps == {"iscsi": child.TIMED_OUT}


def test_portals_are_asked(host, monkeypatch):
    monkeypatch.setattr(iscsi_facts, "read", lambda tree, sessions: {"records": [{"portal": "10.0.0.1:3260"}]})
    monkeypatch.setattr(
        open_iscsi_portals, "probe", lambda portals, deadline: [{"portal": portal} for portal in portals]
    )
    assert host.collect()["iscsi"]["portals"] == [{"portal": "10.0.0.1:3260"}] and host.gaps == {}


def test_portals_that_take_too_long_cost_nothing_else(host, monkeypatch):
    monkeypatch.setattr(iscsi_facts, "read", lambda tree, sessions: {"records": [{"portal": "10.0.0.1:3260"}]})
    monkeypatch.setattr(open_iscsi_portals, "probe", lambda portals, deadline: hang())
    facts = host.collect(timeout=8)
    assert facts["iscsi"] == {"records": [{"portal": "10.0.0.1:3260"}], "portals": None} and host.gaps == {
        "portals": child.TIMED_OUT
    }
    assert [path["wire"]["state"] for path in facts["paths"]] == ["same", "same"] and facts["elapsed"] <= 8


def test_fibre_channel_that_hangs_costs_nothing_else(host, monkeypatch):
    monkeypatch.setattr(fc, "read", lambda tree: hang())
    facts = host.collect(timeout=8)
    assert facts["fc"] is None and host.gaps == {"fc": child.TIMED_OUT}
    assert [path["wire"]["state"] for path in facts["paths"]] == ["same", "same"] and facts["elapsed"] <= 8


def test_symptoms_come_last_and_say_what_was_cut(host):
    host.symptoms["blocked"] = hang
    facts = host.collect(timeout=8)
    assert facts["symptoms"] == {
        "udev": {},
        "blocked": None,
        "leftovers": None,
        "unused": {"maps": 1, "disks": 2, "unknown": 0, "cost": {"path_checks_per_hour": None, "block_devices": 3}},
    }
    assert host.gaps == {
        "blocked": child.TIMED_OUT,
        "leftovers": "blocked was not read to the end, and this comes after it",
    }
    assert facts["maps"][0]["users"] == [] and facts["elapsed"] <= 8


def test_users_that_hang_leave_the_symptoms_their_time(host):
    host.users = hang
    facts = host.collect(timeout=10)
    assert facts["symptoms"]["leftovers"] == {} and set(host.gaps) == {"users"}
    assert facts["symptoms"]["unused"]["unknown"] == 1


def test_whoever_is_about_to_act_does_not_ask_for_symptoms(host):
    host.symptoms["udev"] = OSError(5, "x")
    facts = chosen.collect(Tree("/"), 10, {"maps": [WWID], "paths": []})
    assert (facts["symptoms"], facts["fc"], facts["incomplete"]) == (None, None, [])


@pytest.mark.parametrize("there", [True, False])
def test_only_root_can_read_the_settings_of_open_iscsi(host, monkeypatch, there):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(iscsi_facts, "is_there", lambda tree: there)
    assert host.collect()["iscsi"] is None and ("iscsi" in host.gaps) is there
