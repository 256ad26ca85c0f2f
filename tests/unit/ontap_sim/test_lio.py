# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The world in the kernel's target: what REST does to configfs, and what done behind its back shows in REST."""

import pytest
from ontap_sim.lio import LioWorld, serial_number, unit_serial

IQN = "iqn.1992-08.com.netapp:sn.svm1:vs.1"
NODE1, NODE2 = "iqn.2026-01.org.sanops.lab:node1", "iqn.2026-01.org.sanops.lab:node2"
WORLD = {
    "svms": [
        {"name": "svm1", "target": IQN, "portals": ["10.10.1.10:3260", "10.10.2.10"]},
        {"name": "svm2", "portals": []},
    ],
    "igroups": [
        {"name": "node1", "svm": "svm1", "initiators": [NODE1]},
        {"name": "both", "svm": "svm1", "initiators": [NODE1, NODE2]},
    ],
    "luns": [
        {"name": "/vol/v/a", "svm": "svm1", "serial_number": "wf0Iq+N4uck3", "size": 8 << 20},
        {"name": "/vol/v/b", "svm": "svm1", "size": 8 << 20},
        {"name": "/vol/v/off", "svm": "svm2", "size": 8 << 20, "enabled": False},
    ],
    "maps": [
        {"lun": "/vol/v/a", "igroup": "node1", "logical_unit_number": 300},
        {"lun": "/vol/v/b", "igroup": "both", "logical_unit_number": 0},
    ],
}


@pytest.fixture
def world(kernel, tmp_path):
    return LioWorld(WORLD, state=tmp_path / "state", kernel=kernel)


def numbers(kernel, initiator):
    return sorted(kernel.mapped(IQN, initiator))


def test_built_from_the_world(kernel, world):
    group = kernel.portal_group(IQN)
    assert sorted(path.name for path in (group / "np").iterdir()) == ["10.10.1.10:3260", "10.10.2.10:3260"]
    assert (group / "attrib/authentication").read_text() == "0" and (group / "enable").read_text() == "1"
    assert numbers(kernel, NODE1) == [0, 300] and numbers(kernel, NODE2) == [0]
    backstore = kernel.mapped(IQN, NODE1)[300]
    wwn = {path.name: path.read_text() for path in (backstore / "wwn").iterdir()}
    assert wwn["vendor_id"] == "NETAPP" and wwn["product_id"] == "LUN C-Mode" and wwn["company_id"] == "0x00a098"
    assert wwn["vpd_unit_serial"].endswith(": 0776630" + "49712b4e3475636b33")


def test_serial_there_and_back():
    assert unit_serial("wf0Iq+N4uck3") == "077663049712b4e3475636b33"
    for serial in ("wf0Iq+N4uck3", "80E7/]LZp1Tt", "\x7f\xff#$+-/?]{Aa"):
        assert serial_number(unit_serial(serial)) == serial
    assert len(serial_number("d1f5e5b3-1c9e-4d9a-a6d9-0f7a6b1c2d3e").encode("latin-1")) == 12


def test_rest_shows_the_kernel(sim, rest):
    luns = {lun["name"]: lun for lun in rest.records("/api/storage/luns?fields=serial_number,space.size,status")}
    assert luns["/vol/v/a"]["serial_number"] == "wf0Iq+N4uck3" and luns["/vol/v/a"]["space"]["size"] == 8 << 20
    assert luns["/vol/v/a"]["status"]["state"] == "online" and luns["/vol/v/off"]["status"]["state"] == "offline"
    maps = {
        (entry["lun"]["name"], entry["igroup"]["name"]): entry["logical_unit_number"]
        for entry in rest.records("/api/protocols/san/lun-maps?fields=logical_unit_number,lun.name,igroup.name")
    }
    assert maps == {("/vol/v/a", "node1"): 300, ("/vol/v/b", "both"): 0}


