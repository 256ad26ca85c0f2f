# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has changed since the report before."""

import copy

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import changes
from support import configured, fleets
from support.fleets import HEALTHY_ARRAY, QUEUES, STALE_ARRAY, configured_host, fleet, recycled, registered, stale
from support.testimony import WWID, facts, path

GOOD = fleet({"a": configured_host()}, **HEALTHY_ARRAY)
STALE = fleet({"a": stale()}, **STALE_ARRAY)
QUEUEING = fleet({"a": configured_host(**QUEUES)}, **HEALTHY_ARRAY)
GONE = fleet({"a": fleets.LOST})
FAILED = fleet({"a": fleets.BROKEN})
NOBODY = fleet({})
NAMED = "mpatha (%s)" % WWID
QUEUE = "MPC001, %s: no_path_retry queue (device NETAPP/LUN, built in to multipath-tools)" % WWID


def news(now, then):
    compared = changes.compare(now, then)
    assert changes.compare(now, dict(then, hosts=[changes.outline(host) for host in then["hosts"]])) == compared, (
        "of the report before, an outline is enough"
    )
    found = compared["changes"]
    return [(word, one["kind"], one["id"], one["what"]) for word in ("new", "gone") for one in found[word]], found[
        "still"
    ]


def marks(now, then):
    host = changes.compare(now, then)["hosts"][0]
    return [one.get("change") for one in host["devices"] + host["findings"]]


@pytest.mark.parametrize(
    ("now", "then", "reported", "still", "marked"),
    [
        (GOOD, GOOD, [], 0, [None]),
        (STALE, STALE, [], 1, ["still"]),
        (
            STALE,
            GOOD,
            [
                (
                    "new",
                    "device",
                    WWID,
                    "%s was healthy and is stale: %s" % (NAMED, STALE["hosts"][0]["devices"][0]["reason"]),
                )
            ],
            0,
            ["new"],
        ),
        (GOOD, STALE, [("gone", "device", WWID, NAMED + " was stale and is healthy")], 0, [None]),
        (QUEUEING, GOOD, [("new", "finding", "MPC001", QUEUE)], 0, [None, "new"]),
        (QUEUEING, QUEUEING, [], 1, [None, "still"]),
        (GOOD, QUEUEING, [("gone", "finding", "MPC001", QUEUE)], 0, [None]),
    ],
)
def test_problems(now, then, reported, still, marked):
    assert news(now, then) == (reported, still)
    assert marks(now, then) == marked


def test_one_problem_that_became_another_is_new_and_not_gone():
    then, now = fleet({"a": stale()}, **STALE_ARRAY), fleet({"a": recycled()})
    reported, still = news(now, then)
    assert [one[:3] for one in reported] == [("new", "device", WWID)] and still == 0
    assert reported[0][3].startswith(NAMED + " was stale and is recycled: ")


def test_a_device_that_came_and_one_that_went():
    without = configured_host()
    without["ansible_facts"]["stale_mpath"].update(maps=[], paths=[])
    nothing = fleet({"a": without}, **HEALTHY_ARRAY)
    reported, dummy = news(STALE, nothing)
    assert reported[0][3].startswith(NAMED + " is stale: ")
    assert ("gone", "device", WWID, NAMED + " was stale and is gone") in news(nothing, STALE)[0]
    assert not [one for one in news(nothing, GOOD)[0] if one[1] == "device"], "a healthy device may go"


def test_two_disks_of_one_lun_are_listed_once():
    disks = registered(facts([path(number, "absent", in_map=False) for number in range(2)]))
    disks["ansible_facts"]["stale_mpath"]["maps"] = []
    now = fleet({"a": disks}, **STALE_ARRAY)
    healthy = copy.deepcopy(now)
    for device in healthy["hosts"][0]["devices"]:
        device.update(verdict="healthy")
    assert len([one for one in news(healthy, now)[0] if one[0] == "gone"]) == 1
    assert news(now, now) == ([], 2 + len(now["hosts"][0]["findings"]))


