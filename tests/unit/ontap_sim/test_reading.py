# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""GET: fields, queries, pages, links, errors, versions, scopes."""

import re

import ontap_sim
import pytest
from ontap_sim import User, worlds

LUNS = "/api/storage/luns"
MAPS = "/api/protocols/san/lun-maps"
IGROUPS = "/api/protocols/san/igroups"
PORTSETS = "/api/protocols/san/portsets"
UNITS = "/api/storage/storage-units"
INITIATOR = "iqn.2026-01.org.sanops.lab:node1"


@pytest.fixture
def world():
    return {
        "svms": [{"name": "svm1", "portals": ["10.10.1.10:3260", "10.10.2.10:3260"]}, {"name": "svm2"}],
        "igroups": [
            {"name": "node1", "svm": "svm1", "protocol": "iscsi", "initiators": [INITIATOR]},
            {"name": "inner", "svm": "svm1", "initiators": ["iqn.2026-01.org.sanops.lab:node2"]},
            {"name": "outer", "svm": "svm1", "igroups": ["node1", "inner"], "portset": "ports"},
            {"name": "node1", "svm": "svm2", "initiators": ["21:00:00:24:ff:30:14:c5"]},
        ],
        "luns": [{"name": f"/vol/v/lun{number}", "svm": "svm1", "size": (number + 1) << 30} for number in range(8)]
        + [
            {"name": "/vol/w/other", "svm": "svm2", "serial_number": "wf0Iq+N4uck3", "enabled": False},
            {
                "name": "/vol/w/foreign",
                "svm": "svm2",
                "serial_number": "\x7f0Iq]N{uck?",
                "state": "foreign_lun_error",
                "container_state": "volume_offline",
            },
        ],
        "maps": [
            {"lun": "/vol/v/lun0", "igroup": "outer", "logical_unit_number": 4095},
            {"lun": "/vol/v/lun1", "igroup": "node1", "svm": "svm1"},
        ],
        "iscsi_sessions": [{"svm": "svm1", "initiator": INITIATOR, "tsih": 3}],
        "fc_interfaces": [{"name": "fc1", "svm": "svm2", "wwpn": "20:05:00:a0:98:00:00:01"}],
        "fc_logins": [{"svm": "svm2", "interface": "fc1", "wwpn": "21:00:00:24:ff:30:14:c5", "port_address": "2d0100"}],
    }


def first(rest, path):
    return rest.get(path).json()["records"][0]


def error(answer):
    body = answer.json()["error"]
    assert isinstance(body["code"], str)
    return answer.status_code, body["code"], body.get("target")


# Fields


def test_without_fields_a_collection_gives_what_identifies_a_record(rest):
    assert set(first(rest, LUNS)) == {"uuid", "name", "svm", "_links"}
    entry = first(rest, MAPS)
    assert set(entry) == {"lun", "igroup", "svm", "_links"} and set(entry["lun"]) == {"uuid", "name", "_links"}
    assert set(first(rest, IGROUPS)) == {"uuid", "name", "svm", "_links"}


def test_keys_always_come(rest):
    assert set(first(rest, f"{LUNS}?fields=serial_number")) == {"uuid", "name", "serial_number", "_links"}
    entry = first(rest, f"{MAPS}?fields=logical_unit_number")
    assert (
        set(entry) == {"lun", "igroup", "logical_unit_number", "_links"}
        and "uuid" in entry["lun"]
        and "uuid" in entry["igroup"]
    )


def test_queried_fields_come(rest):
    assert all("status" in record for record in rest.records(f"{LUNS}?status.state=online"))


def test_an_object_stands_for_its_fields(rest):
    assert set(first(rest, f"{LUNS}?fields=svm,space")["space"]) == {
        "size",
        "used",
        "guarantee",
        "scsi_thin_provisioning_support_enabled",
    }
    assert first(rest, f"{LUNS}?fields=space.size")["space"].keys() == {"size"}
    assert "size" not in first(rest, f"{LUNS}?fields=*,!space.size")["space"]


def test_expensive_fields_only_when_named(rest):
    mapped = f"{LUNS}?name=/vol/v/lun0&fields="
    assert "lun_maps" not in first(rest, mapped + "*") and "mapped" not in first(rest, mapped + "*")["status"]
    assert "mapped" not in first(rest, mapped + "status")["status"]
    assert first(rest, mapped + "lun_maps")["lun_maps"][0]["logical_unit_number"] == 4095
    assert first(rest, mapped + "lun_maps.igroup.name")["lun_maps"][0]["igroup"] == {"name": "outer"}
    assert first(rest, mapped + "status.mapped")["status"]["mapped"] is True
    everything = first(rest, mapped + "**")
    assert everything["lun_maps"] and everything["status"]["mapped"] is True and everything["auto_delete"] is False


