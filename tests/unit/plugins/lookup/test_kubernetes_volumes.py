# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup kubernetes_volumes against a simulated API server over HTTPS (tests/kube_sim)."""

import json
import socket

import pytest
import trustme
import yaml
from ansible.errors import AnsibleError
from ansible_collections.sanops.multipath.plugins.lookup import kubernetes_volumes
from ansible_collections.sanops.multipath.plugins.plugin_utils._http import client as https
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes import api as kubernetes_api
from kube_sim import TOKEN, Cluster, serving

SERIAL = "z6CcD+SK5mPb"
WWID = "3600a09807a364363442b534b356d5062"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(https, "_sleep", lambda seconds: None)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    made = trustme.CA()
    made.path = str(tmp_path_factory.mktemp("ca") / "ca.pem")
    made.cert_pem.write_to_path(made.path)
    return made


@pytest.fixture
def cluster():
    made = Cluster()
    made.node("worker1", "iqn.2026-01.org.example:me")
    made.volume("pvc-1", SERIAL)
    made.attach("pvc-1", "worker1", serial=SERIAL)
    made.publish("pvc-1", "worker1")
    made.pod("db-0", "worker1")
    return made


@pytest.fixture
def api(cluster, authority):
    with serving(cluster, authority) as api:
        api.entry = {"name": "prod", "host": api.url, "api_key": TOKEN, "ca_cert": authority.path}
        yield api


def asked(*clusters, terms=()):
    """The lookup with its options as Ansible would have set them."""
    lookup = kubernetes_volumes.LookupModule()
    lookup.set_options, lookup.get_option = (lambda **kwargs: None), {"clusters": list(clusters)}.get
    return lookup.run(list(terms))


def failed(api, **changes):
    """Why it is not complete."""
    (answer,) = asked(dict(api.entry, **changes))
    assert (answer["complete"], answer["fetched_at"], answer["name"]) == (
        False,
        None,
        "prod",
    ) and "volumes" not in answer
    assert TOKEN not in json.dumps(answer)
    return answer["error"]


def test_all_that_is_known_of_a_volume(api):
    (answer,) = asked(api.entry)
    assert answer["complete"] and answer["error"] is None and answer["fetched_at"].endswith("Z")
    assert answer["volumes"] == {
        "pvc-1": {
            "name": "pvc-1",
            "namespace": "shop",
            "claim": "data-db-0",
            "phase": "Bound",
            "attachments": [{"node": "worker1", "attached": True, "deleting": None, "since": "2026-11-20T08:15:00Z"}],
            "publications": ["worker1"],
            "pods": [{"name": "shop/db-0", "node": "worker1", "phase": "Running"}],
            "igroups": ["worker1-5e0c3b6a-77c4-4b39-a1f0-2d2f3a0f9a11"],
        }
    }
    assert (
        answer["wwids"] == {WWID: ["pvc-1"]}
        and answer["luns"] == {"trident_pvc_1": ["pvc-1"]}
        and answer["unidentified"] == {}
    )
    assert answer["known_as"] == {"worker1": ["worker1"], "iqn.2026-01.org.example:me": ["worker1"]}
    assert {method for method, dummy in api.requests} == {"GET"}


def test_nothing_configured_asks_nobody():
    assert asked() == []


def test_lists_come_in_pages_and_are_read_to_the_end(api, cluster, monkeypatch):
    monkeypatch.setattr(kubernetes_api, "PAGE", 3)
    for number in range(10):
        cluster.pod("web-%d" % number, "worker1")
    (answer,) = asked(api.entry)
    assert len(answer["volumes"]["pvc-1"]["pods"]) == 11
    assert sum(path.startswith("/api/v1/pods") for dummy, path in api.requests) == 4


@pytest.mark.parametrize(
    "change, why",
    [
        (
            lambda page: dict(page, metadata={"remainingItemCount": 4}),
            "the list is cut short: 4 more, and no way to them",
        ),
        (lambda page: dict(page, metadata={"continue": "MA=="}), "its pages lead in a circle"),
        (lambda page: {"kind": "PodList", "metadata": {}}, "the answer is no list"),
        (lambda page: dict(page, items={}), "the answer is no list"),
        (lambda page: dict(page, items=["x"]), "the answer is no list"),
        (lambda page: {"kind": "Pod", "items": []}, "the answer is no list"),
        (
            lambda page: dict(page, items=[{"metadata": {}}]),
            "an object is not as the API describes it: it has no 'spec'",
        ),
        (
            lambda page: b"<html>sign in</html>",
            "something that is not JSON of an API server: check host (a proxy, a login page?)",
        ),
        (lambda page: b"[]", "something that is not JSON of an API server"),
        (lambda page: b'{"kind": "PodList", "ite', "GET /api/v1/pods with JSON that is cut or damaged (24 bytes)"),
    ],
)
def test_a_list_that_is_none_is_no_empty_list(api, change, why):
    api.faults["/api/v1/pods"] = change
    assert why in failed(api)


