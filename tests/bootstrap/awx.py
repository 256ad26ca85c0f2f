# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Part of `make awx`: the collection awx.awx, in build/awx/collections.

It is on Galaxy, and inside the package `ansible` on PyPI, up to 13.x: of that one wheel (56 MB) only
ansible_collections/awx is kept.
"""

import pathlib
import shutil
import sys
import tempfile
import zipfile

import progress

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
FOLDER = BUILD / "awx/collections"
PACKAGE = "ansible==13.8.0"
# What that package needs; nothing of it is run, so that the Python of build/venv does not matter.
PYTHON = "3.13"
WANTED = "ansible_collections/awx/"


def main():
    stamp = FOLDER / "made-of"
    if stamp.exists() and stamp.read_text() == PACKAGE:
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as temporary:
        command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--progress-bar=off"]
        command += ["--no-deps", "--only-binary=:all:", f"--python-version={PYTHON}", f"--dest={temporary}", PACKAGE]
        progress.run(f"Fetching awx.awx (in {PACKAGE}, 56 MB, once)", command, BUILD / "log/awx.log")
        wheel = next(pathlib.Path(temporary).glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(FOLDER, [name for name in archive.namelist() if name.startswith(WANTED)])
    if not (FOLDER / WANTED / "awx/plugins/modules/project.py").exists():
        sys.exit(f"{PACKAGE} has no awx.awx: choose another version of it in tests/bootstrap/awx.py")
    stamp.write_text(PACKAGE)


if __name__ == "__main__":
    main()
