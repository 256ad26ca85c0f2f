# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The summary of a report, which a person reads."""

from __future__ import annotations

import collections.abc as c
import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._report import findings, summary_end, summary_hosts
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Host, Line, Report
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.text import printable
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories_targets

# A line's importance; the action plugin turns it into a colour.
ALARM, WARNING, GOOD, PLAIN = summary_end.ALARM, summary_end.WARNING, summary_end.GOOD, summary_end.PLAIN
_IMPORTANCE: dict[str | None, str] = {
    **summary_hosts.IMPORTANCE,
    "critical": ALARM,
    "warning": WARNING,
    "info": PLAIN,
    findings.UNCHECKED: WARNING,
}
_NONE_CONFIGURED = (
    "No array was asked, for none is configured (audit_arrays, audit_array_views): nothing can be proven stale, and no "
    "host is called compliant."
)
_NOT_ALL_LISTED = (
    "Not all arrays were listed: a device that they would have to vouch for is at most unproven, never stale, and a "
    "host at most incomplete, never compliant."
)
_NOTHING_TO_ASK = (
    "No array was asked, for there was nothing to ask about: no host that was audited has a SAN device, or a name by "
    "which an array could know it (iSCSI, FC). No host is called compliant."
)
_Said = tuple[str, str]  # importance, text


def summary(report: Report) -> c.Iterator[Line]:
    """Yield the report as lines for a terminal, no control characters in them whatever a host or an array sent."""
    for importance, text in _lines(report):
        yield {"text": printable(text), "importance": importance}


def closing(report: Report) -> list[str]:
    """Return what the summary ends with, whatever else it has: who complies, and the counts."""
    return [printable(text) for text in (summary_end.compliance_line(report["compliance"])[1], _totals(report))]


def known_to_arrays(host: Host) -> bool:
    """Whether a host has what arrays are asked about: where one is configured, it is asked then."""
    return bool(host["devices"] or host["facts"] and any(host["facts"]["host"]["initiators"].values()))


def _lines(report: Report) -> c.Iterator[_Said]:
    for array in report["arrays"]:
        yield from _array(array)
    if not all(array["complete"] for array in report["arrays"]):
        yield WARNING, _NOT_ALL_LISTED
    if not report["arrays"]:
        yield WARNING, _NONE_CONFIGURED if any(map(known_to_arrays, report["hosts"])) else _NOTHING_TO_ASK
    # What the verdicts below lack.
    first = [advisory for advisory in report["advisories"] if advisory["rule"] == advisories_targets.UNOWNED]
    yield from _important(findings.of_arrays(first))
    yield from summary_hosts.lines(report["hosts"])
    others = [advisory for advisory in report["advisories"] if advisory["rule"] != advisories_targets.UNOWNED]
    for block in (findings.lines(report["hosts"]), findings.of_arrays(others)):
        if block:
            yield PLAIN, ""
        yield from _important(block)
    yield PLAIN, ""
    yield from summary_end.lines(report)
    yield PLAIN, _totals(report)


def _important(block: list[tuple[str | None, str]]) -> c.Iterator[_Said]:
    for word, text in block:
        yield _IMPORTANCE.get(word, PLAIN), text


def _totals(report: Report) -> str:
    nouns = {"hosts": "host", "verdicts": "device", "findings": "finding", "advisories": "advisory"}
    counted = [
        f"{_tally(report['totals'][key], noun)}."
        for key, noun in nouns.items()
        if key != "advisories" or report["advisories"]
    ]
    name = report.get("fleet")
    return " ".join([f"Fleet {name}.", *counted] if name else counted)


def _array(array: dict[str, t.Any]) -> c.Iterator[_Said]:
    name = f"array {array['hostname']}"
    if array["cluster"]:
        name += f" ({array['cluster']}, ONTAP {array['version']})"
    if not array["complete"]:
        yield ALARM, f"{name}: NOT LISTED: {array['error']}"
        return
    prefixes = array.get("wwid_prefixes")
    whose = ", ".join(array["svms"])
    if prefixes:
        whose = "the WWIDs " + ", ".join(f"{prefix}..." for prefix in prefixes)
    yield PLAIN, f"{name}: complete listing of {whose}, {array['fetched_at']}"
    for gap in array.get("not_checked", []):
        yield WARNING, f"  NOT CHECKED for advice: {gap['what']}: {gap['why']}"


def _tally(counts: dict[str, int], noun: str) -> str:
    total = sum(counts.values())
    nouns = noun if total == 1 else f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    reported = ", ".join(f"{counts[word]} {word}" for word in sorted(counts))
    return f"{total} {nouns}{reported and f': {reported}'}"
