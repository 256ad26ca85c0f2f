# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What multipath-tools makes of the value of a setting. Pure functions.

Values are text as `multipath -t` prints them without quotes; None is unset. Source: libmultipath/dict.c, 0.8.5 to
0.11.1. Versions differ in whether a value that is none leaves the setting as it was (*strict*) or unsets it, and in
the words of flush_on_last_del.
"""

import re

_INT_MAX, _UINT_MAX, _ULONG_MAX = 2**31 - 1, 2**32 - 1, 2**64 - 1
_SPACE = "[ \t\n\v\f\r]*"
QUEUE_FEATURE = "queue_if_no_path"


class Dialect(object):
    """How a version of multipath-tools takes values.

    *strict*: a bad value is passed over (0.9.0 and later); *flushes*: flush_on_last_del is always, unused or never
    (0.9.9 and later); *protocols*: overrides may hold sections for a protocol (0.9.0 and later); *rechecks*:
    recheck_wwid is known (0.8.6 and later); *find_multipaths*: its default.
    """

    def __init__(self, strict, flushes, protocols, rechecks, find_multipaths):
        self.strict, self.flushes, self.protocols, self.rechecks, self.find_multipaths = (
            strict,
            flushes,
            protocols,
            rechecks,
            find_multipaths,
        )


def value_of(key, text, dialect):
    """Return what a line makes of a setting: its value, None: it unsets it, or PASSED_OVER: it stays as it was."""
    value = _SETTERS[key](text, dialect) if key in _SETTERS else text
    if value is _BAD:
        return PASSED_OVER if dialect.strict else None
    return value


PASSED_OVER = object()
_BAD = object()


def _no_path_retry(text, dialect):
    if text in ("fail", "0"):
        return "fail"
    if text == "queue":
        return text
    number = _strict_number(text, 1) if dialect.strict else _atoi(text)
    return _BAD if number is None or number < 1 else str(number)


def _fast_io_fail_tmo(text, dialect):
    if text in ("off", "0"):
        return text
    if dialect.strict:
        number = _strict_number(text, 1)
        return _BAD if number is None else str(number)
    if not re.match(_SPACE + "[+-]?[0-9]", text):
        return _BAD
    number = _atoi(text)
    return {-1: "off", -2: "0", 0: "0"}.get(number) or (_BAD if number < 0 else str(number))


def _dev_loss_tmo(text, dialect):
    if text == "infinity":
        return text
    found = re.match(_SPACE + "([+-]?)([0-9]+)", text)
    if not found:
        return _BAD
    number = int(found.group(2))
    number = _ULONG_MAX if number > _ULONG_MAX else -number if found.group(1) == "-" else number
    number &= _UINT_MAX
    return "infinity" if number == _UINT_MAX else str(number) if number else None


def _flush_on_last_del(text, dialect):
    if dialect.flushes:
        return {
            "yes": "always",
            "1": "always",
            "no": "unused",
            "0": "unused",
            "always": "always",
            "unused": "unused",
            "never": "never",
        }.get(text, _BAD)
    return _yes_no(text, dialect)


def _yes_no(text, dialect):
    return {"yes": "yes", "1": "yes", "no": "no", "0": "no"}.get(text, _BAD)


def _find_multipaths(text, dialect):
    word = {"yes": "on", "1": "on", "no": "off", "0": "off"}.get(text, text)
    if word in ("on", "off", "strict", "greedy", "smart"):
        return word
    return _BAD if dialect.strict else dialect.find_multipaths


def _features(text, dialect):
    """Return features as they are, or _BAD where their first word is not how many follow; versions that are not strict
    take any.
    """
    if not dialect.strict:
        return text
    words = re.findall("[^ \t\v\f\r]+", text)
    if not words or not re.match("[+]?[0-9]+$", words[0]):
        return _BAD
    return text if int(words[0]) == len(words) - 1 else _BAD


def _strict_number(text, least):
    """Return the number that a text is as a whole, within bounds, or None."""
    found = re.match(_SPACE + "([+-]?[0-9]+)" + _SPACE + "$", text)
    return min(max(int(found.group(1)), least), _INT_MAX) if found else None


def _atoi(text):
    """Return the number at a text's beginning, as C's atoi() cuts it to 32 bits; 0 where there is none."""
    found = re.match(_SPACE + "([+-]?[0-9]+)", text)
    number = max(min(int(found.group(1)), 2**63 - 1), -(2**63)) if found else 0
    return (number + 2**31) % 2**32 - 2**31


_SETTERS = {
    "no_path_retry": _no_path_retry,
    "fast_io_fail_tmo": _fast_io_fail_tmo,
    "dev_loss_tmo": _dev_loss_tmo,
    "flush_on_last_del": _flush_on_last_del,
    "find_multipaths": _find_multipaths,
    "recheck_wwid": _yes_no,
    "features": _features,
    "user_friendly_names": _yes_no,
}


def without_queueing(features):
    """Return (features without queue_if_no_path, whether it was there).

    Their count is one less then, also where it was wrong before.
    """
    words = (features or "").split()
    if QUEUE_FEATURE not in words:
        return features, False
    count = _atoi(words[0]) - 1
    return " ".join([str(count)] + [word for word in words[1:] if word != QUEUE_FEATURE]) if count else "0", True
