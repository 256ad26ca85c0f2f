# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prometheus accepts the metrics and the alert rules, and each alert fires for the report that it is for, and for
no other.
"""

import json
import pathlib
import re

import pytest
import yaml
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import prometheus
from support import reports
from support.testimony import ARRAY

MONITORING = pathlib.Path(__file__).resolve().parents[3] / "docs" / "monitoring"
RULES = yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
# promtool's clock begins in 1970.
BEGIN = "1970-01-01T00:00:00Z"
HOURS = 60
EVERY = 10  # minutes between samples


def report(results=None, **keys):
    made = reports.report(results or {"good": reports.GOOD}, generated_at=BEGIN, **keys)
    for array in made["arrays"]:
        array["fetched_at"] = BEGIN
    return made


def exception(state, expires):
    return dict(reports.EXCEPTION, rule="MPC001", hosts=["*"], state=state, matched=1, expires=expires)


def samples(*spans):
    """[{series, values}] of reports that follow each other. *spans*: (report, hours); an older one is gone as soon
    as a newer one is there.
    """
    reported, length = {}, 0
    for made, hours in spans:
        count = hours * 60 // EVERY
        for line in prometheus.render(made).splitlines():
            name, dummy, number = line.rpartition(" ")
            if not line.startswith("#"):
                labels = (
                    name[:-1] + ',instance="mon",job="node"}'
                    if name.endswith("}")
                    else name + '{instance="mon",job="node"}'
                )
                values = reported.setdefault(labels, ["_"] * length)
                values += ["_"] * (length - len(values)) + [number] * count
        length += count
    return [{"series": name, "values": " ".join(values)} for name, values in reported.items()]


def judged(promtool, tmp_path, series, **tests):
    path = tmp_path / "test.yml"
    path.write_text(
        json.dumps(
            {
                "rule_files": [str(MONITORING / "alerts.yml")],
                "evaluation_interval": "%dm" % EVERY,
                "tests": [dict(tests, interval="%dm" % EVERY, input_series=series)],
            }
        )
    )
    return promtool("test", "rules", str(path))


def firing(promtool, tmp_path, hour, series):
    """{alert: severity} of those that fire at an hour, read out of what promtool says of an expectation that
    nothing meets.
    """
    code, reported = judged(
        promtool,
        tmp_path,
        series,
        promql_expr_test=[
            {
                "expr": 'count by (alertname, severity) (ALERTS{alertstate="firing"})',
                "eval_time": "%dh" % hour,
                "exp_samples": [{"labels": '{no="one"}', "value": 1}],
            }
        ],
    )
    got = re.search(r"got:(.*)", reported)
    assert code and got, reported
    return dict(re.findall(r'alertname="(\w+)", severity="(\w+)"', got.group(1)))


def test_the_metrics_are_accepted(promtool):
    for made in (reports.everything(), reports.report({}), reports.poisoned(reports.everything(), 'a"} 1\n\\{\x1b')):
        assert promtool("check", "metrics", text=prometheus.render(made)) == (0, "")


def test_promtool_would_not_accept_others(promtool):
    assert promtool(
        "check", "metrics", text=prometheus.render(reports.everything()).replace("# HELP san_audit_arrays", "# HELP x")
    )[0]


def test_the_rules_are_accepted(promtool):
    code, reported = promtool("check", "rules", str(MONITORING / "alerts.yml"))
    assert code == 0 and "SUCCESS: %d rules found" % len(RULES) in reported


RECYCLED = reports.registered([reports.path(0, "other")], [{"kind": "mount", "detail": "/data"}])
DEGRADED = reports.registered([reports.path(0, "same"), reports.path(1, "absent")])
QUEUE = reports.registered([reports.path(0, "same")], configuration=reports.QUEUE)
MANY = {"h%d" % number: reports.GOOD for number in range(10)}
TICKET, PAGE = "ticket", "page"


def case(name, *made, hour=1, **alerts):
    """Return a case: the alerts that fire at an hour. *made*: a report that is there all the time, or spans."""
    spans = [one if isinstance(one, tuple) else (one, HOURS) for one in made]
    return pytest.param(spans, hour, alerts, id=name)


CASES = [
    case("a fleet without trouble", report(), hour=2),
    case("recycled", report({"a": RECYCLED}), SanAuditRecycledDevice=PAGE, SanAuditNoncompliant=TICKET),
    case(
        "recycled, and nobody may excuse it",
        reports.excused(report({"a": RECYCLED}), "a", "devices"),
        SanAuditRecycledDevice=PAGE,
    ),
    case("recycled and fixed", (report({"a": RECYCLED}), 24), (report(), 24), hour=25),
    case("conflict", report({"a": reports.GOOD}, mapped=[]), SanAuditConflict=TICKET, SanAuditNoncompliant=TICKET),
    case("an excused conflict", reports.excused(report({"a": reports.GOOD}, mapped=[]), "a", "devices")),
    case("a bad device", report({"a": DEGRADED}), SanAuditNoncompliant=TICKET),
    case("an excused device", reports.excused(report({"a": DEGRADED}), "a", "devices")),
    case("a finding", report({"a": QUEUE}), SanAuditNoncompliant=TICKET),
    case("unreachable", report({"a": reports.UNREACHABLE}), SanAuditHostsUnreachable=TICKET),
    case("failed", report({"a": {"failed": True, "msg": "x"}}), SanAuditHostsNotAudited=TICKET),
    case("missing", report({"a": "missing"}), SanAuditHostsNotAudited=TICKET),
    case(
        "an array that was not listed",
        report(array=dict(ARRAY, complete=False, error="x")),
        SanAuditArrayNotListed=TICKET,
    ),
    case("no longer new", report(), hour=30),
    case("old", report(), hour=31, SanAuditTooOld=TICKET),
    case("gone", (report(), 1)),
    case("gone for an hour", (report(), 1), hour=2, SanAuditMissing=TICKET),
    case("fewer hosts", (report(MANY), 20), (report(), 20), hour=22, SanAuditFleetShrank=TICKET),
    case("fewer hosts, and nobody looks any more", (report(MANY), 29), (report(), 20), hour=32, SanAuditTooOld=TICKET),
    case(
        "hosts lost out of sight, but not out of the report",
        (report(MANY), 20),
        (report(dict.fromkeys(MANY, "missing")), 20),
        hour=22,
        SanAuditHostsNotAudited=TICKET,
    ),
    case("one host fewer", (report(MANY), 20), (report(dict(list(MANY.items())[:9])), 20), hour=22),
    case("expired", report(exceptions=[exception("expired", "1969-12-31")]), SanAuditExceptionExpired=TICKET),
    case(
        "expires within seven days",
        report(exceptions=[exception("in force", "1970-01-07")]),
        SanAuditExceptionEndsSoon=TICKET,
    ),
    case("expires after seven days", report(exceptions=[exception("in force", "1970-01-08")])),
    case("the last day is over", report(exceptions=[exception("in force", "1970-01-01")]), hour=25),
]


@pytest.mark.parametrize("spans, hour, alerts", CASES)
def test_alerts(promtool, tmp_path, spans, hour, alerts):
    assert firing(promtool, tmp_path, hour, samples(*spans)) == alerts


def test_every_alert_has_a_case_and_a_chapter():
    assert {rule["alert"] for rule in RULES} == {alert for case in CASES for alert in case.values[2]}
    page = (MONITORING.parent / "monitoring.md").read_text(encoding="utf-8")
    for rule in RULES:
        assert "\n### %s\n" % rule["alert"] in page and rule["annotations"]["runbook_url"].endswith(
            "/docs/monitoring.md#" + rule["alert"].lower()
        )


@pytest.mark.parametrize(
    "made, hour, alert, labels, summary",
    [
        (
            report({"a": RECYCLED}),
            1,
            "SanAuditRecycledDevice",
            {"verdict": "recycled", "in_use": "true"},
            "1 SAN device(s) reach another LUN than the kernel believes (in use: true)",
        ),
        (report(), 31, "SanAuditTooOld", {}, "The last SAN audit is 1d 7h 0m 0s old"),
        (
            report(exceptions=[exception("in force", "1970-01-03")]),
            48,
            "SanAuditExceptionEndsSoon",
            {},
            "An exception ends in 1d 0h 0m 0s",
        ),
    ],
)
def test_what_an_alert_says(promtool, tmp_path, made, hour, alert, labels, summary):
    rule = next(one for one in RULES if one["alert"] == alert)
    labels = dict(labels, severity=rule["labels"]["severity"], instance="mon", job="node")
    assert (
        judged(
            promtool,
            tmp_path,
            samples((made, HOURS)),
            alert_rule_test=[
                {
                    "eval_time": "%dh" % hour,
                    "alertname": alert,
                    "exp_alerts": [
                        {"exp_labels": labels, "exp_annotations": dict(rule["annotations"], summary=summary)}
                    ],
                }
            ],
        )[0]
        == 0
    )
