# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rows of fleet.html's data: what a row of each kind has, and how rows are made of records.

Each text is there once and is named by its number in `strings`. Number 0 is null. Whatever is not of the type that it
should be is left out or made a text.
"""

from __future__ import annotations

import collections.abc as c
import operator
import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import damaged
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge.shapes import Verdict
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import text

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


def _column(column: str) -> tuple[str, str, str, str | None]:
    """(type, name, key, key in what is there or None)."""
    word, name = column.split()
    name, dummy, place = name.partition(":")
    key, dummy, inner = (place or name).partition(".")
    return word, name, key, inner or None


# The columns of each kind: (type, name, key, key in what is there or None).
PLAN = {kind: [_column(one) for one in columns] for kind, columns in COLUMNS.items()}


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


_KINDS = {kind: _kind(columns) for kind, columns in PLAN.items()}


class _Numbers(dict[t.Any, int]):
    """The number of each text; a text that is not there yet gets the next one, and what is no text becomes one."""

    def __missing__(self, value: t.Any) -> int:
        if isinstance(value, str):
            self[value] = number = len(self)
            return number
        return self[str(value)]


class Strings:
    """Rows of records, and every text of them once."""

    def __init__(self) -> None:
        self._numbers = _Numbers({None: 0})
        self._number: c.Callable[[t.Any], int] = self._numbers.__getitem__

    def texts(self) -> c.Iterator[str]:
        """Yield each text, in the order of their numbers from 1 on; number 0 is null."""
        return (text.printable(string) for string in self._numbers if string is not None)

    @staticmethod
    def shown(value: t.Any) -> str | None:
        """Return one text that is not in a row."""
        return None if value is None else text.printable(damaged.text(value))

    def rows(self, kind: str, entries: c.Iterable[dict[str, t.Any]]) -> list[list[t.Any]]:
        """Return the rows of these records."""
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
            return damaged.number(value)
        if kind == "b":
            return value if isinstance(value, bool) else None
        if kind == "exception":  # at most one: a row or null
            return self.rows(kind, [value])[0] if isinstance(value, dict) else None
        if not value:
            return []
        if kind == "l":
            return [self._number_of(each) for each in damaged.texts(value)]
        return self.rows(kind, damaged.records(value))

    def _number_of(self, value: t.Any) -> int:
        return self._number(value if value is None or isinstance(value, str) else str(value))
