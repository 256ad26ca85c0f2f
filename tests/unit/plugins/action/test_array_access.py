# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action array_access tries, shows and keeps of simulated arrays, and what a listing makes of it."""

import contextlib
import dataclasses
from types import SimpleNamespace

import ontap_sim
import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.sanops.multipath.plugins.action import array_access, preflight_report
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import access, listing, snapshot
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import OntapFetchError, OntapLoginError
from ansible_collections.sanops.multipath.plugins.plugin_utils._http import client as https
from support.askers import entry_of
from support.readings import array_of

WORLD = {"svms": [{"name": "svm1", "target": "iqn.x:target"}], "luns": [{"name": "/vol/v/l"}]}
TARGETS = ["iqn.x:target"]
LOGINS = "/api/network/fc/logins"


@pytest.fixture
def sim():
    with ontap_sim.running(WORLD) as running:
        yield running


@pytest.fixture(autouse=True)
def shown(tmp_path, monkeypatch):
    """The lines that were shown. The folder of the run is a new one, and no request waits before the next try."""
    lines = []
    monkeypatch.setattr(array_access.C, "DEFAULT_LOCAL_TMP", str(tmp_path))
    monkeypatch.setattr(array_access.Display, "display", lambda self, line, *dummy, **options: lines.append(line))
    monkeypatch.setattr(https, "_sleep", lambda seconds: None)
    return lines


@pytest.fixture
def cache(tmp_path):
    """What the lookups of the same run ask."""
    return snapshot.SnapshotCache(str(tmp_path / snapshot.FOLDER), 0, listing.fetch)


def tried(*entries, module=array_access, variables=None, **options):
    """Return the result of the action for these arrays."""
    task = SimpleNamespace(
        args={"arrays": list(entries), **options},
        action=module.__name__.rpartition(".")[2],
        async_val=0,
        check_mode=False,
        diff=False,
        environment=[],
        delegate_to=None,
    )
    connection, play = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None)), SimpleNamespace(check_mode=False)
    loader = DataLoader()
    action = module.ActionModule(task, connection, play, loader, Templar(loader=loader), None)
    return action.run(task_vars=variables or {})


@pytest.mark.parametrize("path", [LOGINS, listing.IGROUPS])
def test_a_request_that_is_refused_after_others_were_answered_is_no_refused_login(sim, cache, path):
    sim.faults([{"path": path, "status": 401, "times": 1}])
    assert not tried(entry_of(sim))["arrays"][0]["login_refused"]
    assert len(cache.get(array_of(sim))["luns"]) == 1


@pytest.mark.parametrize("path", ["/api/cluster", "/api/cluster/nodes"])
def test_a_refused_login_is_kept_until_it_is_seen_to_work(sim, cache, path):
    sim.faults([{"path": path, "status": 401, "times": 1}])
    assert tried(entry_of(sim))["arrays"][0]["login_refused"]
    with pytest.raises(OntapLoginError, match="refuses user"):
        cache.get(array_of(sim))
    assert tried(entry_of(sim), again=True)["problems"] == []
    assert len(cache.get(array_of(sim))["luns"]) == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"status": 401}, "refuses user"),
        ({"status": 404}, "has no /api/network/fc/logins"),
        ({"status": 500}, "fails at GET /api/network/fc/logins"),
        ({"body": "x"}, "answers GET /api/network/fc/logins"),
    ],
)
def test_what_fails_where_only_advice_is_asked_is_only_noted(sim, shown, fault, said):
    sim.faults([{"path": LOGINS, **fault}])
    result = tried(entry_of(sim))
    array = result["arrays"][0]
    assert result["problems"] == [] and array["targets"] == TARGETS and array["commands"] == []
    assert "all that a verdict needs can be read" in shown[0]
    assert len(shown) == 2 and shown[1].startswith("  Left out: ONTAP array") and said in shown[1]


@pytest.mark.parametrize("number", range(len(access.FOR_ADVICE)))
def test_an_array_in_trouble_is_left_alone(sim, number):
    sim.faults([{"path": access.FOR_ADVICE[number], "status": 500}])
    array = tried(entry_of(sim))["arrays"][0]
    assert len(array["left_out"]) + bool(array["error"]) == 1
    assert not {entry["path"] for entry in sim.requests()} & set(access.FOR_ADVICE[number + 1 :])