def test_unmap_and_recycle_the_lun_id(sim, rest, kernel, world):
    a, b = world.lun("/vol/v/a")["uuid"], world.lun("/vol/v/b")["uuid"]
    node1, both = world.igroup("node1")["uuid"], world.igroup("both")["uuid"]
    assert rest.delete(f"/api/protocols/san/lun-maps/{b}/{both}").status_code == 200
    assert numbers(kernel, NODE1) == [300] and numbers(kernel, NODE2) == []
    assert [path.name for path in (kernel.portal_group(IQN) / "lun").iterdir()] == ["lun_0"], (
        "the LUN that nobody uses is gone from the target"
    )
    old = kernel.mapped(IQN, NODE1)[300]
    assert rest.delete(f"/api/protocols/san/lun-maps/{a}/{node1}").status_code == 200
    body = {
        "svm": {"name": "svm1"},
        "lun": {"name": "/vol/v/b"},
        "igroup": {"name": "node1"},
        "logical_unit_number": 300,
    }
    assert rest.post("/api/protocols/san/lun-maps", json=body).status_code == 201
    assert kernel.mapped(IQN, NODE1)[300] != old


def test_create_take_offline_and_delete_a_lun(sim, rest, kernel, tmp_path):
    body = {"svm": {"name": "svm1"}, "name": "/vol/v/new", "os_type": "linux", "space": {"size": "16M"}}
    created = rest.post("/api/storage/luns?return_records=true", json=body).json()["records"][0]
    path = next(path for path in kernel.backstores() if path.name == "svm1.v.new")
    assert kernel.backstores()[path]["unit_serial"] == unit_serial(created["serial_number"])
    file = tmp_path / "state/luns/svm1.v.new"
    assert file.stat().st_size == 16 << 20 and file.stat().st_blocks == 0
    href = f"/api/storage/luns/{created['uuid']}"
    assert rest.patch(href, json={"enabled": False}).status_code == 200
    assert (path / "alua/default_tg_pt_gp/alua_access_state").read_text() == "3"
    assert rest.get(href).json()["status"]["state"] == "offline"
    assert rest.patch(href, json={"enabled": True}).status_code == 200
    assert (path / "alua/default_tg_pt_gp/alua_access_state").read_text() == "0"
    assert rest.patch(href, json={"space": {"size": 1}}).status_code == 400
    assert rest.delete(href).status_code == 200
    assert not path.exists() and not path.parent.exists() and not file.exists()


def test_delete_a_mapped_lun(sim, rest, kernel, world):
    href = f"/api/storage/luns/{world.lun('/vol/v/b')['uuid']}"
    assert rest.delete(href).json()["error"]["code"] == "1254197"
    assert rest.delete(href + "?allow_delete_while_mapped=true").status_code == 200
    assert numbers(kernel, NODE1) == [300] and len(kernel.backstores()) == 2


def test_members_of_an_igroup(sim, rest, kernel, world):
    key = world.igroup("node1")["uuid"]
    assert (
        rest.post(
            f"/api/protocols/san/igroups/{key}/initiators", json={"name": "iqn.2026-01.org.sanops.lab:node3"}
        ).status_code
        == 201
    )
    assert numbers(kernel, "iqn.2026-01.org.sanops.lab:node3") == [300]
    gone = (
        f"/api/protocols/san/igroups/{key}/initiators/iqn.2026-01.org.sanops.lab:node3?allow_delete_while_mapped=true"
    )
    assert rest.delete(gone).status_code == 200
    assert "iqn.2026-01.org.sanops.lab:node3" not in kernel.initiators(IQN)
    assert NODE1 in kernel.initiators(IQN)


