# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

import dataclasses

import ontap_sim
import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import ontap
from ansible_collections.sanops.multipath.plugins.plugin_utils._http import client as https
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import changes, compliance, fleet, merge
from support import schema
from support.readings import array_of

WORLD = {
    "svms": [{"name": "svm1"}, {"name": "svm2"}],
    "igroups": [
        {"name": "node1", "svm": "svm1", "protocol": "iscsi", "initiators": ["iqn.2026-01.org.example:Node1"]},
        {"name": "node2", "svm": "svm2", "protocol": "fcp", "initiators": ["20:00:00:25:b5:00:20:01"]},
    ],
    "luns": [{"name": f"/vol/v/lun{number:02}", "svm": "svm1"} for number in range(7)]
    + [{"name": "/vol/v/other", "svm": "svm2", "serial_number": "z6CcD+SK5mPb", "enabled": False}],
    "maps": [{"lun": f"/vol/v/lun{number:02}", "igroup": "node1", "logical_unit_number": number} for number in range(5)]
    + [{"lun": "/vol/v/other", "igroup": "node2", "logical_unit_number": 0}],
}
USERS = [
    ontap_sim.User("audit", "correct horse:battery", readonly=True),
    ontap_sim.User("vsadmin", "staple", svm="svm2"),
]


@pytest.fixture
def sim():
    with ontap_sim.running(WORLD, users=USERS) as running:
        yield running


@pytest.fixture
def array(sim):
    return array_of(sim)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def small_pages(monkeypatch):
    """Three LUNs a page, so that the world above has three pages."""
    monkeypatch.setattr(ontap, "MAX_RECORDS", 3)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(https, "_sleep", lambda seconds: None)


@pytest.fixture
def vsadmin(array):
    return dataclasses.replace(array, username="vsadmin", password="staple")


@pytest.fixture(autouse=True)
def schema_holds(monkeypatch):
    """Every report that a test makes is what docs/fleet.schema.json says."""

    def checked(function):
        return lambda *args, **options: schema.check(function(*args, **options))

    monkeypatch.setattr(fleet, "made", checked(fleet.made))  # of fleet and of merged
    monkeypatch.setattr(merge, "merged", checked(merge.merged))
    for module, name in ((compliance, "apply"), (changes, "compare")):
        monkeypatch.setattr(module, name, _last(getattr(module, name)))


def _last(function):
    """Within made() a report is not whole yet."""

    def call(report, *args, **options):
        made = function(report, *args, **options)
        return schema.check(made) if "changes" in report else made

    return call
