# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Have each Python of a test run keep the bytecode of what Ansible sends as a zip file, also to this machine.

To compile it is half of a module's call. The Makefile puts this folder into PYTHONPATH, and Python imports this file at
its start; see lab/node/bytecode_cache.py.
"""

import importlib.util
import os

_TESTS = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_SPEC = importlib.util.spec_from_file_location("bytecode_cache", os.path.join(_TESTS, "lab/node/bytecode_cache.py"))
bytecode_cache = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(bytecode_cache)
bytecode_cache.FOLDER = os.path.join(os.path.dirname(_TESTS), "build/cache/bytecode")
os.makedirs(bytecode_cache.FOLDER, exist_ok=True)
