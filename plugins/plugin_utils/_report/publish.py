# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Publish a report, of an audit or of many slices: compare it with the one before, make its plan, write both and the
formats, show the summary.
"""

from __future__ import annotations

import collections.abc as c
import datetime
import json
import os
import shlex
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.utils.color import stringc
from ansible.utils.display import Display
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import write as formats
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import shapes
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import (
    archive,
    changes,
    fleet,
    outcome,
    plan_table,
    records,
    stored,
    text,
    trend,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import summary as report_summary
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Line, Night, Report

# Documented in plugins/doc_fragments/report.py.
OPTIONS: dict[str, dict[str, t.Any]] = {
    "report_dir": {"type": "path", "required": True},
    "hazards": {"type": "list", "elements": "str", "default": [], "choices": list(removal_plan.HAZARDS)},
    "exceptions": {"type": "list", "elements": "raw"},
    "fail_on": {"type": "str"},
    "formats": {"type": "list", "elements": "str", "default": [formats.ALL], "choices": formats.choices()},
    "previous": {"type": "path"},
    "keep": {"type": "int", "default": 30},
    "fleet_name": {"type": "str"},
    "report_artifact": {"type": "str"},
    "plan_artifact": {"type": "str"},
    "outcome_artifact": {"type": "str"},
    "arrays_listed": {"type": "bool", "default": True},
    "max_not_audited": {"type": "float", "default": 0.1},
    "max_age": {"type": "int", "default": 86400},
    "max_removals": {"type": "int", "default": 50},
    "max_share": {"type": "float", "default": 0.5},
}
# What a walk through a report of another shape ends in.
MALFORMED = (AttributeError, LookupError, TypeError, ValueError)
_LIMITED = "limited"  # the folder, in that of the fleet's report, for one of a part of the hosts
_COLOURS = {
    report_summary.ALARM: "bright red",
    report_summary.WARNING: "yellow",
    report_summary.GOOD: "green",
    report_summary.PLAIN: None,
}
# AWX shows no result of a task that is longer than 700,000 characters: the reasons share less than half of it, and
# fleet.json has them whole.
_REASONS = 300000
_SHORTEST = 40
# What AWX's list of events shows of one is cut after 1,023 characters; each line is ended with two of them.
_TOGETHER, _LINE_END = 900, 2


class Publication(t.NamedTuple):
    """A report that was compared with the one before, its plan, and the folder that both go to."""

    folder: str
    report: Report
    plan: shapes.Plan


def prepared(report: Report, args: c.Mapping[str, t.Any], now: datetime.datetime, part: bool = False) -> Publication:
    """Compare a report with the one before, and make its plan.

    Args:
        report: of compliance.apply.
        args: the options of OPTIONS.
        now: an aware datetime.
        part: whether it is of a part of the hosts. It must not replace the report of all, nor is it compared with that.

    Raises ValueError where the operator names a report before that cannot be read, and one of MALFORMED for a report of
    another shape.
    """
    if args["fleet_name"]:
        report = {**report, "fleet": args["fleet_name"]}
    folder = os.path.join(os.path.abspath(args["report_dir"]), *([_LIMITED] if part else []))
    report = _compared(report, args["previous"], None if part else os.path.join(folder, archive.REPORT))
    if not part:
        report = {**report, "trend": _trend(folder, report, args["previous"])}
    return Publication(folder, report, removal_plan.plan(records.judgement(report), args["hazards"], now))


def _trend(folder: str, report: Report, previous: str | None) -> list[Night]:
    """The nights before a report: of those of its folder, then of the one that it is compared with, which may be the
    same one every night.
    """
    kept = [*archive.before(folder), *([previous] if previous else [])]
    return trend.before(map(archive.head, kept), report["generated_at"])


def published(made: Publication, args: c.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Write and show a report. Returns the result of the task."""
    folder, report = made.folder, made.report
    files = _written(made, args["formats"], args["keep"])
    path, plan = os.path.join(folder, archive.REPORT), os.path.join(folder, archive.PLAN)
    _display(report)
    where = f"The report: {', '.join([path, *files.values()])}"
    Display().display(where)
    summed = plan_table.summary(report, made.plan, args["max_removals"], args["max_share"])
    policy = outcome.Policy(args["arrays_listed"], args["max_not_audited"], args["max_age"])
    comes_to = outcome.outcome(report, made.plan, len(summed.removals), policy)
    following = [] if args["plan_artifact"] else _next(summed, plan, args["hazards"])
    if args["plan_artifact"]:
        # For the person who approves it. Once something is removed, no later job says what this run did not see.
        failures = [f"Against the policy: {sentence}" for sentence in comes_to["failures"]]
        for part in _parts([*plan_table.lines(report, made.plan, summed), *failures]):
            Display().display(part)
    else:
        for line in [*plan_table.alone(summed), *following]:
            Display().display(line)
    # A report is what an audit is for, in check mode too; it is no change to anything that is managed.
    return {
        "changed": False,
        "report": path,
        "plan": plan,
        "files": files,
        "totals": report["totals"],
        "compliance": report["compliance"],
        "changes": _counted(report["changes"]),
        "not_audited": _cut(fleet.not_audited(report)),
        "closing": [*report_summary.closing(report), where, *following],
        **_artifacts(made, args, comes_to),
    }


