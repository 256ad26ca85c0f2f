# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of fleet.html in Chromium (tests/browser) see of a page."""

import re

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


def fleet_devices(fleet):
    return sum(len(host["devices"]) for host in fleet["hosts"])
