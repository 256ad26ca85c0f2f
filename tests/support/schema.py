# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/fleet.schema.json, held strictly against a report: every key that a report has must be there, although a
reader must not mind a new one.
"""

import functools
import json
import pathlib

import jsonschema
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import stored

SCHEMA = pathlib.Path(__file__).parents[2] / "docs" / "fleet.schema.json"


def check(report):
    """The report; AssertionError where it, or what a file has of it, is not what the schema says, or where that loses
    anything.
    """
    _check(json.loads(json.dumps(report)))
    head, short = stored.compact(report)
    file = json.loads(json.dumps({**head, "hosts": [short(host) for host in report["hosts"]]}))
    _check(file)
    assert stored.expanded(file) == json.loads(json.dumps(report))
    return report


def _check(report):
    found = sorted(
        "/".join(map(str, error.absolute_path)) + ": " + error.message[:300] for error in _strict().iter_errors(report)
    )
    if found:
        raise AssertionError("\n".join(found))


def read():
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=1)
def _strict():
    return jsonschema.Draft202012Validator(_closed(read()), format_checker=jsonschema.FormatChecker(["date"]))


def _closed(part):
    """The schema in which an object has the keys that are named, and no other ones, unless it says so itself."""
    if isinstance(part, list):
        return [_closed(one) for one in part]
    if not isinstance(part, dict):
        return part
    made = {key: _closed(value) for key, value in part.items()}
    if "required" in part and "type" in part:
        made.setdefault("additionalProperties", False)
    return made
