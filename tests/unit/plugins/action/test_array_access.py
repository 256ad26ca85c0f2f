# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action array_access tries, shows and keeps of simulated arrays, and what a listing makes of it."""

from types import SimpleNamespace

import ontap_sim
import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.sanops.multipath.plugins.action import array_access
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import listing, snapshot
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import OntapLoginError
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


def tried(*entries, **options):
    """Return the result of the action for these arrays."""
    task = SimpleNamespace(
        args={"arrays": list(entries), **options},
        action="sanops.multipath.array_access",
        async_val=0,
        check_mode=False,
        diff=False,
        environment=[],
        delegate_to=None,
    )
    connection, play = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None)), SimpleNamespace(check_mode=False)
    loader = DataLoader()
    action = array_access.ActionModule(task, connection, play, loader, Templar(loader=loader), None)
    return action.run(task_vars={})


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
    assert tried(entry_of(sim))["problems"] == []
    assert len(cache.get(array_of(sim))["luns"]) == 1
