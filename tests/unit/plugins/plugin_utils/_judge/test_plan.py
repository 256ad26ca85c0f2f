# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be removed, what blows a fuse, and what is kept of a plan that was made before."""

import copy
import datetime

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from support.testimony import ARRAY as PLAIN_ARRAY
from support.testimony import LUN, NOW, OTHER, WWID, answers, facts, path

ARRAY = dict(PLAIN_ARRAY, targets=["iqn.t"])
MOUNT = {"kind": "mount", "detail": "/srv (xfs, rw)"}
BROKEN = dict(ARRAY, complete=False, error="a1 answered 500")
HEALTHY = [
    {
        "kind": "map",
        "name": f"good{number}",
        "wwid": f"3{number}",
        "verdict": "healthy",
        "paths": [],
        "users": [],
        "in_use": False,
        "reason": "x",
        "queueing": True,
        "array": {"state": "mapped"},
        "device": None,
        "dev_t": None,
    }
    for number in range(3)
]

SESSIONS = [{"sid": sid, "target": "iqn.t", "portal": f"10.0.0.{sid}:3260", "state": "LOGGED_IN"} for sid in (1, 2)]


def device(*states, mapped=(), existing=(), array=None, users=(), in_map=True):
    found = facts([path(number, state, in_map, target="iqn.t") for number, state in enumerate(states)], users)
    found["maps"] = found["maps"] if in_map else []
    view = judge_devices.array_view(*answers(mapped, existing, array or ARRAY), now=NOW, max_age=3600)
    return judge_devices.judged(found, view)[0]


def report(*devices, name="h", **changes):
    facts_of = {
        "host": {"boot_id": "b"},
        "incomplete": [],
        "multipathd": {"running": True},
        "sessions": SESSIONS,
        "quarantine": None,
    }
    host = {"name": name, "state": "audited", "why": None, "facts": facts_of, "devices": list(devices), "not_seen": []}
    return {"arrays": [ARRAY], "hosts": [dict(host, **changes)]}


STALE = device("absent", "absent")
RECYCLED = device("other", "absent")
GONE_TARGET = device("unreachable", "silent")


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
    wire, told = removal_plan.eligible(dict(one, **changes), removal_plan.HAZARDS)
    assert wire is None and why in told


@pytest.mark.parametrize("one", [STALE, RECYCLED, device("absent", array=BROKEN), GONE_TARGET])
def test_what_its_owner_forbids_does_not_go_whatever_the_hazards(one):
    wire, told = removal_plan.eligible(dict(one, vetoes=["a pod uses it"]), removal_plan.HAZARDS)
    assert wire is None and "a pod uses it" in told


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
        (device("other", mapped=[LUN]), "gives its old identity"),
    ],
)
def test_what_never_goes_whatever_the_hazards(one, why):
    wire, told = removal_plan.eligible(one, removal_plan.HAZARDS)
    assert wire is None and why in told


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


def with_path(one, number, **changes):
    paths = [dict(path, **changes) if place == number else path for place, path in enumerate(one["paths"])]
    return dict(one, paths=paths)


def test_of_a_map_that_lives_or_goes_whole_nothing_is_said_with_living_maps():
    for one in (HEALTHY[0], device("same", "same", mapped=[LUN]), device("same", "silent", mapped=[LUN]), STALE):
        assert removal_plan.plan(report(one), ["living_maps"], NOW)["left"] == []


def test_what_is_left_is_told_with_the_reason():
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
        (device("same", "other"), "no array says that it gives the LUN to this host"),
        (device("same", "absent", array=BROKEN), "no array says that it gives the LUN to this host (a1 answered 500)"),
        (
            device("same", "absent", mapped=[dict(LUN, state="offline")]),
            "its verdict is outage: it keeps all its paths",
        ),
        (
            dict(device("same", "absent", mapped=[LUN]), vetoes=["a pod uses it"]),
            "who owns it forbids it: a pod uses it",
        ),
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
        "no array says that its old identity is not this host's any more: nobody knows",
    )


def test_a_path_in_use_behind_the_maps_back_stays():
    one = device("same", "absent", mapped=[LUN])
    for users in (None, [MOUNT]):
        one["paths"][1]["users"] = users
        assert removal_plan.plan(report(one), ["living_maps"], NOW)["removals"] == []


GIVEN = removal_plan.plan(report(STALE, *HEALTHY), [], NOW)


