# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every guard of a removal: from a device that may go, one thing changed, and it may not."""

import copy

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._removal import guards
from support import configured
from support.testimony import OTHER, WWID, facts, path

BOOT = "6d2a2b5e-0a3a-4c0f-9b0e-2f7d1f9f3c11"
MAP = {"boot_id": BOOT, "dev_t": "253:0", "paths": ["0:0:0:3", "1:0:0:3"], "wire": "absent"}
PATH = {"boot_id": BOOT, "wwid": WWID, "sd": "sda", "target": "iqn.t", "wire": "absent"}
USER = {"kind": "mount", "detail": "/srv (xfs, rw)"}


def witnessed(*paths, users=(), **changes):
    """What a look at a stale map of two paths gives."""
    paths = paths or (absent(0), absent(1))
    found = facts(paths, users, **{"other_slaves": [], "open_count": 0, "changed": None, **changes})
    found["host"] = {"boot_id": BOOT}
    return dict(
        found,
        incomplete=[],
        multipathd={"running": True},
        platform={"proxmox": configured.CLEAN["platform"]["proxmox"]},
    )


def absent(number, **changes):
    return path(number, "absent", **{"device_state": "running", "target": "iqn.t", **changes})


def saying(number, state):
    return path(number, state, device_state="running", target="iqn.t")


def codes(refusals):
    assert all(refusal["why"] for refusal in refusals)
    return [refusal["code"] for refusal in refusals]


def test_a_stale_map_that_nobody_uses_may_go():
    assert guards.of_map(witnessed(), WWID, MAP) == []
    assert guards.of_map(witnessed(), WWID, {"boot_id": None, "dev_t": None, "paths": None, "wire": "absent"}) == [], (
        "nothing was expected"
    )


def test_a_partition_that_nobody_uses_and_a_probe_are_no_use():
    users = [{"kind": "partition", "detail": "mpatha-part1 (dm-1)"}, {"kind": "probe", "detail": "pid 7 (udev-worker)"}]
    assert guards.of_map(witnessed(users=users), WWID, MAP) == []


@pytest.mark.parametrize(
    "code, changes",
    [
        ("identity", {"dev_t": "253:7"}),
        ("wire", {"other_slaves": ["nvme0n1"]}),
        ("evidence", {"changed": "it got sdc"}),
        ("suspended", {"suspended": True}),
        ("in_use", {"open_count": None}),
        ("in_use", {"users": [USER]}),
    ],
)
def test_of_the_map(code, changes):
    assert codes(guards.of_map(witnessed(**changes), WWID, MAP)) == [code]


@pytest.mark.parametrize("name", ["-F", "--help", "-", "", "a b", "a\nb", "a\n", 'a"b', "daten\xe4"])
def test_a_name_that_multipath_could_take_for_something_else(name):
    """multipath -F flushes every map that it can."""
    refusals = guards.of_map(witnessed(name=name), WWID, MAP)
    assert codes(refusals) == ["identity"] and "could be taken for an option" in refusals[0]["why"]


@pytest.mark.parametrize("name", ["mpatha", WWID, "db-01_data.2", "oracle+redo", "a:b@c#d"])
def test_names_that_maps_have(name):
    assert guards.of_map(witnessed(name=name), WWID, MAP) == []


def test_a_map_whose_users_could_not_be_read():
    found = witnessed()
    found["maps"][0]["users"] = None
    assert codes(guards.of_map(found, WWID, MAP)) == ["in_use"]


@pytest.mark.parametrize("paths", [[], ["0:0:0:3"], ["0:0:0:3", "2:0:0:3"], ["0:0:0:3", "1:0:0:3", "2:0:0:3"]])
def test_other_paths_than_those_that_were_seen(paths):
    assert codes(guards.of_map(witnessed(), WWID, dict(MAP, paths=paths))) == ["identity"]


