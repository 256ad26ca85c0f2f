# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which parts of a test run start when: pure functions, no process and no clock.

A part is any object with the attributes name, lab, own_core, first (booleans), after (the name of a part that has to
end before, or '') and seconds, a rough figure for when it has not been measured. A lab that needs a core for itself
may have parts without a lab beside it: the kernel gives a lab the CPU before them (lab.keeper).
"""

import re

# The CPU of a part, in percent of a core. A lab waits about a third of its time, for timeouts and for devices.
COMPUTING_COST = 100
LAB_COST = 65
# The CPU of all parts that run at the same time, in percent of one core, for each core of the machine.
BUDGET = 115
# Memory of a lab, and of the other parts, in KiB.
LAB_MEMORY = 3072 * 1024
OTHER_MEMORY = 1024 * 1024


def order(parts, estimates):
    """Return the parts in the order in which they start; `estimates` maps names of parts to seconds.

    Those that find a small mistake in seconds are first; then the longest, so that the cores end together; then those
    that need a core for themselves: before them all other labs end.
    """
    return sorted(
        parts, key=lambda part: (part.own_core, not part.first, -estimates.get(part.name, part.seconds), part.name)
    )


def startable(waiting, running, cores, labs):
    """Return those of `waiting` (a list, in its order) that can start beside `running`.

    cores  number of the machine's cores
    labs   how many labs may run at once

    A part that does not fit lets those after it pass. Where nothing runs, the first part always fits.
    """
    chosen, unfinished = [], {part.name for part in [*waiting, *running]}
    for part in waiting:
        beside = [*running, *chosen]
        if part.after in unfinished:
            continue
        if not beside or _fits(part, beside, cores, labs):
            chosen.append(part)
    return chosen


def labs_at_once(meminfo):
    """Return how many labs the machine has memory for, at least 1; `meminfo` is the text of /proc/meminfo."""
    available = re.search(r"^MemAvailable:\s+(\d+) kB$", meminfo, re.MULTILINE)
    return max(1, (int(available[1]) - OTHER_MEMORY) // LAB_MEMORY) if available else 1


def _fits(part, beside, cores, labs):
    if part.lab and sum(other.lab for other in beside) >= labs:
        return False
    labs_then = [other for other in [part, *beside] if other.lab]
    if any(other.own_core for other in labs_then) and not (
        all(other.own_core for other in labs_then) and len(labs_then) <= cores
    ):
        return False
    return sum(LAB_COST if other.lab else COMPUTING_COST for other in [part, *beside]) <= cores * BUDGET
