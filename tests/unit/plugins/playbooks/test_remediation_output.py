# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a remediation prints of its hosts: a line for a clean one, and a table at the end of a run over many."""

import json

from support.fleets import configured_host
from support.judged import result
from support.plays import Plays
from support.testimony import path
from support.views import HUAWEI, host, view

PLAYBOOK = "sanops.multipath.remediate"
CLEAN = host("same", "same")
# Its module answers with its facts, and as a removal with its result.
FLUSH = {"do": "flush", "device": HUAWEI, "outcome": "would be done"}
STALE = {**host("absent", "absent"), "results": [result(name=HUAWEI, wwid=HUAWEI, changed=True, actions=[FLUSH])]}


def remediated(folder, hosts, **variables):
    """Run it over hosts; return the exit code and the lines that the collection itself has printed."""
    plays = Plays(folder, hosts)
    (folder / "view.json").write_text(json.dumps({**view(), "luns": []}))
    code = plays.run(
        PLAYBOOK,
        arguments=("--check",),
        audit_array_views=[str(folder / "view.json")],
        stale_devices_max_share=1,
        stale_devices_hazards=["wire_alone"],
        **variables,
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


def test_with_several_hosts_at_a_time_the_first_that_fails_ends_the_run_after_its_batch(tmp_path):
    before, after = tmp_path / "before.yml", tmp_path / "after.yml"
    before.write_text(
        "- ansible.builtin.fail: {msg: the workload stays}\n  when: inventory_hostname == 'node1'\n"
        "- ansible.builtin.debug: {msg: 'before {{ inventory_hostname }}'}\n"
    )
    after.write_text("- ansible.builtin.debug: {msg: 'after {{ inventory_hostname }}'}\n")
    code, lines, plays = remediated(
        tmp_path,
        {f"node{number}": STALE for number in range(1, 5)},
        stale_devices_serial=2,
        stale_devices_before_tasks=str(before),
        stale_devices_after_tasks=str(after),
    )
    assert code == 2, plays.output
    kept = sorted(path.name.partition("-")[0] for path in (tmp_path / "report" / "removals").iterdir())
    assert kept == ["node1", "node2"], "the first one has its record, and the second one is done to its end"
    assert "after node2" in plays.output and "after node1" not in plays.output
    assert "2 of 4 hosts were not begun, since a host before them failed." in lines
    assert plays.output.count("failed  left  why") == 1
    assert "node1: the workload stays; " in plays.output.replace("\n", " ")


def test_it_says_how_far_it_is(tmp_path):
    refused = [result(refused=[{"code": "wire", "why": "it answers"}])]
    done = [result(actions=[{"do": "flush", "device": "mpatha", "outcome": "done"}])]
    hosts = {"node1": refused, "node2": done, "node3": done}
    plays = Plays(
        tmp_path,
        {name: dict(configured_host(path(0, "absent", target="iqn.x")), results=hosts[name]) for name in hosts},
    )
    assert plays.run("sanops.multipath.remediate", stale_devices_hazards=["wire_alone"]) == 0, plays.output
    assert plays.output.count('"msg": "1 of 1 removals tried, 0 left; 1 refused, 0 failed"') == 1
    assert plays.output.count('"msg": "1 of 1 removals tried, 0 left; 0 refused, 0 failed"') == 2
    for line in (
        "1 of 3 hosts done, 2 left; so far 1 refused",
        "2 of 3 hosts done, 1 left; so far 1 removed, 1 refused",
        "3 of 3 hosts done, 0 left; so far 2 removed, 1 refused",
    ):
        assert plays.output.count("\n%s\n" % line) == 1
    assert "hosts asked" not in plays.output, "of one host at a time there is nothing to tell"
