# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the report is given as, in the hands of those who read it: Prometheus's promtool, junitparser, the schema of
SARIF.
"""

import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def promtool():
    """Run promtool: a function of its arguments (and input) that returns (exit code, all that it printed)."""
    program = shutil.which("promtool") or ROOT / "build/promtool"
    if not pathlib.Path(program).exists():
        pytest.fail("promtool is missing; `make setup` puts it into build/ (tests/bootstrap/promtool.py)")

    def run(*arguments, text=None):
        done = subprocess.run(
            [program, *arguments],
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout

    return run
