# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command is said to have used is that of all its processes."""

import sys

from perf import used

CHILD = (
    "import time; kept = bytearray(60 << 20); began = time.process_time()\nwhile time.process_time() "
    "- began < 0.6: pass\ntime.sleep(2)"
)
PARENT = f"""
import subprocess, sys
print('begun', flush=True)
two = [subprocess.Popen([sys.executable, '-c', {CHILD!r}]) for number in range(2)]
sys.exit(1 + sum(one.wait() + 1 for one in two))
"""


def test_time_cpu_and_memory_of_all_processes(tmp_path):
    did = used.run([sys.executable, "-c", PARENT], tmp_path / "output")
    assert did["code"] == 3 and (tmp_path / "output").read_text() == "begun\n"
    assert did["cpu"] >= 1.2 and did["seconds"] >= 2.6
    assert 120 <= did["memory"] <= 300


def test_the_memory_of_who_starts_it_is_not_its_own(tmp_path):
    mine = bytearray(200 << 20)
    did = used.run([sys.executable, "-c", "import time; time.sleep(0.5)"], tmp_path / "output")
    assert used.peak() > len(mine) and did["memory"] < 100
