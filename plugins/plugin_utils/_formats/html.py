# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""fleet.html: the report as one page that asks nobody for anything.

The values in it are what hosts and arrays said, so they are there as data only: JSON in which no markup is left,
and a script that makes texts of them. Nothing else can run: the page allows one style and one script, by their
digests, and no request, no frame, no form and no text that becomes markup.
"""

import base64
import hashlib
import json
import pathlib
import re

from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import page_data

_SOURCES = pathlib.Path(__file__).with_name("page")
# In the order in which they need each other.
_PARTS = ("data", "nodes", "address", "find", "list", "details", "lists", "advisories", "overview", "page")
# What could end the element that the data is in, or begin another one.
_MARKUP = {letter: "\\u%04x" % ord(letter) for letter in "<>&"}


def render(report):
    """The page of *report* (fleet.json, schema 1; older ones may lack keys) as text."""
    style, script = _source("page.css"), _script()
    parts = {"POLICY": _policy(style, script), "STYLE": style, "SCRIPT": script, "DATA": embedded(page_data.of(report))}
    # In one go: what looks like a place in the data or in the script is none.
    return re.sub("@@([A-Z]+)@@", lambda found: parts[found.group(1)], _source("page.html"))


def embedded(data):
    """*data* as JSON that may stand in any element of a page. Raises ValueError for what JSON cannot hold."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)  # all but ASCII is escaped in it already
    for letter, escaped in _MARKUP.items():
        text = text.replace(letter, escaped)
    return text


def _policy(style, script):
    """The Content-Security-Policy: nothing but this style and this script, and no innerHTML and the like in it."""
    return "; ".join(
        (
            "default-src 'none'",
            "style-src %s" % _digest(style),
            "script-src %s" % _digest(script),
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _digest(text):
    return "'sha256-%s'" % base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _script():
    """The parts of the script as one, in a scope of its own: the page has no name that a page around it could meet."""
    return "(() => {\n'use strict';\n%s})();\n" % "\n".join(_source("%s.js" % name) for name in _PARTS)


def _source(name):
    return (_SOURCES / name).read_text(encoding="utf-8")
