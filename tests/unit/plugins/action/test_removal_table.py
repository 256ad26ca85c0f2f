# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action removal_report does with an account of a run that a full disk has damaged."""

from types import SimpleNamespace

import pytest
from ansible_collections.sanops.multipath.plugins.action import removal_report
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import removal_table


@pytest.mark.parametrize("account", ['{"host": "a", "remo', '{"host": "a"}{"host": "b"}\n'])
def test_a_damaged_account_fails_no_host(monkeypatch, account):
    monkeypatch.setattr(removal_report.progress, "note", lambda *dummy: account)
    monkeypatch.setattr(removal_report.Display, "display", lambda *dummy: pytest.fail("there is nothing to show"))
    action = SimpleNamespace(_task=SimpleNamespace(check_mode=False))
    variables = {name: ["a", "b"] for name in ("ansible_play_hosts_all", "ansible_play_hosts", "ansible_play_batch")}
    removal_report.ActionModule._show_table(action, removal_table.not_done("a"), variables)
