# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host lost, and the record of its removals."""

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import record as removal_record
from support.judged import GIVEN, HEALTHY, SESSIONS, STALE, after, device, report, result
from support.testimony import NOW, WWID


def test_of_two_disks_of_one_lun_each_is_known_by_its_address():
    one, other = device("absent", in_map=False), device("absent", in_map=False)
    other["paths"][0]["hctl"] = "9:0:0:9"
    whole = report(one, other)
    made = removal_plan.plan(whole, [], NOW)["removals"]
    assert removal_record.worse(whole["hosts"][0], after(other), made[:1]) == []
    assert len(removal_record.worse(whole["hosts"][0], after(), made[:1])) == 1


BEFORE = report(STALE, *HEALTHY)["hosts"][0]


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
    reported = removal_record.worse(BEFORE, now, GIVEN["removals"])
    assert len(reported) == len(lost) and all(text.startswith(start) for text, start in zip(reported, lost))


@pytest.mark.parametrize(
    "now, lost", [("degraded", []), ("healthy", []), ("stale", ["good0 was degraded and is stale"])]
)
def test_a_map_that_was_degraded_before_need_not_be_better(now, lost):
    before, then = (after(dict(HEALTHY[0], verdict=verdict), *HEALTHY[1:]) for verdict in ("degraded", now))
    assert [text.split(":")[0] for text in removal_record.worse(before, then, [])] == lost


def test_a_record_has_what_was_before_and_after():
    decision = {"removals": [], "left": [], "alone": None}
    before, then = dict(BEFORE, state="before"), dict(BEFORE, state="after")
    record = removal_record.record("h", {"hosts": [before]}, {"hosts": [then]}, decision, [], [], NOW)
    assert (record["before"]["state"], record["after"]["state"]) == ("before", "after")


@pytest.mark.parametrize(
    "actions, reported",
    [
        ([], "REMOVED  mpatha: gone already"),
        ([{"do": "flush", "device": "mpatha", "outcome": "done"}], "REMOVED  mpatha: flush mpatha"),
        (
            [
                {"do": "flush", "device": "mpatha", "outcome": "done"},
                {"do": "scan", "device": "3:0:0:7", "outcome": "left out: host3 is no iSCSI host"},
            ],
            "REMOVED  mpatha: flush mpatha, scan 3:0:0:7 (left out: host3 is no iSCSI host)",
        ),
        ([{"do": "flush", "device": "mpatha", "outcome": "would be done"}], "WOULD GO mpatha: flush mpatha"),
    ],
)
def test_what_was_done_and_what_would_be(actions, reported):
    done = result(wwid="mpatha", actions=actions)
    late = {"name": "late", "wwid": WWID, "kind": "map", "host": "h", "verdict": "stale"}
    record = removal_record.record(
        "h", {"hosts": [BEFORE]}, None, {"removals": [late], "left": [], "alone": None}, [done], [], NOW
    )
    assert [line.strip() for line in removal_record.lines(record)] == [reported, f"NOT TRIED  late {WWID}"]


def test_the_record_tells_each_device_once():
    decision = {
        "removals": [dict(GIVEN["removals"][0], name=name) for name in ("gone", "used", "stuck", "late")],
        "alone": None,
        "left": [{"host": "h", "name": "l", "wwid": "w", "verdict": "outage", "why": "because"}],
    }
    flushed = [{"do": "flush", "device": "gone", "outcome": "done"}]
    results = [
        result(name="gone", actions=flushed),
        result(name="used", actions=flushed, refused=[{"code": "in_use", "why": "swap"}]),
        result(name="stuck", actions=flushed, failed_because="EBUSY"),
    ]
    record = removal_record.record("h", {"hosts": [BEFORE]}, None, decision, results, ["it is worse"], NOW)
    assert [one["name"] for one in record["not_tried"]] == ["late"]
    assert [line.split()[0:2] for line in removal_record.lines(record)] == [
        ["REMOVED", "gone"],
        ["REFUSED", "used"],
        ["FAILED", "stuck"],
        ["NOT", "TRIED"],
        ["left", "l"],
        ["LOST", "it"],
    ]
    assert removal_record.lines(dict(record, results=[], not_tried=[], left=[], lost=[])) == ["h: nothing to remove"]
