# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""fleet.html as a file: one, without a request, and whatever a host or an array said is data in it. What it does in
a browser is in tests/browser.
"""

import base64
import copy
import hashlib
import html.parser
import json
import re

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import html as html_format
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import page_data
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import text as report_text
from perf import fleet_double

EVIL = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]>",
    "&quot;\"'",
    "\u2028\u2029",
    "\u202egnp",
    "\x1b]0;x\x07",
    "\udc80",
    "@@SCRIPT@@",
    "@@DATA@@",
    "\x00",
]


@pytest.fixture(scope="module")
def report():
    return fleet_double.report(30, 5, misery=20)


class Parsed(html.parser.HTMLParser):
    """The elements of a page with their attributes, and the text of its styles and scripts."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.inside, self.closed = [], [], True
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.closed = tag not in ("script", "style")
        if not self.closed:
            self.inside.append([tag, dict(attrs), ""])

    def handle_endtag(self, tag):
        self.closed = True

    def handle_data(self, data):
        if not self.closed:
            self.inside[-1][2] += data

    def policy(self):
        return next(
            attrs["content"] for tag, attrs in self.elements if attrs.get("http-equiv") == "Content-Security-Policy"
        )

    def data(self):
        return next(text for tag, attrs, text in self.inside if attrs.get("type") == "application/json")


