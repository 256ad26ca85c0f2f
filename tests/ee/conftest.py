# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of a built execution environment, named by EE_IMAGE: `make ee` builds one and runs them."""

import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "bootstrap"))

import ee_podman

PLAIN = ["--env=ANSIBLE_NOCOLOR=1", "--env=ANSIBLE_FORCE_COLOR=0"]


@pytest.fixture(scope="session")
def image():
    if "EE_IMAGE" not in os.environ:
        pytest.fail("EE_IMAGE names no image; run: make ee")
    return os.environ["EE_IMAGE"]


@pytest.fixture(scope="session")
def inside(image):
    """Run a command in a new container; its exit code is 0 unless `code` says otherwise. Returns the process."""

    def run(*words, options=(), code=0, stdin=""):
        done = subprocess.run(
            ee_podman.run(image, words, [*PLAIN, *options]),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    return run


@pytest.fixture
def shared(tmp_path):
    """Return a folder that every user of a container may write to.

    It is a pair: its path here, and the option that mounts it as /runner/shared.
    """
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o777)
    return folder, f"--volume={folder}:/runner/shared"
