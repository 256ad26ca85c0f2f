# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest


@pytest.fixture
def entry(sim):
    """The simulated array as an entry of the lookups' option arrays."""
    return {
        "hostname": sim.hostname,
        "http_port": sim.port,
        "username": sim.username,
        "password": sim.password,
        "ca_path": sim.ca_path,
    }
