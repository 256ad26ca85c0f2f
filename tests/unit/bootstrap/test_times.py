# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a test run took is read from pytest's files, and a run that was cut off forgets nothing of the one before."""

import json
import subprocess
import sys

import pytest
import times

MODULE = """
import pytest

def test_passes():
    pass

def test_fails():
    assert 0

@pytest.fixture
def broken():
    raise OSError

def test_errs(broken):
    pass

@pytest.mark.skip
def test_skipped():
    pass
"""


@pytest.fixture
def junit(tmp_path):
    """Return a file as pytest writes it."""
    (tmp_path / "test_x.py").write_text(MODULE)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", "--junitxml=x.xml", "test_x.py"]
    assert subprocess.run(command, cwd=tmp_path, stdout=subprocess.DEVNULL, check=False).returncode == 1
    return tmp_path / "x.xml"


def test_cases_of_pytests_file(junit):
    cases = times.read_cases(junit)
    assert [(case.name, case.failed) for case in cases] == [
        ("test_x::test_passes", False),
        ("test_x::test_fails", True),
        ("test_x::test_errs", True),
    ]
    assert all(case.seconds >= 0 for case in cases)


@pytest.mark.parametrize("text", [None, "", "<testsuites><testsuite>"])
def test_a_file_that_pytest_did_not_finish_has_no_cases(tmp_path, text):
    if text is not None:
        (tmp_path / "x.xml").write_text(text)
    assert times.read_cases(tmp_path / "x.xml") == []


PASSED, FAILED = times.Case("a", 1, False), times.Case("b", 2, True)


@pytest.mark.parametrize(
    ("code", "cases", "expected"),
    [
        (0, None, (1, 0)),
        (2, None, (1, 1)),
        (0, [PASSED, PASSED], (2, 0)),
        (1, [PASSED, FAILED, FAILED], (3, 2)),
        (5, [], (0, 1)),  # it collected nothing
        (137, [], (0, 1)),
        (1, [PASSED], (1, 1)),
    ],
)
def test_row(code, cases, expected):
    found = times.row("x", 1.23, code, cases)
    assert found == {"part": "x", "seconds": 1.2, "cases": expected[0], "failed": expected[1]}
    assert tuple(found) == times.COLUMNS


def row(part, seconds, failed=0):
    return {"part": part, "seconds": seconds, "cases": 1, "failed": failed}


def test_a_run_that_was_cut_off_keeps_what_it_did_not_run_and_drops_what_is_no_part_any_more():
    old, new = [row("unit", 100), row("lint", 20), row("gone", 50)], [row("lint", 30)]
    assert times.merge(old, new, {"unit", "lint", "never-ran"}) == [row("unit", 100), row("lint", 30)]


def test_what_failed_is_no_estimate():
    assert times.estimates([row("unit", 3, failed=1), row("lint", 20)]) == {"lint": 20}


def test_the_file_is_written_and_read(tmp_path):
    path = tmp_path / "test-times.json"
    assert times.read(path) == []
    path.write_text("old")
    assert times.read(path) == []
    times.write(path, [row("lint", 20)])
    assert json.loads(path.read_text()) == times.read(path) == [row("lint", 20)]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", ["{}", "[1]", '[{"part": "x"}]', "null", '{"part": 1}'])
def test_a_file_of_another_shape_counts_as_none(tmp_path, content):
    (tmp_path / "x").write_text(content)
    assert times.read(tmp_path / "x") == []


def test_table_has_the_longest_first_the_sums_and_the_ten_slowest_cases():
    cases = [times.Case(f"case{number}", number, False) for number in range(12)]
    lines = times.table([row("lint", 20), row("unit", 100, failed=2)], cases)
    assert [line.split() for line in lines[:4]] == [
        ["part", "seconds", "cases", "failed"],
        ["unit", "100", "1", "2"],
        ["lint", "20", "1", "0"],
        ["all", "120", "2", "2"],
    ]
    assert [line.split()[-1] for line in lines[6:]] == [f"case{number}" for number in range(11, 1, -1)]


def test_table_of_nothing():
    assert len(times.table([], [])) == 2


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ([], "0 passed, 0 failed"),
        ([row("lint", 20), {**row("unit", 100, failed=2), "cases": 10}], "9 passed, 2 failed"),
        ([{"part": "unit", "seconds": 1, "cases": 0, "failed": 1}], "0 passed, 1 failed"),
    ],
)
def test_closing_line(rows, line):
    assert times.closing_line(rows) == line
