# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values as plain text, and what counts against a host: the same in all formats."""

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import plain


@pytest.mark.parametrize(
    "value, text",
    [
        (None, ""),
        ("", ""),
        (7, "7"),
        (True, "True"),
        ("/data (ext4, rw)", "/data (ext4, rw)"),
        ("Größe \U0001f4be", "Größe \U0001f4be"),
        ("a\tb\r\nc", "a\\x09b\\x0d\\x0ac"),
        ("\x1b[31m\x9b", "\\x1b[31m\\x9b"),
        ("\u202egnp\u061c\u2066", "\\x202egnp\\x61c\\x2066"),
        ("\udc80", "\\xdc80"),
        ("\ufffe\uffff", "\\xfffe\\xffff"),
        ("\u2028", "\\x2028"),
        ("a\u00a0b", "a\u00a0b"),
    ],
)
def test_plain(value, text):
    assert plain.plain(value) == text


def test_what_counts():
    assert [plain.counts({"severity": severity}) for severity in ("critical", "warning", "info")] == [True, True, False]
