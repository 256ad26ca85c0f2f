# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make ee`: build the execution environment, run its tests, and audit an inventory inside it.

    python tests/bootstrap/ee.py               # build and test, if anything has changed
    python tests/bootstrap/ee.py INVENTORY     # then audit that; the report goes to build/ee/report

Variables of the environment: EE_BASE, EE_BUILD_ARGS, EE_ARGS and EE_MOUNTS; docs/execution-environment.md explains
them.
"""

import hashlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

import apt
import ee_base
import ee_parts
import ee_podman
import progress
import virtualenv

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/ee"
TESTS = ROOT / "tests/ee"
NAME = "localhost/sanops-multipath-ee"
LABEL = "sanops.multipath.made-of"
# Of the base image; the lock files are resolved for it.
PYTHON = "3.13"
# crun would do too, where it runs at all.
APT_PACKAGES = ["podman", "runc"]
# With the wheels at /mnt these are there in the build alone: pip asks no index, and finds what was downloaded.
PIP_SETTINGS = "[global]\nno-index = true\nfind-links = /mnt\n"


def main():
    image = build()
    test(image)
    for inventory in sys.argv[1:]:
        code = subprocess.run(audit_command(image, pathlib.Path(inventory).resolve()), check=False).returncode
        progress.say(
            f"ansible-playbook ended with exit code {code}; the report is in {(BUILD / 'report').relative_to(ROOT)}/"
        )
        if code:
            sys.exit(code)


def prepare(locked=True):
    """Install podman and the tools of ee/tools.txt (build/ee/venv); before there is a lock file, the newest ones."""
    apt.ensure(APT_PACKAGES, ROOT / "build")
    wanted = ee_parts.LOCKS / ("tools.txt" if locked else "tools.in")
    install = [*(["--require-hashes"] if locked else []), "--requirement", str(wanted)]
    virtualenv.make(BUILD / "venv", os.path.realpath(sys.executable), install, wanted.read_text(), BUILD / "log")


def build():
    """Return the name of the image, built if anything that it is made of has changed."""
    prepare()
    base = os.environ.get("EE_BASE") or ee_base.ensure(BUILD)
    python = PYTHON if not os.environ.get("EE_BASE") else _python_of(base)
    found = ee_parts.dependencies(BUILD, python)
    locked = ee_parts.locked_versions((ee_parts.LOCKS / "collections.yml").read_text())
    if found != locked:
        sys.exit(
            f"ee/collections.yml wants {locked}, and the package of ee/collections.txt has "
            f"{found}. Run make ee-lock, which writes both."
        )
    made_of = inputs(ee_podman.identity(base), ee_parts.own_collection(BUILD))
    image = f"{NAME}:{version()}"
    if ee_podman.label(image, LABEL) == made_of:
        progress.say(f"{image} is up to date")
        return image
    # ansible-builder adds to an existing folder, and removes nothing from it.
    shutil.rmtree(BUILD / "context", ignore_errors=True)
    ee_parts.download(BUILD, "Python packages", ["image.txt", "builder.txt"], BUILD / "wheels", python)
    progress.run(
        f"Building {image}",
        build_command(image, base, made_of),
        BUILD / "log/build.log",
        cwd=ROOT,
        env=ee_podman.build_environment(),
    )
    return image


def test(image):
    """Run tests/ee against the image, unless these tests have passed on it before; end the program where they fail."""
    digest = hashlib.sha256(ee_podman.identity(image).encode())
    for path in sorted([*TESTS.glob("*.py"), *pathlib.Path(__file__).parent.glob("ee*.py")]):
        digest.update(path.read_bytes())
    stamp = BUILD / "tested"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        progress.say("its tests have passed")
        return
    progress.say(f"Testing {image} ...")
    code = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(TESTS)], cwd=ROOT, env={**os.environ, "EE_IMAGE": image}, check=False
    ).returncode
    if code:
        sys.exit(code)
    stamp.write_text(digest.hexdigest())


def inputs(base, collection):
    """Return the digest of everything that the image is made of.

    base: id of the base image; collection: digest of this collection's contents.
    """
    digest = hashlib.sha256(f"{base}\0{collection}\0".encode())
    for path in [ROOT / "execution-environment.yml", *sorted(ee_parts.LOCKS.iterdir())]:
        digest.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def version():
    return re.search(r"^version: (\S+)$", (ROOT / "galaxy.yml").read_text(), re.MULTILINE)[1]


def build_command(image, base, made_of):
    (BUILD / "pip.conf").write_text(PIP_SETTINGS)
    extra = [f"--label={LABEL}={made_of}", *ee_podman.limits(), "--network=host"]
    extra += [f"--volume={BUILD / 'pip.conf'}:/etc/pip.conf:ro", f"--volume={BUILD / 'wheels'}:/mnt:ro"]
    command = [str(BUILD / "venv/bin/ansible-builder"), "build", "--container-runtime=podman", "--verbosity=3"]
    command += ["--file=execution-environment.yml", f"--context={BUILD / 'context'}", f"--tag={image}"]
    command += [f"--build-arg=EE_BASE_IMAGE={base}", f"--extra-build-cli-args={shlex.join(extra)}"]
    return [*command, *shlex.split(os.environ.get("EE_BUILD_ARGS", ""))]


def audit_command(image, inventory):
    """Return the command that audits an inventory in the image.

    The container sees the inventory's folder (the lab's has the key too), where it also is, and EE_MOUNTS under their
    own names. It runs as its root, who without privileges is the caller, so that it may read a private key that only
    the caller may.
    """
    report = BUILD / "report"
    report.mkdir(parents=True, exist_ok=True)
    folder = inventory if inventory.is_dir() else inventory.parent
    mounts = [folder, *(pathlib.Path(path).resolve() for path in os.environ.get("EE_MOUNTS", "").split())]
    options = ["--user=0", f"--workdir={folder}", f"--volume={report}:/runner/report"]
    options += ["--interactive", "--tty"] if sys.stdout.isatty() else []
    words = ["ansible-playbook", "sanops.multipath.audit", "--inventory", str(inventory)]
    words += ["--extra-vars", "audit_report_dir=/runner/report", *shlex.split(os.environ.get("EE_ARGS", ""))]
    return ee_podman.run(image, words, options, dict.fromkeys(mounts))


def _python_of(base):
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    return subprocess.run(
        ee_podman.run(base, ["python3", "-c", ask]), stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()


if __name__ == "__main__":
    main()
