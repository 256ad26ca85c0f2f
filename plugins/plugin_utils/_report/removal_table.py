# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The table of hosts at the end of a remediation: what was removed, refused and left on each, and why.

Each host is done by a process of its own. Each adds its row to an account (progress.note) as a line of JSON, and the
process that completes the account shows the table.
"""

from __future__ import annotations

import collections.abc as c
import json
import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._report.text import more, printable

MOST = 20  # hosts are shown; the record of each is in the report's folder
_WHY = 200  # characters
_WOULD = "would be done"  # of an action, in check mode
NOT_DONE = "it failed before the removal, see above"


class Row(t.TypedDict):
    """What became of a host."""

    host: str
    removed: int
    refused: int
    failed: int
    left: int
    why: str
    """The reason that matters most, empty where nothing was left."""
    worse: bool
    """Whether the host fails, which ends the run."""


def row(record: c.Mapping[str, t.Any], check: bool = False) -> Row:
    """Return the row of a host. *record*: of _judge/record.py; *check*: nothing was touched."""
    results = counted(record["results"], check)
    refused = [result for result in results if result["refused"]]
    failed = [result for result in results if result["failed_because"] and not result["refused"]]
    reasons = [
        *record["lost"],
        *(f"{result['name']}: {result['failed_because']}" for result in failed),
        *(f"{removal['name']} was not tried" for removal in record["not_tried"]),
        *([f"left alone: {record['left_alone']}"] if record["left_alone"] else []),
        *(f"{result['name']}: {result['refused'][0]['why']}" for result in refused),
        *(f"{left['name']}: {left['why']}" for left in record["left"] if not record["left_alone"]),
    ]
    return {
        "host": record["host"],
        "removed": len(results) - len(refused) - len(failed),
        "refused": len(refused),
        "failed": len(failed),
        "left": len(record["left"]) + len(record["not_tried"]),
        "why": (reasons[0][:_WHY] + more(len(reasons), 1)) if reasons else "",
        "worse": bool(record["lost"] or failed or record["not_tried"]),
    }


def counted(results: c.Iterable[c.Mapping[str, t.Any]], check: bool) -> list[c.Mapping[str, t.Any]]:
    """Return the results that count: in check mode, not those of devices that are gone already."""
    return [
        result
        for result in results
        if not check
        or result["refused"]
        or result["failed_because"]
        or any(action["outcome"] == _WOULD for action in result["actions"])
    ]


def not_done(host: str) -> Row:
    """Return the row of a host for which nothing could be decided."""
    return {"host": host, "removed": 0, "refused": 0, "failed": 0, "left": 0, "why": NOT_DONE, "worse": True}


def line(made: Row) -> str:
    """Return a row as a line of an account."""
    return json.dumps(made) + "\n"


def complete(account: str, every: c.Sequence[str], active: c.Sequence[str], batch: c.Sequence[str]) -> list[Row] | None:
    """Return the rows of a run where the last line of the account is that which completes it, else None. Raises
    ValueError where a line is damaged, as on a full disk.

    Args:
        account: the lines up to and with that of this host.
        every: the hosts of the play.
        active: those of them that have not failed.
        batch: those of *active* that are done together with this host.
    """
    rows: list[Row] = [json.loads(entry) for entry in account.splitlines()]
    lost = [not_done(host) for host in every if host not in active and host not in {entry["host"] for entry in rows}]
    if not _is_complete(rows, lost, every, batch) or _is_complete(rows[:-1], lost, every, batch):
        return None
    return rows + lost


def _is_complete(rows: c.Sequence[Row], lost: c.Sequence[Row], every: c.Sequence[str], batch: c.Sequence[str]) -> bool:
    """Whether no other host follows: all are done, or one has failed here, which ends the run with its batch. One that
    was lost in a play before ends nothing.
    """
    done = {entry["host"] for entry in (*rows, *lost)}
    ends = any(entry["worse"] for entry in rows)
    return bool(rows) and (done.issuperset(every) or ends and done.issuperset(batch))


def lines(rows: c.Sequence[Row], total: int, check: bool) -> list[str]:
    """Return the table for a terminal, the hosts first that need somebody.

    Args:
        total: hosts of the play.
        check: nothing was touched.
    """
    shown = sorted((entry for entry in rows if _says(entry)), key=_urgency)
    found = []
    if shown:
        width = max(len(printable(entry["host"])) for entry in shown[:MOST])
        removed = "would go" if check else "removed"
        found = [f"{'host':<{width}}  {removed:>8}  refused  failed  left  why"]
        found += [
            f"{printable(entry['host']):<{width}}  {entry['removed']:>8}  {entry['refused']:>7}  {entry['failed']:>6}  "
            f"{entry['left']:>4}  {printable(entry['why'])}".rstrip()
            for entry in shown[:MOST]
        ]
    if len(shown) > MOST:
        found.append(f"{len(shown) - MOST} more hosts with something to say: their records are in the report's folder.")
    idle = len(rows) - len(shown)
    if idle:
        found.append(f"{idle} host{'s' * (idle != 1)}: nothing to remove.")
    if total > len(rows):
        found.append(f"{total - len(rows)} of {total} hosts were not begun, since a host before them failed.")
    return found


def _says(entry: Row) -> bool:
    return bool(entry["removed"] or entry["refused"] or entry["failed"] or entry["left"] or entry["why"])


def _urgency(entry: Row) -> tuple[bool, bool, str]:
    return not entry["worse"], not entry["why"], entry["host"]
