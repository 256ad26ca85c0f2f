# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of fleet.html: the table of them, and the page of each."""

import pathlib
import re

from playwright.sync_api import expect

DOCS = pathlib.Path(__file__).parents[2] / "docs"


def anchors(page):
    """The anchors that GitHub makes of the headings of a page of the documentation."""
    heads = re.findall("^#+ (.*)$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub("[^a-z0-9_ -]", "", head.lower()).replace(" ", "-") for head in heads}


def test_each_rule_has_a_page_that_says_why_what_to_do_and_where(opened, fleet, keep):
    page = opened(fleet).at("#rules")
    expect(page.locator("tbody tr")).to_have_count(len(fleet["rules"]))
    for rule, about in fleet["rules"].items():
        page.locator("tbody").get_by_role("link", name=rule, exact=True).click()
        expect(page.locator(".rule h2")).to_have_text(f"{rule}: {about['title']}")
        text = page.locator("main").inner_text()
        assert about["why"] in text and about["remedy"] in text and about["severity"] in text
        found = [(host, one) for host in fleet["hosts"] for one in host["findings"] if one["rule"] == rule]
        if found:
            hosts = {host["name"] for host, dummy in found}
            count = sum(len(one["subjects"]) for dummy, one in found)
            assert f"{count} finding{'s' * (count != 1)} on {len(hosts)} host{'s' * (len(hosts) != 1)}" in text
            assert any(one["what"] in text for dummy, one in found), "the example"
            assert f"Hosts ({len(hosts)})" in text
        (link,) = [one.get_attribute("href") for one in page.locator(".rule a").all()]
        docs, dummy, anchor = link.partition("#")
        assert docs.endswith("/blob/main/docs/rules.md") and anchor in anchors("rules.md")
        page.get_by_role("link", name="All rules").click()
    keep(page)


def test_the_page_of_a_rule_leads_to_its_hosts_and_devices(opened, fleet):
    rule, host = next(
        (one["rule"], host)
        for host in fleet["hosts"]
        for one in host["findings"]
        if {device["wwid"] for device in host["devices"]}.intersection(one["subjects"])
    )
    page = opened(fleet).at(f"#findings?host={host['name']}&rule={rule}")
    page.locator(".row").first.click()
    page.locator(".detail").get_by_role("link", name=rule, exact=True).click()
    expect(page.locator(".rule")).to_be_visible()
    assert page.get_by_text(re.compile(r"^Devices \(\d+\)")).count() == 1
    page.get_by_role("link", name=re.compile("finding")).first.click()
    expect(page.locator(".chip[data-chip='rule=" + rule + "']")).to_have_attribute("aria-pressed", "true")


def test_a_rule_that_was_not_checked_says_where_and_a_made_up_one_shows_the_table(opened, fleet):
    host = next(host for host in fleet["hosts"] if host["not_checked"])
    gap = host["not_checked"][0]
    page = opened(fleet).at(f"#rules?rule={gap['rule']}")
    card = page.locator(".card", has=page.get_by_role("heading", name="Not checked"))
    assert gap["why"] in card.inner_text()
    for rule in ("__proto__", "MPC999", "constructor,MPC009"):
        page.goto(page.url.split("#")[0] + f"#rules?rule={rule}")
        expect(page.get_by_role("heading", name="Rules", exact=True)).to_be_visible()


def test_a_report_without_rules_says_so(opened, fleet):
    page = opened({**fleet, "rules": {}}).at("#rules")
    assert "No rule found anything" in page.locator("main").inner_text()
