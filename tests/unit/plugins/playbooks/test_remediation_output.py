# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a remediation prints of its hosts: a line for a clean one, and a table at the end of a run over many."""

import json

from support.judged import result
from support.plays import Plays
from support.views import HUAWEI, host, view

PLAYBOOK = "sanops.multipath.remediate"
CLEAN = host("same", "same")
# Its module answers with its facts, and as a removal with its result.
FLUSH = {"do": "flush", "device": HUAWEI, "outcome": "would be done"}
STALE = {
    **host("absent", "absent"),
    "results": [result(name=HUAWEI, wwid=HUAWEI, changed=True, actions=[FLUSH])],
}


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


def test_the_end_has_a_table_of_the_hosts(tmp_path):
    code, lines, plays = remediated(tmp_path, {"node1": CLEAN, "node2": STALE, "node3": None, "node4": CLEAN})
    assert code == 2, plays.output
    start = lines.index("host   would go  refused  failed  left  why")
    table = lines[start : start + 4]
    assert table[1].startswith("node3         0        0       0     0  left alone: it was not audited: "), table
    assert table[2].split() == ["node2", "1", "0", "0", "0"] and table[3] == "2 hosts: nothing to remove."
    assert plays.output.count("failed  left  why") == 1
    assert not any(line.startswith("PLAY [Remove") for line in lines[start:]), "it comes after all hosts"
