# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/fleet.schema.json: it says what a report is, and refuses what is none. conftest.py holds every report of
these tests against it.
"""

import copy
import pathlib
import re

import jsonschema
import pytest
from support import schema
from support.fleets import HEALTHY_ARRAY, LOST, QUEUES, configured_host, fleet, recycled

REPORT = fleet({"a": configured_host(**QUEUES), "b": recycled(), "c": LOST}, **HEALTHY_ARRAY)
DOCUMENT = pathlib.Path(__file__).parents[5] / "docs" / "fleet-json.md"


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(schema.read())


def test_a_reader_must_not_mind_new_keys():
    report = copy.deepcopy(REPORT)
    report["new"] = report["hosts"][0]["new"] = report["hosts"][0]["devices"][0]["new"] = 1
    jsonschema.Draft202012Validator(schema.read()).validate(report)
    with pytest.raises(AssertionError, match="'new' was unexpected"):
        schema.check(report)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("schema", 1),
        ("generated_at", "today"),
        ("generated_by", {}),
        ("hosts", None),
        ("totals/hosts", {"lost": 1}),
        ("changes", {}),
        ("compliance/hosts", {"good": 1}),
        ("compliance/fail_on", ""),
        ("exceptions", [{}]),
        ("hosts/0/state", "lost"),
        ("hosts/0/compliance", "good"),
        ("hosts/0/compliance", "unreachable"),
        ("hosts/0/state", "missing"),
        ("hosts/2/compliance", "compliant"),
        ("hosts/2/why", None),
        ("hosts/0/devices/0/verdict", "fine"),
        ("hosts/0/devices/0/change", "gone"),
        ("hosts/0/devices/0/exception", {"reason": "r"}),
        ("hosts/1/devices/0/paths/0/wire/state", "gone"),
        ("hosts/0/findings/0/rule", "X"),
        ("hosts/0/findings/0/subjects", []),
        ("rules/MPC001", {"title": "x"}),
        ("hosts/0/luns", {"3600a": [{}]}),
        ("hosts/2/luns", {"3600a": []}),
        ("hosts/0/findings/0/severity", "bad"),
        ("hosts/0/facts/elapsed", "1"),
        ("arrays/0/complete", None),
    ],
)
def test_what_is_no_report_is_refused(place, value):
    report = copy.deepcopy(REPORT)
    inner = report
    *parts, last = [int(part) if part.isdigit() else part for part in place.split("/")]
    for part in parts:
        inner = inner[part]
    inner[last] = value
    with pytest.raises(AssertionError):
        schema.check(report)


def test_every_key_is_in_the_document_too():
    text = DOCUMENT.read_text(encoding="utf-8")
    parts = schema.read()
    for part in (
        parts,
        *(
            parts["$defs"][name]
            for name in ("host", "device", "path", "lun", "rule", "finding", "advisory", "declared", "entry", "array")
        ),
    ):
        assert [key for key in part["properties"] if not re.search("`%s(\\[\\])?`" % key, text)] == []
