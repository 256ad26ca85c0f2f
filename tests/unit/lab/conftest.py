# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from lab import hub


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make a lab's folder the current one, as it is for a hub."""
    monkeypatch.chdir(tmp_path)
    hub.write_faults(tmp_path, {})
    return tmp_path
