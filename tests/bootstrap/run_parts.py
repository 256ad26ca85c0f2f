# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run parts as the schedule says, and print their progress."""

import os
import pathlib
import subprocess
import sys
import time

import part_log
import part_process
import parts
import progress
import schedule
import times

SECONDS_BETWEEN_LINES = 30
SECONDS_BETWEEN_LOOKS = 0.1


class Run:
    """One run of some parts.

    After `run`: rows (times.py) of the parts that ended by themselves, failures (name and lines that say why), and
    unfinished (names).
    """

    def __init__(self, chosen, estimates, keep_going):
        self.waiting, self.keep_going = schedule.order(chosen, estimates), keep_going
        self.running, self.rows, self.cases, self.failures, self.unfinished = [], [], [], {}, []
        self.slots = part_process.Slots(parts.LOGS)
        self.labs = schedule.labs_at_once(pathlib.Path("/proc/meminfo").read_text(encoding="ascii"))
        self.start = self.last_lines = time.monotonic()

    def run(self):
        """Run all parts, or up to the first that fails; no process of them is left, whatever happens."""
        try:
            while self.running or self.waiting:
                self._start()
                time.sleep(SECONDS_BETWEEN_LOOKS)
                for running in [running for running in self.running if running.ended()]:
                    self._end(running)
                if self.failures and not self.keep_going:
                    break
                self._say_what_runs()
        finally:
            self._stop()

    def summary(self):
        """Print the table of the parts, then the failures, then the counts."""
        progress.say("\n" + "\n".join(times.table(self.rows, self.cases)))
        progress.say(f"\n{len(self.rows)} parts in {self._seconds()} s")
        if self.unfinished:
            progress.say(f"not completed: {', '.join(self.unfinished)}")
        for name, lines in self.failures.items():
            progress.say("\n" + "\n".join([f"FAILED: {name}", *(f"  {line}" for line in lines)]))
        progress.say("\n" + times.closing_line(self.rows))

    def _start(self):
        for part in schedule.startable(
            self.waiting, [running.part for running in self.running], os.cpu_count(), self.labs
        ):
            lab = self.slots.take() if part.lab else None
            self.running.append(part_process.Running(part, parts.ROOT, lab))
            self.waiting.remove(part)
            self._progress(f"{part.name} starts" + (f" on lab {lab}" if lab else ""))

    def _end(self, running):
        row, cases = running.result()
        self._forget(running)
        self.rows.append(row)
        self.cases += cases
        part, left = running.part, len(self.waiting) + len(self.running)
        word = "FAILED" if row["failed"] else "passed"
        self._progress(
            f"{part.name} {word}: {row['seconds']:.0f} s ({running.cpu:.0f} s of CPU), "
            f"{row['cases']} cases; parts left: {left}"
        )
        for line in part_log.left_out(part.log):
            progress.say(f"  {line}")
        if row["failed"]:
            self.failures[part.name] = [*part_log.reasons(part.log), f"the whole output is in {part.log}"]
            progress.say("\n".join(f"  {line}" for line in self.failures[part.name]))

    def _say_what_runs(self):
        if time.monotonic() - self.last_lines >= SECONDS_BETWEEN_LINES:
            self.last_lines = time.monotonic()
            for running in self.running:
                self._progress(f"  {running.part.name}, {running.seconds():.0f} s: {part_log.latest(running.part.log)}")

    def _stop(self):
        self.unfinished = [running.part.name for running in self.running] + [part.name for part in self.waiting]
        for running in self.running:
            running.terminate()
        for running in list(self.running):
            running.wait()
            if running.lab:
                # pytest ended its lab if it was given the time; this costs nothing where there is none.
                subprocess.run(
                    [sys.executable, "-m", "lab", "--name", running.lab, "down"], cwd=parts.ROOT, check=False
                )
            self._forget(running)

    def _forget(self, running):
        self.running.remove(running)
        if running.lab:
            self.slots.free(running.lab)

    def _seconds(self):
        return round(time.monotonic() - self.start)

    def _progress(self, text):
        progress.say(f"[{self._seconds():4d} s] {text}")