def test_an_empty_list_may_be_null(api):
    api.faults["/apis/apps/v1/daemonsets"] = lambda page: dict(page, items=None)
    assert asked(api.entry)[0]["complete"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nodes",
        "/api/v1/pods",
        "/api/v1/persistentvolumes",
        "/apis/storage.k8s.io/v1/volumeattachments",
        "/apis",
        "/apis/trident.netapp.io/v1",
        "/apis/trident.netapp.io/v1/tridentvolumes",
        "/apis/trident.netapp.io/v1/tridentvolumepublications",
        "/apis/trident.netapp.io/v1/tridentnodes",
        "/apis/apps/v1/daemonsets",
    ],
)
@pytest.mark.parametrize(
    "code, reason, why",
    [
        (403, "Forbidden", "HTTP 403, the account may not list it: see docs/kubernetes/rbac.yml"),
        (404, "NotFound", "HTTP 404, there is no such resource"),
        (410, "Expired", "HTTP 410, the list changed too much"),
        (500, "InternalError", "HTTP 500, check the health"),
        (503, "ServiceUnavailable", "HTTP 503"),
        (302, "Found", "HTTP 302"),
    ],
)
def test_each_list_that_is_not_given_makes_it_incomplete(api, path, code, reason, why):
    api.faults[path] = (code, reason, "no \x1b[31mway")
    error = failed(api)
    assert error.startswith("GET %s: %s" % (path, why)) and error.endswith(": no [31mway")


def test_one_without_trident_says_so_itself(authority):
    with serving(Cluster(trident=None), authority) as api:
        (answer,) = asked({"name": "prod", "host": api.url, "api_key": TOKEN, "ca_cert": authority.path})
    assert answer["complete"] and answer["trident"] is None


def test_an_older_trident_has_fewer_resources(api):
    kept = []

    def older(page):
        return dict(
            page,
            resources=[
                one for one in page["resources"] if one["name"] != "tridentvolumepublications" or kept.append(one)
            ],
        )

    api.faults["/apis/trident.netapp.io/v1"] = older
    (answer,) = asked(api.entry)
    assert kept and answer["complete"] and answer["volumes"]["pvc-1"]["publications"] == []


def test_a_busy_server_is_asked_again_and_not_for_ever(api, monkeypatch):
    pauses = []
    monkeypatch.setattr(https, "_sleep", pauses.append)
    api.retry_after, api.faults["/api/v1/nodes"] = "2", (429, "TooManyRequests", "too many")
    assert "HTTP 429, too busy, 3 times" in failed(api) and pauses == [2, 2]
    monkeypatch.setattr(https, "_sleep", lambda pause: api.faults.clear())
    assert asked(api.entry)[0]["complete"]


def test_credentials_that_are_refused(api):
    assert failed(api, api_key="wrong") == "GET /api/v1/pods: HTTP 401, the credentials are refused: Unauthorized"


def test_an_authority_that_is_not_trusted(api, tmp_path):
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    assert "does not show a certificate that can be trusted" in failed(api, ca_cert=str(tmp_path / "other.pem"))
    assert "set ca_cert to the CA that signed it" in failed(api, ca_cert=None)
    assert "ca_cert (/no/such.pem) is not readable PEM: No such file" in failed(api, ca_cert="/no/such.pem")
    assert asked(dict(api.entry, ca_cert=None, validate_certs="no"))[0]["complete"]


def test_nobody_there_and_one_that_never_answers(api, monkeypatch):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        where = "https://127.0.0.1:%d" % silent.getsockname()[1]
        assert (
            failed(api, host=where)
            == "the API server refuses the connection: check host, and that its web service runs"
        )
        silent.listen()
        monkeypatch.setattr(kubernetes_api, "REQUEST_TIMEOUT", 0.3)
        assert failed(api, host=where) == (
            "the API server did not answer GET /api/v1/pods within 0.3 s: check the network and the load of the server"
        )


def test_all_of_it_has_one_deadline(api, monkeypatch):
    monkeypatch.setattr(kubernetes_api, "FETCH_TIMEOUT", -1)
    assert "not read within -1 s" in failed(api)


