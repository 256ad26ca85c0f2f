# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m perf [--share N] [NAME...]: measure, print a table, write build/bench.json. Without a name: all of them."""

import argparse
import json
import platform
import signal
import sys
from pathlib import Path

from lab.errors import LabError

from perf import BenchError, fleet, lookups, node, page, removal, result, scale, slices

BUILD = Path(__file__).resolve().parents[2] / "build"
BENCHES = {
    "page": page.measure,
    "lookups": lookups.measure,
    "fleet": fleet.measure,
    "scale": scale.measure,
    "slices": slices.measure,
    "node": node.measure,
    "removal": removal.measure,
}
# Those of which a share of the hosts can be tried.
SHARED = ("fleet", "scale", "slices")


def machine():
    """What this was measured on, in words: a list without its machine compares with nothing."""
    cpus = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    kilobytes = int(Path("/proc/meminfo").read_text(encoding="utf-8").split()[1])
    return (
        f"{len(cpus)} x {cpus[0] if cpus else platform.machine()}, {kilobytes / 2**20:.0f} GiB, Linux "
        f"{platform.release()}, Python {platform.python_version()}"
    )


def main():
    parser = argparse.ArgumentParser(
        prog="perf", description="Measure this collection against its peers, side by side."
    )
    parser.add_argument("benches", nargs="*", choices=[[], *BENCHES], metavar="|".join(BENCHES), help="default: all")
    parser.add_argument(
        "--share",
        type=float,
        help="try a bench with such a share of its hosts, such as 0.02; it is no figure then, and not written",
    )
    given = parser.parse_args()
    chosen = given.benches or list(BENCHES)
    whole = [name for name in chosen if name not in SHARED]
    if given.share and whole:
        parser.error(f"--share: there is no part of {', '.join(whole)}; only {', '.join(SHARED)} can be tried")
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    rows, where = [], machine()
    try:
        for name in chosen:
            rows += BENCHES[name](where, given.share) if given.share else BENCHES[name](where)
    except (BenchError, LabError) as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    if given.share:
        print(f"\n{result.table(rows)}\n\nTried with a share of {given.share:g}: not written.")
        return
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(f"\n{result.table(rows)}\n\n{where}\nAlso in {BUILD / 'bench.json'}. How to read it: docs/performance.md")


if __name__ == "__main__":
    main()