@pytest.mark.parametrize("kind", ["mount", "swap", "loop", "export", "process", "lvm", "luks", "md", "dm", "other"])
def test_each_kind_of_use(kind):
    user = {"kind": kind, "detail": "x"}
    assert codes(guards.of_map(witnessed(users=[user]), WWID, MAP)) == ["in_use"]
    assert codes(guards.of_map(witnessed(absent(0), absent(1, users=[user])), WWID, MAP)) == ["in_use"]
    assert codes(guards.of_path(witnessed(absent(0, map=None, users=[user])), "0:0:0:3", PATH, False)) == ["in_use"]


# What is expected of two paths: what they may say, and what they may not.
WIRE = {
    "absent": ([], ["absent same", "absent other", "absent unreachable", "absent silent", "absent unreadable"]),
    "other": (
        ["other other", "other absent"],
        ["absent absent", "other same", "other unreachable", "other unreadable"],
    ),
    "unreachable": (
        ["unreachable silent", "absent absent"],
        ["unreachable same", "unreachable other", "unreachable unreadable"],
    ),
}


@pytest.mark.parametrize(
    "expected, said, code",
    [
        (expected, said.split(), code)
        for expected, (may, may_not) in WIRE.items()
        for code, some in ((None, may), ("wire", may_not))
        for said in some
    ],
)
def test_what_the_wire_must_say(expected, said, code):
    refusals = guards.of_map(witnessed(saying(0, said[0]), saying(1, said[1])), WWID, dict(MAP, wire=expected))
    assert codes(refusals) == ([code] if code else [])


@pytest.mark.parametrize(
    "code, one",
    [
        ("identity", absent(1, wwid=OTHER)),
        ("identity", absent(1, wwid=None)),
        ("wire", absent(1, device_state="blocked")),
        ("in_use", absent(1, users=None)),
    ],
)
def test_of_a_path_of_the_map(code, one):
    assert codes(guards.of_map(witnessed(absent(0), one), WWID, MAP)) == [code]


@pytest.mark.parametrize(
    "code, changes",
    [
        ("evidence", {"incomplete": [{"what": "users", "why": "processes: EIO"}]}),
        ("evidence", {"incomplete": [{"what": "kernel", "why": "x"}]}),
        ("evidence", {"host": {"boot_id": None}}),
        ("rebooted", {"host": {"boot_id": "another"}}),
        ("daemon", {"multipathd": {"running": False}}),
    ],
)
def test_of_the_host(code, changes):
    assert codes(guards.of_map(dict(witnessed(), **changes), WWID, MAP)) == [code]


@pytest.mark.parametrize(
    "code, changes",
    [("evidence", {"incomplete": [{"what": "users", "why": "x"}]}), ("rebooted", {"host": {"boot_id": "another"}})],
)
def test_of_the_host_of_a_disk(code, changes):
    assert codes(guards.of_path(dict(witnessed(absent(0, map=None)), **changes), "0:0:0:3", PATH, False)) == [code]


def test_a_child_of_an_earlier_look_that_does_not_end_says_nothing_of_this_device():
    assert guards.of_map(dict(witnessed(), incomplete=[{"what": "child", "why": "process 7"}]), WWID, MAP) == []


def left_over(*paths):
    return dict(witnessed(*paths), maps=[])


def test_the_paths_that_a_map_left_behind_are_judged_alone():
    assert guards.of_map(left_over(absent(0, map=None), absent(1, map=None)), WWID, MAP) == []
    assert codes(guards.of_map(left_over(absent(0, map=None), absent(1, map=None, users=[USER])), WWID, MAP)) == [
        "in_use"
    ]
    assert codes(guards.of_map(left_over(absent(0, map=None), absent(1, map=OTHER)), WWID, MAP)) == ["identity"]
    for other in (OTHER, "2" + WWID, "zz", None):
        other_disk = absent(1, map=None, wwid=other, users=[USER])
        assert guards.of_map(left_over(absent(0, map=None), other_disk), WWID, MAP) == [], (
            "another disk has its address"
        )
    living = path(1, "same", in_map=False, device_state="running")
    assert codes(guards.of_map(left_over(absent(0, map=None), living), WWID, MAP)) == ["wire"]


