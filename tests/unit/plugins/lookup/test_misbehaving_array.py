# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a misbehaving array through both lookups to the verdict: whatever goes wrong there, nothing is called stale on
its word.

The device answers "no such LUN" on every path. An array that lists everything makes it stale, or a conflict where it
maps the LUN.
"""

import datetime
import gc
import gzip
import re
import time
from unittest import mock

import ontap_sim
import pytest
import trustme
from ansible.errors import AnsibleLookupError
from ansible_collections.sanops.multipath.plugins.filter import audit
from ansible_collections.sanops.multipath.plugins.lookup import ontap_lun_maps, ontap_luns
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import lookup as arrays_lookup
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import ontap
from ansible_collections.sanops.multipath.plugins.plugin_utils._http import client as https
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import records
from ontap_sim import api, server
from support import fleets
from support.testimony import ME, TARGET, WWID, facts, path

LUNS, MAPS, IGROUPS = "/api/storage/luns", "/api/protocols/san/lun-maps", "/api/protocols/san/igroups"
PASSWORD = "correct horse:battery"
MAPPED = {
    "igroups": [{"name": "me", "initiators": [ME]}, {"name": "other", "initiators": ["iqn.else"]}, {"name": "empty"}],
    "luns": [{"name": "/vol/v/l", "serial_number": "80E7/]LZp1Tt"}]
    + [{"name": f"/vol/v/more{number}"} for number in range(6)],
    "maps": [{"lun": "/vol/v/l", "igroup": "me", "logical_unit_number": 3}]
    + [{"lun": f"/vol/v/more{number}", "igroup": "other", "logical_unit_number": number} for number in range(6)],
}
UNMAPPED = {**MAPPED, "maps": MAPPED["maps"][1:]}
USERS = [ontap_sim.User("audit", PASSWORD, readonly=True), ontap_sim.User("vsadmin", "staple", svm="svm1")]
HOST = fleets.registered(facts([path(0, "absent"), path(1, "absent")]))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(https, "_sleep", lambda seconds: None)
    monkeypatch.setattr(ontap, "MAX_RECORDS", 2)  # so that each collection has more than one page
    monkeypatch.setattr(ontap, "PAGE_TIMEOUT", 60)  # no machine is so busy; who waits for it has his own


@pytest.fixture(params=[MAPPED, UNMAPPED], ids=["mapped", "unmapped"])
def sim(request):
    with ontap_sim.running(request.param, users=USERS) as running:
        running.truth = "conflict" if request.param is MAPPED else "stale"
        yield running


def ask(module, terms, entry, folder, tolerant):
    """One lookup with its options as Ansible would have set them."""
    options = {"arrays": [entry], "allow_incomplete": tolerant, "cache_ttl": 600}
    lookup = module.LookupModule()
    lookup.set_options = lambda **kwargs: None
    lookup.get_option = options.get
    with mock.patch.object(arrays_lookup.C, "DEFAULT_LOCAL_TMP", str(folder)):
        return lookup.run(terms)


def judge(entry, folder):
    """(the device, the report's array) as the audit does it."""
    report = audit.fleet(
        {"h": HOST}, ask(ontap_lun_maps, [ME], entry, folder, True), ask(ontap_luns, [WWID], entry, folder, True)
    )
    (host,), (array,) = report["hosts"], report["arrays"]
    (device,) = host["devices"]
    return {**device, "luns": records.luns_of(host, device)}, array


def check_unproven(entry, folder, says):
    device, array = judge(entry, folder)
    assert (device["verdict"], array["complete"]) == ("unproven", False), device["reason"]
    assert re.search(says, array["error"]), array["error"]
    assert (
        f"ONTAP array {entry['hostname']}:{entry['http_port']} " in array["error"]
        and array["error"] in device["reason"]
    )
    for module, term in ((ontap_lun_maps, ME), (ontap_luns, WWID)):
        with pytest.raises(AnsibleLookupError, match=says) as caught:
            ask(module, [term], entry, folder, False)
        assert entry["password"] not in str(caught.value) + array["error"]


def test_a_whole_listing_is_believed(sim, entry, tmp_path):
    device, array = judge(entry, tmp_path / "cache")
    assert (device["verdict"], array["complete"]) == (sim.truth, True)


@pytest.mark.parametrize(
    "faults",
    [
        [{"path": LUNS, "records": 1}, {"path": MAPS, "records": 1}, {"path": IGROUPS, "records": 1}],
        [{"path": LUNS, "query": "fields=*", "page": 1, "times": 1, "records": 0}],
        [{"path": MAPS, "query": "fields=*", "page": 1, "times": 1, "records": 0}],
        [{"path": MAPS, "query": "return_records=*", "records": 1}],
        [{"path": LUNS, "times": 1, "status": 503}, {"path": MAPS, "times": 1, "close": True}],
    ],
    ids=["short pages", "an empty page of LUNs", "an empty page of maps", "a count in parts", "busy for a moment"],
)
def test_what_ontap_may_do_is_no_fault(sim, entry, tmp_path, faults):
    sim.faults(faults)
    device, array = judge(entry, tmp_path / "cache")
    assert (device["verdict"], array["complete"]) == (sim.truth, True)


@pytest.mark.parametrize("collection", [LUNS, MAPS, IGROUPS])
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"status": 500}, "check the health and the event log"),
        ({"page": 2, "status": 500}, "check the health and the event log"),
        ({"status": 401}, "check the credentials"),
        ({"status": 403}, "give the role of the account readonly access"),
        ({"status": 429}, "try again later"),
        ({"delay": 3}, "check the network and the load"),
        ({"num_records": 7777}, "the page is damaged, try again"),
        ({"repeat_next": True}, "leads in a circle"),
        ({"close": True}, "broke the connection"),
        ({"close": "middle"}, "broke the connection"),
        (
            {"body": "<html>log in</html>", "content_type": "text/html"},
            r"check hostname and http_port \(a proxy, a login page\?\)",
        ),
        ({"body": '{"records": [{"uuid": "x"'}, r"JSON that is cut or damaged \(25 bytes\): try again"),
        ({"body": [1, 2]}, "not JSON of ONTAP"),
        ({"body": gzip.compress(b'{"records": [], "num_records": 0}', mtime=0)}, "not JSON of ONTAP"),
        ({"body": {"error": {"message": "try later", "code": "8"}}}, "try later .code 8.. Check its event log"),
        ({"body": {"records": [{"uuid": "x"}], "num_records": 1}}, "check that the role of its user shows all fields"),
        (
            {"page": 1, "body": {"records": [], "num_records": 0, "_links": {"next": {"href": "/api/cluster/nodes"}}}},
            "which is not followed",
        ),
    ],
    ids=lambda value: (
        None if isinstance(value, str) else "-".join(f"{key}={str(item)[:20]}" for key, item in value.items())
    ),
)
def test_a_collection_that_fails_proves_nothing(sim, entry, tmp_path, monkeypatch, collection, fault, says):
    if "delay" in fault:
        monkeypatch.setattr(ontap, "PAGE_TIMEOUT", 0.2)
    sim.faults([{"path": collection, **fault}])
    check_unproven(entry, tmp_path / "cache", says)


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_of_cycles_is_as_it_was(sim, entry, tmp_path, monkeypatch, enabled):
    """Also after a failure: the lookup runs in a process of Ansible's that has more to do."""
    monkeypatch.setattr(gc, "isenabled", lambda: enabled)
    calls = []
    monkeypatch.setattr(gc, "disable", lambda: calls.append("disable"))
    monkeypatch.setattr(gc, "enable", lambda: calls.append("enable"))
    ask(ontap_luns, [WWID], entry, tmp_path / "cache", False)
    sim.faults([{"path": LUNS, "status": 500}])
    with pytest.raises(AnsibleLookupError):
        ask(ontap_luns, [WWID], entry, tmp_path / "other", False)
    assert calls == ["disable", *["enable"] * enabled] * 2


