# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fibre Channel in the kernel's target: each FC LIF of an SVM is a target, and igroups have WWPNs."""

import pytest
from ontap_sim.lio import LioWorld

LIFS = {"a": "20:00:52:54:00:5a:00:01", "b": "20:00:52:54:00:5a:00:02"}
NODE1 = ["20:00:52:54:00:5a:01:01", "20:00:52:54:00:5a:01:02"]
NODE2 = "20:00:52:54:00:5a:02:01"
IQN = "iqn.1992-08.com.netapp:sn.svm1:vs.1"
WORLD = {
    "svms": [{"name": "svm1", "target": IQN}, {"name": "svm2"}],
    "fc_interfaces": [{"name": f"fc_{name}", "svm": "svm1", "wwpn": wwpn} for name, wwpn in LIFS.items()],
    "igroups": [
        {"name": "node1", "svm": "svm1", "protocol": "fcp", "initiators": NODE1},
        {"name": "mixed", "svm": "svm1", "initiators": [NODE2, "iqn.2026-01.org.sanops.lab:node2"]},
        {"name": "elsewhere", "svm": "svm2", "protocol": "fcp", "initiators": [NODE2]},
    ],
    "luns": [{"name": "/vol/v/a", "svm": "svm1"}, {"name": "/vol/v/b", "svm": "svm2"}],
    "maps": [
        {"lun": "/vol/v/a", "igroup": "node1", "logical_unit_number": 300},
        {"lun": "/vol/v/b", "igroup": "elsewhere", "logical_unit_number": 1},
    ],
}


@pytest.fixture
def world(kernel, tmp_path):
    return LioWorld(WORLD, state=tmp_path / "state", kernel=kernel)


def port(kernel, folder, name, **attributes):
    """Have the kernel show a port of Fibre Channel in one of its classes."""
    here = kernel.sysfs / "class" / folder
    here.mkdir(parents=True, exist_ok=True)
    given = {"port_name": name, "node_name": name.replace("20:00", "10:00"), "port_state": "Online", **attributes}
    for attribute in ("port_name", "node_name"):
        given[attribute] = "0x" + given[attribute].replace(":", "")
    place = here / given.pop("place")
    place.mkdir(exist_ok=True)
    for attribute, text in given.items():
        (place / attribute).write_text(f"{text}\n")


def remote(kernel, place, name, **attributes):
    port(
        kernel, "fc_remote_ports", name, place=place, **{"port_id": "0x000101", "roles": "FCP Initiator", **attributes}
    )


def test_a_map_is_one_at_each_lif_of_the_svm(kernel, world):
    """And at no target of the other transport, nor of an SVM without FC."""
    backstore = kernel.mapped(LIFS["a"], NODE1[0])[300]
    for lif in LIFS.values():
        assert kernel.initiators(lif) == sorted([*NODE1, NODE2])
        assert [kernel.mapped(lif, name) for name in NODE1] == [{300: backstore}] * 2
        assert kernel.mapped(lif, NODE2) == {}
    assert kernel.initiators(IQN) == ["iqn.2026-01.org.sanops.lab:node2"]
    assert kernel.initiators(world.svms["svm2"]["target"]) == []


def test_maps_are_made_and_removed_over_rest(sim, rest, kernel, world):
    key, group = world.lun("/vol/v/a")["uuid"], world.igroup("mixed")["uuid"]
    body = {"svm": {"name": "svm1"}, "lun": {"uuid": key}, "igroup": {"uuid": group}, "logical_unit_number": 0}
    assert rest.post("/api/protocols/san/lun-maps", json=body).status_code == 201
    assert [sorted(kernel.mapped(lif, NODE2)) for lif in LIFS.values()] == [[0], [0]]
    assert sorted(kernel.mapped(IQN, "iqn.2026-01.org.sanops.lab:node2")) == [0]
    assert rest.delete(f"/api/protocols/san/lun-maps/{key}/{group}").status_code == 200
    assert [kernel.mapped(lif, NODE2) for lif in LIFS.values()] == [{}, {}]
    assert [sorted(kernel.mapped(lif, NODE1[1])) for lif in LIFS.values()] == [[300], [300]]


def test_what_was_changed_behind_our_back_is_listed(sim, rest, kernel, world):
    for name in NODE1:
        kernel.unmap(LIFS["a"], name, 300)
    assert len(rest.records("/api/protocols/san/lun-maps")) == 2, "the other fabric still has it"
    for name in NODE1:
        kernel.unmap(LIFS["b"], name, 300)
    (left,) = rest.records("/api/protocols/san/lun-maps?fields=svm.name")
    assert left["svm"]["name"] == "svm2"
    kernel.add_initiator(LIFS["a"], "20:00:00:00:00:00:00:01")
    kernel.map(LIFS["a"], "20:00:00:00:00:00:00:01", 5, next(iter(kernel.backstores())))
    (group,) = rest.records("/api/protocols/san/igroups?name=targetcli_*&fields=protocol,initiators")
    assert (group["protocol"], group["initiators"][0]["name"]) == ("fcp", "20:00:00:00:00:00:00:01")


def test_logins_and_lifs_are_as_the_kernel_has_them(sim, rest, kernel):
    assert {lif["state"] for lif in rest.records("/api/network/fc/interfaces?fields=state")} == {"down"}
    port(kernel, "fc_host", LIFS["a"], place="host2", port_id="0x000001")
    port(kernel, "fc_host", LIFS["b"], place="host22", port_id="0x000002", port_state="Linkdown")
    remote(kernel, "rport-2:0-0", NODE1[0])
    remote(kernel, "rport-2:0-1", NODE2, port_state="Blocked")
    remote(kernel, "rport-2:0-2", "20:00:00:00:00:00:00:01", roles="unknown")
    remote(kernel, "rport-22:0-0", NODE1[1], port_id="0x000102")
    lifs = rest.records("/api/network/fc/interfaces?fields=state,wwpn")
    assert {lif["wwpn"]: lif["state"] for lif in lifs} == {LIFS["a"]: "up", LIFS["b"]: "down"}
    logins = rest.records("/api/network/fc/logins?fields=*")
    assert {
        (login["interface"]["wwpn"], login["initiator"]["wwpn"], login["initiator"]["port_address"]) for login in logins
    } == {(LIFS["a"], NODE1[0], "000101"), (LIFS["b"], NODE1[1], "000102")}
    assert len(logins) == 2 and {group["name"] for login in logins for group in login["igroups"]} == {"node1"}
    assert logins[0]["initiator"]["wwnn"].startswith("10:00:52:54")
