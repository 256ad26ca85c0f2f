# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""fleet.html of 1,000 hosts and 20,000 devices in Chromium: how long until it can be read, and until a search or a
filter has answered on the screen.
"""

import shutil
import tempfile
from pathlib import Path

from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import html as html_format
from lab.progress import say
from playwright.sync_api import sync_playwright

from perf import BenchError, fleet_double
from perf.result import row

HOSTS, DEVICES = 1000, 20
RUNS = 5
SEARCHES = ("3600a0980", "k8s-worker-04", "srv/data1 lun1", "e -healthy", "nothing like this")
FILTERS = ("verdict=healthy", "use=unused", "array=mapped")
PAINTED = "new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))"
SEARCH = (
    """async text => {
  const [search, began] = [document.getElementById('search'), performance.now()];
  search.value = text;
  search.dispatchEvent(new Event('input'));
  return await %s - began;
}"""
    % PAINTED
)
CLICK = (
    """async name => {
  const [chip, began] = [document.querySelector(`.chip[data-chip='${name}']`), performance.now()];
  chip.click();
  return await %s - began;
}"""
    % PAINTED
)
# The peers: a page that reads the same data and shows nothing of it; a loop over the same texts that shows nothing
# either.
BARE = (
    "<!doctype html><script id=data "
    "type='application/json'>%s</script><script>JSON.parse(document.getElementById('data').textContent)</script><p>read</p>"
)
LOOP = (
    """async text => {
  if (!window.texts) {
    const data = JSON.parse(document.getElementById('data').textContent);
    const texts = data.types.devices.map(type => type === 't');
    const text_of = row => row.map((cell, at) => texts[at] ? data.strings[cell] : '').join(' ');
    window.texts = data.devices.map(row => text_of(row).toLowerCase());
  }
  const began = performance.now();
  window.found = window.texts.filter(one => one.includes(text.toLowerCase())).length;
  return await %s - began;
}"""
    % PAINTED
)


def measure(where):
    """The bench's rows."""
    path = shutil.which("chromium")
    if not path:
        raise BenchError("chromium is missing: make setup installs it")
    report = fleet_double.report(HOSTS, DEVICES)
    page_text = html_format.render(report)
    data = page_text.partition('type="application/json">')[2].partition("</script>")[0]
    devices = sum(len(host["devices"]) for host in report["hosts"])
    found = {"open": [], "bare": [], "search": [], "filter": [], "loop": []}
    with tempfile.TemporaryDirectory(prefix="bench.") as folder, sync_playwright() as playwright:
        ours, bare = Path(folder, "fleet.html"), Path(folder, "bare.html")
        ours.write_text(page_text, encoding="utf-8")
        bare.write_text(BARE % data, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=path)
        for number in range(1, RUNS + 1):
            _run(browser, ours, bare, found)
            say(
                f"page: run {number} of {RUNS}: "
                + ", ".join(f"{name} {values[-1]:.0f} ms" for name, values in found.items())
            )
        browser.close()
    what = f"fleet.html, {HOSTS} hosts, {devices} devices, {len(page_text) / 2**20:.1f} MiB"
    opened, read = ([one / 1000 for one in found[side]] for side in ("open", "bare"))
    return [
        row(f"{what}: opened, against reading the data alone", "s", opened, read, where, below=2),
        *(
            row(f"fleet.html: the slowest of a few {title} loop", "ms", found[key], found["loop"], where, below=100)
            for key, title in (("search", "searches, against a bare"), ("filter", "filters, against the same"))
        ),
    ]


def _run(browser, ours, bare, found):
    """One of everything, each in a window of its own."""
    for side, path in (("bare", bare), ("open", ours)):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(path.as_uri())
        found[side].append(page.evaluate(PAINTED))
        if side == "bare":
            page.evaluate(LOOP, "")
            found["loop"].append(max(page.evaluate(LOOP, text) for text in SEARCHES))
        else:
            _ours(page, found)
        context.close()


def _ours(page, found):
    if not page.locator(".headline").count():
        raise BenchError("the page shows nothing")
    page.wait_for_selector("html[data-indexed]", state="attached")
    page.goto(page.url.split("#")[0] + "#devices")
    page.wait_for_selector(".row")
    found["search"].append(max(page.evaluate(SEARCH, text) for text in SEARCHES))
    page.evaluate(SEARCH, "")
    found["filter"].append(max(page.evaluate(CLICK, name) for name in FILTERS))
    if "of" not in page.locator(".count").inner_text():
        raise BenchError("the list does not say what it found")
