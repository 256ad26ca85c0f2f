# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What became of one host's removals: whether it lost anything else, the record, and its lines for a terminal."""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import shapes

SCHEMA = 1
_LIVES = ("healthy", "degraded")


def worse(before: shapes.Host, after: shapes.Host, removals: Sequence[shapes.Removal]) -> list[str]:
    """Return what a host lost that was not in the plan: a list of sentences, empty where all is well."""
    if after["facts"] is None:
        return [f"it was not audited afterwards: {after['why']}"]
    planned = {removal_plan.place(removal) for removal in removals}
    now = {removal_plan.place(device): device for device in after["devices"]}
    found = []
    for device in before["devices"]:
        where = removal_plan.place(device)
        current = now.get(where)
        if current is None:
            if where not in planned:
                found.append(f"{device['name']} is gone and was not in the plan")
        elif where not in planned and _fell(device["verdict"], current["verdict"]):
            found.append(f"{device['name']} was {device['verdict']} and is {current['verdict']}: {current['reason']}")
        elif current["queueing"] is not device["queueing"] and device["kind"] == "map":
            found.append(f"the queueing of {device['name']} was {device['queueing']} and is {current['queueing']}")
    if before["facts"]["multipathd"]["running"] and not after["facts"]["multipathd"]["running"]:
        found.append("multipathd no longer runs")
    sessions = {session["sid"] for session in after["facts"]["sessions"]}
    sessions.update(removal["session"]["sid"] for removal in removals if removal["session"])
    found += [
        f"the session {session['sid']} to {session['target']} is gone"
        for session in before["facts"]["sessions"]
        if session["sid"] not in sessions
    ]
    return found


def _fell(before: str, now: str) -> bool:
    return before in _LIVES and now not in _LIVES[: _LIVES.index(before) + 1]


def record(
    host: str,
    before: Mapping[str, t.Any],
    after: Mapping[str, t.Any] | None,
    decision: Mapping[str, t.Any],
    results: Sequence[t.Any],
    lost: Sequence[str],
    now: datetime.datetime,
) -> dict[str, t.Any]:
    """Return what happened on one host, for the report and the terminal.

    Args:
        before, after: shapes.Judgement; None where nobody looked afterwards.
        decision: shapes.Decision.
        results: shapes.Result of each removal that was tried.
        lost: of worse().
        now: an aware datetime.
    """
    tried = {_known_by(result) for result in results}
    return {
        "schema": SCHEMA,
        "host": host,
        "at": now.astimezone(datetime.timezone.utc).strftime(removal_plan.TIME),
        "left_alone": decision["alone"],
        "left": decision["left"],
        "removals": decision["removals"],
        "results": list(results),
        "lost": list(lost),
        "not_tried": [
            removal_plan.short(removal) for removal in decision["removals"] if _known_by(removal) not in tried
        ],
        "before": before["hosts"][0],
        "after": after["hosts"][0] if after else None,
    }


def lines(made: Mapping[str, t.Any]) -> list[str]:
    """Return a record as lines for a terminal."""
    found = []
    if made["left_alone"]:
        found.append(f"{made['host']} is LEFT ALONE: {made['left_alone']}")
    found += [_result_line(result) for result in made["results"]]
    found += [f"  NOT TRIED  {left['name']} {left['wwid'] or ''}" for left in made["not_tried"]]
    if not made["left_alone"]:
        found += [f"  left     {left['name']} ({left['verdict']}): {left['why']}" for left in made["left"]]
    found += [f"  LOST     {text}" for text in made["lost"]]
    return found or [f"{made['host']}: nothing to remove"]


def _result_line(result: Mapping[str, t.Any]) -> str:
    name = result["name"] if result["wwid"] in (None, result["name"]) else f"{result['name']} {result['wwid']}"
    if result["refused"]:
        return f"  REFUSED  {name}: " + "; ".join(f"{why['code']}: {why['why']}" for why in result["refused"])
    if result["failed_because"]:
        return f"  FAILED   {name}: {result['failed_because']}"
    done = ", ".join(map(_step, result["actions"])) or "gone already"
    would = any(action["outcome"] == "would be done" for action in result["actions"])
    return f"  {'WOULD GO' if would else 'REMOVED '} {name}: {done}"


def _step(action: Mapping[str, t.Any]) -> str:
    """Return an action in words, with its outcome where it was neither done nor would be."""
    outcome = "" if action["outcome"] in ("done", "would be done") else f" ({action['outcome']})"
    return f"{action['do']} {action['device']}{outcome}"


def _known_by(removal: Mapping[str, t.Any]) -> tuple[t.Any, ...]:
    return removal["kind"], removal["name"], removal["wwid"]
