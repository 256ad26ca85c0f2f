# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""build/venv: the tools of development, on the newest Python at hand."""

import ast
import configparser
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

import progress
import pythons

# ansible-core and ansible-test know the Pythons up to the newest one here; below the oldest there is no ansible 12.
OLDEST_MINOR, NEWEST_MINOR = 11, 14

# What Debian leaves out of python3 without python3-venv.
PROBE = "import ensurepip, venv"


def ensure(build: pathlib.Path, requirements: pathlib.Path) -> None:
    """Make build/venv, unless the same interpreter made it from the same requirements."""
    venv = build / "venv"

    def finish():
        # The package ansible holds about a hundred collections: to compile the used one alone saves 10 s and 200 MB.
        compileall = [str(venv / "bin/python"), "-m", "compileall", "-q", "-j", "0"]
        compileall += ["-x", "ansible_collections/(?!netapp/ontap)", str(venv / "lib")]
        progress.run(
            "Compiling them", compileall, build / "log/compile.log", env=dict(os.environ, PYTHONDONTWRITEBYTECODE="")
        )
        _hand_on_pip_settings(venv, build / "home/.config/pip/pip.conf")

    make(venv, _newest_python(), ["--requirement", str(requirements)], requirements.read_text(), build / "log", finish)


def make(venv, python, install, inputs, logs, finish=None) -> None:
    """Make the virtual environment `venv` with the interpreter `python`, install packages, and call `finish`.

    install  what pip is to install: words of its command line
    inputs   a text; where the same interpreter made `venv` from the same text, nothing is done
    """
    wanted = hashlib.sha256(f"{python}\n{inputs}".encode()).hexdigest()
    stamp = venv / "made-of"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    # Not repaired but made again: without the stamp it is unknown how far an interrupted run came.
    shutil.rmtree(str(venv), ignore_errors=True)
    name = f"{venv.parent.name}/{venv.name}"
    progress.run(f"Making {name} with {python}", [python, "-m", "venv", str(venv)], logs / "venv.log")
    pip = [str(venv / "bin/python"), "-m", "pip", "install"]
    pip += ["--disable-pip-version-check", "--progress-bar=off", "--no-compile"]
    progress.run("Installing Python packages into it", pip + install, logs / "pip.log")
    if finish:
        finish()
    stamp.write_text(wanted)


def _newest_python():
    for minor in range(NEWEST_MINOR, OLDEST_MINOR - 1, -1):
        found = pythons.find(f"3.{minor}", PROBE)
        if found:
            return found
    sys.exit(
        f"No Python 3.{OLDEST_MINOR} to 3.{NEWEST_MINOR} that can make a virtual environment is on PATH or in pyenv. "
        "Install python3 with python3-venv, or a version with pyenv, and run the same make command again."
    )


def _hand_on_pip_settings(venv, target):
    """Write the user's pip settings (files and PIP_* variables) into the home folder of the tools, build/home.

    ansible-test passes no PIP_* variable on to the pip that it calls.
    """
    listing = subprocess.run([str(venv / "bin/pip"), "config", "list"], stdout=subprocess.PIPE, text=True, check=True)
    settings = configparser.RawConfigParser()
    # Variables count more than files.
    for line in sorted(listing.stdout.splitlines(), key=lambda line: line.startswith(":env:")):
        name, value = line.split("=", 1)
        section, option = name.replace(":env:", "global").split(".", 1)
        if not settings.has_section(section):
            settings.add_section(section)
        settings[section][option] = ast.literal_eval(value)
    target.parent.mkdir(parents=True, exist_ok=True)
    # It may hold the password of an index.
    with open(os.open(str(target), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
        settings.write(output)
