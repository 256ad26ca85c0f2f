# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client against the simulated array: what a whole reading gives, and every way in which it can fail."""

import dataclasses
import datetime
import http.client
import socket
import urllib.parse

import ontap_sim
import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import listing as arrays_listing
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import lun_index, ontap, san
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import OntapFetchError
from ansible_collections.sanops.multipath.plugins.plugin_utils._http import client as https
from support.readings import failure, fetched

LUNS, MAPS, IGROUPS = "/api/storage/luns", "/api/protocols/san/lun-maps", "/api/protocols/san/igroups"
ADVICE = ["/api/cluster", san.IP_LIFS, san.FC_LIFS, san.SESSIONS, san.LOGINS]
LUN_QUERY = f"fields={arrays_listing.LUN_FIELDS}&max_records=3&return_timeout=120"


def paths(sim):
    return [request["path"] for request in sim.requests()]


def raced(monkeypatch, path, change):
    """Let `change` happen to the world right after the first GET of `path`."""
    real, pending = https.Client._exchange, [change]

    def exchange(self, href, timeout):
        answer = real(self, href, timeout)
        if href.startswith(path) and pending:
            pending.pop()()
        return answer

    monkeypatch.setattr(https.Client, "_exchange", exchange)


def uuids(world, lun, igroup):
    return world.lun(lun)["uuid"], next(group["uuid"] for group in world.igroups.values() if group["name"] == igroup)


def add_map(world, lun, igroup, number=77):
    key = uuids(world, lun, igroup)
    world.maps[key] = {"lun": key[0], "igroup": key[1], "logical_unit_number": number}
    world.generation += 1


# A complete reading


def test_a_whole_reading(sim, array):
    before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    snapshot = arrays_listing.fetch(array)
    fetched_at = datetime.datetime.fromisoformat(snapshot["array"].pop("fetched_at"))
    assert before <= fetched_at <= datetime.datetime.now(datetime.timezone.utc)
    assert snapshot["array"] == {
        "hostname": "127.0.0.1",
        "cluster": "cluster1",
        "cluster_uuid": sim.world.cluster["uuid"],
        "version": "9.14.1",
        "scope": "cluster",
        "svms": ["svm1", "svm2"],
        "targets": ["iqn.1992-08.com.netapp:sn.svm1:vs.1", "iqn.1992-08.com.netapp:sn.svm2:vs.1"],
        "complete": True,
        "error": None,
        "not_checked": [],
    }
    lun_uuid, igroup_uuid = uuids(sim.world, "/vol/v/other", "node2")
    assert next(lun for lun in snapshot["luns"] if lun["uuid"] == lun_uuid) == {
        "wwid": "3600a09807a364363442b534b356d5062",
        "serial_number": "z6CcD+SK5mPb",
        "name": "/vol/v/other",
        "uuid": lun_uuid,
        "svm": "svm2",
        "svm_uuid": sim.world.svms["svm2"]["uuid"],
        "cluster": "cluster1",
        "array": "127.0.0.1",
        "state": "offline",
        "container_state": "online",
        "enabled": False,
        "read_only": False,
        "size": 1 << 30,
        "os_type": "linux",
        "maps": [
            {
                "igroup": "node2",
                "igroup_uuid": igroup_uuid,
                "lun_id": 0,
                "portset": None,
                "reporting_nodes": ["cluster1-01", "cluster1-02"],
                "transports": ["fc"],
            }
        ],
    }
    assert snapshot["igroups"][igroup_uuid] == ["20000025b5002001"]
    assert len(snapshot["luns"]) == 8 and sum(len(lun["maps"]) for lun in snapshot["luns"]) == 6


def test_what_is_asked(sim, array):
    """Whole collections, each twice and in the order of the proof, what is for advice alone after all that decides,
    and no argument that filters.
    """
    arrays_listing.fetch(array)
    counts, listing = [LUNS, MAPS], [LUNS, MAPS, IGROUPS, MAPS, IGROUPS, LUNS]
    targets = [arrays_listing.ISCSI_SERVICES, arrays_listing.FC_INTERFACES]
    assert paths(sim) == ["/api/cluster", "/api/cluster/nodes", *counts, *listing, "/api/svm/svms", *targets, *ADVICE]
    for request in sim.requests():
        query = dict(urllib.parse.parse_qsl(request["query"]))
        if request["path"] == "/api/cluster":  # no collection
            continue
        if "return_records" in query:  # how many there are
            assert query == {"return_records": "false", "return_timeout": "120"}
            continue
        assert set(query) == {"fields", "max_records", "return_timeout"}
        assert 1000 <= int(query["max_records"]) <= 2000 and query["return_timeout"] == "120"
    assert ontap.PAGE_TIMEOUT > ontap.RETURN_TIMEOUT