def test_a_listing_that_lacks_luns_is_noticed(sim, entry, tmp_path):
    """The pages of LUNs end early, though the array counts more."""
    sim.faults([{"path": LUNS, "query": "fields=*", "page": 1, "no_next": True}])
    check_unproven(entry, tmp_path / "cache", "lists 2 LUNs and counts more, twice in a row")


def test_a_listing_that_lacks_luns_is_noticed_by_the_maps(sim, entry, tmp_path):
    """Where the count is cut short like the pages."""
    sim.faults(
        [
            {"path": LUNS, "page": 1, "no_next": True},
            {"path": LUNS, "query": "return_records=*", "body": {"num_records": 2}},
        ]
    )
    check_unproven(entry, tmp_path / "cache", "lists a LUN map whose LUN")


def test_a_listing_that_lacks_maps_is_noticed(sim, entry, tmp_path):
    """The pages of maps end early, and the count with them; the LUN that this host has would seem to be mapped to
    nobody. The LUNs know better.
    """
    sim.faults(
        [
            {"path": MAPS, "query": "return_records=*", "body": {"num_records": 2}},
            {"path": MAPS, "page": 1, "no_next": True},
        ]
    )
    device, array = judge(entry, tmp_path / "cache")
    assert (device["verdict"], array["complete"]) == (sim.truth, True)
    assert device["verdict"] != "conflict" or device["luns"][0]["maps"][0]["lun_id"] == 3


