# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The door for what comes from outside: facts of a host are checked here once, and whoever judges relies on it.

A host that is broken, or lies, is its own problem: its facts are refused with the place that is wrong, and no other
host is any worse for it.
"""

from __future__ import annotations

import math
import re
import typing as t
from collections.abc import Sequence

from ansible_collections.sanops.multipath.plugins.module_utils._core import pack, schema
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import shapes, validate

_HCTL = re.compile("[0-9]{1,10}(:[0-9]{1,20}){3}")
# No fact is nested as deep, or as large a number. A report keeps some values as they came, and whoever writes or reads
# it must manage that.
_DEEPEST, _LARGEST = 32, 1 << 64
_PLAIN, _CONTAINERS = frozenset((str, bool, type(None))), frozenset((dict, list))


class Unusable(ValueError):
    """Why the facts of a host cannot be judged."""


def read(result: t.Any) -> shapes.Facts | None:
    """Return the fact stale_mpath in a registered result of stale_mpath_facts; None where there is none.

    Raises Unusable.
    """
    try:
        facts = unchecked(result)
    except ValueError as exc:
        raise Unusable(f"its facts are malformed: {exc}") from exc
    if facts is None:
        return None
    why = unusable(facts)
    if why:
        raise Unusable(why)
    return t.cast(shapes.Facts, facts)


def unchecked(result: t.Any) -> t.Any:
    """Return the fact stale_mpath in a registered result, packed or not, or None. It is as the host sent it.

    Raises ValueError where it is packed and damaged.
    """
    if not isinstance(result, dict):
        return None
    if result.get("packed") is not None:
        return pack.unpacked(result["packed"], "packed", pack.MOST_OF_A_HOST)
    facts = result.get("ansible_facts")
    return facts.get("stale_mpath") if isinstance(facts, dict) else None


def unusable(facts: t.Any) -> str | None:
    """Return why facts cannot be judged, or None."""
    version = facts.get("schema") if isinstance(facts, dict) else None
    if version != schema.SCHEMA or isinstance(version, bool):
        return (
            f"no stale_mpath facts of schema {schema.SCHEMA} (found: {version!r}); gather them with "
            "sanops.multipath.stale_mpath_facts of this version"
        )
    # A kernel that could not be read leaves the rest undefined.
    why = validate.problem(facts.get("incomplete"), list[shapes.Gap], "incomplete")
    if why:
        return f"its facts are malformed: {why}"
    gaps = [gap for gap in facts["incomplete"] if gap["what"] == "kernel"]
    if gaps:
        return f"the kernel of this host could not be read: there is nothing to judge ({gap_words(gaps)})"
    why = validate.problem(facts, shapes.Facts) or _unwritable(facts) or _contradiction(facts)
    return f"its facts are malformed: {why}" if why else None


def gap_words(gaps: Sequence[shapes.Gap]) -> str:
    """Return what could not be read, and why, as one text."""
    return "; ".join(f"{gap['what']}: {gap['why']}" for gap in gaps)


def _writable(facts: t.Any) -> bool:
    """Return whether a report can say in JSON all that is in facts, be it judged or not. A large fleet has millions of
    values.
    """
    level = [facts]
    for dummy in range(_DEEPEST):
        below: list[t.Any] = []
        for value in level:
            for inner in value.values() if isinstance(value, dict) else value:
                kind = type(inner)
                if kind in _PLAIN:
                    continue
                if kind in _CONTAINERS:
                    below.append(inner)
                elif not (isinstance(inner, (int, float)) and -_LARGEST < inner < _LARGEST):
                    return False
        if not below:
            return True
        level = below
    return False


def _unwritable(facts: t.Any) -> str | None:
    """Return what in facts, be it judged or not, no report could say in JSON, with its place, or None."""
    if _writable(facts):
        return None
    level: list[tuple[str, t.Any]] = [("", facts)]
    for dummy in range(_DEEPEST):
        below: list[tuple[str, t.Any]] = []
        for place, value in level:
            items = value.items() if isinstance(value, dict) else enumerate(value)
            for key, inner in items:
                if inner is None or isinstance(inner, (str, bool)):
                    continue
                where = f"{place}[{key}]" if isinstance(key, int) else f"{place}.{key}".removeprefix(".")
                if isinstance(inner, (dict, list)):
                    below.append((where, inner))
                elif not isinstance(inner, (int, float)):
                    return f"{where} is {type(inner).__name__}, which is nothing that a host sends"
                elif not math.isfinite(inner) if isinstance(inner, float) else not -_LARGEST < inner < _LARGEST:
                    return f"{where} is a number that is not finite, or too large"
        if not below:
            return None
        level = below
    return f"{level[0][0]} is nested too deep"


def _contradiction(facts: shapes.Facts) -> str | None:
    """Return what in facts of the right types makes no sense, or None."""
    addresses = set()
    for number, path in enumerate(facts["paths"]):
        if not _HCTL.fullmatch(path["hctl"]):
            return f"paths[{number}].hctl is {path['hctl']!r}; host:channel:target:LUN is needed"
        if path["wire"]["state"] == "other" and not path["wire"]["wwid"]:
            return f"paths[{number}].wire.wwid is empty, and another LUN answers"
        addresses.add(path["hctl"])
    for number, found_map in enumerate(facts["maps"]):
        if not found_map["wwid"]:
            return f"maps[{number}].wwid is empty"
        for place, hctl in enumerate(found_map["paths"]):
            if hctl not in addresses:
                return f"maps[{number}].paths[{place}] is {hctl!r}, which is none of the paths"
    for kind, names in (facts["host"].get("initiators") or {}).items():
        if kind in ("iqn", "wwpns") and not all(t.cast("list[str]", names)):
            return f"host.initiators.{kind} has an empty name"
    return None
