# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One answer of an honest array is damaged: the listing is refused, or the LUN that is mapped is still mapped.

Left out is what no client can notice: another name in the place of an initiator's, a map or an initiator that a
well-formed answer lacks.
"""

import copy
import http.client
import json

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import verdict
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import listing, lun_index, san
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import Array, OntapError
from ansible_collections.sanops.multipath.plugins.plugin_utils._http import client as https
from ansible_collections.sanops.multipath.plugins.plugin_utils._http import tls
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories_ontap
from hypothesis import given
from hypothesis import strategies as st
from support.testimony import ME, TARGET, WWID

ARRAY = Array("a1", "audit", "secret")
LUNS, MAPS, IGROUPS = "/api/storage/luns", "/api/protocols/san/lun-maps", "/api/protocols/san/igroups"


def lun(uuid, serial, group, number):
    return {
        "uuid": uuid,
        "name": "/vol/v/" + uuid,
        "serial_number": serial,
        "svm": {"name": "s", "uuid": "su"},
        "enabled": True,
        "space": {"size": 1},
        "status": {"state": "online", "container_state": "online", "read_only": False, "mapped": True},
        "lun_maps": [{"igroup": {"uuid": group}, "logical_unit_number": number}],
        "os_type": "linux",
    }


def lun_map(uuid, group, number):
    return {
        "lun": {"uuid": uuid},
        "igroup": {"uuid": group},
        "logical_unit_number": number,
        "reporting_nodes": [{"name": "n1"}],
    }


def igroup(uuid, initiator):
    return {"uuid": uuid, "name": uuid, "protocol": "iscsi", "svm": {"name": "s"}, "initiators": [{"name": initiator}]}


def page(records, following=None):
    return {
        "records": records,
        "num_records": len(records),
        **({"_links": {"next": {"href": following}}} if following else {}),
    }


PAGES = {
    "/api/cluster": {
        "name": "c",
        "uuid": "cu",
        "version": {"generation": 9, "major": 14, "minor": 1, "full": "NetApp Release 9.14.1"},
    },
    "/api/cluster/nodes": page([{"uuid": "nu", "name": "n1"}]),
    LUNS: page([lun("l0", "wf0Iq+N4uck3", "g0", 0)], LUNS + "?start.uuid=l0"),
    LUNS + "?start.uuid=l0": page([lun("l1", "80E7/]LZp1Tt", "g1", 3)]),
    MAPS: page([lun_map("l0", "g0", 0)], MAPS + "?start.lun.uuid=l0"),
    MAPS + "?start.lun.uuid=l0": page([lun_map("l1", "g1", 3)]),
    IGROUPS: page([igroup("g0", "iqn.else")], IGROUPS + "?start.uuid=g0"),
    IGROUPS + "?start.uuid=g0": page([igroup("g1", ME)]),
    "/api/svm/svms": page([{"uuid": "su", "name": "s"}]),
    listing.ISCSI_SERVICES: page([{"svm": {"name": "s"}, "target": {"name": TARGET}}]),
    listing.FC_INTERFACES: page(
        [{"uuid": "fu", "wwpn": "50:0a:09:82:8d:36:f5:e1", "svm": {"name": "s"}, "data_protocol": "fcp"}]
    ),
}
LIF = {
    "uuid": "iu",
    "name": "lif1",
    "svm": {"name": "s"},
    "enabled": True,
    "state": "up",
    "location": {"home_node": {"name": "n1"}, "failover": "home_port_only"},
}
# What is for advice alone.
ADVICE = {
    san.IP_LIFS: page([{**LIF, "services": ["data_core", "data_iscsi"]}]),
    san.SESSIONS: page([{"svm": {"name": "s"}, "initiator": {"name": "iqn.who"}, "igroups": []}]),
    san.LOGINS: page([{"svm": {"name": "s"}, "initiator": {"wwpn": "20:00:00:25:b5:00:20:01"}, "protocol": "fcp"}]),
}
# What a record must have, each of which decides something.
REQUIRED = {
    LUNS: ["uuid", "serial_number"],
    MAPS: ["lun", "igroup", "logical_unit_number"],
    IGROUPS: ["uuid", "name", "protocol"],
    listing.ISCSI_SERVICES: ["target"],
    listing.FC_INTERFACES: ["wwpn"],
}
junk = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(allow_nan=False),
    st.lists(st.none(), max_size=2),
    st.just({}),
    st.just(""),
    st.integers(-5, 5),
)


def answer(body, status=200):
    return https.Answer(
        status, http.client.HTTPMessage(), body if isinstance(body, bytes) else json.dumps(body).encode()
    )


class Honest:
    """An array that is a table; `damage` {key of PAGES: answer} replaces what it would say there."""

    damage = {}

    @classmethod
    def exchange(cls, dummy_client, target, dummy_timeout):
        key = target if target in PAGES else target.partition("?")[0]
        return cls.damage.get(key) or answer({**PAGES, **ADVICE}[key])


@pytest.fixture(autouse=True)
def table(monkeypatch):
    monkeypatch.setattr(https.Client, "_exchange", lambda *arguments: Honest.exchange(*arguments))
    monkeypatch.setattr(https, "_sleep", lambda seconds: None)
    monkeypatch.setattr(tls, "context", lambda *dummy, **options: None)


def word(damage):
    """What the array's word on the mapped LUN is, or None where the listing is refused."""
    Honest.damage = damage
    try:
        snapshot = listing.fetch(ARRAY)
        list(advisories_ontap.of(snapshot, {"me": [ME]}, {}))
    except OntapError as exc:
        assert "ONTAP array a1" in str(exc)
        return None
    finally:
        Honest.damage = {}
    arrays = [dict(snapshot["array"], wwid_prefixes=None)]
    view = {"arrays": arrays, "luns": lun_index.luns_by_wwid([snapshot], [WWID]), "maps": {}, "asked": {ME, WWID}}
    for name, luns in lun_index.luns_by_initiator([snapshot], [ME]).items():
        view["maps"][name] = {one["wwid"]: [one] for one in luns}
    paths = [{"transport": "iscsi", "target": TARGET}]
    return verdict.array_word(WWID, "NETAPP", "LUN C-Mode", paths, {"names": [ME], "live": {"iscsi"}}, view)["state"]


