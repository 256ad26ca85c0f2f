# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""metrics.prom: counts, each there with 0 too, and as many series for one host as for thousands."""

import datetime
import pathlib
import re
import time

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import prometheus
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import table as rule_table
from support import reports
from support.testimony import ARRAY


def series(report):
    """{series: number} of the metrics, and every line looked at."""
    found, name = {}, None
    for line in prometheus.render(report).splitlines():
        if line.startswith("# HELP "):
            name = line.split()[2]
        elif line.startswith("# TYPE "):
            assert line == "# TYPE %s gauge" % name
        else:
            one = re.fullmatch(r"(%s)(\{[^{}]+\})? (\d+)" % name, line)
            assert one and one.group(1) + (one.group(2) or "") not in found
            found[one.group(1) + (one.group(2) or "")] = int(one.group(3))
    return found


def moment(*words):
    return datetime.datetime(*words, tzinfo=datetime.timezone.utc).timestamp()


@pytest.mark.parametrize(
    "name, number",
    [
        ('san_audit_info{version="0.1.0",schema="2"}', 1),
        ("san_audit_generated_timestamp_seconds", moment(2026, 11, 21, 2)),
        ('san_audit_hosts_by_state{state="audited"}', 7),
        ('san_audit_hosts_by_state{state="incomplete"}', 1),
        ('san_audit_hosts_by_state{state="unreachable"}', 1),
        ('san_audit_hosts_by_state{state="failed"}', 1),
        ('san_audit_hosts_by_state{state="missing"}', 1),
        ('san_audit_hosts_by_compliance{compliance="compliant"}', 4),
        ('san_audit_hosts_by_compliance{compliance="noncompliant"}', 3),
        ('san_audit_hosts_by_compliance{compliance="incomplete"}', 1),
        ('san_audit_hosts_by_compliance{compliance="unreachable"}', 1),
        ('san_audit_hosts_by_compliance{compliance="not_audited"}', 2),
        ("san_audit_hosts_failed", 2),
        ('san_audit_devices{verdict="recycled",in_use="true",excused="false"}', 1),
        ('san_audit_devices{verdict="degraded",in_use="false",excused="false"}', 1),
        ('san_audit_devices{verdict="degraded",in_use="false",excused="true"}', 1),
        ('san_audit_devices{verdict="healthy",in_use="false",excused="false"}', 4),
        ('san_audit_devices{verdict="stale",in_use="unknown",excused="false"}', 0),
        ('san_audit_findings{rule="MPC001",severity="critical",excused="false"}', 1),
        ('san_audit_findings{rule="MPC005",severity="warning",excused="true"}', 1),
        ('san_audit_findings{rule="MPC005",severity="warning",excused="false"}', 0),
        ('san_audit_not_checked{rule="MPC001"}', 1),
        ('san_audit_not_checked{rule="MPC203"}', 0),
        ("san_audit_luns_not_seen", 1),
        ('san_audit_arrays{complete="true"}', 1),
        ('san_audit_arrays{complete="false"}', 0),
        ("san_audit_oldest_listing_timestamp_seconds", moment(2026, 11, 21, 1, 59)),
        ('san_audit_exceptions{state="in force"}', 2),
        ('san_audit_exceptions{state="expired"}', 1),
        ('san_audit_exceptions{state="unused"}', 1),
        ("san_audit_next_exception_end_timestamp_seconds", moment(2027, 1, 1)),
        ('san_audit_changes{kind="device",change="new"}', 1),
        ('san_audit_changes{kind="host",change="new"}', 1),
        ('san_audit_changes{kind="finding",change="gone"}', 1),
        ('san_audit_changes{kind="finding",change="new"}', 0),
        ("san_audit_previous_timestamp_seconds", moment(2026, 11, 20, 2)),
    ],
)
def test_numbers(name, number):
    assert series(reports.everything())[name] == number


def test_all_metrics_are_there():
    assert {name.split("{")[0] for name in series(reports.everything())} == set(prometheus.NAMES)


