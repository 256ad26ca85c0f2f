# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whose volume a device is, as the systems above the host know it (shapes.Owner), and whether one of them forbids its
removal. A veto is a sentence: it forbids the removal whatever the verdict.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import proxmox as proxmox_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import shapes
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes import veto as kubernetes_veto

# Takes the host's facts, a device, and what the operator's systems said; returns the device's owners and vetoes.
System = Callable[[shapes.Facts, shapes.Device, Sequence[shapes.Document]], tuple[list[shapes.Owner], list[str]]]
# Each is asked about each device.
SYSTEMS: tuple[System, ...] = (kubernetes_veto.owned, proxmox_owners.owned)
_EARLY = 60  # seconds by which a clock may have been set back meanwhile


def owned(
    facts: shapes.Facts, device: shapes.Device, documents: Sequence[shapes.Document]
) -> tuple[list[shapes.Owner], list[str]]:
    """Return the owners and the vetoes of a device.

    Args:
        documents: what the systems that were asked said.
    """
    owners: list[shapes.Owner] = []
    vetoes: list[str] = []
    for system in SYSTEMS:
        mine, against = system(facts, device, documents)
        owners += mine
        vetoes += against
    return owners, vetoes


def aged(documents: Sequence[shapes.Document], now: datetime.datetime, max_age: float) -> list[shapes.Document]:
    """Return the documents; those that are older than *max_age* seconds, or of the future, are not complete."""
    return [_aged(document, now, max_age) if document["complete"] else document for document in documents]


def too_old(age: float, max_age: float) -> str:
    """Return in words how old a source is that is too old, with the variables that set the limit. *age*, *max_age*:
    seconds.
    """
    return (
        f"{int(age)} s old; at most {int(max_age)} s are allowed (audit_array_max_age, in a removal "
        "stale_devices_array_max_age)"
    )


def _aged(document: shapes.Document, now: datetime.datetime, max_age: float) -> shapes.Document:
    try:
        age = (
            now - datetime.datetime.fromisoformat((document["fetched_at"] or "").replace("Z", "+00:00"))
        ).total_seconds()
    except (AttributeError, TypeError, ValueError):  # none, or without a time zone
        return {**document, "complete": False, "error": "what was read of it has no date"}
    if -_EARLY <= age <= max_age:
        return document
    why = f"what was read of it is {too_old(age, max_age)}"
    return {**document, "complete": False, "error": why}


def words(owner: shapes.Owner) -> str:
    """Return an owner in words. What a system says in it is as it came."""
    parts = [owner["volume"]]
    if owner["claim"]:
        parts.append("of " + "/".join(part for part in (owner["namespace"], owner["claim"]) if part))
    if owner["pods"]:
        parts.append("used by " + ", ".join(owner["pods"]))
    state = owner.get("state")
    if state:
        parts.append(state)
    return f"{' '.join(part for part in (owner['system'], owner['cluster']) if part)}: {', '.join(parts)}"