def test_the_policy_allows_this_style_and_this_script_and_nothing_else(report):
    page = Parsed(html_format.render(report))
    digests = {
        tag: "'sha256-%s'" % base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for tag, attrs, text in page.inside
        if "type" not in attrs
    }
    rules = dict(rule.strip().split(" ", 1) for rule in page.policy().split(";"))
    assert rules == {
        "default-src": "'none'",
        "style-src": digests["style"],
        "script-src": digests["script"],
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert [tag for tag, attrs in page.elements].count("script") == 2
    assert [tag for tag, attrs in page.elements].index("meta") < [tag for tag, attrs in page.elements].index("style")


def test_it_is_one_file_that_names_no_other(report):
    page = html_format.render(report)
    assert page.startswith("<!doctype html>")
    for tag, attrs in Parsed(page).elements:
        assert not set(attrs) & {"src", "srcset", "style", "action"} and not [
            name for name in attrs if name.startswith("on")
        ]
        assert tag not in ("iframe", "img", "object", "embed", "base", "form")
        assert attrs.get("href", "data:").startswith("data:")
    code = page.replace(Parsed(page).data(), "")
    assert not re.search(r"@import|url\(|https?://(?!www\.w3\.org/2000/svg)", code)


def test_the_lines_of_the_script_have_at_most_120_columns():
    folder = html_format._SOURCES
    lines = [line for path in sorted(folder.glob("*.js")) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(lines) > 2000 and [line for line in lines if len(line) > 120] == []
    assert {path.stem for path in folder.glob("*.js")} == set(html_format._PARTS)


def test_no_two_things_of_the_script_have_one_name():
    """Its files are one script: of two functions of one name, the second is called by all, without an error."""
    names = re.findall(r"(?m)^(?:async )?(?:function|const|let|class) (\w+)", html_format._script())
    assert len(names) > 100 and sorted({name for name in names if names.count(name) > 1}) == []


def test_the_script_makes_no_markup():
    code = html_format._script()
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "DOMParser",
        "srcdoc",
        "fetch(",
        "XMLHttpRequest",
        "import(",
    ):
        assert word not in code


@pytest.mark.parametrize("evil", EVIL)
def test_what_a_host_or_an_array_says_stays_data(report, evil):
    made = copy.deepcopy(report)
    host = next(host for host in made["hosts"] if host["devices"] and host["findings"])
    host["name"] = host["why"] = evil
    host["devices"][0].update(name=evil, vendor=evil, users=[{"kind": evil, "detail": evil}], notes=[evil])
    host["findings"][0].update(what=evil, where=evil)
    made["arrays"][0].update(hostname=evil, error=evil)
    page = html_format.render(made)
    assert Parsed(page).elements == Parsed(html_format.render(report)).elements
    data = Parsed(page).data()
    assert not set(data) & set("<>&\u2028\u2029\u202e\x1b\x00\udc80")
    page.encode("utf-8")
    shown = json.loads(data)["strings"]
    assert not set("".join(filter(None, shown))) & set("\u2028\u2029\u202e\x1b\x00\x07\udc80")
    assert report_text.printable(evil) in shown


def test_the_data_are_the_reports(report):
    page = json.loads(Parsed(html_format.render(report)).data())
    hosts = [dict(zip(page["columns"]["hosts"], row)) for row in page["hosts"]]
    devices = [dict(zip(page["columns"]["devices"], row)) for row in page["devices"]]
    text = page["strings"].__getitem__
    assert [text(host["name"]) for host in hosts] == [host["name"] for host in report["hosts"]]
    assert [text(host["compliance"]) for host in hosts] == [host["compliance"] for host in report["hosts"]]
    reported = [
        (report["hosts"][number]["name"], one) for number, host in enumerate(report["hosts"]) for one in host["devices"]
    ]
    assert len(devices) == len(reported)
    for row, (name, device) in zip(devices, reported):
        assert text(hosts[row["host"]]["name"]) == name
        for key in ("name", "wwid", "verdict", "reason", "next", "change"):
            assert text(row[key]) == device.get(key)
        assert (row["size_bytes"], row["in_use"], len(row["paths"])) == (
            device["size_bytes"],
            device["in_use"],
            len(device["paths"]),
        )
        assert text(row["array"]) == device["array"]["state"]
    findings = [dict(zip(page["columns"]["findings"], row)) for row in page["findings"]]
    reported = [
        (host["name"], finding, subject)
        for host in report["hosts"]
        for finding in host["findings"]
        for subject in finding["subjects"]
    ]
    assert len(findings) == len(reported) > 0
    for row, (name, finding, subject) in zip(findings, reported):
        assert text(hosts[row["host"]]["name"]) == name and text(row["subject"]) == subject
        assert text(row["why"]) == report["rules"][finding["rule"]]["why"]


def test_a_path_has_all_that_its_device_and_its_session_say(report):
    page = page_data.of(report)
    text = page["strings"].__getitem__
    number, host = next((number, host) for number, host in enumerate(report["hosts"]) if host["devices"])
    device = next(device for device in host["devices"] if device["wwid"] in host["luns"])
    rows = [dict(zip(page["columns"]["devices"], row)) for row in page["devices"] if row[0] == number]
    row = next(row for row in rows if text(row["wwid"]) == device["wwid"])
    path = dict(zip(page["columns"]["path"], row["paths"][0]))
    (session,) = [one for one in host["facts"]["sessions"] if one["sid"] == device["paths"][0]["session"]]
    assert text(path["wwid"]) == device["wwid"] and text(path["transport"]) == device["transport"] == "iscsi"
    assert [text(path[key]) for key in ("target", "portal", "session_state")] == [
        session[key] for key in ("target", "portal", "state")
    ]
    (lun,) = host["luns"][device["wwid"]]
    assert text(dict(zip(page["columns"]["lun"], row["luns"][0]))["name"]) == lun["name"]


def test_what_is_not_known_is_not_called_none(report):
    """The page decides by it which removal it offers."""
    made = copy.deepcopy(report)
    host = next(host for host in made["hosts"] if host["devices"])
    device = {**host["devices"][0], "paths": [{**path, "users": []} for path in host["devices"][0]["paths"]]}
    user = {"kind": "mount", "detail": "/mnt"}

    def shown(gaps=(), **changes):
        host["devices"] = [{**device, **changes}]
        host["facts"]["incomplete"] = gaps if gaps is None else [{"what": what, "why": "no time"} for what in gaps]
        page = page_data.of({**made, "hosts": [host]})
        (system,), (row,) = (
            [dict(zip(page["columns"][kind], row)) for row in page[kind]] for kind in ("hosts", "devices")
        )
        paths = [dict(zip(page["columns"]["path"], path)) for path in row["paths"]]
        return system["in_part"], row["vetoed"], row["whole_paths"], [path["unused"] for path in paths]

    first, second = device["paths"]
    assert shown() == (False, False, True, [True, True])
    assert [shown(vetoes=vetoes)[1] for vetoes in (["a"], [None], None, "a", {})] == [True, True, None, None, None]
    assert [shown(gaps)[0] for gaps in (["lvm"], ["lvm", "users"], None)] == [False, True, None]
    for users in ([user], None, {}):
        assert shown(paths=[first, {**second, "users": users}])[2:] == (True, [True, False])
    for path in ({**second, "wire": None}, {**second, "wire": "same"}):
        assert shown(paths=[first, path])[2:] == (False, [True, True])
    for path in (None, "sda"):
        assert shown(paths=[first, path])[2:] == (False, [True, False])
    assert [shown(paths=paths)[2:] for paths in (None, {}, "sda")] == [(False, [])] * 3


@pytest.mark.parametrize(
    "keys", [("changes",), ("compliance",), ("exceptions",), ("generated_by",), ("arrays", "totals"), ("hosts",)]
)
@pytest.mark.parametrize("missing", [True, False])
def test_a_report_that_lacks_keys_or_has_null_is_shown(report, keys, missing):
    made = {key: None if key in keys else report[key] for key in report if not (missing and key in keys)}
    data = json.loads(Parsed(html_format.render(made)).data())
    assert (data["report"]["since"] is None) == ("changes" in keys)


@pytest.mark.parametrize(
    "value",
    [[], {}, 7, "text", None, True, float("nan"), float("inf"), [None], [{}], [[]], {"a": 1}, 1 << 80, 1 << 5000],
)
def test_values_of_another_type_than_they_should_be_break_nothing(report, value):
    made = copy.deepcopy(report)
    host = next(host for host in made["hosts"] if host["devices"] and host["findings"])
    device = host["devices"][0]
    for record in (
        host,
        device,
        device["paths"][0],
        device["array"],
        host["facts"],
        host["findings"][0],
        made["arrays"][0],
        made["changes"],
        made["compliance"],
    ):
        for key in set(record) - {"devices", "paths", "array", "facts", "findings"}:
            kept, record[key] = record[key], value
            data = page_data.of(made)
            for kind in ("hosts", "devices", "findings", "arrays", "exceptions", "new", "gone"):
                assert fits(data, kind, data[kind]), (kind, key)
            record[key] = kept


def is_number(cell):
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


def fits(data, kind, rows):
    """Whether every value is of its column's type: the script asks no further."""
    checks = {
        "t": lambda cell: is_number(cell) and data["strings"][cell] is None or isinstance(data["strings"][cell], str),
        "n": lambda cell: cell is None or is_number(cell) and abs(cell) < 1 << 64,
        "b": lambda cell: cell is None or isinstance(cell, bool),
        "l": lambda cell: all(isinstance(data["strings"][one], str) for one in cell),
        "exception": lambda cell: cell is None or fits(data, "exception", [cell]),
    }
    return all(
        checks.get(word, lambda cell, word=word: fits(data, word, cell))(cell)
        for row in rows
        for word, cell in zip(data["types"][kind], row)
    )


def test_a_fleet_of_thousands_fits_into_a_mail(report):
    """About 0.4 KiB for a device with two paths: 20,000 are 7 to 8 MiB."""
    large = fleet_double.report(60, 20)
    devices = sum(len(host["devices"]) for host in large["hosts"])
    alone = len(html_format.render(dict(large, hosts=[])))
    assert (len(html_format.render(large)) - alone) / devices < 520
    assert alone < 145_000