def test_every_page_is_read(sim, array, small_pages):
    whole = len(arrays_listing.fetch(array)["luns"])
    assert whole == 8 and paths(sim).count(LUNS) == 1 + 2 * 3 and paths(sim).count(MAPS) == 1 + 2 * 2


def test_one_connection_is_kept(sim, array, small_pages, monkeypatch):
    made, real = [], http.client.HTTPSConnection.connect
    monkeypatch.setattr(
        http.client.HTTPSConnection, "connect", lambda connection: made.append(connection) or real(connection)
    )
    arrays_listing.fetch(array)
    assert len(paths(sim)) == 24 and len(made) == 1 and made[0].sock is None, "closed at the end"


def test_a_connection_that_the_array_closed_meanwhile_is_opened_again(sim, array):
    with ontap.Client(array) as client:
        assert client.get(LUNS, 5)
        client._https._connection.sock.shutdown(socket.SHUT_RDWR)
        assert client.get(LUNS, 5)


def test_short_pages_are_normal(sim, array):
    sim.faults([{"path": LUNS, "records": 1}, {"path": MAPS, "records": 2}])
    snapshot = arrays_listing.fetch(array)
    assert len(snapshot["luns"]) == 8 and sum(len(lun["maps"]) for lun in snapshot["luns"]) == 6
    assert paths(sim).count(LUNS) == 3 * 8, "they are counted in parts, too"


def test_an_empty_page_with_a_next_link_is_followed(sim, array, small_pages):
    onward = f"{LUNS}?start.uuid=&{LUN_QUERY}"
    sim.faults(
        [
            {
                "path": LUNS,
                "query": "fields=*",
                "page": 1,
                "times": 1,
                "body": {"records": [], "num_records": 0, "_links": {"next": {"href": onward}}},
            }
        ]
    )
    assert len(arrays_listing.fetch(array)["luns"]) == 8


def test_initiators_of_nested_igroups_count():
    world = {
        "igroups": [
            {"name": "inner", "initiators": ["iqn.x:in"]},
            {"name": "outer", "igroups": ["inner"], "initiators": ["iqn.x:out"]},
        ],
        "luns": [{"name": "l"}],
        "maps": [{"lun": "l", "igroup": "outer"}],
    }
    with ontap_sim.running(world) as sim:
        snapshot = fetched(sim)
    outer = snapshot["luns"][0]["maps"][0]["igroup_uuid"]
    assert sorted(snapshot["igroups"][outer]) == ["iqn.x:in", "iqn.x:out"]


ASA_R2 = {"san_optimized": True, "disaggregated": True}


@pytest.mark.parametrize(
    ("version", "cluster", "portset", "nodes"),
    [
        ("9.8.0", {}, None, None),
        ("9.8.1", {}, None, None),
        ("9.9.0", {}, None, None),
        ("9.9.1", {}, "p1", None),
        ("9.10.0", {}, "p1", None),
        ("9.10.1", {}, "p1", ["c-01", "c-02"]),
        ("9.12.1", {}, "p1", ["c-01", "c-02"]),
        ("9.14.1", {}, "p1", ["c-01", "c-02"]),
        ("9.16.1", {}, "p1", ["c-01", "c-02"]),
        ("9.17.1", {}, "p1", ["c-01", "c-02"]),
        ("9.19.1", {}, "p1", ["c-01", "c-02"]),
        ("9.16.1", ASA_R2, "p1", ["c-01", "c-02"]),
    ],
)
def test_each_version_is_asked_for_what_it_has(version, cluster, portset, nodes):
    """The simulator refuses fields that a version does not have, as ONTAP does."""
    name = "asa-lun" if cluster else "/vol/v/l"  # ASA r2 has no volumes in names
    world = {
        "cluster": {"name": "c", **cluster},
        "igroups": [{"name": "g", "initiators": ["iqn.X:Me"], "portset": "p1"}],
        "luns": [{"name": name}],
        "maps": [{"lun": name, "igroup": "g", "logical_unit_number": 4095}],
    }
    with ontap_sim.running(world, version=version) as sim:
        snapshot = fetched(sim)
    assert (snapshot["array"]["version"], snapshot["array"]["scope"]) == (version, "cluster")
    (lun,) = snapshot["luns"]
    (lun_map,) = lun["maps"]
    assert (lun["name"], lun_map["lun_id"], lun_map["portset"], lun_map["reporting_nodes"]) == (
        name,
        4095,
        portset,
        nodes,
    )
    assert snapshot["igroups"] == {lun_map["igroup_uuid"]: ["iqn.x:me"]}


