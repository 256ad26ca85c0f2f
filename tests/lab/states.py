# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Saved states of labs: files from which a lab with all that was done to it is running again in seconds.

A state is a folder build/lab/states/NAME.HASH. HASH covers everything the state is made from, so that a state is never
out of date: it is another one. It holds `state.json`, the lab's keys and certificate, and for each machine its disk,
its initrd and its memory. It is written beside and renamed: a folder of that name is always whole.
"""

import contextlib
import fcntl
import hashlib
import inspect
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lab import hub, image, qmp, topology
from lab.errors import LabError
from lab.progress import say

HERE = Path(__file__).parent
NOT_IN_A_STATE = (
    "__init__.py __main__.py cli.py collector.py errors.py fabric.py hub.py image.py keeper.py lab.py network.py "
    "progress.py qmp.py recording.py ssh.py states.py status.py"
).split()
"""Files of the lab that run it and look at it; what a state holds is not made by them.

An image has a hash of its own.
"""

FORMAT = 1
"""Raise it when one of these changes what is in a state, or how it is read."""

SHARED = ("ssh_key", "ssh_key.pub", "known_hosts", "ca.pem", hub.FAULTS)
"""Files of the lab's folder that a state holds."""

OF_A_MACHINE = ("disk.qcow2", "initrd", qmp.MEMORY)


def code_digest(*folders):
    """Return hex digits over the code in these folders that shapes a machine."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            if path.parent.name != HERE.name or path.name not in NOT_IN_A_STATE:
                digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


_CODE = code_digest(HERE, HERE.parent / "ontap_sim")
"""Taken when the code is loaded: it is that code that makes the states, though a file may be edited meanwhile."""


def inputs(size):
    """Return 16 hex digits for everything that a booted lab is made from.

    That is the images, the code, QEMU, the number of nodes and their MiB of memory. size: of topology.
    """
    machines = size.machines()
    images = {suite: image.image_hash(suite) for suite in machines.values()}
    qemu = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=True).stdout
    parts = (FORMAT, _CODE, machines, images, qemu, os.environ.get("LAB_ACCEL"), size.memory)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class State:
    """The recipe of a saved state.

    The function `recipe` changes a lab in the state `base`; without both, the lab has just booted. `also` is whatever
    the result of the recipe depends on besides the file that it is written in. `transport` is that of the base, where
    there is one.
    """

    name: str
    recipe: Callable | None = None
    base: "State | None" = None
    also: str = ""
    transport: str = "iscsi"
    made_of: str = field(init=False)
    """A text that differs when what the state is made of does, but for the lab's own inputs."""

    def __post_init__(self):
        source = Path(inspect.getsourcefile(self.recipe)).read_bytes() if self.recipe else b""
        text = f"{self.name} {hashlib.sha256(source).hexdigest()} {self.also}; {self.base.made_of if self.base else ''}"
        if self.base:
            object.__setattr__(self, "transport", self.base.transport)
        elif self.transport != "iscsi":
            text += f" {self.transport}"
        object.__setattr__(self, "made_of", text)


UP, FC_UP = State("up"), State("fcup", transport="fc")
"""All nodes logged in over iSCSI, or over Fibre Channel, no LUN: what every other state begins from."""


