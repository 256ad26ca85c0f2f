# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the scenarios on the lab share: the lab that molecule has booted, and the audit."""

import os

import pytest
from lab.lab import Lab
from scenarios.audit_run import Audit


@pytest.fixture(scope="session")
def lab():
    found = Lab(os.environ.get("SCENARIO_LAB", "molecule"))
    assert found.is_up(), f"lab {found.name} is down: this runs in a molecule scenario"
    return found


@pytest.fixture
def audit(lab, tmp_path):
    """Run the audit; each call is a run of its own."""
    count = iter(range(100))

    def run(**options):
        return Audit(lab, tmp_path / str(next(count)), **options)

    return run