@pytest.mark.parametrize(
    "seconds, why", [(0, None), (3600, None), (3601, "it is 3601 s old"), (-60, None), (-61, "it is -61 s old")]
)
def test_how_old_a_plan_may_be(seconds, why):
    told = removal_plan.unusable(GIVEN, NOW + datetime.timedelta(seconds=seconds), 3600)
    assert told is None if why is None else told.startswith(why)


@pytest.mark.parametrize(
    "changes, why",
    [
        ({"schema": 2}, "no plan of schema 1"),
        ({"schema": 0}, "no plan of schema 1"),
        ({"arrays": []}, "digest"),
        ({"left": [1]}, "digest"),
        ({"made_at": "2026-11-21T02:30:00Z"}, "digest"),
        ({"removals": []}, "digest"),
        ({"digest": None}, "digest"),
    ],
)
def test_a_plan_that_was_changed_is_refused(changes, why):
    assert why in removal_plan.unusable(dict(GIVEN, **changes), NOW, 3600)
    assert "no plan" in removal_plan.unusable("text", NOW, 3600)


def test_the_order_of_a_plans_keys_is_not_its_content():
    assert removal_plan.digest(dict(reversed(GIVEN.items()))) == GIVEN["digest"]


def decide(given, *devices, hazards=(), now=NOW, **changes):
    return removal_plan.decide(report(*devices, **changes), given, hazards, now, 3600, 50, 0.5)


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
    kept = removal_plan.still(
        GIVEN, removal_plan.plan(report(others[0], recycled, others[1], *HEALTHY), ["living_maps"], NOW)
    )[1]
    assert [left["why"] for left in kept] == [
        "it is no longer to be removed: its verdict is recycled: only with the hazard recycled"
    ]
    strangers = [
        {"host": host, "wwid": wwid, "why": "a stranger"}
        for host, wwid in (("h", "2"), ("h", "4"), ("g", WWID), ("i", WWID))
    ]
    fresh = {
        "removals": [],
        "left": strangers + [{"host": "h", "wwid": WWID, "why": why} for why in ("first", "second")],
    }
    assert removal_plan.still(GIVEN, fresh)[1][0]["why"].endswith(": first")


def test_a_host_that_was_started_again_is_left():
    other = report(STALE, *HEALTHY)
    other["hosts"][0]["facts"] = dict(other["hosts"][0]["facts"], host={"boot_id": "c"})
    decision = removal_plan.decide(other, GIVEN, [], NOW, 3600, 50, 0.5)
    assert decision["removals"] == [] and "boot_id changed" in decision["left"][0]["why"]


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
            "2 of its 3 devices would go; at most 50 % are allowed",
        ),
        ([STALE, dict(STALE, wwid=OTHER), *HEALTHY[:2]], {}, (50, 0.5), None),
    ],
)
def test_the_fuses(devices, changes, limits, why):
    whole = report(*devices)
    removals = removal_plan.plan(whole, [], NOW)["removals"]
    told = removal_plan.fuse(dict(whole["hosts"][0], **changes), removals, *limits)
    assert told is None if why is None else told.startswith(why)


def test_a_host_in_quarantine_is_left_alone():
    whole = report(STALE, *HEALTHY)
    whole["hosts"][0]["facts"] = dict(whole["hosts"][0]["facts"], quarantine="the delete of 3:0:0:7 does not end")
    decision = removal_plan.decide(whole, None, [], NOW, 3600, 50, 0.5)
    assert decision["removals"] == [] and decision["alone"] == "the delete of 3:0:0:7 does not end"


def sessions(whole):
    return [
        removal["session"]["sid"]
        for removal in removal_plan.plan(whole, ["recycled", "empty_sessions"], NOW)["removals"]
        if removal["kind"] == "session"
    ]


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
    assert removal_plan.worse(whole["hosts"][0], after(*HEALTHY, sessions=[]), made) == []
    assert removal_plan.still({"removals": made}, removal_plan.plan(whole, ["empty_sessions"], NOW)) == (made, [])
    assert [
        one["name"]
        for one in removal_plan.still({"removals": made}, removal_plan.plan(report(*HEALTHY), ["empty_sessions"], NOW))[
            1
        ]
    ] == ["mpatha", "session 1", "session 2"]


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
        (report(STALE, not_seen=[LUN["wwid"]], luns={LUN["wwid"]: [LUN]}), "such as /vol/v/l: scan for them first"),
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


