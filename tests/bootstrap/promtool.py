# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Part of `make unit`: get build/promtool, Prometheus's checker of metrics and alert rules.

It is taken out of Debian's package prometheus, which is not installed: that would start a server on this machine.
"""

import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

import progress

PACKAGE = "prometheus"


def ensure(build: pathlib.Path) -> None:
    """Unpack promtool, unless there is one; where that is not possible, print what to do and exit."""
    target = build / "promtool"
    if target.exists() or shutil.which("promtool"):
        return
    if not shutil.which("apt-get"):
        progress.say("This is not a Debian system. Make sure that promtool (of Prometheus) is on PATH.")
        return
    if not _is_known():
        update = ["apt-get", "update"]
        if os.geteuid() != 0:
            sys.exit(
                f"apt has no package {PACKAGE} in its lists. Run this, then the same make command again:\n\n"
                f"  sudo {shlex.join(update)}\n"
            )
        progress.run("Reading the package lists (apt-get update)", update, build / "log/apt-update.log")
    with tempfile.TemporaryDirectory(dir=str(build)) as folder:
        # Root may write there, and apt's own user may not.
        download = ["apt-get", "download", "--option=APT::Sandbox::User=root", PACKAGE]
        progress.run(
            f"Downloading promtool (Debian's package {PACKAGE})", download, build / "log/promtool.log", cwd=folder
        )
        archive = next(pathlib.Path(folder).glob("*.deb"))
        progress.run("Unpacking it", ["dpkg-deb", "--extract", str(archive), folder], build / "log/promtool.log")
        (pathlib.Path(folder) / "usr/bin/promtool").rename(target)


def _is_known():
    answer = subprocess.run(
        ["apt-cache", "show", PACKAGE], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    return answer.returncode == 0


if __name__ == "__main__":
    ensure(pathlib.Path(__file__).resolve().parents[2] / "build")