def test_a_lun_without_maps_omits_them(rest):
    lun = first(rest, f"{LUNS}?name=/vol/v/lun7&fields=**")
    assert "lun_maps" not in lun and lun["status"]["mapped"] is False


def test_an_instance_gives_all_but_the_expensive(rest):
    lun = rest.get(f"{LUNS}/{first(rest, LUNS)['uuid']}").json()
    assert (
        {"serial_number", "space", "status", "location", "os_type"} <= set(lun)
        and "lun_maps" not in lun
        and "records" not in lun
    )


@pytest.mark.parametrize("fields", ["bogus", "name,space.bogus", "lun_maps.bogus"])
def test_an_unknown_field_is_an_error(rest, fields):
    assert error(rest.get(f"{LUNS}?fields={fields}")) == (400, "262197", "fields")
    assert re.fullmatch(
        r'The value ".*bogus" is invalid for field "fields" \(<field,...>\)',
        rest.get(f"{LUNS}?fields={fields}").json()["error"]["message"],
    )


@pytest.mark.parametrize(
    ("release", "path", "field", "known"),
    [
        ("9.16.1", LUNS, "serial_number_hex", False),
        ("9.17.1", LUNS, "serial_number_hex", True),
        ("9.9.1", MAPS, "reporting_nodes", False),
        ("9.10.1", MAPS, "reporting_nodes", True),
        ("9.8", IGROUPS, "igroups", False),
        ("9.9.1", IGROUPS, "igroups", True),
        ("9.10.1", IGROUPS, "target", False),
        ("9.11.1P8", IGROUPS, "target", True),
        ("9.15.1", "/api/cluster", "disaggregated", False),
        ("9.16.1", "/api/cluster", "disaggregated", True),
        ("9.8", LUNS, "space.scsi_thin_provisioning_support_enabled", False),
        ("9.8", LUNS, "location", True),
    ],
)
def test_fields_by_version(rest, sim, release, path, field, known):
    sim.world.cluster["version"] = release
    assert rest.get(f"{path}?fields={field}").status_code == (200 if known else 400)
    everything = rest.get(f"{path}?fields=**", headers={"Accept": "application/json"}).text
    assert (f'"{field.rpartition(".")[2]}":' in everything) is (known and field != "disaggregated")


@pytest.mark.parametrize(
    ("release", "cluster", "path", "status"),
    [
        ("9.8", {}, PORTSETS, 404),
        ("9.9.1", {}, PORTSETS, 200),
        ("9.16.1", {}, UNITS, 404),
        ("9.17.1", {"san_optimized": True}, UNITS, 404),
        ("9.15.1", {"disaggregated": True}, UNITS, 404),
        ("9.16.1", {"disaggregated": True}, UNITS, 200),
    ],
)
def test_collections_by_version(rest, sim, release, cluster, path, status):
    sim.world.cluster.update(cluster, version=release)
    assert rest.get(path).status_code == status


def test_reporting_nodes_by_version(rest, sim):
    href = first(rest, MAPS)["_links"]["self"]["href"] + "/reporting-nodes"
    assert [node["name"] for node in rest.records(href)] == ["cluster1-01", "cluster1-02"]
    assert rest.get(rest.records(href)[0]["_links"]["self"]["href"]).json()["name"] == "cluster1-01"
    sim.world.cluster["version"] = "9.10.0"
    assert rest.get(href).status_code == 404


def test_serial_number_hex(world, connect):
    with ontap_sim.running(world, version="9.17.1") as sim:
        lun = first(connect(sim), f"{LUNS}?serial_number=wf0Iq%2BN4uck3&fields=serial_number_hex")
        assert lun["serial_number_hex"] == "77663049712b4e3475636b33"


def test_everything_asked_for_from_9_8_on_is_there(rest, sim):
    sim.world.cluster["version"] = "9.8"
    fields = (
        "uuid,name,serial_number,class,enabled,os_type,svm.name,svm.uuid,location.volume.name,space.size,"
        "status.state,status.container_state,status.read_only"
    )
    lun = first(rest, f"{LUNS}?fields={fields}&name=/vol/w/foreign")
    assert lun["serial_number"] == "\x7f0Iq]N{uck?" and lun["status"] == {
        "state": "foreign_lun_error",
        "container_state": "volume_offline",
        "read_only": False,
    }
    assert lun["location"]["volume"]["name"] == "w"
    assert (
        rest.get(f"{MAPS}?fields=svm,lun.uuid,lun.name,igroup.uuid,igroup.name,logical_unit_number").status_code == 200
    )
    assert rest.get(f"{IGROUPS}?fields=uuid,name,svm,protocol,os_type,initiators.name").status_code == 200


