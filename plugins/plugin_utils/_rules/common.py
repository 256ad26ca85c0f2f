# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What all rules need: the severities, and whether a host's facts say anything of a thing at all."""

from __future__ import annotations

import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.shapes import Facts

CRITICAL, WARNING, INFO = "critical", "warning", "info"
SEVERITIES = (CRITICAL, WARNING, INFO)
# key of the facts -> (key of the devices, tools, the devices in words, what `incomplete` calls asking for the devices).
# A host without these tools has no such configuration, unless it has the devices. Whether it has them may be unknown.
_TOOLS = {
    "multipath_conf": ("maps", "multipath-tools", "multipath maps", "multipathd"),
    "iscsi": ("sessions", "open-iscsi", "iSCSI sessions", "iscsi"),
}


def part(facts: Facts | None, key: str) -> t.Any:
    """Return what the facts hold under a *key* such as 'iscsi' or 'platform.lvm', or None."""
    found: t.Any = facts
    for name in key.split("."):
        found = (found or {}).get(name)
    return found


def lacking(facts: Facts, key: str) -> str | None:
    """Return why what the facts hold under *key* is missing or incomplete.

    None where it is complete, or where this host has no such thing.
    """
    top, name = key.split(".")[0], key.split(".")[-1]
    if top not in facts:
        return f"the facts have no {top}: gather them with this version of stale_mpath_facts"
    gaps = [gap["why"] for gap in facts["incomplete"] if gap["what"] in (top, name)]
    if gaps:
        return f"{name}: {'; '.join(gaps)}"
    if part(facts, key) is not None:
        return None
    if key not in _TOOLS:
        return f"{name}: it could not be read"
    things, tools, title, asked = _TOOLS[key]
    if facts[things]:
        return f"{name}: this host has {title}, but no {tools} to ask"
    return "; ".join(f"{asked}: {gap['why']}" for gap in facts["incomplete"] if gap["what"] == asked) or None
