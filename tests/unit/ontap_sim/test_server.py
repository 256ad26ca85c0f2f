# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS, accounts, the control endpoints and the faults."""

import json
import os
import pathlib
import subprocess
import sys
import time

import ontap_sim
import pytest
import requests
from ontap_sim import User

LUNS = "/api/storage/luns"


@pytest.fixture
def world():
    return {"luns": [{"name": f"/vol/v/lun{number}"} for number in range(7)]}


def test_tls_is_real(sim):
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(sim.url, auth=(sim.username, sim.password), verify="/etc/ssl/certs/ca-certificates.crt", timeout=9)
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(sim.url.replace("https", "http"), timeout=60)
    assert requests.get(f"{sim.url}/api/cluster", auth=(sim.username, sim.password), verify=sim.ca_path, timeout=60).ok


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Basic !"}, {"Authorization": "Basic YWRtaW46d3Jvbmc="}, {"Authorization": "Bearer x"}],
)
def test_unauthenticated(sim, headers):
    answer = requests.get(
        f"{sim.url}/api/cluster", headers=headers, auth=lambda request: request, verify=sim.ca_path, timeout=60
    )
    assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Basic")
    assert answer.json()["error"] == {"message": "User is not authorized.", "code": "6691623"}


def test_client_certificate(sim):
    def get(user):
        certificate = sim.client_certificate(user)
        return requests.get(
            f"{sim.url}/api/cluster", cert=certificate, auth=lambda request: request, verify=sim.ca_path, timeout=60
        ).status_code

    assert get("admin") == 200 and get("somebody") == 401


def test_requests_are_counted(rest, sim):
    rest.get(f"{LUNS}?fields=name")
    rest.get("/api/bogus")
    rest.get("/_sim/requests")
    seen = sim.requests()
    assert [(entry["method"], entry["path"], entry["query"], entry["status"], entry["page"]) for entry in seen] == [
        ("GET", LUNS, "fields=name", 200, 1),
        ("GET", "/api/bogus", "", 404, 1),
    ]
    assert rest.get("/_sim/requests").json() == seen and seen[0]["user"] == sim.username
    assert rest.delete("/_sim/requests").status_code == 200 and sim.requests() == []


def test_control_is_for_administrators(world, connect):
    with ontap_sim.running(
        world, users=[User("admin", "a"), User("audit", "b", readonly=True), User("vsadmin", "c", svm="svm1")]
    ) as sim:
        assert (
            requests.get(
                f"{sim.url}/_sim/requests", auth=lambda request: request, verify=sim.ca_path, timeout=60
            ).status_code
            == 401
        )
        assert [
            connect(sim, *who).get("/_sim/faults").status_code
            for who in (("admin", "a"), ("audit", "b"), ("vsadmin", "c"))
        ] == [200, 403, 403]
        assert connect(sim).get("/_sim/bogus").status_code == 404


def test_faults_by_http(rest):
    faults = [{"path": LUNS, "status": 500, "times": 1}]
    assert rest.put("/_sim/faults", json=faults).json() == faults == rest.get("/_sim/faults").json()
    assert [rest.get(LUNS).status_code for dummy in range(2)] == [500, 200]
    assert (
        rest.put("/_sim/faults", json=[{"stauts": 500}]).status_code
        == 400
        == rest.put("/_sim/faults", data="{").status_code
    )
    assert rest.delete("/_sim/faults").json() == []


def test_a_status_on_page_two(rest, sim):
    sim.faults([{"path": LUNS, "page": 2, "status": 500, "message": "internal", "code": 42}])
    page = rest.get(f"{LUNS}?max_records=3")
    assert page.status_code == 200
    answer = rest.get(page.json()["_links"]["next"]["href"])
    assert (answer.status_code, answer.json()) == (500, {"error": {"message": "internal", "code": "42"}})
    assert rest.get("/api/cluster").status_code == 200
    sim.faults()
    assert rest.get(page.json()["_links"]["next"]["href"]).status_code == 200
    assert [entry["page"] for entry in sim.requests()] == [1, 2, 1, 2]


