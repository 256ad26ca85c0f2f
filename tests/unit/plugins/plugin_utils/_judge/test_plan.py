# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be removed, and why the rest is left."""

import copy

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import record as removal_record
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import removal_decision
from support.judged import (
    ARRAY,
    BROKEN,
    GIVEN,
    GONE_TARGET,
    HEALTHY,
    MOUNT,
    RECYCLED,
    SESSIONS,
    STALE,
    after,
    device,
    report,
    with_path,
)
from support.testimony import LUN, NOW, OTHER, WWID


@pytest.mark.parametrize(
    "one, hazard, wire",
    [
        (STALE, None, "absent"),
        (device(existing=[LUN]), None, "absent"),
        (device("absent", in_map=False), None, "absent"),
        (RECYCLED, "recycled", "other"),
        (device("absent", array=BROKEN), "wire_alone", "absent"),
        (GONE_TARGET, "array_alone", "unreachable"),
    ],
)
def test_what_may_go_and_what_only_with_its_hazard(one, hazard, wire):
    others = [name for name in removal_plan.HAZARDS if name != hazard]
    if hazard:
        refused, why = removal_plan.eligible(one, others)
        assert refused is None and hazard in why
    assert removal_plan.eligible(one, [hazard] if hazard else []) == (wire, None)


@pytest.mark.parametrize("one", [STALE, RECYCLED, device("absent", array=BROKEN), GONE_TARGET])
@pytest.mark.parametrize(
    "changes, why", [({"in_use": None}, "not known"), ({"in_use": True, "users": [MOUNT]}, "/srv (xfs, rw)")]
)
def test_nothing_in_use_goes_whatever_the_hazards(one, changes, why):
    wire, reported = removal_plan.eligible(dict(one, **changes), removal_plan.HAZARDS)
    assert wire is None and why in reported


@pytest.mark.parametrize("one", [STALE, RECYCLED, device("absent", array=BROKEN), GONE_TARGET])
def test_what_its_owner_forbids_does_not_go_whatever_the_hazards(one):
    wire, reported = removal_plan.eligible(dict(one, vetoes=["a pod uses it"]), removal_plan.HAZARDS)
    assert wire is None and "a pod uses it" in reported


@pytest.mark.parametrize("one", [STALE, RECYCLED, device("absent", array=BROKEN), GONE_TARGET])
@pytest.mark.parametrize(
    "changes, why",
    [
        ({"in_use": 0}, "who uses it is not known"),
        ({"in_use": ""}, "who uses it is not known"),
        ({"in_use": 1}, "who uses it is not known"),
        ({"vetoes": None}, "whether its owner forbids it is not known"),
        ({"vetoes": {}}, "whether its owner forbids it is not known"),
        ({"vetoes": ""}, "whether its owner forbids it is not known"),
        ({"verdict": "dead"}, "its verdict is dead: never removed"),
        ({"verdict": None}, "its verdict is None: never removed"),
    ],
)
def test_a_value_of_another_kind_is_no_permission(one, changes, why):
    assert removal_plan.eligible(dict(one, **changes), removal_plan.HAZARDS) == (None, why)


def test_vetoes_of_another_kind_leave_each_path():
    one = dict(device("same", "absent", mapped=[LUN]), vetoes=None)
    made = removal_plan.plan(report(one), removal_plan.HAZARDS, NOW)
    assert made["removals"] == [] and "not known" in made["left"][0]["why"]


@pytest.mark.parametrize(
    "one, why",
    [
        (device("absent", mapped=[LUN]), "conflict"),
        (device("unreadable"), "unknown"),
        (device("silent", mapped=[LUN]), "it is an outage"),
        (device("silent", array=BROKEN), "it is an outage"),
        (device("same", mapped=[dict(LUN, state="offline")]), "it is an outage"),
        (device("other", "same", mapped=[LUN]), "say same"),
        (device("other", "silent"), "say silent"),
        (device("other", mapped=[LUN]), "still maps its old identity"),
        (device(array=BROKEN), "no path of it is left, so the wire says nothing"),
    ],
)
def test_what_never_goes_whatever_the_hazards(one, why):
    wire, reported = removal_plan.eligible(one, removal_plan.HAZARDS)
    assert wire is None and why in reported


@pytest.mark.parametrize("one", [device("same", mapped=[LUN]), device("same", "silent", mapped=[LUN])])
def test_of_what_lives_nothing_is_said(one):
    assert removal_plan.eligible(one, removal_plan.HAZARDS) == (None, None)


