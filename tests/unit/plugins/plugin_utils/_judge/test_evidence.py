# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom a judgement asks, how often, and what of it all is kept."""

import datetime
import json

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import evidence as judge_evidence
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import hosts as judge_hosts
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes import objects as kubernetes_objects
from support.fleets import configured_host, stale
from support.testimony import ARRAY, LUN, ME, NOW, WWID, answers

ARRAYS = [{"hostname": "a1", "password": "Tr0ub4dor"}]
CLUSTERS = [{"name": "prod", "api_key": "c0rrect"}]


class Asked:
    """The lookups; notes who was asked what. *says*: when the array was listed."""

    def __init__(self, fetched_at=ARRAY["fetched_at"]):
        self.calls, self.array = [], dict(ARRAY, fetched_at=fetched_at)

    def __call__(self, name, terms, **options):
        self.calls.append((name, list(terms), options))
        lun_maps, luns = answers(existing=[LUN], array=self.array)
        return {
            "kubernetes_volumes": [kubernetes_objects.failed("prod", "down")],
            "ontap_lun_maps": lun_maps,
            "ontap_luns": luns,
        }[name]


def sources(**changes):
    return judge_evidence.Sources(**{"arrays": ARRAYS, "snapshots": [], "clusters": CLUSTERS, "max_age": 60, **changes})


@pytest.mark.parametrize("ttl, option", [(None, {}), (0, {"cache_ttl": 0}), (30, {"cache_ttl": 30})])
def test_each_source_is_asked_once_for_all_hosts(ttl, option):
    asked = Asked()
    results = {"a": stale(), "b": configured_host(), "c": {"unreachable": True}}
    judge_hosts.judgement(results, sources(cache_ttl=ttl), asked)
    of_arrays = {"arrays": ARRAYS, "allow_incomplete": True, **option}
    assert asked.calls == [
        ("kubernetes_volumes", [], {"clusters": CLUSTERS}),
        ("ontap_lun_maps", [ME], of_arrays),
        ("ontap_luns", [WWID], of_arrays),
    ]


@pytest.mark.parametrize("age, complete", [(60, True), (61, False), (-60, True), (-61, False)])
def test_how_old_an_answer_is_counts_when_all_have_answered(age, complete):
    asked = Asked()

    def clock():
        assert len(asked.calls) == 3
        return NOW

    asked.array["fetched_at"] = (NOW - datetime.timedelta(seconds=age)).isoformat()
    evidence = judge_evidence.gather([ME], [WWID], sources(), asked, clock)
    assert [array["complete"] for array in evidence.view["arrays"]] == [complete]


def test_a_judgement_has_what_a_removal_needs_and_nothing_secret():
    now = judge_evidence.now()
    judged, dummy = judge_hosts.judgement({"a": stale(), "b": "x"}, sources(), Asked(now.isoformat()))
    first, second = judged["hosts"]
    assert set(first["facts"]) == set(judge_hosts.KEPT) and first["devices"][0]["verdict"] == "stale"
    assert (second["state"], second["facts"], second["why"]) == ("failed", None, "it was not asked")
    assert judged["clusters"] == [
        {"system": "kubernetes", "name": "prod", "complete": False, "error": "down", "fetched_at": None}
    ]
    assert "could not be read" in first["devices"][0]["vetoes"][0]
    text = json.dumps(judged)
    assert "Tr0ub4dor" not in text and "c0rrect" not in text


@pytest.mark.parametrize(
    "changes, why",
    [
        ({"lun_maps": [{"initiator": ME, "luns": []}]}, r"lun_maps\[0\].arrays is missing"),
        ({"luns": "x"}, "luns is a text; a list is needed"),
        ({"documents": [{"system": "kubernetes"}]}, r"documents\[0\].name is missing"),
    ],
)
def test_answers_that_are_none_are_named(changes, why):
    lun_maps, luns = answers()
    with pytest.raises(ValueError, match=why):
        judge_evidence.check_answers(**{"lun_maps": lun_maps, "luns": luns, **changes})
    judge_evidence.check_answers(lun_maps, tuple(luns))
