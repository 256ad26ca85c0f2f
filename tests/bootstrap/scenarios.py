# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make molecule`: run the scenarios, some at a time, each on a lab of its own.

    python tests/bootstrap/scenarios.py              # all of them
    python tests/bootstrap/scenarios.py audit        # these

molecule itself only warns when a scenario has no verify.yml, and then calls it passed; so that is looked for first.
"""

import os
import pathlib
import signal
import subprocess
import sys
import time

import part_log
import progress

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOGS = ROOT / "build" / "log"
AT_ONCE = min(4, max(2, os.cpu_count()))  # a lab keeps about one CPU busy, and takes 2 GiB
# In this order, the longest first; what is not named comes after these.
LONGEST = ["removal", "configuration", "neighbours", "corners", "audit"]
# What it asserts of the time that an audit may take needs the machine for itself.
ALONE = ["hangs"]
SECONDS_BETWEEN_LINES = 30
WIDTH = str(part_log.WIDTH)  # molecule folds what it runs to the width of the terminal


def main():
    signal.signal(signal.SIGTERM, lambda *dummy: sys.exit("Stopped."))  # so that no lab outlives it
    there = sorted(path.parent.name for path in ROOT.glob("molecule/*/molecule.yml"))
    chosen = sys.argv[1:] or there
    unknown = sorted(set(chosen) - set(there))
    if unknown or not chosen:
        sys.exit(f"There is no scenario {', '.join(unknown)} in molecule/; there are {', '.join(there) or 'none'}.")
    unverified = [name for name in there if not (ROOT / "molecule" / name / "verify.yml").exists()]
    if unverified:
        sys.exit(f"These scenarios have no verify.yml and would pass whatever happens: {', '.join(unverified)}")
    LOGS.mkdir(parents=True, exist_ok=True)
    together = sorted(
        (name for name in chosen if name not in ALONE),
        key=lambda name: LONGEST.index(name) if name in LONGEST else len(LONGEST),
    )
    failed = run(together, AT_ONCE) + run([name for name in ALONE if name in chosen], 1)
    if failed:
        reasons = [f"{scenario.name}: {line}" for scenario in failed for line in scenario.reasons()]
        names = ", ".join(scenario.name for scenario in failed)
        sys.exit("\n".join([*reasons, f"scenarios that failed: {names}; their output is in {LOGS}"]))
    progress.say(f"scenarios that passed: {', '.join(chosen)}")


def run(names, at_once):
    """Run scenarios, `at_once` at a time; return those that failed."""
    waiting, running, failed, last_line = list(names), {}, [], time.monotonic()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                name = waiting.pop(0)
                running[name] = Scenario(name)
            for name, scenario in list(running.items()):
                if scenario.ended():
                    del running[name]
                    failed += [] if scenario.passed() else [scenario]
            if time.monotonic() - last_line >= SECONDS_BETWEEN_LINES:
                last_line = time.monotonic()
                progress.say("; ".join(scenario.at() for scenario in running.values()))
            time.sleep(0.2)
    finally:
        for scenario in running.values():
            scenario.stop()
    return failed


class Scenario:
    """One run of molecule, with its output in a log."""

    def __init__(self, name):
        self.name, self.lab, self.log, self.start = (
            name,
            f"molecule{name}",
            LOGS / f"molecule-{name}.log",
            time.monotonic(),
        )
        progress.say(f"scenario {name} ...")
        with self.log.open("wb") as output:
            command, environment = (
                ["molecule", "test", "--scenario-name", name],
                {**os.environ, "SCENARIO_LAB": self.lab, "COLUMNS": WIDTH},
            )
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ended(self):
        return self.process.poll() is not None

    def at(self):
        return f"{self.name}, {self._seconds()} s: {part_log.latest(self.log)}"

    def reasons(self):
        """Return the lines that say why it failed, for the end of the output: readers of a CI log look there first."""
        return part_log.reasons(self.log)

    def passed(self):
        if self.process.returncode:
            progress.say(self.log.read_text(encoding="utf-8", errors="replace")[-6000:])
        progress.say(
            f"scenario {self.name}: {'FAILED' if self.process.returncode else 'passed'} after "
            f"{self._seconds()} s; all of it is in {self.log}"
        )
        return not self.process.returncode

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)  # what molecule has started ends with it
        self.process.wait()
        subprocess.run([sys.executable, "-m", "lab", "--name", self.lab, "down"], cwd=ROOT, check=False)

    def _seconds(self):
        return round(time.monotonic() - self.start)


if __name__ == "__main__":
    main()
