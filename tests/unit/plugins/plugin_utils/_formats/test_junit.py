# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""junit.xml: a host is a suite; what is noncompliant fails, what was not audited errs, what was not checked or is
excused is skipped.
"""

import collections
from xml.etree import ElementTree

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import junit as junit_format
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import table as rule_table
from support import reports
from support.testimony import WWID

QUEUES = "MPC001 A map queues I/O indefinitely"
DEVICE = "map " + WWID


def parsed(report):
    return ElementTree.fromstring(junit_format.render(report).encode())


def cases(report, name):
    """{name of the case: (outcome, its element)}; 'passed' for one that has none."""
    suite = next(one for one in parsed(report) if one.get("name") == name)
    found = {}
    for case in suite.findall("testcase"):
        assert case.get("classname") == name and case.get("name") not in found and len(case) < 2
        found[case.get("name")] = (case[0].tag, case[0]) if len(case) else ("passed", None)
    return found


def outcome(report, name, case):
    tag, element = cases(report, name)[case]
    return tag, None if element is None else element.get("type"), None if element is None else element.get("message")


@pytest.mark.parametrize(
    "name, case, wanted",
    [
        ("away", "audit", ("error", "unreachable", "unreachable: Failed to connect: no route")),
        ("broken", "audit", ("error", "not_audited", "failed: Timed out")),
        ("lost", "audit", ("error", "not_audited", "missing: no slice reported it")),
        ("gaps", "audit", ("skipped", "incomplete", "incomplete: multipath_conf: multipathd did not answer")),
        ("gaps", QUEUES, ("skipped", "not_checked", "not checked: multipath_conf: multipathd did not answer")),
        ("gaps", DEVICE, ("passed", None, None)),
        ("good", "audit", ("passed", None, None)),
        ("good", DEVICE, ("passed", None, None)),
        ("good", QUEUES, ("passed", None, None)),
        (
            "degraded",
            DEVICE,
            (
                "failure",
                "degraded",
                "degraded: sda same; sdb absent (it says so, sense 05/25/00); array: mapped to this host",
            ),
        ),
        (
            "excused",
            DEVICE,
            ("skipped", "excused", "degraded, excused until 2026-12-31 by storage team: the vendor is asked"),
        ),
        ("queue", QUEUES, ("failure", "critical", "%s: no_path_retry queue (overrides)" % WWID)),
        (
            "ignored",
            "MPC005 multipath-tools ignores a line",
            ("skipped", "excused", "excused until 2026-12-31 by storage team: the vendor is asked"),
        ),
    ],
)
def test_outcomes(name, case, wanted):
    assert outcome(reports.everything(), name, case) == wanted


@pytest.mark.parametrize("name", ["away", "broken", "lost"])
def test_of_a_host_that_was_not_audited_nothing_else_is_said(name):
    assert list(cases(reports.everything(), name)) == ["audit"]


def test_every_host_is_a_suite_and_every_rule_a_case():
    report = reports.everything()
    assert [suite.get("name") for suite in parsed(report)] == [host["name"] for host in report["hosts"]]
    assert list(cases(report, "good")) == ["audit", DEVICE] + ["%(id)s %(title)s" % rule for rule in rule_table.RULES]


def test_the_numbers_are_those_of_the_cases():
    root = parsed(reports.everything())
    for suite in root:
        found = collections.Counter(one.tag for case in suite.findall("testcase") for one in case)
        assert [int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped")] == [
            len(suite.findall("testcase")),
            found["failure"],
            found["error"],
            found["skipped"],
        ]
    for key in ("tests", "failures", "errors", "skipped"):
        assert int(root.get(key)) == sum(int(suite.get(key)) for suite in root) > 0


def test_a_suite_tells_of_its_host():
    suites = {suite.get("name"): suite for suite in parsed(reports.everything())}
    assert {one.get("name"): one.get("value") for one in suites["queue"].find("properties")} == {
        "state": "audited",
        "compliance": "noncompliant",
        "fails_by_policy": "yes",
    }
    assert suites["good"].find("properties/property[@name='fails_by_policy']").get("value") == "no"
    assert (suites["queue"].get("time"), suites["away"].get("time"), suites["queue"].get("timestamp")) == (
        "1.250",
        "0",
        "2026-11-21T02:00:00",
    )


def test_a_failure_tells_the_evidence_of_all_witnesses():
    text = cases(reports.everything(), "recycled")[DEVICE][1].text.split("\n")
    assert text[0] == "name: mpatha, dm-0" and text[1].startswith("why: the kernel holds ")
    for line in (
        "LUN: /vol/v/l, SVM svm1, cluster c1, LUN id 3 in igroup me",
        "path: sda other",
        "used by mount: /data (ext4, rw)",
    ):
        assert line in text
    assert text[-1].startswith("next: ALARM")


def test_a_finding_tells_where_why_and_what_to_do():
    text = cases(reports.everything(), "queue")[QUEUES][1].text
    assert (
        "/etc/multipath/conf.d/sanops.conf:3" in text
        and "why: When the last path" in text
        and "next: set no_path_retry" in text
    )


class TestARuleWithMoreThanOneFinding:
    def report(self, **last):
        report = reports.everything()
        found = reports.host(report, "queue")["findings"]
        found.append(dict(found[0], subjects=["3600b"], **last))
        return report

    def test_is_one_case(self):
        assert outcome(self.report(), "queue", QUEUES)[2].endswith("no_path_retry queue (overrides) and 1 more")
        assert "3600b" in cases(self.report(), "queue")[QUEUES][1].text

    def test_of_which_it_says_the_same_is_one_case_too(self):
        report = reports.everything()
        reports.host(report, "queue")["findings"][0]["subjects"] = [WWID, "3600b"]
        assert outcome(report, "queue", QUEUES)[2].endswith("no_path_retry queue (overrides) and 1 more")
        assert "critical: 3600b: " in cases(report, "queue")[QUEUES][1].text

    def test_fails_for_the_one_that_is_not_excused(self):
        report = self.report()
        reports.host(report, "queue")["findings"][0]["exception"] = reports.EXCEPTION
        assert outcome(report, "queue", QUEUES) == ("failure", "critical", "3600b: no_path_retry queue (overrides)")
        assert "excused until 2026-12-31" in cases(report, "queue")[QUEUES][1].text

    def test_fails_although_it_could_not_see_everything(self):
        report = reports.everything()
        reports.host(report, "queue")["not_checked"] = [
            {"rule": "MPC001", "subject": "3600c", "why": "no path is left"}
        ]
        tag, element = cases(report, "queue")[QUEUES]
        assert tag == "failure" and "not checked: no path is left (3600c)" in element.text

    def test_what_is_excused_hides_no_gap(self):
        report = reports.everything()
        reports.host(report, "ignored")["not_checked"] = [{"rule": "MPC005", "subject": None, "why": "no answer"}]
        assert outcome(report, "ignored", "MPC005 multipath-tools ignores a line") == (
            "skipped",
            "not_checked",
            "not checked: no answer",
        )


def test_information_fails_nothing_and_is_reported():
    report = reports.everything()
    reports.host(report, "queue")["findings"][0]["severity"] = "info"
    tag, element = cases(report, "queue")[QUEUES]
    assert tag == "system-out" and element.text.startswith("info: %s: no_path_retry queue" % WWID)


def test_disks_of_one_lun_are_cases_of_their_own():
    disks = [reports.path(number, "same", in_map=False) for number in (1, 2)]
    report = reports.report({"a": reports.registered([reports.path(0, "same")] + disks)})
    assert list(cases(report, "a"))[1:4] == [DEVICE, "disk %s at 1:0:0:3" % WWID, "disk %s at 2:0:0:3" % WWID]


def test_a_rule_of_another_version_is_reported_too():
    report = reports.everything()
    reports.host(report, "queue")["findings"][0]["rule"] = "MPC999"
    assert outcome(report, "queue", "MPC999")[0] == "failure"


def test_an_elapsed_time_that_is_none_does_no_harm():
    report = reports.everything()
    reports.host(report, "good")["facts"]["elapsed"] = '"/><x'
    assert [suite.get("time") for suite in parsed(report) if suite.get("name") == "good"] == ["0"]
