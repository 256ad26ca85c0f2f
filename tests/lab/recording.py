# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of a real node's state: made in the lab, restored as a folder in unit tests.

A recording is one NAME.tar.gz: `sys/`, `proc/`, `etc/`, `run/` as on the node (symlinks are real,
binary files such as vpd_pg83 too), `commands/NAME` with what a command printed, and recording.json
(host, kernel, commands with their exit codes, and which files could not be read, with the errno).
"""

import json
import os
import tarfile
from pathlib import Path

from lab.errors import LabError

COLLECTOR = Path(__file__).parent / "collector.py"


def record(ssh, folder):
    """Record a node into `folder`/NODE.tar.gz; return that path."""
    folder = Path(folder)
    done = ssh.run("exec python3 -", stdin=COLLECTOR.read_bytes(), timeout=600)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{ssh.name}.tar.gz"
    path.write_bytes(done.stdout)
    return path


def restore(file, folder):
    """Unpack a recording into a folder, to be used as the root of a node; return recording.json's content.

    Symlinks may dangle, as what they lead to need not be recorded. Absolute ones are made relative, so
    that they stay in `folder`; ones that would lead out of it are refused.
    """
    folder = Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(file, "r:gz") as archive:
        for entry in archive.getmembers():
            target = folder / entry.name
            link = entry.linkname
            if link.startswith("/"):
                link = os.path.relpath(folder / link.lstrip("/"), target.parent)
            if not _inside(target, folder) or (entry.issym() and not _inside(target.parent / link, folder)):
                raise LabError(f"{file} is not a recording: {entry.name} leads out of it")
            target.parent.mkdir(parents=True, exist_ok=True)
            if entry.isdir():
                target.mkdir(exist_ok=True)
            elif entry.issym():
                target.symlink_to(link)
            elif entry.isfile():
                target.write_bytes(archive.extractfile(entry).read())
                target.chmod(entry.mode & 0o777)
    return json.loads((folder / "recording.json").read_text(encoding="utf-8"))


def _inside(path, folder):
    """Return whether a path stays in a folder, by its text alone (nothing needs to exist)."""
    parts = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return Path(*parts).is_relative_to(folder)
