# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The privileges of the role array_account: enough for a whole listing, and for nothing else. The one list of the
paths is compared with what is asked of the array, and with the documents.
"""

import pathlib
import re

import ontap_sim
import pytest
import requests
import yaml
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import access
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.listing import fetch
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import Array, OntapFetchError
from ontap_sim import User
from ontap_sim.resources import RESOURCES

ROOT = pathlib.Path(__file__).resolve().parents[5]
ROLE = ROOT / "roles/array_account"
PATHS = yaml.safe_load((ROLE / "vars/main.yml").read_text(encoding="utf-8"))["__array_account_paths"]
# Two igroups share an initiator: only then are nested igroups asked for.
WORLD = {
    "svms": [{"name": "svm1", "portals": ["10.0.1.21:3260"]}],
    "igroups": [{"name": "one", "initiators": ["iqn.x:1"]}, {"name": "all", "igroups": ["one"]}],
    "luns": [{"name": "/vol/v/lun1"}],
    "maps": [{"lun": "/vol/v/lun1", "igroup": "one", "logical_unit_number": 0}],
    "iscsi_sessions": [{"svm": "svm1", "initiator": "iqn.x:9", "tsih": 1}],
    "fc_interfaces": [
        {"name": "fc1", "svm": "svm1", "wwpn": "20:01:00:a0:98:00:00:01", "wwnn": "20:00:00:a0:98:00:00:01"}
    ],
}
# What lacks without a path. An error ends the listing; the rest is named in the report.
ERROR, ADVICE, SCOPE, NAMES = "error", "advice", "scope", "names"
WITHOUT = {
    "/api/cluster": SCOPE,
    "/api/cluster/nodes": SCOPE,
    "/api/svm/svms": NAMES,
    "/api/storage/luns": ERROR,
    "/api/protocols/san/lun-maps": ERROR,
    "/api/protocols/san/igroups": ERROR,
    "/api/protocols/san/iscsi/services": ERROR,
    "/api/network/fc/interfaces": ERROR,
    "/api/network/ip/interfaces": ADVICE,
    "/api/protocols/san/iscsi/sessions": ADVICE,
    "/api/network/fc/logins": ADVICE,
}


def running(paths=PATHS, version="9.14.1", **cluster):
    """A simulator with the account of a role that may read these paths."""
    roles = [{"name": "san-audit", "privileges": dict.fromkeys(paths, "readonly")}]
    users = [User("admin", "netapp1!"), User("san-audit", "correct1", role="san-audit")]
    return ontap_sim.running({**WORLD, "roles": roles, "cluster": {"version": version, **cluster}}, users=users)


def listed(sim):
    return fetch(Array(sim.hostname, "san-audit", "correct1", http_port=sim.port, ca_path=sim.ca_path))


@pytest.mark.parametrize(
    "cluster",
    [{"version": version} for version in ("9.8", "9.9.1", "9.10.1", "9.14.1", "9.17.1")]
    + [{"version": "9.17.1", "san_optimized": True, "disaggregated": True}],
    ids=lambda cluster: " ".join(map(str, cluster.values())),
)
def test_the_list_has_what_is_asked_and_nothing_else(cluster):
    with running(**cluster) as sim:
        snapshot = listed(sim)
        asked = sim.requests()
    array = snapshot["array"]
    assert array["complete"] and array["scope"] == "cluster" and array["not_checked"] == []
    assert len(snapshot["luns"]) == 1 and snapshot["san"]["uninvited"] == [("svm1", "iqn.x:9")]
    assert {entry["status"] for entry in asked} == {200} and {entry["method"] for entry in asked} == {"GET"}
    assert {entry["path"] for entry in asked} == set(PATHS), "with each version of ONTAP"
    assert len(PATHS) == len(set(PATHS))


def test_the_account_may_do_nothing_else():
    with running() as sim, requests.Session() as session:
        session.trust_env, session.auth, session.verify = False, ("san-audit", "correct1"), sim.ca_path

        def ask(method, path):
            return session.request(method, sim.url + path, json=None if method == "GET" else {}, timeout=10)

        paths = [f"/api/{resource.path}" for resource in RESOURCES if "{" not in resource.path]
        answers = {path: ask("GET", path).status_code for path in paths}
        assert {path for path, status in answers.items() if status == 200} == set(PATHS)
        others = {path for path, status in answers.items() if status == 403}
        assert {"/api/storage/volumes", "/api/cluster/jobs", "/api/security/accounts", "/api/security/roles"} <= others
        lun = ask("GET", "/api/storage/luns").json()["records"][0]["uuid"]
        for method, path in (
            ("POST", "/api/storage/luns"),
            ("PATCH", f"/api/storage/luns/{lun}"),
            ("DELETE", f"/api/storage/luns/{lun}"),
            ("DELETE", "/api/storage/luns?name=*"),
            ("POST", "/api/protocols/san/lun-maps"),
            ("POST", "/api/protocols/san/igroups"),
            ("POST", "/api/security/accounts"),
        ):
            assert ask(method, path).status_code == 403, (method, path)


@pytest.mark.parametrize("path", PATHS)
def test_without_one_of_them_the_listing_says_what_lacks(path):
    with running([other for other in PATHS if other != path]) as sim:
        if WITHOUT[path] == ERROR:
            with pytest.raises(OntapFetchError, match=re.escape(f"does not let its user read {path} (HTTP 403")):
                listed(sim)
            return
        array = listed(sim)["array"]
    assert array["scope"] == ("svm" if WITHOUT[path] == SCOPE else "cluster")
    named = [lacking["why"] for lacking in array["not_checked"] if f"read {path} (" in lacking["why"]]
    assert bool(named) == (WITHOUT[path] == ADVICE), array["not_checked"]
    # Of the SVMs, it knows those that have LUNs and igroups.
    assert array["svms"] == ["svm1"]


def test_the_preflight_tries_the_same_paths():
    assert sorted(access.FOR_VERDICTS + access.FOR_ADVICE) == sorted(PATHS)
    needed = {path for path, lacks in WITHOUT.items() if lacks in (ERROR, SCOPE)}
    assert set(access.FOR_VERDICTS) == needed


@pytest.mark.parametrize(
    ("document", "pattern"),
    [
        ("docs/audit.md", r"^security login rest-role create -role san-audit -access readonly -api (\S+)$"),
        ("docs/array-account.md", r"^\| `(/api/\S+)`"),
    ],
)
def test_the_documents_name_the_same_paths(document, pattern):
    assert re.findall(pattern, (ROOT / document).read_text(encoding="utf-8"), re.MULTILINE) == PATHS
