# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ONTAP's query language: arguments, field queries, field selection's projection, ordering.

Source: docs.netapp.com, "Input variables controlling an API request", and the swagger text of ONTAP 9.7.
"""

import re
import urllib.parse


def parse(text):
    """Return `a=1&b=%2A` as a list of pairs. Unlike in an HTML form, `+` is a plus sign: serial numbers hold it."""
    pairs = (item.partition("=") for item in text.split("&") if item)
    return [(urllib.parse.unquote(name), urllib.parse.unquote(value)) for name, dummy, value in pairs]


def encode(pairs):
    """Return pairs as a query, percent-encoded as ONTAP's own next links are (`*` becomes `%2A`)."""
    return "&".join(
        f"{urllib.parse.quote(name, safe='')}={urllib.parse.quote(str(value), safe='')}" for name, value in pairs
    )


def values(record, name):
    """Return all values at a dotted name, of all elements of arrays; none for absent and null."""
    found = [record]
    for part in name.split("."):
        found = [item[part] for item in found if isinstance(item, dict) and item.get(part) is not None]
        found = [element for item in found for element in (item if isinstance(item, list) else [item])]
    return found


def matcher(text):
    """Return a function of the list of values at a field that tests them against a query value.

    A query value is made of: `*  |  !  ..  <  <=  >  >=  null  "literal" {literal}`.
    """
    tests = [_alternative(part) for part in _split(text)]
    return lambda found: any(test(found) for test in tests)


def _split(text):
    """Split at `|`, but not inside quotes or braces."""
    return re.findall(r'(?:"[^"]*"|\{[^}]*\}|[^|])+', text) or [""]


def _alternative(text):
    if text.startswith("!") and len(text) > 1:
        inner = _alternative(text[1:])
        return lambda found: not inner(found)
    if text == "null":
        return lambda found: not found
    if text == "*":
        return lambda found: True
    if len(text) > 1 and (text[0], text[-1]) in {('"', '"'), ("{", "}")}:
        return lambda found: any(_equal(value, text[1:-1]) for value in found)
    for sign, fits in _COMPARISONS:
        if text.startswith(sign):
            bound = text[len(sign) :]
            return lambda found: any(fits(_order(value, bound)) for value in found)
    low, dots, high = text.partition("..")
    if dots:
        return lambda found: any(_order(value, low) >= 0 and _order(value, high) <= 0 for value in found)
    if "*" in text:
        pattern = re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL)
        return lambda found: any(pattern.fullmatch(as_text(value)) for value in found)
    return lambda found: any(_equal(value, text) for value in found)


_COMPARISONS = (
    ("<=", lambda order: order <= 0),
    (">=", lambda order: order >= 0),
    ("<", lambda order: order < 0),
    (">", lambda order: order > 0),
)


def as_text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def _equal(value, text):
    return as_text(value) == text


def _order(value, text):
    """Return -1, 0 or 1: numbers are compared by value, anything else (enums too) alphabetically."""
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            bound = int(text)
        except ValueError:
            return -1
    else:
        value, bound = as_text(value), text
    return (value > bound) - (value < bound)


def project(record, names, links):
    """Return the part of a record that `names` (a set of dotted leaves) selects, with its `_links` if `links`."""
    picked = _project(record, names, links, "")
    if links and "_links" in record:
        picked["_links"] = record["_links"]
    return picked


def _project(record, names, links, prefix):
    picked = {}
    for key, value in record.items():
        name = prefix + key
        if key == "_links" or value is None:
            continue
        if name in names:
            picked[key] = value
        elif isinstance(value, dict):
            inner = _project(value, names, links, name + ".")
            if inner:
                picked[key] = inner
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            inner = [part for part in (_project(item, names, links, name + ".") for item in value) if part]
            if inner:
                picked[key] = inner
    # An object inside a record has a link where the caller can see what it points at.
    if links and prefix and "_links" in record and ("uuid" in picked or ("uuid" not in record and picked)):
        picked["_links"] = record["_links"]
    return picked


class Reverse:
    """A sort key that turns the order round."""

    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        return other.value < self.value

    def __eq__(self, other):
        return other.value == self.value


def comparable(value):
    """Return a sort key: null first, numbers by value, the rest by text, so that mixed values can be sorted."""
    if value is None:
        return (0, 0, "")
    if isinstance(value, int) and not isinstance(value, bool):
        return (1, value, "")
    return (2, 0, as_text(value))
