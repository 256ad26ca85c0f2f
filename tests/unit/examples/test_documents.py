# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documents: what they name exists, the index has every page, and lines have at most 120 columns."""

import pathlib
import re

import pytest
from bootstrap import git_files

ROOT = pathlib.Path(__file__).parents[3]
COLUMNS = 120
NO_PAGES = ("docs/README.md", "docs/adr/", "docs/awx/")  # what the index does not list
LINK = re.compile(r"\]\(([^)\s#]+)(?:#([^)\s]*))?\)")


def tracked(*patterns):
    """Return the paths of the files, as text, that git knows or would add, without those that are deleted."""
    names = git_files.listed(ROOT, *git_files.WORKING_TREE, *patterns)
    return sorted(name for name in names if (ROOT / name).is_file())


DOCUMENTS = tracked("*.md")


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def without_code(text):
    """Return a Markdown text without its blocks of code."""
    return re.sub(r"(?ms)^\s*```.*?^\s*```", "", text)


def anchors(name):
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ (.+)$", without_code(read(name)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_documents_are_found():
    assert {"README.md", "docs/architecture.md", "docs/README.md", "roles/audit/README.md"} < set(DOCUMENTS)


def test_the_architecture_names_what_exists():
    text = read("docs/architecture.md")
    named = [name for name in re.findall(r"`([^`\s]+)`", text) if "/" in name or name.endswith(".yml")]
    of_roles = ("meta/argument_specs.yml", "defaults/main.yml")
    assert len(named) > 60
    assert [name for name in named if name not in of_roles and not (ROOT / name).exists()] == []


@pytest.mark.parametrize("room", ["plugins/module_utils", "plugins/plugin_utils"])
def test_the_architecture_names_every_room(room):
    rooms = {path.name for path in (ROOT / room).glob("_*") if any(path.glob("*.py")) and path.name != "__pycache__"}
    text = read("docs/architecture.md")
    assert len(rooms) >= 8
    assert {name for name in rooms if not re.search(rf"`{room}/{name}/", text)} == set()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name):
    lost = []
    for target, anchor in LINK.findall(without_code(read(name))):
        if re.match(r"[a-z]+:", target):
            continue
        path = (ROOT / name).parent / target
        if not path.exists() or anchor and path.suffix == ".md" and anchor not in anchors(path.resolve()):
            lost.append(f"{target}#{anchor}")
    assert lost == []


def test_the_index_has_every_page_once():
    pages = [name for name in tracked("docs/*.md", "docs/**/*.md") if not name.startswith(NO_PAGES)]
    assert len(pages) > 25
    targets = [target for target, dummy in LINK.findall(read("docs/README.md")) if target.endswith(".md")]
    assert sorted(f"docs/{target}" for target in targets if not target.startswith("../")) == pages


@pytest.mark.parametrize("name", DOCUMENTS)
def test_lines_have_at_most_120_columns(name):
    """Tables, pictures and blocks of code may be longer."""
    lines = without_code(read(name)).splitlines()
    assert [line for line in lines if len(line) > COLUMNS and not line.startswith(("|", "!["))] == []


def test_the_readme_is_short_and_has_the_two_commands():
    text = read("README.md")
    assert len(text.splitlines()) <= 120
    assert "\nmake demo\n" in text and "\nmake test\n" in text
    assert read(".ci/run").endswith("exec make test\n")
