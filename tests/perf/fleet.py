# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hundreds of hosts over `connection: local`: the audit's play beside one that only pings, and beside the commands
of a person.
"""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from lab.progress import say

from perf import BenchError, array, used
from perf.doubles import commands
from perf.fleet_of import AUDIT, PING
from perf.result import row

HOSTS, FORKS, LUNS = 500, 10, 1000
RUNS = 3
BY_HAND = 100  # hosts of the plays by hand, which have one run: each host is a score of tasks
HERE = Path(__file__).parent
MANUAL, LOOP = HERE / "manual.yml", HERE / "manual_loop.yml"


def measure(where, share=1.0):
    """The bench's rows. *share*: of the hosts, to try it."""
    hosts, few = (max(2 * array.SVMS, array.SVMS * round(count * share / array.SVMS)) for count in (HOSTS, BY_HAND))
    with tempfile.TemporaryDirectory(prefix="bench.") as name, array.running(LUNS, hosts) as options:
        folder = Path(name)
        audits, pings = _in_turns(folder, options, hosts)
        rows = [row(f"audit of {hosts} local hosts, {FORKS} forks, against ping", "s", audits, pings, where, most=1.5)]
        inventory = _inventory(folder, options, few)
        shown = folder / "commands"
        shown.mkdir()
        disks = commands.make(shown)
        audit = [_play(inventory, AUDIT) for dummy in range(RUNS)]
        _check(folder, few)
        for playbook, what in ((MANUAL, "a task for each command"), (LOOP, "the disks in one shell loop")):
            by_hand = _play(inventory, playbook, shown)
            say(f"fleet: {few} hosts with {disks} disks by hand, {what}: {by_hand:.1f} s, audit {audit[-1]:.1f} s")
            rows.append(
                row(
                    f"audit of {few} local hosts, {FORKS} forks, against looking by hand, {what}",
                    "s",
                    audit,
                    [by_hand],
                    where,
                    most=0.2,
                )
            )
    return rows


def _in_turns(folder, options, hosts):
    """(seconds of each audit, of each ping)."""
    audits, pings = [], []
    inventory = _inventory(folder, options, hosts)
    for number in range(1, RUNS + 1):
        pings.append(_play(inventory, PING))
        audits.append(_play(inventory, AUDIT))
        say(f"fleet: {hosts} hosts, run {number} of {RUNS}: ping {pings[-1]:.1f} s, audit {audits[-1]:.1f} s")
        _check(folder, hosts)
    return audits, pings


def _inventory(folder, options, hosts):
    """The file of an inventory."""
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "audit_become": False,
        "audit_arrays": [options],
        "audit_report_dir": str(folder / "report"),
    }
    path = folder / f"inventory{hosts}.json"
    path.write_text(
        json.dumps({"fleet": {"hosts": {f"host{number}": {} for number in range(hosts)}, "vars": variables}}),
        encoding="utf-8",
    )
    return path


def _play(inventory, playbook, commands_in=None):
    """Seconds of one run of a playbook, with the commands in a folder before all others."""
    mine = {**used.compiled(Path(inventory).parent / "compiled"), "ANSIBLE_NOCOLOR": "1"}
    began = time.monotonic()
    command = ["ansible-playbook", playbook, "--inventory", inventory, "--forks", str(FORKS)]
    path = os.pathsep.join([str(commands_in)] * bool(commands_in) + [os.environ["PATH"]])
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **mine, "PATH": path}
    )
    seconds = time.monotonic() - began
    if done.returncode:
        raise BenchError(f"{playbook} failed:\n{(done.stdout + done.stderr)[-2000:]}")
    return seconds


def _check(folder, hosts):
    """The audit had the facts of every host.

    The array is only asked when this machine has SAN devices or an initiator name.
    """
    report = json.loads((folder / "report" / "fleet.json").read_text(encoding="utf-8"))
    states = [host["state"] for host in report["hosts"]]
    if len(states) != hosts or not {"audited", "incomplete"}.issuperset(states):
        raise BenchError(f"the audit's report has {len(states)} hosts, in the states {sorted(set(states))}")
