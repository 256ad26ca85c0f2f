# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person does with fleet.html. That it makes no request and logs nothing is asked at the end of each of these
(conftest.py).

A fold is filled, and a link or the history gone along, in an event of its own some time after the click: what comes of
them is waited for (`expect`).
"""

import re
import subprocess

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import verdict as core_verdict
from playwright.sync_api import expect
from support.pages import bad_devices, chip, count, fleet_devices, has_address, shows


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


def test_a_device_opens_to_what_the_three_witnesses_say(opened, fleet, keep):
    # One in use: for what may be removed, the reason is not folded.
    host, device = next(
        (host, one)
        for host in fleet["hosts"]
        for one in host["devices"]
        if one["verdict"] == "recycled" and one["in_use"]
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
    assert device["reason"] not in detail and device["next"] in detail, "the cards show it already"
    page.get_by_text("The reason in full").click()
    expect(page.locator(".detail")).to_contain_text(device["reason"])
    page.get_by_text("paths in detail").click()
    page.locator(".detail table").wait_for()
    assert device["paths"][1]["hctl"] in page.locator(".detail table").inner_text()
    address = page.evaluate("location.href")
    assert "open=" in address and host["name"] in address
    keep(page)
    page.reload()
    expect(page.locator(".witness")).to_have_count(3)


@pytest.mark.parametrize(
    "kind",
    [
        lambda one: one["verdict"] == "degraded",
        lambda one: one["verdict"] == "unknown",
        lambda one: one["verdict"] == "stale" and one["in_use"] is False,
    ],
    ids=("degraded", "unknown", "removable"),
)
def test_a_reason_that_decides_is_not_folded(opened, fleet, kind):
    host, device = next((host, one) for host in fleet["hosts"] for one in host["devices"] if kind(one))
    page = opened(fleet).at(f"#devices?host={host['name']}&q={device['wwid']}")
    page.locator(".row").first.click()
    expect(page.locator(".detail .reason").first).to_have_text(device["reason"])
    assert page.get_by_text("The reason in full").count() == 0


def test_the_words_of_the_wire_are_explained_beside_them(opened, fleet, keep):
    page = opened(fleet).at("#devices?verdict=recycled")
    page.locator(".row").first.click()
    page.get_by_text("What these words mean").click()
    terms = page.locator(".words dt")
    expect(terms).to_have_count(len(core_verdict.WIRE))
    assert tuple(terms.all_inner_texts()) == core_verdict.WIRE
    assert all(len(text.split()) > 3 for text in page.locator(".words dd").all_inner_texts())
    keep(page)


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
    device.get_by_text("The reason in full").click()
    expect(device).to_contain_text(host["devices"][0]["reason"])
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


def test_an_open_device_has_its_whole_reason_on_paper(opened, fleet, tmp_path):
    host, device = next(
        (host, one) for host in fleet["hosts"] for one in host["devices"] if one["verdict"] == "stale" and one["in_use"]
    )
    page = opened(fleet).at(f"#devices?host={host['name']}&q={device['wwid']}")
    page.locator(".row").first.click()
    page.locator(".witness").first.wait_for()
    assert " ".join(device["reason"].split()) in printed(page, tmp_path / "device.pdf")


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
