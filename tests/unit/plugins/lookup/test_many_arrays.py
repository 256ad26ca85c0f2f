# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One host on two clusters, each with two SVMs of the same names, by FC and iSCSI, through nested igroups: the lookups
together with the verdict.

Every path answers "no such LUN", so that what the arrays say decides alone: `stale` where no access is left,
`conflict` where there is some.
"""

import contextlib
from unittest import mock

import ontap_sim
import pytest
from ansible_collections.sanops.multipath.plugins.filter import audit
from ansible_collections.sanops.multipath.plugins.lookup import ontap_lun_maps, ontap_luns
from ansible_collections.sanops.multipath.plugins.module_utils._core import identity
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import lookup as arrays_lookup
from ansible_collections.sanops.multipath.plugins.plugin_utils._http import client as https
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import hosts as judge_hosts
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import records
from support.askers import entry_of
from support.testimony import facts, path

SVMS = [{"name": "fc"}, {"name": "ip"}]
WWPN = "20:00:00:a0:98:00:00:01"
LIFS = [{"name": "fc1", "svm": "fc", "wwpn": WWPN}]
BY_FC = {"transport": "fc", "target": identity.normal_initiator(WWPN)}
BY_IP = {"transport": "iscsi", "target": "iqn.1992-08.com.netapp:sn.ip:vs.1"}
ELSE = "21:00:00:0e:1e:ff:ff:ff"
# As /etc/iscsi/initiatorname.iscsi and /sys/class/fc_host/*/port_name have them, and as the module then tells them.
MACHINE = {"hostname": "db1", "boot_id": "b", "kernel": "6.1"}
NAMES = [
    identity.normal_initiator(name)
    for name in ("iqn.2026-01.org.example:Db1", "0x2100000e1e1b2c30", "0x2100000e1e1b2c31")
]
EAST = {
    "cluster": {"name": "east"},
    "svms": SVMS,
    "fc_interfaces": LIFS,
    "igroups": [
        {"name": "port a", "svm": "fc", "protocol": "fcp", "initiators": ["21:00:00:0E:1E:1B:2C:30"]},
        {"name": "ports", "svm": "fc", "protocol": "fcp", "igroups": ["port a"]},
        {"name": "cluster", "svm": "fc", "protocol": "fcp", "igroups": ["ports"], "initiators": [ELSE]},
        {"name": "db", "svm": "ip", "initiators": ["iqn.2026-01.org.example:db1"]},
        {"name": "else", "svm": "fc", "protocol": "fcp", "initiators": [ELSE]},
    ],
    "luns": [
        {"name": "/vol/v/nested", "svm": "fc", "serial_number": "eastFCnested"},
        {"name": "/vol/v/else", "svm": "fc", "serial_number": "eastFCelse01"},
        {"name": "/vol/v/one", "svm": "ip", "serial_number": "eastIPdirect"},
    ],
    "maps": [
        {"lun": "/vol/v/nested", "igroup": "cluster", "svm": "fc", "logical_unit_number": 7},
        {"lun": "/vol/v/else", "igroup": "else", "svm": "fc"},
        {"lun": "/vol/v/one", "igroup": "db", "svm": "ip", "logical_unit_number": 1},
    ],
}
WEST = {
    "cluster": {"name": "west"},
    "svms": SVMS,
    "fc_interfaces": LIFS,
    "igroups": [
        {
            "name": "db",
            "svm": "ip",
            "initiators": ["iqn.2026-01.org.example:db2"],
        },  # the name is the other cluster's, the members are not
        {"name": "b", "svm": "fc", "protocol": "mixed", "initiators": ["2100000e1e1b2c31"]},
    ],
    "luns": [
        {"name": "/vol/v/one", "svm": "ip", "serial_number": "westIPdirect"},
        {"name": "/vol/v/one", "svm": "fc", "serial_number": "westFCmixed1"},
    ],
    "maps": [
        {"lun": "/vol/v/one", "igroup": "db", "svm": "ip", "logical_unit_number": 1},
        {"lun": "/vol/v/one", "igroup": "b", "svm": "fc", "logical_unit_number": 7},
    ],
}
WORDS = {  # of each LUN's serial number: the verdict, the array's word, and where the LUN is
    "eastFCnested": ("conflict", "mapped", ("east", "fc")),
    "eastFCelse01": ("stale", "unmapped", ("east", "fc")),
    "eastIPdirect": ("conflict", "mapped", ("east", "ip")),
    "westIPdirect": ("stale", "unmapped", ("west", "ip")),
    "westFCmixed1": ("conflict", "mapped", ("west", "fc")),
    "gone+nowhere": ("stale", "gone", None),
}


@pytest.fixture
def clusters():
    """Two simulators: by port alike, and by name."""
    with contextlib.ExitStack() as stack:
        sims = [stack.enter_context(ontap_sim.running(world)) for world in (EAST, WEST)]
        yield dict(zip(("127.0.0.1", "localhost"), sims))


def judge(clusters, folder):
    """({serial number: device}, the report's arrays) as the audit does it."""
    wwids = {serial: identity.ontap_wwid(serial) for serial in WORDS}
    witnessed = facts()
    witnessed["host"] = {**MACHINE, "initiators": {"iqn": NAMES[:1], "wwpns": NAMES[1:]}}
    witnessed["maps"] = []
    witnessed["fc"] = {"hosts": [{"port_name": NAMES[1], "port_state": "Online"}]}
    for number, (serial, wwid) in enumerate(wwids.items()):
        one = path(number, "absent", wwid=wwid, map=wwid, **(BY_FC if "FC" in serial else BY_IP))
        witnessed["paths"].append(one)
        witnessed["maps"] += facts([one], wwid=wwid, name=wwid, dm=f"dm-{number}", dev_t=f"253:{number}")["maps"]
    results = {
        "db1": {
            "ansible_facts": {
                "stale_mpath": dict(
                    witnessed, multipathd={"running": True}, quarantine=None, elapsed=0.1, incomplete=[]
                )
            }
        }
    }
    initiators, identities = judge_hosts.terms(judge_hosts.outlines(results).values())
    assert (initiators, identities) == (sorted(NAMES), sorted(wwids.values()))
    entries = [dict(entry_of(sim), hostname=name) for name, sim in clusters.items()]
    options = {"arrays": entries, "allow_incomplete": True, "cache_ttl": 600}
    answers = []
    for module, names in ((ontap_lun_maps, initiators), (ontap_luns, identities)):
        lookup = module.LookupModule()
        lookup.set_options, lookup.get_option = (lambda **kwargs: None), options.get
        with mock.patch.object(arrays_lookup.C, "DEFAULT_LOCAL_TMP", str(folder)):
            answers.append(lookup.run(names))
    report = audit.fleet(results, *answers)
    host = report["hosts"][0]
    devices = {device["wwid"]: {**device, "luns": records.luns_of(host, device)} for device in host["devices"]}
    return {serial: devices[wwid] for serial, wwid in wwids.items()}, report["arrays"]


def test_access_is_found_wherever_it_is(clusters, tmp_path):
    devices, arrays = judge(clusters, tmp_path / "cache")
    assert [(array["cluster"], array["svms"], array["complete"]) for array in arrays] == [
        ("east", ["fc", "ip"], True),
        ("west", ["fc", "ip"], True),
    ]
    for serial, (verdict, word, place) in WORDS.items():
        device = devices[serial]
        luns = device["luns"]
        assert (device["verdict"], device["array"]["state"]) == (verdict, word), device["reason"]
        assert [(lun["cluster"], lun["svm"]) for lun in luns] == ([place] if place else []), serial
    assert [(one["igroup"], one["lun_id"]) for one in devices["eastFCnested"]["luns"][0]["maps"]] == [("cluster", 7)]


@pytest.mark.parametrize("silent", ["127.0.0.1", "localhost"])
def test_what_either_cluster_gave_may_be_on_the_silent_one(clusters, tmp_path, silent):
    """One of the two fails: what it might have said is not known, of no device; access that the other one gives is
    still known.
    """
    clusters[silent].faults([{"path": "/api/storage/luns", "status": 500}])
    devices, arrays = judge(clusters, tmp_path / "cache")
    assert {array["hostname"]: array["complete"] for array in arrays} == {name: name != silent for name in clusters}
    known = {"127.0.0.1": "west", "localhost": "east"}[silent]
    for serial, (verdict, dummy, place) in WORDS.items():
        reported = verdict if verdict == "conflict" and place[0] == known else "unproven"
        assert devices[serial]["verdict"] == reported, devices[serial]["reason"]


def test_both_clusters_lose_a_member_deep_in_an_igroup(clusters, tmp_path):
    """The inner igroup no longer has the host's port: no access is left by way of the outer ones."""
    world = clusters["127.0.0.1"].world
    world.igroup("port a", "fc")["initiators"] = [ELSE]
    world.changed()
    devices, dummy = judge(clusters, tmp_path / "cache")
    assert (devices["eastFCnested"]["verdict"], devices["westFCmixed1"]["verdict"]) == ("stale", "conflict")


def test_an_igroup_whose_initiators_are_not_named_may_hold_this_host(clusters, tmp_path):
    world = clusters["127.0.0.1"].world
    world.igroup("else", "fc")["initiators"] = []
    world.changed()
    device = judge(clusters, tmp_path / "cache")[0]["eastFCelse01"]
    assert (device["verdict"], device["array"]["state"]) == ("unproven", "unknown")
    assert "maps it to the igroup else, of which it names no initiator" in device["reason"]


@pytest.mark.parametrize("moment", [0, *range(4, 13)])  # from before the readings of what decides to after them
def test_a_host_that_moves_to_another_igroup_while_it_is_read_keeps_its_lun(clusters, tmp_path, monkeypatch, moment):
    world, real, seen = clusters["127.0.0.1"].world, https.Client._exchange, []
    old, lun = world.igroup("db", "ip"), world.find(world.luns, "/vol/v/one", "ip")
    new = world.create_igroup({"name": "later", "svm": "ip", "protocol": "iscsi"})

    def exchange(self, href, timeout):
        if self._host == "127.0.0.1":
            if len(seen) == moment:
                world.create_map(lun["uuid"], new["uuid"], 1)
                new["initiators"], old["initiators"] = old["initiators"], []
                world.delete_map(lun["uuid"], old["uuid"])
            seen.append(href)
        return real(self, href, timeout)

    monkeypatch.setattr(https.Client, "_exchange", exchange)
    device = judge(clusters, tmp_path / "cache")[0]["eastIPdirect"]
    assert len(seen) > moment and not old["initiators"]
    assert (device["verdict"], device["array"]["state"]) == ("conflict", "mapped"), device["reason"]


def test_the_luns_of_an_e_series_array_are_not_absent_from_ontap(clusters, tmp_path, monkeypatch):
    """Their WWIDs begin as ONTAP's do: their absence from its listing says nothing."""
    e_series = "3600a098000f63714000000005e5cf5d2"
    monkeypatch.delitem(WORDS, "gone+nowhere")
    monkeypatch.setitem(WORDS, "E-Series IP", None)
    monkeypatch.setattr(
        identity,
        "ontap_wwid",
        lambda serial, real=identity.ontap_wwid: e_series if serial == "E-Series IP" else real(serial),
    )
    device = judge(clusters, tmp_path / "cache")[0]["E-Series IP"]
    assert (device["verdict"], device["array"]["state"]) == ("unproven", "foreign"), device["reason"]
