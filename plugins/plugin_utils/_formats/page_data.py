# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What fleet.html shows of a report, in the short form that a browser reads fast.

20,000 devices are 60 MB of fleet.json, and 8 MB here: records are rows of values in the order of COLUMNS, and each
text is there once and is named by its number in `strings`. Number 0 is null. Whatever is not of the type that it
should be is left out or made a text: the values are a host's or an array's word.
"""

from __future__ import annotations

import collections.abc as c
import json
import math
import operator
import typing as t

from ansible_collections.sanops.multipath.plugins.module_utils._core import schema
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge.shapes import Verdict
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import records, text, trend
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import rule_texts as report_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Report

# A column's type is the word before it: t a text, n a number, b true, false or null, l a list of texts, else a list
# of rows of that kind. After a colon, where its value is in a record of the report, if not under its own name.
COLUMNS = {
    "hosts": (
        "t name",
        "t state",
        "t compliance",
        "b fails",
        "t why",
        "t hostname",
        "t kernel",
        "t python",
        "t boot_id",
        "l initiators",
        "b daemon",
        "t daemon_version",
        "t quarantine",
        "n elapsed",
        "l groups",
        "gap incomplete",
        "b in_part",
        "session sessions",
        "lun not_seen",
        "unchecked not_checked",
    ),
    "devices": (
        "n host",
        "t kind",
        "t name",
        "t device",
        "t dev_t",
        "t wwid",
        "n size_bytes",
        "t vendor",
        "t product",
        "t verdict",
        "t reason",
        "t next",
        "b read_only",
        "b in_use",
        "b queueing",
        "t array:array.state",
        "t array_reason:array.reason",
        "t change",
        "exception exception",
        "user users",
        "lun luns",
        "lun answered_by",
        "l notes",
        "owner owners",
        "l vetoes",
        "b vetoed",
        "b whole_paths",
        "path paths",
    ),
    "findings": (
        "n host",
        "t rule",
        "t severity",
        "t subject",
        "t what",
        "t where",
        "t why",
        "t remedy",
        "t change",
        "exception exception",
    ),
    "gap": ("t what", "t why"),
    "session": ("t target", "t portal", "t state"),
    "unchecked": ("t rule", "t subject", "t why"),
    "lun": ("t name", "t svm", "t cluster", "t array", "t wwid", "t state", "n size", "mapping maps"),
    "mapping": ("t igroup", "t lun_id"),
    "user": ("t kind", "t detail"),
    "path": (
        "t sd",
        "t hctl",
        "t transport",
        "t target",
        "t portal",
        "t session_state",
        "t device_state",
        "t wwid",
        "t dm_state",
        "t checker_state",
        "b unused",
        "t wire:wire.state",
        "t wire_wwid:wire.wwid",
        "t sense:wire.sense",
        "t detail:wire.detail",
    ),
    "owner": ("t system", "t cluster", "t volume", "t namespace", "t claim", "l pods"),
    "advisories": (
        "t rule",
        "t severity",
        "t subject",
        "t what",
        "t where",
        "l hosts",
        "l strangers",
        "t why",
        "t remedy",
        "exception exception",
    ),
    "exception": ("t reason", "t owner", "t expires"),
    "arrays": (
        "t hostname",
        "t cluster",
        "t version",
        "l svms",
        "l wwid_prefixes",
        "t scope",
        "b complete",
        "t fetched_at",
        "t error",
        "gap not_checked",
    ),
    "exceptions": ("t rule", "t device", "l hosts", "t reason", "t owner", "t expires", "t state", "n matched"),
    "new": ("t kind", "t host", "t id", "t what"),
    "gone": ("t kind", "t host", "t id", "t what"),
    "rules": ("t id", "t severity", "t title", "t why", "t remedy", "t help"),
    "nights": ("t generated_at", "n hosts", "n unseen", "n in_part", *(f"n {word}" for word in t.get_args(Verdict))),
}
_LARGE = 1 << 63  # no size is: a longer number is somebody's joke
_MAY_LACK = {"change": None, "exception": None}  # what a device or a finding has only where there is one


def _column(column: str) -> tuple[str, str, str, str | None]:
    """(type, name, key, key in what is there or None)."""
    word, name = column.split()
    name, dummy, place = name.partition(":")
    key, dummy, inner = (place or name).partition(".")
    return word, name, key, inner or None


_PLAN = {kind: [_column(one) for one in columns] for kind, columns in COLUMNS.items()}


class _Kind(t.NamedTuple):
    """How rows of a kind are made of records: functions over all columns at once, since a large fleet has millions of
    values.
    """

    keys: tuple[str, ...]
    get: c.Callable[[dict[str, t.Any]], tuple[t.Any, ...]]
    inner: list[tuple[int, str]]  # place in the row, key in what is there
    others: list[tuple[int, str]]  # place in the row, type of what is no text
    texts: list[int]


def _kind(columns: list[tuple[str, str, str, str | None]]) -> _Kind:
    words, dummy, keys, inners = zip(*columns)
    return _Kind(
        keys,
        operator.itemgetter(*keys),
        [(place, inner) for place, inner in enumerate(inners) if inner],
        [(place, word) for place, word in enumerate(words) if word != "t"],
        [place for place, word in enumerate(words) if word == "t"],
    )


_KINDS = {kind: _kind(columns) for kind, columns in _PLAN.items()}


def of(report: Report) -> t.Any:
    """Return the page's data: {'columns': {kind: [name]}, 'types': {kind: [type]}, 'strings', 'report': {...}, and
    rows of 'hosts', 'devices', 'findings', 'arrays', 'advisories', 'exceptions', 'new', 'gone', 'rules', 'nights'}.
    """
    return json.loads("".join(pieces(report)))


def pieces(report: Report) -> c.Iterator[str]:
    """Yield the data as JSON piece by piece. Rows are kept as text: as lists they need ten times the memory."""
    dump = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode  # all but ASCII is escaped in it
    strings = _Strings()
    reported: dict[str, list[str]] = {"hosts": [], "devices": [], "findings": []}
    failed = set(_texts(_dict(_get(report, "compliance")).get("failed")))
    for number, host in enumerate(_records(_get(report, "hosts"))):
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


def _rest(report: Report, strings: _Strings) -> dict[str, t.Any]:
    """What is not of one host. (A report of a hostile host has no key of another type; a damaged file may.)"""
    changes = _get(report, "changes")
    rules = _dict(_get(report, "rules"))
    tables = {
        "arrays": _get(report, "arrays"),
        "advisories": [_ruled(report, advisory) for advisory in _records(_get(report, "advisories"))],
        "exceptions": _get(report, "exceptions"),
        "new": _dict(changes).get("new"),
        "gone": _dict(changes).get("gone"),
        "rules": list(_named(rules)),
        "nights": list(_nights(t.cast("dict[str, t.Any]", report))),
    }
    rest: dict[str, t.Any] = {kind: strings.rows(kind, _records(entries)) for kind, entries in tables.items()}
    rest["report"] = {
        "docs": report_rules.DOCS,
        "generated_at": strings.shown(_get(report, "generated_at")),
        "since": strings.shown(_dict(changes).get("since") or "") if changes else None,
        "still": _number(_dict(changes).get("still")),
        "fail_on": strings.shown(_dict(_get(report, "compliance")).get("fail_on")),
        "versions": [
            [strings.shown(name), strings.shown(version)]
            for name, version in _dict(_get(report, "generated_by")).items()
        ],
    }
    rest["columns"] = {kind: [column[1] for column in columns] for kind, columns in _PLAN.items()}
    rest["types"] = {kind: [column[0] for column in columns] for kind, columns in _PLAN.items()}
    return rest


def _nights(report: dict[str, t.Any]) -> c.Iterator[dict[str, t.Any]]:
    """The nights before a report, and its own; none where it is of a part of the hosts, and so of no trend."""
    if isinstance(report.get("trend"), list):
        yield from map(trend.row, (*_records(report["trend"]), report))


def _named(rules: dict[str, t.Any]) -> c.Iterator[dict[str, t.Any]]:
    """The rules that a report names, in the order of the documentation, with the page that explains each."""
    every: dict[str, t.Any] = {**report_rules.OF_HOSTS, **report_rules.of_arrays()}
    for name, known in every.items():
        if name in rules:
            yield {**known, **_dict(rules[name]), "id": name, "help": report_rules.page_of(name, known["title"])}


def _get(report: Report, key: str) -> t.Any:
    return t.cast("dict[str, t.Any]", report).get(key)


def _host(host: dict[str, t.Any], failed: set[str]) -> dict[str, t.Any]:
    facts = _dict(host.get("facts"))
    own, daemon = _dict(facts.get("host")), _dict(facts.get("multipathd"))
    names = _dict(own.get("initiators"))
    return {
        **host,
        "fails": str(host.get("name")) in failed,
        "hostname": own.get("hostname"),
        "kernel": own.get("kernel"),
        "python": own.get("python"),
        "boot_id": own.get("boot_id"),
        "initiators": _texts(names.get("iqn")) + _texts(names.get("wwpns")),
        "daemon": daemon.get("running"),
        "daemon_version": daemon.get("version"),
        "quarantine": facts.get("quarantine"),
        "elapsed": facts.get("elapsed"),
        "incomplete": facts.get("incomplete"),
        "in_part": _in_part(facts.get("incomplete")),
        "sessions": facts.get("sessions"),
        "not_seen": _luns(host, _texts(host.get("not_seen"))),
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
    for device in _records(host.get("devices")):
        given = device.get("paths")
        paths = [_whole_path(path) for path in given] if isinstance(given, list) else []
        others = {_text(path["wire"].get("wwid")) for path in paths if path["wire"].get("state") == "other"}
        yield {
            **_MAY_LACK,
            **device,
            "host": number,
            "luns": _luns(host, [_text(device.get("wwid"))]),
            "answered_by": _luns(host, sorted(others)),
            "vetoed": bool(device["vetoes"]) if isinstance(device.get("vetoes"), list) else None,
            "whole_paths": isinstance(given, list) and all(isinstance(_dict(path).get("wire"), dict) for path in given),
            "paths": list(records.paths(t.cast(t.Any, {**device, "paths": paths}), sessions)),
        }


def _whole_path(given: t.Any) -> dict[str, t.Any]:
    """A path that is damaged stays as one that says nothing: without it the others would be all there are."""
    path = _dict(given)
    whole = {**path, "wire": _dict(path.get("wire")), "unused": path.get("users") == []}
    return whole if isinstance(path.get("session"), int) else {**whole, "session": -1}


def _sessions(host: dict[str, t.Any]) -> dict[int, dict[str, t.Any]]:
    """As records.sessions_of(), of what may be damaged."""
    return {
        session["sid"]: {
            "target": session.get("target"),
            "portal": session.get("portal"),
            "session_state": session.get("state"),
        }
        for session in _records(_dict(host.get("facts")).get("sessions"))
        if isinstance(session.get("sid"), int)
    }


def _luns(host: dict[str, t.Any], wwids: list[str]) -> list[dict[str, t.Any]]:
    table = _dict(host.get("luns"))
    return [{**lun, "wwid": wwid} for wwid in wwids for lun in _records(table.get(wwid))]


def _findings(report: Report, host: dict[str, t.Any], number: int) -> c.Iterator[dict[str, t.Any]]:
    """A row for each subject of each finding."""
    for finding in _records(host.get("findings")):
        ruled = {**_ruled(report, finding), "host": number}
        for subject in _texts(finding.get("subjects")):
            yield {**ruled, "subject": subject}


def _ruled(report: Report, record: dict[str, t.Any]) -> dict[str, t.Any]:
    """A finding or an advisory with what its rule says."""
    rule = _dict(_dict(_get(report, "rules")).get(_text(record.get("rule"))))
    return {**_MAY_LACK, **record, "why": rule.get("why"), "remedy": rule.get("remedy")}


class _Numbers(dict[t.Any, int]):
    """The number of each text; a text that is not there yet gets the next one, and what is no text becomes one."""

    def __missing__(self, value: t.Any) -> int:
        if isinstance(value, str):
            self[value] = number = len(self)
            return number
        return self[str(value)]


class _Strings:
    """Rows of records, and every text of them once."""

    def __init__(self) -> None:
        self._numbers = _Numbers({None: 0})
        self._number: c.Callable[[t.Any], int] = self._numbers.__getitem__

    def texts(self) -> c.Iterator[str]:
        """Each text, in the order of their numbers from 1 on; number 0 is null."""
        return (text.printable(string) for string in self._numbers if string is not None)

    @staticmethod
    def shown(value: t.Any) -> str | None:
        """One text that is not in a row."""
        return None if value is None else text.printable(_text(value))

    def rows(self, kind: str, entries: c.Iterable[dict[str, t.Any]]) -> list[list[t.Any]]:
        keys, get, inners, others, texts = _KINDS[kind]
        made = []
        for record in entries:
            try:
                row = list(get(record))
            except KeyError:
                row = [record.get(key) for key in keys]
            for place, inner in inners:
                row[place] = row[place].get(inner) if isinstance(row[place], dict) else None
            try:
                numbers = list(map(self._number, row if not others else [row[place] for place in texts]))
            except TypeError:  # a list or a dictionary
                numbers = [self._number_of(row[place]) for place in texts]
            if others:
                for place, number in zip(texts, numbers):
                    row[place] = number
            else:
                row = numbers
            for place, word in others:
                row[place] = self._value(word, row[place])
            made.append(row)
        return made

    def _value(self, kind: str, value: t.Any) -> t.Any:
        if kind == "n":
            return _number(value)
        if kind == "b":
            return value if isinstance(value, bool) else None
        if kind == "exception":  # at most one: a row or null
            return self.rows(kind, [value])[0] if isinstance(value, dict) else None
        if not value:
            return []
        if kind == "l":
            return [self._number_of(each) for each in _texts(value)]
        return self.rows(kind, _records(value))

    def _number_of(self, value: t.Any) -> int:
        return self._number(value if value is None or isinstance(value, str) else str(value))


def _text(value: t.Any) -> str:
    return value if isinstance(value, str) else str(value)


def _number(value: t.Any) -> float | None:
    """*value* as JSON can hold it and JavaScript can show it, or None."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < _LARGE else None
    return value if isinstance(value, float) and math.isfinite(value) else None


def _dict(value: t.Any) -> dict[str, t.Any]:
    return value if isinstance(value, dict) else {}


def _records(value: t.Any) -> list[dict[str, t.Any]]:
    return [record for record in value if isinstance(record, dict)] if isinstance(value, list) else []


def _texts(value: t.Any) -> list[str]:
    return [_text(each) for each in value if each is not None] if isinstance(value, list) else []
