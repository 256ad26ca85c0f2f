# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports of slices made one, and packed for their way."""

import base64
import copy
import datetime
import gzip
import json

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import pack
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance, merge
from support.fleets import BROKEN, HEALTHY_ARRAY, LOST, QUEUES, configured_host, fleet, recycled
from support.testimony import ARRAY, NOW

RULE = {"rule": "MPC001", "reason": "r", "owner": "o", "expires": "2026-12-31"}
KINDS = (
    configured_host(),
    recycled(),
    configured_host(**QUEUES),
    LOST,
    BROKEN,
    configured_host(incomplete=[{"what": "lvm", "why": "no answer"}]),
)
RESULTS = {"node%02d" % number: KINDS[number % 6] for number in range(20)}


def slices(count):
    """The hosts in so many slices as AWX makes them, every n-th by name."""
    names = sorted(RESULTS)
    return {
        "san_audit_%d" % (90 + number): fleet({name: RESULTS[name] for name in names[number::count]}, **HEALTHY_ARRAY)
        for number in range(count)
    }


class TestMerged:
    @pytest.mark.parametrize("count", [1, 2, 3, 10, 20])
    def test_it_is_what_one_audit_of_all_would_have_made(self, count):
        assert merge.merged(slices(count), sorted(RESULTS), NOW) == fleet(RESULTS, **HEALTHY_ARRAY)

    def test_with_exceptions_too(self):
        today = NOW.date()
        cut = {name: compliance.apply(report, [RULE], "critical", today) for name, report in slices(3).items()}
        exceptions, fail_on = merge.policy(cut)
        assert compliance.apply(merge.merged(cut, [], NOW), exceptions, fail_on, today) == compliance.apply(
            fleet(RESULTS, **HEALTHY_ARRAY), [RULE], "critical", today
        )

    def test_what_was_excused_in_a_slice_is_evaluated_again(self):
        cut = {name: compliance.apply(report, [RULE], "", NOW.date()) for name, report in slices(3).items()}
        assert merge.merged(cut, [], NOW) == fleet(RESULTS, **HEALTHY_ARRAY)

    def test_hosts_that_no_slice_reported_are_named(self):
        cut = slices(3)
        lost = cut.pop("san_audit_91")
        report = merge.merged(cut, sorted(RESULTS), NOW)
        names = [host["name"] for host in lost["hosts"]]
        missing = [host for host in report["hosts"] if host["state"] == "missing"]
        assert [host["name"] for host in missing] == names and len(report["hosts"]) == 20
        assert {(host["compliance"], host["facts"]) for host in missing} == {("not_audited", None)}
        assert {host["why"].split(":")[0] for host in missing} == {"no slice of the audit reported it"}
        assert report["totals"]["hosts"]["missing"] == len(names)
        assert report["compliance"]["hosts"]["not_audited"] == len(names) + len(
            [host for host in report["hosts"] if host["state"] == "failed"]
        )

    def test_no_slice_at_all(self):
        report = merge.merged({}, ["b", "a"], NOW)
        assert [(host["name"], host["state"]) for host in report["hosts"]] == [
            ("a", "missing"),
            ("b", "missing"),
        ] and report["arrays"] == []

    def test_a_host_that_the_inventory_no_longer_has_stays(self):
        assert len(merge.merged(slices(2), ["node01"], NOW)["hosts"]) == 20

    def test_a_host_in_two_slices(self):
        cut = slices(2)
        cut["san_audit_99"] = fleet({"node03": LOST})
        with pytest.raises(
            ValueError,
            match="the host node03 is in two reports, san_audit_91 and san_audit_99: give only one run of each slice",
        ):
            merge.merged(cut, [], NOW)


class TestArrays:
    OLDER = dict(ARRAY, fetched_at="2026-11-21T01:50:00Z")
    DOWN = dict(ARRAY, complete=False, fetched_at=None, error="a1 answered 500")

    def arrays(self, *arrays):
        cut = {
            str(number): fleet({"n%d" % number: configured_host()}, array=array) for number, array in enumerate(arrays)
        }
        return merge.merged(cut, [], NOW)["arrays"]

    def test_the_older_listing_is_reported(self):
        assert self.arrays(ARRAY, self.OLDER) == self.arrays(self.OLDER, ARRAY) == [self.OLDER]

    def test_an_array_that_could_not_be_listed_for_a_slice_is_reported(self):
        assert self.arrays(ARRAY, self.DOWN, self.OLDER) == self.arrays(self.DOWN, ARRAY) == [self.DOWN]

    def test_a_listing_that_was_too_old_for_a_slice_is_reported(self):
        aged = dict(self.DOWN, fetched_at="2026-11-21T01:55:00Z")
        assert self.arrays(aged, self.OLDER) == self.arrays(self.OLDER, aged) == [aged]

    def test_different_arrays_are_all_reported(self):
        other = dict(ARRAY, hostname="a0", cluster="c0")
        assert self.arrays(ARRAY, other) == [other, ARRAY]


