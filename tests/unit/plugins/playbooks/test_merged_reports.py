# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of many slices, each one's files or what it hands on to the next job."""

import pytest
from support import schema
from support.plays import Plays
from support.six_hosts import AUDIT, HOSTS, REPORT, RULE, without, words

# Every n-th host by name is a slice, as in AWX.
SLICES = [sorted(HOSTS)[number::3] for number in range(3)]


@pytest.fixture
def plays(tmp_path):
    return Plays(tmp_path, HOSTS)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """One audit of all hosts."""
    plays = Plays(tmp_path_factory.mktemp("whole"), HOSTS)
    plays.run(AUDIT, report="whole")
    return plays


@pytest.fixture(scope="module")
def handed(tmp_path_factory):
    """What three slices of an audit hand on, and under 'folder' where they were."""
    return audited(Plays(tmp_path_factory.mktemp("slices"), HOSTS))


def audited(plays, lost=(), **variables):
    """What the slices hand on, those of *lost* nothing."""
    handed = {}
    for number, names in enumerate(SLICES):
        if number not in lost:
            plays.run(AUDIT, names, report="slice%d" % number, awx_job_id=90 + number, **variables)
            handed.update(plays.artifacts())
    return handed


class TestSlices:
    """Every n-th host by name is a slice, as in AWX."""

    def test_they_make_the_report_of_one_audit(self, plays, handed, whole):
        assert set(handed) == {"san_audit_90", "san_audit_91", "san_audit_92"}
        assert plays.run(REPORT, **handed) == 0
        assert without(schema.check(plays.fleet())) == without(whole.fleet("whole"))

    def test_as_files_and_with_the_policy_of_the_slices(self, plays):
        policy = {"audit_fail_on": "critical", "audit_exceptions": [RULE]}
        audited(plays, **policy)
        plays.run(AUDIT, report="whole", **policy)
        assert (
            plays.run(
                REPORT, report_files=[str(plays.folder / ("slice%d" % number) / "fleet.json") for number in range(3)]
            )
            == 2
        )
        assert without(plays.fleet()) == without(plays.fleet("whole"))
        assert (
            "(audit_fail_on critical). They do not comply: node2. They were not audited: node3, node5." in plays.output
        )

    def test_a_slice_that_failed_is_not_audited_and_fails_only_by_the_policy(self, plays, handed):
        handed = {name: handed[name] for name in handed if name != "san_audit_91"}
        assert plays.run(REPORT, **handed) == 0, plays.output
        fleet = schema.check(plays.fleet())
        assert {host["name"]: host["state"] for host in fleet["hosts"] if host["name"] in SLICES[1]} == {
            "node2": "missing",
            "node5": "missing",
        }
        assert words(fleet)["node2"] == words(fleet)["node5"] == "not_audited" and len(fleet["hosts"]) == 6
        assert "node2  NOT AUDITED (missing): no slice of the audit reported it" in plays.output
        assert plays.run(REPORT, report_fail_on="critical", **handed) == 2
        assert (
            "(audit_fail_on critical). They do not comply: node4. They were not audited: node2, node3, node5."
            in plays.output
        )

    def test_no_slice_came_to_its_report(self, plays):
        assert plays.run(REPORT) == 0
        assert plays.fleet()["compliance"]["hosts"] == {"not_audited": 6}

    def test_only_the_hosts_that_should_have_been_audited_are_missed(self, plays):
        plays.run(REPORT, audit_hosts="node1:node2")
        assert sorted(words(plays.fleet())) == ["node1", "node2"]

    def test_a_slice_twice_and_one_that_is_none(self, plays, handed):
        assert plays.run(REPORT, san_audit_99=handed["san_audit_90"], **handed) == 2
        assert (
            "the host node1 is in two reports, san_audit_90 and san_audit_99: give only one run of each slice"
            in plays.output
        )
        assert plays.run(REPORT, san_audit_98="x", **handed) == 2
        assert "san_audit_98 is nothing that was packed" in plays.output

    def test_the_morning_after(self, plays, handed):
        """The report of the slices is compared with the one that was there, as that of a whole audit is."""
        plays.run(REPORT, **handed)
        plays.run(REPORT, **{name: handed[name] for name in handed if name != "san_audit_91"})
        changes = plays.fleet()["changes"]
        assert [(one["host"], one["what"]) for one in changes["new"]] == [
            ("node2", "it was audited and is not audited")
        ]
        assert changes["gone"] == [] and changes["still"] == 1
