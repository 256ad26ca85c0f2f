# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The places in plain data, and the data with another value in one of them."""

import copy

DELETED = object()


def places(value, place=()):
    """Yield every place in plain data, from the whole on: the keys that lead to it."""
    yield place
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*place, key))


def changed(whole, place, value):
    """Return a copy with another value in a place, or without that place (DELETED)."""
    made = copy.deepcopy(whole)
    inner = made
    for key in place[:-1]:
        inner = inner[key]
    if value is DELETED:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return made
