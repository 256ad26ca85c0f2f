# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host with one map of two paths."""

import pytest
from support.users import Host


@pytest.fixture
def host(tmp_path):
    host = Host(tmp_path)
    host.disk("sda", "8:0", ["sda1"])
    host.disk("sdb", "8:16")
    host.dm("dm-0", 0, "mpatha", "mpath-3600a", ["sda", "sdb"])
    return host
