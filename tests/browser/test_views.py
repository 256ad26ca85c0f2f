# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What fleet.html looks like on a desktop and on a phone, light and dark.

UPDATE_SCREENSHOTS=1 writes the pictures to docs/images; look at them.
"""

import base64
import datetime
import os
import pathlib

import pytest
from perf import fleet_double

IMAGES = pathlib.Path(__file__).parents[2] / "docs" / "images"
MOST = 1_500_000  # bytes of all pictures
SIZES = {"desktop": {"width": 1180, "height": 860}, "phone": {"width": 390, "height": 844}}
VIEWS = {
    "overview": "",
    "grouped": "#devices?verdict=recycled,stale,outage&group=svm",
    "device": "#devices?verdict=recycled",
    "rule": "#rules?rule=MPC009",
    "trend": "#trend",
}


WEBP = """async png => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + png;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext('2d').drawImage(image, 0, 0);
  const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.85 });
  return [...new Uint8Array(await blob.arrayBuffer())];
}"""


def small(context, picture):
    """Return a PNG as WebP, which Chromium makes in a quarter of its size."""
    page = context.new_page()
    made = bytes(page.evaluate(WEBP, base64.b64encode(picture).decode()))
    page.close()
    return made


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_view_fits(opened, fleet, size, scheme):
    window = opened(fleet, viewport=SIZES[size], color_scheme=scheme)
    window.page.clock.set_fixed_time(fleet_double.NOW + datetime.timedelta(hours=6))
    for name, address in VIEWS.items():
        page = window.at(address)
        if name == "device":
            page.locator(".row").first.click()
            page.locator(".witnesses").wait_for()
        width = SIZES[size]["width"]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        tabs = page.locator(".views a").evaluate_all(
            "tabs => tabs.map(tab => [tab.getBoundingClientRect().left, tab.getBoundingClientRect().right])"
        )
        assert len(tabs) == 6 and all(0 <= left and right <= width for left, right in tabs), "no tab is clipped"
        if os.environ.get("UPDATE_SCREENSHOTS"):
            page.wait_for_timeout(300)  # colours fade in
            picture = page.screenshot(animations="disabled")
            (IMAGES / f"fleet-{name}-{size}-{scheme}.webp").write_bytes(small(window.context, picture))
        page.goto("about:blank")


def test_the_title_has_the_name_of_the_fleet_or_its_clusters(opened, fleet):
    page = opened(fleet).at()
    assert page.title() == page.locator("h1").inner_text() == "ontap-1, ontap-2: SAN fleet report"
    arrays = [{**fleet["arrays"][0], "cluster": name} for name in ("one", "two", "two", None, "<b>")]
    assert opened({**fleet, "arrays": arrays}).at().title() == "one, two and 2 more: SAN fleet report"
    assert opened({**fleet, "arrays": []}).at().title() == "SAN fleet report"
    page = opened({**fleet, "fleet": "Berlin <b>\u202e"}).at()
    assert page.title() == page.locator("h1").inner_text() == "Berlin <b>\\x202e: SAN fleet report"


def test_the_first_page_is_short_on_a_phone(opened, fleet):
    """The fleet has something of everything, so there is hardly a longer one."""
    page = opened(fleet, viewport=SIZES["phone"]).at()
    assert page.evaluate("document.documentElement.scrollHeight") < 4500


def test_the_pictures_of_the_documentation_are_there_and_small():
    names = {f"fleet-{name}-{size}-{scheme}.webp" for name in VIEWS for size in SIZES for scheme in ("light", "dark")}
    assert names <= {path.name for path in IMAGES.iterdir()}
    assert sum(path.stat().st_size for path in IMAGES.iterdir()) < MOST
