# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The times of a test run: the cases in pytest's junit files, the table at its end, and build/test-times.json.

A row is a dictionary: part (name), seconds (number), cases and failed (counts).
"""

import json
import os
import typing
from xml.etree import ElementTree

COLUMNS = ("part", "seconds", "cases", "failed")


class Case(typing.NamedTuple):
    name: str
    seconds: float
    failed: bool


def read_cases(path):
    """Return the cases of a junit file, without those that were skipped.

    Where pytest ended before it wrote the file, there are none.
    """
    try:
        found = ElementTree.parse(path).iter("testcase")
    except (OSError, ElementTree.ParseError):
        return []
    return [
        Case(
            f"{element.get('classname')}::{element.get('name')}",
            float(element.get("time") or 0),
            element.find("failure") is not None or element.find("error") is not None,
        )
        for element in found
        if element.find("skipped") is None
    ]


def row(part, seconds, code, cases):
    """Return the row of a part that ended with exit code `code`; `cases` is None where it is not pytest: one case."""
    if cases is None:
        return {"part": part, "seconds": round(seconds, 1), "cases": 1, "failed": int(code != 0)}
    failed = sum(case.failed for case in cases)
    # pytest can fail without a failed case: a module that cannot be imported, no case at all, a killed process.
    return {
        "part": part,
        "seconds": round(seconds, 1),
        "cases": len(cases),
        "failed": max(failed, 1) if code else failed,
    }


def slowest(cases, count=10):
    return sorted(cases, key=lambda case: -case.seconds)[:count]


def table(rows, cases):
    """Return the lines to print: the rows, the longest first, with their sums, and the ten slowest of `cases`."""
    lines = [COLUMNS]
    for each in sorted(rows, key=lambda each: -each["seconds"]):
        lines.append((each["part"], f"{each['seconds']:.0f}", str(each["cases"]), str(each["failed"])))
    total = [sum(each[column] for each in rows) for column in COLUMNS[1:]]
    lines.append(("all", f"{total[0]:.0f}", str(total[1]), str(total[2])))
    width = max(len(line[0]) for line in lines)
    printed = [f"{line[0]:{width}} {line[1]:>8} {line[2]:>6} {line[3]:>7}" for line in lines]
    if cases:
        printed += ["", "slowest cases", *(f"{case.seconds:8.1f} s  {case.name}" for case in slowest(cases))]
    return printed


def closing_line(rows):
    """Return the last line of a run, in the form that programs which read test output know."""
    cases, failed = (sum(each[column] for each in rows) for column in ("cases", "failed"))
    # A part that fails without a failed case counts as one failure, and may have no case at all.
    return f"{max(cases - failed, 0)} passed, {failed} failed"


def read(path):
    """Return the rows of an earlier run; none where there is no such file, or none that can be read."""
    try:
        return [{column: each[column] for column in COLUMNS} for each in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def estimates(rows):
    """Return the seconds of each part that passed; what failed may have ended much too early."""
    return {each["part"]: each["seconds"] for each in rows if not each["failed"]}


def merge(old, new, known):
    """Return the new rows, and the old ones of parts in `known` (names) that did not run; the longest first."""
    merged = {each["part"]: each for each in [*old, *new] if each["part"] in known}
    return sorted(merged.values(), key=lambda each: -each["seconds"])


def write(path, rows):
    """Replace the file atomically, so that a reader never sees half of it."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    os.replace(beside, path)
