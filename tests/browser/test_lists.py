# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lists of fleet.html: sorted by their columns, and grouped."""

import copy
import re

from playwright.sync_api import expect
from support.pages import bad_devices, chip, fleet_devices, has_address


def head(page, name):
    return page.get_by_role("columnheader", name=name, exact=True)


def column(page, cell):
    """The texts of a column in the rows that exist, in the list's order."""
    return page.eval_on_selector_all(f".rows .row .{cell}", "cells => cells.map(cell => cell.textContent)")


def test_a_list_is_sorted_by_its_column_headers(opened, fleet, keep):
    page = opened(fleet).at("#devices")
    sizes = sorted(device["size_bytes"] >> 30 for host in fleet["hosts"] for device in host["devices"])
    for number, name in enumerate(("ascending", "descending", "ascending")):
        if number == 1:
            head(page, "Size").get_by_role("button").press("Enter")
        else:
            head(page, "Size").get_by_role("button").click()
        expect(head(page, "Size")).to_have_attribute("aria-sort", name)
        shown = [int(text.split()[0]) for text in column(page, "size")]
        assert shown == (sizes if name == "ascending" else sizes[::-1])[: len(shown)] and len(shown) > 20
    assert page.locator("th:not([aria-sort=none])").count() == 1
    head(page, "Device").get_by_role("button").press("Space")
    has_address(page, "sort=device")
    assert set(column(page, "name")) == {"mpatha"}
    keep(page)
    page.select_option("#sort", "")
    assert page.locator("th:not([aria-sort=none])").count() == 0


def test_the_order_is_in_the_address_and_rows_of_one_value_stay_in_the_order_of_urgency(opened, fleet):
    window = opened(fleet)
    expected = [
        device["verdict"] for host in fleet["hosts"] for device in host["devices"] if device["name"] == "mpathj"
    ]
    words = ["recycled", "conflict", "stale", "outage", "unproven", "unknown", "degraded", "healthy"]
    page = window.at("#devices?sort=-device")
    assert head(page, "Device").get_attribute("aria-sort") == "descending"
    assert page.locator("#sort").input_value() == "-device"
    shown = column(page, "badge")
    assert set(column(page, "name")) == {"mpathj"}
    assert shown == sorted(expected, key=words.index)[: len(shown)] and len(set(shown)) > 2
    for address in ("#devices?sort=-", "#devices?sort=constructor", "#devices?sort=--size"):
        page.goto("about:blank")
        page = window.at(address)
        assert page.locator("th:not([aria-sort=none])").count() == 0
        assert column(page, "badge")[0] == "recycled"


def test_what_has_no_value_is_last_in_both_directions(opened, fleet):
    window = opened(fleet)
    blind = sum(host["facts"] is None for host in fleet["hosts"])
    for sort in ("findings", "-findings"):
        page = window.at(f"#hosts?sort={sort}")
        page.locator(".rows").press("End")
        expect(page.locator(".rows > li").last).to_have_attribute("aria-posinset", str(len(fleet["hosts"])))
        last = page.locator(".rows > li")
        seen = [last.nth(at).locator(".badge").inner_text() for at in range(last.count() - 3, last.count())]
        assert blind >= 3 and set(seen) <= {"unreachable", "not audited"}
        page.goto("about:blank")


def test_sorting_leaves_the_focus_at_the_header_whatever_is_open(opened, fleet):
    window = opened(fleet)
    page = window.at("#devices?sort=size")
    page.locator(".row").first.click()
    head(page, "Size").get_by_role("button").click()
    expect(head(page, "Size")).to_have_attribute("aria-sort", "descending")
    assert page.evaluate("document.activeElement.closest('th') && scrollY === 0"), "it is the last of all now"
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator(".detail"), "a link to what is open leads there").to_be_in_viewport()


def test_a_wwid_is_sorted_character_by_character(opened, fleet):
    """The numbers in it are none: its digits are hexadecimal."""
    page = opened(fleet).at("#devices?sort=wwid")
    shown = column(page, "more")
    wwids = sorted(device["wwid"] for host in fleet["hosts"] for device in host["devices"])
    assert shown == wwids[: len(shown)] and len(shown) > 20


