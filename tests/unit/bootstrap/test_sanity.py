# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An ansible-test that passed without testing is reported."""

import pytest
import sanity

NAMES = sorted(sanity.INDISPENSABLE) + [f"other-{number}" for number in range(sanity.FEWEST_TESTS)]
WHOLE = "".join(f'Running sanity test "{name}"\n' for name in NAMES)


FEW = "".join(f'Running sanity test "{name}"\n' for name in NAMES[: sanity.FEWEST_TESTS - 1])
NO_PYTHON = 'WARNING: Skipping sanity test "import" on Python 3.9 because it could not be found.'
NO_VENV = 'WARNING: Skipping sanity test "pylint" on Python 3.11 due to missing virtual environment support.'
NO_PROGRAM = 'WARNING: Required program "shellcheck" not found.'


@pytest.mark.parametrize(
    ("output", "problems"),
    [
        (WHOLE, []),
        (f"{WHOLE}{NO_PYTHON}\n", []),
        (WHOLE.replace('"import"', '"empty-init"'), ["The test import did not run."]),
        (FEW, ["Only 19 sanity tests ran, at least 20 are expected."]),
        (f"{WHOLE}{NO_VENV}\n{NO_PROGRAM}\n", [NO_PROGRAM, NO_VENV]),
    ],
    ids=["whole", "no-python", "lost-test", "too-few", "no-program-and-no-venv"],
)
def test_what_was_not_tested(output, problems):
    assert sanity.what_was_not_tested(output) == problems


def test_all_targets_skipped():
    problems = sanity.what_was_not_tested("All targets skipped.\n")
    assert problems[:2] == ["All targets were skipped.", "Only 0 sanity tests ran, at least 20 are expected."]
