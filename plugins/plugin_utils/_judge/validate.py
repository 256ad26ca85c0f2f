# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Check data against a shape: a TypedDict of _judge/shapes.py or facts_shapes.py, or a list, union or literal of such.

Keys that a shape does not name are nobody's business, and are not looked at.
"""

from __future__ import annotations

import functools
import types
import typing as t
from collections.abc import Callable

from ansible_collections.sanops.multipath.plugins.plugin_utils._judge.facts_shapes import UNCHECKED

_WORDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
    list: "a list",
    dict: "a dictionary",
}
# Takes a value; returns (its place in it, what is wrong), or None. A place is put together only where it is needed.
_Problem = tuple[str, str]
_Check = Callable[[t.Any], t.Optional[_Problem]]


def problem(value: t.Any, wanted: t.Any, place: str = "") -> str | None:
    """Return the first thing that is wrong with a value, with its place ("maps[3].wwid is missing"), or None.

    Args:
        value: plain data, as JSON has it.
        wanted: its shape.
        place: of the value, for the text.
    """
    found = _check(wanted)(value)
    if found is None:
        return None
    where, why = found
    return f"{(place + where if place else where.removeprefix('.')) or 'it'} {why}"


@functools.lru_cache(maxsize=None)
def _check(wanted: t.Any) -> _Check:
    """Return the function that checks a value against a shape, made once for each shape: a fleet has many paths."""
    if wanted is t.Any:
        return lambda value: None
    if t.is_typeddict(wanted):
        return _dictionary(wanted)
    origin, arguments = t.get_origin(wanted), t.get_args(wanted)
    if origin in (t.Union, types.UnionType):
        return _union(arguments)
    if origin is t.Literal:
        return _word_of(arguments)
    if origin is t.Annotated:
        return _check(t.Any if UNCHECKED in arguments else arguments[0])
    if origin is list:
        return _list(arguments[0])
    return _plain((wanted if origin is None else origin,))


def _plain(kinds: tuple[type, ...]) -> _Check:
    exact = _exact(kinds)

    def check(value: t.Any) -> _Problem | None:
        # Ansible's own texts and numbers are subclasses; a truth value is no number here.
        if type(value) in exact or (not isinstance(value, bool) and isinstance(value, tuple(exact))):
            return None
        return "", f"is {_word(value)}; {' or '.join(_WORDS[kind] for kind in kinds)} is needed"

    return check


def _exact(kinds: tuple[type, ...]) -> frozenset[type]:
    return frozenset(kinds) | (frozenset((int,)) if float in kinds else frozenset())


def _word_of(words: tuple[str, ...]) -> _Check:
    def check(value: t.Any) -> _Problem | None:
        if isinstance(value, str) and value in words:
            return None
        return "", f"is {value!r}; one of {', '.join(words)} is needed"

    return check


def _list(wanted: t.Any) -> _Check:
    element, whole = _check(wanted), _plain((list,))

    def check(value: t.Any) -> _Problem | None:
        if not isinstance(value, list):
            return whole(value)
        for number, item in enumerate(value):
            found = element(item)
            if found:
                return f"[{number}]{found[0]}", found[1]
        return None

    return check


def _union(arguments: tuple[t.Any, ...]) -> _Check:
    """A union of plain types, or of one shape and None."""
    shaped = [kind for kind in arguments if kind not in _WORDS]
    if not shaped:
        return _plain(arguments)
    (inner,) = (_check(kind) for kind in shaped)
    return lambda value: None if value is None else inner(value)


def _dictionary(wanted: t.Any) -> _Check:
    whole = _plain((dict,))
    fields = [
        (name, name in wanted.__required_keys__, _quick(kind), _check(kind))
        for name, kind in t.get_type_hints(wanted, include_extras=True).items()
    ]

    def check(value: t.Any) -> _Problem | None:
        if not isinstance(value, dict):
            return whole(value)
        for name, required, quick, inner in fields:
            if name not in value:
                if required:
                    return f".{name}", "is missing"
                continue
            item = value[name]
            if type(item) not in quick:
                found = inner(item)
                if found:
                    return f".{name}{found[0]}", found[1]
        return None

    return check


def _quick(kind: t.Any) -> frozenset[type]:
    """Return the types of which a value needs no closer look."""
    kinds = t.get_args(kind) if t.get_origin(kind) in (t.Union, types.UnionType) else (kind,)
    return _exact(tuple(one for one in kinds if one in _WORDS and one not in (list, dict)))


def _word(value: t.Any) -> str:
    return next((word for kind, word in reversed(_WORDS.items()) if isinstance(value, kind)), type(value).__name__)
