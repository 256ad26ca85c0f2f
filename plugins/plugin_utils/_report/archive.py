# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The folder of a report: the one that is there, those that were there before (history/), and the one that takes
its place.
"""

from __future__ import annotations

import collections.abc as c
import gzip
import json
import os
import re
import shutil
import typing as t
import zlib

from ansible_collections.sanops.multipath.plugins.module_utils._core import pack
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import write as formats_write
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import files as report_files
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet, stored
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Report

REPORT, PLAN, HISTORY = "fleet.json", "plan.json", "history"
_GZIP = b"\x1f\x8b"
_LEVEL = 6  # of 9: a twentieth larger, in less than half of the time
_LONGEST = 1 << 24  # bytes of a line before the hosts; `changes` has a hundred for each device that is new or gone
_COUNTED = ("schema", "generated_at", "totals", "trend")
_KEPT = re.compile("fleet-[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z\\.json\\.gz")


def read(
    path: str | os.PathLike[str],
    each: c.Callable[[t.Any], t.Any] | None = None,
    loads: c.Callable[[bytes], t.Any] = json.loads,
) -> t.Any:
    """Return a report in a file, packed by gzip or not, with every key of every record. Raises OSError where it cannot
    be read, ValueError for what is not a report.

    *each*: what is to be kept of each host, a function of it. A report as write() makes it is read host by host: of
    a large fleet, never all is held. *loads*: what is made of the line of each entry there, of a host or another.
    """
    report = _by_line(path, each, loads)
    if report is None:
        report = _expanded(_whole(path))
        if each and isinstance(report, dict) and isinstance(report.get("hosts"), list):
            report["hosts"] = [each(host) for host in report["hosts"]]
    if (
        not isinstance(report, dict)
        or report.get("schema") != fleet.SCHEMA
        or not isinstance(report.get("hosts"), list)
    ):
        raise ValueError(f"it is not a report of schema {fleet.SCHEMA}")
    return report


def head(path: str | os.PathLike[str]) -> dict[str, t.Any]:
    """Return what a file of write(), packed by gzip or not, counts: its `schema`, `generated_at`, `totals` and `trend`,
    read without its hosts. It is empty for a file that is missing, damaged, or not as write() makes it: a line without
    an end is not read to its end.
    """
    found: dict[str, t.Any] = {}
    entries: list[t.Any] | None = None
    try:
        with open(path, "rb") as plain:
            packed = plain.read(2) == _GZIP
            plain.seek(0)
            stream = gzip.GzipFile(fileobj=plain) if packed else plain
            while line := stream.readline(_LONGEST):
                if len(line) == _LONGEST:
                    return {}
                line = line.rstrip(b",\n")
                if line.startswith(b'"'):
                    key, dummy, value = line.partition(b": ")
                    name = json.loads(key)
                    if name == "hosts":
                        break
                    entries = [] if name == "trend" else None
                    if name in _COUNTED:
                        found[name] = entries if value == b"[" else json.loads(value)
                elif entries is not None and line.startswith(b"  "):
                    entries.append(json.loads(line))
    except (EOFError, MemoryError, OSError, RecursionError, ValueError, zlib.error):
        return {}
    return found if found.get("schema") == fleet.SCHEMA else {}


def before(folder: str) -> list[str]:
    """Return the paths of the reports of a folder, the youngest first: the one that is there, and its history, as far
    as it can be listed.
    """
    history = os.path.join(folder, HISTORY)
    try:
        kept = sorted(filter(_KEPT.fullmatch, os.listdir(history)), reverse=True)
    except OSError:
        kept = []
    return [os.path.join(folder, REPORT), *(os.path.join(history, name) for name in kept)]


def packed(content: c.Mapping[str, t.Any], short: c.Callable[[t.Any], t.Any] | None = None) -> str:
    """Return what write() writes of *content* as one line of plain letters, in which nothing is templated on its way to
    another job.

    It is made of what is held and not of the file: another job may have written to the same folder in between.

    *short*: what is to be written of each host, a function of it.
    """
    return str(pack.packed("".join(_lines(content, short))))


def read_plan(path: str | os.PathLike[str]) -> t.Any:
    """Return the plan in a file. Raises OSError where it cannot be read, ValueError where it is not JSON. Whether it is
    a plan is for plan.unusable() to say.
    """
    return _whole(path)


def _expanded(report: t.Any) -> t.Any:
    try:
        return stored.expanded(report)
    except (AttributeError, KeyError, TypeError) as exc:
        raise ValueError(f"it is not a report: {type(exc).__name__}: {exc}") from exc


def _whole(path: str | os.PathLike[str]) -> t.Any:
    with open(path, "rb") as stream:
        content = stream.read()
    try:
        return json.loads((gzip.decompress(content) if content[:2] == _GZIP else content).decode("utf-8"))
    except (EOFError, RecursionError, OSError, zlib.error) as exc:
        raise ValueError(f"it is cut or damaged: {exc}") from exc


def _by_line(
    path: str | os.PathLike[str], each: c.Callable[[t.Any], t.Any] | None, loads: c.Callable[[bytes], t.Any]
) -> dict[str, t.Any] | None:
    """The report in a file whose lines are those of _lines(), or None where they are others: somebody may have
    formatted it, or it is damaged.
    """
    report: dict[str, t.Any] = {}
    entries: list[t.Any] = []
    ended, head = False, {"defaults", "rules"}
    with open(path, "rb") as plain:
        packed = plain.read(2) == _GZIP
        plain.seek(0)
        try:
            for line in gzip.GzipFile(fileobj=plain) if packed else plain:
                line = line.rstrip(b",\n")
                if line.startswith(b"  "):
                    entry = loads(line)
                    if entry is not None and entries is report.get("hosts"):
                        if not head.issubset(report):
                            return None  # somebody has put the hosts first
                        entry = stored.expand(entry, report)
                    entries.append(each(entry) if each and entries is report.get("hosts") else entry)
                elif line.startswith(b'"'):
                    key, dummy, value = line.partition(b": ")
                    report[json.loads(key)] = entries = [] if value == b"[" else json.loads(value)
                elif line not in (b"{", b" ]", b"}"):
                    return None
                ended = line == b"}"
        except (AttributeError, EOFError, KeyError, OSError, RecursionError, TypeError, ValueError, zlib.error):
            return None
    report.pop("defaults", None)
    return report if ended else None


def keep(folder: str, most: int) -> None:
    """Put the report of a folder into its history before another takes its place, and leave only *most* there, the
    youngest. Raises OSError.

    What is not a report is not kept.
    """
    history, path = os.path.join(folder, HISTORY), os.path.join(folder, REPORT)
    try:
        # Its entries are not read where its lines are as they were written: of a large fleet, that alone takes seconds.
        made_at = str(read(path, lambda host: None, lambda line: None).get("generated_at"))
        name = f"fleet-{made_at.replace(':', '')}.json.gz"
    except (FileNotFoundError, ValueError):
        name = ""
    if most and _KEPT.fullmatch(name):  # a name of that form leads nowhere else
        os.makedirs(history, exist_ok=True)
        with (
            open(path, "rb") as former,
            report_files.replacing(os.path.join(history, name)) as stream,
            gzip.GzipFile("", "wb", _LEVEL, stream, 0) as packed,
        ):
            shutil.copyfileobj(former, packed)
    mine = sorted(filter(_KEPT.fullmatch, os.listdir(history))) if os.path.isdir(history) else []
    for name in mine[: max(0, len(mine) - most)]:
        os.unlink(os.path.join(history, name))


def write(folder: str, report: Report, plan: t.Any, formats: list[str]) -> dict[str, str]:
    """Write a report, its plan and the formats asked for, each file whole or not at all. Raises OSError. Returns
    {format: path}.

    The data comes first: whatever a format makes of it, it is there. No plan is there without the report that it is
    made of.
    """
    files = {}
    for name, (content, short) in ((REPORT, stored.compact(report)), (PLAN, (plan, None))):
        with report_files.replacing(os.path.join(folder, name)) as stream:
            stream.writelines(line.encode("ascii") for line in _lines(content, short))
    for name in formats_write.wanted(formats):
        file, mode, pieces = formats_write.FORMATS[name]
        files[name] = os.path.join(folder, file)
        with report_files.replacing(files[name], mode) as stream:
            stream.writelines(piece.encode("utf-8") for piece in pieces(report))
    return files


def _lines(made: c.Mapping[str, t.Any], short: c.Callable[[t.Any], t.Any] | None) -> c.Iterator[str]:
    """JSON with a line for each key of a dictionary, and one for each entry of a list in it: a person can read and
    compare it, and a large fleet is written in seconds, by the part of the encoder that is in C, and never held as
    a whole. The hosts come last: what they refer to stands before them.

    *short*: what is to be written of each host, a function of it."""
    dump = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
    for number, key in enumerate(sorted(made, key=lambda key: (key == "hosts", key))):
        yield f"{',' * bool(number) or '{'}\n{dump(key)}: "
        if isinstance(made[key], list) and made[key]:
            for place, entry in enumerate(made[key]):
                entry = short(entry) if short and key == "hosts" else entry
                yield f"{',' * bool(place) or '['}\n  {dump(entry)}"
            yield "\n ]"
        else:
            yield dump(made[key])
    yield "\n}\n" if made else "{}\n"
