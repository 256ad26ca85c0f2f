# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""fleet.html: the report as one page that asks nobody for anything.

The values in it are what hosts and arrays said, so they are there as data only: JSON in which no markup is left,
and a script that makes texts of them. Nothing else can run: the page allows one style and one script, by their
digests, and no request, no frame, no form and no text that becomes markup.
"""

from __future__ import annotations

import base64
import collections.abc as c
import hashlib
import pathlib
import re

from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import page_data
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Report

_SOURCES = pathlib.Path(__file__).with_name("page")
# In the order in which they need each other.
_PARTS = "data nodes address find list details commands lists csv advisories first overview rules trend page".split()
# What could end the element that the data is in, or begin another one.
_MARKUP = {letter: "\\u%04x" % ord(letter) for letter in "<>&"}


def render(report: Report) -> str:
    """Return the page of *report* as text."""
    return "".join(pieces(report))


def pieces(report: Report) -> c.Iterator[str]:
    """Yield the page piece by piece: the data of a large fleet are never held as one text."""
    style, script = _source("page.css"), _script()
    parts = {"POLICY": _policy(style, script), "STYLE": style, "SCRIPT": script}
    # In one go: what looks like a place in the data or in the script is none.
    for place, text in enumerate(re.split("@@([A-Z]+)@@", _source("page.html"))):
        if not place % 2:
            yield text
        elif text == "DATA":
            yield from map(escaped, page_data.pieces(report))
        else:
            yield parts[text]


def escaped(data: str) -> str:
    """Return JSON that may stand in any element of a page."""
    for letter, code in _MARKUP.items():
        data = data.replace(letter, code)
    return data


def _policy(style: str, script: str) -> str:
    """The Content-Security-Policy: nothing but this style and this script, and no innerHTML and the like in it."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_digest(style)}",
            f"script-src {_digest(script)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _digest(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def _script() -> str:
    """The parts of the script as one, in a scope of its own: the page has no name that a page around it could meet."""
    return "(() => {\n'use strict';\n%s})();\n" % "\n".join(_source(f"{name}.js") for name in _PARTS)


def _source(name: str) -> str:
    return (_SOURCES / name).read_text(encoding="utf-8")