class States:
    """The saved states in `folder` (build/lab/states)."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def path(self, state, size):
        """Return the folder of a State in a lab of this size, whether it is there or not."""
        key = hashlib.sha256(f"{inputs(size)} {state.made_of}".encode()).hexdigest()[:16]
        return self.folder / f"{state.name}.{key}"

    def find(self, name):
        """Return the folder of the state that was saved as `name`.

        Raise LabError where there is none, or where it is out of date.
        """
        found = [(path, about) for path, about in self._all() if about["name"] == name]
        for path, about in found:
            if path == self.path(State(name), size_of(about)):
                return path
        if found:
            raise LabError(
                f"State {name} is one of the tests, or of other images or another version of the "
                f"lab. Make it again, and: save {name}"
            )
        raise LabError(
            f"There is no state {name}. There are: {', '.join(self.names()) or 'none'}. Make one with: save NAME"
        )

    def names(self):
        """Return the names of all states that are there, each once."""
        return sorted({about["name"] for dummy, about in self._all()})

    def _all(self):
        """Return the folder and the state.json of each complete state; another process may remove one at any moment."""
        found = []
        for path in self.folder.glob("*.*"):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                if path.suffix != ".new":
                    found.append((path, read(path)))
        return found

    @contextlib.contextmanager
    def making(self, name):
        """Hold the lock of those who make the state `name`: the second finds it made."""
        with _locked(
            self.folder / f".{name}.making", fcntl.LOCK_EX, f"state {name} is being made by another process: waiting"
        ):
            yield

    def write(self, path, lab_folder, about):
        """Write the state `path` from the files of a lab whose machines have been saved.

        about: contents of its state.json. Raises LabError, and leaves nothing behind, where a file cannot be written.
        """
        with _locked(self.folder / ".lock", fcntl.LOCK_EX):
            self._prune(path, size_of(about))
            new = path.with_suffix(".new")
            try:
                new.mkdir(mode=0o700)
                _copy(lab_folder, new, about["facts"]["machines"])
                (new / "state.json").write_text(json.dumps(about, indent=1), encoding="utf-8")
                new.rename(path)
            except OSError as error:
                shutil.rmtree(new, ignore_errors=True)
                raise LabError(f"State {path.name} could not be saved: {error}") from error

    def read_into(self, path, lab_folder):
        """Lay the files of a state into a lab's new folder; return its state.json, or None where the state is gone."""
        with _locked(self.folder / ".lock", fcntl.LOCK_SH):
            if not path.exists():
                return None
            about = read(path)
            _copy(path, lab_folder, about["facts"]["machines"])
            return about

    def _prune(self, path, size):
        """Remove what a killed `save` has left, and the states that `path` replaces or whose inputs have changed."""
        for old in self.folder.glob("*.new"):
            shutil.rmtree(old)
        for old, about in self._all():
            replaced = old.stem == path.stem and (old == path or size_of(about) == size)
            if replaced or about["inputs"] != inputs(size_of(about)):
                shutil.rmtree(old, ignore_errors=True)

    def remove(self, name):
        """Remove all states that somebody saved as `name`, when nobody reads or writes one."""
        with _locked(self.folder / ".lock", fcntl.LOCK_EX):
            for path, about in self._all():
                if about["name"] == name:
                    shutil.rmtree(path, ignore_errors=True)

    def table(self):
        """Return what there is as text, one line for each state."""
        lines = []
        for path, about in sorted(self._all()):
            current = about["inputs"] == inputs(size_of(about))
            size = sum(file.stat().st_blocks for file in path.rglob("*")) * 512 // 2**20
            lines.append(
                f"{about['name']:<16} {about['nodes']} nodes of {', '.join(size_of(about).suites)}, {size} "
                f"MiB{'' if current else ', out of date: the next save removes it'}"
            )
        return "\n".join(lines) or "no states"


def read(path):
    """Return a state's state.json.

    It has `name`, `inputs`, `nodes`, `memory` (MiB), `suites` and `facts` (see lab.prepare.saved).
    """
    return json.loads((path / "state.json").read_text(encoding="utf-8"))


def size_of(about):
    """Return the topology.Size of a lab from its facts, or from a state.json, which may be of an older version."""
    return topology.Size(about["nodes"], about["memory"], tuple(about.get("suites", ())))


def _copy(source, target, machines):
    """Copy a lab's or a state's files.

    What never changes is linked, so that it costs nothing and outlives a removed state.
    """
    for name in SHARED:
        shutil.copy2(source / name, target / name)
    for machine in machines:
        (target / machine).mkdir(mode=0o700, exist_ok=True)
        for name in OF_A_MACHINE:
            if name == "disk.qcow2":
                shutil.copy2(source / machine / name, target / machine / name)
            else:
                os.link(source / machine / name, target / machine / name)


@contextlib.contextmanager
def _locked(path, how, waiting=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting:
                say(waiting)
            fcntl.flock(file, how)
        yield
