# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes that ask for a snapshot of an array, alone and as a crew, and the files that they leave.

For the tests of the snapshot.
"""

import contextlib
import dataclasses
import json
import multiprocessing
import os
import pathlib
import subprocess
import sys
import textwrap
import time

from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import Array

ARRAY = Array("san1", "audit", "correct horse:battery")
# Cluster, nodes, the numbers of LUNs and maps, LUNs, twice maps and igroups, LUNs, SVMs, iSCSI and FC targets; for
# advice: what it is, IP and FC LIFs, sessions, logins.
ONE_READING = 18
# What the audit's first step asks: cluster and nodes, then one record of each of eleven paths, iSCSI and FC targets.
FIRST_STEP = 15


def entry_of(sim):
    """Return a simulated array as an entry of the option arrays."""
    return {
        "hostname": sim.hostname,
        "http_port": sim.port,
        "username": sim.username,
        "password": sim.password,
        "ca_path": sim.ca_path,
    }


class Source:
    """Stands for the array: counts how often it is read."""

    def __init__(self, error=None):
        self.readings = 0
        self.error = error

    def __call__(self, array):
        self.readings += 1
        if self.error:
            raise self.error
        return {"array": {"hostname": array.hostname, "reading": self.readings}, "luns": [], "igroups": {}}


def content(folder):
    return b"".join(path.read_bytes() + path.name.encode() for path in sorted(folder.iterdir()))


def the_record(folder):
    return next(iter(folder.glob("*.json")))


CREW = """
    import json, multiprocessing, os, resource, sys
    from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import listing, snapshot
    from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import options as array_options
    count, folder, options, room = int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]), int(sys.argv[4])
    multiprocessing.current_process().authkey = bytes.fromhex(sys.argv[5])
    if room:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    start, go = os.pipe()
    for dummy in range(count):
        if os.fork() == 0:
            os.close(go)
            os.read(start, 1)
            try:
                cache = snapshot.SnapshotCache(folder, 300, listing.fetch)
                said = str(len(cache.get(array_options.Array(**options))['luns']))
            except array_options.OntapError as exc:
                said = str(exc)
            os.write(1, (said + chr(10)).encode())
            os._exit(0)
    os.close(go)
    for dummy in range(count):
        os.wait()
"""


def crew(count, folder, array, room=0):
    """Start this many processes of this run that ask at one moment, as the forks of Ansible do.

    room: size in bytes of the largest file that they may write.
    """
    command = [
        sys.executable,
        "-c",
        textwrap.dedent(CREW),
        str(count),
        str(folder),
        json.dumps(dataclasses.asdict(array)),
        str(room),
        bytes(multiprocessing.current_process().authkey).hex(),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def workers(count, folder, array, room=0):
    """Return the answers of each process of a crew."""
    with crew(count, folder, array, room) as process:
        return process.communicate(timeout=120)[0].splitlines()


def until(happened, process):
    while not happened():
        assert process.poll() is None
        time.sleep(0.01)


def waiting(folder):
    """Return how many processes have a lock of the folder open: the holder and those that wait."""
    count = 0
    for link in pathlib.Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            count += os.readlink(link).startswith(f"{folder}/") and os.readlink(link).endswith(".lock")
    return count
