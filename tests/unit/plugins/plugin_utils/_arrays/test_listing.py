# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What makes a listing complete, piece by piece, without a server."""

import json

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import listing, ontap
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import (
    Array,
    OntapFetchError,
    OntapRaceError,
)

ARRAY = Array("san1", "audit", "secret")
LUNS = "/api/storage/luns"


def page(records=(), next_href=None, **changes):
    body = {"records": list(records), "num_records": len(records)}
    if next_href is not None:
        body["_links"] = {"next": {"href": next_href}}
    return {**body, **changes}


def test_a_page_and_its_next_link():
    last = page([{"uuid": "a"}])
    assert (
        ontap.page_records(ARRAY, LUNS, last),
        ontap.page_count(ARRAY, LUNS, last),
        ontap.next_page(ARRAY, LUNS, last),
    ) == ([{"uuid": "a"}], 1, None)
    for href in ("/api/storage/luns?start.uuid=a", "/api//storage/luns?start.uuid=a"):
        answer = page([], href)
        assert (
            ontap.page_records(ARRAY, LUNS, answer),
            ontap.page_count(ARRAY, LUNS, answer),
            ontap.next_page(ARRAY, LUNS, answer),
        ) == ([], 0, href)


@pytest.mark.parametrize(
    "href",
    [
        "https://san1/api/storage/luns?start.uuid=a",
        "//evil.example.com/api/storage/luns",
        "//api/storage/luns",
        "api/storage/luns?x",
        "/api/storage/luns ?x",
        "/api/storage/luns?start.uuid=a\r\nHost: evil",
        "/api/storage/luns?start.uuid=a b",
        "/api/storage/luns?start.uuid=\xe9",
        "/api/storage/lunsx?start.uuid=a",
        "/api/storage/volumes?start.uuid=a",
        "",
        7,
        None,
        ["/api/storage/luns"],
    ],
)
def test_a_next_link_stays_with_its_collection(href):
    answer = page([])
    answer["_links"] = {"next": {"href": href}}
    with pytest.raises(OntapFetchError, match="links from a page of /api/storage/luns to something"):
        ontap.next_page(ARRAY, LUNS, answer)


@pytest.mark.parametrize("links", [{"next": "x"}, {"next": []}, ["next"], "next"])
def test_damaged_links_are_not_the_last_page(links):
    with pytest.raises(OntapFetchError, match="links from a page"):
        ontap.next_page(ARRAY, LUNS, page([], _links=links))


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"num_records": 0},
        {"records": None, "num_records": 0},
        {"records": {}, "num_records": 0},
        {"records": [1], "num_records": 1},
        {"uuid": "an instance"},
    ],
)
def test_a_page_without_records_is_not_an_empty_page(answer):
    with pytest.raises(
        OntapFetchError, match="ONTAP array san1 answers GET /api/storage/luns without its list of records"
    ):
        ontap.page_records(ARRAY, LUNS, answer)


@pytest.mark.parametrize("count", [0, 1, 3, None, "2", "x" * 1000])
def test_the_announced_number_of_records_must_be_there(count):
    with pytest.raises(OntapFetchError, match="announces .{1,25} records of /api/storage/luns and sends 2"):
        ontap.page_records(ARRAY, LUNS, page([{}, {}], num_records=count))


@pytest.mark.parametrize("count", [None, -1, "2", 1.0, [2]])
def test_a_count_is_a_number(count):
    with pytest.raises(OntapFetchError, match="ONTAP array san1 does not count the records of /api/storage/luns"):
        ontap.page_count(ARRAY, LUNS, {"num_records": count})


@pytest.mark.parametrize(
    "body", [b"", b"<html>Login</html>", b"[]", b"null", b"\xff\xfe\x00", b"[" * 100_000, b"1" * 10_000]
)
def test_what_is_not_json_is_an_error(body):
    with pytest.raises(OntapFetchError, match="something that is not JSON of ONTAP"):
        ontap.parse_object(ARRAY, LUNS, body)


def test_json_that_was_cut_is_an_error():
    with pytest.raises(
        OntapFetchError, match="ONTAP array san1 answers GET .* JSON that is cut or damaged .13 bytes.*again"
    ):
        ontap.parse_object(ARRAY, LUNS, b'{"records": [')


@pytest.mark.parametrize("error", [{"message": "entry is secret", "code": "4"}, {}, "broken", 0])
def test_an_error_with_a_good_status_is_an_error(error):
    body = json.dumps({"error": error, "records": [], "num_records": 0}).encode()
    with pytest.raises(OntapFetchError, match="answers GET /api/storage/luns with an error") as caught:
        ontap.parse_object(ARRAY, LUNS, body)
    assert "secret" not in str(caught.value)


def lun_record(**changes):
    return {
        "uuid": "l1",
        "name": "/vol/v/l1",
        "serial_number": "wf0Iq+N4uck3",
        "svm": {"name": "svm1", "uuid": "s1"},
        **changes,
    }


