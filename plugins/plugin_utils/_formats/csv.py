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
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import device_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import records
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Device, Host, Report
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.text import lun_words

# A spreadsheet takes a cell for a formula that begins with one of these (or its full-width form). A comma, a
# semicolon, a bar or a quotation mark within a value begins a cell too where the spreadsheet expects another
# separator than ours, as it does in half of Europe.
_FORMULA = re.compile("(^|[,;|\"])([\\s']*)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])")
_SIGN = re.compile("[=+\\-@\uff1d\uff0b\uff0d\uff20]")  # without one of these there is no formula
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
            yield row(common + [_cell(value) if value else value for value in _values(host, device)])
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
    if _LONG_NUMBER.fullmatch(text):
        return f"'{text}"
    return _FORMULA.sub(r"\1\2'", text) if _SIGN.search(text) else text


def _rules(host: Host) -> str:
    """The rules that count against a host."""
    return " ".join(
        dict.fromkeys(
            finding["rule"] for finding in host["findings"] if counts(finding) and not finding.get("exception")
        )
    )


def _joined(words: c.Collection[t.Any]) -> str:
    return "; ".join(map(plain, words)) if words else ""


def _values(host: Host, device: Device) -> tuple[t.Any, ...]:
    """What is in the columns of a device, in their order."""
    exception = device.get("exception")
    return (
        device["kind"],
        device["name"],
        device["device"],
        device["wwid"],
        device["size_bytes"],
        device["vendor"],
        device["product"],
        device["verdict"],
        device.get("change"),
        device["reason"],
        device["next"],
        _WORDS[device["in_use"]],
        _joined(users(device)),
        _WORDS[device["read_only"]],
        _WORDS[device["queueing"]] if device["kind"] == "map" else None,
        _joined(paths(device)),
        device["array"]["state"],
        _joined([lun_words(lun) for lun in records.luns_of(host, device)]),
        _joined([lun_words(lun) for lun in records.answering(host, device)]),
        _joined(device["notes"]),
        _joined([device_owners.words(owner) for owner in device["owners"]]),
        _joined(device["vetoes"]),
        *((exception["expires"], exception["owner"], exception["reason"]) if exception else (None, None, None)),
    )


_WORDS = {True: "yes", False: "no", None: "unknown"}
_DEVICE = (
    *("kind", "name", "device", "wwid", "size_bytes", "vendor", "product", "verdict", "change", "reason", "next"),
    *("in_use", "users", "read_only", "queueing", "paths", "array_says", "luns", "answered_by", "notes", "owners"),
    *("vetoes", "excused_until", "excused_by", "excused_because"),
)
COLUMNS = ("generated_at", "host", "state", "compliance", "why", "rules", *_DEVICE)
