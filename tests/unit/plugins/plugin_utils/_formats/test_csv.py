# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""fleet.csv: a row for each device, and one for each host without, and no formula."""

import csv
import io
import pathlib
import re

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import csv as csv_format
from support import reports
from support.testimony import LUN, WWID


def rows(report):
    return list(csv.DictReader(io.StringIO(csv_format.render(report), newline=""), strict=True))


def one(report, name):
    found = [row for row in rows(report) if row["host"] == name]
    assert len(found) == 1
    return found[0]


def test_every_host_is_there():
    report = reports.everything()
    found = rows(report)
    assert [row["host"] for row in found] == [host["name"] for host in report["hosts"]]
    assert {row["host"]: row["compliance"] for row in found} == {
        "away": "unreachable",
        "bare": "compliant",
        "broken": "not_audited",
        "lost": "not_audited",
        "degraded": "noncompliant",
        "excused": "compliant",
        "gaps": "incomplete",
        "good": "compliant",
        "ignored": "compliant",
        "queue": "noncompliant",
        "recycled": "noncompliant",
    }


def test_a_host_without_a_device_says_why():
    row = one(reports.everything(), "lost")
    assert row == dict(row, state="missing", why="no slice reported it", kind="", verdict="", wwid="")


def test_a_device_tells_its_evidence():
    row = one(reports.everything(), "recycled")
    assert row == dict(row, kind="map", name="mpatha", device="dm-0", wwid=WWID, size_bytes=str(1 << 26))
    assert row == dict(
        row, verdict="recycled", change="new", in_use="yes", users="mount: /data (ext4, rw)", queueing="yes"
    )
    assert (row["paths"], row["array_says"]) == ("sda other", "mapped") and row["next"].startswith("ALARM")
    assert (
        row["luns"] == "/vol/v/l, SVM svm1, cluster c1, LUN id 3 in igroup me"
        and row["generated_at"] == "2026-11-21T02:00:00Z"
    )


def test_each_device_has_a_row():
    disk = reports.path(1, "same", in_map=False, wwid="3600b")
    found = rows(reports.report({"a": reports.registered([reports.path(0, "same"), disk])}))
    assert [(row["kind"], row["wwid"], row["queueing"]) for row in found] == [
        ("map", WWID, "yes"),
        ("disk", "3600b", ""),
    ]


def test_users_that_could_not_be_read_are_not_nobody():
    row = one(reports.report({"a": reports.registered([reports.path(0, "same", users=None)])}), "a")
    assert (row["in_use"], row["users"]) == ("unknown", "not known: the users could not be read")


def test_what_is_excused_says_by_whom():
    row = one(reports.everything(), "excused")
    assert row == dict(
        row, excused_until="2026-12-31", excused_by="storage team", excused_because="the vendor is asked"
    )


def test_a_host_names_the_rules_that_count_against_it():
    report = reports.everything()
    assert [one(report, name)["rules"] for name in ("queue", "ignored", "good")] == ["MPC001", "", ""]
    reports.host(report, "queue")["findings"][0]["severity"] = "info"
    assert one(report, "queue")["rules"] == ""


@pytest.mark.parametrize(
    "evil, cell",
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "\\x09=1"),
        ("\r=1", "\\x0d=1"),
        ("  =1", "  '=1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("a;=1", "a;'=1"),
        ("a, -1", "a, '-1"),
        ("a|@x", "a|'@x"),
        ('a"=1', "a\"'=1"),
        ("'=1", "''=1"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a-1", "a-1"),
        ("3600a", "3600a"),
        ("7", "7"),
        ("36001405123456789012345678901234", "'36001405123456789012345678901234"),
        ("3600140512345678901234567890123e4", "'3600140512345678901234567890123e4"),
    ],
)
def test_no_cell_is_a_formula_or_loses_its_digits(evil, cell):
    report = reports.everything()
    reports.host(report, "degraded")["devices"][0].update(wwid=evil, name=evil)
    row = one(report, "degraded")
    assert (row["wwid"], row["name"]) == (cell, cell)


def test_a_size_that_is_no_number_is_a_text():
    report = reports.everything()
    for size, cell in ((-1, "'-1"), (True, "True"), ("=1", "'=1"), (None, "")):
        reports.host(report, "good")["devices"][0]["size_bytes"] = size
        assert one(report, "good")["size_bytes"] == cell


def test_it_is_a_table_of_commas():
    text = csv_format.render(reports.everything())
    assert (
        text.startswith('"generated_at","host","state","compliance","why","rules","kind",')
        and text.count("\r\n") == text.count("\n") == 12
    )
    assert {tuple(row) for row in rows(reports.everything())} == {csv_format.COLUMNS}


def test_luns_are_listed_with_all_their_numbers():
    lun = dict(
        LUN,
        maps=LUN["maps"] + [{"igroup": "other", "igroup_uuid": "v", "lun_id": 9, "transports": ["iscsi"]}],
        cluster=None,
    )
    row = one(reports.report({"a": reports.GOOD}, mapped=[lun]), "a")
    assert row["luns"] == "/vol/v/l, SVM svm1, array a1, LUN id 3 in igroup me, LUN id 9 in igroup other"


def test_the_documentation_has_every_column_and_no_other():
    page = (pathlib.Path(__file__).resolve().parents[5] / "docs/formats.md").read_text(encoding="utf-8")
    table = page.partition("| column | |")[2].partition("\n\n")[0]
    named = [re.findall("`([a-z_]+)`", line.split("|")[1]) for line in table.splitlines()[2:]]
    assert tuple(name for names in named for name in names) == csv_format.COLUMNS
