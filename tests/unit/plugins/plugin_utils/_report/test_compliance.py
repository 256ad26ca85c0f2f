# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who complies, what is excused and for how long, and who fails by the policy."""

import copy
import datetime

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance
from support import configured, fleets
from support.fleets import HEALTHY_ARRAY, QUEUES, STALE_ARRAY, configured_host, fleet, recycled, registered, stale
from support.testimony import WWID, facts, path

TODAY = datetime.date(2026, 11, 21)
RULE = {"rule": "MPC001", "reason": "the vendor wants it", "owner": "anna", "expires": "2026-12-31"}
DEVICE = {"device": WWID, "reason": "goes on Monday", "owner": "ben", "expires": "2026-11-23"}
GAP = [{"what": "users", "why": "no answer"}]


def applied(report, exceptions=(), fail_on="", today=TODAY):
    return compliance.apply(report, list(exceptions), fail_on, today)


def queueing():
    return fleet({"a": configured_host(**QUEUES)}, **HEALTHY_ARRAY)


def words(report):
    return {host["name"]: host["compliance"] for host in report["hosts"]}


def with_severity(severity):
    """A healthy host whose only finding has this severity."""
    changes = {
        "critical": QUEUES,
        "warning": {
            "multipath_conf__ignored": [{"file": "/etc/multipath.conf", "line": 1, "text": "x", "why": "unknown"}]
        },
        "info": {"iscsi__records": [configured.record(boot=True, scan="manual")]},
    }[severity]
    return configured_host(**changes)


def test_where_no_array_was_asked_nobody_complies():
    report = fleet({"a": configured_host()}, **HEALTHY_ARRAY)
    assert words(applied(report)) == {"a": "compliant"}
    assert words(applied({**report, "arrays": []})) == {"a": "incomplete"}
    (array,) = report["arrays"]
    lost = {**array, "complete": False, "error": "down"}
    for arrays in ([lost], [array, lost]):
        assert words(applied({**report, "arrays": arrays})) == {"a": "incomplete"}, "not listed is not asked"


class TestWords:
    @pytest.mark.parametrize(
        ("host", "array", "word"),
        [
            (configured_host(), HEALTHY_ARRAY, "compliant"),
            (stale(), STALE_ARRAY, "noncompliant"),
            (stale(), {}, "noncompliant"),
            (configured_host(path(0, "unreachable")), HEALTHY_ARRAY, "noncompliant"),
            (configured_host(path(0, "same"), path(1, "unreachable")), HEALTHY_ARRAY, "noncompliant"),
            (configured_host(path(0, "unreadable")), HEALTHY_ARRAY, "noncompliant"),
            (with_severity("critical"), HEALTHY_ARRAY, "noncompliant"),
            (with_severity("warning"), HEALTHY_ARRAY, "noncompliant"),
            (with_severity("info"), HEALTHY_ARRAY, "compliant"),
            (configured_host(incomplete=GAP), HEALTHY_ARRAY, "incomplete"),
            (registered(facts([path(0, "same")])), HEALTHY_ARRAY, "incomplete"),
            (stale(incomplete=GAP), STALE_ARRAY, "noncompliant"),
            (fleets.LOST, {}, "unreachable"),
            (fleets.BROKEN, {}, "not_audited"),
            (registered(facts(), incomplete=[{"what": "kernel", "why": "no answer"}]), {}, "not_audited"),
        ],
    )
    def test_each(self, host, array, word):
        assert words(applied(fleet({"a": host}, **array))) == {"a": word}

    def test_they_are_counted_and_kept_apart(self):
        results = {
            "a": configured_host(),
            "b": with_severity("critical"),
            "c": configured_host(incomplete=GAP),
            "d": fleets.LOST,
            "e": fleets.BROKEN,
            "f": fleets.LOST,
        }
        report = applied(fleet(results, **HEALTHY_ARRAY))
        assert report["compliance"] == {
            "hosts": {"compliant": 1, "noncompliant": 1, "incomplete": 1, "unreachable": 2, "not_audited": 1},
            "fail_on": None,
            "failed": [],
        }

    def test_a_report_says_it_from_the_beginning(self):
        report = fleet({"a": configured_host(), "b": fleets.LOST}, **HEALTHY_ARRAY)
        assert (
            report["compliance"]["hosts"] == {"compliant": 1, "unreachable": 1}
            and report["exceptions"] == []
            and report["changes"] is None
        )

    def test_what_is_given_stays_as_it_is(self):
        report = queueing()
        before = copy.deepcopy(report)
        applied(report, [RULE], "critical")
        assert report == before


