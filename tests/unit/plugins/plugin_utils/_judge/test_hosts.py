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


REMEDY = "; give the password with --ask-become-pass"


@pytest.mark.parametrize(
    "why",
    [
        "Incorrect sudo password",
        "Missing community.general.run0 password",
        "Task failed: Duplicate become password prompt encountered waiting for become success.",
        "Premature end of stream waiting for become success.",
        "privilege output closed while waiting for password prompt:",
        "MODULE FAILURE; the last line that it printed: sudo: a password is required",
        "sudo: 3 incorrect password attempts",
        "sudo-rs: interactive authentication is required",
        "audit is not in the sudoers file.",
        "Sorry, user audit is not allowed to execute '/bin/sh' as root on node1.",
        "su: Authentication failure",
    ],
)
def test_a_host_that_does_not_let_the_user_become_root_has_the_remedy(why):
    assert REMEDY in judge_hosts.outlines({"h": {"failed": True, "msg": why}})["h"].why
    assert REMEDY not in judge_hosts.outlines({"h": {"unreachable": True, "msg": why}})["h"].why


@pytest.mark.parametrize(
    "why",
    [
        "Failed to connect to the host via ssh: loss of access privileges",
        "MODULE FAILURE; the last line that it printed: sudo: unable to resolve host node1: Name or service not known",
        "sudo: command not found",
        "MODULE FAILURE: PermissionError: privileges",
    ],
)
def test_other_words_of_privileges_have_no_remedy_for_sudo(why):
    assert REMEDY not in judge_hosts.outlines({"h": {"failed": True, "msg": why}})["h"].why
