# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A consumer of JUnit's format reads the report as it is meant."""

import junitparser
import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import junit as junit_format
from support import reports


def read(report, tmp_path):
    path = tmp_path / "junit.xml"
    path.write_text(junit_format.render(report), encoding="utf-8")
    return junitparser.JUnitXml.fromfile(str(path))


def test_it_is_read(tmp_path):
    report = reports.everything()
    found = read(report, tmp_path)
    assert [suite.name for suite in found] == [host["name"] for host in report["hosts"]]
    results = {(suite.name, case.name): [type(one) for one in case.result] for suite in found for case in suite}
    assert results["away", "audit"] == results["lost", "audit"] == results["broken", "audit"] == [junitparser.Error]
    assert results["queue", "MPC001 A map queues I/O indefinitely"] == [junitparser.Failure]
    assert (
        results["gaps", "MPC001 A map queues I/O indefinitely"] == [junitparser.Skipped]
        and results["good", "audit"] == []
    )


def test_it_counts_the_same(tmp_path):
    found = read(reports.everything(), tmp_path)
    said = [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in found]
    for suite in found:
        suite.update_statistics()
    assert said == [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in found]
    assert (found.tests, found.failures, found.errors, found.skipped) == tuple(map(sum, zip(*said)))


@pytest.mark.parametrize("evil", ['"/><testcase name="x"/>', "]]>\x00\x1b\udc80\uffff", "&lt;&#0;<!--"])
def test_hostile_values_make_no_case(tmp_path, evil):
    plain, found = [
        [(case.name, len(case.result)) for suite in read(report, tmp_path) for case in suite]
        for report in (reports.everything(), reports.poisoned(reports.everything(), evil))
    ]
    assert [count for dummy, count in found] == [count for dummy, count in plain]
