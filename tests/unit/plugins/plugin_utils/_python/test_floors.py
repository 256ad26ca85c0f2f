# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of floors is what the releases of ansible-core on this machine say, what was recorded of them, and what
the documents say.
"""

import json
import pathlib
import re

import ansible
import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._python import floors

ROOT = pathlib.Path(__file__).resolve().parents[5]
RECORDED = json.loads((ROOT / "tests/unit/recordings/python.json").read_text(encoding="utf-8"))
# The floor, as basic.py of ansible-core 2.16 and of the later releases has it.
FLOOR = re.compile(r"^_PY(?:3_MIN = sys.version_info >=|_MIN =) \((\d+), (\d+)\)", re.MULTILINE)


def installed():
    """Every ansible-core here: that which runs this test, and those that other parts of the tests have fetched."""
    found = {pathlib.Path(ansible.__file__).parent}
    found.update(
        ROOT.glob("build/ansible-core-*/ansible"), ROOT.glob("build/matrix/*/lib/python3*/site-packages/ansible")
    )
    return sorted(found)


@pytest.mark.parametrize("folder", installed(), ids=str)
def test_a_floor_is_that_of_the_release_itself(folder):
    version = re.search(r"__version__ = '([^']+)'", (folder / "release.py").read_text(encoding="utf-8"))[1]
    major, minor = FLOOR.search((folder / "module_utils/basic.py").read_text(encoding="utf-8")).groups()
    assert floors.OLDEST[floors.release(version)] == (int(major), int(minor))


@pytest.mark.parametrize("release", floors.OLDEST)
def test_a_module_ran_on_every_python_from_the_floor_on_and_on_none_below(release):
    ran = {
        floors.parsed(answer["python"]): not answer["result"].get("failed")
        for answer in RECORDED
        if floors.release(answer["core"]) == release and answer["python"]
    }
    assert {(2, 7), (3, 6), (3, 7), (3, 8), (3, 9)} <= set(ran)
    assert ran == {python: python >= floors.OLDEST[release] for python in ran}


@pytest.mark.parametrize(
    ("version", "needed"),
    [("2.16.19", (3, 6)), ("2.17.0rc1", (3, 7)), ("2.21.5", (3, 9)), ("2.22.0.dev0", (3, 9)), ("3.0", (3, 9))],
)
def test_a_release_that_is_newer_than_the_table_needs_at_least_what_the_newest_needs(version, needed):
    assert floors.needed(version) == needed


@pytest.mark.parametrize(
    ("python", "release"),
    [((2, 7), None), ((3, 5), None), ((3, 6), "2.16"), ((3, 7), "2.17"), ((3, 8), "2.19"), ((3, 14), "2.21")],
)
def test_the_newest_release_for_a_python(python, release):
    assert floors.newest_release_for(python) == release


def test_the_document_has_the_table():
    text = (ROOT / "docs/requirements.md").read_text(encoding="utf-8")
    table = text.partition("<!-- Pythons: begin -->\n")[2].partition("<!-- Pythons: end -->")[0].splitlines()
    assert table[2:] == [f"| {release} | {floors.text(oldest)} |" for release, oldest in floors.OLDEST.items()]


def test_the_readme_promises_the_table_and_no_more():
    [line] = re.findall(r"The controller needs ansible-core.*?\n\n", (ROOT / "README.md").read_text(), re.DOTALL)
    oldest, newest = min(floors.OLDEST.values()), max(floors.OLDEST.values())
    promised = re.findall(r"Python (\d\.\d+)", line)
    assert promised == [floors.text(oldest), floors.text(newest)] and "docs/requirements.md" in line
    assert set(re.findall(r"2\.\d+", line)) == {"2.16", "2.20"}
    assert floors.OLDEST["2.16"] == oldest and floors.OLDEST["2.19"] < newest == floors.OLDEST["2.20"]