def test_a_plan_holds_all_that_is_asked_again():
    made = removal_plan.plan(report(STALE, *HEALTHY), [], NOW)
    (removal,) = made["removals"]
    assert removal == {
        "host": "h",
        "boot_id": "b",
        "kind": "map",
        "name": "mpatha",
        "wwid": WWID,
        "dev_t": "253:0",
        "verdict": "stale",
        "wire": "absent",
        "array": "gone",
        "session": None,
        "reason": STALE["reason"],
        "paths": [
            {"hctl": f"{number}:0:0:3", "sd": sd, "target": "iqn.t", "wwid": WWID}
            for number, sd in enumerate(("sda", "sdb"))
        ],
    }
    assert made["arrays"] == [{"hostname": "a1", "cluster": "c1", "complete": True, "fetched_at": ARRAY["fetched_at"]}]
    assert (made["made_at"], made["left"]) == ("2026-11-21T02:00:00Z", []) and len(made["digest"]) == 64


def test_a_single_path_is_known_by_its_name_and_one_without_by_its_address():
    one = device("same", "absent", mapped=[LUN])
    names = [
        removal_plan.plan(report(changed), ["living_maps"], NOW)["removals"][0]["name"]
        for changed in (one, with_path(one, 1, sd=None))
    ]
    assert names == ["sdb", "1:0:0:3"]


def test_of_a_map_that_lives_or_goes_whole_nothing_is_said_with_living_maps():
    for one in (HEALTHY[0], device("same", "same", mapped=[LUN]), device("same", "silent", mapped=[LUN]), STALE):
        assert removal_plan.plan(report(one), ["living_maps"], NOW)["left"] == []


def test_what_is_left_is_reported_with_the_reason():
    made = removal_plan.plan(report(dict(STALE, in_use=True, users=[MOUNT])), [], NOW)
    assert made["removals"] == [] and [(one["wwid"], one["why"]) for one in made["left"]] == [
        (WWID, "it is in use: mount /srv (xfs, rw)")
    ]


@pytest.mark.parametrize(
    "states, hazards, gone",
    [
        (("same", "other"), ["living_maps"], ["1:0:0:3"]),
        (("same", "absent", "other"), ["living_maps"], ["1:0:0:3", "2:0:0:3"]),
        (("same", "absent"), ["living_maps"], ["1:0:0:3"]),
        (("same", "absent"), ["recycled", "wire_alone", "array_alone"], []),
        (("absent", "silent"), ["living_maps"], []),
        (("same", "silent"), ["living_maps"], []),
        (("other", "silent"), ["living_maps"], []),
    ],
)
def test_single_paths_of_a_map_that_stays(states, hazards, gone):
    made = removal_plan.plan(report(device(*states, mapped=[LUN])), hazards, NOW)
    assert [(removal["kind"], removal["paths"][0]["hctl"]) for removal in made["removals"]] == [
        ("path", hctl) for hctl in gone
    ]
    assert [removal["wire"] for removal in made["removals"]] == [
        state for state in states if state in ("absent", "other")
    ][: len(gone)]


@pytest.mark.parametrize(
    "one, why",
    [
        (device("same", "absent"), "its verdict is conflict: it keeps all its paths"),
        (device("same", "other"), "no array says that it maps the LUN to this host"),
        (device("same", "absent", array=BROKEN), "no array says that it maps the LUN to this host (a1 answered 500)"),
        (
            device("same", "absent", mapped=[dict(LUN, state="offline")]),
            "its verdict is outage: it keeps all its paths",
        ),
        (dict(device("same", "absent", mapped=[LUN]), vetoes=["a pod uses it"]), "its owner forbids it: a pod uses it"),
    ],
)
def test_a_living_map_keeps_its_paths_where_anything_else_would_stay(one, why):
    made = removal_plan.plan(report(one), removal_plan.HAZARDS, NOW)
    assert made["removals"] == [] and why in "; ".join(left["why"] for left in made["left"])


@pytest.mark.parametrize(
    "changes",
    [{"checker_state": "ghost"}, {"checker_state": "faulty"}, {"checker_state": None}, {"dm_state": "failed"}],
)
def test_a_living_map_keeps_its_paths_where_none_carries_its_io(changes):
    """A port may answer an INQUIRY as the LUN, and give no data."""
    one = device("same", "absent", mapped=[LUN])
    one["paths"][0].update(changes)
    made = removal_plan.plan(report(one), ["living_maps"], NOW)
    assert made["removals"] == [] and [left["why"] for left in made["left"]] == [
        "its paths stay: none that answers as itself is active and ready"
    ]