def outage_of_one_lun(fleet):
    """The fleet with one LUN behind all its outages, and their hosts."""
    made = copy.deepcopy(fleet)
    hosts = set()
    lun = next(luns[0] for host in made["hosts"] for luns in host["luns"].values() if luns)
    for host in made["hosts"]:
        for device in host["devices"]:
            if device["verdict"] == "outage":
                device["wwid"] = "3600a09803830"
                host["luns"]["3600a09803830"] = [{**lun, "name": "/vol/shared/lun0"}]
                hosts.add(host["name"])
    return made, hosts


def test_one_cause_behind_many_outages_is_one_line(opened, fleet, keep):
    outages = len(bad_devices(fleet, "outage"))
    report, hosts = outage_of_one_lun(fleet)
    page = opened(report).at("#devices")
    chip(page, "verdict=outage").click()
    page.get_by_label("Group by").select_option("LUN")
    expect(page.locator(".count")).to_have_text(re.compile("in 1 group"))
    row = page.locator(".row")
    assert row.count() == 1 and outages > len(hosts) > 3
    expect(row).to_contain_text("/vol/shared/lun0 3600a09803830")
    expect(row).to_contain_text(f"{outages} outage")
    expect(row).to_contain_text(f"{outages} devices on {len(hosts)} hosts")
    row.focus()
    row.press("Enter")
    expect(page.locator(".rows > li").first).to_have_attribute("aria-setsize", str(1 + outages))
    assert row.first.evaluate("node => node === document.activeElement && node.ariaExpanded") == "true"
    assert page.locator(".rows .host").first.inner_text() in hosts
    row.nth(1).click()
    expect(page.locator(".witness")).to_have_count(3)
    keep(page)
    address = page.evaluate("location.href")
    assert "group=lun" in address and "in=3600a09803830" in address and "open=" in address
    page.reload()
    expect(page.locator(".witness")).to_have_count(3)
    page.get_by_role("button", name="Show all").click()
    assert page.get_by_label("Group by").input_value() == "lun"
    expect(page.locator(".count")).to_have_text(re.compile(f"in {fleet_devices(fleet) - outages + 1:,} groups"))
    page.goto(address)
    row.first.press("Escape")
    expect(row).to_have_count(1)
    page.get_by_label("Group by").select_option("nothing")
    expect(page.locator(".rows > li").first).to_have_attribute("aria-setsize", str(outages))


def groups(page):
    """[(title, counts, sum)] of the rows that exist."""
    cells = "rows => rows.map(row => ['name', 'tallies', 'sum'].map(name => row.querySelector('.' + name).textContent))"
    return [tuple(row) for row in page.eval_on_selector_all(".row.group", cells)]


def test_devices_are_grouped_by_target_svm_and_verdict_the_most_urgent_first(opened, fleet):
    report = copy.deepcopy(fleet)
    host = next(host for host in report["hosts"] if host["devices"])
    second = host["facts"]["sessions"][1]
    second["target"] = "iqn.1992-08.com.netapp:second,5"
    window = opened(report)
    page = window.at("#devices?group=verdict")
    verdicts = report["totals"]["verdicts"]
    words = ["recycled", "conflict", "stale", "outage", "unproven", "unknown", "degraded", "healthy"]
    assert [title for title, *dummy in groups(page)] == [word for word in words if verdicts.get(word)]
    assert groups(page)[2][1] == f"{verdicts['stale']} stale"
    page.get_by_label("Group by").select_option("array target")
    has_address(page, "group=target")
    (first, *dummy), (other, dummy, total) = groups(page)
    assert (first, other) == (host["facts"]["sessions"][0]["target"], second["target"])
    assert total == f"{len(host['devices'])} devices on 1 host", "they are in the groups of both targets"
    page.locator(".row.group").nth(1).click()
    page.reload()
    expect(page.locator("[aria-level='2']")).to_have_count(len(host["devices"]))
    page.get_by_label("Group by").select_option("SVM")
    svms = {
        f"{lun['svm']} on {lun['cluster']}"
        for host in report["hosts"]
        for device in host["devices"]
        for lun in host["luns"].get(device["wwid"], [])
    }
    assert {title for title, *dummy in groups(page)} == svms | {"no SVM is known"}
    page.locator(".row.group", has_text="no SVM is known").click()
    expect(page).to_have_url(re.compile("in=(&|$)"))
    assert page.locator("[aria-level='2']").count() > 3


