# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whether a host is left alone: the safety limits of a removal. A pure function over a judged host."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence

from ansible_collections.sanops.multipath.plugins.module_utils._core import schema
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import facts as judge_facts
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import shapes


def exceeded(host: shapes.Host, removals: Sequence[shapes.Removal], max_removals: int, max_share: float) -> str | None:
    """Return why no removal is allowed on a host, or None. Where most of a host looks stale at once, something else is
    wrong.

    Args:
        removals: those of the plan on it.
        max_share: of its devices, 0 to 1.
    """
    if host["facts"] is None:
        return f"it was not audited: {host['why']}"
    if host["facts"]["quarantine"]:
        return t.cast(str, host["facts"]["quarantine"])
    gaps = [gap for gap in host["facts"]["incomplete"] if gap["what"] not in schema.CONFIGURATION]
    if gaps:
        return f"it was read only in part: {judge_facts.gap_words(gaps)}"
    planned = [removal["name"] for removal in removals]
    outages = [
        device["name"] or "a device without a name"
        for device in host["devices"]
        if device["verdict"] == "outage" and device["name"] not in planned
    ]
    if outages:
        return f"it has an outage ({', '.join(outages)}): what is missing may come back"
    if len(removals) > max_removals:
        return f"{len(removals)} removals; at most {max_removals} are allowed (stale_devices_max_removals)"
    whole = len(host["devices"])
    count = sum(removal["kind"] in ("map", "disk") for removal in removals)
    if count > max(1, max_share * whole):
        return (
            f"{count} of its {whole} devices would be removed; at most {int(max_share * 100)} % are allowed "
            "(stale_devices_max_share)"
        )
    return None
