# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The three kinds of cases of a rule: it fires, it is silent, and what it says that it could not see."""


def fires(rule, *findings, policy="default", **changes):
    """Return a case: of each finding the severity, subject, what, and where (default: None), and what is changed of a
    host in which all is well.
    """
    return rule, changes, policy, [finding + (None,) * (4 - len(finding)) for finding in findings]


def silent(rule, policy="default", **changes):
    return rule, changes, policy


def unseen(rule, subject, why, **changes):
    return rule, changes, subject, why