def test_maps_that_neither_list_nor_luns_tell_are_noticed(sim, entry, tmp_path):
    """A LUN that says that it is mapped, or does not say, and of which nobody tells a map."""
    for mapped, says in ({"mapped": True}, "lists a LUN that is mapped"), ({}, "does not say whether a LUN is mapped"):
        record = {"uuid": "u", "name": "n", "serial_number": "80E7/]LZp1Tt", "status": {"state": "online", **mapped}}
        sim.faults(
            [
                {"path": MAPS, "body": {"records": [], "num_records": 0}},
                {"path": LUNS, "body": {"records": [record], "num_records": 1}},
            ]
        )
        check_unproven(entry, tmp_path / says[:5], says)


def test_a_lun_that_names_no_map_of_its_own_though_it_is_mapped(sim, entry, tmp_path):
    """The list shows a map of it to somebody else; whether one more is cut off, nothing else could show."""
    igroup = next(group for group in sim.world.igroups.values())
    record = {"uuid": "u", "name": "n", "serial_number": "80E7/]LZp1Tt", "status": {"state": "online", "mapped": True}}
    lun_map = {"lun": {"uuid": "u"}, "igroup": {"uuid": igroup["uuid"]}, "logical_unit_number": 1}
    sim.faults(
        [
            {"path": MAPS, "body": {"records": [lun_map], "num_records": 1}},
            {"path": LUNS, "body": {"records": [record], "num_records": 1}},
        ]
    )
    check_unproven(entry, tmp_path, "the LUN names no map of its own")


def test_maps_that_the_account_may_not_see_are_noticed(sim, entry, tmp_path):
    sim.faults([{"path": MAPS, "body": {"records": [], "num_records": 0}}])
    assert judge(entry, tmp_path / "cache")[0]["verdict"] == sim.truth


def test_an_account_that_does_not_see_the_svm_of_the_target_proves_no_absence(sim, entry, tmp_path):
    """An account of the cluster, narrowed to other SVMs: its listing looks whole, and lacks what it may not see."""
    target = "iqn.1992-08.com.netapp:sn.other:vs.9"
    service = {"svm": {"name": "other"}, "target": {"name": target}}
    sim.faults([{"path": "/api/protocols/san/iscsi/services", "body": {"records": [service], "num_records": 1}}])
    device, array = judge(entry, tmp_path / "cache")
    assert array["complete"] and array["scope"] == "cluster" and array["targets"] == [target]
    if sim.truth == "stale":
        assert device["verdict"] == "unproven" and f"no configured array owns {TARGET}" in device["reason"], device
    else:
        assert device["verdict"] == "conflict", "its word that it maps the LUN counts"


def test_a_listing_with_a_record_twice_is_noticed(sim, entry, tmp_path):
    """Where pages overlap in one place, they may have a gap in another."""
    record = {"uuid": "u", "name": "n", "serial_number": "wf0Iq+N4uck3"}
    sim.faults([{"path": LUNS, "query": "fields=*", "body": {"records": [record, record], "num_records": 2}}])
    check_unproven(entry, tmp_path / "cache", "lists the same record twice .u., again when asked again: report it")


