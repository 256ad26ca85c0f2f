# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A plan for the person who approves it: what would be removed, what would be left alone, and why.

A removal on a host that the remediation would leave alone is shown as such before somebody approves it, and does not
count. Pure functions over a report and its plan.
"""

from __future__ import annotations

import collections
import collections.abc as c
import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import safety_limits, shapes
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import records, text
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Device, Host, Report

_TITLES = ("HOST", "DEVICE", "LUN", "USERS", "WHY")
_MOST_LEFT = 200  # of what is left that are shown; plan.json has all


class Summary(t.NamedTuple):
    """The removals of a plan by what becomes of them."""

    removals: list[shapes.Removal]
    alone: dict[str, str]
    """{host: why it is left alone as it is now}, of those that the plan has removals on."""
    kept: list[shapes.Removal]
    """The removals on the hosts that are left alone."""

    def words(self) -> str:
        """Return how much would be removed."""
        count, hosts = len(self.removals), len({removal["host"] for removal in self.removals})
        return f"{count} removal{'s' * (count != 1)} on {hosts} host{'s' * (hosts != 1)}"


def summary(report: Report, plan: shapes.Plan, max_removals: int, max_share: float) -> Summary:
    """Return which removals of a plan would be made, and which hosts would be left alone.

    Args:
        max_removals, max_share: see safety_limits.exceeded().
    """
    by_host: dict[str, list[shapes.Removal]] = {}
    for removal in plan["removals"]:
        by_host.setdefault(removal["host"], []).append(removal)
    alone: dict[str, str] = {}
    for host in report["hosts"]:
        mine = by_host.get(host["name"])
        why = safety_limits.exceeded(t.cast(shapes.Host, host), mine, max_removals, max_share) if mine else None
        if why:
            alone[host["name"]] = why
    return Summary(
        [removal for removal in plan["removals"] if removal["host"] not in alone],
        alone,
        [removal for removal in plan["removals"] if removal["host"] in alone],
    )


def lines(report: Report, plan: shapes.Plan, made: Summary) -> c.Iterator[str]:
    """Yield the plan as a table, and below it what would be left alone and why. No control characters are in it,
    whatever a host or an array sent.
    """
    hosts = {host["name"]: host for host in report["hosts"]}
    yield f"The plan: {made.words()} would be made."
    yield from _table([_row(hosts[removal["host"]], removal) for removal in made.removals])
    yield from alone(made)
    yield from _table([_row(hosts[removal["host"]], removal) for removal in made.kept])
    if plan["left"]:
        yield f"Not in the plan, {len(plan['left'])}:"
        for left in plan["left"][:_MOST_LEFT]:
            name = left["name"] or left["wwid"] or "a device without a name"
            yield text.printable(f"  {left['host']}  {name}  {left['verdict']}: {left['why']}")
        if len(plan["left"]) > _MOST_LEFT:
            yield f" {text.more(len(plan['left']), _MOST_LEFT)}, in plan.json"


def alone(made: Summary) -> c.Iterator[str]:
    """Yield the hosts on which the removals of a plan would not be made as they are now, and why."""
    counts = collections.Counter(removal["host"] for removal in made.kept)
    for name, why in made.alone.items():
        count = counts[name]
        yield text.printable(f"{name} would be left alone, with {count} removal{'s' * (count != 1)} of the plan: {why}")


def _table(rows: c.Sequence[tuple[str, ...]]) -> c.Iterator[str]:
    """Yield the rows below their titles, each column but the last as wide as its widest cell."""
    if not rows:
        return
    whole = [_TITLES, *rows]
    widths = [max(len(row[column]) for row in whole) for column in range(len(_TITLES) - 1)]
    for row in whole:
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        yield "  " + "  ".join([*cells, row[-1]])


def _row(host: Host, removal: shapes.Removal) -> tuple[str, ...]:
    """Return the cells of a removal, in the order of _TITLES."""
    device = _device(host, removal)
    luns = [lun["name"] for lun in records.luns_of(host, device) if lun["name"]] if device else []
    cells = (
        removal["host"],
        f"{removal['kind']} {removal['name'] or '-'}",
        " ".join(dict.fromkeys([*luns, removal["wwid"] or "-"])),
        # Those of a path's map too, which stays in use.
        "-" if removal["kind"] == "session" else _users(device),
        f"{removal['verdict']}: {removal['reason']}",
    )
    return tuple(text.printable(cell) for cell in cells)


def _device(host: Host, removal: shapes.Removal) -> Device | None:
    """Return the device of the report that a removal removes, or whose path it removes. None for a session."""
    devices = [device for device in host["devices"] if removal["wwid"] and device["wwid"] == removal["wwid"]]
    place = removal_plan.place(removal)
    return next(
        (device for device in devices if removal_plan.place(t.cast(shapes.Device, device)) == place),
        devices[0] if devices else None,
    )


def _users(device: Device | None) -> str:
    """Return who uses a device in words: what is in a plan may still have what counts as no use."""
    if device is None or device["users"] is None:
        return "not known"
    return ", ".join(f"{user['kind']} {user['detail']}" for user in device["users"]) or "none"
