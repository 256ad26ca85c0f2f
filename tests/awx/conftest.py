# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Controllers to run the playbook against; `make awx` has fetched awx.awx before."""

import pytest
from awx_stub import runs


@pytest.fixture
def controller(tmp_path):
    yield from runs.listening(tmp_path)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return a controller that the tests of a module share, in their order."""
    yield from runs.listening(tmp_path_factory.mktemp("site"))