class TestHosts:
    @pytest.mark.parametrize(
        ("now", "then", "word", "what"),
        [
            (GONE, GOOD, "new", "it was audited and is unreachable"),
            (FAILED, GOOD, "new", "it was audited and is not audited"),
            (FAILED, GONE, "new", "it was unreachable and is not audited"),
            (GOOD, GONE, "gone", "it was unreachable and is audited"),
            (GOOD, FAILED, "gone", "it was not audited and is audited"),
            (GOOD, NOBODY, "new", "it was not in the report before; it is audited"),
            (GONE, NOBODY, "new", "it was not in the report before; it is unreachable"),
            (NOBODY, GOOD, "gone", "it is not in this report; it was audited"),
        ],
    )
    def test_what_became_of_it(self, now, then, word, what):
        assert news(now, then) == ([(word, "host", "a", what)], 0)

    @pytest.mark.parametrize("then", [GONE, FAILED, NOBODY])
    def test_of_a_host_that_was_not_known_nothing_is_new(self, then):
        assert marks(STALE, then) == [None]
        assert [one[1] for one in news(STALE, then)[0]] == ["host"]

    @pytest.mark.parametrize("now", [GONE, FAILED, NOBODY])
    @pytest.mark.parametrize("then", [STALE, QUEUEING])
    def test_of_a_host_that_is_not_known_now_nothing_is_gone(self, now, then):
        assert [one[1] for one in news(now, then)[0]] == ["host"]

    def test_the_same_trouble_is_no_change(self):
        assert news(GONE, GONE) == news(FAILED, FAILED) == ([], 0)


class TestMissingEvidence:
    def test_a_rule_that_saw_nothing_now_has_healed_nothing(self):
        blind = fleet({"a": registered(facts([path(0, "same")], queueing="30 chk"))}, **HEALTHY_ARRAY)
        assert "MPC005" in [one["rule"] for one in blind["hosts"][0]["not_checked"]]
        ignored = [{"file": "/etc/multipath.conf", "line": 1, "text": "x", "why": "unknown"}]
        then = fleet({"a": configured_host(multipath_conf__ignored=ignored)}, **HEALTHY_ARRAY)
        assert news(blind, then) == ([], 0)
        assert [one[:3] for one in news(GOOD, then)[0]] == [("gone", "finding", "MPC005")]

    def test_what_of_it_was_not_seen_has_not_healed(self):
        now = copy.deepcopy(GOOD)
        now["hosts"][0]["not_checked"] = [{"rule": "MPC001", "subject": "another", "why": "w"}]
        assert len(news(now, QUEUEING)[0]) == 1
        now["hosts"][0]["not_checked"][0]["subject"] = WWID
        assert news(now, QUEUEING) == ([], 0)


def test_without_a_report_before():
    report = changes.compare(STALE, None)
    assert report["changes"] is None and marks(STALE, None) == [None]


def test_since():
    assert (
        changes.compare(STALE, dict(GOOD, generated_at="2026-11-20T02:00:00Z"))["changes"]["since"]
        == "2026-11-20T02:00:00Z"
    )


def test_what_is_given_stays_as_it_is():
    now, then = copy.deepcopy(STALE), copy.deepcopy(GOOD)
    changes.compare(STALE, GOOD)
    assert (now, then) == (STALE, GOOD)


def test_of_many_subjects_only_those_that_are_new_are():
    maps = [
        configured.one_map(wwid, flush_on_last_del=configured.setting("no")) for wwid in ("3600a", "3600b", "3600c")
    ]
    three = fleet({"a": configured_host(multipath_conf__maps=maps)}, **HEALTHY_ARRAY)
    two = fleet({"a": configured_host(multipath_conf__maps=[maps[0], maps[2]])}, **HEALTHY_ARRAY)
    (finding,) = three["hosts"][0]["findings"]
    assert finding["subjects"] == ["3600a", "3600b", "3600c"]
    reported, still = news(three, two)
    assert (
        [one[:3] for one in reported] == [("new", "finding", finding["rule"])]
        and "3600b" in reported[0][3]
        and still == 2
    )
    compared = changes.compare(three, two)
    assert [(one.get("change"), one["subjects"]) for one in compared["hosts"][0]["findings"]] == [
        ("new", ["3600b"]),
        ("still", ["3600a", "3600c"]),
    ]
    assert [(one[0], one[2]) for one in news(two, three)[0]] == [("gone", finding["rule"])]
    # What a comparison separated is one again, as in the report of a slice.
    (again,) = changes.compare(compared, None)["hosts"][0]["findings"]
    assert sorted(again["subjects"]) == finding["subjects"] and again.get("change") is None
    assert changes.compare(compared, three)["changes"]["still"] == 3
