# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""POST, PATCH and DELETE as ONTAP does them."""

import re

import ontap_sim
import pytest
from ontap_sim import User
from ontap_sim.world import SERIAL_ALPHABET

LUNS = "/api/storage/luns"
MAPS = "/api/protocols/san/lun-maps"
IGROUPS = "/api/protocols/san/igroups"
NODE1, NODE2 = "iqn.2026-01.org.sanops.lab:node1", "iqn.2026-01.org.sanops.lab:node2"


@pytest.fixture
def world():
    return {
        "svms": [{"name": "svm1"}, {"name": "svm2"}],
        "igroups": [
            {"name": "node1", "initiators": [NODE1]},
            {"name": "both", "initiators": [NODE1, NODE2]},
            {"name": "far", "svm": "svm2", "initiators": [NODE1]},
        ],
        "portsets": [{"name": "one"}, {"name": "two"}],
        "luns": [{"name": "/vol/v/a"}, {"name": "/vol/v/b"}, {"name": "/vol/v/far", "svm": "svm2"}],
        "maps": [{"lun": "/vol/v/a", "igroup": "node1"}],
    }


def code(answer, status):
    assert answer.status_code == status, answer.text
    return answer.json()["error"]["code"]


def map_body(lun, igroup, svm="svm1", **more):
    return {"svm": {"name": svm}, "lun": {"name": lun}, "igroup": {"name": igroup}, **more}


def lun_body(name="/vol/v/new", **more):
    return {"svm": {"name": "svm1"}, "name": name, "os_type": "linux", "space": {"size": "10G"}, **more}


def test_create_a_lun(rest):
    answer = rest.post(f"{LUNS}?return_records=true&return_timeout=15", json=lun_body(comment="mine"))
    assert answer.status_code == 201 and answer.json()["num_records"] == 1
    lun = answer.json()["records"][0]
    assert answer.headers["Location"] == f"{LUNS}/{lun['uuid']}" == lun["_links"]["self"]["href"]
    assert lun["space"]["size"] == 10 << 30 and lun["comment"] == "mine" and lun["location"]["volume"]["name"] == "v"
    assert rest.get(answer.headers["Location"]).json() == lun


def test_without_return_records_a_post_gives_its_location_only(rest):
    answer = rest.post(LUNS, json=lun_body())
    assert answer.status_code == 201 and answer.json() == {} and answer.headers["Location"].startswith(f"{LUNS}/")


def test_serial_numbers_look_like_ontaps_and_are_the_same_every_time(world):
    def created():
        fresh = ontap_sim.World(world)
        return [fresh.create_lun({"name": f"/vol/v/new{number}"})["serial_number"] for number in range(300)]

    serials = created()
    assert serials == created() and len(set(serials)) == 300
    assert all(len(serial) == 12 and set(serial) <= set(SERIAL_ALPHABET) for serial in serials)
    assert set("#$+-/?]{") <= set("".join(serials))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (lun_body(name="/vol/v/a"), "5374927"),
        (lun_body(svm={"name": "svm9"}), "2621462"),
        ({"name": "/vol/v/x"}, "262186"),
        ({key: value for key, value in lun_body().items() if key != "os_type"}, "262186"),
        (lun_body(space={"size": "big"}), "262197"),
        (lun_body(bogus=1), "262179"),
    ],
)
def test_a_lun_that_cannot_be(rest, body, expected):
    assert code(rest.post(LUNS, json=body), 400) == expected


def test_the_body_must_be_an_object(rest):
    assert code(rest.post(LUNS, data=b"{"), 400) == code(rest.post(LUNS, json=[1]), 400) == "262198"


def test_change_a_lun(rest, sim):
    href = f"{LUNS}/{sim.world.lun('/vol/v/b')['uuid']}"
    assert rest.patch(href, json={"enabled": False, "name": "/vol/v/c", "space": {"size": 5}}).status_code == 200
    lun = rest.get(href).json()
    assert (lun["enabled"], lun["status"]["state"], lun["name"], lun["space"]["size"]) == (
        False,
        "offline",
        "/vol/v/c",
        5,
    )
    assert code(rest.patch(href, json={"name": "/vol/v/a"}), 400) == "5374927"
    assert code(rest.patch(href, json={"serial_number": "x"}), 400) == "262179"
    assert code(rest.patch(href, json={"enabled": "no"}), 400) == "262197"
    assert code(rest.patch(f"{LUNS}/none", json={"enabled": False}), 404) == "4"


def test_delete_a_lun(rest, sim):
    mapped, free = (f"{LUNS}/{sim.world.lun(name)['uuid']}" for name in ("/vol/v/a", "/vol/v/b"))
    assert rest.delete(free).status_code == 200 and code(rest.delete(free), 404) == "4"
    assert code(rest.delete(mapped), 409) == "1254197"
    assert rest.delete(f"{mapped}?allow_delete_while_mapped=true").status_code == 200
    assert rest.records(MAPS) == []


