# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each oddity of the grammar, as `multipath -t` of 0.8.5, 0.9.4 and 0.11.1 showed it; tests/multipath_tools asks
the real ones.
"""

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import grammar as multipath_grammar


def said(text, **options):
    """[(section, key, value)] of a text."""
    found = multipath_grammar.statements(text, **options)
    return [("/".join(one["section"]), one["key"], one["value"]) for one in found if one["kind"] == "set"]


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("defaults {\n\tno_path_retry 5\n}\n", [("defaults", "no_path_retry", "5")]),
        ("defaults {\r\nno_path_retry 5\r\n}\r\n", [("defaults", "no_path_retry", "5")]),
        ("defaults {\nno_path_retry 5", [("defaults", "no_path_retry", "5")]),
        # A brace after a value is not seen: the section stays open.
        ("defaults {\nno_path_retry 5 }\nuid 7\n}\n", [("defaults", "no_path_retry", "5"), ("defaults", "uid", "7")]),
        ("defaults { no_path_retry 5 }\nuid 7\n}\n", [("defaults", "uid", "7")]),
        # A known section opens without its brace; overrides does not, and its settings are nobody's.
        ("defaults\n{\nuid 7\n}\n", [("defaults", "uid", "7")]),
        ("overrides\n{\nuid 7\n}\n", []),
        ("overrides {\nuid 7\n}\n", [("overrides", "uid", "7")]),
        # What an unknown section holds is taken at the level of its parent, and its brace closes that.
        ("defaults {\nodd {\nuid 7\n}\ngid 8\n}\n", [("defaults", "odd", "{"), ("defaults", "uid", "7")]),
        (
            "defaults {\nuid 7 # why\n# uid 8\n! uid 9\nuid 10!x\n}\n",
            [("defaults", "uid", "7"), ("defaults", "uid", "10")],
        ),
        ('defaults {\nuid "7 # 8"\n}\n', [("defaults", "uid", "7 # 8")]),
        ('defaults {\nuid "a ""b"" c"\n}\n', [("defaults", "uid", 'a "b" c')]),
        ('defaults {\nuid ""\n}\n', [("defaults", "uid", "")]),
        ('defaults {\nuid "open\n}\n', [("defaults", "uid", "open")]),
        ('defaults {\nuid"7"\n}\n', [("defaults", "uid", "7")]),
        ("defaults {\nuid '7 8'\n}\n", [("defaults", "uid", "'7")]),
        ("defaults {\nuid\xe47\n}\n", [("defaults", "uid", "7")]),
        ("defaults {\nuid\n}\n", []),
        ("defaults {\nuid\r7\n}\n", []),
        ("defaults {\nuid" + " " * 1100 + "7\ngid 8\n}\n", [("defaults", "gid", "8")]),
        ("defaults {\n}\n}\ndefaults {\nuid 7\n}\n", [("defaults", "uid", "7")]),
        (
            "devices {\ndevice {\nvendor X\n}\nvendor Y\n}\n",
            [("devices/device", "vendor", "X"), ("devices", "vendor", "Y")],
        ),
        (
            "blacklist {\ndevice {\nvendor X\n}\nwwid Y\n}\n",
            [("blacklist/device", "vendor", "X"), ("blacklist", "wwid", "Y")],
        ),
        ("uid 7\n", []),
        ("", []),
    ],
)
def test_settings(text, settings):
    assert said(text) == settings


def test_protocol_opens_where_it_is_known():
    text = "overrides {\nprotocol {\ntype scsi:fcp\n}\nuid 7\n}\n"
    assert said(text) == [("overrides/protocol", "type", "scsi:fcp"), ("overrides", "uid", "7")]
    assert said(text, protocols=False) == [("overrides", "protocol", "{"), ("overrides", "type", "scsi:fcp")]


def test_lines_are_those_of_the_file():
    """A line that is read in two pieces is one line."""
    found = multipath_grammar.statements("#\n" + "#" * 2000 + "\ndefaults {\nuid 7\n}\n")
    assert [(one["kind"], one["line"]) for one in found] == [("open", 3), ("set", 4), ("close", 5)]