class TestExceptions:
    def test_a_rule(self):
        report = applied(queueing(), [RULE])
        assert words(report) == {"a": "compliant"}
        assert report["hosts"][0]["findings"][0]["exception"] == {
            "reason": "the vendor wants it",
            "owner": "anna",
            "expires": "2026-12-31",
        }
        assert report["exceptions"] == [dict(RULE, hosts=["*"], state="in force", matched=1)]

    def test_a_device(self):
        report = applied(fleet({"a": stale()}, **STALE_ARRAY), [DEVICE])
        assert words(report) == {"a": "compliant"}
        assert report["hosts"][0]["devices"][0]["exception"] == {
            "reason": "goes on Monday",
            "owner": "ben",
            "expires": "2026-11-23",
        }

    def test_a_rule_excuses_no_device_and_a_device_no_rule(self):
        report = applied(fleet({"a": stale(**QUEUES)}, **STALE_ARRAY), [DEVICE])
        assert words(report) == {"a": "noncompliant"} and report["hosts"][0]["findings"][0].get("exception") is None
        report = applied(fleet({"a": stale(**QUEUES)}, **STALE_ARRAY), [RULE])
        assert words(report) == {"a": "noncompliant"} and report["hosts"][0]["devices"][0].get("exception") is None

    def test_data_at_risk_is_never_excused(self):
        report = applied(fleet({"a": recycled()}), [DEVICE], "critical")
        assert words(report) == {"a": "noncompliant"} and report["hosts"][0]["devices"][0].get("exception") is None
        assert (
            report["exceptions"][0]["state"],
            report["exceptions"][0]["matched"],
            report["compliance"]["failed"],
        ) == ("unused", 0, ["a"])

    def test_what_could_not_be_looked_at_is_not_excused(self):
        report = applied(fleet({"a": configured_host(incomplete=GAP, **QUEUES)}, **HEALTHY_ARRAY), [RULE])
        assert words(report) == {"a": "incomplete"}

    @pytest.mark.parametrize(
        ("today", "state", "word"),
        [
            ("2026-12-30", "in force", "compliant"),
            ("2026-12-31", "in force", "compliant"),
            ("2027-01-01", "expired", "noncompliant"),
        ],
    )
    def test_it_lasts_through_its_last_day(self, today, state, word):
        report = applied(queueing(), [RULE], today=datetime.date.fromisoformat(today))
        assert words(report) == {"a": word}
        assert (report["exceptions"][0]["state"], report["exceptions"][0]["matched"]) == (state, 1)

    def test_hosts_by_pattern(self):
        results = {name: configured_host(**QUEUES) for name in ("db1", "db2", "web1", "DB3")}
        report = applied(fleet(results, **HEALTHY_ARRAY), [dict(RULE, hosts=["db*", "nobody"])])
        assert words(report) == {"db1": "compliant", "db2": "compliant", "web1": "noncompliant", "DB3": "noncompliant"}
        assert report["exceptions"][0]["matched"] == 2

    def test_the_first_in_force_is_the_one(self):
        some = [
            dict(RULE, expires="2026-01-01", owner="old"),
            dict(RULE, owner="first"),
            dict(RULE, owner="second"),
            dict(RULE, rule="MPC002", owner="other"),
            dict(RULE, rule="MPC002", expires="2026-01-01"),
        ]
        report = applied(queueing(), some)
        assert report["hosts"][0]["findings"][0]["exception"]["owner"] == "first"
        assert [(one["state"], one["matched"]) for one in report["exceptions"]] == [
            ("expired", 1),
            ("in force", 1),
            ("in force", 1),
            ("unused", 0),
            ("expired", 0),
        ]

    def test_applied_twice_is_applied_once(self):
        report = queueing()
        assert applied(applied(report, [RULE], "info"), [RULE], "info") == applied(report, [RULE], "info")
        assert applied(applied(report, [RULE], "info")) == report

    def test_a_device_without_identity_is_none(self):
        host = configured_host(path(0, "unreachable", in_map=False, wwid=None))
        host["ansible_facts"]["stale_mpath"]["maps"] = []
        report = applied(fleet({"a": host}), [DEVICE, RULE])
        assert [(one["wwid"], one.get("exception")) for one in report["hosts"][0]["devices"]] == [(None, None)]

    def test_a_date_that_yaml_has_read(self):
        report = applied(fleet({}), [dict(RULE, expires=datetime.date(2026, 12, 31))])
        assert report["exceptions"][0]["expires"] == "2026-12-31"

    @pytest.mark.parametrize(
        ("exceptions", "message"),
        [
            ({}, ": a list is needed, not a dictionary"),
            (["MPC001"], ", entry 1: a dictionary is needed, not a string"),
            (
                [RULE, dict(RULE, until="x")],
                ", entry 2: until: there is no such key; there are rule, device, hosts, reason, owner, expires",
            ),
            ([dict(RULE, device="x")], ", entry 1: rule: either rule or device is needed, and not both"),
            ([{"reason": "r"}], ", entry 1: rule: either rule or device is needed, and there is none"),
            ([dict(RULE, rule="MPC999")], ", entry 1: rule: there is no rule 'MPC999'; docs/rules.md has them all"),
            ([dict(RULE, rule=1)], ", entry 1: rule: a text is needed"),
            ([dict(DEVICE, device=" ")], ", entry 1: device: a text is needed"),
            ([dict(RULE, reason="")], ", entry 1: reason: a text is needed"),
            ([dict(RULE, owner=None)], ", entry 1: owner: a text is needed"),
            ([dict(RULE, hosts="db*")], ", entry 1: hosts: a list of names or patterns is needed"),
            ([dict(RULE, hosts=[])], ", entry 1: hosts: a list of names or patterns is needed"),
            ([dict(RULE, hosts=[1])], ", entry 1: hosts: a list of names or patterns is needed"),
            (
                [{key: RULE[key] for key in RULE if key != "expires"}],
                ", entry 1: expires: a date is needed, such as 2027-03-31",
            ),
            ([dict(RULE, expires="2026-02-30")], ", entry 1: expires: a date is needed"),
            ([dict(RULE, expires="31.12.2026")], ", entry 1: expires: a date is needed"),
            ([dict(RULE, expires="2026-1-1")], ", entry 1: expires: a date is needed"),
            ([dict(RULE, expires=datetime.datetime(2026, 12, 31, 12))], ", entry 1: expires: a date is needed"),
            ([dict(RULE, expires=20261231)], ", entry 1: expires: a date is needed"),
        ],
    )
    def test_bad_input_names_the_entry_and_the_key(self, exceptions, message):
        with pytest.raises(ValueError) as caught:
            compliance.apply(fleet({}), exceptions, "", TODAY)
        assert str(caught.value).startswith("audit_exceptions" + message)


