# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""fleet.csv: one row for each device, and one for each host without a device, so that no host is missing."""

from __future__ import annotations

import collections.abc as c
import csv
import functools
import re
import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._formats.plain import counts, paths, plain, users
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import owners as device_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compact
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Device, Host, Report
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.text import lun_words

# A spreadsheet takes a cell for a formula that begins with one of these (or its full-width form). A comma, a
# semicolon, a bar or a quotation mark within a value begins a cell too where the spreadsheet expects another
# separator than ours, as it does in half of Europe.
_FORMULA = re.compile("(^|[,;|\"])([\\s']*)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])")
# It takes these for numbers and shows 3.6E+32: the digits are lost.
_LONG_NUMBER = re.compile(r"\d{16,}|\d+(\.\d*)?[eE][+-]?\d+")


def render(report: Report) -> str:
    """Return the table as text."""
    return "".join(pieces(report))


def pieces(report: Report) -> c.Iterator[str]:
    """Yield the table row by row (RFC 4180: commas, CRLF, a header line), each value as plain text and none a
    formula.
    """
    row = csv.writer(_Line(), quoting=csv.QUOTE_ALL).writerow
    yield row(COLUMNS)
    for host in report["hosts"]:
        common = [
            _cell(value)
            for value in (
                report["generated_at"],
                host["name"],
                host["state"],
                host["compliance"],
                host["why"],
                _rules(host),
            )
        ]
        for device in host["devices"]:
            yield row(common + [_cell(value(host, device)) for dummy, value in _DEVICE])
        if not host["devices"]:
            yield row(common + [None] * len(_DEVICE))


class _Line:
    """A file for csv.writer, of which writerow() returns the line."""

    def write(self, line: str) -> str:
        return line


def _cell(value: t.Any) -> t.Any:
    """A value that no spreadsheet calculates with. Of what is no text, only a whole number from 0 on is left as it
    is.
    """
    if not value or isinstance(value, int) and value > 0:
        return value
    return _inert(str(value))


@functools.lru_cache(maxsize=1 << 14)
def _inert(text: str) -> str:
    """Most cells of a fleet say what others say: a table of 100,000 devices takes half the time so."""
    text = plain(text)
    return f"'{text}" if _LONG_NUMBER.fullmatch(text) else _FORMULA.sub(r"\1\2'", text)


def _rules(host: Host) -> str:
    """The rules that count against a host."""
    return " ".join(
        dict.fromkeys(
            finding["rule"] for finding in host["findings"] if counts(finding) and not finding.get("exception")
        )
    )


def _joined(words: c.Iterable[t.Any]) -> str:
    return "; ".join(plain(word) for word in words)


def _word(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "unknown"}[value]


def _excuse(key: str) -> c.Callable[[Host, Device], t.Any]:
    return lambda host, device: t.cast("dict[str, str]", device.get("exception", {})).get(key)


def _of(key: str) -> tuple[str, c.Callable[[Host, Device], t.Any]]:
    return key, lambda host, device: t.cast("dict[str, t.Any]", device)[key]


# The columns of a device, and what is in them.
_DEVICE: tuple[tuple[str, c.Callable[[Host, Device], t.Any]], ...] = (
    _of("kind"),
    _of("name"),
    _of("device"),
    _of("wwid"),
    _of("size_bytes"),
    _of("vendor"),
    _of("product"),
    _of("verdict"),
    ("change", lambda host, device: device.get("change")),
    _of("reason"),
    _of("next"),
    ("in_use", lambda host, device: _word(device["in_use"])),
    ("users", lambda host, device: _joined(users(device))),
    ("read_only", lambda host, device: _word(device["read_only"])),
    ("queueing", lambda host, device: _word(device["queueing"]) if device["kind"] == "map" else None),
    ("paths", lambda host, device: _joined(paths(device))),
    ("array_says", lambda host, device: device["array"]["state"]),
    ("luns", lambda host, device: _joined(map(lun_words, compact.luns_of(host, device)))),
    ("answered_by", lambda host, device: _joined(map(lun_words, compact.answering(host, device)))),
    ("notes", lambda host, device: _joined(device["notes"])),
    ("owners", lambda host, device: _joined(map(device_owners.words, device["owners"]))),
    ("vetoes", lambda host, device: _joined(device["vetoes"])),
    ("excused_until", _excuse("expires")),
    ("excused_by", _excuse("owner")),
    ("excused_because", _excuse("reason")),
)
_HOST = ("generated_at", "host", "state", "compliance", "why", "rules")
COLUMNS = _HOST + tuple(name for name, dummy in _DEVICE)
