# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from lab import cli
from lab.boot import _together
from lab.errors import LabError
from lab.lab import Lab

TESTS = Path(__file__).parents[2]
SPECIAL = {"apt-packages", "build", "failures", "requests", "ssh", "status"}


@pytest.mark.parametrize("verb", sorted(set(cli.VERBS) - SPECIAL))
def test_every_verb_fits_its_method(verb):
    """A verb's arguments are just the parameters of the method of Lab with the same name."""
    sub = cli.parser()._subparsers._group_actions[0].choices[verb]
    arguments = {action.dest: action for action in sub._actions if action.dest != "help"}
    parameters = dict(inspect.signature(getattr(Lab, verb.replace("-", "_"))).parameters)
    del parameters["self"]
    assert set(arguments) == set(parameters)
    for name, parameter in parameters.items():
        if parameter.default is not parameter.empty:
            assert arguments[name].default == parameter.default


def test_apt_packages_needs_the_standard_library_only():
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            (f"import sys; sys.path.insert(0, {str(TESTS)!r}); from lab.cli import main; main(['apt-packages'])"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "qemu-system-x86" in done.stdout.split()


@pytest.mark.parametrize(
    "verb",
    [["map", "x", "node1"], ["ssh", "node1", "true"], ["record", "node1", "x"], ["fabric", "node1", "a", "freeze"]],
)
def test_verbs_on_a_lab_that_is_down(tmp_path, monkeypatch, capsys, verb):
    monkeypatch.setattr(cli, "Lab", lambda name: Lab(name, tmp_path))
    assert cli.main(["--name", "none", *verb]) == 1
    assert "Lab none is down. Start it with: up" in capsys.readouterr().err


def test_status_and_down_of_a_lab_that_is_down(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cli, "Lab", lambda name: Lab(name, tmp_path))
    assert cli.main(["--name", "none", "status"]) == 0
    assert cli.main(["--name", "none", "down"]) == 0
    assert "lab none is down" in capsys.readouterr().out


def test_bad_name(capsys):
    assert cli.main(["--name", "../x", "status"]) == 1
    assert "letters and digits" in capsys.readouterr().err


def test_the_first_failure_stops_the_others():
    stopped = []

    def fail(stop):
        raise LabError("node1 died")

    def wait(stop):
        stopped.append(stop.wait(10))

    with pytest.raises(LabError, match="node1 died"):
        _together([wait, fail])
    assert stopped == [True]
