# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Thousands of simulated hosts: what the audit, the merge of ten slices and the report cost for each, beside what they
cost in a small fleet.

A play that only pings the same hosts shows what of it is Ansible's own.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from lab.progress import say, step

from perf import BenchError, fleet_of
from perf.result import row

SMALL, SIZES = 500, (1000, 5000)
FORKS = (10, 50)
SLICES = 10
# Of the report of the largest fleet: CPU, memory at its peak, and fleet.json for each host.
SECONDS, MEGABYTES, KILOBYTES = 10, 400, 12
LINEAR, PINGED = 1.2, 1.5
UNITS = {"seconds": ("time", "ms", 1000), "cpu": ("CPU", "ms", 1000), "memory": ("peak memory", "MiB", 1)}


def measure(where, share=1.0):
    """The bench's rows. *share*: of the hosts, to try it."""
    small, *sizes = [max(4, round(size * share)) for size in (SMALL, *SIZES)]
    found = {}
    with tempfile.TemporaryDirectory(prefix="bench.") as name:
        for size in (small, *sizes):
            with step(f"scale: {size} hosts"), fleet_of.running(Path(name), size) as fleet:
                found[size] = _of_fleet(fleet)
    rows = []
    for size in sizes:
        for what in found[size]:
            rows += _rows(what, size, small, found, where)
    for size in found:
        for forks in FORKS:
            sides = [[found[size][f"{what}, {forks} forks"]["cpu"] * (1000 / size)] for what in ("audit", "ping")]
            rows.append(
                row(
                    f"audit, {forks} forks, {size} hosts, against ping of the same: CPU per host",
                    "ms",
                    *sides,
                    where,
                    most=PINGED,
                )
            )
    largest, linear = found[sizes[-1]], found[small]
    for what in ("report", "report with the one before"):
        for key, title, unit, most in (
            ("cpu", "CPU", "s", SECONDS),
            ("memory", "peak memory", "MiB", MEGABYTES),
            ("size", "fleet.json for each host", "kB", KILOBYTES),
        ):
            name = f"{what}, {sizes[-1]} hosts: {title}"
            rows.append(row(name, unit, [largest[what][key]], [linear[what][key]], where, below=most))
    return rows


def _rows(what, size, small, found, where):
    """Each figure of one thing for each host, of a fleet of this size against the small one."""
    rows = []
    for key, (title, unit, factor) in UNITS.items():
        if key in found[size][what]:
            ours, peer = [found[one][what][key] * (factor / one) for one in (size, small)]
            rows.append(
                row(
                    f"{what}, {size} hosts, against {small}: {title} per host", unit, [ours], [peer], where, most=LINEAR
                )
            )
    return rows


def _of_fleet(fleet):
    """{what was done: what it used}."""
    found = {}
    for forks in FORKS:
        what = f"ping, {forks} forks"
        found[what] = _said(fleet, what, fleet.play(fleet_of.PING, forks, f"ping{forks}"))
        what = f"audit, {forks} forks"
        found[what] = _said(fleet, what, fleet.play(fleet_of.AUDIT, forks, f"audit{forks}"))
        whole = fleet.check(f"audit{forks}")
    what = f"merge of {SLICES} slices"
    found[what] = _said(fleet, what, fleet.play(fleet_of.REPORT, 1, "merged", report_files=_cut(fleet, whole)))
    if fleet_of.without_times(fleet.check("merged")) != fleet_of.without_times(whole):
        raise BenchError("the merged report is another than the one of the whole audit")
    folder = fleet.folder / "report"
    for what in ("report", "report with the one before"):
        found[what] = _said(fleet, what, _report(fleet, folder))
        fleet.check("report")
    return found


def _said(fleet, what, did):
    say(f"scale: {fleet.count} hosts, {what}: {did['seconds']:.1f} s, CPU {did['cpu']:.1f} s, {did['memory']:.0f} MiB")
    return did


def _cut(fleet, whole):
    """The report of an audit as the files of its slices."""
    files = []
    for number in range(SLICES):
        files.append(str(fleet.folder / f"slice{number}.json"))
        Path(files[-1]).write_text(json.dumps({**whole, "hosts": whole["hosts"][number::SLICES]}), encoding="utf-8")
    return files


def _report(fleet, folder):
    """The task that judges and writes, alone."""
    task = json.dumps({"hosts": fleet.count, "arrays": fleet.variables["audit_arrays"], "folder": str(folder)})
    did = json.loads(
        subprocess.run(
            [sys.executable, "-m", "perf.reporter"], input=task, stdout=subprocess.PIPE, text=True, check=True
        ).stdout
    )
    if did["hosts"] != fleet.count:
        raise BenchError(f"the report has {did['hosts']} hosts, not {fleet.count}")
    return {**did, "size": (folder / "fleet.json").stat().st_size / 1000 / fleet.count}
