# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a long command without silence and without flooding the terminal."""

import subprocess
import sys
import time

SECONDS_BETWEEN_LINES = 5
LINES_OF_A_FAILURE = 40


def say(text):
    """Print one line, flushed, so that it shows at once in a pipe, too."""
    print(text, flush=True)


def run(title, command, log, **popen_options):
    """Run `command`, its output in the file `log`; every few seconds print the last line of it.

    A failure prints the end of the log and ends the program with the command's exit code.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    say(f"{title} ...")
    start = last_line = time.monotonic()
    with log.open("wb") as output:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **popen_options
        )
        try:
            while child.poll() is None:
                time.sleep(0.1)
                if time.monotonic() - last_line >= SECONDS_BETWEEN_LINES:
                    last_line = time.monotonic()
                    say(f"  {last_line - start:3.0f} s: {_tail(log, 1)[:120] or 'still running'}")
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
    if child.returncode:
        say(_tail(log, LINES_OF_A_FAILURE))
        say(f"{title}: failed (exit code {child.returncode}). Read {log}, then run the same make command again.")
        sys.exit(child.returncode if child.returncode > 0 else 1)
    say(f"{title}: done in {time.monotonic() - start:.0f} s")


def _tail(log, count):
    lines = [line for line in log.read_text(errors="replace").replace("\r", "\n").splitlines() if line.strip()]
    return "\n".join(lines[-count:])
