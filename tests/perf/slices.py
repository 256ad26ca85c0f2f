# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet in ten slices, each a job over `ansible-runner transmit | worker | process`, and the job that makes one
report of them, beside one audit of all.

And what each host costs so, beside what it costs in a fleet that is no larger than a slice.
"""

import os
import tempfile
from pathlib import Path

from lab.progress import say, step
from support import jobs

from perf import BenchError, fleet_of, used
from perf.result import row

HOSTS, SLICES, FORKS = 5000, 10, 10
COLLECTIONS = Path(__file__).resolve().parents[2] / "build/collections"
UNITS = {"seconds": ("time", "s"), "cpu": ("CPU", "s"), "memory": ("peak memory", "MiB")}


def measure(where, share=1.0):
    """The bench's rows. *share*: of the hosts, to try it."""
    count = max(2 * SLICES, round(HOSTS * share))
    with tempfile.TemporaryDirectory(prefix="bench.") as name, fleet_of.running(Path(name), count // SLICES) as fleet:
        few = fleet.play(fleet_of.AUDIT, FORKS, "few")
        _say(f"{fleet.count} hosts at once", few)
    with (
        step(f"slices: {count} hosts"),
        tempfile.TemporaryDirectory(prefix="bench.") as name,
        fleet_of.running(Path(name), count) as fleet,
    ):
        whole = fleet.play(fleet_of.AUDIT, FORKS, "whole")
        _say(f"{count} hosts at once", whole)
        audits, handed = [], {}
        for number, names in enumerate(jobs.slices(fleet.names, SLICES)):
            job, did = _job(fleet, f"slice{number}", fleet_of.AUDIT, names, awx_job_id=number)
            _say(f"slice {number + 1} of {SLICES}", did)
            audits.append(did)
            handed.update(job.artifacts())
        if len(handed) != SLICES:
            raise BenchError(f"{len(handed)} of {SLICES} slices have handed on a report")
        merged = _job(fleet, "merged", fleet_of.REPORT, fleet.names, **handed)[1]
        _say("their report", merged)
        if fleet_of.without_times(fleet.check("merged")) != fleet_of.without_times(fleet.check("whole")):
            raise BenchError("the report of the slices is another than the one of the audit at once")
    total = {
        key: max(did[key] for did in [*audits, merged])
        if key == "memory"
        else sum(did[key] for did in [*audits, merged])
        for key in UNITS
    }
    what = f"{count} hosts in {SLICES} slices one after the other and their report"
    rows = [
        row(f"{what}, against all at once: {title}", unit, [total[key]], [whole[key]], where, most=1.5)
        for key, (title, unit) in UNITS.items()
    ]
    each = [total["cpu"] * 1000 / count], [few["cpu"] * 1000 / (count // SLICES)]
    return [*rows, row(f"{what}, against {count // SLICES} at once: CPU per host", "ms", *each, where, most=1.2)]


def _say(what, did):
    say(f"slices: {what}: {did['seconds']:.1f} s, CPU {did['cpu']:.1f} s, {did['memory']:.0f} MiB")


def _job(fleet, name, playbook, names, **variables):
    """(the job, what it used)."""
    report = str(fleet.folder / name)
    environment = {**jobs.environment(fleet.folder / "home", COLLECTIONS), **fleet.environment()}
    variables = {"audit_report_dir": report, "report_dir": report, **variables}
    job = jobs.Job(fleet.folder / f"job-{name}", playbook, fleet.inventory(names), variables, environment, FORKS)
    did = used.run(job.command(), os.devnull, env={**os.environ, **fleet.environment()})
    if job.code() not in (0, 2):
        raise BenchError(f"{playbook} ended with {job.code()}:\n{job.output()[-2000:]}")
    return job, did