class TestPolicy:
    HOSTS = {
        "critical": with_severity("critical"),
        "warning": with_severity("warning"),
        "info": with_severity("info"),
        "good": configured_host(),
        "lost": fleets.LOST,
        "part": configured_host(incomplete=GAP),
    }

    @pytest.mark.parametrize(
        ("fail_on", "failed"),
        [
            ("", []),
            (None, []),
            ("critical", ["critical"]),
            ("warning", ["critical", "warning"]),
            ("info", ["critical", "info", "warning"]),
        ],
    )
    def test_findings(self, fail_on, failed):
        report = applied(fleet(self.HOSTS, **HEALTHY_ARRAY), fail_on=fail_on)
        assert (report["compliance"]["fail_on"], report["compliance"]["failed"]) == (fail_on or None, failed)

    @pytest.mark.parametrize(
        ("paths", "array", "verdict", "critical"),
        [
            ([path(0, "other")], {}, "recycled", True),
            ([path(0, "same")], STALE_ARRAY, "conflict", True),
            ([path(0, "absent")], STALE_ARRAY, "stale", False),
            ([path(0, "unreachable")], HEALTHY_ARRAY, "outage", False),
            ([path(0, "absent")], {}, "stale", False),
            ([path(0, "unreadable")], {}, "unknown", False),
            ([path(0, "same"), path(1, "absent")], HEALTHY_ARRAY, "degraded", False),
        ],
    )
    def test_devices(self, paths, array, verdict, critical):
        report = fleet({"a": configured_host(*paths)}, **array)
        assert report["hosts"][0]["devices"][0]["verdict"] == verdict
        assert applied(report, fail_on="critical")["compliance"]["failed"] == (["a"] if critical else [])
        assert applied(report, fail_on="warning")["compliance"]["failed"] == ["a"]

    def test_what_is_excused_does_not_fail(self):
        report = fleet({"a": stale(**QUEUES)}, **STALE_ARRAY)
        assert applied(report, [RULE, DEVICE], "info")["compliance"]["failed"] == []
        assert applied(report, [RULE], "warning")["compliance"]["failed"] == ["a"]
        assert applied(report, [RULE], "critical")["compliance"]["failed"] == []

    def test_a_severity_that_is_none(self):
        with pytest.raises(
            ValueError,
            match="audit_fail_on: 'never' is no severity; there are critical, warning, info, and an empty one for none",
        ):
            applied(fleet({}), fail_on="never")
