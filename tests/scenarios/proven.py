# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of scenarios has proven, and on what: docs/support.md is made from it (tests/bootstrap/support_page.py).

With the environment variable PROVEN, a run in which every test passed writes a file into that folder:

    {"core": "2.21.0", "nodes": [{"debian", "kernel", "multipath", "iscsi", "python", "transport",
                                  "cases": {"test_audit::TestVerdicts": 23}}]}

A case counts for each node that its name has, or else for all nodes of its lab.
"""

import collections
import json
from pathlib import Path

import ansible.release
import pytest

FOLDER = "PROVEN"
_ASK = """
uname -r
dpkg-query -W -f '${Version}\\n' multipath-tools
dpkg-query -W -f '${Version}\\n' open-iscsi
python3 -c 'import platform; print(platform.python_version())'
"""
_ANSWERS = ("kernel", "multipath", "iscsi", "python")  # one line each


class Proven:
    """A plugin of pytest that counts the cases that pass by the kinds of node that they ran on."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self._nodes = {}
        self._asked = {}
        self._cases = {}

    def began(self, lab):
        """Take note of the nodes of the lab that the next cases run on. Each generation is asked once."""
        suites = lab.suites
        for node in lab.nodes:
            if suites[node] not in self._asked:
                lines = lab.ssh(node).output(_ASK).splitlines()
                said = dict(zip(_ANSWERS, lines, strict=True))
                self._asked[suites[node]] = {"debian": suites[node], **said, "transport": lab.transport}
        self._nodes = {node: suites[node] for node in lab.nodes}

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report):
        if report.when == "call" and report.passed:
            what = "::".join(report.nodeid.partition("[")[0].split("::")[:2]).rpartition("/")[2].replace(".py", "")
            for node in [node for node in self._nodes if node in report.nodeid] or self._nodes:
                self._cases.setdefault(self._nodes[node], collections.Counter())[what] += 1

    @pytest.hookimpl
    def pytest_sessionfinish(self, session, exitstatus):
        if exitstatus == pytest.ExitCode.OK and self._cases:
            self.folder.mkdir(parents=True, exist_ok=True)
            nodes = [{**self._asked[suite], "cases": cases} for suite, cases in sorted(self._cases.items())]
            record = {"core": ansible.release.__version__, "nodes": nodes}
            name = "-".join([Path(session.config.args[0]).name, record["core"], *sorted(self._cases)])
            (self.folder / f"{name}.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
