# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the scenarios on the lab share: a lab that begins clean for each class, and the audit.

A class, or a function that is in none, has a lab of its own, which resumes a saved state and ends with it. So none
relies on what ran before it, and none has to clean up.
"""

import os

import pytest
from scenarios import proven, states
from scenarios.audit_run import Audit


def pytest_configure(config):
    config.addinivalue_line(
        "markers",
        (
            f"state(name): the saved state that the lab resumes, one of "
            f"{', '.join(states.BY_NAME)}; luns where none is named"
        ),
    )
    if os.environ.get(proven.FOLDER):
        config.pluginmanager.register(proven.Proven(os.environ[proven.FOLDER]), proven.__name__)
    config.addinivalue_line("markers", "molecule: it takes long, and `make molecule` alone runs it")
    config.addinivalue_line(
        "markers", "nodes(name, ...): the nodes that are needed, where not all are: each costs its share of the CPU"
    )


@pytest.fixture(scope="class")
def lab(request):
    """Yield a lab in the state, and with the nodes, that the class or function is marked with."""
    mark, nodes = (request.node.get_closest_marker(name) for name in ("state", "nodes"))
    found = states.ScenarioLab(os.environ.get("SCENARIO_LAB", "test"))
    found.begin_clean(mark.args[0] if mark else "luns", nodes.args if nodes else None)
    recorder = request.config.pluginmanager.get_plugin(proven.__name__)
    if recorder:
        recorder.began(found)
    yield found
    found.down()


@pytest.fixture
def audit(lab, tmp_path):
    """Run the audit; each call is a run of its own."""
    count = iter(range(100))

    def run(**options):
        return Audit(lab, tmp_path / str(next(count)), **options)

    return run
