# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hundred hosts: the audit's play beside a play that only pings them, by the same forks over `connection: local`."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from lab.progress import say

from perf import BenchError, array
from perf.result import row

HOSTS, FORKS, LUNS = 100, 10, 1000
RUNS = 5
PING = Path(__file__).parent / "ping.yml"


def measure(where):
    """The bench's row."""
    audits, pings = [], []
    with tempfile.TemporaryDirectory(prefix="bench.") as name, array.running(LUNS, HOSTS) as options:
        folder = Path(name)
        inventory = folder / "inventory.json"
        inventory.write_text(json.dumps(_inventory(folder, options)), encoding="utf-8")
        for number in range(1, RUNS + 1):
            pings.append(_play(inventory, PING))
            audits.append(_play(inventory, "sanops.multipath.audit"))
            say(f"fleet: run {number} of {RUNS}: ping {pings[-1]:.1f} s, audit {audits[-1]:.1f} s")
            _check(folder)
    return [row(f"audit of {HOSTS} local hosts, {FORKS} forks, against ping", "s", audits, pings, where, most=1.5)]


def _inventory(folder, options):
    variables = {
        "ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "audit_become": False, "audit_arrays": [options], "audit_report_dir": str(folder / "report"),
    }  # fmt: skip
    return {"fleet": {"hosts": {f"host{number}": {} for number in range(HOSTS)}, "vars": variables}}


def _play(inventory, playbook):
    """Seconds of one run of a playbook."""
    began = time.monotonic()
    command = ["ansible-playbook", playbook, "--inventory", inventory, "--forks", str(FORKS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "ANSIBLE_NOCOLOR": "1"})
    seconds = time.monotonic() - began
    if done.returncode:
        raise BenchError(f"{playbook} failed:\n{(done.stdout + done.stderr)[-2000:]}")
    return seconds


def _check(folder):
    """The audit had the facts of every host. The array is only asked when this machine has SAN devices or an initiator name."""
    report = json.loads((folder / "report" / "fleet.json").read_text(encoding="utf-8"))
    states = [host["state"] for host in report["hosts"]]
    if len(states) != HOSTS or not {"audited", "incomplete"}.issuperset(states):
        raise BenchError(f"the audit's report has {len(states)} hosts, in the states {sorted(set(states))}")
