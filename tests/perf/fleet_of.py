# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of simulated hosts (doubles/), and the real playbooks over it.

Ansible, the roles and the plugins are as a user has them.
"""

import json
import os
from contextlib import contextmanager
from pathlib import Path

from perf import BenchError, array, used
from perf.doubles import recorded, simulated

DOUBLES = Path(__file__).parent / "doubles"
AUDIT, REPORT = "sanops.multipath.audit", "sanops.multipath.report"
PING = DOUBLES.parent / "ping.yml"
# What differs between two reports of hosts that say the same: when it was made, and what an array was asked when.
TIMES = ("generated_at", "fetched_at")


class Fleet:
    """So many hosts. *folder*: for all of its files; *options*: of its array, as an entry of `audit_arrays`."""

    def __init__(self, folder, count, options):
        self.folder, self.count = folder, count
        self.names = [simulated.name(number) for number in range(count)]
        self.said = folder / "said"
        self.said.mkdir()
        recorded.Hosts().save(self.said)
        connection = {
            "ansible_connection": "replay",
            "ansible_pipelining": True,
            "ansible_python_interpreter": "/usr/bin/python3",
        }
        self.variables = {**connection, "audit_arrays": [options]}

    def inventory(self, names=None):
        return {"fleet": {"hosts": {name: {} for name in names or self.names}, "vars": self.variables}}

    def environment(self):
        mine = {
            "ANSIBLE_CONNECTION_PLUGINS": str(DOUBLES / "connection"),
            "PERF_REPLAY": str(self.said),
            "ANSIBLE_NOCOLOR": "1",
        }
        return {**mine, **used.compiled(self.folder.parent / "compiled"), "PYTHONPATH": os.environ["PYTHONPATH"]}

    def play(self, playbook, forks, report, **variables):
        """What a run of a playbook used (perf.used)."""
        folder = self.folder / report
        folder.mkdir()
        variables = {"audit_report_dir": str(folder), "report_dir": str(folder), **variables}
        for name, content in (("inventory.json", self.inventory()), ("variables.json", variables)):
            (folder / name).write_text(json.dumps(content), encoding="utf-8")
        command = [
            "ansible-playbook",
            playbook,
            "--inventory",
            folder / "inventory.json",
            "--forks",
            str(forks),
            "--extra-vars",
            f"@{folder}/variables.json",
        ]
        output = self.folder / "output"
        did = used.run(command, output, env={**os.environ, **self.environment()})
        # Hosts that are away end the audit with 2, after the report, and a ping with 4.
        if did["code"] not in (0, 4 if playbook == PING else 2):
            raise BenchError(
                f"{playbook} ended with {did['code']}:\n{output.read_text(encoding='utf-8', errors='replace')[-2000:]}"
            )
        return did

    def check(self, report):
        """The report, read from its folder; BenchError unless it knows of every host what that said, and of the
        array.
        """
        made = json.loads((self.folder / report / "fleet.json").read_text(encoding="utf-8"))
        away = len([number for number in range(self.count) if simulated.away(number)])
        expected = {"audited": self.count - away, **({"unreachable": away} if away else {})}
        if (
            made["totals"]["hosts"] != expected
            or [one["complete"] for one in made["arrays"]] != [True]
            or not made["totals"]["verdicts"].get("stale")
        ):
            raise BenchError(
                (
                    f"the report has {made['totals']} of {self.count} hosts, and of the arrays "
                    f"{[one['error'] for one in made['arrays']]}"
                )
            )
        return made


@contextmanager
def running(folder, count):
    """A fleet, and its array."""
    folder = folder / str(count)
    folder.mkdir()
    with array.replayed(count) as options:
        yield Fleet(folder, count, options)


def without_times(made):
    """A report without what two runs differ in."""
    if isinstance(made, dict):
        return {key: without_times(value) for key, value in made.items() if key not in TIMES}
    return [without_times(one) for one in made] if isinstance(made, list) else made
