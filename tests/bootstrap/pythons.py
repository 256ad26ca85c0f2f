# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Python interpreters of this machine: on PATH, and those that pyenv has and PATH does not show."""

import glob
import os
import shutil
import subprocess

# From what RHEL 8 has to the newest that ansible-core knows.
ALL = [f"3.{minor}" for minor in range(6, 15)]


def find(version, probe=""):
    """Return the real path of an interpreter of `version` ("3.11") that can run the statement `probe`, or None.

    pyenv puts a shim on PATH for every version that it has, and lets it fail for all but the chosen ones: each is
    tried.
    """
    ask = f"import os, sys\n{probe}\nprint(os.path.realpath(getattr(sys, '_base_executable', sys.executable)))"
    for candidate in _candidates("python" + version):
        answer = subprocess.run(
            [candidate, "-c", ask], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
        )
        if answer.returncode == 0:
            return answer.stdout.strip()
    return None


def _candidates(name):
    on_path = shutil.which(name)
    if on_path:
        yield on_path
    # The shims stand beside the versions, also where the variable is not set.
    roots = [os.path.dirname(folder) for folder in os.get_exec_path() if os.path.basename(folder) == "shims"]
    roots += [os.environ.get("PYENV_ROOT", ""), os.path.expanduser("~/.pyenv")]
    for root in roots:
        yield from sorted(glob.glob(os.path.join(root, "versions", "*", "bin", name)), reverse=True)
