# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of iscsid.conf and of node records, and how open-iscsi reads them.

The unit tests and the tests of the real iscsiadm use the same lines.
"""

# What stands in a file: the value that counts, or why the line does not count.
LINES = [
    ("node.session.scan = manual\n", "manual", None),
    ("node.session.scan =manual\n", "manual", None),
    ("\t node.session.scan\t=\tmanual \t\n", "manual", None),
    ("node.session.scan = manual\r\n", "manual", None),
    ("node.session.scan== manual\n", "manual", None),
    ("node.session.scan = auto\nnode.session.scan = manual\n", "manual", None),
    ("node.session.scan = manual\nnode.session.scan = auto\n", "auto", None),
    ("node.session.scan = manual\nnode.session.scan=auto\n", "manual", 'there is no space before its "="'),
    ("node.session.scan=manual\n", None, 'there is no space before its "="'),
    ("node.session.scan= manual\n", None, 'there is no space before its "="'),
    ("node.session.scan = manual", None, "no newline ends it"),
    (
        "node.session.scan = manual # no flood\n",
        None,
        "what follows the value is taken for a part of it; a comment needs a line of its own",
    ),
    ("node.session.scan = = manual\n", None, "= manual is none of the values that it may have (manual, auto)"),
    ("node.session.scan == manual\n", None, "= manual is none of the values that it may have (manual, auto)"),
    ("node.session.scan = Manual\n", None, "Manual is none of the values that it may have (manual, auto)"),
    ('node.session.scan = "manual"\n', None, '"manual" is none of the values that it may have (manual, auto)'),
    ("node.session.scan manual\n", None, 'it has no "="'),
    ("node.session.scan\n", None, "it has no value"),
    ("node.session.scan =\n", None, "it has no value"),
    ("node.session.scan=\n", None, "it has no value"),
    ("node.session.scan == \n", None, "= is none of the values that it may have (manual, auto)"),
    ("#node.session.scan = manual\n", None, None),
    ("  # node.session.scan = manual", None, None),
    (
        "x" * 2047 + "node.session.scan = manual\n",
        "manual",
        "it is longer than 2047 bytes",
    ),  # what is cut goes on as a line of its own
    ("\0node.session.scan = manual\n", None, "it holds a NUL byte"),
]