@pytest.mark.parametrize("lacking", ["uuid", "serial_number"])
@pytest.mark.parametrize("value", [None, "", 5])
def test_a_lun_without_identity_makes_the_listing_worthless(lacking, value):
    with pytest.raises(OntapFetchError, match=f"lists a LUN without {lacking}"):
        listing.lun_from_record(ARRAY, lun_record(**{lacking: value}))


def test_a_serial_number_that_is_not_of_bytes():
    with pytest.raises(OntapFetchError, match="serial number that is not made of bytes"):
        listing.lun_from_record(ARRAY, lun_record(serial_number="wf0Iq+N4uck\u2026"))


def test_fields_that_a_lun_may_lack_are_null():
    lun = listing.lun_from_record(ARRAY, lun_record(status="?", space=None))
    assert lun == {
        "wwid": "3600a098077663049712b4e3475636b33",
        "serial_number": "wf0Iq+N4uck3",
        "name": "/vol/v/l1",
        "uuid": "l1",
        "svm": "svm1",
        "svm_uuid": "s1",
        "array": "san1",
        "state": None,
        "container_state": None,
        "enabled": None,
        "read_only": None,
        "size": None,
        "os_type": None,
        "maps": [],
    }


@pytest.mark.parametrize(
    ("record", "lacking"),
    [
        ({"lun": {"uuid": "l1"}, "igroup": {"uuid": "g1"}}, "logical_unit_number"),
        ({"lun": {"uuid": "l1"}, "igroup": {"uuid": "g1"}, "logical_unit_number": "1"}, "logical_unit_number"),
        ({"lun": {"uuid": "l1"}, "igroup": {"uuid": "g1"}, "logical_unit_number": True}, "logical_unit_number"),
        ({"lun": {"uuid": "l1"}, "igroup": {"uuid": "g1"}, "logical_unit_number": -1}, "logical_unit_number"),
        ({"lun": {}, "igroup": {"uuid": "g1"}, "logical_unit_number": 1}, "lun.uuid"),
        ({"lun": {"uuid": "l1"}, "igroup": "g1", "logical_unit_number": 1}, "igroup.uuid"),
    ],
)
def test_a_damaged_map_makes_the_listing_worthless(record, lacking):
    with pytest.raises(OntapFetchError, match=f"lists a LUN map without {lacking}"):
        listing.map_from_record(ARRAY, record)


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        ({"uuid": None}, "uuid"),
        ({"name": ""}, "name"),
        ({"protocol": None}, "protocol"),
        ({"initiators": None}, "initiators.name"),
        ({"initiators": [{"alias": "x"}]}, "initiators.name"),
        ({"initiators": ["iqn"]}, "initiators.name"),
    ],
)
def test_a_damaged_igroup_makes_the_listing_worthless(changes, lacking):
    record = {"uuid": "g1", "name": "node1", "protocol": "iscsi", "initiators": [{"name": "iqn.x:1"}], **changes}
    with pytest.raises(OntapFetchError, match=f"lists an igroup without {lacking}"):
        listing.igroup_from_record(ARRAY, record)


def test_an_empty_igroup_lacks_initiators():
    assert listing.igroup_from_record(ARRAY, {"uuid": "g1", "name": "node1", "protocol": "iscsi"})["initiators"] == []


def test_join_puts_every_map_with_its_lun():
    luns = {"l1": {"maps": []}, "l2": {"maps": []}}
    maps = {
        ("l1", "g1"): {"lun_id": 0, "reporting_nodes": ["n1"]},
        ("l1", "g2"): {"lun_id": 4, "reporting_nodes": None},
    }
    igroups = {
        "g1": {"name": "a", "portset": None, "initiators": ["iqn.x:1", "10000090fa000001"]},
        "g2": {"name": "b", "portset": "p", "initiators": []},
    }
    assert listing.join(ARRAY, luns, maps, igroups) == [
        {
            "maps": [
                {
                    "igroup": "a",
                    "igroup_uuid": "g1",
                    "lun_id": 0,
                    "portset": None,
                    "reporting_nodes": ["n1"],
                    "transports": ["fc", "iscsi"],
                },
                {
                    "igroup": "b",
                    "igroup_uuid": "g2",
                    "lun_id": 4,
                    "portset": "p",
                    "reporting_nodes": None,
                    "transports": [],
                },
            ]
        },
        {"maps": []},
    ]


@pytest.mark.parametrize(("pair", "lacking"), [(("l9", "g1"), "LUN l9"), (("l1", "g9"), "igroup g9")])
def test_a_map_must_lead_to_a_listed_lun_and_igroup(pair, lacking):
    with pytest.raises(OntapRaceError, match=f"lists a LUN map whose {lacking} it does not list"):
        listing.join(
            ARRAY,
            {"l1": {"maps": []}},
            {pair: {"lun_id": 0, "reporting_nodes": None}},
            {"g1": {"name": "a", "portset": None, "initiators": []}},
        )


