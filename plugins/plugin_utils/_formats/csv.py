# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""fleet.csv: one row for each device, and one for each host without a device, so that no host is missing."""

import csv
import functools
import io
import re

from ansible_collections.sanops.multipath.plugins.plugin_utils._formats.plain import counts, paths, plain, users
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import owners as device_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet

# A spreadsheet takes a cell for a formula that begins with one of these (or its full-width form). A comma, a
# semicolon, a bar or a quotation mark within a value begins a cell too where the spreadsheet expects another
# separator than ours, as it does in half of Europe.
_FORMULA = re.compile("(^|[,;|\"])([\\s']*)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])")
# It takes these for numbers and shows 3.6E+32: the digits are lost.
_LONG_NUMBER = re.compile(r"\d{16,}|\d+(\.\d*)?[eE][+-]?\d+")


def render(report):
    """The table as text (RFC 4180: commas, CRLF, a header line), each value as plain text and none a formula."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow([name for name, dummy in _COLUMNS])
    for host in report["hosts"]:
        common = [
            _cell(one)
            for one in (
                report["generated_at"],
                host["name"],
                host["state"],
                host["compliance"],
                host["why"],
                _rules(host),
            )
        ]
        for device in host["devices"] or [None]:
            writer.writerow(common + [_cell(device and value(device)) for dummy, value in _DEVICE])
    return out.getvalue()


def _cell(value):
    """A value that no spreadsheet calculates with. Of what is no text, only a whole number from 0 on is left as it
    is.
    """
    if value is None or isinstance(value, int) and value >= 0:
        return value
    return _inert(str(value))


@functools.lru_cache(maxsize=1 << 16)
def _inert(text):
    """Most cells of a fleet say what others say: a table of 100,000 devices takes half the time so."""
    text = plain(text)
    return "'" + text if _LONG_NUMBER.fullmatch(text) else _FORMULA.sub(r"\1\2'", text)


def _rules(host):
    """The rules that count against a host."""
    return " ".join(dict.fromkeys(one["rule"] for one in host["findings"] if counts(one) and not one["exception"]))


def _joined(words):
    return "; ".join(plain(word) for word in words)


def _word(value):
    return {True: "yes", False: "no", None: "unknown"}[value]


def _excuse(key):
    return lambda device: (device["exception"] or {}).get(key)


_DEVICE = (
    ("kind", lambda device: device["kind"]),
    ("name", lambda device: device["name"]),
    ("device", lambda device: device["device"]),
    ("wwid", lambda device: device["wwid"]),
    ("size_bytes", lambda device: device["size_bytes"]),
    ("vendor", lambda device: device["vendor"]),
    ("product", lambda device: device["product"]),
    ("verdict", lambda device: device["verdict"]),
    ("change", lambda device: device["change"]),
    ("reason", lambda device: device["reason"]),
    ("next", lambda device: device["next"]),
    ("in_use", lambda device: _word(device["in_use"])),
    ("users", lambda device: _joined(users(device))),
    ("read_only", lambda device: _word(device["read_only"])),
    ("queueing", lambda device: _word(device["queueing"]) if device["kind"] == "map" else None),
    ("paths", lambda device: _joined(paths(device))),
    ("array_says", lambda device: device["array"]["state"]),
    ("luns", lambda device: _joined(fleet.lun_words(one) for one in device["array"]["luns"])),
    ("answered_by", lambda device: _joined(fleet.lun_words(one) for one in device["answered_by"])),
    ("notes", lambda device: _joined(device["notes"])),
    ("owners", lambda device: _joined(device_owners.words(one) for one in device["owners"])),
    ("vetoes", lambda device: _joined(device["vetoes"])),
    ("excused_until", _excuse("expires")),
    ("excused_by", _excuse("owner")),
    ("excused_because", _excuse("reason")),
)
_HOST = ("generated_at", "host", "state", "compliance", "why", "rules")
_COLUMNS = tuple((name, None) for name in _HOST) + _DEVICE
COLUMNS = tuple(name for name, dummy in _COLUMNS)
