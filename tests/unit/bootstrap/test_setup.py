# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `make setup` decides: which packages, which Python, and when the virtual environment is made again."""

import os
import pathlib
import sys

import apt
import progress
import promtool
import pytest
import pythons
import virtualenv


@pytest.fixture
def one_missing_package(monkeypatch):
    """Record the commands on a system with all but one package."""
    commands = []
    monkeypatch.setattr(apt, "_is_installed", lambda package: package != "mmdebstrap")
    monkeypatch.setattr(apt.shutil, "which", lambda name: "/usr/bin/" + name)
    monkeypatch.setattr(apt, "_lab_packages", lambda root: ["cpio", "mmdebstrap"])
    monkeypatch.setattr(progress, "run", lambda title, command, log, **options: commands.append(command))
    return commands


def test_root_installs_only_what_is_missing(monkeypatch, tmp_path, one_missing_package):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    apt.install_missing(tmp_path, tmp_path)
    assert one_missing_package == [
        ["apt-get", "update"],
        ["apt-get", "install", "--yes", "--no-install-recommends", "mmdebstrap"],
    ]


def test_another_user_gets_the_command_to_run(monkeypatch, tmp_path, one_missing_package):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="sudo apt-get install --yes --no-install-recommends mmdebstrap"):
        apt.install_missing(tmp_path, tmp_path)
    assert one_missing_package == []


def interpreter(path, exit_code):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\n[ {exit_code} = 0 ] && exec {sys.executable} "$@"\nexit {exit_code}\n')
    path.chmod(0o755)


def test_a_shim_that_refuses_is_passed_over_for_the_version_behind_it(monkeypatch, tmp_path):
    interpreter(tmp_path / "shims/python3.99", 127)
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "nowhere"))
    assert pythons.find("3.99") is None
    interpreter(tmp_path / "versions/3.99.1/bin/python3.99", 0)
    assert pythons.find("3.99") == os.path.realpath(sys._base_executable)


def test_a_python_that_cannot_do_what_is_asked_is_passed_over(monkeypatch, tmp_path):
    interpreter(tmp_path / "python3.99", 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pythons.find("3.99", "import json") is not None
    assert pythons.find("3.99", "import no_such_module") is None


def test_the_virtual_environment_is_made_again_when_its_inputs_change_or_it_was_interrupted(monkeypatch, tmp_path):
    made = []

    def run(title, command, log, **options):
        if command[1:3] == ["-m", "venv"]:
            made.append(title)
            (tmp_path / "venv").mkdir(parents=True)

    def interrupted(title, command, log, **options):
        run(title, command, log)
        raise KeyboardInterrupt

    monkeypatch.setattr(virtualenv, "_newest_python", lambda: "/usr/bin/python3.11")
    monkeypatch.setattr(virtualenv, "_hand_on_pip_settings", lambda venv, target: None)
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("ansible\n")

    monkeypatch.setattr(progress, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        virtualenv.ensure(tmp_path, requirements)
    monkeypatch.setattr(progress, "run", run)
    virtualenv.ensure(tmp_path, requirements)
    assert len(made) == 2, "the half one is not taken as done"
    virtualenv.ensure(tmp_path, requirements)
    assert len(made) == 2, "nothing changed"
    requirements.write_text("ansible>=12\n")
    virtualenv.ensure(tmp_path, requirements)
    assert len(made) == 3
    monkeypatch.setattr(virtualenv, "_newest_python", lambda: "/usr/bin/python3.13")
    virtualenv.ensure(tmp_path, requirements)
    assert len(made) == 4


class TestPromtool:
    @pytest.fixture
    def commands(self, monkeypatch, tmp_path):
        """Record the commands on a Debian system without promtool; apt's download is the package."""
        done = []

        def run(title, command, log, **options):
            done.append(command)
            if command[1] == "download":
                (tmp_path / "log").mkdir(exist_ok=True)
                (pathlib.Path(options["cwd"]) / "prometheus_2_amd64.deb").touch()
            if command[0] == "dpkg-deb":
                (pathlib.Path(command[3]) / "usr/bin").mkdir(parents=True)
                (pathlib.Path(command[3]) / "usr/bin/promtool").write_text("it")

        monkeypatch.setattr(promtool.shutil, "which", lambda name: None if name == "promtool" else "/usr/bin/" + name)
        monkeypatch.setattr(promtool, "_is_known", lambda: True)
        monkeypatch.setattr(progress, "run", run)
        return done

    def test_it_is_unpacked_and_nothing_is_installed(self, commands, tmp_path):
        promtool.ensure(tmp_path)
        assert [command[:2] for command in commands] == [["apt-get", "download"], ["dpkg-deb", "--extract"]]
        assert (tmp_path / "promtool").read_text() == "it" and sorted(path.name for path in tmp_path.iterdir()) == [
            "log",
            "promtool",
        ]

    def test_one_that_is_there_is_taken(self, commands, monkeypatch, tmp_path):
        (tmp_path / "promtool").touch()
        promtool.ensure(tmp_path)
        (tmp_path / "promtool").unlink()
        monkeypatch.setattr(promtool.shutil, "which", lambda name: "/usr/bin/" + name)
        promtool.ensure(tmp_path)
        assert commands == []

    def test_root_reads_the_package_lists_first_where_there_are_none(self, commands, monkeypatch, tmp_path):
        monkeypatch.setattr(promtool, "_is_known", lambda: False)
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        promtool.ensure(tmp_path)
        assert commands[0] == ["apt-get", "update"] and (tmp_path / "promtool").exists()

    def test_another_user_gets_the_command_to_run(self, commands, monkeypatch, tmp_path):
        monkeypatch.setattr(promtool, "_is_known", lambda: False)
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        with pytest.raises(SystemExit, match="sudo apt-get update"):
            promtool.ensure(tmp_path)
        assert commands == []

    def test_another_system_gets_the_names_of_what_it_needs(self, commands, monkeypatch, tmp_path, capsys):
        monkeypatch.setattr(promtool.shutil, "which", lambda name: None)
        promtool.ensure(tmp_path)
        assert commands == [] and "Make sure that promtool" in capsys.readouterr().out
