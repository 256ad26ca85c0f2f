# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host whose Python is too old for this ansible-core, or that has none: the report, the record and the errors of all
roles say so. Real ansible-playbook runs; the old Python is a script that answers as one does.
"""

import pathlib

import pytest
import yaml
from ansible.release import __version__ as CORE
from ansible_collections.sanops.multipath.plugins.plugin_utils._python import floors
from support.fleets import configured_host
from support.plays import Plays

PLUGINS = pathlib.Path(__file__).resolve().parents[4] / "plugins"
# As ansible-core 2.19 and later fail on Python 3.6. Whatever the release, this is older than its floor.
OLD = """#!/bin/sh
case "$*" in
*--version) echo Python 3.5.9 ;;
*) printf 'File "x", line 3\\nSyntaxError: future feature annotations is not defined\\n' >&2; exit 1 ;;
esac
"""
NEEDS = f"ansible-core {floors.release(CORE)} (controller) needs Python {floors.text(floors.needed(CORE))}"
ROLES = ("audit", "iscsi_scan", "multipath_conf", "stale_devices")


@pytest.fixture
def plays(tmp_path):
    good = configured_host()
    good["ansible_facts"]["stale_mpath"]["host"]["python"] = "3.9.2"
    made = Plays(tmp_path, {"good": good, "old": {}, "bare": {}})
    (tmp_path / "python_of_old").write_text(OLD)
    (tmp_path / "python_of_bare").unlink()
    return made


def said(text):
    """The words of a text, whatever breaks its lines."""
    return " ".join(text.split())


def test_the_report_says_which_python_a_host_has_and_what_it_needs(plays):
    assert plays.run("sanops.multipath.audit") != 0
    hosts = {host["name"]: host for host in plays.fleet()["hosts"]}
    assert hosts["good"]["state"] == "audited" and hosts["good"]["facts"]["host"]["python"] == "3.9.2"
    assert (hosts["old"]["state"], hosts["bare"]["state"]) == ("failed", "failed")
    why = hosts["old"]["why"]
    assert why.startswith("the Python of this host is too old: ") and "python_of_old is 3.5.9, " in why and NEEDS in why
    why = hosts["bare"]["why"]
    assert why.startswith("this host has no Python at ") and "python_of_bare: " in why and NEEDS in why
    assert "No start of json char" not in plays.output
    assert f"old was not audited: {hosts['old']['why']}" in said(plays.output.replace('\\"', '"'))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("host", ["old", "bare"])
def test_every_role_says_the_same(plays, tmp_path, role, host):
    (tmp_path / "play.yml").write_text(
        yaml.safe_dump(
            [{"hosts": "all", "gather_facts": False, "become": False, "roles": [{"role": f"sanops.multipath.{role}"}]}]
        )
    )
    code = plays.run(tmp_path / "play.yml", [host], ansible_become=False)
    # The remediation leaves a host alone that it cannot read, and writes the reason into its record.
    assert (code == 0) == (role == "stale_devices")
    record = "".join(path.read_text() for path in (tmp_path / "report").rglob("removals/*.json"))
    words = said(record if role == "stale_devices" else plays.output)
    expected = "the Python of this host is too old: " if host == "old" else "this host has no Python at "
    assert expected in words and NEEDS in words, plays.output


def test_every_module_that_runs_on_hosts_says_it():
    groups = yaml.safe_load((PLUGINS.parent / "meta/runtime.yml").read_text())["action_groups"]
    for module in {*groups["timed"], *groups["all"][1:]}:
        text = (PLUGINS / "action" / f"{module}.py").read_text()
        assert "class ActionModule(action.ActionModule):" in text and "plugin_utils._python import action" in text, (
            module
        )
