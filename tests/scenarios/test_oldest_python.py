# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit of all failures with the modules on the oldest Python of hosts.

`make test-matrix` runs it on the last release of ansible-core that supports that Python.
"""

import os
import subprocess

import pytest
from bootstrap import pythons
from scenarios.playbook_run import PLAIN
from scenarios.test_audit import EXPECTED, TIMEOUT

VERSION = pythons.ALL[0]
pytestmark = pytest.mark.state("failures")
ASK = """
import os, sys, sysconfig
library = os.path.join(sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME"))
print(sysconfig.get_path("stdlib"))
print(library if os.path.exists(library) else "")
"""


@pytest.fixture(scope="class")
def interpreter(lab):
    """Copy this machine's interpreter with its standard library to the same path on all nodes."""
    path = pythons.find(VERSION)
    assert path, f"There is no Python {VERSION} on this machine"
    parts = subprocess.run([path, "-c", ASK], capture_output=True, text=True, check=True).stdout.split()
    unneeded = [
        f"--exclude={name}"
        for name in ("__pycache__", "config-*", "ensurepip", "idlelib", "site-packages", "test", "tests", "tkinter")
    ]
    archive = subprocess.run(
        ["tar", "--create", "--gzip", "--absolute-names", *unneeded, path, *parts], capture_output=True, check=True
    ).stdout
    for node in lab.nodes:
        lab.ssh(node).run("tar --extract --gzip --absolute-names", stdin=archive)
    return path


class TestOldestPython:
    def test_the_nodes_run_it(self, lab, interpreter):
        # Nothing more than this: Ansible's own facts of disks and mounts hang where a device does.
        words = ["--module-name", "ansible.builtin.setup", "--args", "gather_subset=!all,!min,python"]
        words += ["--extra-vars", f"ansible_python_interpreter={interpreter}"]
        printed = subprocess.run(
            ["ansible", "all", "--inventory", lab.inventory, *words],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **PLAIN},
        ).stdout
        assert printed.count(f'"executable": "{interpreter}"') == len(lab.nodes), printed

    def test_every_device_has_its_verdict(self, audit, interpreter):
        run = audit(ansible_python_interpreter=interpreter)
        assert run.code == 0, run.output
        assert run.verdicts == EXPECTED
        for host in run.hosts.values():
            assert host["facts"]["incomplete"] == [] and host["facts"]["elapsed"] < TIMEOUT
