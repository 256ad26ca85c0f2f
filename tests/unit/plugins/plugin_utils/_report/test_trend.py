# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nights before a report: from the reports of its folder, with gaps where there is none."""

import gzip

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import archive, trend
from support.fleets import HEALTHY_ARRAY, LOST, configured_host, fleet, recycled

REPORT = fleet({"a": configured_host(), "b": recycled(), "c": LOST}, **HEALTHY_ARRAY)
NOW = "2026-11-21T02:00:00Z"


def at(time, **changes):
    return {**REPORT, "generated_at": time, **changes}


def night(time):
    return {"generated_at": time, "hosts": REPORT["totals"]["hosts"], "verdicts": REPORT["totals"]["verdicts"]}


def audited(folder, time):
    """A run of the audit at that time: its report, which has the nights before itself."""
    nights = trend.before(map(archive.head, archive.before(str(folder))), time)
    archive.keep(str(folder), 30)
    archive.write(str(folder), at(time, trend=nights), {}, [])
    return nights


def test_each_report_has_the_nights_before_it_once_and_not_its_own_day(tmp_path):
    times = [f"2026-11-{day}T02:00:00Z" for day in (17, 18, 20)]
    for number, time in enumerate(times):
        assert audited(tmp_path, time) == [night(time) for time in times[:number]]
    assert audited(tmp_path, "2026-11-20T09:00:00Z") == [night(time) for time in times[:2]]
    expected = [night(times[0]), night(times[1]), night("2026-11-20T09:00:00Z")]
    assert audited(tmp_path, NOW) == expected, "the last report of a day counts, and the 19th is a gap"


def test_it_reaches_further_back_than_the_history_but_not_beyond_its_days(tmp_path):
    for day in range(1, 29):
        audited(tmp_path, f"2026-09-{day:02}T02:00:00Z")
    for path in (tmp_path / "history").iterdir():
        path.unlink()
    found = audited(tmp_path, NOW)
    assert found[0]["generated_at"] == "2026-09-01T02:00:00Z" and len(found) == 28
    assert trend.before([at("2026-09-28T02:00:00Z", trend=found)], "2026-12-01T00:00:00Z") == found[2:]


def test_reports_without_the_nights_before_them_are_read_one_after_the_other(tmp_path):
    heads = [at("2026-11-20T02:00:00Z"), {}, at("2026-11-18T02:00:00Z")]
    assert trend.before(heads, NOW) == [night("2026-11-18T02:00:00Z"), night("2026-11-20T02:00:00Z")]


@pytest.mark.parametrize(
    "damage", [b"", b"{", b'{\n"schema": 1,\n"totals": {}\n}', b"\x1f\x8b\x08broken", b"[]", b'"\n']
)
def test_a_report_that_cannot_be_read_is_a_gap(tmp_path, damage):
    audited(tmp_path, "2026-11-18T02:00:00Z")
    audited(tmp_path, "2026-11-19T02:00:00Z")
    (tmp_path / "fleet.json").write_bytes(damage)
    heads = list(map(archive.head, archive.before(str(tmp_path))))
    assert [night["generated_at"] for night in trend.before(heads, NOW)] == ["2026-11-18T02:00:00Z"]


@pytest.mark.parametrize(
    "former",
    [
        {"generated_at": None},
        {"totals": None},
        {"totals": {"hosts": {}, "verdicts": {"stale": "many"}}},
        {"trend": "x"},
        {"trend": [None, {"generated_at": 7}, {"generated_at": NOW, "hosts": [], "verdicts": {}}]},
    ],
)
def test_what_has_another_shape_counts_nothing(former):
    found = trend.before([at("2026-11-20T02:00:00Z", **former)], NOW)
    assert found == ([night("2026-11-20T02:00:00Z")] if "trend" in former else [])


def test_the_head_of_a_report_is_what_it_counts(tmp_path):
    archive.write(str(tmp_path), at(NOW, trend=[night("2026-11-20T02:00:00Z")]), {}, [])
    head = archive.head(tmp_path / "fleet.json")
    assert head == {
        "schema": 2,
        "generated_at": NOW,
        "totals": REPORT["totals"],
        "trend": [night("2026-11-20T02:00:00Z")],
    }
    packed = tmp_path / "fleet.json.gz"
    packed.write_bytes(gzip.compress((tmp_path / "fleet.json").read_bytes()))
    assert archive.head(packed) == head
    assert archive.head(tmp_path / "none.json") == {}


def test_a_row_of_the_page_has_every_verdict_and_the_hosts_of_which_nothing_is_known():
    row = trend.row(at(NOW))
    assert (row["recycled"], row["stale"], row["hosts"], row["unseen"]) == (1, 0, 3, 1)
    assert row["in_part"] == 0
    assert trend.row({**night(NOW), "hosts": {"audited": 2, "incomplete": 1}})["in_part"] == 1
    assert trend.row(night(NOW)) == row
    assert trend.row({"generated_at": NOW, "hosts": "x"})["hosts"] == 0


def test_a_report_without_any_night_before_it_does_not_hide_those_that_are_kept():
    heads = [at("2026-11-20T02:00:00Z", trend=[]), at("2026-11-19T02:00:00Z", trend="x"), at("2026-11-18T02:00:00Z")]
    found = trend.before(heads, NOW)
    assert [night["generated_at"][8:10] for night in found] == ["18", "19", "20"]


def test_a_history_that_cannot_be_listed_leaves_the_report_that_is_there(tmp_path):
    audited(tmp_path, "2026-11-18T02:00:00Z")
    (tmp_path / "history").write_text("no folder")
    assert archive.before(str(tmp_path)) == [str(tmp_path / "fleet.json")]


def test_a_line_without_an_end_is_not_read_to_its_end(tmp_path, monkeypatch):
    audited(tmp_path, "2026-11-18T02:00:00Z")
    path = tmp_path / "fleet.json"
    assert archive.head(path)
    path.write_text(path.read_text().replace("{", '{\n"before": "' + "x" * 100000 + '",', 1))
    assert archive.head(path), "a long line of something else"
    monkeypatch.setattr(archive, "_LONGEST", 1 << 15)
    assert archive.head(path) == {}


def test_a_report_that_is_too_large_for_the_memory_is_a_gap(tmp_path, monkeypatch):
    audited(tmp_path, "2026-11-18T02:00:00Z")

    def full(*dummy):
        raise MemoryError

    monkeypatch.setattr(archive.json, "loads", full)
    assert archive.head(tmp_path / "fleet.json") == {}
