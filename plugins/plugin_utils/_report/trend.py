# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How many devices had which verdict in the nights before: of each day the last report of the history.

A day without a report has no entry. That is a gap, and does not mean that there was nothing.
"""

from __future__ import annotations

import collections.abc as c
import datetime
import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._judge.shapes import Verdict
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import shapes

DAYS = 90  # how far back it reaches
UNSEEN = ("unreachable", "failed", "missing")  # the states of hosts of which nothing is known


def before(heads: c.Iterable[c.Mapping[str, t.Any]], generated_at: str) -> list[shapes.Night]:
    """Return the nights before a report, the oldest first.

    *heads*: of the reports before, the youngest first (see archive.head). Each has the nights before itself, so the
    first that has any is enough; of one without them, those before it are read too. What cannot be read is a gap.
    """
    nights: dict[str, shapes.Night] = {}
    for head in heads:
        if not head:
            continue
        former = head.get("trend")
        earlier = former if isinstance(former, list) else []
        for night in (_of(head.get("generated_at"), head.get("totals")), *reversed(list(map(_read, earlier)))):
            if night:
                nights.setdefault(_day(night), night)
        if earlier:
            break
    first, today = _first(generated_at), generated_at[:10]
    return [nights[day] for day in sorted(nights) if day < today and first <= day]


def row(night: c.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return a night, or a whole report, as the page has it: a verdict that it does not count had no device."""
    counted = _of(night.get("generated_at"), night.get("totals")) or _read(night)
    hosts: c.Mapping[str, int] = counted["hosts"] if counted else {}
    verdicts: c.Mapping[str, int] = counted["verdicts"] if counted else {}
    return {
        **{word: verdicts.get(word, 0) for word in t.get_args(Verdict)},
        "generated_at": night.get("generated_at"),
        "hosts": sum(hosts.values()),
        "unseen": sum(hosts.get(state, 0) for state in UNSEEN),
        "in_part": hosts.get("incomplete", 0),
    }


def _read(night: t.Any) -> shapes.Night | None:
    """A night as a file has it, or None for anything else."""
    return _of(night.get("generated_at"), night) if isinstance(night, dict) else None


def _of(generated_at: t.Any, totals: t.Any) -> shapes.Night | None:
    if not isinstance(generated_at, str) or not isinstance(totals, dict):
        return None
    hosts, verdicts = _counts(totals.get("hosts")), _counts(totals.get("verdicts"))
    if hosts is None or verdicts is None:
        return None
    return {"generated_at": generated_at, "hosts": hosts, "verdicts": verdicts}


def _counts(given: t.Any) -> dict[str, int] | None:
    whole = isinstance(given, dict) and all(
        isinstance(count, int) and not isinstance(count, bool) for count in given.values()
    )
    return dict(given) if whole else None


def _day(night: shapes.Night) -> str:
    return night["generated_at"][:10]


def _first(generated_at: str) -> str:
    """The first day that it reaches back to."""
    day = datetime.date.fromisoformat(generated_at[:10]) - datetime.timedelta(days=DAYS - 1)
    return day.isoformat()
