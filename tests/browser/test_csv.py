# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What fleet.html saves as CSV is what fleet.csv has."""

import copy
import csv
import io
import operator

from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import csv as csv_format
from playwright.sync_api import expect
from support.pages import bad_devices, count


def saved(page, tmp_path):
    """[{column: cell}] of the file that the button saves, and its lines."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Save these as CSV").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    text = path.read_bytes().decode()
    return list(csv.DictReader(io.StringIO(text, newline=""))), text.split("\r\n")


def test_what_is_filtered_can_be_saved_as_fleet_csv_has_it(opened, fleet, tmp_path):
    report = copy.deepcopy(fleet)
    hostile = [
        "=1+1",
        "+1",
        "-1",
        "@x",
        " '=x",
        'a,=x "q" |-y',
        "\uff1d1",
        "1234567890123456",
        "3600e12",
        "a\x1bb",
        "x-y",
    ]
    stale = bad_devices(report, "stale")
    for device, text in zip(stale, hostile):
        device.update(vendor=text, notes=[text, text], users=[{"kind": "lvm", "detail": text}])
    stale[0].update(in_use=None, read_only=None, queueing=None)
    stale[1]["exception"] = {"reason": "=x", "owner": "me", "expires": "2026-12-31"}
    page = opened(report).at("#devices?verdict=stale,recycled&sort=-size&group=lun")
    rows, lines = saved(page, tmp_path)
    own = [row for row in csv.DictReader(io.StringIO(csv_format.render(report), newline=""))]
    expected = [row for row in own if row["verdict"] in ("stale", "recycled")]
    columns = [name for name in csv_format.COLUMNS if name not in ("rules", "owners")]
    assert list(rows[0]) == columns and lines[-1] == "" and len(lines) == len(rows) + 2
    sizes = [int(row["size_bytes"]) for row in rows]
    assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) > 1
    by_wwid = operator.itemgetter("wwid")
    assert sorted(rows, key=by_wwid) == [{name: row[name] for name in columns} for row in sorted(expected, key=by_wwid)]
    assert {row["vendor"] for row in rows} >= {"'=1+1", "'-1", "'1234567890123456", "x-y"}


def test_hosts_and_findings_can_be_saved_too(opened, fleet, tmp_path):
    fleet = copy.deepcopy(fleet)
    host = next(host for host in fleet["hosts"] if any("exception" not in one for one in host["findings"]))
    next(one for one in host["findings"] if "exception" not in one)["severity"] = "info"
    page = opened(fleet).at("#hosts")
    rows, dummy = saved(page, tmp_path)
    assert {row["host"]: row["compliance"] for row in rows} == {
        host["name"]: host["compliance"] for host in fleet["hosts"]
    }
    findings = [finding for host in fleet["hosts"] for finding in host["findings"]]
    assert any(finding.get("exception") for finding in findings)
    own = csv.DictReader(io.StringIO(csv_format.render(fleet), newline=""))
    assert {row["host"]: row["rules"] for row in rows} == {row["host"]: row["rules"] for row in own}
    blind = {host["name"] for host in fleet["hosts"] if host["facts"] is None}
    assert all((row["devices"] == "") == (row["host"] in blind) for row in rows), "not known is not none"
    page.goto(page.url.split("#")[0] + "#findings?rule=MPC009")
    expect(page.locator(".rows[aria-label=findings]")).to_be_visible()
    rows, dummy = saved(page, tmp_path)
    assert {row["rule"] for row in rows} == {"MPC009"} and len(rows) == count(page)[0]
    assert rows[0]["what_to_do"] == fleet["rules"]["MPC009"]["remedy"]
