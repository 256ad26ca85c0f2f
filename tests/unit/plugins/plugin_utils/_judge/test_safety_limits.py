# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a host is left alone."""

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import safety_limits
from support.judged import GONE_TARGET, HEALTHY, STALE, device, report
from support.testimony import LUN, NOW, OTHER


@pytest.mark.parametrize(
    "devices, changes, limits, why",
    [
        ([STALE, *HEALTHY], {}, (50, 0.5), None),
        ([STALE], {}, (50, 0.5), None),
        ([STALE, *HEALTHY], {"facts": None, "why": "no route"}, (50, 0.5), "it was not audited: no route"),
        ([STALE, dict(GONE_TARGET, name="out", wwid=OTHER), *HEALTHY], {}, (50, 0.5), "it has an outage (out)"),
        ([STALE, dict(STALE, wwid=OTHER), *HEALTHY], {}, (1, 0.5), "2 removals; at most 1"),
        ([STALE, dict(STALE, wwid=OTHER), *HEALTHY], {}, (2, 0.5), None),
        (
            [STALE, dict(STALE, wwid=OTHER), *HEALTHY[:1]],
            {},
            (50, 0.5),
            "2 of its 3 devices would be removed; at most 50 % are allowed",
        ),
        ([STALE, dict(STALE, wwid=OTHER), *HEALTHY[:2]], {}, (50, 0.5), None),
    ],
)
def test_a_limit_leaves_the_host_alone(devices, changes, limits, why):
    whole = report(*devices)
    removals = removal_plan.plan(whole, [], NOW)["removals"]
    reported = safety_limits.exceeded(dict(whole["hosts"][0], **changes), removals, *limits)
    assert reported is None if why is None else reported.startswith(why)


def test_paths_of_living_maps_count_as_removals_and_not_as_devices():
    """The device stays, so it does not count for stale_devices_max_share."""
    whole = report(device("same", "same", "absent", "absent", mapped=[LUN]))
    (host,), removals = whole["hosts"], removal_plan.plan(whole, ["living_maps"], NOW)["removals"]
    assert [removal["kind"] for removal in removals] == ["path", "path"]
    assert safety_limits.exceeded(host, removals, 2, 0.5) is None
    assert safety_limits.exceeded(host, removals, 1, 0.5).startswith("2 removals; at most 1")
    out = dict(host, devices=[*host["devices"], dict(GONE_TARGET, name="out", wwid=OTHER)])
    assert safety_limits.exceeded(out, removals, 2, 0.5).startswith("it has an outage (out)")