def test_what_the_arrays_still_confirm():
    (removal,) = GIVEN["removals"]
    told = removal_plan.confirmed(report(STALE, *HEALTHY), [removal], [], NOW, 60)
    untold = {
        "kind": "map",
        "name": "mpatha",
        "wwid": WWID,
        "changed": False,
        "actions": [],
        "refused": [],
        "failed_because": None,
    }
    assert told == {"removals": [removal], "refused": [], "within": 0.0, "untold": [untold]}
    later = NOW - datetime.timedelta(seconds=40)
    assert removal_plan.confirmed(report(STALE, *HEALTHY), [removal], [], later, 60)["within"] == 40
    too_late = NOW + datetime.timedelta(seconds=1)
    assert removal_plan.confirmed(report(STALE, *HEALTHY), [removal], [], too_late, 60)["within"] == 0.0
    assert removal_plan.confirmed(dict(report(STALE), arrays=[]), [removal], [], NOW, 60)["within"] is None
    mapped = removal_plan.confirmed(report(device("absent", "absent", mapped=[LUN])), [removal], [], NOW, 60)
    assert mapped["removals"] == [] and mapped["refused"] == [
        {
            "kind": "map",
            "name": "mpatha",
            "wwid": WWID,
            "changed": False,
            "actions": [],
            "failed_because": None,
            "refused": [
                {"code": "array", "why": "it is no longer to be removed: its verdict is conflict: never removed"}
            ],
        }
    ]


def test_what_a_cluster_said_lasts_no_longer_than_what_an_array_said():
    cluster = {"complete": True, "fetched_at": (NOW - datetime.timedelta(seconds=45)).isoformat()}
    unread = {"complete": False, "fetched_at": None}
    removal = removal_plan.plan(report(STALE), [], NOW)["removals"][0]
    for arrays in ([], [dict(ARRAY, fetched_at=NOW.isoformat())]):
        assert (
            removal_plan.confirmed(dict(report(STALE), arrays=arrays), [removal], [], NOW, 60, [cluster, unread])[
                "within"
            ]
            == 15
        )


def test_of_two_disks_of_one_lun_each_is_known_by_its_address():
    one, other = device("absent", in_map=False), device("absent", in_map=False)
    other["paths"][0]["hctl"] = "9:0:0:9"
    whole = report(one, other)
    made = removal_plan.plan(whole, [], NOW)["removals"]
    assert removal_plan.worse(whole["hosts"][0], after(other), made[:1]) == []
    assert len(removal_plan.worse(whole["hosts"][0], after(), made[:1])) == 1


def test_a_host_that_was_read_in_part_is_left_alone():
    whole = report(STALE, *HEALTHY, why="users: EIO")
    whole["hosts"][0]["facts"] = dict(whole["hosts"][0]["facts"], incomplete=[{"what": "users", "why": "EIO"}])
    decision = removal_plan.decide(whole, None, [], NOW, 3600, 50, 0.5)
    assert decision["removals"] == [] and decision["alone"] == "it was read only in part: users: EIO"
    assert [one["why"] for one in decision["left"]] == ["its host is left alone: it was read only in part: users: EIO"]


def test_a_configuration_that_is_not_known_is_no_reason_to_leave_devices():
    whole = report(STALE, *HEALTHY, why="multipath_conf: not resolved")
    gaps = [{"what": what, "why": "not known"} for what in ("multipath_conf", "iscsi", "lvm")]
    whole["hosts"][0]["facts"] = dict(whole["hosts"][0]["facts"], incomplete=gaps)
    assert len(removal_plan.decide(whole, None, [], NOW, 3600, 50, 0.5)["removals"]) == 1


def test_an_outage_that_is_itself_to_go_blows_no_fuse():
    decision = decide(None, GONE_TARGET, *HEALTHY, hazards=["array_alone"])
    assert [removal["wire"] for removal in decision["removals"]] == ["unreachable"] and decision["alone"] is None


BEFORE = report(STALE, *HEALTHY)["hosts"][0]


def after(*devices, **facts_changed):
    one = report(*devices)["hosts"][0]
    return dict(one, facts=dict(one["facts"], **facts_changed))


