# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""QEMU's monitor (QMP) of the machines of a lab: stop them, save their memory, and let them go on.

Every function takes `folders`, the folders of the machines, and handles all of them at once: what they share (iSCSI
sessions, timers) agrees only if they stop together.
"""

import contextlib
import logging
import os
import time

from lab.errors import LabError

SOCKET = "qmp"
"""QEMU's monitor listens here, in the machine's folder."""

MEMORY = "memory"
"""A machine's saved memory and devices, in its folder: what the keeper starts it from."""

SECONDS = 120
"""One step of all machines takes about one second; a machine that has not done it by then is given up."""

_BYTES_PER_SECOND = 2**40
"""QEMU else writes at most 128 MiB each second."""


@contextlib.contextmanager
def monitors(folders):
    """Yield a list of one connected monitor for each machine; raise LabError if one does not answer."""
    from qemu.qmp import QMPError  # noqa: PLC0415 - `build` and `apt-packages` do without the virtual environment
    from qemu.qmp.legacy import QEMUMonitorProtocol  # noqa: PLC0415

    logging.getLogger("qemu.qmp").setLevel(logging.CRITICAL)  # it reports each attempt to connect as an error
    with contextlib.ExitStack() as stack:
        connected = []
        for folder in folders:
            # The path of a socket is at most 108 bytes long, and a lab may lie deep.
            directory = os.open(folder, os.O_PATH | os.O_DIRECTORY)
            stack.callback(os.close, directory)
            connected.append(_connect(folder, f"/proc/self/fd/{directory}/{SOCKET}", QEMUMonitorProtocol, QMPError))
            stack.callback(_close, connected[-1])
        try:
            yield connected
        except (QMPError, OSError) as error:
            raise LabError(f"A machine's monitor failed: {error}") from error


def _connect(folder, address, protocol, error_class):
    """Return a connected monitor; a QEMU that has just been started listens a moment later."""
    deadline = time.monotonic() + SECONDS
    while True:
        monitor = protocol(address)
        try:
            monitor.connect()
            return monitor
        except (error_class, OSError) as error:
            _close(monitor)
            if (folder / "exit").exists() or time.monotonic() > deadline:
                raise LabError(
                    f"The monitor of {folder.name} does not answer: {error}. See {folder / 'qemu.log'}"
                ) from error
            time.sleep(0.05)


def _close(monitor):
    with contextlib.suppress(Exception):  # the machine may have ended; there is nothing left to close then
        monitor.close()


def save(folders):
    """Stop all machines and write the memory of each to FOLDER/memory, whole or not at all; they stay stopped.

    Call `go_on` afterwards, whatever happened.
    """
    with monitors(folders) as connected:
        for monitor in connected:
            monitor.cmd("stop")
        for monitor in connected:
            monitor.cmd("migrate-set-parameters", **{"max-bandwidth": _BYTES_PER_SECOND})
            # QEMU does not report that the last write of cat failed; the marker says that all of them succeeded.
            monitor.cmd("migrate", uri=f"exec:cat > {MEMORY}.part && mv {MEMORY}.part {MEMORY}")
        for folder, monitor in zip(folders, connected, strict=True):
            _wait(folder, lambda monitor=monitor: _is_saved(monitor), "be saved")
            _wait(folder, (folder / MEMORY).exists, "write its memory (is the disk full?)", seconds=60)


def forget(folders):
    """Remove the saved memory of machines, whole or not."""
    for folder in folders:
        for name in (MEMORY, f"{MEMORY}.part"):
            (folder / name).unlink(missing_ok=True)


def _is_saved(monitor):
    status = monitor.cmd("query-migrate").get("status")
    if status in ("failed", "cancelled"):
        raise LabError("QEMU could not write a machine's memory: is the disk full?")
    return status == "completed"


def load(folders):
    """Wait until all machines, which the keeper started from saved memory, have read it. They stay stopped."""
    with monitors(folders) as connected:
        for folder, monitor in zip(folders, connected, strict=True):
            _wait(
                folder, lambda monitor=monitor: monitor.cmd("query-status")["status"] != "inmigrate", "read its memory"
            )


def go_on(folders):
    """Let all machines run, whether they were stopped or not."""
    with monitors(folders) as connected:
        for monitor in connected:
            monitor.cmd("cont")


def _wait(folder, done, what, seconds=SECONDS):
    deadline = time.monotonic() + seconds
    while not done():
        if (folder / "exit").exists() or time.monotonic() > deadline:
            raise LabError(f"{folder.name} could not {what}. See {folder / 'qemu.log'}")
        time.sleep(0.02)
