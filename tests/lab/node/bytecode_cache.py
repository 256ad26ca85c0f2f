# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps the bytecode of modules that Python imports from a zip file, which it else compiles at each run.

Ansible sends a module as a zip file with all that it imports: to compile it is half of a call on an emulated CPU. Every
Python of a node imports this at its start (see contents.py); the files of a saved state have the bytecode in them.
"""

import _imp
import importlib.util
import marshal
import os
import zipimport

FOLDER = "/var/cache/lab-bytecode"
VERSION = int.from_bytes(importlib.util.MAGIC_NUMBER, "little")

_compile_source = zipimport._compile_source


def _digest(data):
    return _imp.source_hash(VERSION, data)


def _cached(path, source):
    """Return the code of `source`; `path` is the zip file's path and the path inside it."""
    name = path.rpartition(".zip/")[2].replace("/", ".")
    kept = f"{FOLDER}/{name}.{_digest(source).hex()}"
    try:
        with open(kept, "rb") as file:
            digest, data = file.read(len(_digest(b""))), file.read()
        if digest == _digest(data):  # not where a node lost its power before all of it was on the disk
            return marshal.loads(data)
    except OSError:
        pass
    code = _compile_source(path, source)
    new = f"{kept}.{os.getpid()}"
    try:
        data = marshal.dumps(code)
        with open(new, "wb") as file:
            file.write(_digest(data) + data)
        os.rename(new, kept)
    except OSError:  # a user who may not write there
        pass
    return code


zipimport._compile_source = _cached
