# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What would make an audit worthless, or leave a part of it out, known before it runs."""

from __future__ import annotations

import collections.abc as c
import typing as t

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import access
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import Array
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.shapes import ArrayAccess
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import facts as judge_facts
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import hosts as judge_hosts
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.text import printable, some

NO_ARRAY = "No array is configured: set audit_arrays (ONTAP) or audit_array_views. Without one nothing is ever stale."
_MOST_NAMES = 5


class Preflight(t.NamedTuple):
    """What was found before an audit."""

    lines: list[str]
    """For a person, the most important first."""
    problems: list[str]
    """Why an audit would be worthless, sentences. Empty where it would not be."""
    not_audited: dict[str, str]
    """By host that cannot be audited, why."""
    unowned: dict[str, list[str]]
    """By target that no configured array has, the hosts with a path to it."""


def outcome(
    results: c.Mapping[str, t.Any],
    arrays: c.Sequence[tuple[Array, ArrayAccess]],
    views: c.Sequence[c.Mapping[str, t.Any]],
) -> Preflight:
    """Return what was found.

    Args:
        results: by host, the registered result of stale_mpath_facts, or anything that shows why there is none.
        arrays: each array, and what access.checked returned of it.
        views: of _arrays/views.py.
    """
    outlined = judge_hosts.outlines(results)
    lost = {name: str(host.why) for name, host in outlined.items() if not host.can_be_judged}
    usable = [name for name in outlined if name not in lost]
    in_part = {name: str(outlined[name].why) for name in usable if outlined[name].why}
    targets = {name: _targets(results[name]) for name in usable}
    owned = [known["targets"] for dummy, known in arrays] + [view["array"]["targets"] or [] for view in views]
    # Where the targets of an array are not known, nobody can say which target is of no array.
    known_to_all = all(access.knows_targets(known) for dummy, known in arrays) and all(
        view["array"]["targets"] is not None for view in views
    )
    unowned = access.unowned(targets, owned) if known_to_all else {}
    problems = [] if arrays or views else [NO_ARRAY]
    problems += [why for array, known in arrays for why in [access.problem(array, known)] if why]
    if not usable:
        problems.append(f"None of the {len(results)} hosts can be audited.")
    elif all(_is_silent(results[name]) for name in usable):
        problems.append(f"The wire can be asked on no host: {next(iter(in_part.values()))}.")
    reached = {name for names in targets.values() for name in names}
    if reached and reached == set(unowned) and owned:
        problems.append(f"No configured array has a target of these hosts, such as {min(reached)}.")
    hosts = [*_of_hosts(lost, in_part, len(results)), *_of_targets(targets, unowned, known_to_all)]
    lines = [*(line for array, known in arrays for line in array_lines(array, known)), *hosts]
    return Preflight([printable(line) for line in lines], problems, lost, unowned)


def _is_silent(result: t.Any) -> bool:
    """Whether no path of a host could be asked, as without root or without the sg driver. A path that is lost is not
    asked either, and one that is silent was.
    """
    facts = judge_facts.unchecked(result)
    states = {path["wire"]["state"] for path in facts["paths"]}
    asked = states - {"unreadable", "unreachable"}
    return "unreadable" in states and not asked and any(gap["what"] == "wire" for gap in facts["incomplete"])


def _targets(result: t.Any) -> set[str]:
    """The names of the targets that the paths and sessions of a host lead to."""
    facts = judge_facts.unchecked(result)
    names = {path["target"] for path in facts["paths"]} | {session["target"] for session in facts["sessions"]}
    return {identity.normal_initiator(name) for name in names if name}


def _of_hosts(lost: c.Mapping[str, str], in_part: c.Mapping[str, str], number: int) -> c.Iterator[str]:
    yield f"{number - len(lost)} of {number} hosts can be audited."
    for why, names in _by_reason(lost):
        yield f"  CANNOT BE AUDITED: {some(names, _MOST_NAMES)}: {why.rstrip('.')}."
    for why, names in _by_reason(in_part):
        yield f"  ONLY IN PART: {some(names, _MOST_NAMES)}: {why.rstrip('.')}."


def _of_targets(
    targets: c.Mapping[str, set[str]], unowned: c.Mapping[str, list[str]], known_to_all: bool
) -> c.Iterator[str]:
    if not known_to_all:
        yield "  Which targets no array owns is not known: the targets of an array or a view above could not be read."
    for target, names in unowned.items():
        on = some(names, _MOST_NAMES)
        yield f"  NO CONFIGURED ARRAY owns {target}, a target of {on}: name its array in audit_arrays."
    idle = [name for name, found in targets.items() if not found]
    if idle:
        yield f"  No SAN path and no iSCSI session: {some(idle, _MOST_NAMES)}."


def _by_reason(reasons: c.Mapping[str, str]) -> c.Iterable[tuple[str, list[str]]]:
    grouped: dict[str, list[str]] = {}
    for name, why in reasons.items():
        grouped.setdefault(why, []).append(name)
    return grouped.items()


def array_lines(array: Array, known: ArrayAccess) -> c.Iterator[str]:
    """Yield in lines whether an array can be used, and what its account lacks. *known*: of access.checked()."""
    about = ", ".join(word for word in (known["cluster"], known["version"] and f"ONTAP {known['version']}") if word)
    problem = access.problem(array, known)
    if problem:
        yield f"{'COULD NOT BE TRIED' if known['undecided'] else 'NOT USABLE'}: {problem}"
    else:
        yield f"{array.label}{f' ({about})' if about else ''}: all that a verdict needs can be read."
    if known["denied_advice"]:
        yield f"  Left out without access to {', '.join(known['denied_advice'])}: names of SVMs, advisories."
    for why in known["left_out"]:
        yield f"  Left out: {why}"
    for command in known["commands"]:
        yield f"  {command}"
