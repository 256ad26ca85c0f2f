# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nightly audit as AWX runs it: jobs over ansible-runner's stream, three slices of which one fails, and the
report that follows.
"""

import os
import pathlib
import subprocess

import pytest
from support import jobs, schema
from support.fleets import configured_host, recycled
from support.plays import COLLECTIONS, Plays

HOSTS = {"node%d" % number: configured_host() for number in range(1, 7)}
HOSTS["node3"] = recycled()
AUDIT, REPORT = "sanops.multipath.audit", "sanops.multipath.report"
POLICY = str(pathlib.Path(__file__).parents[4] / "docs" / "awx" / "project" / "policy.yml")
LOST = 1
SLICES = jobs.slices(HOSTS, 3)
SLICE_OF_NODE3 = 2


class Fleet:
    """Hosts that answer what is said here, and the jobs over them."""

    def __init__(self, folder):
        self.folder, self.plays = folder, Plays(folder, HOSTS)
        self.environment = jobs.environment(folder / "home", COLLECTIONS)

    def job(self, name, playbook, hosts, **variables):
        inventory = {
            "all": {"hosts": {host: self.plays._variables(host) for host in hosts}, "vars": {"audit_become": False}}
        }
        job = jobs.Job(self.folder / name, playbook, inventory, variables, self.environment)
        # Ansible's settings come with the job alone.
        mine = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
        subprocess.run(job.command(), env=mine, stdout=subprocess.DEVNULL, timeout=300, check=False)
        return job

    def report(self, name, handed, **variables):
        """(exit code, fleet.json) of the job that makes one report of what was handed on."""
        folder = self.folder / name / "report"
        job = self.job(name, REPORT, HOSTS, report_dir=str(folder), **handed, **variables)
        return job.code(), schema.check(self.plays.fleet("%s/report" % name)), job.output()


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    return Fleet(tmp_path_factory.mktemp("fleet"))


@pytest.fixture(scope="module")
def audits(fleet):
    """The jobs of the slices; that of LOST has an array that makes no sense."""
    return [
        fleet.job(
            "slice%d" % number,
            AUDIT,
            hosts,
            awx_job_id=90 + number,
            audit_report_dir=str(fleet.folder / ("of%d" % number)),
            audit_arrays=[{"user": "x"}] if number == LOST else [],
        )
        for number, hosts in enumerate(SLICES)
    ]


@pytest.fixture(scope="module")
def handed(audits):
    found = {}
    for job in audits:
        found.update(job.artifacts())
    return found


def test_what_a_slice_hands_on_arrives(audits, handed):
    assert [job.code() for job in audits] == [0, 2, 0]
    assert set(handed) == {"san_audit_90", "san_audit_92"}
    assert "hosts asked" in audits[0].output()


def test_a_host_is_one_event_of_the_summary(audits):
    """AWX keeps each event in its database, and a fleet has thirty lines for a host in trouble."""
    host = next(
        event["stdout"]
        for event in audits[SLICE_OF_NODE3].events()
        if event["event"] == "verbose" and "node3  " in event["stdout"]
    )
    assert "RECYCLED" in host and "    why   " in host and "node6" not in host


def test_the_hosts_of_the_failed_slice_are_not_audited_and_fail_nothing_by_default(fleet, handed):
    code, report, output = fleet.report("lenient", handed)
    assert code == 0, output
    assert {host["name"] for host in report["hosts"] if host["state"] == "missing"} == set(SLICES[LOST])
    words = {host["name"]: host["compliance"] for host in report["hosts"]}
    assert words == {
        name: "not_audited" if name in SLICES[LOST] else "noncompliant" if name == "node3" else "incomplete"
        for name in HOSTS
    }
    assert "%s  NOT AUDITED (missing): no slice of the audit reported it" % SLICES[LOST][0] in output


def test_by_the_policy_they_do(fleet, handed):
    code, report, output = fleet.report("strict", handed, report_fail_on="critical")
    assert code == 2 and report["compliance"]["failed"] == ["node3"]
    assert "They do not comply: node3. They were not audited: %s." % ", ".join(SLICES[LOST]) in " ".join(output.split())


def test_a_failing_policy_is_a_job_of_its_own(fleet, handed):
    """The report succeeds, so that what follows it in the workflow runs; the last job fails."""
    folder = str(fleet.folder / "later" / "report")
    given = {
        **handed,
        "awx_job_id": 99,
        "report_fail_on": "critical",
        "report_fails": False,
        "report_max_not_audited": 1,
    }
    report = fleet.job("later", REPORT, HOSTS, report_dir=folder, **given)
    assert report.code() == 0 and set(report.artifacts()) == {"san_plan", "san_outcome"}, report.output()
    last = fleet.job("policy", POLICY, HOSTS, **report.artifacts())
    lost = ", ".join(SLICES[LOST])
    assert last.code() == 2
    assert (
        "Hosts that do not comply (audit_fail_on critical): node3. "
        f"Hosts that were not audited (audit_fail_on critical): {lost}. "
        "No array was asked: none is configured."
    ) in " ".join(last.output().split())


def test_what_the_policy_allows_passes(fleet, handed):
    folder = str(fleet.folder / "allowed" / "report")
    given = {**handed, "awx_job_id": 99, "report_arrays_listed": False, "report_max_not_audited": 1}
    report = fleet.job("allowed", REPORT, HOSTS, report_dir=folder, **given)
    assert report.code() == 0 and report.artifacts()["san_outcome"]["failures"] == [], report.output()
    last = fleet.job("passes", POLICY, HOSTS, **report.artifacts())
    assert last.code() == 0 and "There is no outcome" not in last.output(), last.output()


def test_a_policy_without_a_report_fails(fleet):
    last = fleet.job("no_report", POLICY, HOSTS)
    assert last.code() == 2 and "report_outcome is empty." in " ".join(last.output().split())
