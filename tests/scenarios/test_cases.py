# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages in docs/cases tell what a person does by hand and what one command does instead: that command, run here, prints what the page shows.

A page's commands run in its order, each after the trouble that the test makes for it. What differs from run to run (WWIDs, names of disks, times) is masked;
a line of three dots stands for any lines.
"""

import os
import pathlib
import re
import subprocess

import pytest
from scenarios.audit_run import PLAIN
from scenarios.removal_run import Node

CASES = pathlib.Path(__file__).parents[2] / "docs" / "cases"
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MASKS = [
    (r"3600[0-9a-f]{29}", "WWID"), (r"\bsd[a-z]+\b", "sdX"), (r"\bdm-\d+", "dm-N"), (r"\b\d+:\d+:\d+:\d+\b", "H:C:T:L"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)", "TIME"), (r"\d+\.\d+ s\b", "N s"), (r"\bpid \d+", "pid N"), (r"127\.0\.0\.1(:\d+)?", "ARRAY"),
    (r"/\S*/(report|inventory)\b", r"\1"), (r"\br[0-9a-f]{6}\b", "LUN"), (r"\s+", " "),
]


class Page:
    """A page of docs/cases, whose commands are run one by one."""

    def __init__(self, name, lab, folder):
        self.name, self.folder = name, folder
        self.blocks = CONSOLE.findall((CASES / f"{name}.md").read_text(encoding="utf-8"))
        (folder / "inventory").symlink_to(lab.inventory)

    def next(self):
        """Run the page's next command; what it prints is what the page shows."""
        command, *shown = self.blocks.pop(0).splitlines()
        done = subprocess.run(command.removeprefix("$ "), shell=True, cwd=self.folder, capture_output=True, text=True, check=False, env={**os.environ, **PLAIN})
        printed = done.stdout + done.stderr
        print(printed)  # pytest -s shows what a page could show
        missing = unmatched(shown, printed.splitlines())
        assert missing is None, f"{self.name}: {command} prints no such line (any more, or not there): {missing}\n{printed}"
        return printed

    def end(self):
        assert not self.blocks, f"{self.name} has commands that no test runs: {[block.splitlines()[0] for block in self.blocks]}"


def unmatched(shown, printed):
    """The first of the lines shown that does not follow on the one before it, or None. After a line of dots, any number of lines may be left out."""
    rest, free = [masked(line) for line in printed], True
    for line in shown:
        if line.strip() == "...":
            free = True
            continue
        if masked(line) not in rest:
            return line
        place = rest.index(masked(line))
        if not free and place:
            return line
        rest, free = rest[place + 1 :], False
    return None


def masked(line):
    for pattern, word in MASKS:
        line = re.sub(pattern, word, line)
    return line.strip()


@pytest.fixture
def page(lab, tmp_path):
    pages = []

    def opened(name):
        pages.append(Page(name, lab, tmp_path))
        return pages[-1]

    yield opened
    for one in pages:
        one.end()


@pytest.fixture
def node(lab, tmp_path):
    return Node(lab, "node1", tmp_path)


def test_trident_leftovers(page, node):
    shown = page("trident-leftovers")
    living, unmapped = node.luns(80, 81)
    unmapped.stale()
    shown.next()
    shown.next()
    assert living.is_there() and not unmapped.is_there()
    living.stale()
    assert living.flush()["changed"]