def test_a_client_certificate_logs_in(sim, array):
    certificate, key = sim.client_certificate("audit")
    arrays_listing.fetch(
        dataclasses.replace(array, username=None, password=None, cert_filepath=certificate, key_filepath=key)
    )
    assert {request["user"] for request in sim.requests()} == {"audit"}


# Who speaks


def test_an_svm_account_speaks_for_its_svm(sim, vsadmin):
    reported = arrays_listing.fetch(vsadmin)
    assert (reported["array"]["scope"], reported["array"]["svms"], reported["array"]["cluster"]) == (
        "svm",
        ["svm2"],
        None,
    )
    assert [lun["name"] for lun in reported["luns"]] == ["/vol/v/other"]


def test_the_nodes_of_the_cluster_are_known_by_name(sim, array):
    """The advice of how many nodes lead to a LUN compares them with those of the LIFs."""
    assert arrays_listing.fetch(array)["san"]["nodes"] == ["cluster1-01", "cluster1-02"]


def test_reading_api_cluster_is_not_enough_to_speak_for_the_cluster(sim, array):
    for status in (403, 404):
        sim.faults([{"path": "/api/cluster/nodes", "status": status}])
        assert arrays_listing.fetch(array)["array"]["scope"] == "svm"
    sim.faults([{"path": "/api/cluster/nodes", "body": {"records": [], "num_records": 0}}])
    assert arrays_listing.fetch(array)["array"]["scope"] == "svm"
    sim.faults([{"path": "/api/cluster", "body": {"version": {"full": "NetApp Release 9.12.1: Tue"}}}])
    reported = arrays_listing.fetch(array)["array"]
    assert (reported["scope"], reported["version"], reported["cluster"]) == ("svm", "NetApp Release 9.12.1: Tue", None)


def test_svms_are_taken_from_the_luns_where_their_list_is_denied(sim, array):
    sim.faults([{"path": "/api/svm/svms", "status": 403}])
    assert arrays_listing.fetch(array)["array"]["svms"] == ["svm1", "svm2"]


# Changes while it is read


def test_a_lun_made_and_mapped_meanwhile_is_seen(sim, array, monkeypatch):
    def provision():
        lun = sim.world._lun({"name": "/vol/v/new", "svm": "svm1"})
        sim.world.luns[lun["uuid"]] = lun
        add_map(sim.world, "/vol/v/new", "node1")

    raced(monkeypatch, f"{LUNS}?fields", provision)
    snapshot = arrays_listing.fetch(array)
    new = next(lun for lun in snapshot["luns"] if lun["name"] == "/vol/v/new")
    assert [lun_map["lun_id"] for lun_map in new["maps"]] == [77]
    assert paths(sim).count(LUNS) == 3, "not even read again"


def test_a_lun_mapped_meanwhile_is_mapped(sim, array, monkeypatch):
    raced(monkeypatch, LUNS, lambda: add_map(sim.world, "/vol/v/lun06", "node1"))
    snapshot = arrays_listing.fetch(array)
    assert next(lun for lun in snapshot["luns"] if lun["name"] == "/vol/v/lun06")["maps"]


def test_an_initiator_added_meanwhile_counts(sim, array, monkeypatch):
    igroup = uuids(sim.world, "/vol/v/other", "node2")[1]

    def join():
        sim.world.igroups[igroup]["initiators"].append("10:00:00:90:fa:00:00:01")
        sim.world.generation += 1

    raced(monkeypatch, MAPS, join)
    assert "10000090fa000001" in arrays_listing.fetch(array)["igroups"][igroup]


