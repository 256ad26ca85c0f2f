# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A matrix of which nothing was run, or one cell of which failed, is no success; what is missing is named."""

import re
import subprocess

import cores
import matrix
import pytest
import pythons
from ansible_collections.sanops.multipath.plugins.plugin_utils._python import floors

PASSED, FAILED, MISSING = (0, "passed, 1 s"), (1, "FAILED, 1 s"), (None, "NOT RUN: no Python")


def results(*rows):
    return {
        (release, cell): result
        for release, row in zip(("2.16", "2.17"), rows)
        for cell, result in zip(matrix.CELLS, row)
    }


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([[PASSED] * 4, [PASSED] * 4], 0),
        ([[PASSED] * 4, [PASSED, PASSED, FAILED, PASSED]], 1),
        ([[PASSED, PASSED, PASSED, MISSING], [PASSED] * 4], 0),
        ([[MISSING] * 4, [PASSED] * 4], 1),  # but one release: that is no matrix
        ([[MISSING] * 4, [MISSING] * 4], 1),
        ([[PASSED]], 0),
        ([[FAILED]], 1),
        ([[MISSING]], 0),
    ],
)
def test_verdict(rows, code):
    assert matrix.verdict(results(*rows)) == code


def test_table_has_a_line_for_each_release():
    lines = matrix.table(results([PASSED, FAILED, MISSING, PASSED], [PASSED] * 4)).splitlines()
    assert lines[0].split() == ["ansible-core", *matrix.CELLS]
    assert [line.split()[0] for line in lines[1:]] == ["2.16", "2.17"]
    assert "FAILED" in lines[1] and "NOT RUN: no Python" in lines[1] and "FAILED" not in lines[2]


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """Record the commands instead of running them; all succeed."""
    done = []

    def record(command, **options):
        done.append((command, options["env"]["PATH"]))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(cores, "ensure", lambda release: tmp_path / release)
    monkeypatch.setattr(matrix.subprocess, "run", record)
    monkeypatch.setattr(pythons, "find", lambda version, probe="": "/usr/bin/python" + version)
    return done


def test_a_cell_runs_with_the_programs_of_its_release_alone(calls, tmp_path):
    code, said = matrix.run("2.17", "audit")
    assert code == 0 and said.startswith("passed")
    [(command, path)] = calls
    assert command[0] == str(tmp_path / "2.17/bin/pytest") and path.split(":")[0] == str(tmp_path / "2.17/bin")


def test_only_the_oldest_release_takes_the_oldest_python(calls):
    assert matrix.run("2.17", "hosts")[0] is None and calls == []
    assert matrix.run("2.16", "hosts")[0] == 0 and len(calls) == 1


def test_what_a_plugin_gives_to_ansible_is_tested_on_every_release():
    """A test of a plugin that imports Ansible has something of it to test."""
    tests = {
        str(path.relative_to(matrix.ROOT)): path.read_text()
        for path in (matrix.ROOT / "tests/unit/plugins").glob("**/test_*.py")
    }
    those = [name for name, text in tests.items() if re.search(r"^ *(from|import) ansible(\.| |$)", text, re.MULTILINE)]
    assert len(those) > 5 and [name for name in those if not name.startswith(tuple(matrix.UNITS))] == []
    assert all((matrix.ROOT / name).exists() for name in matrix.UNITS)


def test_a_missing_python_is_named(calls, monkeypatch, capsys):
    monkeypatch.setattr(pythons, "find", lambda version, probe="": None)
    assert matrix.run("2.16", "hosts") == (None, "NOT RUN: no Python 3.6")
    monkeypatch.setattr(cores, "ensure", lambda release: None)
    assert matrix.run("2.18", "units") == (None, "NOT RUN: no Python 3.11 to 3.13")
    assert capsys.readouterr().out.count("NOT RUN: ansible-core") == 2 and calls == []


def test_the_newest_release_is_that_of_the_development_environment(monkeypatch):
    monkeypatch.setattr(cores, "_newest", lambda: "2.19")
    assert cores.releases() == ["2.16", "2.17", "2.18", "2.19", "2.20"]
    assert cores.ensure("2.19") == cores.BUILD / "venv"
    monkeypatch.setattr(cores, "_newest", lambda: "2.21")
    assert cores.releases() == ["2.16", "2.17", "2.18", "2.19", "2.20", "2.21"]


def test_the_table_of_pythons_has_every_release_that_is_tested():
    assert {*cores.PYTHONS, cores._newest()} <= set(floors.OLDEST)


@pytest.mark.parametrize(("there", "chosen"), [(["3.10", "3.11", "3.13"], "3.11"), (["3.9", "3.13"], None)])
def test_a_release_gets_the_newest_python_that_it_runs_on(monkeypatch, there, chosen):
    monkeypatch.setattr(cores, "_newest", lambda: "2.21")
    monkeypatch.setattr(pythons, "find", lambda version, probe="": version if version in there else None)
    made = []
    monkeypatch.setattr(cores.virtualenv, "make", lambda venv, python, *rest: made.append(python))
    assert (cores.ensure("2.16") is None) is (chosen is None)
    assert made == ([chosen] if chosen else [])
