# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is kept of a plan that was made before, and what still holds."""

import copy
import datetime

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import removal_decision
from support.judged import ARRAY, GIVEN, GONE_TARGET, HEALTHY, MOUNT, STALE, device, report, result
from support.testimony import LUN, NOW, OTHER, WWID


@pytest.mark.parametrize(
    "seconds, why", [(0, None), (3600, None), (3601, "it is 3601 s old"), (-60, None), (-61, "it is -61 s old")]
)
def test_how_old_a_plan_may_be(seconds, why):
    reported = removal_decision.unusable(GIVEN, NOW + datetime.timedelta(seconds=seconds), 3600)
    assert reported is None if why is None else reported.startswith(why)


@pytest.mark.parametrize(
    "changes, why",
    [
        ({"schema": 2}, "not a plan of schema 1"),
        ({"schema": 0}, "not a plan of schema 1"),
        ({"arrays": []}, "digest"),
        ({"left": [1]}, "digest"),
        ({"made_at": "2026-11-21T02:30:00Z"}, "digest"),
        ({"removals": []}, "digest"),
        ({"digest": None}, "digest"),
    ],
)
def test_a_plan_that_was_changed_is_refused(changes, why):
    assert why in removal_decision.unusable(dict(GIVEN, **changes), NOW, 3600)
    assert "not a plan" in removal_decision.unusable("text", NOW, 3600)


def decide(given, *devices, hazards=(), now=NOW, **changes):
    return removal_decision.decide(report(*devices, **changes), given, hazards, now, 3600, 50, 0.5)


def test_a_plan_is_kept_to_where_the_world_is_as_it_was():
    assert decide(GIVEN, STALE, *HEALTHY)["removals"] == GIVEN["removals"]
    with pytest.raises(ValueError, match="it is 7200 s old"):
        decide(GIVEN, STALE, now=NOW + datetime.timedelta(hours=2))


def test_nothing_outside_a_plan_is_touched():
    other = dict(copy.deepcopy(STALE), wwid=OTHER, name="mpathz")
    decision = decide(GIVEN, STALE, other, *HEALTHY)
    assert [removal["wwid"] for removal in decision["removals"]] == [WWID]
    assert [(left["wwid"], left["why"]) for left in decision["left"]] == [
        (OTHER, "it is not in the plan that was given")
    ]
    for host in ("g", "h2"):
        elsewhere = dict(GIVEN, removals=[dict(GIVEN["removals"][0], host=host)])
        decision = decide(dict(elsewhere, digest=removal_plan.digest(elsewhere)), STALE, *HEALTHY)
        assert decision["removals"] == [] and [left["why"] for left in decision["left"]] == [
            "it is not in the plan that was given"
        ]


@pytest.mark.parametrize(
    "current, why",
    [
        (dict(STALE, dev_t="253:9"), "dev_t changed"),
        (device("absent", "absent", "absent"), "paths changed"),
        (dict(STALE, in_use=True, users=[MOUNT]), "no longer to be removed: it is in use"),
        (device("same", "same", mapped=[LUN]), "not there any more, or healthy"),
        (device("other", "absent"), "no longer to be removed: its verdict is recycled"),
        (device("absent", "absent", mapped=[LUN]), "its verdict is conflict"),
    ],
)
def test_what_is_no_longer_as_the_plan_saw_it_is_left(current, why):
    decision = decide(GIVEN, current, *HEALTHY)
    assert decision["removals"] == [] and why in decision["left"][0]["why"]


def test_the_reason_is_that_of_the_device_itself_and_the_first_of_two():
    recycled = device("other", "absent", mapped=())
    others = [dict(copy.deepcopy(STALE), wwid=wwid, in_use=True, users=[MOUNT]) for wwid in ("2", "4")]
    kept = removal_decision.still(
        GIVEN["removals"], removal_plan.plan(report(others[0], recycled, others[1], *HEALTHY), ["living_maps"], NOW)
    )[1]
    assert [left["why"] for left in kept] == [
        "it is no longer to be removed: its verdict is recycled: only with the hazard recycled"
    ]
    others_left = [
        {"host": host, "wwid": wwid, "why": "another device"}
        for host, wwid in (("h", "2"), ("h", "4"), ("g", WWID), ("i", WWID))
    ]
    fresh = {
        "removals": [],
        "left": others_left + [{"host": "h", "wwid": WWID, "why": why} for why in ("first", "second")],
    }
    assert removal_decision.still(GIVEN["removals"], fresh)[1][0]["why"].endswith(": first")


