# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wait for a map: a scan that the kernel gave up is made again, and an error shows what the node has."""

from subprocess import CompletedProcess

import pytest
from lab import node_verbs
from lab.errors import LabError

WWID = "3600a09804851677832504b5d57667875"


class Node(node_verbs.NodeVerbs):
    """A lab whose node has the map after so many scans; a wait without it ends at once."""

    transport = "iscsi"

    def __init__(self, scans, code=node_verbs.NO_MAP):
        self.name, self.missing, self.code, self.scripts = "node1", scans, code, []

    def ssh(self, name):
        return self

    def run(self, script, **options):
        self.scripts.append(script)
        if "scsi_host" in script:
            self.missing -= 1
        elif self.missing:
            return CompletedProcess([], self.code, b"", b"connection closed")
        return CompletedProcess([], 0, b"", b"")

    def output(self, script, **options):
        return "2:0:0:64 of fabric a alone"

    @property
    def scans(self):
        return sum("scsi_host" in script for script in self.scripts)


@pytest.mark.parametrize("missing", (0, 1, 3))
def test_a_node_scans_until_it_has_the_map(missing):
    node = Node(missing)
    node.wait_for_wwid(WWID, "node1", 2)
    assert node.scans == missing


def test_a_map_that_never_comes_is_an_error_that_shows_what_is_there(monkeypatch):
    monkeypatch.setattr(node_verbs, "MAP_SECONDS", -1)
    with pytest.raises(LabError, match=rf"no multipath map {WWID} with 2 paths[\s\S]*2:0:0:64 of fabric a alone"):
        Node(1).wait_for_wwid(WWID, "node1", 2)


def test_a_lost_connection_is_not_taken_for_a_missing_map():
    with pytest.raises(LabError, match="node1 failed while it was waiting.*connection closed"):
        Node(1, code=255).wait_for_wwid(WWID, "node1", 2)


def test_a_node_with_fibre_channel_is_never_scanned():
    """It logs in again, and its kernel looks for LUNs by itself."""
    node = Node(0)
    node.transport = "fc"
    assert node.scan("node1") == "node1 has logged in again"
    (script,) = node.scripts
    assert "issue_lip" in script and "/scan" not in script


def test_over_fibre_channel_a_node_is_cut_from_whole_fabrics():
    node = Node(0)
    node.transport = "fc"
    with pytest.raises(LabError, match="from a whole fabric"):
        node.cut("node1", "a", "svm1")
    with pytest.raises(LabError, match="no SVM svm2; there are: svm1$"):
        node._svm("svm2")
