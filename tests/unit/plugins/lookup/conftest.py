# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from support.askers import entry_of


@pytest.fixture
def entry(sim):
    """The simulated array as an entry of the lookups' option arrays."""
    return entry_of(sim)
