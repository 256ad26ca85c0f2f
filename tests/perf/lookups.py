# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both lookups over a large array, beside a bare reading of the same pages.

Only the client's own CPU and memory count.
"""

import json
import subprocess
import sys

from lab.progress import say, step

from perf import BenchError, array
from perf.result import row

SMALL, LARGE = 5_000, 50_000
HOSTS = 500
RUNS = 5
MEGABYTES = 400


def measure(where):
    """The bench's rows."""
    small, large = _runs(SMALL), _runs(LARGE)
    what = f"lookups, {LARGE} LUNs, {2 * LARGE} maps"
    per_lun = [
        [seconds / luns * 1e6 for seconds in runs["ours"]["cpu"]] for luns, runs in ((LARGE, large), (SMALL, small))
    ]
    return [
        row(f"{what}: CPU against bare pages", "s", large["ours"]["cpu"], large["bare"]["cpu"], where, most=1.5),
        row(
            f"{what}: peak memory, with ansible-core",
            "MiB",
            large["ours"]["rss"],
            large["bare"]["rss"],
            where,
            below=MEGABYTES,
        ),
        row(f"lookups, CPU per LUN: {LARGE} LUNs against {SMALL}", "us", *per_lun, where, most=1.2),
    ]


def _runs(luns):
    """{side: {'cpu': seconds of each run, 'rss': MiB of each run}}, the sides taking turns."""
    found = {side: {"cpu": [], "rss": []} for side in ("ours", "bare")}
    with step(f"lookups: an array with {luns} LUNs"), array.running(luns, HOSTS) as options:
        for number in range(1, RUNS + 1):
            for side, kept in found.items():
                used = _child(side, luns, options)
                say(f"lookups: {luns} LUNs, run {number} of {RUNS}, {side}: {used['cpu']:.2f} s, {used['rss']:.0f} MiB")
                kept["cpu"].append(used["cpu"])
                kept["rss"].append(used["rss"])
    return found


def _child(side, luns, options):
    """What one reading used, in a fresh process: {'cpu': seconds, 'rss': MiB}."""
    task = json.dumps({"luns": luns, "hosts": HOSTS, "array": options})
    done = subprocess.run(
        [sys.executable, "-m", "perf.reader", side], input=task, stdout=subprocess.PIPE, text=True, check=True
    )
    used = json.loads(done.stdout)
    if used["luns"] != luns or used["maps"] != 2 * luns:
        raise BenchError(
            f"the reading ({side}) had {used['luns']} LUNs and {used['maps']} maps, not {luns} and {2 * luns}"
        )
    return used