@pytest.mark.parametrize(
    ("fault", "is_listed"),
    [({"status": 500}, False), ({"status": 401}, False), ({"body": "x"}, False), ({}, True)]
    + [({"status": status}, True) for status in (403, 404)],
)
def test_names_of_svms_are_a_problem_where_a_listing_fails_without_them(sim, cache, fault, is_listed):
    sim.faults([{"path": listing.SVMS, **fault}] if fault else [])
    result = tried(entry_of(sim))
    assert (result["problems"] == []) == is_listed and result["arrays"][0]["undecided"] != is_listed
    with contextlib.nullcontext() if is_listed else pytest.raises(OntapFetchError):
        listing.fetch(array_of(sim))


@pytest.mark.parametrize(
    ("status", "begins"), [(401, "COULD NOT BE TRIED: "), (404, "NOT USABLE: "), (500, "COULD NOT BE TRIED: ")]
)
def test_what_a_listing_would_ask_again_is_not_called_unusable(sim, shown, status, begins):
    sim.faults([{"path": listing.IGROUPS, "status": status}])
    result = tried(entry_of(sim))
    assert shown[0].startswith(begins) and len(result["problems"]) == 1


def test_an_array_whose_files_cannot_be_read_is_not_usable(sim, shown):
    assert tried({**entry_of(sim), "ca_path": "/nowhere"})["arrays"][0]["error"]
    assert shown[0].startswith("NOT USABLE: ") and sim.requests() == []


def test_all_arrays_share_the_time(sim, shown):
    sim.faults([{"path": "/api/cluster", "delay": 3}])
    result = tried(entry_of(sim), {**entry_of(sim), "username": "another"}, within=1)
    assert "failed" not in result and [array["undecided"] for array in result["arrays"]] == [True, True]
    assert [line.startswith("COULD NOT BE TRIED: ") for line in shown] == [True, True]
    assert "was not tried to the end: the time for trying all arrays is over, and the listing asks it again" in shown[0]
    assert "was not asked: " in shown[1] and len(result["problems"]) == 2


def test_time_that_ends_where_only_advice_is_asked(sim, monkeypatch):
    sim.faults([{"path": LOGINS, "status": 500}])
    clock = iter([0])
    monkeypatch.setattr(access, "time", SimpleNamespace(monotonic=lambda: next(clock, 100)))
    known = access.checked(array_of(sim), "san-audit", 60)
    assert known["error"] is None and "was not tried to the end" in known["left_out"][0]


def test_each_array_is_shown_before_the_next_one_is_asked(monkeypatch, shown):
    asked = []

    def checked(array, *dummy):
        asked.append((array.hostname, len(shown)))
        return {**access._nothing(array), "error": f"{array.label} is down."}

    monkeypatch.setattr(access, "checked", checked)
    tried({"hostname": "one", "username": "u", "password": "p"}, {"hostname": "two", "username": "u", "password": "p"})
    assert asked == [("one", 0), ("two", 1)] and len(shown) == 2


def test_a_login_that_was_refused_in_this_run_is_not_tried_again(sim, shown, cache):
    wrong = {**entry_of(sim), "password": "another"}
    first, second = tried(wrong), tried(wrong)
    assert len(sim.requests()) == 1 and first == second and shown[0] == shown[1]
    assert cache.refused(dataclasses.replace(array_of(sim), password="another")) == first["arrays"][0]["error"]
    tried(wrong, again=True)
    assert len(sim.requests()) == 2


def test_the_preflight_does_not_try_it_again_either(sim, shown, monkeypatch):
    wrong = {**entry_of(sim), "password": "another"}
    tried(wrong)
    variables = {"ansible_play_hosts_all": [], "hostvars": {}}
    result = tried(wrong, module=preflight_report, variables=variables, registered="x")
    assert result["failed"] and result["arrays"][0]["login_refused"] and len(sim.requests()) == 1