keys = st.sampled_from([key for key in PAGES if key.partition("?")[0] in REQUIRED])


def test_undamaged():
    assert word({}) == "mapped"


@given(
    st.sampled_from(sorted(PAGES)),
    st.one_of(st.binary(max_size=40), junk, st.lists(junk, max_size=3)),
    st.sampled_from([200, 200, 204, 301, 404, 503]),
)
def test_another_answer(key, body, status):
    outcome = word({key: answer(body, status)})
    # An account that sees neither the cluster's nodes nor its version speaks for an SVM: that makes no difference
    # to what is mapped.
    assert outcome in (None, "mapped") and not (outcome and key.partition("?")[0] in REQUIRED)


@given(st.sampled_from(sorted(PAGES)), st.integers(0, 400))
def test_an_answer_cut_short(key, length):
    whole = json.dumps(PAGES[key]).encode()
    if length < len(whole):
        outcome = word({key: answer(whole[:length])})
        assert outcome is None


@given(keys, st.data())
def test_a_record_that_lacks_what_decides(key, data):
    changed = copy.deepcopy(PAGES[key])
    record, field = changed["records"][0], data.draw(st.sampled_from(REQUIRED[key.partition("?")[0]]))
    if isinstance(record[field], dict) and data.draw(st.booleans()):
        record, field = record[field], "name" if field == "target" else "uuid"
    if data.draw(st.booleans()):
        del record[field]
    else:
        # 0 is a LUN id, true and -1 are none; what is no text is no name.
        record[field] = data.draw(
            junk.filter(lambda value: str(value) not in "012345" or field != "logical_unit_number")
        )
    assert word({key: answer(changed)}) is None


@given(keys, st.sampled_from(["num_records", "records"]), junk)
def test_a_page_that_does_not_count(key, field, value):
    changed = {**PAGES[key], field: value}
    if value != PAGES[key][field]:
        assert word({key: answer(changed)}) is None


@given(
    keys,
    st.one_of(
        junk,
        st.text(max_size=30),
        st.sampled_from(["/api/cluster", "https://evil.example/api/storage/luns", "//evil/api"]),
    ),
)
def test_a_next_link_that_leads_nowhere(key, href):
    changed = {**PAGES[key], "_links": {"next": {"href": href}}}
    assert word({key: answer(changed)}) is None


@given(st.sampled_from(sorted(PAGES)), junk.filter(lambda value: value is not None))
def test_an_error_in_a_good_answer(key, error):
    """ONTAP can send one with the status 200, and with records."""
    assert word({key: answer({**PAGES[key], "error": error})}) is None


@given(keys.filter(lambda key: key.startswith((LUNS, MAPS, IGROUPS))))  # of the targets, one that is lacking owns less
def test_a_record_that_comes_twice(key):
    changed = {**PAGES[key], "records": PAGES[key]["records"] * 2, "num_records": 2}
    assert word({key: answer(changed)}) is None


@given(st.sampled_from([key for key in PAGES if key.startswith((LUNS, IGROUPS))]))
def test_a_record_that_is_left_out(key):
    changed = {**PAGES[key], "records": [], "num_records": 0}
    assert word({key: answer(changed)}) is None


@given(
    st.sampled_from(sorted(ADVICE)),
    st.one_of(st.binary(max_size=40), junk, st.lists(junk, max_size=3)),
    st.sampled_from([200, 204, 301, 401, 404, 500]),
)
def test_what_is_for_advice_takes_no_lun_away(key, body, status):
    assert word({key: answer(body, status)}) == "mapped"


@given(st.sampled_from(sorted(ADVICE)), st.data())
def test_a_record_for_advice_of_another_shape(key, data):
    changed = copy.deepcopy(ADVICE[key])
    record = changed["records"][0]
    part = data.draw(st.sampled_from([record] + [value for value in record.values() if isinstance(value, dict)]))
    part[data.draw(st.sampled_from(sorted(part)))] = data.draw(st.one_of(junk, st.lists(junk, max_size=2)))
    assert word({key: answer(changed)}) == "mapped"