def test_a_disk_in_no_map_may_go():
    assert guards.of_path(witnessed(absent(0, map=None)), "0:0:0:3", PATH, False) == []
    assert (
        guards.of_path(witnessed(absent(0, map=None)), "0:0:0:3", dict(PATH, boot_id=None, sd=None, target=None), False)
        == []
    )


@pytest.mark.parametrize(
    "code, changes",
    [
        ("identity", {"wwid": OTHER}),
        ("identity", {"sd": "sdx"}),
        ("identity", {"target": "iqn.u"}),
        ("identity", {"target": None}),
        ("wire", {"device_state": "blocked"}),
        ("in_use", {"users": None}),
        ("in_use", {"users": [USER]}),
    ],
)
def test_of_the_disk(code, changes):
    assert codes(guards.of_path(witnessed(absent(0, **{"map": None, **changes})), "0:0:0:3", PATH, False)) == [code]


def test_a_disk_without_an_identity():
    assert codes(
        guards.of_path(witnessed(absent(0, map=None, wwid=None)), "0:0:0:3", dict(PATH, wwid=None), False)
    ) == ["identity"]


@pytest.mark.parametrize(
    "state, expected, code",
    [("same", "absent", "wire"), ("other", "absent", "wire"), ("absent", "other", "wire"), ("other", "other", None)],
)
def test_what_the_disk_must_say(state, expected, code):
    one = path(0, state, in_map=False, device_state="running", target="iqn.t")
    assert codes(guards.of_path(witnessed(one), "0:0:0:3", dict(PATH, wire=expected), False)) == (
        [code] if code else []
    )


@pytest.mark.parametrize(
    "others, allowed, may",
    [
        (["same"], True, True),
        (["same", "absent"], True, True),
        (["same"], False, False),
        (["absent"], True, False),
        (["unreachable"], True, False),
        ([], True, False),
    ],
)
def test_a_path_of_a_living_map(others, allowed, may):
    paths = [absent(0)] + [saying(number, state) for number, state in enumerate(others, 1)]
    assert codes(guards.of_path(witnessed(*paths), "0:0:0:3", PATH, allowed)) == ([] if may else ["living_map"])


@pytest.mark.parametrize(
    "of_map, of_host, code",
    [
        ({"suspended": True}, {}, "suspended"),
        ({"changed": "its paths changed meanwhile"}, {}, "evidence"),
        ({}, {"multipathd": {"running": False}}, "daemon"),
        ({}, {"maps": []}, "evidence"),
    ],
)
def test_a_living_map_whose_paths_nobody_may_change_now(of_map, of_host, code):
    found = witnessed(absent(0), saying(1, "same"))
    found["maps"][0].update(of_map)
    assert codes(guards.of_path(dict(found, **of_host), "0:0:0:3", PATH, True)) == [code]


@pytest.mark.parametrize(
    "changes",
    [{"checker_state": "ghost"}, {"checker_state": "faulty"}, {"checker_state": None}, {"dm_state": "failed"}],
)
def test_the_way_that_a_living_map_keeps_carries_its_io(changes):
    keeps = dict(saying(1, "same"), **changes)
    assert codes(guards.of_path(witnessed(absent(0), keeps), "0:0:0:3", PATH, True)) == ["living_map"]


@pytest.mark.parametrize("other", [OTHER, "2" + WWID, "zz"])
def test_a_good_path_of_another_map_is_no_way_to_this_one(other):
    paths = [absent(0), path(1, "same", map=other, wwid=other, device_state="running")]
    assert codes(guards.of_path(witnessed(*paths), "0:0:0:3", PATH, True)) == ["living_map"]


def test_the_other_way_may_have_any_address():
    expect = dict(PATH, sd="sdb")
    assert codes(guards.of_path(witnessed(saying(0, "same"), absent(1)), "1:0:0:3", expect, True)) == []


@pytest.mark.parametrize("others", ["2" + WWID, "zz"])
def test_what_else_the_host_has_is_not_meant(others):
    """Of a map and of a disk, whatever comes before it in the facts."""
    found = witnessed()
    other_map = dict(found["maps"][0], wwid=others, dev_t="253:9", users=[USER])
    found["maps"].insert(0, other_map)
    assert codes(guards.of_map(found, WWID, MAP)) == []
    for hctl in ("0:0:0:1", "9:0:0:1"):
        disks = witnessed(absent(0, map=None, hctl=hctl, wwid=OTHER, users=[USER]), absent(1, map=None))
        assert codes(guards.of_path(disks, "1:0:0:3", dict(PATH, sd="sdb"), False)) == []


