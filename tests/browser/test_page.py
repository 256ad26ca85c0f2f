# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person does with fleet.html. That it makes no request and logs nothing is asked at the end of each of these
(conftest.py).

A fold is filled, and a link or the history gone along, in an event of its own some time after the click: what comes of
them is waited for (`expect`).
"""

import copy
import csv
import io
import operator
import re
import shlex
import subprocess

import pytest
from ansible.inventory.manager import split_host_pattern
from ansible_collections.sanops.multipath.plugins.module_utils._core import verdict as core_verdict
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import csv as csv_format
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import safety_limits
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import records
from perf import fleet_double
from playwright.sync_api import expect


def count(page):
    """(shown, of all) as the list says it."""
    return tuple(
        int(number.replace(",", "")) for number in re.findall(r"[\d,]+", page.locator(".count").inner_text())[:2]
    )


def shows(page, number):
    """Wait until the list has that many rows."""
    expect(page.locator(".count")).to_have_text(re.compile(rf"^{number:,} of "))


def has_address(page, part):
    expect(page).to_have_url(re.compile(re.escape(part)))


def chip(page, name):
    return page.locator(f".chip[data-chip='{name}']")


def bad_devices(fleet, verdict):
    return [device for host in fleet["hosts"] for device in host["devices"] if device["verdict"] == verdict]


def test_the_first_page_says_what_changed_and_what_to_do_first(opened, fleet, keep):
    page = opened(fleet).at()
    assert "Data at risk" in page.locator(".headline h2").inner_text()
    assert f"New ({len(fleet['changes']['new'])})" in page.locator(".changes").inner_text()
    titles = page.locator(".todo strong").all_inner_texts()
    words = [title.split()[0] for title in titles]
    assert words[:3] == ["recycled", "conflicting", "critical"]
    assert words.index("stale") < words.index("unreachable") < words.index("degraded")
    keep(page)


def test_the_sums_of_the_first_page_are_the_reports(opened, fleet):
    page = opened(fleet).at()
    for label, sums in (
        ("Hosts by compliance", fleet["compliance"]["hosts"]),
        ("Devices by verdict", fleet["totals"]["verdicts"]),
        ("Findings by severity", fleet["totals"]["findings"]),
    ):
        lines = [line.split("\n") for line in page.get_by_label(label, exact=True).locator("li").all_inner_texts()]
        assert {word.replace(" ", "_"): int(number.replace(",", "")) for word, number in lines} == sums


def test_search_finds_a_host_by_what_a_person_has_in_hand(opened, fleet):
    host = next(host for host in fleet["hosts"] if host["devices"])
    device = host["devices"][-1]  # a healthy one
    page = opened(fleet).at("#devices")
    for text in (
        device["wwid"],
        device["wwid"].upper(),
        f"{host['name']} {device['name']} ",
        host["luns"][device["wwid"]][0]["name"],
    ):
        page.fill("#search", text)
        assert page.locator(".row", has_text=host["name"]).count() >= 1
        assert 1 <= count(page)[0] < 100
    page.fill("#search", device["wwid"])
    assert count(page) == (1, fleet_devices(fleet))
    has_address(page, f"q={device['wwid']}")
    page.fill("#search", f"{host['name']} -{device['wwid']}")
    assert count(page)[0] == len(host["devices"]) - 1


def fleet_devices(fleet):
    return sum(len(host["devices"]) for host in fleet["hosts"])


def test_typing_on_the_first_page_goes_to_where_there_is_something(opened, fleet):
    page = opened(fleet).at()
    page.keyboard.press("/")
    page.keyboard.type("recheck_wwid")
    has_address(page, "#findings?q=recheck_wwid")
    assert page.locator("#search").evaluate("node => node === document.activeElement")
    assert count(page)[0] == sum(finding["rule"] == "MPC009" for host in fleet["hosts"] for finding in host["findings"])
    page.fill("#search", "")
    assert page.locator(".headline").count() == 1


def test_a_list_without_a_match_says_where_there_is_one(opened, fleet):
    page = opened(fleet).at("#devices?q=recheck_wwid")
    assert count(page)[0] == 0
    page.locator(".notice a", has_text="found").click()
    has_address(page, "#findings?q=recheck_wwid")
    shows(page, sum(finding["rule"] == "MPC009" for host in fleet["hosts"] for finding in host["findings"]))


def test_filters_are_in_the_address_and_in_the_history(opened, fleet, keep):
    window = opened(fleet)
    page = window.at("#devices")
    chip(page, "verdict=stale").click()
    stale = len(bad_devices(fleet, "stale"))
    assert count(page)[0] == stale
    expect(page).to_have_url(window.url + "#devices?verdict=stale")
    chip(page, "verdict=conflict").click()
    both = stale + len(bad_devices(fleet, "conflict"))
    assert count(page)[0] == both
    keep(page)
    address = page.evaluate("location.href")
    page.go_back()
    shows(page, stale)
    page.go_forward()
    shows(page, both)
    page.goto("about:blank")
    page.goto(address)
    shows(page, both)
    assert chip(page, "verdict=stale").get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Show all").click()
    assert count(page)[0] == fleet_devices(fleet)


def test_the_count_beside_a_filter_is_what_it_would_show(opened, fleet):
    page = opened(fleet).at("#devices")
    chip(page, "use=unused").click()
    stale = chip(page, "verdict=stale")
    promised = int(stale.locator("b").inner_text())
    stale.click()
    assert count(page)[0] == promised > 0


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
    assert page.get_by_label("Group by").count() == 0 and groups(page) == []


def test_a_device_opens_to_what_the_three_witnesses_say(opened, fleet, keep):
    host, device = next(
        (host, one) for host in fleet["hosts"] for one in host["devices"] if one["verdict"] == "recycled"
    )
    page = opened(fleet).at(f"#devices?verdict=recycled&q={device['wwid']}")
    page.locator(".row").first.click()
    assert page.locator(".witness").count() == 3
    kernel, wire, array = page.locator(".witness").all_inner_texts()
    assert device["wwid"] in kernel
    assert "other" in wire and device["paths"][0]["wire"]["wwid"] in wire
    (intruder,) = host["luns"][device["paths"][0]["wire"]["wwid"]]
    assert device["array"]["state"] in array and intruder["name"] in array
    detail = page.locator(".detail").inner_text()
    assert device["reason"] in detail and device["next"] in detail
    page.get_by_text("paths in detail").click()
    page.locator(".detail table").wait_for()
    assert device["paths"][1]["hctl"] in page.locator(".detail table").inner_text()
    address = page.evaluate("location.href")
    assert "open=" in address and host["name"] in address
    keep(page)
    page.reload()
    expect(page.locator(".witness")).to_have_count(3)


def test_the_words_of_the_wire_are_explained_beside_them(opened, fleet, keep):
    page = opened(fleet).at("#devices?verdict=recycled")
    page.locator(".row").first.click()
    page.get_by_text("What these words mean").click()
    terms = page.locator(".words dt")
    expect(terms).to_have_count(len(core_verdict.WIRE))
    assert tuple(terms.all_inner_texts()) == core_verdict.WIRE
    assert all(len(text.split()) > 3 for text in page.locator(".words dd").all_inner_texts())
    keep(page)


def commands(page, wwid):
    """Open the one device of that WWID, and return the commands in it."""
    page.goto(page.url.split("#")[0] + f"#devices?q={wwid}")
    expect(page.locator(".row")).to_contain_text(wwid)
    page.locator(".row").click()
    page.locator(".witnesses").wait_for()
    return page.locator(".command > code").all_inner_texts()


def hazards_needed(report, host, device):
    """The hazards with which something of a device is removed, or None where none of these does: the plan has it, and
    its host is not left alone. (A host that was read in part is: there the page offers to look.)
    """
    alone = {**report, "hosts": [{**host, "devices": [device]}]}
    for hazards in ([], ["recycled"], ["living_maps"]):
        removals = removal_plan.plan(records.judgement(alone), hazards, fleet_double.NOW)["removals"]
        whole = {**host, "facts": {**host["facts"], "incomplete": []}}
        if removals and not safety_limits.exceeded(whole, removals, 99, 1):
            return hazards
    return None


def test_the_command_of_the_next_step_is_what_the_plan_would_do(opened, fleet):
    """Of each kind of device one: what the page offers to remove is what the plan removes, and with these hazards."""
    kinds = {}
    report = copy.deepcopy(fleet)
    for host in report["hosts"]:
        for device in host["devices"]:
            needed = hazards_needed(report, host, device)
            kinds.setdefault((device["verdict"], device["in_use"], str(needed)), (host, device, needed))
    vetoed = next(
        (host, device)
        for host in report["hosts"]
        for device in host["devices"]
        if hazards_needed(report, host, device) == [] and device is not kinds["stale", False, "[]"][1]
    )
    vetoed[1]["vetoes"] = ["a pod uses it"]
    kinds["vetoed"] = (*vetoed, None)
    assert {str(needed) for *dummy, needed in kinds.values()} == {"None", "[]", "['recycled']", "['living_maps']"}
    page = opened(report).at("#devices")
    for host, device, needed in kinds.values():
        found = commands(page, device["wwid"])
        assert all(f" --limit '{host['name']}'" in command for command in found)
        removals = [command for command in found if "multipath.remediate" in command]
        hazards = [re.findall(r'\["(\w+)"\]', command) for command in removals]
        assert hazards == ([] if needed is None else [needed]), (device["verdict"], device["next"], found)
        assert all(command.endswith(" --check --diff") for command in removals)
        if device["verdict"] == "healthy":
            assert found == []
        elif needed is None:
            assert len(found) == 1 and "sanops.multipath.audit " in found[0]
        assert page.locator(".command", has_text="docs/removal.md").count() == len(removals)


def prepared(device, number, verdict="stale", wires=("absent", "absent"), array="unmapped", **changes):
    """A device made by hand that nothing keeps from being removed."""
    paths = [
        {**path, "users": [], "wire": {"state": word, **({"wwid": "3600a0980aa"} if word == "other" else {})}}
        for path, word in zip(device["paths"], wires, strict=True)
    ]
    for path in paths:
        path.update(dm_state="active", checker_state="ready")
    whole = {"in_use": False, "users": [], "vetoes": [], "kind": "map", "wwid": f"w{number}w"}
    return {
        **device,
        **whole,
        "verdict": verdict,
        "array": {**device["array"], "state": array},
        "paths": paths,
        **changes,
    }


STALE = {}
RECYCLED = {"verdict": "recycled", "wires": ("other", "other")}
POISONED = {"verdict": "recycled", "wires": ("same", "other"), "array": "mapped"}
DEGRADED = {"verdict": "degraded", "wires": ("same", "absent"), "array": "mapped"}
QUARANTINE = {"quarantine": "a delete hung in the kernel"}
IN_PART = {"incomplete": [{"what": "users", "why": "no time was left"}]}
CONFIGURED_IN_PART = {"incomplete": [{"what": "lvm", "why": "no time was left"}]}
# (the device, what is changed of its second path, of its host's facts, devices beside it, the hazards or None)
BY_HAND = [
    (STALE, {}, {}, (), []),
    ({**STALE, "in_use": None}, {}, {}, (), None),
    ({**STALE, "in_use": True, "users": [{"kind": "lvm", "detail": "vg/lv"}]}, {}, {}, (), None),
    (RECYCLED, {}, {}, (), ["recycled"]),
    ({**RECYCLED, "in_use": None}, {}, {}, (), None),
    ({**RECYCLED, "array": "gone"}, {}, {}, (), ["recycled"]),
    ({**RECYCLED, "array": "mapped"}, {}, {}, (), None),
    ({**RECYCLED, "array": "unknown"}, {}, {}, (), None),
    (POISONED, {}, {}, (), ["living_maps"]),
    (DEGRADED, {}, {}, (), ["living_maps"]),
    ({**DEGRADED, "in_use": True, "users": [{"kind": "lvm", "detail": "vg/lv"}]}, {}, {}, (), ["living_maps"]),
    ({**DEGRADED, "array": "unmapped"}, {}, {}, (), None),
    ({**DEGRADED, "array": "unknown"}, {}, {}, (), None),
    (DEGRADED, {"users": [{"kind": "mount", "detail": "/mnt"}]}, {}, (), None),
    (DEGRADED, {"users": None}, {}, (), None),
    ({**DEGRADED, "wires": ("same", "silent")}, {}, {}, (), None),
    *(
        ({**kind, "vetoes": vetoes}, {}, {}, (), None)
        for kind in (STALE, RECYCLED, DEGRADED)
        for vetoes in (None, ["a pod uses it"], "none")
    ),
    *(
        (kind, {}, facts, beside, hazards)
        for kind, needed in ((STALE, []), (RECYCLED, ["recycled"]), (DEGRADED, ["living_maps"]))
        for facts, beside, hazards in (
            (QUARANTINE, (), None),
            ({}, ("outage",), None),
            ({}, ("healthy",), needed),
            (IN_PART, (), needed),
            (CONFIGURED_IN_PART, (), needed),
        )
    ),
]


def by_hand(fleet):
    """[(host, device, hazards)] of BY_HAND."""
    origin = next(
        host
        for host in fleet["hosts"]
        if host["facts"] and not host["facts"]["incomplete"] and host["facts"]["multipathd"]["running"]
    )
    sample = next(device for device in origin["devices"] if len(device["paths"]) == 2)
    for number, (device, path, facts, beside, hazards) in enumerate(BY_HAND):
        made = prepared(sample, number, **device)
        made["paths"][1].update(path)
        others = [{**sample, "wwid": f"b{number}b", "verdict": verdict} for verdict in beside]
        devices = [made, *({**one, "name": f"beside{number}"} for one in others)]
        host = {**origin, "name": f"by-hand-{number}", "facts": {**origin["facts"], **facts}, "devices": devices}
        yield host, made, hazards


def test_a_removal_is_offered_where_the_plan_has_it_and_its_host_is_not_left_alone(opened, fleet):
    """Of devices made by hand, since a fleet has few of them. The table says what is meant, and the plan agrees."""
    cases = list(by_hand(fleet))
    page = opened({**fleet, "hosts": [host for host, *dummy in cases]}).at("#devices")
    wrong = []
    for case, (host, device, hazards) in zip(BY_HAND, cases, strict=True):
        assert hazards_needed(fleet, host, device) == hazards, case
        removals = [command for command in commands(page, device["wwid"]) if "multipath.remediate" in command]
        offered = [re.findall(r'\["(\w+)"\]', command) for command in removals]
        reported = page.locator(".detail").inner_text()
        if offered != ([] if hazards is None else [hazards]):
            wrong.append((case, offered))
        ready = "without --check it is removed" in reported
        if ready != (hazards is not None and host["facts"]["incomplete"] != IN_PART["incomplete"]):
            wrong.append((case, "without --check"))
        kept = device["vetoes"] != [] or case[2] == QUARANTINE or case[3] == ("outage",)
        if ("No removal is offered here" in reported) != kept:
            wrong.append((case, reported))
    assert wrong == []


def test_nothing_is_offered_where_the_report_is_damaged_or_no_multipathd_runs(opened, fleet):
    host, sample, dummy = next(by_hand(fleet))
    recycled = prepared(sample, 0, **RECYCLED)
    first, second = recycled["paths"]
    without = {key: value for key, value in recycled.items() if key != "vetoes"}
    kinds = [
        {**recycled, "paths": [first, {**second, "wire": None}]},
        {**recycled, "paths": [first, "sdb"]},
        {**recycled, "paths": "sda"},
        {**recycled, "paths": None, "verdict": "stale"},
        without,
        {**without, "verdict": "stale"},
    ]
    facts = {**host["facts"], "multipathd": {**host["facts"]["multipathd"], "running": False}}
    stopped = {**host, "name": "stopped", "facts": facts, "devices": [prepared(sample, len(kinds), **DEGRADED)]}
    unknown = {**host["facts"], "multipathd": {**host["facts"]["multipathd"], "running": None}}
    unasked = {
        **stopped,
        "name": "unasked",
        "facts": unknown,
        "devices": [prepared(sample, len(kinds) + 1, **DEGRADED)],
    }
    devices = [{**device, "wwid": f"w{number}w"} for number, device in enumerate(kinds)]
    page = opened({**fleet, "hosts": [{**host, "devices": devices}, stopped, unasked]}).at("#devices")
    for number in range(len(kinds) + 2):
        found = commands(page, f"w{number}w")
        assert len(found) == 1 and "multipath.audit " in found[0], number


def test_a_command_is_for_its_host_alone_whatever_that_is_called(opened, fleet):
    host, device = next(
        (host, device)
        for host in fleet["hosts"]
        for device in host["devices"]
        if hazards_needed(fleet, host, device) == []
    )
    addresses = ["2001:db8::1", "::1", "1::", "1:2:3:4:5:6:7:8", "1::3:4:5:6:7:8", "fe80::1:ABCD"]
    good = ["it's$(reboot);`id`", "web|db>x", *addresses]
    bad = ["a\x1b]0;x", "a\nb", "all", "@/etc/passwd", "a,b", "a:b:c", "-e@x", "web[1:9]", "*", "!x", "~.", "a b"]
    bad += ["db1::db2::db3", ":::", ":", "12345::1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2:3:4:5:6:7:8", "1:2:"]
    bad += ["1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8"]  # addresses, but not for ansible
    assert all(split_host_pattern(name) == [name] for name in good)
    hosts = [
        {**host, "name": name, "devices": [{**device, "wwid": f"w{number}w"}]}
        for number, name in enumerate([*good, *bad])
    ]
    page = opened({**fleet, "hosts": hosts}).at("#devices")
    for number, name in enumerate([*good, *bad]):
        found = commands(page, f"w{number}w")
        if name in good:
            words = shlex.split(found[0])
            assert words[words.index("--limit") + 1] == name
        else:
            assert found == [] and page.get_by_text("no name for --limit").count() == 1, name


def test_a_command_can_be_copied(opened, fleet, keep):
    page = opened(fleet).at()
    (command,) = commands(page, bad_devices(fleet, "outage")[0]["wwid"])
    refused = "{ writeText: async () => { throw new Error('refused'); } }"
    for clipboard in ("undefined", refused):
        page.evaluate(f"Object.defineProperty(navigator, 'clipboard', {{ configurable: true, value: {clipboard} }})")
        page.evaluate("getSelection().removeAllRanges()")
        page.locator(".command button").click()
        expect(page.locator(".command button"), "whoever sees the page sees it").to_have_text("Selected: press Ctrl+C")
        expect(page.locator("#said")).to_have_text("Selected: press Ctrl+C")
        assert page.evaluate("getSelection().toString()") == command
        page.evaluate("document.getElementById('said').textContent = ''")
    kept = "{ writeText: async (text) => { window.copied = text; } }"
    page.evaluate(f"Object.defineProperty(navigator, 'clipboard', {{ configurable: true, value: {kept} }})")
    page.locator(".command button").click()
    expect(page.locator(".command button")).to_have_text("Copied")
    expect(page.locator("#said")).to_have_text("Copied")
    assert page.evaluate("window.copied") == command
    keep(page)
    expect(page.locator(".command button"), "after a while").to_have_text("Copy")


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


def test_a_host_opens_to_its_findings_and_devices(opened, fleet, keep):
    host = next(
        host
        for host in fleet["hosts"]
        if host["findings"] and len({device["verdict"] for device in host["devices"]}) > 1
    )
    page = opened(fleet).at(f"#hosts?q={host['name']}")
    page.locator(".row").first.click()
    finding = page.locator(".folds details", has_text=host["findings"][0]["rule"]).first
    finding.locator("summary").click()
    finding.locator("dl").wait_for()
    rule = fleet["rules"][host["findings"][0]["rule"]]
    assert rule["remedy"] in finding.inner_text() and rule["why"] in finding.inner_text()
    device = page.locator(".folds details", has_text=host["devices"][0]["wwid"]).last
    device.locator("summary").click()
    device.locator(".witnesses").wait_for()
    assert host["devices"][0]["reason"] in device.inner_text()
    keep(page)


def test_a_host_of_which_nothing_is_known_never_looks_clean(opened, fleet):
    page = opened(fleet).at("#hosts?compliance=unreachable,not_audited")
    blind = [host for host in fleet["hosts"] if host["facts"] is None]
    assert count(page)[0] == len(blind) > 1
    for row in page.locator(".rows > li").all():
        assert "healthy" not in row.inner_text() and "no SAN device" not in row.inner_text()
        assert row.locator(".good").count() == 0
    page.locator(".row").first.click()
    assert "no clean bill" in page.locator(".detail").inner_text()


def test_a_report_of_unreachable_hosts_alone_is_not_good_news(opened, fleet):
    blind = [host for host in fleet["hosts"] if host["facts"] is None]
    page = opened(dict(fleet, hosts=blind, changes=None)).at()
    assert page.locator(".headline.good").count() == 0
    assert "nothing is known of them" in page.locator(".headline").inner_text()
    page.goto(page.url + "#devices")
    expect(page.locator("main")).to_contain_text(f"Nothing is known of {len(blind)} hosts")


def test_the_keyboard_goes_through_a_list(opened, fleet, keep):
    page = opened(fleet).at("#devices")
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")

    def focused():
        return int(
            page.evaluate(
                (
                    "document.activeElement.closest('li') ? "
                    "document.activeElement.closest('li').getAttribute('aria-posinset') : -1"
                )
            )
        )

    assert focused() == 1
    for dummy in range(60):
        page.keyboard.press("ArrowDown")
    assert focused() == 61
    box = page.locator("li[aria-posinset='61']").bounding_box()
    assert 0 < box["y"] < 900 - 40
    page.keyboard.press("Enter")
    assert page.locator("li[aria-posinset='61'] .witness").count() == 3
    page.keyboard.press("ArrowDown")
    assert focused() == 62
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    assert page.locator(".witness").count() == 0
    page.keyboard.press("End")
    assert focused() == fleet_devices(fleet)
    keep(page)
    page.keyboard.press("Home")
    assert focused() == 1


def test_going_back_goes_to_where_a_list_was_left(opened, fleet):
    page = opened(fleet).at("#devices")
    page.evaluate("scrollTo(0, 6000)")
    page.wait_for_selector("li[aria-posinset='150']")
    page.locator("li[aria-posinset='150'] .row").click()
    page.locator("li[aria-posinset='150'] .detail a").first.click()
    page.wait_for_selector(".rows[aria-label='hosts']")
    assert page.evaluate("scrollY") == 0
    page.go_back()
    page.wait_for_selector("li[aria-posinset='150'] .detail")
    box = page.locator("li[aria-posinset='150']").bounding_box()
    assert -40 < box["y"] < 900


def test_only_what_is_near_the_window_exists_and_every_row_can_be_reached(opened, fleet):
    page = opened(fleet).at("#devices?sort=host")
    assert page.locator(".rows > li").count() < 60
    seen = set()
    for dummy in range(400):
        seen |= set(
            page.eval_on_selector_all(
                ".rows > li", "nodes => nodes.map(node => Number(node.getAttribute('aria-posinset')))"
            )
        )
        if page.evaluate("scrollY + innerHeight >= document.documentElement.scrollHeight - 2"):
            break
        page.evaluate("scrollBy(0, 700)")
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert seen == set(range(1, fleet_devices(fleet) + 1))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_light_or_dark_as_the_system_is_until_somebody_says_otherwise(opened, fleet, keep, scheme):
    page = opened(fleet, color_scheme=scheme).at()

    def brightness():
        return (
            sum(map(int, re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))[:3])) // 3
        )

    assert (brightness() > 128) == (scheme == "light")
    keep(page)
    page.get_by_role("button", name="Theme").click()
    assert (page.locator("#theme").inner_text(), brightness() > 128) == ("Theme: light", True)
    page.get_by_role("button", name="Theme").click()
    assert (page.locator("#theme").inner_text(), brightness() > 128) == ("Theme: dark", False)
    page.reload()
    assert brightness() < 128


def test_paper_has_every_row_that_was_chosen_and_no_knobs(opened, fleet, tmp_path):
    page = opened(fleet, color_scheme="dark").at("#devices?verdict=stale")
    reported = printed(page, tmp_path / "stale.pdf")
    for device in bad_devices(fleet, "stale"):
        assert device["wwid"] in reported
    assert "Order" not in reported and "Theme" not in reported
    page.wait_for_function(
        "document.querySelectorAll('.rows > li').length < 70"
    )  # after printing the rows that nobody sees go again


def test_the_first_page_on_paper(opened, fleet, tmp_path):
    page = opened(fleet).at()
    reported = printed(page, tmp_path / "overview.pdf")
    for text in ("Data at risk", "What to do first", "MPC009", "storage team", "cluster1.example.com"):
        assert text in reported
    assert len(fleet["changes"]["new"]) > 8
    for change in fleet["changes"]["new"]:
        assert change["host"] in reported
    expect(page.locator(".changes details[open]"), "what was unfolded for the paper is folded again").to_have_count(0)


def printed(page, path):
    """The text of the page on paper, cell by cell; a line that was broken is whole again."""
    page.pdf(path=path, format="A4")
    reported = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return " ".join(reported.split())


@pytest.mark.parametrize("address", ["", "#devices?verdict=stale", "#hosts"])
def test_a_narrow_screen_needs_no_sideways_scrolling(opened, fleet, keep, address):
    page = opened(fleet, viewport={"width": 360, "height": 740}).at(address)
    if address:
        page.locator(".row").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    if address:
        inside = (
            "one => [...one.querySelectorAll('.name, .host, .flags')].filter(cell => "
            "cell.offsetWidth).map(cell => [cell.offsetLeft, cell.offsetWidth])"
        )
        cells = sorted(page.locator(".row").first.evaluate(inside))
        assert all(left + width <= after[0] for (left, width), after in zip(cells, cells[1:])), (
            "what lies beside each other does not overlap"
        )
    keep(page)


def test_a_first_report_without_exceptions_is_shown(opened, fleet):
    page = opened({**fleet, "changes": None, "exceptions": []}).at()
    assert "no earlier report" in page.locator(".changes").inner_text()
    lines = page.get_by_label("Hosts by compliance").inner_text()
    assert re.search(r"unreachable\s+%d" % fleet["compliance"]["hosts"]["unreachable"], lines)
    assert page.get_by_text("Exceptions").count() == 0


def test_an_exception_is_shown_and_does_not_count(opened, fleet):
    page = opened(fleet).at("#findings?exception=excepted")
    page.locator(".row").first.click()
    assert "Excepted until 2026-12-31" in page.locator(".detail").inner_text()
    assert "storage team" in page.locator(".detail").inner_text()
    counted = [
        one
        for host in fleet["hosts"]
        for one in host["findings"]
        if one["severity"] == "warning" and not one.get("exception")
    ]
    page.goto(page.url.split("#")[0] + "#overview")
    entry = page.locator(".todo > li", has_text="What creates stale devices").inner_text()
    assert entry.split()[0] == str(len(counted))


def test_an_array_that_was_not_listed_is_among_the_first_things(opened, fleet):
    arrays = [
        dict(fleet["arrays"][0], complete=False, error="cluster1 answered 401: check the account"),
        fleet["arrays"][1],
    ]
    page = opened(dict(fleet, arrays=arrays)).at()
    entry = page.locator(".todo > li", has_text="array not listed").inner_text()
    assert "401" in entry
    assert "1 not listed" in page.locator(".glance").inner_text()


def test_what_the_arrays_show_to_be_risky_and_what_could_not_be_looked_at(opened, fleet):
    advisory = {
        "rule": "MPC501",
        "severity": "warning",
        "subject": "igroups a, b of SVM s",
        "what": "show 1 LUN (/vol/x) to 2 initiators",
        "where": "c1",
        "hosts": ["node1"],
        "strangers": ["iqn.x:desktop"],
        "exception": None,
    }
    rule = {"title": "x", "severity": "warning", "why": "it may write", "remedy": "unmap it"}
    arrays = [{**array, "not_checked": [{"what": "FC logins (MPC504)", "why": "denied"}]} for array in fleet["arrays"]]
    page = opened({**fleet, "rules": {"MPC501": rule}, "advisories": [advisory], "arrays": arrays}).at()
    folded = page.locator(".folds details", has_text="igroups a, b of SVM s: show 1 LUN")
    folded.locator("summary").click()
    reported = re.compile(r"Hosts\s+node1\s+Of no audited host\s+iqn.x:desktop\s+Why it is bad\s+it may write")
    expect(folded).to_contain_text(reported, use_inner_text=True)
    assert (
        "Not checked for advice: FC logins (MPC504): denied"
        in page.get_by_label("Arrays asked", exact=True).inner_text()
    )
    page = opened(fleet).at()
    assert (
        "Not checked" not in page.get_by_label("Arrays asked", exact=True).inner_text()
        and page.get_by_text("Arrays and clusters").count() == 0
    )


def test_targets_that_no_array_owns_stand_before_what_the_verdicts_come_to(opened, fleet):
    advisory = {
        "severity": "warning",
        "what": "LUNs that it no longer maps cannot be distinguished from LUNs of an array that was not asked",
        "where": "the hosts' paths",
        "hosts": ["node1"],
        "strangers": [],
        "exception": None,
    }
    unowned = [{**advisory, "rule": "MPC508", "subject": f"iqn.x:target{number:02}"} for number in range(12)]
    reported = [{**advisory, "rule": "MPC501", "subject": "igroups a, b of SVM s"}, *unowned]
    rules = {
        rule: {"title": "x", "severity": "warning", "why": "nobody was asked", "remedy": "name it in audit_arrays"}
        for rule in ("MPC501", "MPC508")
    }
    page = opened({**fleet, "rules": {**fleet["rules"], **rules}, "advisories": reported}).at()
    text = page.locator("main").inner_text()
    title = "Targets that no configured array owns"
    assert text.index(title) < text.index("What to do first") < text.index("Arrays and clusters")
    card = page.locator(".card", has=page.get_by_role("heading", name=title))
    shown = card.locator(".folds > details")
    assert "MPC501" not in card.inner_text() and "iqn.x:target00" in card.inner_text()
    assert (
        "MPC508" not in page.locator(".card", has=page.get_by_role("heading", name="Arrays and clusters")).inner_text()
    )
    shown.first.locator("summary").click()
    expect(shown.first).to_contain_text("name it in audit_arrays")
    assert "iqn.x:target11" not in card.inner_text()
    card.get_by_text("4 more", exact=True).click()
    expect(card).to_contain_text("iqn.x:target11")
    page = opened(fleet).at()
    assert page.get_by_text(title).count() == 0
