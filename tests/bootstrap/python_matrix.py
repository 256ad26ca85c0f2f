# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Part of `make unit`: what runs on hosts runs on every Python that hosts have.

Each interpreter found (on PATH, or pyenv's) compiles plugins/modules and plugins/module_utils, and runs
stale_mpath_facts with no options as the oldest supported Ansible does: ansible-core 2.16 is the last whose modules run
on Python 3.6. This machine may have no SAN device, so each also collects the facts of the recorded nodes
(tests/unit/recordings), and all must find the same. Interpreters that this machine has not are named, and are no
failure: molecule and ansible-test see to the usual ones.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pythons
from lab import recording

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
OLDEST_CORE = "ansible-core~=2.16.0"
CORE = BUILD / "ansible-core-2.16"
MODULE = "ansible_collections.sanops.multipath.plugins.modules.stale_mpath_facts"

COMPILE = """
import sys
for path in sys.argv[1:]:
    with open(path, "rb") as source:
        compile(source.read(), path, "exec")
"""


# The whole of what the module does, but below another root than /.
RECORDED = """
import json, sys
from ansible_collections.sanops.multipath.plugins.module_utils._facts import collect
from ansible_collections.sanops.multipath.plugins.module_utils._system import tree
print(json.dumps([collect.collect(tree.Tree(root), 30) for root in sys.argv[1:]]))
"""


def main():
    fetch_oldest_core()
    with tempfile.TemporaryDirectory() as folder:
        check_all(list(restore_recordings(pathlib.Path(folder))))


def check_all(nodes):
    sources = [
        str(path)
        for folder in ("modules", "module_utils")
        for path in sorted((ROOT / "plugins" / folder).glob("**/*.py"))
    ]
    if not sources:
        sys.exit("There is no module to check.")
    expected = recorded_facts(sys.executable, nodes)
    devices = sum(len(facts["maps"]) + len(facts["paths"]) for facts in expected)
    if not devices:
        sys.exit("The recordings have no device: they prove nothing.")
    found = {version: pythons.find(version) for version in pythons.ALL}
    for version, interpreter in found.items():
        if not interpreter:
            continue
        subprocess.run([interpreter, "-c", COMPILE, *sources], check=True)
        check_facts(version, interpreter)
        check_recorded_facts(version, interpreter, nodes, expected)
        print(
            (
                f"Python {version}: {len(sources)} files compile, stale_mpath_facts answers, and "
                f"finds the {devices} devices of the recordings"
            ),
            flush=True,
        )
    missing = [version for version, interpreter in found.items() if not interpreter]
    if missing == pythons.ALL:
        sys.exit("No Python was found to check with.")
    if missing:
        print(f"NOT CHECKED, these Pythons are not on this machine: {', '.join(missing)}", flush=True)


def fetch_oldest_core():
    """Unpack the oldest supported ansible-core: only its module_utils are used, and they need nothing else."""
    if CORE.exists():
        return
    unpacked = CORE.with_suffix(".part")
    shutil.rmtree(unpacked, ignore_errors=True)
    print(f"Fetching {OLDEST_CORE} ...", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(unpacked)]
    subprocess.run(
        [*pip, "--no-deps", "--no-compile", "--only-binary=:all:", "--python-version=3.11", OLDEST_CORE], check=True
    )
    unpacked.rename(CORE)


def restore_recordings(folder):
    """Unpack the recordings; yield the root of each."""
    for archive in sorted((ROOT / "tests/unit/recordings").glob("*.tar.gz")):
        root = folder / archive.name.split(".")[0]
        recording.restore(archive, root)
        yield str(root)


def recorded_facts(interpreter, nodes):
    """Return the facts of each recorded node as an interpreter collects them.

    Left out are the elapsed time, the version of that Python, and which portals answer on the network at the moment.
    """
    answer = subprocess.run(
        [interpreter, "-c", RECORDED, *nodes],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=True,
    )
    collected = json.loads(answer.stdout)
    for facts in collected:
        del facts["elapsed"], facts["iscsi"]["portals"], facts["host"]["python"]
    return collected


def check_recorded_facts(version, interpreter, nodes, expected):
    for node, found, wanted in zip(nodes, recorded_facts(interpreter, nodes), expected, strict=True):
        if found != wanted:
            different = [key for key in wanted if found.get(key) != wanted[key]]
            sys.exit(
                f"Python {version} ({interpreter}): of {pathlib.Path(node).name} it has other "
                f"facts than this Python: {', '.join(different)}"
            )


def environment():
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{CORE}:{BUILD / 'collections'}",
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def check_facts(version, interpreter):
    """Run stale_mpath_facts with no options; whatever this machine has, the answer is whole and its schema is 1."""
    command = [interpreter, "-m", MODULE]
    answer = subprocess.run(
        command,
        input='{"ANSIBLE_MODULE_ARGS": {}}',
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    try:
        facts = json.loads(answer.stdout)["ansible_facts"]["stale_mpath"]
    except (ValueError, KeyError):
        sys.exit(f"Python {version} ({interpreter}): stale_mpath_facts fails:\n{answer.stdout}\n{answer.stderr}")
    if answer.returncode or facts.get("schema") != 1:
        sys.exit(
            f"Python {version} ({interpreter}): exit code {answer.returncode}, schema "
            f"{facts.get('schema')!r}\n{answer.stderr}"
        )


if __name__ == "__main__":
    main()