@pytest.mark.parametrize("moment", range(17))  # up to the end of what decides
def test_a_host_that_moves_from_one_igroup_to_another_keeps_its_luns(sim, array, small_pages, monkeypatch, moment):
    """Whenever it happens: the LUN was the host's all the time."""
    me, real, world, seen = "iqn.2026-01.org.example:node1", https.Client._exchange, sim.world, []
    old = next(group for group in world.igroups.values() if group["name"] == "node1")
    new = world._igroup({"name": "later", "svm": "svm1", "protocol": "iscsi", "initiators": []})
    world.igroups[new["uuid"]] = new
    world.changed()

    def exchange(self, href, timeout):
        if len(seen) == moment:
            add_map(world, "/vol/v/lun00", "later", 0)
            new["initiators"].append(me)
            old["initiators"] = []
            world.delete_map(*uuids(world, "/vol/v/lun00", "node1"))
            world.changed()
        seen.append(href)
        return real(self, href, timeout)

    monkeypatch.setattr(https.Client, "_exchange", exchange)
    snapshot = arrays_listing.fetch(array)
    assert len(seen) > moment
    assert "/vol/v/lun00" in [lun["name"] for lun in lun_index.luns_by_initiator([snapshot], [me])[me]]


def test_a_lun_that_stays_unlisted_though_mapped_is_an_error(sim, array):
    add_map(sim.world, "/vol/v/lun06", "node1")
    key = uuids(sim.world, "/vol/v/lun06", "node1")
    records = [{"lun": {"uuid": "ghost"}, "igroup": {"uuid": key[1]}, "logical_unit_number": 1}]
    sim.faults([{"path": MAPS, "query": "fields=*", "body": {"records": records, "num_records": 1}}])
    assert "lists a LUN map whose LUN ghost it does not list, twice in a row" in failure(array)
    assert paths(sim).count(IGROUPS) == 2 * 2


def test_a_record_that_comes_twice_is_read_again_and_then_refused(sim, array):
    record = {"uuid": "u", "name": "n", "serial_number": "wf0Iq+N4uck3"}
    sim.faults([{"path": LUNS, "query": "fields=*", "body": {"records": [record, record], "num_records": 2}}])
    assert "lists the same record twice (u)" in failure(array)
    assert paths(sim).count(LUNS) == 2 * 2


def test_maps_that_are_not_listed_are_noticed(sim, array, small_pages):
    """The LUNs tell of those that the list of maps lacks, however many it counts."""
    for count in ({}, {"path": MAPS, "query": "return_records=*", "body": {"num_records": 3}}):
        sim.faults([{"path": MAPS, "query": "fields=*", "page": 1, "no_next": True}, *([count] if count else [])])
        assert sum(len(lun["maps"]) for lun in arrays_listing.fetch(array)["luns"]) == 6


@pytest.mark.parametrize(
    "change",
    [lambda world, key: world.delete_map(*key), lambda world, key: add_map(world, "/vol/v/lun06", "node1")],
    ids=["unmapped", "mapped"],
)
def test_maps_that_come_or_go_meanwhile_are_no_fault(sim, array, monkeypatch, change):
    key = uuids(sim.world, "/vol/v/lun01", "node1")
    raced(monkeypatch, MAPS, lambda: change(sim.world, key))  # after they were counted
    arrays_listing.fetch(array)
    assert paths(sim).count(LUNS) == 3


def test_luns_without_one_map_say_so_themselves(sim, array):
    """A role may hide all maps, so that none are listed and none are counted."""
    hidden = [{"path": MAPS, "body": {"records": [], "num_records": 0}}]
    sim.faults(hidden)
    assert sum(len(lun["maps"]) for lun in arrays_listing.fetch(array)["luns"]) == 6
    for status, why in (
        ({"mapped": True}, "lists a LUN that is mapped (n), and the LUN names no map of its own"),
        ({}, "does not say whether a LUN is mapped (n)"),
    ):
        record = {"uuid": "u", "name": "n", "serial_number": "wf0Iq+N4uck3", "status": status}
        sim.faults([*hidden, {"path": LUNS, "body": {"records": [record], "num_records": 1}}])
        assert why in failure(array)
    sim.faults()
    sim.world.maps.clear()
    sim.world.changed()
    assert [lun["maps"] for lun in arrays_listing.fetch(array)["luns"]] == [[]] * 8


def test_no_lun_at_all_is_an_error_unless_allowed(array):
    with ontap_sim.running({}) as sim:
        array = dataclasses.replace(
            array, username=sim.username, password=sim.password, http_port=sim.port, ca_path=sim.ca_path
        )
        assert "lists no LUN at all" in failure(array)
        assert arrays_listing.fetch(dataclasses.replace(array, allow_no_luns=True))["luns"] == []


