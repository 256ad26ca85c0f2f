# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated array of any size, in a process of its own.

As a program: LUNS HOSTS, or `replayed` HOSTS; serves until its input ends.
"""

import json
import signal
import subprocess
import sys
from contextlib import contextmanager

import ontap_sim
from ontap_sim import worlds
from support.askers import entry_of

from perf import BenchError
from perf.doubles import recorded

SVMS = 4


def world(luns, hosts):
    """A world in which every LUN is mapped to two hosts, as in clusters: twice as many maps as LUNs."""
    made = worlds.big(luns, hosts, SVMS)
    # A host so many further on has its igroup in the same SVM; the LUN ids of its own LUNs are even, the neighbour's
    # odd.
    made["maps"] = [
        {
            "lun": worlds.lun_name(number),
            "igroup": f"host{(number + neighbour * SVMS) % hosts}",
            "logical_unit_number": 2 * (number // hosts) + neighbour,
        }
        for number in range(luns)
        for neighbour in (0, 1)
    ]
    return made


def running(luns, hosts):
    """The array's options, as an entry of `arrays` has them."""
    return _served(str(luns), str(hosts))


def replayed(hosts):
    """The same for the array of so many simulated hosts (doubles/recorded.py)."""
    return _served("replayed", str(hosts))


@contextmanager
def _served(*arguments):
    command = [sys.executable, "-m", "perf.array", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline()
            if not said:
                raise BenchError("the simulated array did not start")
            yield json.loads(said)
        finally:
            process.stdin.close()


def main():
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    kind, hosts = sys.argv[1], int(sys.argv[2])
    with ontap_sim.running(recorded.Hosts().world(hosts) if kind == "replayed" else world(int(kind), hosts)) as sim:
        print(json.dumps(entry_of(sim)), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
