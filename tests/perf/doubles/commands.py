# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that a person calls on a node, each of which prints at once what it printed on a recorded one."""

import re
import shlex
import tempfile
from pathlib import Path

from ansible_collections.sanops.multipath.plugins.module_utils._kernel import devices as kernel_devices
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree
from lab import recording

from perf.doubles.recorded import RECORDINGS

NODE = "node1"


def make(folder):
    """Write them into a folder, for PATH. Returns the number of disks that the node has."""
    with tempfile.TemporaryDirectory(prefix="bench.") as name:
        root = Path(name)
        recording.restore(RECORDINGS / f"{NODE}.tar.gz", root)
        said = {one.name: one.read_text(encoding="utf-8") for one in (root / "commands").iterdir()}
        disks = {path["sd"]: path["hctl"] for path in kernel_devices.paths(Tree(name), [], [])}
        mounts = (root / "proc/self/mountinfo").read_text(encoding="utf-8")
    answers = re.split(r"^== (\S+) .*\n", said["sg-raw"], flags=re.MULTILINE)[1:]
    for sd, hctl in disks.items():
        (folder / f"sg_inq.{sd}").write_text(
            "".join(text for asked, text in zip(answers[::2], answers[1::2], strict=True) if asked == hctl),
            encoding="utf-8",
        )
    printed = {
        "multipath": said["multipath-ll"],
        "lsblk": "\n".join(disks) + "\n",
        "iscsiadm": said["iscsiadm-session"],
        "findmnt": mounts,
    }
    for command, text in printed.items():
        (folder / f"{command}.out").write_text(text, encoding="utf-8")
        _script(folder / command, f"exec cat {shlex.quote(str(folder / command))}.out")
    _script(folder / "sg_inq", f"exec cat {shlex.quote(str(folder / 'sg_inq'))}.${{2##*/}}")
    return len(disks)


def _script(path, command):
    path.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
    path.chmod(0o755)
