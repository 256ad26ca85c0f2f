# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make test`: run its parts, as many at a time as the machine has cores for, and print the time of each.

    python tests/bootstrap/test_run.py                                       # all of it
    python tests/bootstrap/test_run.py lint unit                             # these groups or parts (parts.py)
    python tests/bootstrap/test_run.py tests/scenarios/test_x.py::TestY      # each a path or node id of pytest
    python tests/bootstrap/test_run.py --changed                             # `make check`: what the changes touch

The first part that fails ends the run; with KEEP_GOING=1 in the environment all parts run. A run of everything leaves
its times in build/test-times.json, from which the next one takes its order.
"""

import os
import signal
import subprocess
import sys

import changed
import parts
import progress
import reaper
import run_parts
import times

TIMES = parts.BUILD / "test-times.json"
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main(words):
    for number in SIGNALS:
        signal.signal(number, stop)
    reaper.end_with_parent()
    parts.LOGS.mkdir(parents=True, exist_ok=True)
    chosen = changed.parts_to_run() if words == ["--changed"] else choose(words)
    prepare(chosen)
    keep_going = os.environ.get("KEEP_GOING", "0") not in ("", "0")
    run = run_parts.Run(chosen, times.estimates(times.read(TIMES)), keep_going)
    try:
        run.run()
    finally:
        if not words:
            times.write(TIMES, times.merge(times.read(TIMES), run.rows, {part.name for part in chosen}))
        run.summary()
    sys.exit(1 if run.failures else 0)


def stop(number, frame):
    """End the program, on which Run ends the running parts. A second signal changes nothing."""
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    progress.say(f"Stopped by {signal.Signals(number).name}; ending the running parts ...")
    sys.exit(128 + number)


def choose(words):
    """Return the parts that the words name, or all parts without words; exit where a word names none."""
    paths = [word for word in words if (parts.ROOT / word.partition("::")[0]).exists() and "/" in word]
    there = parts.computing()
    if any(word.startswith("molecule") for word in words):
        there += parts.molecule()
    if set(words) - set(paths) - {name for part in there for name in (part.name, part.group)} or not words:
        there += parts.collect()
    chosen = {} if words else {part.name: part for part in there}
    for word in words:
        named = [parts.of_path(word)] if word in paths else [part for part in there if word in (part.name, part.group)]
        if not named:
            names = dict.fromkeys(name for part in there for name in (part.group, part.name))
            sys.exit(f"There is no part {word}. There are: {', '.join(names)}, and paths below tests/.")
        for part in named:
            if chosen.setdefault(part.name, part) != part:
                sys.exit(f"Two parts have the same name: {part.name}. Run them one after the other.")
    return list(chosen.values())


def prepare(chosen):
    """Install and make what the parts need; what exists already takes almost no time."""
    for words in dict.fromkeys(need for part in chosen for need in part.needs):
        subprocess.run([sys.executable, *words], cwd=parts.ROOT, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
