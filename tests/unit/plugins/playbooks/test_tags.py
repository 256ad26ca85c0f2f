# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags that leave nothing to do are an error: a run that did nothing must not look like one that found nothing."""

import pathlib

import pytest
from support.fleets import configured_host
from support.plays import Plays

PLAYBOOKS = sorted(path.stem for path in (pathlib.Path(__file__).resolve().parents[4] / "playbooks").glob("*.yml"))


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_tags_that_leave_nothing_to_do(tmp_path, name):
    plays = Plays(tmp_path, {"node1": configured_host()})
    assert plays.run(f"sanops.multipath.{name}", arguments=["--tags", "report,scan"]) == 2
    said = " ".join(plays.output.split())
    assert "--tags report,scan: no task of this playbook has a tag, so nothing was done. Leave --tags out." in said
    assert not (tmp_path / "report").exists()


def test_what_is_not_tagged_is_all_of_it(tmp_path):
    plays = Plays(tmp_path, {"node1": configured_host()})
    assert plays.run("sanops.multipath.audit", arguments=["--tags", "untagged"]) == 0, plays.output
    assert [host["name"] for host in plays.fleet()["hosts"]] == ["node1"]
