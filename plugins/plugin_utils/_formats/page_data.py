# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What fleet.html shows of a report, in the short form that a browser reads fast.

20,000 devices are 60 MB of fleet.json, and 8 MB here: records are rows of values in the order of COLUMNS, and each
text is there once and is named by its number in `strings`. Number 0 is null. Whatever is not of the type that it
should be is left out or made a text: the values are a host's or an array's word.
"""

import math

from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import table as rule_table

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
        "t boot_id",
        "l initiators",
        "b daemon",
        "t daemon_version",
        "t quarantine",
        "n elapsed",
        "gap incomplete",
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
        "lun luns:array.luns",
        "lun answered_by",
        "l notes",
        "owner owners",
        "l vetoes",
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
    "rules": ("t id", "t severity", "t title"),
}
_LARGE = 1 << 63  # no size is: a longer number is somebody's joke


def _column(text):
    """(type, name, key, key in what is there or None)."""
    word, name = text.split()
    name, dummy, place = name.partition(":")
    key, dummy, inner = (place or name).partition(".")
    return word, name, key, inner or None


_PLAN = {kind: [_column(one) for one in columns] for kind, columns in COLUMNS.items()}


def of(report):
    """The page's data: {'columns': {kind: [name]}, 'types': {kind: [type]}, 'strings', 'report': {...}, and rows of
    'hosts', 'devices', 'findings', 'arrays', 'exceptions', 'new', 'gone', 'rules'}. *report*: fleet.json; keys that
    older reports lack may be missing or null.
    """
    strings = _Strings()
    fails = set(_texts(_dict(report.get("compliance")).get("failed")))
    changes = report.get("changes")
    data, rules = {"hosts": [], "devices": [], "findings": []}, set()
    for number, host in enumerate(_records(report.get("hosts"))):
        data["hosts"] += strings.rows("hosts", [_host(host, fails)])
        for kind in ("devices", "findings"):
            rows = strings.rows(kind, _records(host.get(kind)))
            for row in rows:
                row[0] = number
            data[kind] += rows
        rules.update(
            one["rule"]
            for key in ("findings", "not_checked")
            for one in _records(host.get(key))
            if isinstance(one.get("rule"), str)
        )
    for kind, records in (
        ("arrays", report.get("arrays")),
        ("advisories", report.get("advisories")),
        ("exceptions", report.get("exceptions")),
        ("new", _dict(changes).get("new")),
        ("gone", _dict(changes).get("gone")),
        ("rules", [one for one in rule_table.RULES if one["id"] in rules]),
    ):
        data[kind] = strings.rows(kind, _records(records))
    data["report"] = {
        "generated_at": strings.shown(report.get("generated_at")),
        "since": strings.shown(_dict(changes).get("since") or "") if changes else None,
        "still": _number(_dict(changes).get("still")),
        "fail_on": strings.shown(_dict(report.get("compliance")).get("fail_on")),
        "versions": [
            [strings.shown(name), strings.shown(version)] for name, version in _dict(report.get("generated_by")).items()
        ],
    }
    data["columns"] = {kind: [column[1] for column in columns] for kind, columns in _PLAN.items()}
    data["types"] = {kind: [column[0] for column in columns] for kind, columns in _PLAN.items()}
    data["strings"] = strings.all()
    return data


def _host(host, fails):
    facts = _dict(host.get("facts"))
    own, daemon = _dict(facts.get("host")), _dict(facts.get("multipathd"))
    names = _dict(own.get("initiators"))
    return dict(
        host,
        compliance=host.get("compliance") or _compliance(host),
        fails=str(host.get("name")) in fails,
        hostname=own.get("hostname"),
        kernel=own.get("kernel"),
        boot_id=own.get("boot_id"),
        initiators=_texts(names.get("iqn")) + _texts(names.get("wwpns")),
        daemon=daemon.get("running"),
        daemon_version=daemon.get("version"),
        quarantine=facts.get("quarantine"),
        elapsed=facts.get("elapsed"),
        incomplete=facts.get("incomplete"),
        sessions=facts.get("sessions"),
    )


def _compliance(host):
    """The word of a host in a report that has none, by the same definition; there are no exceptions in such a
    report.
    """
    if host.get("facts") is None:
        return "unreachable" if host.get("state") == "unreachable" else "not_audited"
    if any(one.get("severity") != "info" for one in _records(host.get("findings"))) or any(
        one.get("verdict") != "healthy" for one in _records(host.get("devices"))
    ):
        return "noncompliant"
    return "incomplete" if host.get("state") != "audited" or host.get("not_checked") else "compliant"


class _Strings:
    """Rows of records, and every text of them once."""

    def __init__(self):
        self._numbers = {None: 0}

    def all(self):
        return [None if text is None else fleet.printable(text) for text in self._numbers]

    @staticmethod
    def shown(value):
        """One text that is not in a row."""
        return None if value is None else fleet.printable(_text(value))

    def rows(self, kind, records):
        columns, made = _PLAN[kind], []
        for record in records:
            row = []
            for word, dummy, key, inner in columns:
                value = record.get(key)
                if inner:
                    value = value.get(inner) if isinstance(value, dict) else None
                row.append(self._number_of(value) if word == "t" else self._value(word, value))
            made.append(row)
        return made

    def _value(self, kind, value):
        if kind == "n":
            return _number(value)
        if kind == "b":
            return value if isinstance(value, bool) else None
        if kind == "l":
            return [self._number_of(one) for one in _texts(value)]
        if kind == "exception":  # at most one: a row or null
            return self.rows(kind, [value])[0] if isinstance(value, dict) else None
        return self.rows(kind, _records(value))

    def _number_of(self, value):
        if value is not None and not isinstance(value, str):
            value = str(value)
        number = self._numbers.get(value)
        if number is None:
            number = self._numbers[value] = len(self._numbers)
        return number


def _text(value):
    return value if isinstance(value, str) else str(value)


def _number(value):
    """*value* as JSON can hold it and JavaScript can show it, or None."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < _LARGE else None
    return value if isinstance(value, float) and math.isfinite(value) else None


def _dict(value):
    return value if isinstance(value, dict) else {}


def _records(value):
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(value):
    return [_text(one) for one in value if one is not None] if isinstance(value, list) else []
