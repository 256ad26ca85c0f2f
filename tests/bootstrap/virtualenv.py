# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""build/venv: the tools of development, on the newest Python at hand."""

import glob
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

import progress

# ansible-core and ansible-test know the Pythons up to the newest one here; below the oldest there is no ansible 12.
OLDEST_MINOR, NEWEST_MINOR = 11, 14

# Ensurepip is what Debian leaves out of python3 without python3-venv.
PROBE = "import ensurepip, sys, venv; print(getattr(sys, '_base_executable', sys.executable)); print(sys.version.split()[0])"


def ensure(build: pathlib.Path, requirements: pathlib.Path) -> None:
    """Make build/venv, unless it was already made of the same requirements by the same interpreter."""
    python, version = _newest_python()
    content = "%s %s\n%s" % (python, version, requirements.read_text())
    wanted = hashlib.sha256(content.encode()).hexdigest()
    venv = build / "venv"
    stamp = venv / "made-of"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    # Never repaired, always made anew: without the stamp nobody knows how far an interrupted run came.
    shutil.rmtree(str(venv), ignore_errors=True)
    progress.run("Making build/venv with Python %s (%s)" % (version, python), [python, "-m", "venv", str(venv)], build / "log/venv.log")
    pip = [str(venv / "bin/python"), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar=off"]
    progress.run("Installing the Python packages of requirements.txt", pip + ["--requirement", str(requirements)], build / "log/pip.log")
    stamp.write_text(wanted)


def _newest_python():
    for minor in range(NEWEST_MINOR, OLDEST_MINOR - 1, -1):
        for candidate in _candidates("python3.%d" % minor):
            probe = subprocess.run([candidate, "-c", PROBE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True, check=False)
            if probe.returncode == 0:
                return probe.stdout.split()
    sys.exit("No Python 3.%d to 3.%d that can make a virtual environment was found, neither on PATH nor among pyenv's." % (OLDEST_MINOR, NEWEST_MINOR))


def _candidates(name):
    on_path = shutil.which(name)
    pyenv = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    number = name[len("python"):]
    return ([on_path] if on_path else []) + sorted(glob.glob("%s/versions/%s.*/bin/%s" % (pyenv, number, name)), reverse=True)
