# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a remediation prints of a clean host: one line."""

import json

from support.plays import Plays
from support.views import host, view

PLAYBOOK = "sanops.multipath.remediate"
CLEAN = host("same", "same")


def remediated(folder, hosts):
    """Run it over hosts; return the exit code and the lines that the collection itself has printed."""
    plays = Plays(folder, hosts)
    (folder / "view.json").write_text(json.dumps({**view(), "luns": []}))
    code = plays.run(
        PLAYBOOK,
        arguments=("--check",),
        audit_array_views=[str(folder / "view.json")],
        stale_devices_max_share=1,
        stale_devices_hazards=["wire_alone"],
    )
    return code, plays.output.splitlines(), plays


def test_a_clean_host_is_one_line(tmp_path):
    code, lines, plays = remediated(tmp_path, {"node1": CLEAN})
    assert code == 0 and [line for line in lines if line.startswith("node1: ")][:1] == ["node1: nothing to remove"]
    for word in ("hosts done", "  left  why", "hosts: nothing to remove"):
        assert word not in plays.output