def test_an_answer_that_only_trickles_proves_nothing(sim, entry, tmp_path, monkeypatch):
    send = server.Handler._send

    def trickle(handler, answer, half=False):
        if not handler.path.startswith(LUNS):
            send(handler, answer, half)
            return
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        for dummy in range(1000):  # until the client hangs up
            handler.wfile.write(b" ")
            time.sleep(0.05)

    monkeypatch.setattr(server.Handler, "_send", trickle)
    monkeypatch.setattr(ontap, "PAGE_TIMEOUT", 1)
    check_unproven(entry, tmp_path / "cache", f"did not answer GET {LUNS} within 1 s: check the network and the load")


HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    "begin",
    [b"HTTP/1.1 200", HEAD + b"X-Slow: ", HEAD + b"\r\n1", HEAD + b"\r\n1000\r\n {"],
    ids=["status", "header", "size of a chunk", "chunk"],
)
@pytest.mark.parametrize("path", ["/api/cluster", LUNS])
def test_an_answer_that_drips_anywhere_ends_in_time(sim, entry, tmp_path, monkeypatch, begin, path):
    """Whatever drips: each byte comes well within the time of one, and the answer would go on for a minute."""
    send = server.Handler._send

    def drip(handler, answer, half=False):
        if not handler.path.startswith(path):
            send(handler, answer, half)
            return
        handler.close_connection = True
        handler.wfile.write(begin)
        for dummy in range(600):  # until the client hangs up
            handler.wfile.write(b"0")
            time.sleep(0.1)

    monkeypatch.setattr(server.Handler, "_send", drip)
    # That of no other request: a machine at work may need more for one that does not drip.
    monkeypatch.setattr(ontap, "PAGE_TIMEOUT" if path == LUNS else "HELLO_TIMEOUT", 1)
    check_unproven(entry, tmp_path / "cache", f"did not answer GET {path} within 1 s: check the network and the load")


@pytest.mark.parametrize("collection", [LUNS, MAPS, IGROUPS])
def test_empty_pages_without_end_are_not_followed(sim, entry, tmp_path, monkeypatch, collection):
    """Each has a link that was not seen before, and none a record."""
    count = iter(range(10**6))
    send = server.Handler._send

    def nothing(handler, answer, half=False):
        if handler.path.startswith(collection):
            body = {"records": [], "num_records": 0, "_links": {"next": {"href": f"{collection}?start={next(count)}"}}}
            answer = api.Answer(200, body)
        send(handler, answer, half)

    monkeypatch.setattr(server.Handler, "_send", nothing)
    check_unproven(
        entry, tmp_path / "cache", f"sends {ontap.MOST_EMPTY_PAGES} pages of {collection} in a row without a record"
    )
    assert next(count) < 100


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"password": "wrong"}, "check the credentials"),
        ({"hostname": "127.1"}, "hostname to a name in it"),
        ({"hostname": "san1.invalid"}, "check hostname and DNS"),
        ({"http_port": 1}, "check hostname and http_port"),
    ],
)
def test_an_array_that_cannot_be_asked_proves_nothing(entry, tmp_path, changes, says):
    check_unproven({**entry, **changes}, tmp_path / "cache", says)


def test_a_certificate_of_somebody_else_proves_nothing(entry, tmp_path):
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    check_unproven(
        {**entry, "ca_path": str(tmp_path / "other.pem")}, tmp_path / "cache", "set ca_path to the CA that signed it"
    )


def test_an_expired_certificate_proves_nothing(sim, entry, tmp_path):
    expired = sim._authority.issue_cert(
        "127.0.0.1", not_after=datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    )
    expired.private_key_and_cert_chain_pem.write_to_path(tmp_path / "expired.pem")
    sim._server.tls.load_cert_chain(tmp_path / "expired.pem")
    check_unproven(entry, tmp_path / "cache", "certificate has expired.: renew it, and check the clocks")


def test_an_account_of_an_svm_proves_no_absence(sim, entry, tmp_path):
    device, array = judge({**entry, "username": "vsadmin", "password": "staple"}, tmp_path / "cache")
    assert (array["complete"], array["scope"]) == (True, "svm")
    assert device["verdict"] == ("conflict" if sim.truth == "conflict" else "unproven")
