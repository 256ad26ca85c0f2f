# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time a command on a node of the lab."""

FOLDER = "/root/bench"


def timed(node, command, timeout=1800):
    """(seconds by the node's own clock, what it printed): a command from its start to its end, without SSH.

    What it needs lies in FOLDER on the node.
    """
    script = (
        f"TIMEFORMAT=%R; time {command} > {FOLDER}/output 2> {FOLDER}/errors || "
        f"{{ cat {FOLDER}/output {FOLDER}/errors >&2; exit 1; }}"
    )
    seconds = node.run(script, timeout=timeout).stderr.decode().split()[-1]
    return float(seconds), node.output(f"cat {FOLDER}/output")
