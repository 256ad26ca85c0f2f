# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/tutorial.md does what it says: each command of its first part, as printed, in a clean shell.

It runs on the demo's lab, which begins with it from its saved state, and ends with it.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import archive
from lab.lab import Lab

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
SECONDS = 900
# Of the caller, nothing but how it reaches the registries.
KEPT = ("PIP_", "http", "HTTP", "no_proxy", "NO_PROXY")


def steps():
    """Return [(heading, the commands below it)] of the part on the lab."""
    part = PAGE.read_text(encoding="utf-8").split("\n## ")[1]
    found = [
        (text.splitlines()[0], re.findall(r"```sh\n(.*?)```", text, re.DOTALL)) for text in part.split("\n### ")[1:]
    ]
    return [(heading, "\n".join(blocks)) for heading, blocks in found]


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """Yield {number of a step: what its commands printed}; they run in one shell, as a reader's do."""
    script = "\n".join(f"echo '=== step {heading[0]}'\n{commands}" for heading, commands in steps())
    environment = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    # Without build/venv, but with the Python that it was made by: another one would make it again.
    path = os.pathsep.join(folder for folder in os.get_exec_path() if Path(folder) != ROOT / "build/venv/bin")
    environment.update(HOME=str(tmp_path_factory.mktemp("home")), PATH=path)
    shutil.rmtree(ROOT / "build" / "tutorial", ignore_errors=True)
    try:
        done = subprocess.run(
            ["bash", "-ec", script],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    finally:
        Lab().down()
    assert done.returncode == 0, done.stdout[-5000:]
    yield {text[0]: text for text in re.split(r"^=== step ", done.stdout, flags=re.MULTILINE)[1:]}


def test_the_preflight_finds_nothing_missing(printed):
    assert "all that a verdict needs can be read." in printed["2"]
    assert "2 of 2 hosts can be audited." in printed["2"]


def test_the_audit_finds_what_the_demo_broke(printed):
    assert re.search(r"^node1  1 recycled, 3 stale, 1 outage, 1 degraded, 3 healthy ", printed["3"], re.MULTILINE)
    assert re.search(r"^node2  1 recycled, 2 stale, 1 outage, 1 degraded, 1 healthy ", printed["3"], re.MULTILINE)


def test_hosts_with_an_outage_are_left_alone(printed):
    for node in ("node1", "node2"):
        assert f"{node} is LEFT ALONE: it has an outage" in printed["4"]
    assert "REMOVED" not in printed["4"]


def test_the_repaired_hosts_have_a_plan_and_check_mode_removes_nothing(printed):
    checked, acted = printed["6"].split("PLAY RECAP")[:2]
    assert checked.count("  WOULD GO ") == 4 and "  REMOVED " not in checked
    assert acted.count("  REMOVED ") == 4


def test_what_is_left_is_what_the_page_says(printed):
    folder = ROOT / "build" / "tutorial" / "report"
    assert "OUTAGE" in printed["3"] and "OUTAGE" not in printed["7"]
    hosts = archive.read(folder / "fleet.json")["hosts"]
    left = [
        (host["name"], device["verdict"], bool(device["users"]))
        for host in hosts
        for device in host["devices"]
        if device["verdict"] not in ("healthy", "degraded")
    ]
    assert sorted(left) == [("node1", "recycled", False), ("node1", "stale", True), ("node2", "recycled", False)]