@pytest.mark.parametrize("state", ["foreign", "unknown"])
def test_a_recycled_device_stays_where_no_array_vouches_that_its_identity_is_not_this_hosts(state):
    one = dict(RECYCLED, array=dict(RECYCLED["array"], state=state, reason="nobody knows"))
    assert removal_plan.eligible(one, removal_plan.HAZARDS) == (
        None,
        "no array says that its old identity is no longer mapped to this host: nobody knows",
    )


def test_a_path_in_use_behind_the_maps_back_stays():
    one = device("same", "absent", mapped=[LUN])
    for users in (None, [MOUNT]):
        one["paths"][1]["users"] = users
        assert removal_plan.plan(report(one), ["living_maps"], NOW)["removals"] == []


def test_the_order_of_a_plans_keys_is_not_its_content():
    assert removal_plan.digest(dict(reversed(GIVEN.items()))) == GIVEN["digest"]


def sessions(whole):
    return [
        removal["session"]["sid"]
        for removal in removal_plan.plan(whole, ["recycled", "empty_sessions"], NOW)["removals"]
        if removal["kind"] == "session"
    ]


@pytest.mark.parametrize(
    "devices, changes",
    [
        ([STALE, dict(copy.deepcopy(STALE), wwid=OTHER, in_use=True, users=[MOUNT])], {}),
        ([STALE, device("same", mapped=[LUN], in_map=False)], {}),
        ([device("absent", array=BROKEN)], {}),
        (HEALTHY, {}),
    ],
)
def test_a_session_with_a_device_or_that_may_get_one_stays(devices, changes):
    for number, one in enumerate(devices[1:], 7):
        for path_of in one["paths"]:
            path_of["hctl"] = f"{number}:0:0:9"
    assert sessions(report(*devices, **changes)) == []


def test_no_session_goes_on_the_word_of_an_array_that_did_not_say_all():
    whole = report(STALE)
    assert sessions(whole) == [1, 2]
    for other, why in (
        (dict(whole, arrays=[ARRAY, BROKEN]), "not every array said"),
        (dict(whole, arrays=[]), "not every array said"),
        (report(STALE, not_seen=[LUN]), "such as /vol/v/l: scan for them first"),
    ):
        assert sessions(other) == []
        left = removal_plan.plan(other, ["empty_sessions"], NOW)["left"]
        assert [(one["name"], why in one["why"]) for one in left] == [("session 1", True), ("session 2", True)]


def test_a_session_that_is_not_up_is_no_empty_one():
    whole = report(STALE)
    whole["hosts"][0]["facts"] = dict(
        whole["hosts"][0]["facts"], sessions=[dict(SESSIONS[0], state="FAILED"), SESSIONS[1]]
    )
    assert sessions(whole) == [2]


def test_the_sessions_that_a_plan_empties():
    whole = report(STALE, *HEALTHY)
    assert "session" not in [removal["kind"] for removal in removal_plan.plan(whole, [], NOW)["removals"]]
    made = removal_plan.plan(whole, ["empty_sessions"], NOW)["removals"]
    assert [(removal["kind"], removal["name"]) for removal in made] == [
        ("map", "mpatha"),
        ("session", "session 1"),
        ("session", "session 2"),
    ]
    assert made[1] == {
        "host": "h",
        "boot_id": "b",
        "kind": "session",
        "name": "session 1",
        "wwid": None,
        "dev_t": None,
        "paths": [],
        "verdict": "empty",
        "wire": "absent",
        "array": None,
        "session": {"sid": 1, "target": "iqn.t", "portal": "10.0.0.1:3260"},
        "reason": "nothing of iqn.t is left on this host",
    }
    assert removal_record.worse(whole["hosts"][0], after(*HEALTHY, sessions=[]), made) == []
    assert removal_decision.still(made, removal_plan.plan(whole, ["empty_sessions"], NOW)) == (made, [])
    assert [
        one["name"]
        for one in removal_decision.still(made, removal_plan.plan(report(*HEALTHY), ["empty_sessions"], NOW))[1]
    ] == ["mpatha", "session 1", "session 2"]