def test_behind_our_back(sim, rest, kernel, world):
    """Show what targetcli changes: unmap, delete, create, offline."""
    kernel.unmap(IQN, NODE1, 300)
    assert [entry["lun"]["name"] for entry in rest.records("/api/protocols/san/lun-maps")] == ["/vol/v/b"]
    path = kernel.create_backstore("mine", str(world.folder / "luns/mine"), 4 << 20, unit_serial("targetcli#01"))
    kernel.map(IQN, NODE2, 7, path)
    maps = rest.records("/api/protocols/san/lun-maps?logical_unit_number=7&fields=lun.name,igroup.name")
    assert [(entry["lun"]["name"], entry["igroup"]["name"]) for entry in maps] == [("/vol/targetcli/mine", "both")]
    kernel.set_online(path, False)
    assert (
        rest.records("/api/storage/luns?serial_number=targetcli%2301&fields=status.state")[0]["status"]["state"]
        == "offline"
    )
    kernel.add_initiator(IQN, "iqn.2026-01.org.sanops.lab:unknown")
    kernel.map(IQN, "iqn.2026-01.org.sanops.lab:unknown", 1, path)
    assert "targetcli_iqn.2026-01.org.sanops.lab:unknown" in [
        igroup["name"] for igroup in rest.records("/api/protocols/san/igroups")
    ]


def test_unrelated_changes_do_not_repair_what_was_done_behind_our_back(sim, rest, kernel, world):
    kernel.unmap(IQN, NODE2, 0)
    assert (
        rest.post(
            "/api/protocols/san/igroups", json={"svm": {"name": "svm1"}, "name": "other", "os_type": "linux"}
        ).status_code
        == 201
    )
    assert numbers(kernel, NODE2) == []


def test_a_restart_keeps_the_kernels_world(kernel, world, tmp_path):
    world.delete_lun(world.lun("/vol/v/b")["uuid"])
    world.create_lun({"name": "/vol/v/later", "svm": "svm1", "size": 1 << 20})
    again = LioWorld(WORLD, state=tmp_path / "state", kernel=kernel)
    assert again.lun("/vol/v/b") is None
    assert again.lun("/vol/v/later")["uuid"] == world.lun("/vol/v/later")["uuid"]
    assert again.maps == world.maps


def test_a_start_that_broke_off_can_be_repeated(kernel, world, tmp_path):
    world.annotations.unlink()
    again = LioWorld(WORLD, state=tmp_path / "state", kernel=kernel)
    assert numbers(kernel, NODE1) == [0, 300] and len(again.luns) == 3


def test_stop_a_target(sim, rest, kernel, world):
    href = f"/api/protocols/san/iscsi/services/{world.svms['svm1']['uuid']}"
    assert rest.patch(href, json={"enabled": False}).status_code == 200
    assert not kernel.enabled(IQN) and rest.get(href).json()["enabled"] is False


def test_sessions(sim, rest, kernel):
    (kernel.portal_group(IQN) / "acls" / NODE1 / "info").write_text(
        f"InitiatorName: {NODE1}\nInitiatorAlias: node1\nLIO Session ID: 3   ISID: 0x00 02 3d 00 "
        f"00 00  TSIH: 4  SessionType: Normal\n"
        "Session State: TARG_SESS_STATE_LOGGED_IN\nCID: 0  Connection State: "
        "TARG_CONN_STATE_LOGGED_IN\n   Address 10.10.1.21 TCP  StatSN: 0x8a\n"
    )
    (session,) = rest.records("/api/protocols/san/iscsi/sessions?fields=*")
    assert (
        session["tsih"] == 4
        and session["initiator"] == {"name": NODE1, "alias": "node1"}
        and session["isid"] == "00:02:3d:00:00:00"
    )
    assert session["connections"][0]["initiator_address"]["address"] == "10.10.1.21"


def test_the_kernels_refusal_is_an_answer(sim, rest, kernel, monkeypatch):
    def refuse(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kernel, "create_backstore", refuse)
    body = {"svm": {"name": "svm1"}, "name": "/vol/v/new", "os_type": "linux", "space": {"size": "16M"}}
    answer = rest.post("/api/storage/luns", json=body)
    assert answer.status_code == 500 and "No space left" in answer.json()["error"]["message"]
