# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""fleet.html in Debian's Chromium, from the file system as a person opens it."""

import pathlib
import re
import shutil

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import html as html_format
from perf import fleet_double
from playwright.sync_api import sync_playwright

SCREENSHOTS = pathlib.Path(__file__).resolve().parents[2] / "build/report-screenshots"


class Opened:
    """A report in a window: what it asked for and complained of is kept, and must be nothing."""

    def __init__(self, browser, path, **options):
        self.context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        self.page = self.context.new_page()
        self.url = path.as_uri()
        self.requests, self.complaints = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def at(self, address=""):
        """The page at that address, once it is built."""
        self.page.goto(self.url + address)
        self.page.wait_for_selector("main > :not(noscript)")
        return self.page

    def close(self):
        self.context.close()
        asked = [url for url in self.requests if url.split("#")[0] != self.url and not url.startswith("data:")]
        assert (asked, self.complaints) == ([], [])


@pytest.fixture(scope="session")
def browser():
    path = shutil.which("chromium")
    assert path, "chromium is missing: make setup installs it"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path)
        yield running
        running.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Open a report, its page written as the audit writes it.

    What it asks for or complains of fails the test at its end.
    """
    windows = []

    def show(report, **options):
        path = tmp_path / f"fleet{len(windows)}.html"
        path.write_text(html_format.render(report), encoding="utf-8")
        windows.append(Opened(browser, path, **options))
        return windows[-1]

    yield show
    for window in windows:
        window.close()


@pytest.fixture(scope="session")
def fleet():
    """120 hosts with 10 devices each: something of everything."""
    return fleet_double.report(120, 10, misery=8)


@pytest.fixture
def keep(request):
    """Keep a picture of the window in build/report-screenshots, named after the test."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def screenshot(page, name=""):
        words = re.findall(r"[a-z0-9]+", f"{request.node.name} {name}")
        page.screenshot(path=SCREENSHOTS / f"{'-'.join(words[1:])}.png")

    return screenshot


@pytest.fixture
def unfold():
    """Open all that is folded, and as many times what is folded within.

    A fold is filled in an event of its own some time after the click.
    """

    def open_all(page, times):
        for dummy in range(times):
            page.evaluate("document.querySelectorAll('main details:not([open]) > summary').forEach(one => one.click())")
            page.wait_for_function(
                "[...document.querySelectorAll('main details[open]')].every(one => one.childElementCount > 1)"
            )

    return open_all