def test_by_wildcard_and_method(rest, sim):
    sim.faults([{"path": "/api/protocols/*", "status": 503}, {"method": "POST", "status": 409}])
    assert (
        rest.get("/api//protocols/san/igroups").status_code == 503
        and rest.get(LUNS).status_code == 200
        and rest.post(LUNS, json={}).status_code == 409
    )


def test_wrong_bodies(rest, sim):
    sim.faults([{"path": LUNS, "body": "<html>busy</html>", "content_type": "text/html"}])
    answer = rest.get(LUNS)
    assert (
        answer.status_code == 200
        and answer.text == "<html>busy</html>"
        and answer.headers["Content-Type"] == "text/html"
    )
    sim.faults([{"path": LUNS, "body": {"num_records": 0}}])
    assert rest.get(LUNS).json() == {"num_records": 0}
    sim.faults([{"path": LUNS, "status": 202, "body": ""}])
    assert (rest.get(LUNS).status_code, rest.get(LUNS).content) == (202, b"")


def test_delay(rest, sim):
    sim.faults([{"path": LUNS, "delay": 0.3}])
    start = time.monotonic()
    assert rest.get(LUNS).json()["num_records"] == 7
    assert time.monotonic() - start > 0.3


@pytest.mark.parametrize("where", [True, "middle"])
def test_connection_closed(rest, sim, where):
    sim.faults([{"path": LUNS, "close": where}])
    with pytest.raises(requests.exceptions.RequestException):
        rest.get(LUNS).json()
    assert sim.requests()[-1]["status"] == (None if where is True else 200)
    assert rest.get("/api/cluster").status_code == 200


def test_short_pages(rest, sim):
    sim.faults([{"path": LUNS, "records": 2}])
    page = rest.get(LUNS).json()
    assert page["num_records"] == 2 and page["_links"]["next"]
    assert len(rest.records(LUNS)) == 7


def test_an_empty_page_with_a_next_link(rest, sim):
    sim.faults([{"path": LUNS, "page": 2, "records": 0}])
    assert len(rest.records(f"{LUNS}?max_records=4")) == 7
    assert [entry["page"] for entry in sim.requests()] == [1, 2, 3]


def test_no_match_and_no_next(rest, sim):
    sim.faults([{"path": LUNS, "records": 0, "no_next": True}])
    page = rest.get(f"{LUNS}?name=/vol/v/lun1").json()
    assert page["num_records"] == 0 and "next" not in page["_links"]


def test_a_wrong_count(rest, sim):
    sim.faults([{"path": LUNS, "num_records": 3}])
    page = rest.get(LUNS).json()
    assert page["num_records"] == 3 and len(page["records"]) == 7


def test_a_next_link_that_repeats(rest, sim):
    sim.faults([{"path": LUNS, "page": 2, "repeat_next": True}])
    second = rest.get(f"{LUNS}?max_records=3").json()["_links"]["next"]["href"]
    assert [rest.get(second).json()["_links"]["next"]["href"] for dummy in range(2)] == [second, second]


def test_as_a_program(tmp_path, world):
    """As in the array's machine: files and a command line; ends on SIGTERM."""
    import trustme

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    (tmp_path / "users.json").write_text(json.dumps([{"username": "admin", "password": "x"}]))
    (tmp_path / "world.json").write_text(json.dumps(world))
    command = [sys.executable, "-m", "ontap_sim", "--listen", "127.0.0.1:0"]
    for name in ("cert.pem", "key.pem", "users.json", "world.json"):
        command += [f"--{name.partition('.')[0]}", str(tmp_path / name)]
    environment = {**os.environ, "PYTHONPATH": str(pathlib.Path(ontap_sim.__file__).parents[1])}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = process.stdout.readline().rpartition(" ")[2].strip()
            answer = requests.get(f"{address}{LUNS}", auth=("admin", "x"), verify=str(tmp_path / "ca.pem"), timeout=60)
            assert answer.json()["num_records"] == 7
        finally:
            process.terminate()
        assert process.wait(5) == 0
