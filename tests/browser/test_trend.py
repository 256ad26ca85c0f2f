# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The trend in fleet.html: devices by verdict, by night, as bars and as a table."""

from playwright.sync_api import expect


def numbers(page):
    """{night: {column: text}} of the table."""
    page.get_by_text("The numbers").click()
    page.locator(".trend table").wait_for()
    heads = page.locator(".trend th").all_inner_texts()
    rows = page.eval_on_selector_all(
        ".trend tbody tr", "rows => rows.map(row => [...row.children].map(one => one.textContent))"
    )
    return {row[0]: dict(zip(heads, row, strict=True)) for row in rows}


def bars(page, word):
    return page.eval_on_selector_all(
        f".series[data-word='{word}'] rect:not([y='0'])", "bars => bars.map(one => Number(one.getAttribute('height')))"
    )


def test_each_verdict_has_a_bar_for_each_night_and_the_table_its_number(opened, fleet, keep):
    page = opened(fleet).at()
    page.get_by_role("link", name="The trend by night").click()
    expect(page.locator(".series svg").first).to_be_visible()
    nights = {night["generated_at"][:10]: night for night in fleet["trend"]}
    nights[fleet["generated_at"][:10]] = {**fleet["totals"]}
    known = {day: night for day, night in nights.items() if night["verdicts"]}
    words = {word for night in nights.values() for word, count in night["verdicts"].items() if count}
    shown = page.locator(".series").evaluate_all("rows => rows.map(row => row.dataset.word)")
    assert set(shown) == words | {"hosts not audited"}
    for word in words:
        heights = bars(page, word)
        assert len(heights) == len(known)
        now = page.locator(f".series[data-word='{word}'] b").inner_text()
        assert now == f"{fleet['totals']['verdicts'].get(word, 0):,}"
        counts = [night["verdicts"].get(word, 0) for dummy, night in sorted(known.items())]
        assert [heights[at] for at in sorted(range(len(counts)), key=counts.__getitem__)] == sorted(heights)
        assert max(heights) == heights[counts.index(max(counts))] > 30
    keep(page)
    table = numbers(page)
    for day, night in known.items():
        assert {word: table[day][word] for word in words} == {
            word: f"{night['verdicts'].get(word, 0):,}" for word in words
        }


def test_a_night_without_a_report_is_a_gap_and_one_of_which_nothing_is_known_is_no_zero(opened, fleet):
    page = opened(fleet).at("#trend")
    days = [night["generated_at"][:10] for night in fleet["trend"]] + [fleet["generated_at"][:10]]
    table = numbers(page)
    missing = sorted(set(table) - set(days))
    assert len(missing) == 2 and all(table[day]["Hosts audited"] == "no report" for day in missing)
    assert all(table[day]["stale"] == "" for day in missing)
    blind = next(night["generated_at"][:10] for night in fleet["trend"] if not night["verdicts"])
    assert (table[blind]["stale"], table[blind]["Hosts audited"]) == ("not known", "0 of 120")
    assert page.locator(".series[data-word=stale] .gap").count() == 3
    assert page.locator(".series[data-word='hosts not audited'] .gap").count() == 2


def test_a_night_that_saw_a_part_of_the_hosts_has_a_mark_and_a_whole_one_has_none(opened, fleet):
    whole = {"generated_at": "2026-11-20T01:00:00Z", "hosts": {"audited": 3}, "verdicts": {"stale": 2}}
    nights = [
        whole,
        {**whole, "generated_at": "2026-11-21T01:00:00Z", "hosts": {"audited": 2, "unreachable": 1}},
        {**whole, "generated_at": "2026-11-22T01:00:00Z", "hosts": {"audited": 2, "incomplete": 1}},
    ]
    page = opened({**fleet, "generated_at": "2026-11-22T02:00:00Z", "trend": nights, "totals": nights[2]}).at("#trend")
    marks = page.locator(".series[data-word=stale] rect.unseen[y='0']")
    assert [mark.get_attribute("x") for mark in marks.all()] == ["11", "21"]
    table = numbers(page)
    assert [table[f"2026-11-{day}"]["Of them in part"] for day in (20, 21, 22)] == ["0", "0", "1"]


def test_a_report_of_a_part_of_the_hosts_has_no_trend(opened, fleet):
    page = opened({key: value for key, value in fleet.items() if key != "trend"}).at("#trend")
    assert "This report has no trend" in page.locator("main").inner_text() and not page.locator(".series").count()


def test_a_first_report_is_one_night_and_damaged_ones_break_nothing(opened, fleet):
    page = opened({**fleet, "trend": []}).at("#trend")
    assert "begins with the next report" in page.locator(".trend").inner_text()
    assert len(bars(page, "stale")) == 1
    damaged = [
        None,
        "x",
        {},
        {"generated_at": "soon", "hosts": {}, "verdicts": {}},
        {"generated_at": "1970-01-01T00:00:00Z", "hosts": {"audited": 1}, "verdicts": {"stale": 1}},
        {"generated_at": "2026-11-20T00:00:00Z", "hosts": "many", "verdicts": {"stale": "<svg>"}},
    ]
    page = opened({**fleet, "trend": damaged}).at("#trend")
    assert page.locator(".series[data-word=stale] rect").count() < 200
    assert len(numbers(page)) == 90
