# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes wrong on the first day: each is one clear sentence with its remedy. ELSEWHERE names the test of each."""

import ast
import pathlib

import pytest

HERE = pathlib.Path(__file__).parent
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
    "--limit": "test_reports.py::test_the_report_of_a_part_has_a_folder_of_its_own",
    "nothing to do": "test_tags.py::test_tags_that_leave_nothing_to_do",
}


@pytest.mark.parametrize("case", sorted(ELSEWHERE))
def test_the_case_is_tested(case):
    file, dummy, name = ELSEWHERE[case].partition("::")
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