# Queries


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("name=/vol/v/*", 8),
        ("name=/vol/v/lun1|/vol/v/lun2", 2),
        ("name=!/vol/v/*", 2),
        ("serial_number=wf0Iq+N4uck3", 1),
        ("serial_number=wf0Iq%2BN4uck3", 1),
        ("space.size=>8589934591", 1),
        ("space.size=1073741824..2147483648&svm.name=svm1", 2),
        ("status.state=offline", 1),
        ("enabled=false", 1),
        ("lun_maps.igroup.name=outer", 1),
        ("lun_maps.igroup.name=null", 8),
        ("lun_maps.logical_unit_number=!null", 2),
        ("name={/vol/v/*}", 0),
        ("comment=null", 10),
        ("name=/vol/v/*&name=*1", 1),
    ],
)
def test_queries(rest, query, count):
    assert len(rest.records(f"{LUNS}?{query}")) == count


def test_an_unknown_argument_is_an_error(rest):
    answer = rest.get(f"{LUNS}?bogus=1")
    assert (
        error(answer) == (400, "262179", "bogus")
        and answer.json()["error"]["message"] == 'Unexpected argument "bogus".'
    )
    assert error(rest.get(f"{LUNS}?svm=svm1")) == (400, "262179", "svm")


@pytest.mark.parametrize(
    "argument",
    [
        "max_records=0",
        "max_records=x",
        "return_timeout=121",
        "return_timeout=-1",
        "order_by=bogus",
        "order_by=name%20up",
    ],
)
def test_a_bad_value_is_an_error(rest, argument):
    assert error(rest.get(f"{LUNS}?{argument}")) == (400, "262197", argument.partition("=")[0])


# Pages


def test_a_walk_meets_every_record_once(rest, world):
    for size in (1, 3, 10, 11):
        names = [record["name"] for record in rest.records(f"{LUNS}?max_records={size}&fields=name")]
        assert len(names) == len(set(names)) == 10


def test_next_link(rest):
    answer = rest.get(f"{LUNS}?fields=**&max_records=2&name=*&return_records=true")
    href = answer.json()["_links"]["next"]["href"]
    assert re.fullmatch(
        r"/api/storage/luns\?start\.uuid=[0-9a-f-]{36}&fields=%2A%2A&max_records=2&name=%2A&return_records=true", href
    )
    assert answer.headers["Link"] == f'<{href}>; rel="next"'
    href = rest.get(f"{MAPS}?max_records=1").json()["_links"]["next"]["href"]
    assert re.fullmatch(
        r"/api/protocols/san/lun-maps\?start\.lun\.uuid=[0-9a-f-]{36}&start\.igroup\.uuid=[0-9a-f-]{36}&max_records=1",
        href,
    )
    assert "next" not in rest.get(f"{LUNS}?max_records=10").json()["_links"]


def test_double_slash(rest):
    href = rest.get(f"{LUNS}?max_records=6").json()["_links"]["next"]["href"]
    assert len(rest.records(href.replace("/api/", "/api//"))) == 4
    assert rest.get("/api//storage/luns?max_records=6").json()["_links"]["next"]["href"] == href


def test_a_walk_survives_changes_between_its_pages(rest, sim):
    page = rest.get(f"{LUNS}?max_records=5").json()
    sim.world.delete_lun(page["records"][-1]["uuid"])
    rest_of_it = rest.records(page["_links"]["next"]["href"])
    assert len(rest_of_it) == 5 and not {record["uuid"] for record in rest_of_it} & {
        record["uuid"] for record in page["records"]
    }


def test_order_by(rest):
    names = [record["name"] for record in rest.records(f"{LUNS}?max_records=3&order_by=svm.name%20desc,name")]
    assert names == ["/vol/w/foreign", "/vol/w/other"] + [f"/vol/v/lun{number}" for number in range(8)]
    sizes = [
        record["space"]["size"]
        for record in rest.records(f"{LUNS}?max_records=3&order_by=space.size%20desc&fields=space.size")
    ]
    assert sizes == sorted(sizes, reverse=True)


