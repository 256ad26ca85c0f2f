# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make check` runs the unit tests of what changed."""

import subprocess

import changed
import parts
import pytest

VERDICT, FACTS, ROLES, LAB = (
    f"tests/unit/{name}.py"
    for name in ("plugins/test_verdict", "plugins/test_facts", "roles/test_refusals", "lab/test_image")
)
TESTS = {
    VERDICT: "from collections.plugins.module_utils._core import identity, verdict as word\n",
    FACTS: "import stale_mpath_facts; verdict = 1; from x.module_utils._core import verdicts\n",
    ROLES: 'ROLE = "audit"\n',
    LAB: "from lab import image\n",
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([], []),
        ([VERDICT], [VERDICT]),
        (["tests/unit/plugins/test_deleted.py"], []),
        (["plugins/module_utils/_core/verdict.py"], [VERDICT]),
        (["plugins/modules/stale_mpath_facts.py", VERDICT], [FACTS, VERDICT]),
        (["roles/audit/tasks/main.yml"], [ROLES]),
        (["tests/lab/image.py"], [LAB]),
        (["tests/unit/plugins/conftest.py"], [FACTS, VERDICT]),
        (["tests/scenarios/test_users.py", "docs/image.md", "Makefile"], []),
        (["plugins/module_utils/_core/new.py"], None),
        (["requirements.txt", VERDICT], None),
    ],
)
def test_unit_tests_of_what_changed(changes, expected):
    assert changed.unit_tests(changes, TESTS) == expected


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Return a function that runs git in ROOT, a repository with one commit on main."""
    monkeypatch.setattr(parts, "ROOT", tmp_path)

    def git(*words):
        own = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *own, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init", "--initial-branch=main")
    commit(git, tmp_path / "first")
    return git


def commit(git, path):
    path.write_text(path.name)
    git("add", path.name)
    git("commit", "--message", path.name)


def test_the_only_commit_and_what_is_not_committed(repository, tmp_path):
    (tmp_path / "untracked").write_text("")
    assert changed.changed_files() == ["first", "untracked"]


def test_main_without_upstream_is_compared_with_the_commit_before(repository, tmp_path):
    commit(repository, tmp_path / "second")
    (tmp_path / "first").write_text("changed")
    assert changed.changed_files() == ["first", "second"]
    (tmp_path / "first").write_text("first")
    assert changed.changed_files() == ["second"]


def test_a_branch_is_compared_with_where_it_left_main(repository, tmp_path):
    repository("checkout", "-b", "topic")
    for name in ("a", "b"):
        commit(repository, tmp_path / name)
    assert changed.changed_files() == ["a", "b"]


def test_a_branch_with_an_upstream_is_compared_with_that(repository, tmp_path):
    repository("clone", "--bare", ".", "origin.git")
    repository("remote", "add", "origin", "origin.git")
    repository("fetch", "origin")
    repository("branch", "--set-upstream-to", "origin/main")
    (tmp_path / ".git/info/exclude").write_text("origin.git\n")
    assert changed.changed_files() == []
    for name in ("a", "b"):
        commit(repository, tmp_path / name)
    assert changed.changed_files() == ["a", "b"]


@pytest.fixture
def names(monkeypatch):
    """Return a function of some changes to the parts of `make check`, by name."""

    def of(*changes):
        monkeypatch.setattr(changed, "changed_files", lambda: list(changes))
        return {part.name: part for part in changed.parts_to_run()}

    return of


def test_ansible_lint_runs_for_yaml_of_ansible_alone(names):
    assert list(names()) == ["quick-lint", "audit.TestVerdicts"]
    assert "ansible-lint" in names("playbooks/audit.yml")
    assert "ansible-lint" not in names("docs/a.yml")
    assert "ansible-lint" not in names("playbooks/README.md")


def test_yamllint_gets_the_yaml_that_changed_and_is_still_there(names):
    assert "yamllint --strict galaxy.yml\n" in names("galaxy.yml", "gone.yml")["quick-lint"].command[-1] + "\n"
    assert "yamllint" not in names("gone.yml")["quick-lint"].command[-1]


def test_unit_tests_but_the_slow_ones_where_nothing_can_be_said(names):
    assert set(names("requirements.txt")) & set(parts.UNITS) == {"unit-controller", "unit-plugins", "unit-others"}


def test_changed_tests_of_playbooks_are_a_part_beside_the_others(names):
    slow, quick = f"{parts.PLAYBOOKS}/test_reports.py", "tests/unit/lab/test_image.py"
    found = names(slow, quick)
    assert (found["some-playbooks"].command[-1], found["some-units"].command[-1]) == (slow, quick)
    assert "some-playbooks" not in names(quick)


def test_the_audit_is_there():
    module, name = changed.AUDIT.split("::")
    assert f"class {name}:" in (parts.ROOT / module).read_text()
