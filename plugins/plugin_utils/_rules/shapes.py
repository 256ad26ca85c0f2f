# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The shapes of rules and of what they find.

A rule looks at one host: its facts (the fact stale_mpath, as the module stale_mpath_facts documents it) and its policy
(as module_utils/_core/policy.py resolves it). An advisory is about an array or a cluster.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

# Facts come from hosts, and any of them may be missing or of another shape: the rules read them as they are.
Facts = Mapping[str, t.Any]
Policy = Mapping[str, t.Any]

Severity = t.Literal["critical", "warning", "info"]


class Observation(t.TypedDict, total=False):
    """What a check saw: a finding with subject, what and where, or what it could not see with unknown."""

    subject: str | None
    """The map, file, session or port that it is about."""
    what: str
    where: str | None
    """A file, perhaps with ":line"."""
    severity: str
    """Of this finding, where it is not the rule's."""
    unknown: str
    """Why something could not be checked; then subject is the part that it is about, or missing."""


Check = Callable[[Facts, Policy], Iterator[Observation]]


class _Texts(t.TypedDict):
    id: str
    """Stable: an id is never given to another rule."""
    severity: str
    title: str
    reason: str
    remedy: str


class AdvisoryRule(_Texts):
    """A rule about arrays or clusters."""


class Rule(_Texts):
    """A rule about a host."""

    needs: tuple[str, ...]
    """Keys of the facts, such as platform.lvm, without which it cannot be checked."""
    check: Check


class Finding(t.TypedDict):
    """What is wrong with a host, for the report."""

    rule: str
    severity: str
    subject: str | None
    what: str
    why: str
    remedy: str
    where: str | None


class Unchecked(t.TypedDict):
    """What of a rule could not be checked on a host, and why."""

    rule: str
    """The id of the rule. It gives no clean bill; it may have findings all the same."""
    subject: str | None
    """What of the host could not be checked. Null: all that the rule is about."""
    why: str
    """Why it could not be checked."""


class Risk(t.TypedDict):
    """A risk that an array or a cluster shows, once for the fleet."""

    rule: str
    """The id of the rule, such as MPC501."""
    severity: t.Annotated[str, Severity]
    """The severity of the risk."""
    subject: str
    """The object that it is about, such as a LUN or an initiator group."""
    what: str
    """What was found, such as: show 1 LUN (/vol/pve/disk1) to 3 initiators."""
    where: str
    """The array or the cluster."""
    hosts: list[str]
    """The hosts of the inventory that it concerns, sorted."""
    strangers: list[str]
    """The initiators that it concerns and that no audited host has, sorted."""


class Advisory(Risk):
    """A risk with the words of its rule."""

    why: str
    """Why it is a risk."""
    remedy: str
    """What to do."""


# (rule, subject, what, where, hosts, unknown initiators): what advisories.advisory takes.
Advice = tuple[str, str, str, str, Iterable[str], Iterable[str]]


def few(names: Collection[str], most: int = 3, total: int | None = None) -> str:
    """Return the first names in words, and how many more there are.

    Args:
        total: how many there are, where *names* are not all of them.
    """
    more = (len(names) if total is None else total) - most
    return ", ".join(list(names)[:most]) + (f" and {more} more" if more > 0 else "")


def count(number: int, noun: str) -> str:
    """Return "1 LUN" or "2 LUNs"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