def test_counts(rest):
    page = rest.get(f"{LUNS}?max_records=4&return_records=false").json()
    assert page["num_records"] == 4 and "records" not in page and page["_links"]["next"]
    assert rest.get(f"{LUNS}?max_records=4").json()["num_records"] == 4


# Links and paths


def test_application_json_has_no_links_but_next(rest):
    answer = rest.get(f"{LUNS}?fields=**&max_records=2", headers={"Accept": "application/json"})
    assert answer.text.count("_links") == 1 and list(answer.json()["_links"]) == ["next"]
    assert answer.headers["Content-Type"] == "application/json"
    assert "_links" not in rest.get(f"{LUNS}?max_records=50", headers={"Accept": "application/json"}).json()
    for accept in ("application/hal+json", "*/*", "text/plain"):
        body = rest.get(f"{LUNS}?max_records=2", headers={"Accept": accept}).json()
        assert body["_links"]["self"]["href"] == f"{LUNS}?max_records=2"
        assert body["records"][0]["_links"]["self"]["href"] == f"{LUNS}/{body['records'][0]['uuid']}"


def test_every_link_of_a_record_leads_somewhere(rest):
    for path in (
        LUNS,
        MAPS,
        IGROUPS,
        "/api/svm/svms",
        "/api/cluster/nodes",
        "/api/protocols/san/iscsi/services",
        "/api/protocols/san/iscsi/sessions",
        "/api/protocols/san/fcp/services",
        "/api/network/ip/interfaces",
        "/api/network/fc/interfaces",
        "/api/network/fc/logins",
        "/api/storage/volumes",
        PORTSETS,
    ):
        for record in rest.records(f"{path}?fields=*"):
            href = record["_links"]["self"]["href"]
            assert rest.get(href).json()["_links"]["self"]["href"] == href


def test_no_such(rest):
    assert error(rest.get(f"{LUNS}/no-such")) == (404, "4", "uuid")
    assert rest.get(f"{LUNS}/no-such").json()["error"]["message"] == "entry doesn't exist"
    assert error(rest.get("/api/bogus"))[:2] == (404, "3") == error(rest.get("/bogus"))[:2]
    assert error(rest.get(f"{IGROUPS}/no-such/initiators")) == (404, "4", "igroup.uuid")
    assert error(rest.put(LUNS))[:2] == (405, "3") == error(rest.delete("/api/cluster"))[:2]


def test_head_and_options(rest):
    answer = rest.head(LUNS)
    assert answer.status_code == 200 and answer.content == b"" and int(answer.headers["Content-Length"]) > 100
    assert rest.options(LUNS).headers["Allow"] == "GET, HEAD, OPTIONS, POST, PATCH, DELETE"
    assert rest.options(f"{LUNS}/{first(rest, LUNS)['uuid']}").headers["Allow"] == "GET, HEAD, OPTIONS, PATCH, DELETE"


# What the other collections say


def test_igroups_hold_the_members_of_nested_ones(rest, sim):
    outer = first(rest, f"{IGROUPS}?name=outer&fields=initiators,igroups")
    assert [member["name"] for member in outer["initiators"]] == [INITIATOR, "iqn.2026-01.org.sanops.lab:node2"]
    assert [member["igroup"]["name"] for member in outer["initiators"]] == ["node1", "inner"]
    assert [igroup["name"] for igroup in outer["igroups"]] == ["node1", "inner"]
    assert rest.records(f"{IGROUPS}/{outer['uuid']}/initiators") == []
    assert [igroup["name"] for igroup in rest.records(f"{IGROUPS}?initiators.name={INITIATOR}")] in (
        ["node1", "outer"],
        ["outer", "node1"],
    )
    inner = sim.world.igroup("inner")["uuid"]
    assert [member["name"] for member in rest.records(f"{IGROUPS}/{inner}/initiators")] == [
        "iqn.2026-01.org.sanops.lab:node2"
    ]
    assert first(rest, f"{IGROUPS}?name=inner&fields=parent_igroups")["parent_igroups"][0]["name"] == "outer"


def test_portsets(rest):
    """A portset that only an igroup names has all the interfaces of its SVM."""
    (portset,) = rest.records(f"{PORTSETS}?fields=**")
    assert (portset["name"], portset["protocol"], portset["igroups"][0]["name"]) == ("ports", "mixed", "outer")
    assert [lif["ip"]["name"] for lif in portset["interfaces"]] == ["svm1_iscsi_lif1", "svm1_iscsi_lif2"]
    assert first(rest, f"{IGROUPS}?name=outer&fields=portset")["portset"]["uuid"] == portset["uuid"]
    assert "portset" not in first(rest, f"{IGROUPS}?name=inner&fields=portset")