@pytest.mark.parametrize(
    "now, lost",
    [
        (after(*HEALTHY), []),
        (after(STALE, *HEALTHY), []),
        (after(*HEALTHY[1:]), ["good0 is gone"]),
        (after(dict(HEALTHY[0], verdict="degraded"), *HEALTHY[1:]), ["good0 was healthy and is degraded"]),
        (after(dict(HEALTHY[0], queueing=False), *HEALTHY[1:]), ["the queueing of good0 was True and is False"]),
        (after(*HEALTHY, multipathd={"running": False}), ["multipathd no longer runs"]),
        (after(*HEALTHY, sessions=SESSIONS[1:]), ["the session 1 to iqn.t is gone"]),
        (after(dict(STALE, queueing=False), *HEALTHY), ["the queueing of mpatha was True and is False"]),
        (after(dict(HEALTHY[0], verdict="stale"), *HEALTHY[1:]), ["good0 was healthy and is stale"]),
        (dict(BEFORE, facts=None, why="no route"), ["it was not audited afterwards: no route"]),
    ],
)
def test_what_a_host_lost(now, lost):
    told = removal_plan.worse(BEFORE, now, GIVEN["removals"])
    assert len(told) == len(lost) and all(text.startswith(start) for text, start in zip(told, lost))


@pytest.mark.parametrize(
    "now, lost", [("degraded", []), ("healthy", []), ("stale", ["good0 was degraded and is stale"])]
)
def test_a_map_that_was_degraded_before_need_not_be_better(now, lost):
    before, then = (after(dict(HEALTHY[0], verdict=verdict), *HEALTHY[1:]) for verdict in ("degraded", now))
    assert [text.split(":")[0] for text in removal_plan.worse(before, then, [])] == lost


def test_a_record_has_what_was_before_and_after():
    decision = {"removals": [], "left": [], "alone": None}
    before, then = dict(BEFORE, state="before"), dict(BEFORE, state="after")
    record = removal_plan.record("h", {"hosts": [before]}, {"hosts": [then]}, decision, [], [], NOW)
    assert (record["before"]["state"], record["after"]["state"]) == ("before", "after")


@pytest.mark.parametrize(
    "actions, told",
    [
        ([], "REMOVED  mpatha: gone already"),
        ([{"do": "flush", "device": "mpatha", "outcome": "done"}], "REMOVED  mpatha: flush mpatha"),
        ([{"do": "flush", "device": "mpatha", "outcome": "would be done"}], "WOULD GO mpatha: flush mpatha"),
    ],
)
def test_what_was_done_and_what_would_be(actions, told):
    result = {
        "name": "mpatha",
        "wwid": "mpatha",
        "kind": "map",
        "refused": [],
        "failed_because": None,
        "actions": actions,
    }
    late = {"name": "late", "wwid": WWID, "kind": "map", "host": "h", "verdict": "stale"}
    record = removal_plan.record(
        "h", {"hosts": [BEFORE]}, None, {"removals": [late], "left": [], "alone": None}, [result], [], NOW
    )
    assert [line.strip() for line in removal_plan.told(record)] == [told, f"NOT TRIED  late {WWID}"]


def test_the_record_tells_each_device_once():
    decision = {
        "removals": [dict(GIVEN["removals"][0], name=name) for name in ("gone", "used", "stuck", "late")],
        "alone": None,
        "left": [{"host": "h", "name": "l", "wwid": "w", "verdict": "outage", "why": "because"}],
    }
    base = {
        "wwid": WWID,
        "kind": "map",
        "refused": [],
        "failed_because": None,
        "actions": [{"do": "flush", "device": "gone", "outcome": "done"}],
    }
    results = [
        dict(base, name="gone"),
        dict(base, name="used", refused=[{"code": "in_use", "why": "swap"}]),
        dict(base, name="stuck", failed_because="EBUSY"),
    ]
    record = removal_plan.record("h", {"hosts": [BEFORE]}, None, decision, results, ["it is worse"], NOW)
    assert [one["name"] for one in record["not_tried"]] == ["late"]
    assert [line.split()[0:2] for line in removal_plan.told(record)] == [
        ["REMOVED", "gone"],
        ["REFUSED", "used"],
        ["FAILED", "stuck"],
        ["NOT", "TRIED"],
        ["left", "l"],
        ["LOST", "it"],
    ]
    assert removal_plan.told(dict(record, results=[], not_tried=[], left=[], lost=[])) == ["h: nothing to remove"]
