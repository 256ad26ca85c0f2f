# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The findings of a fleet for a person: each rule once, however many hosts and maps it is about. fleet.json has
every one.
"""

from __future__ import annotations

import collections.abc as c
import typing as t

from ansible_collections.sanops.multipath.plugins.module_utils._core import policy as core_policy
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import rule_texts as report_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import summary_end, text
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Advisory, Finding, Host, Rule
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import SEVERITIES

UNCHECKED = "unchecked"
_HOSTS, _SUBJECTS, _WHATS = 5, 3, 8  # named at most
_Said = tuple[str | None, str]
_Key = t.TypeVar("_Key")
_Record = t.TypeVar("_Record")


def lines(hosts: list[Host]) -> list[_Said]:
    """Return [(a severity, UNCHECKED or None: plain, text)]; nothing where there is nothing to tell. *hosts*: of the
    report.
    """
    found: dict[tuple[str, str], list[tuple[str, Finding]]] = {}
    for host in hosts:
        for finding in host["findings"]:
            found.setdefault((finding["severity"], finding["rule"]), []).append((host["name"], finding))
    unseen = [(host["name"], gap) for host in hosts for gap in host["not_checked"]]
    reported: list[_Said] = []
    if found or unseen:
        known = [(host["name"], _words(host["policy"])) for host in hosts if host["policy"]]
        for words, mine in _grouped(known, str):
            reported.append((None, f"Configuration of {_on(mine)}, checked against the policy {words}"))
    for severity in SEVERITIES:
        for identity, rule in report_rules.OF_HOSTS.items():
            if (severity, identity) in found:
                reported += _of_rule(f"{identity} {rule['title']}", rule, severity, found[severity, identity])
    for why, gaps in _grouped(unseen, lambda gap: gap["why"]):
        subjects = text.some(_distinct(gap["subject"] for dummy, gap in gaps if gap["subject"]), _SUBJECTS)
        rules = ", ".join(_distinct(gap["rule"] for dummy, gap in gaps))
        reported.append((UNCHECKED, f"  NOT CHECKED {rules} on {_on(gaps)}: {why}{subjects and f' ({subjects})'}"))
    return reported


def of_arrays(advisories: list[Advisory]) -> list[_Said]:
    """As lines(), of the advisories: what arrays and clusters themselves show."""
    reported: list[_Said] = []
    for identity, rule in report_rules.of_arrays().items():
        mine = [advisory for advisory in advisories if advisory["rule"] == identity]
        if not mine:
            continue
        reported.append((rule["severity"], f"  {rule['severity'].upper():<8} {identity} {rule['title']}"))
        for advisory in mine[:_WHATS]:
            touched = [text.some(advisory["hosts"], _HOSTS, "hosts")] if advisory["hosts"] else []
            if advisory["strangers"]:
                touched.append(f"of no audited host: {text.some(advisory['strangers'], _SUBJECTS)}")
            about = f" ({'; '.join(touched)})" if touched else ""
            reported.append((None, f"    what  {advisory['where']}, {advisory['subject']}: {advisory['what']}{about}"))
            if advisory.get("exception"):
                reported.append((None, f"    but   {summary_end.excused(advisory['exception'])}"))
        reported += _others(len(mine))
        reported += [(None, f"    why   {rule['why']}"), (None, f"    next  {rule['remedy']}")]
    return ([(None, "Arrays and clusters")] if reported else []) + reported


def _words(policy: dict[str, t.Any]) -> str:
    return ", ".join(f"{key} {policy[key] or 'any'}" for key in core_policy.KEYS)


def _of_rule(name: str, rule: Rule, severity: str, mine: list[tuple[str, Finding]]) -> c.Iterator[_Said]:
    yield severity, f"  {severity.upper():<8} {name}"
    groups = _grouped(mine, lambda finding: finding["what"])
    for what, some in groups[:_WHATS]:
        places = _distinct(finding["where"] for dummy, finding in some)
        where = places[0] if len(places) == 1 else None  # of many, fleet.json has each
        yield None, f"    what  {what}{f', {where}' if where and where not in what else ''}"
        subjects = _distinct(subject for dummy, finding in some for subject in finding["subjects"])
        yield None, f"    on    {_on(some)}: {text.some(subjects, _SUBJECTS)}"
        covered = [
            (name, summary_end.excused(finding["exception"])) for name, finding in some if "exception" in finding
        ]
        for excuse, excused in _grouped(covered, str):
            yield None, f"    but   {excuse}, on {_on(excused)}"
    yield from _others(len(groups))
    yield None, f"    why   {rule['why']}"
    yield None, f"    next  {rule['remedy']}"


def _others(count: int) -> list[_Said]:
    return [(None, f"    what {text.more(count, _WHATS)}, in fleet.json")] if count > _WHATS else []


def _on(pairs: list[tuple[str, t.Any]]) -> str:
    """The hosts of these pairs in words."""
    return text.some(_distinct(name for name, dummy in pairs), _HOSTS, "hosts")


def _grouped(
    pairs: list[tuple[str, _Record]], key: c.Callable[[_Record], _Key]
) -> list[tuple[_Key, list[tuple[str, _Record]]]]:
    """[(key, [pair, ...])] in the order in which each was first seen."""
    groups: dict[_Key, list[tuple[str, _Record]]] = {}
    for pair in pairs:
        groups.setdefault(key(pair[1]), []).append(pair)
    return list(groups.items())


def _distinct(words: c.Iterable[t.Any]) -> list[t.Any]:
    return list(dict.fromkeys(words))
