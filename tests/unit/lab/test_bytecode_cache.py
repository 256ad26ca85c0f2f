# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nodes' cache of bytecode never returns code that differs from the zip file's.

Otherwise the lab would test an old version.
"""

import os
import subprocess
import sys
import zipfile

import pytest
from lab import contents

RUN = """
import sys
sys.path.insert(0, sys.argv[1])
import bytecode_cache
bytecode_cache.FOLDER = sys.argv[2]
compiled, compile_source = [], bytecode_cache._compile_source
bytecode_cache._compile_source = lambda path, source: compiled.append(path) or compile_source(path, source)
sys.path.insert(0, sys.argv[3])
import part.one
print(part.one.VALUE, len(compiled))
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "cache").mkdir()

    def call(value):
        archive = tmp_path / "module.zip"
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("part/__init__.py", "")
            file.writestr("part/one.py", f"VALUE = {value}\n")
        command = [sys.executable, "-c", RUN, contents.BYTECODE_CACHE.parent, tmp_path / "cache", archive]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    call.cache = tmp_path / "cache"
    return call


def test_the_same_source_is_compiled_once(run):
    assert [run(1), run(1)] == [["1", "2"], ["1", "0"]]


def test_another_source_is_compiled(run):
    run(1)
    assert run(2) == ["2", "1"]


@pytest.mark.parametrize(
    "damage",
    [lambda data: b"", lambda data: bytes(len(data)), lambda data: data[:-1], lambda data: data[:-4] + bytes(4)],
)
def test_what_was_not_written_whole_is_compiled_again(run, damage):
    run(1)
    for path in run.cache.iterdir():
        path.write_bytes(damage(path.read_bytes()))
    assert run(1) == ["1", "2"]
    assert run(1) == ["1", "0"]


def test_a_folder_that_cannot_be_written_costs_only_time(run):
    run.cache.rmdir()
    assert [run(1)[0], run(2)[0]] == ["1", "2"]


def test_each_python_of_a_test_run_keeps_bytecode_below_build():
    ask = "import sitecustomize; print(sitecustomize.bytecode_cache.FOLDER)"
    folder = contents.BYTECODE_CACHE.parents[2] / "support/bytecode"
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == str(contents.BYTECODE_CACHE.parents[3] / "build/cache/bytecode")
