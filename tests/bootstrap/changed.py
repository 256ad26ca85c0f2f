# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Choose the parts of `make check`: a few minutes for the changes of this branch and of the working tree.

The rules are rough on purpose: `make test` is the test that has to pass.
"""

import pathlib
import re
import subprocess

import parts

UNIT = "tests/unit"
YAML = (".yml", ".yaml")
# Where a change of YAML concerns ansible-lint, which takes longer than the rest of the lint.
ANSIBLE = ("roles/", "playbooks/", "molecule/")
# Every unit test depends on these.
ALL = ("pytest.ini", "requirements.txt")
# The unit tests test these: for a change here that none of them names, all run.
TESTED = ("plugins/", "tests/")
# These have no unit tests; `make test` runs them.
OTHER_TESTS = ("tests/scenarios/", "tests/browser/", "tests/awx/", "tests/multipath_tools/", "tests/ee/", "molecule/")
# The audit of every kind of failed device, every verdict asserted: most of what the collection does, in one run.
AUDIT = "tests/scenarios/test_audit.py::TestVerdicts"


def parts_to_run():
    """Return the parts of `make check` for what git says has changed."""
    changes = changed_files()
    tests = {
        path.relative_to(parts.ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in (parts.ROOT / UNIT).rglob("test_*.py")
    }
    computing = {part.name: part for part in parts.computing()}
    chosen = [parts.quick_lint([name for name in changes if name.endswith(YAML) and (parts.ROOT / name).is_file()])]
    if any(name.startswith(ANSIBLE) and name.endswith(YAML) for name in changes):
        chosen.append(computing["ansible-lint"])
    wanted = unit_tests(changes, tests)
    if wanted is None:
        # The tests of playbooks take as long as all others together.
        chosen += [computing[name] for name in parts.UNITS if name != "unit-playbooks"]
    else:
        playbooks = [name for name in wanted if name.startswith(f"{parts.PLAYBOOKS}/")]
        others = [name for name in wanted if name not in playbooks]
        chosen += [
            parts.some_units(f"some-{word}", names)
            for word, names in (("units", others), ("playbooks", playbooks))
            if names
        ]
    return [*chosen, parts.of_path(AUDIT)]


def changed_files():
    """Return the names of the files that differ from `_base`, and of those that git does not track yet."""
    differing = _git("diff", "--name-only", "-z", _base(), "--")
    unknown = _git("ls-files", "-z", "--others", "--exclude-standard")
    return sorted({name for name in f"{differing}\0{unknown}".split("\0") if name})


def unit_tests(changes, tests):
    """Return the names of unit tests to run for changes of files; None means all.

    `tests` maps the names of all test files to their text. A changed test file is chosen, and for a changed conftest.py
    all test files below its folder. For any other file, those are chosen whose text has its stem, or the name of the
    role that it belongs to.
    """
    wanted = set()
    for name in changes:
        path = pathlib.PurePath(name)
        if name in ALL:
            return None
        if name in tests:
            wanted.add(name)
        elif name.startswith(OTHER_TESTS) or (
            name.startswith(UNIT) and path.name.startswith("test_")
        ):  # the latter is deleted
            continue
        elif name.startswith(UNIT) and path.name == "conftest.py":
            wanted.update(test for test in tests if test.startswith(f"{path.parent}/"))
        else:
            pattern = re.compile(_import(path) or rf"(?<![A-Za-z0-9]){re.escape(_word(path))}(?!\w)")
            naming = {test for test, text in tests.items() if pattern.search(text)}
            if not naming and name.startswith(TESTED):
                return None
            wanted |= naming if path.suffix != ".md" else set()
    return sorted(wanted)


def _import(path):
    """Return a regular expression for the import of a module of a private package of plugins/.

    Return None for other files.
    """
    room = path.parent
    if path.suffix != ".py" or not room.name.startswith("_") or path.parts[0] != "plugins":
        return None
    package = re.escape(f"{room.parent.name}.{room.name}")
    return rf"{package}(\.{path.stem}| import (.*[ ,])?{path.stem})\b"


def _word(path):
    """Return the name by which a test would mention a file."""
    if path.parts[0] == "roles" and len(path.parts) > 1:
        return path.parts[1]
    return path.parent.name if path.stem == "__init__" else path.stem


def _base():
    """Return the commit to compare with: the merge base with the upstream, else with main; on main itself, HEAD~1."""
    head = _git("rev-parse", "HEAD").strip()
    for other in ("@{upstream}", "origin/HEAD", "origin/main", "main"):
        found = _git("merge-base", "HEAD", other, check=False).strip()
        # On main, main itself is no base.
        if found and (other, found) != ("main", head):
            return found
    parent = _git("rev-parse", "--verify", "--quiet", "HEAD~1", check=False).strip()
    return parent or _git("hash-object", "-t", "tree", "/dev/null").strip()


def _git(*words, check=True):
    answer = subprocess.run(
        ["git", *words], cwd=parts.ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=check
    )
    return answer.stdout
