# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The query language, without a server."""

import pytest
from ontap_sim import query


@pytest.mark.parametrize(
    ("text", "found", "expected"),
    [
        ("lun1", ["lun1"], True),
        ("lun1", ["lun10"], False),
        ("lun1", [], False),
        ("lun1", ["x", "lun1"], True),
        ("/vol/*/lun1", ["/vol/v/lun1"], True),
        ("/vol/*", ["vol/v"], False),
        ("*", [], True),
        ("a*c", ["a.b\nc"], True),
        ("a.c*", ["abcd"], False),
        ("a|b", ["b"], True),
        ("a|b", ["c"], False),
        ("!a", ["b"], True),
        ("!a", ["a"], False),
        ("!null", [], False),
        ("!null", [0], True),
        ("null", [], True),
        ("null", ["null"], False),
        ("!a*", ["bc"], True),
        ("!a*", ["ac"], False),
        ("<10", [9], True),
        ("<10", [10], False),
        ("<=10", [10], True),
        (">9", [10], True),
        (">=10", [9], False),
        (">9", ["x"], True),
        ("5..10", [5], True),
        ("5..10", [10], True),
        ("5..10", [11], False),
        ("a..c", ["b"], True),
        ('"a|b"', ["a|b"], True),
        ('"a|b"', ["a"], False),
        ('"*"', ["x"], False),
        ("{a|b}", ["a|b"], True),
        ("{*}", ["*"], True),
        ('"null"', ["null"], True),
        ("true", [True], True),
        ("false", [True], False),
        ("True", [True], False),
        ("12", [12], True),
        ("12", ["12"], True),
        ("LUN", ["lun"], False),
        ("wf0Iq+N4uck3", ["wf0Iq+N4uck3"], True),
        ("80E7/]LZp1Tt", ["80E7/]LZp1Tt"], True),
        ("ab{cd", ["ab{cd"], True),
        ("<x", [3], True),
    ],
)
def test_matcher(text, found, expected):
    assert query.matcher(text)(found) is expected


def test_arguments_are_no_form():
    assert query.parse("serial_number=a+b%2Bc&x=&name=%2Fvol%2F*") == [
        ("serial_number", "a+b+c"),
        ("x", ""),
        ("name", "/vol/*"),
    ]


def test_encoded_as_in_ontaps_own_links():
    assert (
        query.encode([("start.uuid", "1-2"), ("fields", "**"), ("name", "/vol/a b+c")])
        == "start.uuid=1-2&fields=%2A%2A&name=%2Fvol%2Fa%20b%2Bc"
    )


def test_values_walk_arrays_without_an_index():
    record = {
        "maps": [{"igroup": {"name": "a"}}, {"igroup": {"name": "b"}}, {}],
        "names": ["x", "y"],
        "none": None,
        "zero": 0,
    }
    assert query.values(record, "maps.igroup.name") == ["a", "b"]
    assert query.values(record, "names") == ["x", "y"]
    assert query.values(record, "none") == [] == query.values(record, "absent.deeper")
    assert query.values(record, "zero") == [0]


def test_project_keeps_links_of_what_is_seen():
    link = {"self": {"href": "/api/x"}}
    record = {
        "uuid": 1,
        "svm": {"name": "s", "uuid": 2, "_links": link},
        "list": [{"name": "a", "_links": link}, {"other": 1}],
        "no": None,
        "_links": link,
    }
    assert query.project(record, {"svm.name", "list.name", "no"}, True) == {
        "svm": {"name": "s"},
        "list": [{"name": "a", "_links": link}],
        "_links": link,
    }
    assert query.project(record, {"svm.uuid"}, True) == {"svm": {"uuid": 2, "_links": link}, "_links": link}
    assert query.project(record, {"svm.uuid"}, False) == {"svm": {"uuid": 2}}