def test_one_cluster_that_fails_costs_no_other(api):
    good, bad = asked(api.entry, dict(api.entry, name="other", api_key="wrong"))
    assert good["complete"] and not bad["complete"] and bad["name"] == "other"


def kubeconfig(api):
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "nobody",
        "users": [{"name": "audit", "user": {"token": TOKEN}}, {"name": "nobody", "user": {"token": "x"}}],
        "clusters": [{"name": "c", "cluster": {"server": api.url, "certificate-authority": api.entry["ca_cert"]}}],
        "contexts": [{"name": name, "context": {"cluster": "c", "user": name}} for name in ("audit", "nobody")],
    }


def test_a_kubeconfig(api, tmp_path):
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(kubeconfig(api)))
    for given in (str(path), kubeconfig(api)):
        good, bad = asked(
            {"name": "prod", "kubeconfig": given, "context": "audit"}, {"name": "other", "kubeconfig": given}
        )
        assert good["complete"], good["error"]
        assert "HTTP 401" in bad["error"], "each entry for itself: nothing of the first is left"
    (lost,) = asked({"name": "prod", "kubeconfig": "/no/such/file"})
    assert lost["error"] == "its kubeconfig cannot be used (ConfigException): check kubeconfig and context"


def test_what_was_read_elsewhere(api, cluster, tmp_path):
    path = tmp_path / "prod.json"
    path.write_text(json.dumps({"fetched_at": "2026-11-21T01:59:00Z", "answers": cluster.answers()}))
    (live,), (file,) = asked(api.entry), asked({"name": "prod", "file": str(path)})
    assert file == dict(live, fetched_at="2026-11-21T01:59:00Z")


@pytest.mark.parametrize(
    "text, why",
    [
        (None, "cannot be read"),
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"answers": {}}', "cannot be read"),
        ('{"answers": {}, "fetched_at": 7}', "fetched_at must be a time"),
        ('{"answers": {}, "fetched_at": "x"}', "has no answer of /api/v1/pods"),
    ],
)
def test_a_file_that_is_none(tmp_path, text, why):
    path = tmp_path / "prod.json"
    if text is not None:
        path.write_text(text)
    (answer,) = asked({"name": "prod", "file": str(path)})
    assert not answer["complete"] and why in answer["error"]


@pytest.mark.parametrize(
    "entries, why",
    [
        ([{}], "entry 1 of the Kubernetes clusters must be a dictionary with a name"),
        (["prod"], "must be a dictionary with a name, not a string"),
        ([{"name": "a", "token": "x"}], "has the unknown key 'token'"),
        ([{"name": "a", "validate_certs": "perhaps"}], "validate_certs must be true or false"),
        (
            [{"name": "a", "host": "https://h", "context": "c"}],
            "give host with its credentials, or kubeconfig and context",
        ),
        (
            [{"name": "a", "host": "https://h"}, {"name": "a", "host": "https://g"}],
            "entry 2 of the Kubernetes clusters: a is listed twice",
        ),
    ],
)
def test_entries_that_make_no_sense_fail(entries, why):
    with pytest.raises(AnsibleError, match=why):
        asked(*entries)


def test_terms_are_none():
    with pytest.raises(AnsibleError, match="takes no terms"):
        asked(terms=["prod"])


@pytest.mark.parametrize(
    "host", ["http://h", "h:6443", "https://", "https://h:x", "https://me:pw@h", "https://h/k8s/clusters/c"]
)
def test_a_host_that_is_none(api, host):
    assert failed(api, host=host) == "host must be https://NAME:PORT of the API server"


def test_a_server_that_is_not_available_for_a_moment_is_asked_again(api, monkeypatch):
    monkeypatch.setattr(https, "_sleep", lambda pause: api.faults.clear())
    api.faults["/api/v1/nodes"] = (503, "ServiceUnavailable", "starting")
    assert asked(api.entry)[0]["complete"]


def test_a_connection_that_the_server_closed_meanwhile_is_opened_again(api):
    (cluster,) = kubernetes_api.clusters_from_options([api.entry])
    with kubernetes_api.Client(cluster) as client:
        assert client.get("/apis")
        client._https._connection.sock.shutdown(socket.SHUT_RDWR)
        assert client.get("/apis")


def test_a_certificate_for_another_name(api):
    error = failed(api, host=api.url.replace("127.0.0.1", "127.1"))
    assert "set host to a name in it" in error and "ca_cert" not in error


def test_the_environment_has_no_say_in_trust(api, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", api.entry["ca_cert"])
    assert "set ca_cert to the CA that signed it" in failed(api, ca_cert=None)
