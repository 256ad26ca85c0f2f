# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""No test is left out of `make test`, and none is in it twice."""

import collections
import subprocess

import parts
import pytest

NODES = """tests/scenarios/test_users.py::test_free[node1-a::b]
tests/scenarios/test_users.py::test_free[node2-a]
tests/scenarios/test_users.py::test_another
tests/scenarios/test_users.py::TestRemoval::test_it[node1]
tests/scenarios/test_users.py::TestRemoval::test_that
tests/scenarios/test_hangs.py::TestBothFabricsCut::test_it
tests/scenarios/test_oldest_python.py::test_it

7 tests collected in 2.56s""".splitlines()


def test_a_part_for_each_class_and_for_each_free_function():
    found = {part.name: part for part in parts.on_labs(NODES)}
    audits = ["audit-oldest-core", "audit-oldest-python"]
    assert list(found) == [
        parts.STATES,
        "users.test_free",
        "users.test_another",
        "users.TestRemoval",
        "hangs.TestBothFabricsCut",
        *audits,
    ]
    assert found["users.test_free"].command[-1] == "tests/scenarios/test_users.py::test_free"
    assert found["users.TestRemoval"].command[-1] == "tests/scenarios/test_users.py::TestRemoval"
    assert all(part.lab and part.group == "scenario" for part in found.values())
    assert {part.after for part in found.values()} == {"", parts.STATES} and not found[parts.STATES].after
    assert [part.name for part in found.values() if part.own_core] == ["hangs.TestBothFabricsCut"]
    assert found["audit-oldest-python"].command[2] == "hosts"


def test_every_part_has_a_name_files_and_a_group_of_its_own():
    there = parts.computing() + parts.on_labs(NODES)
    assert len({part.name for part in there}) == len(there)
    for part in there:
        assert "/" not in part.name and part.log != part.junit
        assert part.pytest == any(str(part.junit) in word for word in part.command)
    # A word of the command line is a group or a part, never both with different meaning.
    groups = collections.Counter(part.group for part in there)
    assert all(count == 1 for group, count in groups.items() if group in ("sanity", "browser", "awx"))


def test_every_unit_test_is_in_one_part():
    def chosen(path, words):
        folders = [word for word in words if not word.startswith("--ignore=")]
        ignored = [word.removeprefix("--ignore=") for word in words if word not in folders]
        return any(map(path.is_relative_to, folders)) and not any(map(path.is_relative_to, ignored))

    for path in (parts.ROOT / "tests/unit").rglob("test_*.py"):
        relative = path.relative_to(parts.ROOT)
        assert len([name for name, (dummy, words) in parts.UNITS.items() if chosen(relative, words)]) == 1, relative


def test_what_is_run_is_there():
    words = [word for part in parts.computing() for word in part.command if word.startswith("tests/")]
    assert len(words) > 5 and all((parts.ROOT / word).exists() for word in words)


@pytest.mark.parametrize(
    ("path", "name", "group", "lab", "own_core"),
    [
        ("tests/scenarios/test_x.py::TestY", "x.TestY", "scenario", True, False),
        ("tests/scenarios/test_hangs.py::test_a[b::c]", "hangs.test_a-b-c", "scenario", True, True),
        ("tests/unit/lab/test_image.py", "unit-lab-test_image.py", "unit", False, False),
        ("tests/browser/test_page.py::test_a", "browser-test_page.py-test_a", "browser", False, False),
    ],
)
def test_a_path_by_itself(path, name, group, lab, own_core):
    part = parts.of_path(path)
    assert (part.name, part.group, part.lab, part.own_core) == (name, group, lab, own_core)
    assert part.command[-1] == path


def test_what_a_path_needs_is_what_the_whole_needs():
    needs = {part.group: part.needs for part in parts.computing() if part.pytest}
    assert parts.of_path("tests/browser/test_page.py").needs == needs["browser"]
    assert parts.of_path("tests/awx/test_playbook.py").needs == needs["awx"]


def test_cases_of_molecule_alone_are_no_parts(monkeypatch, tmp_path):
    """The mark is one that pytest itself knows and honours."""
    scenarios = tmp_path / parts.SCENARIOS
    scenarios.mkdir(parents=True)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = molecule: long\n", encoding="utf-8")
    (scenarios / "test_x.py").write_text(
        "import pytest\n\n\ndef test_short(): pass\n\n\n@pytest.mark.molecule\ndef test_long(): pass\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(parts, "ROOT", tmp_path)
    names = [part.name for part in parts.collect()]
    assert "x.test_short" in names and "x.test_long" not in names


def test_each_scenario_of_molecule_is_a_part_on_a_lab():
    found = {part.name: part for part in parts.molecule()}
    assert {"molecule-audit", "molecule-removal"} <= set(found)
    assert all(part.lab and part.group == "molecule" and not part.pytest for part in found.values())
    assert [name for name, part in found.items() if part.own_core] == ["molecule-hangs"]
    assert found["molecule-audit"].command == ("molecule", "test", "--scenario-name", "audit")


def test_a_scenario_of_molecule_without_assertions_ends_the_run(monkeypatch, tmp_path):
    monkeypatch.setattr(parts, "ROOT", tmp_path)
    for name in ("good", "empty"):
        (tmp_path / "molecule" / name).mkdir(parents=True)
        (tmp_path / "molecule" / name / "molecule.yml").touch()
    (tmp_path / "molecule/good/verify.yml").touch()
    with pytest.raises(SystemExit, match="verify.yml .*: empty$"):
        parts.molecule()


def test_tools_run_in_turn_up_to_the_first_that_fails(tmp_path):
    command = parts.in_turn([["echo", "a b"], ["false"], ["echo", "never"]])
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    assert answer.returncode == 1 and answer.stdout.splitlines() == ["== echo 'a b'", "a b", "== false"]


def test_makefile_has_every_group():
    makefile = (parts.ROOT / "Makefile").read_text()
    for group in {part.group for part in parts.computing() + parts.on_labs(NODES)}:
        assert f"\n{group}: setup" in makefile, group
