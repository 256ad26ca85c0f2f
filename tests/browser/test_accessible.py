# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""axe-core, which looks for what keeps people from using a page, finds nothing serious, in no view, open or closed,
light or dark.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe

# Its findings of these kinds fail the test; the rest is advice.
SERIOUS = ("critical", "serious")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "address",
    [
        "",
        "#hosts",
        "#devices?verdict=stale,recycled",
        "#devices?group=verdict&in=recycled",
        "#findings",
        "#rules",
        "#rules?rule=MPC009",
        "#trend",
    ],
)
def test_axe_finds_nothing_serious(opened, fleet, unfold, address, scheme):
    page = opened(fleet, color_scheme=scheme).at(address)
    if page.locator(".row").count():
        page.locator(".row").nth(0).click()
        page.locator(".row").nth(1).click()
    unfold(page, 2)
    page.wait_for_timeout(200)  # colours fade in
    found = Axe().run(page).response
    assert found["passes"], "axe looked at something"
    faults = [
        f"{one['impact']} {one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
        if one["impact"] in SERIOUS
    ]
    assert faults == []