def test_maps_carry_no_serial_number(rest):
    assert "serial" not in rest.get(f"{MAPS}?fields=**").text
    entry = first(rest, f"{MAPS}?lun.name=/vol/v/lun1&fields=igroup,reporting_nodes,logical_unit_number")
    assert entry["igroup"]["initiators"] == [INITIATOR] and len(entry["reporting_nodes"]) == 2
    assert entry["logical_unit_number"] == 0


def test_cluster(rest):
    cluster = rest.get("/api/cluster").json()
    assert cluster["version"]["full"].startswith("NetApp Release 9.14.1:") and cluster["version"]["major"] == 14
    nodes = rest.records("/api/cluster/nodes?fields=ha")
    assert nodes[0]["ha"]["partners"][0]["name"] == nodes[1]["name"]


def test_fabric(rest):
    session = first(rest, "/api/protocols/san/iscsi/sessions?fields=*")
    assert session["initiator"]["name"] == INITIATOR and {igroup["name"] for igroup in session["igroups"]} == {
        "node1",
        "outer",
    }
    login = first(rest, "/api/network/fc/logins?fields=*")
    assert (
        login["initiator"]["port_address"] == "2d0100"
        and login["igroups"][0]["name"] == "node1"
        and login["interface"]["name"] == "fc1"
    )
    (service,) = rest.records("/api/protocols/san/fcp/services?fields=enabled")
    assert (service["svm"]["name"], service["enabled"]) == ("svm2", True)
    assert {svm["name"]: svm["fcp"]["enabled"] for svm in rest.records("/api/svm/svms?fields=fcp")} == {
        "svm1": False,
        "svm2": True,
    }
    addresses = {
        interface["ip"]["address"]
        for interface in rest.records("/api/network/ip/interfaces?fields=ip.address&services=data_iscsi")
    }
    assert addresses == {"10.10.1.10", "10.10.2.10"}
    assert (
        first(rest, "/api/protocols/san/iscsi/services?svm.name=svm1&fields=target")["target"]["name"]
        == "iqn.1992-08.com.netapp:sn.svm1:vs.1"
    )


# Who sees what


def test_an_svm_scoped_account_sees_its_svm_only(world, connect):
    with ontap_sim.running(world, users=[User("vsadmin", "secret", svm="svm2")]) as sim:
        rest = connect(sim)
        assert {lun["name"] for lun in rest.records(LUNS)} == {"/vol/w/other", "/vol/w/foreign"}
        assert rest.records(MAPS) == [] and [svm["name"] for svm in rest.records("/api/svm/svms")] == ["svm2"]
        assert error(rest.get("/api/cluster"))[:2] == (403, "6") == error(rest.get("/api/cluster/nodes"))[:2]
        assert rest.get("/api/cluster").json()["error"]["message"] == "not authorized for that command"
        foreign = sim.world.lun("/vol/v/lun0")["uuid"]
        assert rest.get(f"{LUNS}/{foreign}").status_code == 404 == rest.delete(f"{LUNS}/{foreign}").status_code
        assert rest.delete(f"{LUNS}/{sim.world.lun('/vol/w/other')['uuid']}").status_code == 200
        assert error(rest.get("/_sim/requests"))[0] == 403


def test_tunnelling(rest, sim):
    for headers in ({"X-Dot-SVM-Name": "svm2"}, {"X-Dot-SVM-UUID": sim.world.svms["svm2"]["uuid"]}):
        assert len(rest.get(LUNS, headers=headers).json()["records"]) == 2
    assert error(rest.get(LUNS, headers={"X-Dot-SVM-Name": "svm9"}))[:2] == (400, "2621462")


def test_a_big_array(connect):
    """10,000 LUNs in pages of 1000, with everything that a client joins them by."""
    with ontap_sim.running(worlds.big(luns=10_000, hosts=100)) as sim:
        rest = connect(sim)
        luns = {lun["uuid"]: lun for lun in rest.records(f"{LUNS}?fields=serial_number,svm.name&max_records=1000")}
        maps = rest.records(f"{MAPS}?fields=logical_unit_number&max_records=1000")
        assert len(luns) == 10_000 and len(maps) == 9_000 and len(sim.requests()) == 19
        assert len({lun["serial_number"] for lun in luns.values()}) == 10_000
        assert {entry["lun"]["uuid"] for entry in maps} < set(luns)