def test_what_is_not_known_is_not_said():
    missing = set(prometheus.NAMES) - {
        name.split("{")[0] for name in series(reports.report({"a": reports.GOOD}, array=dict(ARRAY, complete=False)))
    }
    assert missing == {
        "san_audit_changes",
        "san_audit_previous_timestamp_seconds",
        "san_audit_next_exception_end_timestamp_seconds",
        "san_audit_oldest_listing_timestamp_seconds",
    }


def test_a_metric_that_is_not_there_is_not_announced():
    text = prometheus.render(reports.report({}))
    assert "san_audit_changes" not in text and set(re.findall("^# HELP ([a-z_]+)", text, re.MULTILINE)) == set(
        re.findall("^[a-z_]+", text, re.MULTILINE)
    )


def test_days_are_of_utc(monkeypatch):
    wanted = prometheus.render(reports.everything())
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert prometheus.render(reports.everything()) == wanted
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_documentation_has_every_metric_and_no_other():
    page = (pathlib.Path(__file__).resolve().parents[5] / "docs/monitoring.md").read_text(encoding="utf-8")
    assert re.findall("^[|] `(san_audit_[a-z_]+)` [|]", page, re.MULTILINE) == list(prometheus.NAMES)


def test_a_fleet_of_any_size_has_the_same_series():
    names = [
        set(series(reports.report(dict.fromkeys(["h%d" % number for number in range(hosts)], reports.GOOD))))
        for hosts in (1, 60)
    ]
    assert names[0] == names[1] and len(names[0]) < 180
    assert len(set(series(reports.everything())) - names[0]) < 20


def test_words_of_another_version_make_no_more_series():
    report = reports.everything()
    for number, host in enumerate(report["hosts"]):
        host["state"] = host["compliance"] = "state%d" % number
        for device in host["devices"]:
            device["verdict"] = "verdict%d" % number
        for finding in host["findings"]:
            finding.update(rule="rule%d" % number, severity="severity%d" % number)
    found = series(report)
    assert (
        found['san_audit_hosts_by_state{state="other"}']
        == found['san_audit_hosts_by_compliance{compliance="other"}']
        == 11
    )
    assert found['san_audit_findings{rule="other",severity="other",excused="false"}'] == 1
    assert not re.search("(state|verdict|rule|severity)[0-9]", " ".join(found))


def test_every_rule_is_counted_from_the_start():
    found = series(reports.report({}))
    for rule in rule_table.RULES:
        for excused in ("true", "false"):
            assert (
                found[
                    'san_audit_findings{rule="%s",severity="%s",excused="%s"}' % (rule["id"], rule["severity"], excused)
                ]
                == 0
            )


def test_a_finding_counts_once_for_each_of_its_subjects():
    report = reports.everything()
    reports.host(report, "queue")["findings"][0]["subjects"] = ["3600a", "3600b"]
    assert series(report)['san_audit_findings{rule="MPC001",severity="critical",excused="false"}'] == 2


def test_the_oldest_listing_counts():
    report = reports.everything()
    report["arrays"] = [dict(ARRAY, fetched_at="2026-11-21T0%d:00:00Z" % hour, complete=hour > 0) for hour in (1, 0, 2)]
    assert series(report)["san_audit_oldest_listing_timestamp_seconds"] == moment(2026, 11, 21, 1)


def test_an_exception_that_ended_or_is_unused_does_not_end_next():
    report = reports.everything()
    report["exceptions"] = [one for one in report["exceptions"] if one["state"] != "in force"]
    assert "san_audit_next_exception_end_timestamp_seconds" not in series(report)


@pytest.mark.parametrize("time", ["", "soon", None, "9999-99-99"])
def test_a_time_that_is_none_is_left_out(time):
    report = reports.everything()
    report["generated_at"] = time
    assert "san_audit_generated_timestamp_seconds" not in series(report)


def test_a_label_is_quoted():
    report = reports.everything()
    report["generated_by"] = {"sanops.multipath": 'a"} 1\n\\'}
    assert 'san_audit_info{version="a\\"} 1\\\\x0a\\\\",schema="2"} 1\n' in prometheus.render(report)