def test_map_at_the_lowest_free_lun_id_of_all_the_initiators(rest, sim):
    answer = rest.post(f"{MAPS}?return_records=true", json=map_body("/vol/v/b", "both"))
    entry = answer.json()["records"][0]
    assert answer.status_code == 201 and entry["logical_unit_number"] == 1, "node1 has LUN id 0 by another igroup"
    assert answer.headers["Location"] == f"{MAPS}/{entry['lun']['uuid']}/{entry['igroup']['uuid']}"
    assert rest.post(MAPS, json=map_body("/vol/v/far", "far", "svm2")).status_code == 201
    assert (
        rest.get(f"{MAPS}?svm.name=svm2&fields=logical_unit_number").json()["records"][0]["logical_unit_number"] == 0
    ), "another SVM is another target"


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (map_body("/vol/v/a", "node1"), 409, "1254207"),
        (map_body("/vol/v/a", "both"), 409, "1254193"),
        (map_body("/vol/v/b", "both", logical_unit_number=0), 409, "1254324"),
        (map_body("/vol/v/none", "node1"), 400, "5374875"),
        (map_body("/vol/v/far", "node1"), 400, "5374875"),
        (map_body("/vol/v/b", "none"), 400, "5374852"),
        (map_body("/vol/v/b", "node1", logical_unit_number=4096), 400, "262197"),
        (map_body("/vol/v/b", "node1", "svm9"), 400, "2621462"),
        ({"svm": {"name": "svm1"}, "lun": {"name": "/vol/v/b"}}, 400, "262186"),
    ],
)
def test_a_map_that_cannot_be(rest, body, status, expected):
    assert code(rest.post(MAPS, json=body), status) == expected


def test_unmap(rest, sim):
    href = rest.records(MAPS)[0]["_links"]["self"]["href"]
    assert rest.delete(href).status_code == 200 and rest.records(MAPS) == [] and code(rest.delete(href), 404) == "4"
    assert "lun_maps" not in rest.get(f"{LUNS}/{sim.world.lun('/vol/v/a')['uuid']}?fields=**").json()


def test_igroups(rest, sim):
    body = {
        "svm": {"name": "svm1"},
        "name": "new",
        "os_type": "linux",
        "protocol": "iscsi",
        "initiators": [{"name": NODE2}],
    }
    answer = rest.post(f"{IGROUPS}?return_records=true", json=body)
    assert answer.status_code == 201 and answer.json()["records"][0]["initiators"][0]["name"] == NODE2
    assert code(rest.post(IGROUPS, json=body), 400) == "5374733"
    href = answer.headers["Location"]
    assert rest.patch(href, json={"name": "newer", "os_type": "vmware"}).status_code == 200
    assert rest.get(href).json()["os_type"] == "vmware" and rest.get(href).json()["name"] == "newer"
    assert rest.delete(href).status_code == 200 and rest.get(href).status_code == 404
    mapped = f"{IGROUPS}/{sim.world.igroup('node1')['uuid']}"
    assert code(rest.delete(mapped), 409) == "1254213"
    assert rest.delete(f"{mapped}?allow_delete_while_mapped=true").status_code == 200 and rest.records(MAPS) == []
    assert code(rest.post(IGROUPS, json={**body, "igroups": [{"name": "none"}]}), 400) == "5374852"


def test_an_igroup_is_bound_to_a_portset(rest, sim):
    href = f"{IGROUPS}/{sim.world.igroup('node1')['uuid']}"
    for portset, name in (
        ({"name": "one"}, "one"),
        ("two", "two"),
        ({"uuid": sim.world.portset("one")["uuid"]}, "one"),
    ):
        assert rest.patch(href, json={"portset": portset}).status_code == 200
        assert rest.get(href).json()["portset"]["name"] == name
    assert code(rest.patch(href, json={"portset": {"name": "none"}}), 400) == "5373993"


def test_igroups_within_igroups(rest, sim):
    node1, both, far = (f"{IGROUPS}/{sim.world.igroup(name)['uuid']}" for name in ("node1", "both", "far"))
    answer = rest.post(f"{both}/igroups", json={"records": [{"name": "node1"}]})
    assert answer.status_code == 201 and answer.headers["Location"] == f"{both}/igroups/{node1.rpartition('/')[2]}"
    for name, inner in (("both", node1), ("both", both), ("far", both), ("none", both)):
        assert code(rest.post(f"{inner}/igroups", json={"name": name}), 400) == "5374852", (
            "no circle, and none of another SVM"
        )
    assert rest.post(MAPS, json=map_body("/vol/v/b", "both")).status_code == 201
    assert code(rest.delete(answer.headers["Location"]), 409) == "1254213"
    assert rest.delete(f"{answer.headers['Location']}?allow_delete_while_mapped=true").status_code == 200
    assert code(rest.delete(f"{answer.headers['Location']}?allow_delete_while_mapped=true"), 404) == "4"
    assert code(rest.get(f"{IGROUPS}/none/igroups"), 404) == "4" and rest.records(f"{far}/igroups") == []


