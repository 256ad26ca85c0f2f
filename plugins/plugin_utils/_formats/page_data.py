# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What fleet.html shows of a report, in the short form that a browser reads fast.

20,000 devices are 60 MB of fleet.json, and 8 MB here: records are rows of values (page_rows.py).
"""

from __future__ import annotations

import collections.abc as c
import json
import typing as t

from ansible_collections.sanops.multipath.plugins.module_utils._core import schema
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import damaged, page_rows
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import records, trend
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import rule_texts as report_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Report

_MAY_LACK = {"change": None, "exception": None}  # what a device or a finding has only where there is one


def of(report: Report) -> t.Any:
    """Return the page's data: {'columns': {kind: [name]}, 'types': {kind: [type]}, 'strings', 'report': {...}, and
    rows of 'hosts', 'devices', 'findings', 'arrays', 'advisories', 'exceptions', 'new', 'gone', 'rules', 'nights'}.
    """
    return json.loads("".join(pieces(report)))


def pieces(report: Report) -> c.Iterator[str]:
    """Yield the data as JSON piece by piece. Rows are kept as text: as lists they need ten times the memory."""
    dump = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode  # all but ASCII is escaped in it
    strings = page_rows.Strings()
    reported: dict[str, list[str]] = {"hosts": [], "devices": [], "findings": []}
    failed = set(damaged.texts(damaged.dictionary(_get(report, "compliance")).get("failed")))
    for number, host in enumerate(damaged.records(_get(report, "hosts"))):
        shown = {
            "hosts": [_host(host, failed)],
            "devices": list(_devices(host, number)),
            "findings": list(_findings(report, host, number)),
        }
        for kind, entries in shown.items():
            if entries:
                reported[kind].append(dump(strings.rows(kind, entries))[1:-1])
    for kind, rows in reported.items():
        yield f'{"{" if kind == "hosts" else ","}"{kind}":['
        for place, row in enumerate(rows):
            yield f",{row}" if place else row
        yield "]"
        rows.clear()
    rest = _rest(report, strings)
    yield f',{dump(rest)[1:-1]},"strings":[null'
    for string in strings.texts():
        yield f",{dump(string)}"
    yield "]}"


def _rest(report: Report, strings: page_rows.Strings) -> dict[str, t.Any]:
    """What is not of one host. (A report of a hostile host has no key of another type; a damaged file may.)"""
    changes = _get(report, "changes")
    rules = damaged.dictionary(_get(report, "rules"))
    tables = {
        "arrays": _get(report, "arrays"),
        "advisories": [_ruled(report, advisory) for advisory in damaged.records(_get(report, "advisories"))],
        "exceptions": _get(report, "exceptions"),
        "new": damaged.dictionary(changes).get("new"),
        "gone": damaged.dictionary(changes).get("gone"),
        "rules": list(_named(rules)),
        "nights": list(_nights(t.cast("dict[str, t.Any]", report))),
    }
    rest: dict[str, t.Any] = {kind: strings.rows(kind, damaged.records(entries)) for kind, entries in tables.items()}
    rest["report"] = {
        "docs": report_rules.DOCS,
        "fleet": strings.shown(_get(report, "fleet")),
        "generated_at": strings.shown(_get(report, "generated_at")),
        "since": strings.shown(damaged.dictionary(changes).get("since") or "") if changes else None,
        "still": damaged.number(damaged.dictionary(changes).get("still")),
        "fail_on": strings.shown(damaged.dictionary(_get(report, "compliance")).get("fail_on")),
        "versions": [
            [strings.shown(name), strings.shown(version)]
            for name, version in damaged.dictionary(_get(report, "generated_by")).items()
        ],
    }
    rest["columns"] = {kind: [column[1] for column in columns] for kind, columns in page_rows.PLAN.items()}
    rest["types"] = {kind: [column[0] for column in columns] for kind, columns in page_rows.PLAN.items()}
    return rest


def _nights(report: dict[str, t.Any]) -> c.Iterator[dict[str, t.Any]]:
    """The nights before a report, and its own; none where it is of a part of the hosts, and so of no trend."""
    if isinstance(report.get("trend"), list):
        yield from map(trend.row, (*damaged.records(report["trend"]), report))


def _named(rules: dict[str, t.Any]) -> c.Iterator[dict[str, t.Any]]:
    """The rules that a report names, in the order of the documentation, with the page that explains each."""
    every: dict[str, t.Any] = {**report_rules.OF_HOSTS, **report_rules.of_arrays()}
    for name, known in every.items():
        if name in rules:
            yield {
                **known,
                **damaged.dictionary(rules[name]),
                "id": name,
                "help": report_rules.page_of(name, known["title"]),
            }


def _get(report: Report, key: str) -> t.Any:
    return t.cast("dict[str, t.Any]", report).get(key)


def _host(host: dict[str, t.Any], failed: set[str]) -> dict[str, t.Any]:
    facts = damaged.dictionary(host.get("facts"))
    own, daemon = damaged.dictionary(facts.get("host")), damaged.dictionary(facts.get("multipathd"))
    names = damaged.dictionary(own.get("initiators"))
    return {
        **host,
        "fails": str(host.get("name")) in failed,
        "hostname": own.get("hostname"),
        "kernel": own.get("kernel"),
        "python": own.get("python"),
        "boot_id": own.get("boot_id"),
        "initiators": damaged.texts(names.get("iqn")) + damaged.texts(names.get("wwpns")),
        "daemon": daemon.get("running"),
        "daemon_version": daemon.get("version"),
        "quarantine": facts.get("quarantine"),
        "elapsed": facts.get("elapsed"),
        "incomplete": facts.get("incomplete"),
        "in_part": _in_part(facts.get("incomplete")),
        "sessions": facts.get("sessions"),
        "not_seen": _luns(host, damaged.texts(host.get("not_seen"))),
    }


def _in_part(gaps: t.Any) -> bool | None:
    """Whether gaps of a host leave its devices open; None: not known. As safety_limits.exceeded() has it."""
    if not isinstance(gaps, list):
        return None
    return any(not isinstance(gap, dict) or gap.get("what") not in schema.CONFIGURATION for gap in gaps)


def _devices(host: dict[str, t.Any], number: int) -> c.Iterator[dict[str, t.Any]]:
    """The devices with their LUNs and with whole paths.

    What is not a list is an empty one for the page, so what its script decides by is said here: `vetoed` is None where
    nobody knows the vetoes, a path is `unused` only where its users are known to be none, and `whole_paths` is False
    where what a path says is lost.
    """
    sessions = _sessions(host)
    for device in damaged.records(host.get("devices")):
        given = device.get("paths")
        paths = [_whole_path(path) for path in given] if isinstance(given, list) else []
        others = {damaged.text(path["wire"].get("wwid")) for path in paths if path["wire"].get("state") == "other"}
        yield {
            **_MAY_LACK,
            **device,
            "host": number,
            "luns": _luns(host, [damaged.text(device.get("wwid"))]),
            "answered_by": _luns(host, sorted(others)),
            "vetoed": bool(device["vetoes"]) if isinstance(device.get("vetoes"), list) else None,
            "whole_paths": isinstance(given, list)
            and all(isinstance(damaged.dictionary(path).get("wire"), dict) for path in given),
            "paths": list(records.paths(t.cast(t.Any, {**device, "paths": paths}), sessions)),
        }


def _whole_path(given: t.Any) -> dict[str, t.Any]:
    """A path that is damaged stays as one that says nothing: without it the others would be all there are."""
    path = damaged.dictionary(given)
    whole = {**path, "wire": damaged.dictionary(path.get("wire")), "unused": path.get("users") == []}
    return whole if isinstance(path.get("session"), int) else {**whole, "session": -1}


def _sessions(host: dict[str, t.Any]) -> dict[int, dict[str, t.Any]]:
    """As records.sessions_of(), of what may be damaged."""
    return {
        session["sid"]: {
            "target": session.get("target"),
            "portal": session.get("portal"),
            "session_state": session.get("state"),
        }
        for session in damaged.records(damaged.dictionary(host.get("facts")).get("sessions"))
        if isinstance(session.get("sid"), int)
    }


def _luns(host: dict[str, t.Any], wwids: list[str]) -> list[dict[str, t.Any]]:
    table = damaged.dictionary(host.get("luns"))
    return [{**lun, "wwid": wwid} for wwid in wwids for lun in damaged.records(table.get(wwid))]


def _findings(report: Report, host: dict[str, t.Any], number: int) -> c.Iterator[dict[str, t.Any]]:
    """A row for each subject of each finding."""
    for finding in damaged.records(host.get("findings")):
        ruled = {**_ruled(report, finding), "host": number}
        for subject in damaged.texts(finding.get("subjects")):
            yield {**ruled, "subject": subject}


def _ruled(report: Report, record: dict[str, t.Any]) -> dict[str, t.Any]:
    """A finding or an advisory with what its rule says."""
    rule = damaged.dictionary(damaged.dictionary(_get(report, "rules")).get(damaged.text(record.get("rule"))))
    return {**_MAY_LACK, **record, "why": rule.get("why"), "remedy": rule.get("remedy")}
