# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Part of `make browser`: axe-core, which looks for what keeps people from using a page. One script from npm's registry, kept in build/cache."""

import pathlib
import shutil
import sys
import tarfile

import progress

VERSION = "4.14.1"
BUILD = pathlib.Path(__file__).resolve().parents[2] / "build"
FOLDER = BUILD / "cache/axe-core"
SCRIPT = FOLDER / ("axe-%s.min.js" % VERSION)


def main():
    if SCRIPT.exists():
        return
    if not shutil.which("npm"):
        sys.exit("npm is missing: install it, then run the same make command again.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = ["npm", "pack", "--silent", "--cache", str(BUILD / "cache/npm"), "--pack-destination", str(FOLDER), "axe-core@%s" % VERSION]
    progress.run("Fetching axe-core %s" % VERSION, command, BUILD / "log/npm.log", cwd=str(FOLDER))
    archive = FOLDER / ("axe-core-%s.tgz" % VERSION)
    with tarfile.open(archive) as package:
        script = package.extractfile("package/axe.min.js").read()
    draft = SCRIPT.with_suffix(".draft")
    draft.write_bytes(script)
    draft.rename(SCRIPT)
    archive.unlink()


if __name__ == "__main__":
    main()
