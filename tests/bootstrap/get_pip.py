# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand-in for the get-pip.py that ansible-test would download from its own server.

ansible-test runs it in a new virtual environment with the packages to install (pip itself, pinned) and options.
This one makes pip with the interpreter's own ensurepip, so that nothing but the package index is asked.
"""

import os
import subprocess
import sys

# Options of the real get-pip.py that pip itself does not know.
GET_PIP_ONLY = ("--no-setuptools", "--no-wheel")

environment = dict(os.environ)
environment.pop("GET_PIP", None)
arguments = [argument for argument in sys.argv[1:] if argument not in GET_PIP_ONLY]
subprocess.run([sys.executable, "-m", "ensurepip"], env=environment, check=True, stdout=subprocess.DEVNULL)
subprocess.run(
    [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", *arguments], env=environment, check=True
)
