# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Read what may be of another type than it should be: the values are a host's or an array's word, and a file can be
damaged.
"""

from __future__ import annotations

import math
import typing as t

_LARGE = 1 << 63  # above any real size; JSON holds longer numbers, which JavaScript cannot show


def text(value: t.Any) -> str:
    """Return *value* as a text."""
    return value if isinstance(value, str) else str(value)


def number(value: t.Any) -> float | None:
    """Return *value* as JSON can hold it and JavaScript can show it, or None."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < _LARGE else None
    return value if isinstance(value, float) and math.isfinite(value) else None


def dictionary(value: t.Any) -> dict[str, t.Any]:
    """Return *value*, or an empty dictionary where it is of another type."""
    return value if isinstance(value, dict) else {}


def records(value: t.Any) -> list[dict[str, t.Any]]:
    """Return the dictionaries of a list; none where *value* is of another type."""
    return [record for record in value if isinstance(record, dict)] if isinstance(value, list) else []


def texts(value: t.Any) -> list[str]:
    """Return what is in a list as texts; none where *value* is of another type."""
    return [text(each) for each in value if each is not None] if isinstance(value, list) else []
