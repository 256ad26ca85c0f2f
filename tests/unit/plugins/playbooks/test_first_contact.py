# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes wrong on the first day: each is one clear sentence with its remedy. Real ansible-playbook runs.

The audit is tried here; ELSEWHERE names the tests of what other playbooks and other files say.
"""

import ast
import pathlib

import pytest
from support import sites
from support.askers import FIRST_STEP
from support.fleets import configured_host
from support.sites import PATHS
from support.testimony import path

HERE = pathlib.Path(__file__).parent
OTHER = "iqn.1992-08.com.netapp:sn.other:vs.9"
IGROUPS = "/api/protocols/san/igroups"
# Ansible's own message has neither: the module is never begun.
SUDO = "#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n"

ELSEWHERE = {
    "no arrays": "test_preflight.py::test_no_array",
    "a wrong array": "test_preflight.py::test_the_wrong_array",
    "wrong password": "test_preflight.py::test_a_wrong_password_is_tried_once",
    "account too narrow": "test_preflight.py::test_an_account_that_is_too_narrow",
    "forgotten cluster": "test_preflight.py::test_an_array_that_was_forgotten",
    "host without sudo": "test_preflight.py::test_hosts_that_cannot_be_audited",
    "host with an old Python": "test_old_python.py::test_the_report_says_which_python_a_host_has_and_what_it_needs",
    "misspelt variable": "test_preflight.py::test_a_misspelt_variable",
    "wrong type by -e": "test_judging.py::test_a_number_that_makes_no_sense_is_named_and_nothing_is_removed",
    "missing plan": "../action/test_plan_file.py::test_a_file_that_is_missing",
    "--limit": "test_limit.py::test_the_report_of_a_part_has_a_folder_of_its_own",
    "nothing to do": "test_tags.py::test_tags_that_leave_nothing_to_do",
}


@pytest.mark.parametrize("case", sorted(ELSEWHERE))
def test_the_case_is_tested(case):
    file, dummy, name = ELSEWHERE[case].partition("::")
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.fixture
def site(tmp_path):
    with sites.sites(tmp_path, sites.Site) as make:
        yield make


def test_no_array_and_a_host_without_sudo(site):
    here = site(hosts={"a": configured_host(path(0, "same")), "b": {}})
    (here.folder / "python_of_b").write_text(SUDO)
    code, output = here.said("audit", audit_arrays=[])
    assert code == 2
    assert "No array was asked, for none is configured (audit_arrays, audit_array_views): nothing can be" in output
    why = {host["name"]: host["why"] for host in here.fleet()["hosts"]}["b"]
    assert "; the last line that it printed: sudo: a password is required; give the password with --ask-become" in why
    assert f"b NOT AUDITED (failed): {why}" in output


def test_a_wrong_password_is_seen_before_the_hosts_are_asked_and_is_tried_once(site):
    here = site()
    here.entry["password"] = "another"
    code, output = here.said("audit")
    assert code == 0 and len(here.sim.requests()) == 1
    first, dummy, rest = output.partition("Ask the kernel and the wire")
    assert "NOT USABLE: ONTAP array" in first and "refuses user 'san-audit'" in first and "check the cred" in first
    assert "NOT LISTED: ONTAP array" in rest and "Not all arrays were listed: a device that they would have" in rest
    assert [host["state"] for host in here.fleet()["hosts"]] == ["audited", "audited"]


def test_an_account_that_is_too_narrow(site):
    here = site([name for name in PATHS if name not in (IGROUPS, "/api/network/fc/logins")])
    code, output = here.said("audit", array_account_role="audit-ro")
    first, dummy, rest = output.partition("Ask the kernel and the wire")
    assert code == 0 and f"does not let user san-audit read {IGROUPS}: extend the role of the account" in first
    for name in (IGROUPS, "/api/network/fc/logins"):
        assert f"security login rest-role create -role audit-ro -access readonly -api {name}" in first
    assert f"does not let its user read {IGROUPS}" in rest and "Not all arrays were listed" in rest


def test_a_cluster_that_was_forgotten(site):
    lost = configured_host(path(0, "absent", target=OTHER))
    here = site(hosts={"a": lost})
    code, output = here.said("audit")
    first, dummy, rest = output.partition("Ask the kernel and the wire")
    assert code == 0 and "all that a verdict needs can be read." in first
    assert "MPC508 No configured array owns a target" in rest and OTHER in rest and "in audit_arrays" in rest
    assert len([entry for entry in here.sim.requests() if entry["status"] == 200]) > FIRST_STEP


def test_a_misspelt_variable_and_a_wrong_type_by_e(site):
    here = site()
    code, output = here.said("audit", audit_array=[], audit_timeout="soon")
    assert code == 2 and "there is no variable audit_array: did you mean audit_arrays" in output
    assert "audit_timeout takes a" in output and "not the text 'soon'" in output and here.sim.requests() == []


def test_a_plan_that_is_missing(site):
    here = site()
    assert here.run("sanops.multipath.remediate", arguments=("--check",), stale_devices_plan_file="none.json") == 2
    output = " ".join(here.output.split())
    assert "the plan none.json cannot be applied: there is no such file; set stale_devices_plan_file to the" in output
    assert "remote_src" not in output


def test_nothing_to_ask_about(site):
    bare = configured_host()
    bare["ansible_facts"]["stale_mpath"].update(paths=[], maps=[], sessions=[])
    bare["ansible_facts"]["stale_mpath"]["host"]["initiators"] = {"iqn": [], "wwpns": []}
    code, output = site(hosts={"a": bare}).said("audit")
    assert code == 0 and "No array was asked, for there was nothing to ask about: no host that was audited" in output
