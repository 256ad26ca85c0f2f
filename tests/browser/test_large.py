# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""1,000 hosts and 20,000 devices: what is built, and that it answers.

How fast it does is measured by `make bench BENCH=page`.
"""

from perf import fleet_double
from perf import page as bench


def test_a_large_fleet_opens_and_answers(opened, keep):
    report = fleet_double.report(1000, 20)
    window = opened(report)
    page = window.at("#devices")
    page.evaluate(bench.PAINTED)
    page.wait_for_selector("html[data-indexed]", state="attached")
    assert page.locator("main *").count() < 2500, "what is not near the window is not built"
    wanted = report["hosts"][-1]["devices"][-1]["wwid"]
    page.evaluate(bench.SEARCH, wanted)
    assert page.locator(".row").count() == 1 and wanted in page.locator(".row").inner_text()
    page.evaluate(bench.SEARCH, "")
    page.evaluate(bench.CLICK, "verdict=healthy")
    healthy = report["totals"]["verdicts"]["healthy"]
    assert page.locator(".count").inner_text().startswith(f"{healthy:,} of ")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_selector(f"li[aria-posinset='{healthy}']")
    keep(page)
    page.select_option("#group", "lun")
    assert page.locator(".row.group").count() > 10 and page.locator("main *").count() < 2500
