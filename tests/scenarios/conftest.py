# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the scenarios on the lab share: the lab that molecule has booted, and the audit."""

import os

import pytest
from lab.lab import Lab
from scenarios.audit_run import Audit


def pytest_configure(config):
    config.addinivalue_line("markers", "thorough: a case that `make test` leaves to `make molecule` for its time")
    config.addinivalue_line("markers", "by_turns: of a case for each generation of nodes all but one are thorough, by turns")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    cases = {}
    for item in items:
        if item.get_closest_marker("by_turns"):
            cases.setdefault(item.nodeid.replace("node1", "").replace("node2", ""), []).append(item)
    for number, same in enumerate(case for case in cases.values() if len(case) > 1):
        for item in same[: number % len(same)] + same[number % len(same) + 1 :]:
            item.add_marker("thorough")


@pytest.fixture(scope="session")
def lab():
    found = Lab(os.environ["SCENARIO_LAB"])
    assert found.is_up(), f"lab {found.name} is down: this runs in a molecule scenario"
    return found


@pytest.fixture
def audit(lab, tmp_path):
    """Run the audit; each call is a run of its own."""
    count = iter(range(100))

    def run(**options):
        return Audit(lab, tmp_path / str(next(count)), **options)

    return run