@pytest.mark.parametrize(
    ("nodes", "names"),
    [(None, None), ("n1", None), ([], []), ([{"name": "n1"}, {"uuid": "u"}, "n3", {"name": "n4"}], ["n1", "n4"])],
)
def test_reporting_nodes_are_evidence_only(nodes, names):
    record = {"lun": {"uuid": "l1"}, "igroup": {"uuid": "g1"}, "logical_unit_number": 1, "reporting_nodes": nodes}
    assert listing.map_from_record(ARRAY, record)["reporting_nodes"] == names


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("9.8.0", (9, 8, 0)),
        ("9.14.1", (9, 14, 1)),
        ("9.10", (9, 10)),
        (None, ()),
        ("", ()),
        ("NetApp Release 9.14.1P3", ()),
        ("9.x", ()),
    ],
)
def test_a_version_that_cannot_be_read_is_the_oldest(version, numbers):
    assert listing._numbers(version) == numbers


@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [
        (401, "login", "refuses user 'audit' (HTTP 401: go away (code 6)): check the credentials"),
        (403, "fetch", "does not let its user read /api/storage/luns (HTTP 403: go away (code 6)): give the role"),
        (
            404,
            "fetch",
            (
                "has no /api/storage/luns (HTTP 404: go away (code 6)): hostname must be the "
                "management interface of ONTAP 9.8 or later"
            ),
        ),
        (429, "fetch", "is too busy"),
        (503, "fetch", "is too busy"),
        (302, "fetch", "elsewhere"),
        (500, "fetch", "fails at GET /api/storage/luns"),
        (206, "fetch", "fails at GET"),
        (204, "fetch", "fails at GET"),
    ],
)
def test_each_status_has_its_sentence(status, kind, sentence):
    error = ontap.explain_status(ARRAY, LUNS, status, b'{"error": {"message": "go away", "code": "6"}}')
    assert str(error).startswith("ONTAP array san1 ") and sentence in str(error)
    assert error.kind == kind


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": null}', b"[" * 100_000])
def test_a_status_without_ontaps_words(body):
    assert "(HTTP 500)" in str(ontap.explain_status(ARRAY, LUNS, 500, body))


class Counting:
    """Stands for a client whose array counts its records once they are listed."""

    array = ARRAY

    def __init__(self, after):
        self.after = after

    def count(self, path):
        return self.after[path]


@pytest.mark.parametrize(("path", "what"), [(LUNS, "LUNs"), (listing.MAPS, "LUN maps")])
@pytest.mark.parametrize(
    ("before", "listed", "after", "whole"),
    [
        (6, 6, 6, True),
        (7, 6, 6, True),
        (7, 6, 5, True),
        (5, 6, 7, True),
        (6, 7, 8, True),
        (6, 5, 4, True),
        (0, 0, 0, True),
        (7, 6, 7, False),
        (7, 6, 8, False),
        (9, 6, 7, False),
        (1, 0, 1, False),
    ],
)
def test_records_that_come_and_go_are_distinguished_from_records_that_are_missing(
    path, what, before, listed, after, whole
):
    others = {LUNS: 3, listing.MAPS: 3}
    client, first, records = Counting({**others, path: after}), {**others, path: before}, {**others, path: listed}
    if whole:
        listing._check_counts(client, first, records)
    else:
        with pytest.raises(OntapRaceError, match=f"lists {listed} {what} and counts more"):
            listing._check_counts(client, first, records)


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (True, "lists a LUN that is mapped"),
        (None, "does not say whether a LUN is mapped"),
        ("no", "lists a LUN that is"),
        (0, "does not say whether"),
    ],
)
def test_a_lun_without_a_map_has_to_say_so_itself(says, why):
    luns = {"l1": {"name": "/vol/v/l1"}, "l2": {"name": "/vol/v/l2"}}
    mapped = listing._Again({}, True, [{"key": ("l1", "g1")}])
    listing._check_own_maps(ARRAY, luns, {"l1": mapped, "l2": listing._Again({}, False, [])})
    with pytest.raises(OntapRaceError, match=why + r".* \(/vol/v/l2\), and the LUN names no map of its own"):
        listing._check_own_maps(ARRAY, luns, {"l1": mapped, "l2": listing._Again({}, says, [])})


def test_a_lun_that_is_not_listed_again_says_nothing_of_its_maps():
    with pytest.raises(OntapRaceError, match="does not say whether"):
        listing._check_own_maps(ARRAY, {"l1": {"name": None}}, {})


def test_what_a_lun_says_of_its_own_maps():
    own_maps = [{"igroup": {"uuid": "g1"}, "logical_unit_number": 3}]
    again = listing._read_again(ARRAY, lun_record(status={"mapped": True}, lun_maps=own_maps))
    assert (again.lun["uuid"], again.mapped) == ("l1", True)
    assert again.maps == [{"key": ("l1", "g1"), "lun_id": 3, "reporting_nodes": None}]
    again = listing._read_again(ARRAY, lun_record(status={"mapped": False}))
    assert (again.mapped, again.maps) == (False, [])
    for damaged in ("x", [1], None, [{"igroup": {"uuid": "g1"}}]):
        with pytest.raises(OntapFetchError, match="without"):
            listing._read_again(ARRAY, lun_record(lun_maps=damaged))
