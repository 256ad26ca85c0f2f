# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keeper: one small process per lab, parent of all its virtual machines and of the hub that connects them.

Nothing outlives it: the kernel kills each machine and the hub when the keeper dies for whatever reason
(PR_SET_PDEATHSIG), and the keeper ends when `up` dies before the lab is ready (end of file on its
standard input), when `down` asks (SIGTERM), when no machine is left, or when the hub has ended. It holds a lock while
it lives: who can take the lock knows that the lab is down.

Run as: python -m lab keeper FOLDER, where FOLDER/machines.json maps a name to an argument list. A machine with
FOLDER/NAME/memory resumes from it instead of booting, and waits for `cont` on its monitor. One that is started again
boots.
"""

import ctypes
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from lab import hub, qmp
from lab.errors import LabError

READY = b"ready\n"
AGAIN = "again"
SECONDS = 30
"""The keeper starts in well under a second, and so does the hub; on a busy machine, later."""

_PR_SET_PDEATHSIG = 1


def is_alive(folder):
    """Return whether the keeper of a lab's folder lives."""
    try:
        with open(folder / "keeper.lock", "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def start(folder):
    """Start a keeper and return it as a Popen; write READY to its stdin when the lab is complete.

    If its stdin closes before, it ends all machines.
    """
    environment = dict(os.environ, PYTHONPATH=str(Path(__file__).parents[1]), PYTHONDONTWRITEBYTECODE="1")
    with open(folder / "keeper.log", "ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "lab", "keeper", str(folder)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,
        )
    deadline = time.monotonic() + 2 * SECONDS
    while not (folder / "keeper.pid").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise LabError(f"The lab's keeper did not start; see {folder / 'keeper.log'}.")
        time.sleep(0.05)
    return process


def stop(folder, timeout=15):
    """End a lab's keeper, and so its machines; return when both are gone."""
    if not is_alive(folder):
        return
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(int((folder / "keeper.pid").read_text(encoding="ascii")), signal.SIGTERM)
    deadline = time.monotonic() + timeout
    while is_alive(folder):
        if time.monotonic() > deadline:
            raise LabError(f"The lab's keeper does not end; see {folder / 'keeper.log'}.")
        time.sleep(0.05)


def _die_with(parent):
    """Return a function that a child calls before exec: the kernel kills it when `parent` dies."""
    libc = ctypes.CDLL(None, use_errno=True)

    def bind():
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return bind


def _start_hub(folder):
    """Start the hub of a lab; return when it listens: QEMU connects once, when it starts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lab", "hub", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        preexec_fn=_die_with(os.getpid()),
    )
    if not select.select([process.stdout], [], [], SECONDS)[0] or process.stdout.readline() != hub.READY:
        process.kill()
        raise LabError("The lab's hub did not start.")
    return process


def _spawn(folder, name, command):
    """Start a machine in its folder; from its saved memory, if it has one, which counts for this start only."""
    machine = folder / name
    machine.mkdir(exist_ok=True)
    memory = machine / qmp.MEMORY
    with ExitStack() as files:
        log = files.enter_context(open(machine / "qemu.log", "ab"))
        incoming, passed = [], []
        if memory.exists():
            passed = [files.enter_context(open(memory.rename(memory.with_suffix(".loading")), "rb")).fileno()]
            incoming = ["-S", "-incoming", f"fd:{passed[0]}"]
        return subprocess.Popen(
            [*command, *incoming],
            cwd=machine,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=passed,
            preexec_fn=_die_with(os.getpid()),
        )


def _reap(folder, machines, commands):
    """Write the exit code of machines that have ended to FOLDER/NAME/exit, and forget those machines.

    A machine with a file FOLDER/NAME/again is started again instead. It boots: a memory, which a `save` that was killed
    has left, is older than its disk. Where the disk is full, the exit code is not written, and the others go on.
    """
    for name, process in list(machines.items()):
        if process.poll() is not None:
            with suppress(OSError):
                (folder / name / "exit").write_text(f"{process.returncode}\n", encoding="ascii")
            del machines[name]
    for name, command in commands.items():
        if name not in machines and (folder / name / AGAIN).exists():
            qmp.forget([folder / name])
            machines[name] = _spawn(folder, name, command)
            (folder / name / "exit").unlink(missing_ok=True)
            (folder / name / AGAIN).unlink()


def _wait_for_end(folder, hub_process, machines, commands):
    """Wait until the machines have to end: on SIGTERM, if `up` ended too early, or if none or no hub is left."""
    received = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, frame: received.append(number))
    wakeup, wakeup_write = os.pipe()
    os.set_blocking(wakeup_write, False)
    signal.set_wakeup_fd(wakeup_write)
    (folder / "keeper.pid").write_text(f"{os.getpid()}\n", encoding="ascii")
    watched = [0, wakeup]
    while machines and not received:
        readable, dummy, dummy = select.select(watched, [], [], 0.5)
        if 0 in readable:
            if os.read(0, len(READY)) != READY:
                return
            watched.remove(0)
        if hub_process.poll() is not None:
            raise LabError(f"The lab's hub ended with code {hub_process.returncode}, and with it the lab.")
        _reap(folder, machines, commands)


def _go_first():
    """Have Linux give the machines the CPU before other work of this computer, where that is allowed.

    A machine has timeouts that go on while it waits for the CPU: iSCSI gives a session up after five seconds. The
    kernel shares the CPU by sessions of processes (sched(7), autogroup), and each of twenty forks of ansible-playbook
    is one.
    """
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text("-10", encoding="ascii")


def main(folder):
    """Run as the keeper of a lab's folder; return when all its machines have ended."""
    folder = Path(folder)
    _go_first()
    lock = open(folder / "keeper.lock", "wb")  # held until this process ends
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    commands = json.loads((folder / "machines.json").read_text(encoding="utf-8"))
    machines = {}
    hub_process = _start_hub(folder)
    try:
        for name, command in commands.items():
            machines[name] = _spawn(folder, name, command)
        _wait_for_end(folder, hub_process, machines, commands)
    finally:
        for process in (*machines.values(), hub_process):
            process.kill()
        for process in (*machines.values(), hub_process):
            process.wait()
        (folder / "keeper.pid").unlink(missing_ok=True)
