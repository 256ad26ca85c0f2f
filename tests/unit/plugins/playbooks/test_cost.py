# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task of each host is a process on the controller, even one that is skipped: of thousands of hosts each has one, and
those that fail one more.
"""

import json
import sys

import pytest
from support.plays import Plays
from support.six_hosts import AUDIT, HOSTS, words


@pytest.fixture
def plays(tmp_path):
    return Plays(tmp_path, HOSTS)


def of_task(output, name):
    """What a run printed of one task."""
    return (
        output.partition("TASK [sanops.multipath.audit : %s" % name)[2]
        .partition("TASK [")[0]
        .partition("PLAY RECAP")[0]
    )


class TestCost:
    def test_what_is_said_once_is_done_once(self, plays):
        assert plays.run(AUDIT, ["node1", "node4", "node6"]) == 0, plays.output
        for task in ("Check the variables", "Judge the fleet"):
            assert of_task(plays.output, task).count(": [node") == 1, (task, plays.output)
        assert of_task(plays.output, "Ask the kernel").count(": [node") == 3
        assert [plays.output.count(": [%s]" % name) for name in ("node4", "node6")] == [1, 1], plays.output
        assert (
            "Fail the hosts"
            not in plays.output.partition("PLAY [Fail the hosts")[2].partition("PLAY RECAP")[0].partition("***")[2]
        )

    def test_only_hosts_that_fail_are_reported_as_failed(self, plays):
        assert plays.run(AUDIT, ["node1", "node3", "node4", "node5"], audit_fail_on="critical") == 2, plays.output
        messages = of_task(plays.output, "Fail the hosts")
        assert [messages.count("[%s]: FAILED!" % name) for name in ("node1", "node3", "node4", "node5")] == [
            0,
            1,
            1,
            1,
        ], plays.output
        assert "skipping" not in messages

    def test_in_a_play_of_ones_own_the_role_does_all_of_it(self, plays):
        playbook = plays.folder / "mine.json"
        playbook.write_text(
            json.dumps([{"hosts": "all", "gather_facts": False, "roles": [{"role": "sanops.multipath.audit"}]}])
        )
        assert plays.run(str(playbook), ["node1", "node3", "node4"], audit_fail_on="critical") == 2, plays.output
        messages = of_task(plays.output, "Fail the hosts")
        assert [messages.count("[%s]: FAILED!" % name) for name in ("node1", "node3", "node4")] == [0, 1, 1], (
            plays.output
        )
        assert words(plays.fleet()) == {"node1": "incomplete", "node3": "unreachable", "node4": "noncompliant"}

    def test_a_host_has_a_time_of_its_own_and_is_reported_when_it_is_none(self, plays):
        inventory = plays.inventory(["node1", "node4"])
        made = json.loads(inventory.read_text())
        # The real module, not an answer that the test lets the host give. Of a template it is not known before.
        time = {"audit_timeout": "{{ 'so' ~ 'on' }}", "ansible_python_interpreter": sys.executable}
        made["all"]["hosts"]["node4"].update(time)
        inventory.write_text(json.dumps(made))
        assert plays.run(AUDIT, inventory=inventory) == 2, plays.output
        assert [(host["name"], host["state"]) for host in plays.fleet()["hosts"]] == [
            ("node1", "audited"),
            ("node4", "failed"),
        ]
        assert "timeout" in plays.fleet()["hosts"][1]["why"]
        assert "node4 was not audited" in plays.output and "node1 was not audited" not in plays.output
