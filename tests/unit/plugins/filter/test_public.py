# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which filters there are: those that a playbook uses with data of its own."""

import importlib
import pathlib
import re

import pytest
import yaml

ROOT = pathlib.Path(__file__).parents[4]
FOLDER = ROOT / "plugins" / "filter"
PLUGINS = [
    importlib.import_module(f"ansible_collections.sanops.multipath.plugins.filter.{path.stem}")
    for path in sorted(FOLDER.glob("*.py"))
]
FILTERS = sorted(name for plugin in PLUGINS for name in plugin.FilterModule().filters())
OURS = sorted(
    path for path in [*ROOT.glob("roles/**/*.yml"), *ROOT.glob("playbooks/*.yml")] if path.parent.name != "meta"
)


def used(text):
    return re.findall(r"\|\s*sanops\.multipath\.(\w+)", text)


def test_each_has_its_page_and_no_other_is_there():
    pages = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.yml")}
    assert FILTERS == sorted(pages) == sorted(page["DOCUMENTATION"]["name"] for page in pages.values())


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_role_needs_a_filter_of_ours(path):
    """What only a role uses is no public API: its action plugins do it."""
    assert used(path.read_text(encoding="utf-8")) == []


def test_one_that_a_role_uses_is_found():
    assert used("x: \"{{ y\n  | sanops.multipath.typed('a') }}\"") == ["typed"]
