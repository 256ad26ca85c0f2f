# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What has changed since the report before: the problems that are new, gone and still there, and the hosts that
came, went or were lost.

Missing evidence is no change for the better: what belonged to a host, or was found by a rule, that could not be
looked at now is not gone.
"""

from __future__ import annotations

import collections.abc as c
import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import (
    Changes,
    Device,
    Entry,
    Finding,
    Host,
    Report,
)

NEW, STILL = "new", "still"
_Record = t.TypeVar("_Record", Device, Finding)


def compare(report: Report, former: t.Any) -> Report:
    """Return a report with `changes`, and `change` (NEW or STILL) of what is bad and was compared. The given ones
    stay as they are; what does not change is shared.

    *former*: the report before, of which outline() of each host is enough, or None where there is none. A device is
    known by its WWID, a finding by its rule, its subject and what was found; only devices that are not healthy are
    listed. Raises what a walk through another shape raises.
    """
    if former is None:
        return {**report, "hosts": [_unmarked(host) for host in report["hosts"]], "changes": None}
    before = {host["name"]: host for host in former["hosts"]}
    changes: Changes = {"since": former["generated_at"], "new": [], "gone": [], "still": 0}
    hosts = [_host(host, before.get(host["name"]), changes) for host in report["hosts"]]
    names = {host["name"] for host in hosts}
    changes["gone"] += [
        _of_host(name, f"it is not in this report; it was {_said(before[name])}")
        for name in sorted(before)
        if name not in names
    ]
    return {**report, "hosts": hosts, "changes": changes}


def outline(host: Host) -> dict[str, t.Any]:
    """Return a host with no more than what compare() asks of a report before: of a large fleet, a tenth of it."""
    return {
        "name": host["name"],
        "state": host["state"],
        "facts": None if host["facts"] is None else {},
        "devices": [
            {"kind": device["kind"], "name": device["name"], "wwid": device["wwid"], "verdict": device["verdict"]}
            for device in host["devices"]
        ],
        "findings": [
            {"rule": finding["rule"], "subjects": finding["subjects"], "what": finding["what"]}
            for finding in host["findings"]
        ],
    }


def _unmarked(host: Host) -> Host:
    """A host that is compared with nothing."""
    marked = any(device.get("change") for device in host["devices"]) or any(
        finding.get("change") for finding in host["findings"]
    )
    if not marked:
        return host
    devices = [_marked(device, None) for device in host["devices"]]
    return {**host, "devices": devices, "findings": _united(host["findings"])}


def _united(findings: list[Finding]) -> list[Finding]:
    """Return the findings without `change`; findings that differ in nothing else are one again."""
    found: dict[tuple[t.Any, ...], Finding] = {}
    for finding in findings:
        key = finding["rule"], finding["severity"], finding["what"], finding["where"]
        if key in found:
            found[key] = {**found[key], "subjects": found[key]["subjects"] + finding["subjects"]}
        else:
            found[key] = _marked(finding, None)
    return list(found.values())


def _host(host: Host, was: t.Any, changes: Changes) -> Host:
    """A host with `change` of its devices and findings. What is new, gone and still there is added to *changes*."""
    _say_host(changes, host, was)
    host = _unmarked(host)
    # Of a host that nobody could look at, then or now, nothing is new and nothing is gone.
    if not was or not _known(was) or not _known(host):
        return host
    devices = _devices(host, was, changes)
    findings = _findings(host, was, changes)
    changes["still"] += sum(device.get("change") == STILL for device in devices)
    changes["still"] += sum(len(finding["subjects"]) for finding in findings if finding.get("change") == STILL)
    return {**host, "devices": devices, "findings": findings}


def _devices(host: Host, was: t.Any, changes: Changes) -> list[Device]:
    verdicts: dict[tuple[str, str], list[str]] = {}
    for former in was["devices"]:
        verdicts.setdefault(_device(former), []).append(former["verdict"])
    devices = [_marked(device, _change_of(device, verdicts.get(_device(device), []))) for device in host["devices"]]
    for device in devices:
        if device.get("change") == NEW:
            what = _new(device, verdicts.get(_device(device)))
            changes["new"].append(_entry("device", host, _id(device), what))
    sick = {_device(device) for device in devices if device.get("change")}
    there = {_device(device) for device in devices}
    for former in was["devices"]:
        if former["verdict"] != "healthy" and _device(former) not in sick:
            sick.add(_device(former))  # two disks of one LUN are listed once
            now = "healthy" if _device(former) in there else "gone"
            what = f"{_title(former)} was {former['verdict']} and is {now}"
            changes["gone"].append(_entry("device", host, _id(former), what))
    return devices


def _findings(host: Host, was: t.Any, changes: Changes) -> list[Finding]:
    earlier = set(_each(was["findings"]))
    findings: list[Finding] = []
    for finding in host["findings"]:
        reported: dict[str, list[str]] = {NEW: [], STILL: []}
        for subject in finding["subjects"]:
            known = (finding["rule"], subject, finding["what"]) in earlier
            reported[STILL if known else NEW].append(subject)
        findings += [
            {**finding, "subjects": subjects, "change": change} for change, subjects in reported.items() if subjects
        ]
        changes["new"] += [
            _entry("finding", host, finding["rule"], _sentence(finding["rule"], subject, finding["what"]))
            for subject in reported[NEW]
        ]
    now = set(_each(host["findings"]))
    changes["gone"] += [
        _entry("finding", host, rule, _sentence(rule, subject, what))
        for rule, subject, what in _each(was["findings"])
        if (rule, subject, what) not in now and _looked_at(host, rule, subject)
    ]
    return findings


def _each(findings: t.Any) -> c.Iterator[tuple[str, str, str]]:
    """What each finding is known by, from report to report, for each of its subjects."""
    for finding in findings:
        for subject in finding["subjects"]:
            yield finding["rule"], subject, finding["what"]


def _marked(record: _Record, change: str | None) -> _Record:
    """A device or a finding with its change, if there is one."""
    marked: t.Any = record
    if marked.get("change") != change:
        marked = {key: value for key, value in record.items() if key != "change"}
        marked.update({"change": change} if change else {})
    return t.cast(_Record, marked)


def _say_host(changes: Changes, host: Host, was: t.Any) -> None:
    """What became of the host itself: one that came, or that nobody could look at, then or now."""
    name, now = host["name"], _said(host)
    if was is None:
        changes["new"].append(_of_host(name, f"it was not in the report before; it is {now}"))
    elif _said(was) != now:
        changes["gone" if _known(host) else "new"].append(_of_host(name, f"it was {_said(was)} and is {now}"))


def _known(host: t.Any) -> bool:
    return host["facts"] is not None


def _said(host: t.Any) -> str:
    """What the report says of a host as a whole, in the words in which a change counts."""
    if _known(host):
        return "audited"
    return "unreachable" if host["state"] == "unreachable" else "not audited"


def _change_of(device: Device, verdicts: list[str]) -> str | None:
    if not compliance.problem(device):
        return None
    return STILL if device["verdict"] in verdicts else NEW


def _new(device: Device, verdicts: list[str] | None) -> str:
    was = f" was {verdicts[0]} and" if verdicts else ""
    return f"{_title(device)}{was} is {device['verdict']}: {device['reason']}"


def _looked_at(host: Host, rule: str, subject: str) -> bool:
    """Whether what a rule found before could have been found again."""
    return not any(gap["rule"] == rule and gap["subject"] in (None, subject) for gap in host["not_checked"])


def _device(device: t.Any) -> tuple[str, str]:
    """What a device is known by, from boot to boot."""
    return device["kind"], _id(device)


def _id(device: t.Any) -> str:
    return str(device["wwid"] or device["name"])


def _title(device: t.Any) -> str:
    name = str(device["name"])
    return name if device["wwid"] in (None, name) else f"{name} ({device['wwid']})"


def _sentence(rule: str, subject: str, what: str) -> str:
    return f"{rule}, {subject}: {what}"


def _of_host(name: str, what: str) -> Entry:
    return {"kind": "host", "host": name, "id": name, "what": what}


def _entry(kind: str, host: Host, identity: str, what: str) -> Entry:
    return {"kind": kind, "host": host["name"], "id": identity, "what": what}
