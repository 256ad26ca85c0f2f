# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

import datetime

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance, findings, merge
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import summary as report_summary
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories as rules_advisories
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories_ontap
from support import fleets, schema
from support.testimony import NOW, path

TODAY = datetime.date(2026, 11, 22)
TABLE = (
    {"id": "MPC998", "severity": "info", "title": "Small", "reason": "it is small", "remedy": "wait"},
    {"id": "MPC999", "severity": "warning", "title": "Exposed", "reason": "two may write", "remedy": "unmap it"},
)


@pytest.fixture(autouse=True)
def table(monkeypatch):
    monkeypatch.setattr(rules_advisories, "RULES", TABLE)


def exposed(*hosts, rule="MPC999", subject="/vol/a"):
    return rules_advisories.advisory(rule, subject, "is mapped twice", "cluster1", hosts)


def test_an_advisory_is_reported_once_with_all_its_hosts_the_most_severe_first():
    advisories = rules_advisories.united(
        [exposed("b", rule="MPC998"), exposed("b", "a"), exposed("c", "a"), exposed(subject="/vol/b")]
    )
    assert [(one["rule"], one["subject"], one["hosts"]) for one in advisories] == [
        ("MPC999", "/vol/a", ["a", "b", "c"]),
        ("MPC999", "/vol/b", []),
        ("MPC998", "/vol/a", ["b"]),
    ]
    assert advisories[0]["why"] == "two may write" and advisories[0]["remedy"] == "unmap it"


def test_an_initiator_unknown_to_one_slice_may_be_of_a_host_of_another():
    one, two = exposed("a"), exposed("b")
    one["strangers"], two["strangers"] = ["iqn.b", "iqn.x"], ["iqn.a", "iqn.x"]
    (advisory,) = rules_advisories.united([one, two], {"iqn.a": "a", "iqn.b": "b"})
    assert (advisory["hosts"], advisory["strangers"]) == (["a", "b"], ["iqn.x"])


@pytest.mark.parametrize(
    "owners, clusters, stands",
    [
        ({}, {}, True),
        ({"iqn.b": "b"}, {}, True),
        ({"iqn.b": "b"}, {"a": "pve", "b": "pve"}, False),
        ({"iqn.b": "a"}, {}, False),
        ({"iqn.b": "b"}, {"a": "pve"}, True),
    ],
)
def test_what_one_party_shares_with_itself_is_dropped(monkeypatch, owners, clusters, stands):
    monkeypatch.setattr(advisories_ontap, "AMONG_PARTIES", ("MPC999",))
    other = {**exposed("a", rule="MPC998"), "strangers": ["iqn.b"]}
    advisories = rules_advisories.united([{**exposed("a"), "strangers": ["iqn.b"]}, other], owners, clusters)
    assert [one["rule"] for one in advisories] == (["MPC999"] if stands else []) + ["MPC998"]


def report(advisories, name="a"):
    results = {name: fleets.configured_host(path(0, "same"))}
    return fleets.fleet(results, **fleets.HEALTHY_ARRAY, advisories=advisories)


def test_it_is_in_the_report_and_makes_no_host_noncompliant():
    made = report([exposed("a")])
    assert made["totals"]["advisories"] == {"warning": 1} and made["compliance"]["hosts"] == {"compliant": 1}
    texts = [line["text"] for line in report_summary.summary(made)]
    assert (
        "  WARNING  MPC999 Exposed" in texts
        and "    what  cluster1, /vol/a: is mapped twice (a)" in texts
        and texts[-1].endswith("1 advisory: 1 warning.")
    )


def test_unknown_initiators_are_named():
    made = report([{**exposed("a"), "strangers": ["iqn.%d" % number for number in range(5)]}])
    assert "    what  cluster1, /vol/a: is mapped twice (a; of no audited host: iqn.0, iqn.1, iqn.2 and 2 more)" in [
        line["text"] for line in report_summary.summary(made)
    ]


def test_what_could_not_be_looked_at_is_named():
    made = report([])
    made["arrays"][0] = dict(made["arrays"][0], not_checked=[{"what": "FC logins (MPC504)", "why": "denied \x1b[2J"}])
    line = list(report_summary.summary(schema.check(made)))[1]
    assert line == {
        "text": "  NOT CHECKED for advice: FC logins (MPC504): denied \\x1b[2J",
        "importance": report_summary.WARNING,
    }


def test_where_there_is_none_the_summary_says_nothing_of_them():
    assert not any(
        "dvisor" in line["text"] or "clusters" in line["text"] for line in report_summary.summary(report([]))
    )


@pytest.mark.parametrize(
    "hosts, patterns, covered",
    [
        (["a"], ["*"], True),
        (["a", "b"], ["a"], False),
        (["a", "b"], ["a", "b"], True),
        ([], ["*"], True),
        ([], ["a"], False),
    ],
)
def test_an_exception_covers_all_the_hosts_or_nothing(hosts, patterns, covered):
    excuse = {"rule": "MPC999", "hosts": patterns, "reason": "r", "owner": "o", "expires": "2027-01-01"}
    made = compliance.apply(report([exposed(*hosts)]), [excuse], None, TODAY)
    assert bool(made["advisories"][0].get("exception")) is covered
    assert any("excused until 2027-01-01" in text for dummy, text in findings.of_arrays(made["advisories"])) is covered


def test_a_merge_tells_of_what_each_slice_saw_once():
    one, two = report([exposed("a")]), report([exposed("b"), exposed(rule="MPC998")], "b")
    merged = merge.merged({"1": one, "2": two}, [], NOW)
    assert [(reported["rule"], reported["hosts"]) for reported in merged["advisories"]] == [
        ("MPC999", ["a", "b"]),
        ("MPC998", []),
    ]
    assert merged["rules"]["MPC999"]["why"] == "two may write" and "why" not in merged["advisories"][0]


def test_many_are_cut_short():
    lines = findings.of_arrays([dict(exposed(subject="/vol/%d" % number), exception=None) for number in range(30)])
    assert len(lines) < 15 and any("and 22 more" in text for dummy, text in lines)
