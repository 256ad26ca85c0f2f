# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as the person who approves it sees it."""

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import plan_table, records
from support.fleets import HEALTHY_ARRAY, STALE_ARRAY, configured_host, fleet, recycled, stale
from support.testimony import LUN, NOW, WWID, path

GAP = {"what": "users", "why": "it\x1b[31m took too long"}


def shown(hosts, max_removals=50, max_share=1, hazards=(), answers=STALE_ARRAY):
    report = fleet(hosts, **answers)
    plan = removal_plan.plan(records.judgement(report), hazards, NOW)
    made = plan_table.summary(report, plan, max_removals, max_share)
    return made, list(plan_table.lines(report, plan, made))


def test_a_removal_is_a_row_with_host_device_lun_users_and_why():
    made, lines = shown({"a": stale(), "longer": stale()})
    assert lines[0] == "The plan: 2 removals on 2 hosts would be made." and made.alone == {}
    assert lines[1].split() == ["HOST", "DEVICE", "LUN", "USERS", "WHY"]
    columns = [lines[1].index(title) for title in ("DEVICE", "LUN", "USERS", "WHY")]
    for line, name in zip(lines[2:], ("a", "longer")):
        cells = [line[start:end].strip() for start, end in zip([0, *columns], [*columns, None])]
        assert cells[0] == name and cells[1].startswith("map ") and cells[3] == "none"
        assert LUN["name"] in cells[2] and WWID in cells[2] and cells[4].startswith("stale: ")
    assert len(lines) == 4


def test_who_uses_the_map_is_said_where_one_of_its_paths_goes():
    """The map stays and is in use, so it is what matters most to who approves."""
    users = [{"kind": "mount", "detail": "/srv"}]
    host = configured_host(path(0, "same"), path(1, "absent"), users=users)
    made, lines = shown({"b": host}, hazards=["living_maps"], answers=HEALTHY_ARRAY)
    assert [removal["kind"] for removal in made.removals] == ["path"] and "  mount /srv  " in lines[2]


@pytest.mark.parametrize(
    "host, limits, why",
    [
        (stale(incomplete=[GAP]), {}, "it was read only in part: "),
        (stale(), {"max_removals": 0}, "1 removals; at most 0 are allowed (stale_devices_max_removals)"),
    ],
)
def test_a_removal_on_a_host_that_will_be_left_alone_is_shown_so_before_and_does_not_count(host, limits, why):
    made, lines = shown({"b": host}, **limits)
    assert made.removals == [] and len(made.kept) == 1
    assert lines[0] == "The plan: 0 removals on 0 hosts would be made."
    assert lines[1].startswith(f"b would be left alone, with 1 removal of the plan: {why}")
    assert "\x1b" not in "".join(lines)


def test_what_is_not_in_the_plan_is_there_with_the_reason():
    lines = shown({"b": recycled()})[1]
    assert lines[1] == "Not in the plan, 1:" and "recycled: its verdict is recycled: only with the hazard" in lines[2]


def test_an_outage_beside_a_stale_device_is_said_before_the_approval():
    host = configured_host(
        path(0, "absent"), path(1, "unreachable", map=None, wwid="3600a09800000000000000000000000ff")
    )
    made, lines = shown({"b": host})
    assert made.removals == [] and "it has an outage" in "".join(lines)