def test_a_device_in_two_groups_opens_and_closes_in_both(opened, fleet):
    host = copy.deepcopy(next(host for host in fleet["hosts"] if len(host["devices"]) == 10))
    host["facts"]["sessions"][1]["target"] = "iqn.1992-08.com.netapp:second,5"
    page = opened({**fleet, "hosts": [host]}).at("#devices?group=target")
    page.locator(".row.group").nth(1).click()
    page.locator(".row.group").nth(0).click()
    rows = page.locator("[aria-level='2'] > .row")
    expect(rows).to_have_count(20)
    rows.nth(0).click()
    expect(page.locator("[aria-level='2'] .detail")).to_have_count(2)
    rows.nth(1).click()
    rows.nth(10).click()
    expect(page.locator("[aria-level='2'] .detail")).to_have_count(2)
    assert [rows.nth(at).get_attribute("aria-expanded") for at in (0, 1, 10, 11)] == ["false", "true", "false", "true"]
    assert rows.nth(10).evaluate("node => node === document.activeElement")
    boxes = [row.bounding_box() for row in page.locator(".rows > li").all()]
    assert all(abs(above["y"] + above["height"] - below["y"]) < 2 for above, below in zip(boxes, boxes[1:]))


def test_findings_are_grouped_by_rule_and_host(opened, fleet, keep):
    findings = [(host["name"], finding) for host in fleet["hosts"] for finding in host["findings"]]
    page = opened(fleet).at("#findings?group=rule")
    shown = groups(page)
    assert {title.split()[0] for title, *dummy in shown} == {finding["rule"] for dummy, finding in findings}
    assert any(fleet["rules"][shown[0][0].split()[0]]["title"] in title for title, *dummy in shown)
    page.get_by_label("Group by").select_option("host")
    has_address(page, "group=host")
    assert {title for title, *dummy in groups(page)} == {name for name, dummy in findings}
    keep(page)
    page.goto(page.url.split("#")[0] + "#hosts?group=host")
    expect(page.locator(".rows[aria-label=hosts]")).to_be_visible()
    assert page.get_by_label("Group by").input_value() == "" and groups(page) == []


def test_hosts_devices_and_findings_are_grouped_by_the_groups_of_the_inventory(opened, fleet, keep):
    report = copy.deepcopy(fleet)
    report["hosts"][0]["groups"] = []
    del report["hosts"][1]["groups"]
    page = opened(report).at("#hosts")
    page.get_by_label("Group by").select_option("host group")
    has_address(page, "group=hosts")
    names = {name for host in report["hosts"] for name in host.get("groups", [])}
    shown = {title: total for title, dummy, total in groups(page)}
    assert set(shown) == names | {"no group is known"} and len(names) > 3
    assert shown["ber"] == f"{sum('ber' in host.get('groups', []) for host in report['hosts'])} hosts"
    page.locator(".row.group", has_text="no group is known").click()
    assert set(column(page, "name")) - set(shown) == {host["name"] for host in report["hosts"][:2]}
    keep(page)
    for view, records in (("devices", "devices"), ("findings", "findings")):
        page.goto(page.url.split("#")[0] + f"#{view}?group=hosts")
        found = {name for host in report["hosts"] if host[records] for name in host.get("groups", [])}
        expect(page.locator(f".rows[aria-label={view}] .row.group").first).to_be_visible()
        assert {title for title, *dummy in groups(page)} >= found


def test_hosts_and_devices_are_grouped_by_the_rules_that_found_something_on_them(opened, fleet):
    page = opened(fleet).at("#hosts?group=rule")
    rules = {rule: set() for rule in fleet["rules"]}
    devices = set()
    for host in fleet["hosts"]:
        for finding in host["findings"]:
            rules[finding["rule"]].add(host["name"])
            wwids = {device["wwid"] for device in host["devices"]}.intersection(finding["subjects"])
            devices |= {(finding["rule"], host["name"], wwid) for wwid in wwids}
    shown = {title.split()[0]: total for title, dummy, total in groups(page)}
    for rule, hosts in rules.items():
        if hosts:
            assert shown[rule] == f"{len(hosts)} host{'s' * (len(hosts) != 1)}"
    page.goto(page.url.split("#")[0] + "#devices?group=rule")
    expect(page.locator(".rows[aria-label=devices] .row.group").first).to_be_visible()
    found = {title.split()[0]: int(total.replace(",", "").split()[0]) for title, dummy, total in groups(page)}
    for rule in {rule for rule, *dummy in devices}:
        assert found[rule] == sum(device[0] == rule for device in devices)
    assert found["no"] < fleet_devices(fleet)