def test_changes_by_query(rest, sim):
    """Every record that the query names; asynchronous unless the caller waits."""
    answer = rest.patch(f"{LUNS}?svm.name=svm1", json={"enabled": False})
    assert answer.status_code == 202 and answer.json()["num_records"] == 2
    assert [rest.get(job["_links"]["self"]["href"]).json()["state"] for job in answer.json()["jobs"]] == ["success"] * 2
    assert [lun["enabled"] for lun in sim.world.luns.values()] == [False, False, True]
    assert code(rest.delete(f"{LUNS}?name=/vol/v/*&svm.name=svm1&return_timeout=15"), 409) == "1254197"
    assert len(sim.world.luns) == 3, "the first failure ends it"
    answer = rest.delete(f"{LUNS}?svm.name=svm1&continue_on_failure=true")
    states = [rest.get(job["_links"]["self"]["href"]).json() for job in answer.json()["jobs"]]
    assert sorted((job["state"], job["code"]) for job in states) == [("failure", 1254197), ("success", 0)]
    assert sim.world.lun("/vol/v/b") is None and sim.world.lun("/vol/v/a")
    assert (
        rest.delete(f"{MAPS}?lun.name=/vol/v/a&return_timeout=15").json() == {"num_records": 1} and not sim.world.maps
    )


def test_nothing_is_changed_without_a_query(rest, sim):
    assert code(rest.delete(LUNS), 400) == code(rest.delete(f"{LUNS}?allow_delete_while_mapped=true"), 400) == "262186"
    assert code(rest.delete(f"{LUNS}?bogus=1"), 400) == "262179" and len(sim.world.luns) == 3
    assert rest.delete("/api/cluster/nodes?name=*").status_code == 405


def test_initiators(rest, sim):
    members = f"{IGROUPS}/{sim.world.igroup('node1')['uuid']}/initiators"
    answer = rest.post(f"{members}?return_records=true", json={"name": "iqn.x:1"})
    assert (
        answer.status_code == 201
        and answer.headers["Location"] == f"{members}/iqn.x:1"
        and answer.json()["records"][0]["name"] == "iqn.x:1"
    )
    assert rest.post(members, json={"records": [{"name": "iqn.x:2"}, {"name": "iqn.x:3"}]}).status_code == 201
    assert code(rest.post(members, json={"name": "iqn.x:1"}), 409) == "5374038"
    assert code(rest.delete(f"{members}/iqn.x:1"), 409) == "1254213"
    assert rest.delete(f"{members}/iqn.x:1?allow_delete_while_mapped=true").status_code == 200
    assert code(rest.delete(f"{members}/iqn.x:1"), 404) == "5374034"
    assert [member["name"] for member in rest.records(members)] == [NODE1, "iqn.x:2", "iqn.x:3"]


def test_a_readonly_account_may_not_change_anything(world, connect):
    with ontap_sim.running(world, users=[User("audit", "secret", readonly=True)]) as sim:
        rest = connect(sim)
        assert code(rest.delete(f"{LUNS}?name=*"), 403) == "6"
        assert (
            code(rest.post(LUNS, json=lun_body()), 403) == "6"
            and code(rest.delete(rest.records(MAPS)[0]["_links"]["self"]["href"]), 403) == "6"
        )
        assert len(rest.records(LUNS)) == 3


def test_an_svm_scoped_account_creates_in_its_svm(world, connect):
    with ontap_sim.running(world, users=[User("vsadmin", "secret", svm="svm2")]) as sim:
        rest = connect(sim)
        body = {"name": "/vol/v/mine", "os_type": "linux", "space": {"size": 1}}
        assert rest.post(LUNS, json=body).status_code == 201 and sim.world.lun("/vol/v/mine")["svm"] == "svm2"
        assert code(rest.post(LUNS, json=lun_body()), 400) == "2621462"


def test_the_iscsi_service(rest, sim):
    href = f"/api/protocols/san/iscsi/services/{sim.world.svms['svm1']['uuid']}"
    assert rest.patch(href, json={"enabled": False}).status_code == 200
    assert rest.get(href).json()["enabled"] is False
    assert code(rest.patch("/api/protocols/san/iscsi/services/none", json={"enabled": False}), 404) == "4"


def test_uuids_are_uuids_and_the_same_every_time(world):
    first, second = ontap_sim.World(world), ontap_sim.World(world)
    assert list(first.luns) == list(second.luns) and first.maps == second.maps
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", key) for key in [*first.luns, *first.igroups])
