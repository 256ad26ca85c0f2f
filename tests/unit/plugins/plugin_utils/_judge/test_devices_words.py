# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is reported of a device, and what decides between two sentences: one wrong word at night is a wrong
removal.
"""

import datetime

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices
from support.testimony import ARRAY, LUN, NOW, OTHER, WWID, answers, facts, path

BROKEN = dict(ARRAY, complete=False, error="a1 answered 500")
MOUNT = {"kind": "mount", "detail": "/srv (xfs, rw)"}


def judge(found, mapped=(), existing=(), array=ARRAY):
    view = judge_devices.array_view(*answers(mapped, existing, array), now=NOW, max_age=3600)
    (device,) = judge_devices.judged(found, view)
    return device


def one(state, *users):
    return facts([path(0, state)], users)


def disk(*paths):
    return dict(facts(), maps=[], paths=list(paths))


ITSELF, ABSENT = "every path answers as itself", "its path is absent (it says so, sense 05/25/00)"
SILENT = "no path answers as itself: its path is silent (it says so)"
MAPPED, UNMAPPED, NOWHERE = {"mapped": [LUN]}, {"existing": [LUN]}, {}


@pytest.mark.parametrize(
    "found, said, verdict, reason",
    [
        (one("same"), MAPPED, "healthy", ITSELF + "; mapped to this host"),
        (one("same"), {"array": BROKEN}, "healthy", ITSELF + "; not confirmed by an array (a1 answered 500)"),
        (
            facts([path(0, "same", wwid=OTHER[:-1] + "z")], wwid="360a98000" + "a" * 24),
            NOWHERE,
            "healthy",
            ITSELF + "; not confirmed by an array (no configured array speaks for it)",
        ),
        (
            facts([path(0, "same"), path(1, "silent")]),
            MAPPED,
            "degraded",
            "sda same; sdb silent (it says so); array: mapped to this host",
        ),
        (
            facts([path(0, "same")], other_slaves=["nvme0n1"]),
            MAPPED,
            "degraded",
            "its path is same; array: mapped to this host",
        ),
        (
            one("absent"),
            MAPPED,
            "conflict",
            f"wire and array disagree: {ABSENT}, but the array says mapped to this host",
        ),
        (
            facts([path(0, "same"), path(1, "same")]),
            UNMAPPED,
            "conflict",
            "wire and array disagree: every path is same, but the array says exists, and is not mapped to this host",
        ),
        (one("silent"), MAPPED, "outage", SILENT),
        (one("silent"), {"array": BROKEN}, "outage", SILENT),
        (
            facts([path(0, "silent", checker_state="ready")]),
            MAPPED,
            "outage",
            SILENT + ", though multipath calls sda ready",
        ),
        (
            facts([path(0, "silent", checker_state="undef"), path(1, "silent", checker_state="faulty")]),
            MAPPED,
            "outage",
            "no path answers as itself: every path is silent (it says so)",
        ),
        (one("unreadable"), NOWHERE, "unknown", "its path is unreadable (it says so); array: in no listing"),
        (
            facts([], other_slaves=["nvme0n1"]),
            NOWHERE,
            "unknown",
            "it has paths that are no SCSI disks (nvme0n1) and cannot be asked",
        ),
        (facts([path(0, "absent", sd=None)]), NOWHERE, "stale", ABSENT + ", and the array says: in no listing"),
        (one("absent"), {"array": BROKEN}, "unproven", ABSENT + ", but no array confirms it: a1 answered 500"),
        (
            facts([path(0, "other", sd=None), path(1, "absent"), path(2, "same"), path(3, "silent")]),
            NOWHERE,
            "recycled",
            f"the kernel holds {WWID}, but at no disk (0:0:0:3) {OTHER} answers: "
            "I/O to this device reaches another LUN",
        ),
    ],
)
def test_the_reason(found, said, verdict, reason):
    device = judge(found, **said)
    assert (device["verdict"], device["reason"]) == (verdict, reason)


PROBE = {"kind": "probe", "detail": "pid 7 (udev-worker)"}
DO_NOT, FIND_OUT = "do not remove it: bring", "do not touch it: find out"


@pytest.mark.parametrize(
    "found, said, advice",
    [
        (one("absent"), MAPPED, FIND_OUT),
        (one("silent"), MAPPED, DO_NOT),
        (one("absent"), {"array": BROKEN}, "leave it until an array can vouch for it"),
        (one("absent", MOUNT), {"array": BROKEN}, "leave it until an array can vouch for it"),
        (one("unreadable"), NOWHERE, "look at it by hand"),
        (one("absent"), NOWHERE, "nobody uses it: flush the map, then delete its paths"),
        (disk(path(0, "absent", in_map=False)), NOWHERE, "nobody uses it: delete the disk"),
        (one("absent", MOUNT), NOWHERE, "stop its users, then remove it"),
        (one("other"), NOWHERE, "keep everything off it (no mount, no scan), remove it"),
        (one("other", PROBE), NOWHERE, "keep everything off it"),
        (one("absent", PROBE), {"array": BROKEN}, "leave it until an array can vouch for it"),
        (one("absent", PROBE), NOWHERE, "only udev hangs on it: switch its queueing off"),
        (
            one("absent", {"kind": "partition", "detail": "mpatha-part1 (dm-1)"}),
            NOWHERE,
            "nobody uses it: flush the map",
        ),
        (one("other", MOUNT), NOWHERE, "ALARM: stop all writing to it at once"),
        (facts([path(0, "same"), path(1, "other")]), MAPPED, "keep everything off it"),
        (
            facts([path(0, "same"), path(1, "absent", sd=None), path(2, "unreachable")]),
            MAPPED,
            "remove 1:0:0:3 from the map and delete it; repair what else fails",
        ),
    ],
)
def test_the_advice(found, said, advice):
    assert judge(found, **said)["next"].startswith(advice)


USES = ("mount", "swap", "loop", "export", "process", "lvm", "luks", "md", "dm", "other")


@pytest.mark.parametrize("kind, used", [(kind, True) for kind in USES] + [("probe", False), ("partition", False)])
def test_what_counts_as_use(kind, used):
    user = {"kind": kind, "detail": "x"}
    assert judge(one("absent", user))["in_use"] is used
    of_disk = judge(disk(path(0, "absent", in_map=False, users=[user])))
    assert (of_disk["in_use"], of_disk["users"]) == (used, [user]), "listed once, unchanged"


def test_only_what_answers_in_its_place_is_an_intruder():
    recycled = facts([path(0, "other"), path(1, "absent"), path(2, "same"), path(3, "unreachable")])
    assert judge_devices.wwids(recycled) == [WWID, OTHER]


def test_a_term_that_was_no_wwid_is_found_by_the_wwid_of_its_answer():
    lun_maps, luns = answers(existing=[LUN])
    luns[0]["term"] = "a serial number"
    view = judge_devices.array_view(lun_maps, luns, NOW, 3600)
    assert list(view["luns"]) == [WWID]


def test_two_clusters_behind_one_name_are_two_arrays():
    """One of them incomplete: neither answer hides the other."""
    lun_maps, luns = answers()
    for answer in lun_maps + luns:
        answer["arrays"] = [dict(ARRAY, cluster="c1"), dict(BROKEN, cluster="c2")]
    view = judge_devices.array_view(lun_maps, luns, NOW, 3600)
    assert [(array["cluster"], array["complete"]) for array in view["arrays"]] == [("c1", True), ("c2", False)]


def test_an_array_that_one_lookup_did_not_ask_is_named():
    lun_maps, luns = answers()
    luns[0]["arrays"] = [ARRAY, dict(ARRAY, hostname="a2", cluster="c2")]
    view = judge_devices.array_view(lun_maps, luns, NOW, 3600)
    assert view["arrays"][1]["error"] == "a2 is not in all answers: ask every lookup about the same arrays"


@pytest.mark.parametrize("age, counts", [(-61, False), (-60, True), (0, True), (3600, True), (3601, False)])
def test_how_old_a_listing_may_be(age, counts):
    fetched_at = (NOW - datetime.timedelta(seconds=age)).isoformat()
    assert judge(one("absent"), array=dict(ARRAY, fetched_at=fetched_at))["array"]["state"] == (
        "gone" if counts else "unknown"
    )


def test_devices_of_one_verdict_come_by_name():
    found = facts([path(0, "absent")], name="mpathz")
    found["paths"].append(path(1, "absent", in_map=False, wwid=OTHER))
    found["paths"].append(path(2, "absent", in_map=False, wwid=OTHER, sd=None, hctl="2:0:0:9"))
    view = judge_devices.array_view(*answers(array=BROKEN), now=NOW, max_age=3600)
    assert [device["name"] for device in judge_devices.judged(found, view)] == ["2:0:0:9", "mpathz", "sdb"]
