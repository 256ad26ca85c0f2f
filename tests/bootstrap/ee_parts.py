# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetch the contents of the execution environment with this machine's pip, checked against the lock files.

The build itself then needs no network.

build/ee/wheels       the Python packages of ee/image.txt and ee/builder.txt
build/ee/collections  this collection as it is in the working tree, and netapp.ontap from the wheel of `ansible`
"""

import hashlib
import json
import pathlib
import platform
import shutil
import sys
import tarfile
import zipfile

import artifact
import progress

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOCKS = ROOT / "ee"
COLLECTIONS = ["netapp.ontap"]
# Wheels for the glibc of RHEL 9, which newer systems take too.
GLIBC = range(34, 4, -1)


def download(build, title, locks, target, python):
    """Download the wheels that the lock files name into the folder `target`, unless that is done already.

    python: version that the wheels are for, such as "3.13".
    """
    made_of = hashlib.sha256("\n".join([python, *((LOCKS / lock).read_text() for lock in locks)]).encode()).hexdigest()
    stamp = target / "made-of"
    if stamp.exists() and stamp.read_text() == made_of:
        return
    shutil.rmtree(target, ignore_errors=True)
    tags = [f"--platform=manylinux_2_{minor}_{platform.machine()}" for minor in GLIBC] + [
        f"--platform=manylinux2014_{platform.machine()}"
    ]
    for lock in locks:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command += ["--progress-bar=off", "--no-deps", "--require-hashes", "--only-binary=:all:"]
        command += [f"--python-version={python}", *tags, f"--dest={target}", f"--requirement={LOCKS / lock}"]
        progress.run(f"Downloading {title} ({lock})", command, build / "log/download.log")
    stamp.write_text(made_of)


def own_collection(build):
    """Build this collection's artifact into build/ee/collections; return the digest of what is in it."""
    fresh = build / "artifact"
    shutil.rmtree(fresh, ignore_errors=True)
    target = build / "collections/sanops-multipath.tar.gz"
    built = artifact.build(ROOT, fresh)
    digest = contents(built)
    # The same contents keep their file, and the build the layers that it has made of it.
    if not target.exists() or contents(target) != digest:
        target.parent.mkdir(parents=True, exist_ok=True)
        built.replace(target)
    return digest


def contents(path):
    """Return the digest of a collection artifact's contents, which does not depend on the time of the build.

    MANIFEST.json has the digest of FILES.json, which has that of each file.
    """
    with tarfile.open(path) as archive:
        return hashlib.sha256(archive.extractfile("MANIFEST.json").read()).hexdigest()


def dependencies(build, python):
    """Put the artifacts of COLLECTIONS into build/ee/collections; return {name: version}."""
    wheels = build / "ansible"
    download(build, "the collections", ["collections.txt"], wheels, python)
    versions = {}
    for name in COLLECTIONS:
        namespace, short = name.split(".")
        target = build / "collections" / f"{namespace}-{short}.tar.gz"
        source = wheels / f"{namespace}-{short}"
        if not target.exists() or not source.exists():
            with zipfile.ZipFile(next(wheels.glob("*.whl"))) as wheel:
                unpack(wheel, name, source)
            fresh = build / "artifact-dependency"
            shutil.rmtree(fresh, ignore_errors=True)
            built = artifact.build(source, fresh)
            target.parent.mkdir(parents=True, exist_ok=True)
            built.replace(target)
        versions[name] = json.loads((source / "galaxy.yml").read_text())["version"]
    return versions


def unpack(wheel, name, target):
    """Unpack a collection out of the package ansible, as a source that `ansible-galaxy collection build` takes.

    The package leaves out the tests of a collection, and not its MANIFEST.json, which lists them: galaxy.yml
    is made from it, and the build makes a new one.
    """
    shutil.rmtree(target, ignore_errors=True)
    prefix = f"ansible_collections/{name.replace('.', '/')}/"
    for member in wheel.infolist():
        if member.filename.startswith(prefix) and not member.is_dir():
            path = target / member.filename[len(prefix) :]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wheel.read(member))
    manifest = json.loads((target / "MANIFEST.json").read_text(encoding="utf-8"))["collection_info"]
    (target / "galaxy.yml").write_text(
        json.dumps({key: value for key, value in manifest.items() if value}), encoding="utf-8"
    )
    for made in ("MANIFEST.json", "FILES.json"):
        (target / made).unlink(missing_ok=True)


def locked_versions(text):
    """Return {name: version} of ee/collections.yml.

    It is a requirements file for ansible-galaxy, written as JSON, which is YAML.
    """
    body = "\n".join(line for line in text.splitlines() if not line.startswith(("#", "---")))
    return {entry["name"]: entry["version"] for entry in json.loads(body)["collections"]}