def test_a_host_that_was_started_again_is_left():
    other = report(STALE, *HEALTHY)
    other["hosts"][0]["facts"] = dict(other["hosts"][0]["facts"], host={"boot_id": "c"})
    decision = removal_decision.decide(other, GIVEN, [], NOW, 3600, 50, 0.5)
    assert decision["removals"] == [] and "boot_id changed" in decision["left"][0]["why"]


def test_a_host_in_quarantine_is_left_alone():
    whole = report(STALE, *HEALTHY)
    whole["hosts"][0]["facts"] = dict(whole["hosts"][0]["facts"], quarantine="the delete of 3:0:0:7 does not end")
    decision = removal_decision.decide(whole, None, [], NOW, 3600, 50, 0.5)
    assert decision["removals"] == [] and decision["alone"] == "the delete of 3:0:0:7 does not end"


def test_what_the_arrays_still_confirm():
    (removal,) = GIVEN["removals"]
    reported = removal_decision.confirmed(report(STALE, *HEALTHY), [removal], [], NOW, 60)
    assert reported == {"removals": [removal], "refused": [], "within": 0.0, "unanswered": [result()]}
    later = NOW - datetime.timedelta(seconds=40)
    assert removal_decision.confirmed(report(STALE, *HEALTHY), [removal], [], later, 60)["within"] == 40
    too_late = NOW + datetime.timedelta(seconds=1)
    assert removal_decision.confirmed(report(STALE, *HEALTHY), [removal], [], too_late, 60)["within"] == 0.0
    assert removal_decision.confirmed(dict(report(STALE), arrays=[]), [removal], [], NOW, 60)["within"] is None
    mapped = removal_decision.confirmed(report(device("absent", "absent", mapped=[LUN])), [removal], [], NOW, 60)
    why = "it is no longer to be removed: its verdict is conflict: never removed"
    assert mapped["removals"] == [] and mapped["refused"] == [result(refused=[{"code": "array", "why": why}])]


def test_what_a_cluster_said_lasts_no_longer_than_what_an_array_said():
    cluster = {"complete": True, "fetched_at": (NOW - datetime.timedelta(seconds=45)).isoformat()}
    unread = {"complete": False, "fetched_at": None}
    removal = removal_plan.plan(report(STALE), [], NOW)["removals"][0]
    for arrays in ([], [dict(ARRAY, fetched_at=NOW.isoformat())]):
        assert (
            removal_decision.confirmed(
                dict(report(STALE), arrays=arrays, clusters=[cluster, unread]), [removal], [], NOW, 60
            )["within"]
            == 15
        )


def test_a_host_that_was_read_in_part_is_left_alone():
    whole = report(STALE, *HEALTHY, why="users: EIO")
    whole["hosts"][0]["facts"] = dict(whole["hosts"][0]["facts"], incomplete=[{"what": "users", "why": "EIO"}])
    decision = removal_decision.decide(whole, None, [], NOW, 3600, 50, 0.5)
    assert decision["removals"] == [] and decision["alone"] == "it was read only in part: users: EIO"
    assert [one["why"] for one in decision["left"]] == ["its host is left alone: it was read only in part: users: EIO"]


def test_a_configuration_that_is_not_known_is_no_reason_to_leave_devices():
    whole = report(STALE, *HEALTHY, why="multipath_conf: not resolved")
    gaps = [{"what": what, "why": "not known"} for what in ("multipath_conf", "iscsi", "lvm")]
    whole["hosts"][0]["facts"] = dict(whole["hosts"][0]["facts"], incomplete=gaps)
    assert len(removal_decision.decide(whole, None, [], NOW, 3600, 50, 0.5)["removals"]) == 1


def test_an_outage_that_is_itself_removed_reaches_no_safety_limit():
    decision = decide(None, GONE_TARGET, *HEALTHY, hazards=["array_alone"])
    assert [removal["wire"] for removal in decision["removals"]] == ["unreachable"] and decision["alone"] is None
