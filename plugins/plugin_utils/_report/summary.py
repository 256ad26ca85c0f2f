# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The summary of a report, which a person reads."""

from __future__ import annotations

import collections.abc as c
import typing as t

from ansible_collections.sanops.multipath.plugins.module_utils._core import verdict as core_verdict
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import device_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import findings, fleet, records, summary_end
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Device, Host, Line, Report
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.text import lun_words, printable
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories_targets
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import SEVERITIES

# A line's importance; the action plugin turns it into a colour.
ALARM, WARNING, GOOD, PLAIN = summary_end.ALARM, summary_end.WARNING, summary_end.GOOD, summary_end.PLAIN
_IMPORTANCE: dict[str | None, str] = {
    "recycled": ALARM,
    "conflict": ALARM,
    "stale": WARNING,
    "outage": WARNING,
    "unproven": WARNING,
    "unknown": WARNING,
    "degraded": WARNING,
    "critical": ALARM,
    "warning": WARNING,
    "info": PLAIN,
    findings.UNCHECKED: WARNING,
}
_NONE_CONFIGURED = (
    "No array was asked, for none is configured (audit_arrays, audit_array_views): nothing can be proven stale, and no "
    "host is called compliant."
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


def _known_to_arrays(host: Host) -> bool:
    """Whether a host has what arrays are asked about: where one is configured, it is asked then."""
    return bool(host["devices"] or host["facts"] and any(host["facts"]["host"]["initiators"].values()))


def _lines(report: Report) -> c.Iterator[_Said]:
    for array in report["arrays"]:
        yield from _array(array)
    if not report["arrays"]:
        yield WARNING, _NONE_CONFIGURED if any(map(_known_to_arrays, report["hosts"])) else _NOTHING_TO_ASK
    # What the verdicts below lack.
    first = [advisory for advisory in report["advisories"] if advisory["rule"] == advisories_targets.UNOWNED]
    yield from _important(findings.of_arrays(first))
    for host in report["hosts"]:
        yield PLAIN, ""
        yield from _host(host)
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
    return " ".join(
        f"{_tally(report['totals'][key], noun)}."
        for key, noun in nouns.items()
        if key != "advisories" or report["advisories"]
    )


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


def _host(host: Host) -> c.Iterator[_Said]:
    if host["facts"] is None:
        yield ALARM, f"{host['name']}  NOT AUDITED ({host['state']}): {host['why']}"
        return
    counts = fleet.count(device["verdict"] for device in host["devices"])
    reported = ", ".join(f"{counts[verdict]} {verdict}" for verdict in core_verdict.VERDICTS if verdict in counts)
    bad = [device for device in host["devices"] if device["verdict"] != "healthy"]
    counts = fleet.count(finding["severity"] for finding in host["findings"] for dummy in finding["subjects"])
    found = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if severity in counts)
    yield (
        WARNING if bad or host["why"] or host["findings"] or host["not_checked"] else GOOD,
        f"{host['name']}  {reported or 'no SAN device'}  (asked in {host['facts']['elapsed']:.1f} s)"
        f"{found and f'  findings: {found}'}",
    )
    if host["why"]:
        yield WARNING, f"    incomplete: {host['why']}"
    for device in bad:
        yield from _device(host, device)


def _device(host: Host, device: Device) -> c.Iterator[_Said]:
    names = [path["sd"] or path["hctl"] for path in device["paths"] if device["kind"] == "map"]
    where = " ".join([device["device"] or "-", *names])
    title = "  ".join(filter(None, dict.fromkeys((device["name"], device["wwid"]))))
    yield _IMPORTANCE[device["verdict"]], f"  {device['verdict'].upper():<9} {title}  {where}"
    yield PLAIN, f"    why   {device['reason']}"
    for note in device["notes"]:
        yield WARNING, f"    note  {note}"
    if device.get("exception"):
        yield PLAIN, f"    but   {summary_end.excused(device['exception'])}"
    for lun in records.luns_of(host, device):
        yield PLAIN, f"    LUN   {lun_words(lun)}"
    for lun in records.answering(host, device):
        yield ALARM, f"    there {lun_words(lun)} answers now"
    for owner in device["owners"]:
        yield PLAIN, f"    owner {device_owners.words(owner)}"
    for veto in device["vetoes"]:
        yield WARNING, f"    veto  {veto}"
    for user in device["users"]:
        importance = ALARM if device["verdict"] == "recycled" else PLAIN
        yield importance, f"    used  {user['kind']}: {user['detail']}"
    if device["in_use"] is None:
        yield WARNING, "    used  not known: the users could not be read"
    if device["next"]:
        yield PLAIN, f"    next  {device['next']}"


def _tally(counts: dict[str, int], noun: str) -> str:
    total = sum(counts.values())
    nouns = noun if total == 1 else f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    reported = ", ".join(f"{counts[word]} {word}" for word in sorted(counts))
    return f"{total} {nouns}{reported and f': {reported}'}"