def test_a_refusal_names_what_was_expected_and_what_is_there():
    (refusal,) = guards.of_map(witnessed(), WWID, dict(MAP, paths=["9:0:0:3"]))
    assert refusal["why"] == "its paths are 0:0:0:3, 1:0:0:3 (expected 9:0:0:3)"
    (refusal,) = guards.of_map(witnessed(), WWID, dict(MAP, paths=[]))
    assert refusal["why"] == "its paths are 0:0:0:3, 1:0:0:3 (expected none)"
    for wwid, reported in ((OTHER, OTHER), (None, "no identity")):
        (refusal,) = guards.of_map(witnessed(absent(0, wwid=wwid), absent(1)), WWID, MAP)
        assert refusal["why"] == f"the kernel holds {reported} for sda (0:0:0:3) (expected {WWID})"


@pytest.mark.parametrize(
    "key, what, there",
    [("wwid", "identity", OTHER), ("sd", "name", "sdx"), ("target", "target", "iqn.u"), ("target", "target", None)],
)
def test_a_refusal_of_a_disk_names_what_was_expected_and_what_is_there(key, what, there):
    (refusal,) = guards.of_path(witnessed(absent(0, map=None, **{key: there})), "0:0:0:3", PATH, False)
    assert refusal["why"] == f"the {what} of 0:0:0:3 is {there or 'not known'} (expected {PATH[key]})"


def test_a_refusal_quotes_what_the_target_said():
    one = absent(0)
    for detail, reported in (("INQUIRY ended with 05/25/00", " (INQUIRY ended with 05/25/00)"), (None, "")):
        one["wire"] = {"state": "same", "detail": detail}
        (refusal,) = guards.of_map(witnessed(one, absent(1)), WWID, MAP)
        assert refusal["why"] == "sda (0:0:0:3) says same%s (expected absent)" % reported


SESSION = {"boot_id": BOOT, "target": "iqn.t", "portal": "10.0.0.1:3260"}


@pytest.mark.parametrize(
    "sid, changes, may",
    [
        (3, {}, True),
        (3, {"target": "iqn.s"}, False),
        (3, {"target": "iqn.u"}, False),
        (3, {"portal": "10.0.0.0:3260"}, False),
        (3, {"portal": "10.0.0.2:3260"}, False),
        (2, {"target": "iqn.u"}, True),
        (4, {"target": "iqn.u"}, True),
    ],
)
def test_a_session_is_known_by_its_number_and_where_it_leads(sid, changes, may):
    found = dict(witnessed(), sessions=[{"sid": sid, "target": "iqn.t", "portal": "10.0.0.1:3260", **changes}])
    assert codes(guards.of_session(found, [], 3, SESSION)) == ([] if may else ["identity"])


def test_a_refusal_names_the_disk():
    (refusal,) = guards.of_path(witnessed(absent(0, map=None, device_state="blocked")), "0:0:0:3", PATH, False)
    assert refusal["why"].startswith("sda (0:0:0:3) is blocked")
    (refusal,) = guards.of_path(
        witnessed(absent(0, map=None, sd=None, device_state="blocked")), "0:0:0:3", dict(PATH, sd=None), False
    )
    assert refusal["why"].startswith("a disk without a name (0:0:0:3) is blocked")


def test_refusals_come_in_one_order_whatever_was_found_first():
    found = witnessed(absent(0, wwid=OTHER), saying(1, "same"), users=[USER], suspended=True)
    reported = codes(guards.of_map(copy.deepcopy(found), WWID, dict(MAP, boot_id="x")))
    assert reported == sorted(reported, key=guards.CODES.index) and set(reported) == {
        "rebooted",
        "identity",
        "suspended",
        "wire",
        "in_use",
    }
