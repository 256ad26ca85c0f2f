# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One measured row, and the table of all."""

import statistics

COLUMNS = ("what", "ours", "peer", "ratio", "goal", "met", "runs")


def row(name, unit, ours, peer, machine, *, most=None, below=None):
    """A row of bench.json from the runs of both sides; its figures are their medians.

    The goal is `most`, the highest ratio of ours to the peer's, or `below`, a bound of ours alone in the row's unit.
    """
    mine, other = statistics.median(ours), statistics.median(peer)
    ratio = mine / other
    return {
        "name": name,
        "unit": unit,
        "ours": _short(mine),
        "peer": _short(other),
        "ratio": _short(ratio),
        "goal": f"ratio <= {most:g}" if below is None else f"ours < {below:g} {unit}",
        "met": ratio <= most if below is None else mine < below,
        "machine": machine,
        "runs": [len(ours), len(peer)],
    }


def table(rows):
    """The rows as text, aligned."""
    lines = [COLUMNS]
    for one in rows:
        values = [f"{one[side]:g} {one['unit']}" for side in ("ours", "peer")]
        runs = "{}, {}".format(*one["runs"])
        lines.append((one["name"], *values, f"{one['ratio']:g}", one["goal"], "yes" if one["met"] else "NO", runs))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _short(value):
    """Three significant digits: what such a measurement is worth."""
    return float(f"{value:.3g}")
