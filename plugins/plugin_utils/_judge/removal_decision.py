# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is removed on one host: a plan, given or of this moment, within the safety limits; and what of it still holds
right before it is carried out.
"""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Collection, Mapping, Sequence

from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import safety_limits, shapes, validate

# What a removal rests on: where any of it has changed since the plan, the device is left.
_SEEN: tuple[t.Literal["boot_id", "verdict", "wire", "dev_t", "paths", "session"], ...] = (
    "boot_id",
    "verdict",
    "wire",
    "dev_t",
    "paths",
    "session",
)
_EARLY = 60  # seconds by which a clock may have been set back since the plan was made


def decide(
    judged: Mapping[str, t.Any],
    given: t.Any,
    hazards: Collection[str],
    now: datetime.datetime,
    max_age: float,
    max_removals: int,
    max_share: float,
) -> shapes.Decision:
    """Decide what to remove on the one host of a judgement.

    Args:
        given: the plan to keep to, or None for one of this moment.
        now: an aware datetime.
        max_age: seconds that a given plan may be old.
        max_removals, max_share: see safety_limits.exceeded().

    Raises ValueError for a plan that cannot be applied.
    """
    (host,) = judged["hosts"]
    fresh = removal_plan.plan(judged, hazards, now)
    removals, left = fresh["removals"], fresh["left"]
    if given is not None:
        why = unusable(given, now, max_age)
        if why:
            raise ValueError(why)
        mine = [removal for removal in given["removals"] if removal["host"] == host["name"]]
        removals, left = still(mine, fresh)
        known = {_key(removal) for removal in mine}
        left += [
            {**removal_plan.short(removal), "why": "it is not in the plan that was given"}
            for removal in fresh["removals"]
            if _key(removal) not in known
        ]
    alone = safety_limits.exceeded(host, removals, max_removals, max_share)
    if alone is None:
        return {"removals": removals, "left": left, "alone": None}
    left += [{**removal_plan.short(removal), "why": f"its host is left alone: {alone}"} for removal in removals]
    return {"removals": [], "left": left, "alone": alone}


def confirmed(
    judged: Mapping[str, t.Any],
    removals: Sequence[shapes.Removal],
    hazards: Collection[str],
    now: datetime.datetime,
    max_age: float,
) -> shapes.Confirmation:
    """Return what of a host's removals still holds with what the arrays and clusters say at this moment.

    Args:
        judged: of that one host, judged again.
        now: an aware datetime.
        max_age: seconds for which the word of an array or cluster counts.
    """
    agreed, skipped = still(removals, removal_plan.plan(judged, hazards, now))
    said = [*judged["arrays"], *judged.get("clusters", ())]
    asked = [judge_devices.fetched(one) for one in said if one["complete"]]
    return {
        "removals": agreed,
        "within": max(0.0, max_age - (now - min(asked)).total_seconds()) if asked else None,
        "refused": [_result(left, [{"code": "array", "why": left["why"]}]) for left in skipped],
        "unanswered": [_result(removal, []) for removal in agreed],
    }


def unusable(made: t.Any, now: datetime.datetime, max_age: float) -> str | None:
    """Return why a given plan cannot be applied, or None. *max_age*: seconds."""
    if not isinstance(made, dict) or made.get("schema") != removal_plan.SCHEMA:
        return f"it is not a plan of schema {removal_plan.SCHEMA}"
    if made.get("digest") != removal_plan.digest(made):
        return "its digest is not that of its content: it was changed after it was made"
    why = validate.problem(made, shapes.Plan)
    if why:
        return f"it is malformed: {why}"
    made_at = datetime.datetime.strptime(made["made_at"], removal_plan.TIME).replace(tzinfo=datetime.timezone.utc)
    age = (now - made_at).total_seconds()
    if not -_EARLY <= age <= max_age:
        return f"it is {int(age)} s old; at most {int(max_age)} s are allowed (stale_devices_plan_max_age)"
    return None


def still(removals: Sequence[shapes.Removal], fresh: shapes.Plan) -> tuple[list[shapes.Removal], list[shapes.Left]]:
    """Compare removals with a plan of this moment: (those that are in it, just as they were seen; what is left)."""
    now = {_key(removal): removal for removal in fresh["removals"]}
    agreed: list[shapes.Removal] = []
    skipped: list[shapes.Left] = []
    for removal in removals:
        current = now.get(_key(removal))
        if current is None:
            why = next(
                (
                    left["why"]
                    for left in fresh["left"]
                    if (left["host"], left["wwid"]) == (removal["host"], removal["wwid"])
                ),
                "it is not there any more, or healthy",
            )
            skipped.append({**removal_plan.short(removal), "why": f"it is no longer to be removed: {why}"})
            continue
        changed = [key for key in _SEEN if current[key] != removal[key]]
        if changed:
            why = f"it is not what the plan saw: {', '.join(changed)} changed"
            skipped.append({**removal_plan.short(removal), "why": why})
        else:
            agreed.append(removal)
    return agreed, skipped


def _result(removal: shapes.Removal | shapes.Left, refused: list[shapes.Refusal]) -> shapes.Result:
    return {
        "kind": removal["kind"],
        "name": removal["name"],
        "wwid": removal["wwid"],
        "changed": False,
        "actions": [],
        "refused": refused,
        "failed_because": None,
    }


def _key(removal: shapes.Removal) -> tuple[t.Any, ...]:
    session = removal["session"]
    return removal["host"], removal["wwid"], removal_plan.place(removal), session and session["sid"]
