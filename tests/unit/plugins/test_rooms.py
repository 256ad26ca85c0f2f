# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which package imports which, and which files Ansible ships to a host with each module."""

import ast
import pathlib
import re

import pytest
from support.action_modules import ON_THE_CONTROLLER

PLUGINS = pathlib.Path(__file__).parents[3] / "plugins"
PREFIX = "ansible_collections.sanops.multipath.plugins."
CONTROLLER = ("action", "callback", "filter", "lookup", "plugin_utils")
# The files of ours that go to a host. What a module does not use costs every host the time to unpack and compile it.
SHIPPED = {
    "iscsi_relogin": 35,
    "iscsid_conf": 10,
    "mpath_flush": 32,
    "multipath_conf": 14,
    "multipathd_restart": 31,
    "scsi_delete": 32,
    "stale_mpath_facts": 43,
    "stale_mpath_remove": 32,
}


def imports(path):
    """Return the names of our modules that a file imports, wherever in it: `module_utils._core.verdict`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(PREFIX):
            package = node.module[len(PREFIX) :]
            for alias in node.names:
                name = f"{package}.{alias.name}"
                found.add(name if (PLUGINS / f"{name.replace('.', '/')}.py").is_file() else package)
        elif isinstance(node, ast.Import):
            assert not any("sanops" in alias.name for alias in node.names), f"{path}: import it with `from`"
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
    return found


def files(*folders):
    return sorted(path for folder in folders for path in (PLUGINS / folder).rglob("*.py"))


def closure(path):
    """Return all of our modules that come with a file."""
    found, waiting = set(), imports(path)
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= imports(PLUGINS / f"{name.replace('.', '/')}.py") - found
    return found


def test_the_walk_sees_imports():
    assert "module_utils._core.identity" in imports(PLUGINS / "module_utils/_core/verdict.py")
    assert len(files(*CONTROLLER)) > 40 and len(files("modules", "module_utils")) > 60


@pytest.mark.parametrize("path", files(*CONTROLLER), ids=lambda path: path.relative_to(PLUGINS).as_posix())
def test_the_controller_imports_of_the_host_side_only_what_both_share(path):
    assert [name for name in imports(path) if not re.match(r"plugin_utils\.|module_utils\._core\.", name)] == []


@pytest.mark.parametrize(
    "path", files("modules", "module_utils"), ids=lambda path: path.relative_to(PLUGINS).as_posix()
)
def test_what_runs_on_hosts_imports_nothing_of_the_controller(path):
    wanted = r"module_utils\._core\." if path.parent.name == "_core" else r"module_utils\."
    assert [name for name in imports(path) if not re.match(wanted, name)] == []


@pytest.mark.parametrize("path", files("modules"), ids=lambda path: path.stem)
def test_no_module_ships_more_than_it_uses(path):
    shipped = closure(path)
    assert len(shipped) == SHIPPED.get(path.stem, 0), sorted(shipped)
    assert (path.stem in ON_THE_CONTROLLER) == (not shipped)


def test_every_shared_file_is_used():
    """A file that nothing imports any more is to be deleted."""
    used = set().union(*(imports(path) for path in files("modules", "module_utils", *CONTROLLER)))
    there = {
        ".".join(path.relative_to(PLUGINS).with_suffix("").parts) for path in files("module_utils", "plugin_utils")
    }
    assert there - used == set()
