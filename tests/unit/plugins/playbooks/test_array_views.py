# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Views of other arrays through the playbooks: the audit, and a remediation that asks for the view again at each
judging.
"""

import json

import pytest
from support import schema
from support.plays import Plays
from support.views import HUAWEI, host, lun, mapped, view

AUDIT, REMEDIATE = "sanops.multipath.audit", "sanops.multipath.remediate"
PIPE = "{{ lookup('ansible.builtin.pipe', '%s') | from_json }}"


@pytest.fixture
def plays(tmp_path):
    return Plays(tmp_path, {"node1": host("absent", "absent")})


class Script:
    """A script that prints a view, in which NOW is the time at which it is asked; it notes each time."""

    def __init__(self, folder, given):
        self.notes, self.path = folder / "asked", folder / "my-array-view"
        self.path.write_text(
            "#!/bin/sh\necho x >> %s\ncat << 'END' | sed \"s/NOW/$(date -u +%%Y-%%m-%%dT%%H:%%M:%%SZ)/\"\n%s\nEND\n"
            % (self.notes, json.dumps({**given, "fetched_at": "NOW"}))
        )
        self.path.chmod(0o755)
        self.entry = PIPE % self.path

    def times(self):
        return len(self.notes.read_text().split()) if self.notes.exists() else 0


def file(folder, given):
    path = folder / "view.json"
    path.write_text(json.dumps(given))
    return str(path)


def verdict(plays):
    fleet = schema.check(plays.fleet())
    (device,) = fleet["hosts"][0]["devices"]
    return device["verdict"]


class TestAudit:
    @pytest.mark.parametrize(
        "changes, word",
        [
            (None, "unproven"),
            ({}, "stale"),
            ({"luns": [mapped()]}, "conflict"),
            ({"complete": False, "error": "its script failed"}, "unproven"),
        ],
    )
    def test_what_a_view_makes_of_a_device(self, plays, tmp_path, changes, word):
        views = [] if changes is None else [file(tmp_path, view(**changes))]
        assert plays.run(AUDIT, audit_array_views=views) == 0, plays.output
        assert verdict(plays) == word
        assert ("array oceanstor-1: " in plays.output) is bool(views)

    def test_a_view_that_a_lookup_gives(self, plays, tmp_path):
        script = Script(tmp_path, view())
        assert plays.run(AUDIT, audit_array_views=[script.entry]) == 0, plays.output
        assert verdict(plays) == "stale" and script.times() >= 1

    def test_the_limits_of_the_remediation_count_for_what_is_said_of_its_plan(self, plays, tmp_path):
        views = [file(tmp_path, view())]
        assert plays.run(AUDIT, audit_array_views=views, stale_devices_max_removals=0) == 0, plays.output
        assert "1 removals; at most 0 are allowed (stale_devices_max_removals)" in " ".join(plays.output.split())
        assert "Next: each host of the plan would be left alone" in plays.output

    @pytest.mark.parametrize(
        "views, why",
        [
            (
                ["no-such-view.json"],
                "entry 1 of audit_array_views: no-such-view.json cannot be read: No such file or directory",
            ),
            ([view(luns=[lun(initiators=["node1"])])], "the array view oceanstor-1, LUN 1"),
            ([view(wwid_prefixes=["3600a0980"])], "covers LUNs of ONTAP"),
            (["{{ lookup('ansible.builtin.pipe', 'exit 3') | from_json }}"], "pipe"),
        ],
    )
    def test_one_that_makes_no_sense_fails_the_run_and_writes_no_report(self, plays, tmp_path, views, why):
        assert plays.run(AUDIT, audit_array_views=views) == 2
        assert why in plays.output.replace("\n", " ") and not (tmp_path / "report" / "fleet.json").exists()


class TestRemediate:
    """The host answers every module with its facts, so nobody says what became of a removal; what was decided is in
    the record.
    """

    def run(self, plays, *views, **variables):
        code = plays.run(REMEDIATE, audit_array_views=list(views), stale_devices_max_share=1, **variables)
        found = sorted((plays.folder / "report" / "removals").glob("*.json"))
        return code, json.loads(found[-1].read_text()) if found else None

    def test_a_lookup_is_asked_again_at_each_judging(self, plays, tmp_path):
        script = Script(tmp_path, view())
        code, record = self.run(plays, script.entry)
        assert [(one["wwid"], one["verdict"], one["array"]) for one in record["removals"]] == [
            (HUAWEI, "stale", "unmapped")
        ], plays.output
        assert code == 2 and "nobody said what became of it" in record["results"][0]["failed_because"]
        assert script.times() >= 3, (
            "the look, the judging before the batch, and the look afterwards (and the check of the role's arguments)"
        )

    @pytest.mark.parametrize(
        "changes, why",
        [
            ({"fetched_at": "2026-11-01T00:00:00Z"}, "its verdict is unproven: only with the hazard wire_alone"),
            ({"luns": [mapped()]}, "its verdict is conflict: never removed"),
            ({"complete": False, "error": "x"}, "its verdict is unproven: only with the hazard wire_alone"),
        ],
    )
    def test_nothing_goes_on_a_view_that_is_old_or_not_complete_or_gives_it(self, plays, tmp_path, changes, why):
        code, record = self.run(plays, file(tmp_path, view(**changes)))
        assert (
            code == 0
            and record["removals"] == record["results"] == []
            and [one["why"] for one in record["left"]] == [why]
        ), plays.output

    def test_a_view_that_fails_ends_the_play_before_anything_is_removed(self, plays, tmp_path):
        code, record = self.run(plays, str(tmp_path / "missing.json"))
        assert code == 2 and record is None and "missing.json cannot be read" in plays.output

    @pytest.mark.parametrize("kind", ["file", "lookup"])
    def test_what_an_array_calls_its_luns_is_never_a_template(self, plays, tmp_path, kind):
        """It comes from outside; ansible-core before 2.19 takes any text in a variable for a template."""
        evil = "{{ lookup('ansible.builtin.pipe', 'touch %s/pwned') }}" % tmp_path
        given = view(array=evil, luns=[lun(name=evil, state=evil, initiators=["iqn.2001-04.com.example:{{1/0}}"])])
        dummy, record = self.run(plays, file(tmp_path, given) if kind == "file" else Script(tmp_path, given).entry)
        assert record and not (tmp_path / "pwned").exists()
        luns = record["before"]["devices"][0]["array"]["luns"]
        assert luns[0]["name"] == luns[0]["state"] == luns[0]["array"] == evil
