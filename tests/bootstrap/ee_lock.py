# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make ee-lock`: renew the lock files of the execution environment.

ee/*.txt and ee/collections.yml get the newest versions that ee/*.in allows.
"""

import json
import os
import subprocess
import sys

import ee_base
import ee_parts
import progress

import ee

# Lock -> how it is resolved. The tools run on whatever Python build/venv has; all else in the image.
RESOLVED = {
    "image": [f"--python-version={ee.PYTHON}", "--python-platform=linux"],
    # What both have, they have in the same version.
    "builder": [f"--python-version={ee.PYTHON}", "--python-platform=linux", "--constraints=ee/image.txt"],
    "tools": ["--python-version=3.11", "--universal"],
    "collections": [f"--python-version={ee.PYTHON}", "--python-platform=linux", "--no-deps"],
}


def main():
    ee.prepare(locked=(ee_parts.LOCKS / "tools.txt").exists())
    before = {path: path.read_text() for path in sorted(ee_parts.LOCKS.iterdir())}
    for lock, options in RESOLVED.items():
        command = [str(ee.BUILD / "venv/bin/uv"), "pip", "compile", f"ee/{lock}.in", f"--output-file=ee/{lock}.txt"]
        command += ["--upgrade", *options]
        command += ["--quiet", "--generate-hashes", "--only-binary=:all:", "--custom-compile-command=make ee-lock"]
        progress.run(f"Resolving ee/{lock}.txt", command, ee.BUILD / "log/lock.log", cwd=ee.ROOT, env=_environment())
    versions = ee_parts.dependencies(ee.BUILD, ee.PYTHON)
    entries = {"collections": [{"name": name, "version": version} for name, version in sorted(versions.items())]}
    header = (
        "---\n# The collections beside sanops.multipath, out of the package of collections.txt; "
        "written by make ee-lock.\n"
    )
    (ee_parts.LOCKS / "collections.yml").write_text(header + json.dumps(entries, indent=2) + "\n")
    ee_base.renew(ee.BUILD)
    changed = [path.name for path in sorted(ee_parts.LOCKS.iterdir()) if before.get(path) != path.read_text()]
    progress.say(f"changed: {', '.join(changed) or 'nothing'}; build and test it: make ee")


def _environment():
    """Return the environment of uv, which does not read pip's settings: the index and the certificates of pip."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    settings = dict(line.split("=", 1) for line in listing.splitlines() if "=" in line)
    found = {}
    for option, variable in (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE")):
        for place in (f":env:.{option}", f"global.{option}"):
            if place in settings:
                found.setdefault(variable, settings[place].strip("'"))
    return {**found, **os.environ}


if __name__ == "__main__":
    main()