class TestPolicy:
    def policies(self, *policies):
        return merge.policy(
            {str(number): compliance.apply(fleet({}), *policy, NOW.date()) for number, policy in enumerate(policies)}
        )

    def test_every_exception_once(self):
        other = dict(RULE, rule="MPC002")
        exceptions, dummy = self.policies(([RULE, other], ""), ([RULE], ""), ([], ""))
        assert exceptions == [dict(RULE, hosts=["*"]), dict(other, hosts=["*"])]

    @pytest.mark.parametrize(
        ("given", "fail_on"),
        [
            (["", ""], ""),
            (["critical", ""], "critical"),
            (["critical", "info", "warning"], "info"),
            (["warning", "critical"], "warning"),
            ([], ""),
        ],
    )
    def test_what_lets_least_pass(self, given, fail_on):
        assert self.policies(*[([], word) for word in given])[1] == fail_on


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (None, "TypeError"),
        ([], "TypeError"),
        ({}, "KeyError: 'schema'"),
        ({"schema": 1, "hosts": [], "arrays": []}, "it is of schema 1, and not 2"),
        ({"schema": 2, "hosts": [{}], "arrays": []}, "KeyError: 'name'"),
        ({"schema": 2, "hosts": [], "arrays": ["x"]}, "its hosts or arrays are none"),
        (
            {"schema": 2, "hosts": [{"name": 1, "devices": [], "findings": []}], "arrays": []},
            "its hosts or arrays are none",
        ),
        ({"schema": 2, "hosts": [], "arrays": []}, "KeyError: 'advisories'"),
    ],
)
@pytest.mark.parametrize("call", [lambda given: merge.merged(given, [], NOW), merge.policy])
def test_what_is_no_report_is_named(report, why, call):
    with pytest.raises(ValueError, match="^san_audit_7 is not a report of a slice: .*%s" % why):
        call({"san_audit_7": report})


@pytest.mark.parametrize(("key", "what"), [("devices", "verdicts"), ("findings", "findings")])
@pytest.mark.parametrize("call", [lambda given: merge.merged(given, [], NOW), merge.policy])
def test_a_slice_that_has_lost_something_is_named(key, what, call):
    """What a host lacks in a file is what nobody has anything to say of: its totals know better."""
    lost = copy.deepcopy(fleet(RESULTS, **HEALTHY_ARRAY))
    next(host for host in lost["hosts"] if host[key])[key] = []
    with pytest.raises(ValueError, match="^san_audit_7 is not a report of a slice: .*its %s are not those" % what):
        call({"san_audit_7": lost})


class TestPack:
    def test_both_ways(self):
        report = fleet(RESULTS, **HEALTHY_ARRAY)
        assert pack.unpacked(pack.packed(report), "k") == report
        assert pack.unpacked(pack.packed(json.dumps(report)), "k") == report

    def test_it_is_one_line_of_plain_letters_and_always_the_same(self):
        text = pack.packed({"b": "{{ x }}\n", "a": "\udc80"})
        assert text.isascii() and set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
        assert text == pack.packed({"a": "\udc80", "b": "{{ x }}\n"})
        assert base64.b64decode(text)[4:8] == bytes(4), "no time in it"

    def test_it_is_small(self):
        report = fleet(RESULTS, **HEALTHY_ARRAY)
        assert len(pack.packed(report)) < len(json.dumps(report)) / 5

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "x",
            "not base64!",
            None,
            7,
            ["x"],
            base64.b64encode(b"no gzip").decode(),
            base64.b64encode(gzip.compress(b'{"a": 1}', mtime=0)[:-5]).decode(),
            base64.b64encode(gzip.compress(b"no JSON", mtime=0)).decode(),
            base64.b64encode(gzip.compress(b"\xff", mtime=0)).decode(),
            "é",
            base64.b64encode(gzip.compress(b"[" * 100000, mtime=0)).decode(),
            "!" + base64.b64encode(gzip.compress(b"{}", mtime=0)).decode(),
        ],
    )
    def test_what_is_none_is_named(self, text):
        with pytest.raises(ValueError, match="^san_audit_7 is nothing that was packed: "):
            pack.unpacked(text, "san_audit_7")


def test_the_merge_changes_nothing_that_it_is_given():
    cut = slices(2)
    before = copy.deepcopy(cut)
    merge.merged(cut, ["more"], NOW + datetime.timedelta(hours=1))
    assert cut == before
