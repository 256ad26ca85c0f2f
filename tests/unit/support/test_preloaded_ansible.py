# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

import os
from concurrent.futures import ThreadPoolExecutor

from support import preloaded_ansible


def test_runs_of_several_threads_keep_their_results_apart(tmp_path):
    # Each fails with the name of its own playbook: nothing but the start is run.
    names = [f"missing{number}.yml" for number in range(9)]
    with ThreadPoolExecutor(3) as pool:
        results = pool.map(lambda name: preloaded_ansible.playbook([name], tmp_path, dict(os.environ)), names)
    for name, (code, output) in zip(names, results, strict=True):
        assert code == 1
        assert f"{name} could not be found" in output
