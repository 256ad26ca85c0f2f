# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Debian packages that the virtual environment and the lab need, and those of targets that need more."""

import os
import pathlib
import shlex
import shutil
import subprocess
import sys

import progress

# For the virtual environment, and for ansible-test sanity.
OWN_PACKAGES = ["git", "python3-venv", "shellcheck"]


def install_missing(root: pathlib.Path, build: pathlib.Path) -> None:
    """Install what every other target needs; see `ensure`."""
    ensure(OWN_PACKAGES + _lab_packages(root), build)


def ensure(wanted, build: pathlib.Path) -> None:
    """Install the missing ones of the packages `wanted`; without root, print the command for it and exit."""
    if not shutil.which("dpkg-query"):
        names = " ".join(wanted)
        progress.say(
            f"This is not a Debian system. Make sure that the equivalents of these packages are installed: {names}"
        )
        return
    missing = [package for package in wanted if not _is_installed(package)]
    if not missing:
        return
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if os.geteuid() != 0:
        sys.exit(f"Packages are missing. Run this, then the same make command again:\n\n  sudo {shlex.join(install)}\n")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive", LC_ALL="C.UTF-8")
    progress.run(
        "Reading the package lists (apt-get update)",
        ["apt-get", "update"],
        build / "log/apt-update.log",
        env=environment,
    )
    progress.run(f"Installing {' '.join(missing)}", install, build / "log/apt-install.log", env=environment)


def _lab_packages(root):
    command = [sys.executable, "-m", "lab", "apt-packages"]
    environment = dict(os.environ, PYTHONPATH=str(root / "tests"), PYTHONDONTWRITEBYTECODE="1")
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout.split()


def _is_installed(package):
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    answer = subprocess.run(query, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return answer.stdout == "installed"
