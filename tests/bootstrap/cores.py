# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a virtual environment, build/matrix/RELEASE, for each supported release of ansible-core.

The newest that the Pythons of this machine allow is in build/venv already (virtualenv.py).
"""

import pathlib
import subprocess

import pythons
import virtualenv

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"

# Release -> the oldest and the newest Python 3 that it runs on.
PYTHONS = {"2.16": (10, 12), "2.17": (10, 12), "2.18": (11, 13), "2.19": (11, 13), "2.20": (12, 14)}
OLDEST = "2.16"

# What the unit tests and the scenarios import; requirements.txt says from which version on.
PACKAGES = (
    "ansible-runner hypothesis jmespath jsonschema kubernetes netapp-ontap "
    "pytest pytest-xdist qemu.qmp requests trustme"
).split()


def releases():
    """Return those of PYTHONS and the newest that this machine can run."""
    return list(dict.fromkeys([*PYTHONS, _newest()]))


def ensure(release):
    """Return the folder of a release's virtual environment, made if need be.

    Return None where no Python of this machine fits.
    """
    if release == _newest():
        return BUILD / "venv"
    interpreter = _python(release)
    if not interpreter:
        return None
    requirements = ROOT / "requirements.txt"
    install = [f"ansible-core~={release}.0", *PACKAGES, "--constraint", str(requirements)]
    venv = BUILD / "matrix" / release
    virtualenv.make(venv, interpreter, install, "\n".join([*install, requirements.read_text()]), BUILD / "log/matrix")
    return venv


def _newest():
    """Return the release in build/venv: the newest that the newest Python of this machine allows."""
    ask = "from ansible.release import __version__; print('.'.join(__version__.split('.')[:2]))"
    return subprocess.run(
        [str(BUILD / "venv/bin/python"), "-c", ask], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()


def _python(release):
    """Return the newest interpreter of this machine that a release runs on, or None."""
    oldest, newest = PYTHONS[release]
    for minor in range(newest, oldest - 1, -1):
        found = pythons.find(f"3.{minor}", virtualenv.PROBE)
        if found:
            return found
    return None


if __name__ == "__main__":
    ensure(OLDEST)
