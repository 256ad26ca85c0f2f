# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of a host of which nothing is known."""

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import hosts as judge_hosts


@pytest.mark.parametrize(
    ("result", "state", "why"),
    [
        ({"unreachable": True, "msg": "no\n route"}, "unreachable", "no route"),
        ({"failed": True, "msg": "MODULE FAILURE: Killed"}, "failed", "MODULE FAILURE: Killed"),
        (
            {"failed": True, "msg": "Missing sudo password."},
            "failed",
            "Missing sudo password; give the password with --ask-become-pass, or let the user become root without one "
            "(docs/requirements.md)",
        ),
        ({}, "failed", "it was not asked"),
    ],
)
def test_why_nothing_is_known(result, state, why):
    outline = judge_hosts.outlines({"h": result})["h"]
    assert (outline.state, outline.why) == (state, why)
