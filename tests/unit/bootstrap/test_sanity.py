# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A green ansible-test that tested nothing is found out."""

import sanity

NAMES = sorted(sanity.INDISPENSABLE) + [f"other-{number}" for number in range(sanity.FEWEST_TESTS)]
WHOLE = "".join(f'Running sanity test "{name}"\n' for name in NAMES)


def test_a_whole_run_is_no_problem():
    assert sanity.what_was_not_tested(WHOLE) == []


def test_an_interpreter_that_is_not_there_is_no_problem():
    assert (
        sanity.what_was_not_tested(
            WHOLE + 'WARNING: Skipping sanity test "import" on Python 3.9 because it could not be found.\n'
        )
        == []
    )


def test_all_targets_skipped():
    problems = sanity.what_was_not_tested("All targets skipped.\n")
    assert problems[:2] == ["All targets were skipped.", "Only 0 sanity tests ran, at least 20 are expected."]


def test_a_lost_test_is_named():
    assert sanity.what_was_not_tested(WHOLE.replace('"import"', '"empty-init"')) == ["The test import did not run."]


def test_too_few_tests():
    few = "".join(f'Running sanity test "{name}"\n' for name in NAMES[: sanity.FEWEST_TESTS - 1])
    assert sanity.what_was_not_tested(few) == ["Only 19 sanity tests ran, at least 20 are expected."]


def test_missing_program_and_missing_virtual_environment():
    skipped = 'WARNING: Skipping sanity test "pylint" on Python 3.11 due to missing virtual environment support.'
    missing = 'WARNING: Required program "shellcheck" not found.'
    assert sanity.what_was_not_tested(f"{WHOLE}{skipped}\n{missing}\n") == [missing, skipped]
