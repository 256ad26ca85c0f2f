# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The invented fleet: the same every time, of the size that was asked for, with something of everything."""

import json

from ansible_collections.sanops.multipath.plugins.module_utils._core import verdict
from perf import fleet_double


def test_the_same_arguments_make_the_same_report():
    assert json.dumps(fleet_double.report(12, 3)) == json.dumps(fleet_double.report(12, 3))
    assert fleet_double.report(12, 3) != fleet_double.report(12, 3, seed=7)


def test_it_has_the_hosts_and_devices_that_were_asked_for():
    made = fleet_double.report(40, 5)
    assert len({host["name"] for host in made["hosts"]}) == 40
    assert {len(host["devices"]) for host in made["hosts"] if host["facts"]} == {5}


def test_of_everything_there_is_something():
    made = fleet_double.report(120, 10, misery=8)
    assert set(made["totals"]["verdicts"]) == set(verdict.VERDICTS) - {"unproven"}
    assert {"audited", "incomplete", "unreachable", "failed"} == set(made["totals"]["hosts"])
    assert {"critical", "warning"} <= set(made["totals"]["findings"])
    assert sum(made["compliance"]["hosts"].values()) == 120
    assert made["changes"]["new"] and made["changes"]["gone"]
