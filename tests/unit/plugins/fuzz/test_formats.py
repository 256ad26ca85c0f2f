# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever hosts, arrays and people write: each format stays what it is, says as much as without it, and hands on
nothing that acts.
"""

import csv
import functools
import io
import json
import re
from xml.etree import ElementTree

from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import csv as csv_format
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import junit as junit_format
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import prometheus, sarif
from hypothesis import example, given
from hypothesis import strategies as st
from support import reports

REPORT = reports.everything()
NASTY = [
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    '"',
    "'",
    ",",
    ";",
    "|",
    " ",
    "<",
    ">",
    "&",
    "]]>",
    "<!--",
    "\x00",
    "\x1b[31m",
    "\x9b",
    "\u202e",
    "\u2028",
    "\ufffe",
    "\uffff",
    "\udc80",
    "\uff1d",
    "\\",
    "{",
    "}",
    "{0}",
    "](x)",
    "[",
    "/",
    "..",
    ":",
    "%",
    "#",
    "?",
    "a",
    "1",
    "e",
    "\U0001f4be",
]
evil = st.one_of(
    st.lists(st.sampled_from(NASTY), min_size=1, max_size=6).map("".join),
    st.text(st.characters(), min_size=1, max_size=12),
)
# Control characters, bidirectional overrides, lone surrogates and what XML has not.
ACTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


@functools.lru_cache(maxsize=None)
def plain_of(module):
    return module.render(REPORT)


def rendered(module, text):
    """A format of a report in which everything is *text*, and of the report itself."""
    reported = module.render(reports.poisoned(REPORT, text))
    assert not ACTIVE.search(reported.replace("\r\n", "\n")) and reported.encode()
    return reported, plain_of(module)


@given(evil)
@example("=1+1")
@example("a\x1b;\x00=1")
def test_csv(text):
    texts = rendered(csv_format, text)
    reported, plain = [list(csv.reader(io.StringIO(one, newline=""), strict=True)) for one in texts]
    assert [len(row) for row in reported] == [len(row) for row in plain]
    # However a spreadsheet splits the lines into cells, none of these begins a formula.
    for line in texts[0].splitlines():
        for separator in (",", ";", "\t", "|", '"'):
            for cell in line.split(separator):
                assert not re.match('[\\s"]*[=+@\uff1d\uff0b\uff20-]', cell), (separator, cell)


def shape(element):
    return element.tag, sorted(element.keys()), [shape(one) for one in element]


@given(evil)
@example("]]></failure><x>")
@example('"/><!--')
def test_junit(text):
    reported, plain = [ElementTree.fromstring(one.encode()) for one in rendered(junit_format, text)]
    assert [shape(suite) for suite in reported] == [shape(suite) for suite in plain]
    for key in ("tests", "failures", "errors", "skipped"):
        assert reported.get(key) == plain.get(key)


@given(evil)
@example('"} 1\nx{a="')
@example("\\")
def test_prometheus(text):
    reported, plain = [one.splitlines() for one in rendered(prometheus, text)]
    different = [(one, other) for one, other in zip(reported, plain, strict=True) if one != other]
    assert len(different) <= 1
    for line, dummy in different:
        assert re.fullmatch(r'san_audit_info\{version="([^"\\]|\\["\\])*",schema="2"\} 1', line)


@given(evil)
@example("../../etc:1")
@example("[a](javascript:b)")
def test_sarif(text):
    reported, plain = [json.loads(one)["runs"][0] for one in rendered(sarif, text)]
    assert [sorted(set(one) - {"region"}) for one in reported["results"]] == [sorted(one) for one in plain["results"]]
    assert len(reported["invocations"][0]["toolExecutionNotifications"]) == len(
        plain["invocations"][0]["toolExecutionNotifications"]
    )
    for one in reported["results"] + reported["invocations"][0]["toolExecutionNotifications"]:
        assert not re.search(r"\]\(|\{\d", one["message"]["text"])
        uri = one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch("([A-Za-z0-9._~%-]+/)*[A-Za-z0-9._~%-]+", uri) and not {".", ".."} & set(uri.split("/"))