def _compared(report: Report, previous: str | None, path: str | None) -> Report:
    """The report with what has changed since the one before. Raises ValueError where the operator names one that
    cannot be read.

    *path*: of the report that this one replaces; None for one of a part of the hosts, of which it is not known
    which those before had.
    """
    former = previous or path
    if not former:
        return report
    try:
        return changes.compare(report, archive.read(former, changes.outline))
    except FileNotFoundError:
        why = "there is no such file"
        if not previous:
            return report
    except OSError as exc:
        why = exc.strerror or str(exc)
    except MALFORMED as exc:
        why = f"{type(exc).__name__}: {exc}"
    if previous:
        raise ValueError(f"previous: the report {previous} cannot be compared with: {why}")
    Display().warning(
        f"The report before, {path}, cannot be compared with, so no changes are reported: {text.printable(why)}"
    )
    return report


def _written(made: Publication, wanted: list[str], keep: int) -> dict[str, str]:
    """Write a report into its folder; the one before goes into the history. Returns {format: path}."""
    try:
        os.makedirs(made.folder, exist_ok=True)
        archive.keep(made.folder, keep)
        return archive.write(made.folder, made.report, made.plan, wanted)
    except OSError as exc:
        path = exc.filename or os.path.join(made.folder, archive.REPORT)
        raise AnsibleActionFail(f"report_dir: {path} cannot be written: {exc.strerror}") from exc


def _display(report: Report) -> None:
    display = Display()
    for block in _blocks(report_summary.summary(report)):
        # Each line has a colour of its own, and none in a log.
        display.display("\n".join(_coloured(line) for line in block), screen_only=True)
        display.display("\n".join(line["text"] for line in block), log_only=True)


def _blocks(lines: c.Iterable[Line]) -> c.Iterator[list[Line]]:
    """The lines up to each empty one, which begins the next.

    What is displayed at once is one event of AWX; a large fleet has a hundred thousand lines.
    """
    block: list[Line] = []
    for line in lines:
        if block and not line["text"]:
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _parts(lines: c.Iterable[str]) -> c.Iterator[str]:
    """The lines, as many together as AWX shows of one event; a line that is longer is by itself."""
    part: list[str] = []
    length = 0
    for line in lines:
        if part and length + len(line) + _LINE_END > _TOGETHER:
            yield "\n".join(part)
            part, length = [], 0
        part.append(line)
        length += len(line) + _LINE_END
    if part:
        yield "\n".join(part)


def _next(summed: plan_table.Summary, path: str, hazards: c.Sequence[str]) -> list[str]:
    """What somebody does next, where the plan of the report has anything. *path*: of plan.json."""
    if not summed.removals and not summed.kept:
        return []
    variables: dict[str, t.Any] = {"stale_devices_plan_file": path}
    if hazards:
        variables["stale_devices_hazards"] = list(hazards)
    what = f"the plan has {summed.words()}"
    if not summed.removals:
        what = "each host of the plan would be left alone as it is now"
    return [
        f"Next: {what}. With the same -i and -e, this shows which would be made now:",
        f"  ansible-playbook sanops.multipath.remediate --check --diff -e {shlex.quote(json.dumps(variables))}",
    ]


def _coloured(line: Line) -> str:
    colour = _COLOURS[line["importance"]]
    return str(stringc(line["text"], colour)) if colour else line["text"]


def _artifacts(made: Publication, args: c.Mapping[str, t.Any], comes_to: outcome.Outcome) -> dict[str, t.Any]:
    """What Ansible passes on as set_stats does, by the names that were asked for: what the files have, packed, and what
    it comes to.
    """
    data: dict[str, t.Any] = {}
    if args["report_artifact"]:
        data[args["report_artifact"]] = archive.packed(*stored.compact(made.report))
    if args["plan_artifact"]:
        data[args["plan_artifact"]] = archive.packed(made.plan)
    if args["outcome_artifact"]:
        data[args["outcome_artifact"]] = comes_to
    return {"ansible_stats": {"data": data, "per_host": False, "aggregate": True}} if data else {}


def _counted(changes: t.Any) -> dict[str, t.Any] | None:
    return changes and {**changes, "new": len(changes["new"]), "gone": len(changes["gone"])}


def _cut(reasons: dict[str, t.Any]) -> dict[str, str]:
    most = max(_SHORTEST, _REASONS // max(1, len(reasons)))
    return {name: why if len(why) <= most else f"{why[:most]}..." for name, why in reasons.items()}
