# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab without machines: what its verbs do with its files."""

import json

import pytest
from lab import keeper, qmp
from lab.errors import LabError
from lab.lab import Lab

FACTS = {"machines": {"array": 1, "node1": 2}, "transport": "iscsi"}


def write(lab):
    lab.folder.mkdir(parents=True, exist_ok=True)
    (lab.folder / "lab.json").write_text(json.dumps(FACTS), encoding="utf-8")


def test_up_with_another_transport_is_an_error(tmp_path, monkeypatch):
    lab = Lab(state=tmp_path)
    write(lab)
    monkeypatch.setattr(keeper, "is_alive", lambda folder: True)
    with pytest.raises(LabError, match="Lab default is up already, and has iscsi"):
        lab.up(transport="fc")


def test_up_recovers_a_lab_from_a_save_that_was_killed(tmp_path, monkeypatch):
    """What it has left is removed before the machines go on: it is older than their disks from then."""
    lab = Lab(state=tmp_path)
    left = [lab.folder / machine / name for machine in ("array", "node1") for name in ("memory", "memory.part")]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    write(lab)
    monkeypatch.setattr(keeper, "is_alive", lambda folder: True)
    there = []
    monkeypatch.setattr(qmp, "go_on", lambda folders: there.append([path for path in left if path.exists()]))
    lab.up()
    assert there == [[]]
