# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags that leave nothing to do are said: a run that did nothing must not look like one that found nothing."""

import pathlib

import pytest
from support.fleets import configured_host
from support.plays import Plays

PLAYBOOKS = sorted(path.stem for path in (pathlib.Path(__file__).resolve().parents[4] / "playbooks").glob("*.yml"))


NOTHING = "WARNING: no task of this playbook has a tag of its own. Unless these tags are given to the whole playbook, "


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_tags_that_leave_nothing_to_do(tmp_path, name):
    plays = Plays(tmp_path, {"node1": configured_host()})
    assert plays.run(f"sanops.multipath.{name}", arguments=["--tags", "report,scan"]) == 0
    said = " ".join(plays.output.split())
    assert f"{NOTHING}--tags report,scan --skip-tags none leave nothing to do" in said
    assert not (tmp_path / "report").exists()


def test_skipping_all_of_it(tmp_path):
    plays = Plays(tmp_path, {"node1": configured_host()})
    assert plays.run("sanops.multipath.audit", arguments=["--skip-tags", "untagged"]) == 0
    assert f"{NOTHING}--tags all --skip-tags untagged leave" in " ".join(plays.output.split())


def test_tags_of_the_play_that_imports_it(tmp_path):
    """Those of others leave it out, as before; its own bring all of it."""
    site = tmp_path / "site.yml"
    site.write_text("- import_playbook: sanops.multipath.audit\n  tags: [san]\n")
    plays = Plays(tmp_path, {"node1": configured_host()})
    assert plays.run(str(site), arguments=["--tags", "web"]) == 0 and not (tmp_path / "report").exists()
    assert plays.run(str(site), arguments=["--tags", "san"]) == 0
    assert [host["name"] for host in plays.fleet()["hosts"]] == ["node1"]


def test_what_is_not_tagged_is_all_of_it(tmp_path):
    plays = Plays(tmp_path, {"node1": configured_host()})
    assert plays.run("sanops.multipath.audit", arguments=["--tags", "untagged"]) == 0, plays.output
    assert [host["name"] for host in plays.fleet()["hosts"]] == ["node1"]
