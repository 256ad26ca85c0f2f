# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the base image of the execution environment: a minimal Debian from its packages, without a registry.

ee/base.txt has the packages and their versions at the time when the lock files were renewed. Debian keeps no older
version beside a newer one, so these versions cannot be requested: changed versions are printed, and used.
"""

import hashlib
import os
import pathlib
import shlex

import ee_podman
import progress
from lab import image

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOCK = ROOT / "ee/base.txt"
NAME = "localhost/sanops-multipath-ee-base"
SUITE = "trixie"
FORMAT = 1
"""Raise it when this file changes what the image holds."""

PACKAGES = ["ca-certificates", "openssh-client", "python3", "python3-pip", "sshpass"]
POCKETS = ["", "-updates", "-security"]
HEADER = f"# The packages of the base image (Debian {SUITE}), written by make ee-lock.\n"


def name():
    """Return the name of the image that belongs to the lock file: another lock is another image."""
    return (
        f"{NAME}:{hashlib.sha256(repr((FORMAT, SUITE, PACKAGES, POCKETS, LOCK.read_text())).encode()).hexdigest()[:12]}"
    )


def ensure(build):
    """Return the name of the image, made if it is not there. `build` is the folder build/ee."""
    if not ee_podman.exists(name()):
        now = _bootstrap(build)
        for line in drift(LOCK.read_text(), now):
            progress.say(line)
        _import(build)
    return name()


def renew(build):
    """Make the image of what Debian has now, and write that to the lock file."""
    LOCK.write_text(HEADER + _bootstrap(build))
    _import(build)


def drift(lock, now):
    """Return sentences about the differences between two lists of packages.

    lock, now: texts of NAME=VERSION lines, those of the lock file and those of today.
    """
    locked, found = (
        dict(line.split("=", 1) for line in text.splitlines() if line and line[0] != "#") for text in (lock, now)
    )
    versions = {
        package: (locked.get(package, "none"), found.get(package, "none")) for package in sorted({*locked, *found})
    }
    changed = [f"{package} {was} -> {now}" for package, (was, now) in versions.items() if was != now]
    return (
        [f"Debian has moved on since ee/base.txt (make ee-lock rewrites it): {', '.join(changed)}"] if changed else []
    )


def _bootstrap(build):
    """Make build/ee/base.tar, and return its packages as text."""
    image.check_tools()
    build.mkdir(parents=True, exist_ok=True)
    listing = build / "base-packages.txt"
    query = "dpkg-query --show --showformat='${Package}=${Version}\\n'"
    command = [
        "mmdebstrap",
        "--mode=" + ("root" if os.geteuid() == 0 else "unshare"),
        "--variant=minbase",
        "--format=tar",
        *(f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in ("doc", "info", "locale", "man")),
        # The licences stay.
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        *image.apt_options(),
        f"--include={','.join(PACKAGES)}",
        f'--customize-hook=chroot "$1" {query} > {shlex.quote(str(listing))}',
        SUITE,
        str(build / "base.tar"),
        *(f"deb {image.mirror(SUITE, pocket=pocket)} {SUITE}{pocket} main" for pocket in POCKETS),
    ]
    progress.run(f"Making the base image (Debian {SUITE})", command, build / "log/base.log")
    return listing.read_text()


def _import(build):
    progress.run(f"Importing {name()}", ["podman", "import", str(build / "base.tar"), name()], build / "log/import.log")
    (build / "base.tar").unlink()
