# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The hosts in the summary of a report, the most urgent first: of each kind the first few in full, and how many more.

A fleet of thousands would else fill the terminal with what scrolls by; fleet.json and the page have all of it.
"""

from __future__ import annotations

import collections
import collections.abc as c

from ansible_collections.sanops.multipath.plugins.module_utils._core import verdict as core_verdict
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import device_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet, records, summary_end
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Device, Host
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.text import lun_words
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import SEVERITIES

ALARM, WARNING, GOOD, PLAIN = summary_end.ALARM, summary_end.WARNING, summary_end.GOOD, summary_end.PLAIN
# The importance of a device's line, by its verdict.
IMPORTANCE: dict[str | None, str] = {
    "recycled": ALARM,
    "conflict": ALARM,
    "stale": WARNING,
    "outage": WARNING,
    "unproven": WARNING,
    "unknown": WARNING,
    "degraded": WARNING,
}
MOST = 10  # devices of one verdict, and hosts of one kind, that are shown
_HEALTHY = "healthy"
_NOT_AUDITED, _INCOMPLETE, _GOOD = "not audited", "incomplete", "good"
_Said = tuple[str, str]  # importance, text


def lines(hosts: c.Sequence[Host]) -> c.Iterator[_Said]:
    """Yield (importance, text). *hosts*: of the report."""
    shown: collections.Counter[str] = collections.Counter()
    left: dict[str, list[str]] = {}  # by verdict or kind of host, the names of the hosts of what is not shown
    for host in sorted(hosts, key=_urgency):
        devices = []
        for device in _bad(host):
            if shown[device["verdict"]] < MOST:
                shown[device["verdict"]] += 1
                devices.append(device)
            else:
                left.setdefault(device["verdict"], []).append(host["name"])
        kind = _kind(host)
        if kind:
            if shown[kind] >= MOST:
                left.setdefault(kind, []).append(host["name"])
                continue
            shown[kind] += 1
        elif not devices:
            if host["why"]:
                left.setdefault(_INCOMPLETE, []).append(host["name"])
            continue
        yield PLAIN, ""
        yield from _host(host, devices)
    if left:
        yield PLAIN, ""
    for kind, names in left.items():
        yield from _more(kind, names)


def _bad(host: Host) -> list[Device]:
    return [device for device in host["devices"] if device["verdict"] != _HEALTHY]


def _kind(host: Host) -> str | None:
    """What a host is counted as, None for one that is counted by its devices."""
    if host["facts"] is None:
        return _NOT_AUDITED
    if _bad(host):
        return None
    return _INCOMPLETE if host["why"] else _GOOD


def _urgency(host: Host) -> tuple[float, bool]:
    """The place of a host: by its worst device. One of which nothing is known comes right after the alarms, one that
    was read only in part before those of its kind.
    """
    verdicts = core_verdict.VERDICTS
    if host["facts"] is None:
        return sum(IMPORTANCE.get(verdict) == ALARM for verdict in verdicts) - 0.5, False
    return min((verdicts.index(device["verdict"]) for device in _bad(host)), default=len(verdicts)), not host["why"]


def _more(kind: str, names: list[str]) -> c.Iterator[_Said]:
    number, hosts = len(names), len(set(names))
    more = f"{number} more host{'s' * (number != 1)}"
    if kind == _GOOD:
        yield GOOD, f"{more}: every device is healthy, or there is none."
    elif kind in (_NOT_AUDITED, _INCOMPLETE):
        yield ALARM if kind == _NOT_AUDITED else WARNING, f"{more} {kind}, in fleet.json."
    else:
        yield IMPORTANCE[kind], f"{number} more {kind} on {hosts} host{'s' * (hosts != 1)}, in fleet.json."


def _host(host: Host, devices: c.Iterable[Device]) -> c.Iterator[_Said]:
    """A host, and these of its devices."""
    if host["facts"] is None:
        yield ALARM, f"{host['name']}  NOT AUDITED ({host['state']}): {host['why']}"
        return
    counts = fleet.count(device["verdict"] for device in host["devices"])
    reported = ", ".join(f"{counts[verdict]} {verdict}" for verdict in core_verdict.VERDICTS if verdict in counts)
    counts = fleet.count(finding["severity"] for finding in host["findings"] for dummy in finding["subjects"])
    found = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if severity in counts)
    yield (
        WARNING if _bad(host) or host["why"] or host["findings"] or host["not_checked"] else GOOD,
        f"{host['name']}  {reported or 'no SAN device'}  (asked in {host['facts']['elapsed']:.1f} s)"
        f"{found and f'  findings: {found}'}",
    )
    if host["why"]:
        yield WARNING, f"    incomplete: {host['why']}"
    for device in devices:
        yield from _device(host, device)


def _device(host: Host, device: Device) -> c.Iterator[_Said]:
    names = [path["sd"] or path["hctl"] for path in device["paths"] if device["kind"] == "map"]
    where = " ".join([device["device"] or "-", *names])
    title = "  ".join(filter(None, dict.fromkeys((device["name"], device["wwid"]))))
    yield IMPORTANCE[device["verdict"]], f"  {device['verdict'].upper():<9} {title}  {where}"
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