# Answers that are not what they should be


@pytest.mark.parametrize("path", [LUNS, MAPS, IGROUPS])
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"status": 500}, "fails at GET"),
        ({"status": 403}, "does not let its user read"),
        ({"status": 404}, "hostname must be the management interface of ONTAP 9.8 or later"),
        ({"num_records": 999}, "announces 999 records"),
        ({"num_records": 0}, "announces 0 records"),
        ({"body": {"num_records": 0}}, "without its list of records"),
        (
            {"body": {"error": {"message": "no", "code": "8"}, "records": [], "num_records": 0}},
            "with an error: no (code 8)",
        ),
        ({"body": "<html>please log in</html>", "content_type": "text/html"}, "something that is not JSON of ONTAP"),
        ({"body": ""}, "something that is not JSON of ONTAP"),
        ({"status": 302}, "elsewhere"),
        ({"status": 206, "body": {"records": [], "num_records": 0}}, "fails at GET"),
        ({"close": "middle"}, "broke the connection at GET"),
        ({"close": True}, "broke the connection at GET"),
        ({"status": 429}, "is too busy"),
        ({"status": 503}, "is too busy"),
        ({"body": {"records": [{"uuid": "x"}], "num_records": 1}}, "without"),
        (
            {"body": {"records": [], "num_records": 0, "_links": {"next": {"href": "https://evil.example.com/api"}}}},
            "which is not followed",
        ),
    ],
)
def test_a_damaged_collection_is_an_error(sim, array, path, fault, sentence):
    sim.faults([{"path": path, **fault}])
    assert sentence in failure(array)


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"close": True}, {"num_records": 7}, {"repeat_next": True}, {"body": "x"}]
)
def test_a_damaged_second_page_is_an_error(sim, array, small_pages, fault):
    sim.faults([{"path": LUNS, "page": 2, **fault}])
    failure(array)


def test_pages_in_a_circle_are_refused(sim, array, small_pages):
    sim.faults([{"path": LUNS, "query": "fields=*", "page": 1, "repeat_next": True}])
    assert "leads in a circle" in failure(array)
    assert paths(sim).count(LUNS) == 2


@pytest.mark.parametrize("fault", [{"status": 429}, {"status": 503}, {"close": True}, {"close": "middle"}])
def test_what_passes_is_asked_again(sim, array, fault):
    sim.faults([{"path": LUNS, "times": https.ATTEMPTS - 1, **fault}])
    assert len(arrays_listing.fetch(array)["luns"]) == 8
    assert paths(sim).count(LUNS) == https.ATTEMPTS + 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 502])
def test_what_does_not_pass_is_asked_once(sim, array, status):
    sim.faults([{"path": LUNS, "status": status}])
    failure(array)
    assert paths(sim).count(LUNS) == 1


@pytest.mark.parametrize(
    ("asked", "pauses"), [("7", [7, 7]), ("3600", [10, 10]), ("soon", [1, 2]), (None, [1, 2]), ("-1", [1, 2])]
)
def test_retry_after_is_kept_to_within_reason(array, monkeypatch, asked, pauses):
    headers = http.client.HTTPMessage()
    if asked:
        headers["Retry-After"] = asked
    taken = []
    monkeypatch.setattr(https, "_sleep", taken.append)
    client = ontap.Client(array)
    monkeypatch.setattr(client._https, "_exchange", lambda target, timeout: https.Answer(503, headers, b""))
    with pytest.raises(OntapFetchError, match="is too busy"):
        client.get("/api/cluster", 1)
    assert taken == pauses


@pytest.mark.parametrize("path", [arrays_listing.ISCSI_SERVICES, arrays_listing.FC_INTERFACES])
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"status": 500}, "fails at GET"),
        ({"status": 403}, "give the role of the account readonly access"),
        ({"num_records": 9}, "announces 9 records"),
        ({"body": {"records": [{"uuid": "x"}], "num_records": 1}}, "check that the role of its user shows all fields"),
    ],
)
def test_without_its_targets_a_listing_is_not_complete(sim, array, path, fault, sentence):
    """Who does not know which targets are the array's does not know of which devices it may speak."""
    sim.faults([{"path": path, **fault}])
    assert sentence in failure(array)
