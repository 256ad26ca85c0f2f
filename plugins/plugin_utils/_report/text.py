# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Text of hosts and arrays that is safe to show, and LUNs in words."""

from __future__ import annotations

import collections.abc as c
import re
import typing as t

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """Return a text with every control character, terminal escape, bidirectional override and lone surrogate shown as
    its code.
    """
    # What Python calls printable has none of them, and a report of 5,000 hosts has millions of values.
    return text if text.isprintable() else _UNSAFE.sub(lambda found: f"\\x{ord(found.group()):02x}", text)


def more(count: int, most: int, noun: str = "") -> str:
    """Return " and N more" for what is left of *count* things where *most* are named, or "" where none is left."""
    return f" and {count - most} more{noun and f' {noun}'}" if count > most else ""


def some(words: c.Sequence[str], most: int, noun: str = "") -> str:
    """Return the first *most* of these words, and how many there are besides."""
    return ", ".join(words[:most]) + more(len(words), most, noun)


def lun_words(lun: dict[str, t.Any]) -> str:
    """Return a LUN in words, with the LUN ids under which it is mapped. What a host or an array says in it is as it
    came; what is not known is left out.
    """
    words = [
        lun["name"] or lun["wwid"],
        lun["svm"] and f"SVM {lun['svm']}",
        f"cluster {lun['cluster']}" if lun["cluster"] else f"array {lun['array']}",
    ]
    words += [
        f"LUN id {mapping['lun_id']}" + (f" in igroup {mapping['igroup']}" if mapping["igroup"] else "")
        for mapping in lun["maps"]
        if mapping["lun_id"] is not None
    ]
    return ", ".join(filter(None, words))
