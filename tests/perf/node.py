# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One node with a thousand paths: the facts call beside `multipath -ll`, and beside a bare loop of INQUIRYs."""

import json
import os
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from lab.errors import LabError
from lab.lab import Lab
from lab.progress import say, step

from perf import BenchError
from perf.on_node import FOLDER, timed
from perf.result import row

MEMORY = 2048
MAPS, PATHS = 250, 1000
SCSI_DEBUG = "modprobe scsi_debug vpd_use_hostno=0 add_host=4 num_tgts=1 max_luns=250 dev_size_mb=8"
SETTLE_SECONDS = 1800
QUIET_LOAD = 1.5
STATE = """dmsetup ls --target multipath | wc -l
ls -d /sys/block/sd*/holders/dm-* 2>/dev/null | wc -l
cat /proc/loadavg"""
# With all paths there, udev goes on for a long time: multipathd's every change to a map is an event, and each event
# changes something.
STOP_UDEV = "systemctl stop systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udevd.service"
RUNS = 5
CALL = f"python3 {FOLDER}/AnsiballZ_stale_mpath_facts.py"
LOOP = f"python3 {FOLDER}/bare_loop.py"


def measure(where):
    """The bench's rows. `multipath -ll` takes minutes here, so it has one run."""
    with _node() as node:
        listing, calls, loops = [], [], []
        for number in range(1, RUNS + 1):
            say(f"node: run {number} of {RUNS}")
            calls.append(_call(node))
            loops.append(_loop(node))
        with step("node: multipath -ll"):
            listing.append(timed(node, "multipath -ll", timeout=3600)[0])
    where += "; the node: QEMU without KVM, 1 CPU, 2 GiB, Debian 12"
    return [
        row(f"facts call, {PATHS} paths, against multipath -ll", "s", calls, listing, where, most=1 / 20),
        row(f"facts call, {PATHS} paths, against a bare loop of INQUIRYs", "s", calls, loops, where, most=0.35),
    ]


@contextmanager
def _node():
    """A node of its own lab, with the paths and what is to be timed on it; it ends with the block."""
    lab = Lab("bench")
    lab.down()
    try:
        lab.up(nodes=1, memory=MEMORY)
        node = lab.ssh("node1")
        _carry(lab, node)
        with step(f"node: {PATHS} paths from scsi_debug, until udev and multipathd are done"):
            _make_paths(node)
        yield node
    finally:
        lab.down()


def _carry(lab, node):
    """Put the module on the node just as Ansible sends it, interpreter line to zip, and the peer beside it."""
    keep = {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TEMP": FOLDER, "ANSIBLE_PIPELINING": "0"}
    subprocess.run(
        [
            "ansible",
            "node1",
            "--inventory",
            lab.inventory,
            "--module-name",
            "sanops.multipath.stale_mpath_facts",
            "--args",
            "timeout=600",
        ],
        env={**os.environ, **keep},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    node.run(f"mv {FOLDER}/*/AnsiballZ_stale_mpath_facts.py {FOLDER}/")
    node.run(f"cat > {FOLDER}/bare_loop.py", stdin=(Path(__file__).parent / "bare_loop.py").read_bytes())


def _make_paths(node):
    """Load scsi_debug, wait for all maps and paths, then end udev, and wait for the load to go down."""
    node.run(SCSI_DEBUG, timeout=SETTLE_SECONDS)
    deadline = time.monotonic() + SETTLE_SECONDS
    maps, paths, load, complete = "?", "?", "inf", False
    while not complete or float(load) > QUIET_LOAD:
        if time.monotonic() > deadline:
            raise BenchError(
                (
                    f"node1 has {maps} maps with {paths} paths, and a load of {load}, after "
                    f"{SETTLE_SECONDS} s: not {MAPS}, {PATHS}, {QUIET_LOAD}"
                )
            )
        with suppress(LabError):  # a node that is busy with a thousand uevents may be late with SSH's greeting
            maps, paths, load, *dummy = node.output(STATE, timeout=SETTLE_SECONDS).split()
            if [maps, paths] == [str(MAPS), str(PATHS)] and not complete:
                node.run(STOP_UDEV, timeout=SETTLE_SECONDS)
                complete = True
        time.sleep(5)


def _call(node):
    """Seconds of one facts call that found everything."""
    seconds, output = timed(node, CALL)
    facts = json.loads(output)["ansible_facts"]["stale_mpath"]
    words = [path["wire"]["state"] for path in facts["paths"]]
    if words != ["same"] * PATHS or len(facts["maps"]) != MAPS or facts["incomplete"]:
        raise BenchError(
            (
                f"the facts call saw {len(facts['maps'])} maps and {words.count('same')} good paths "
                f"of {len(words)}: {facts['incomplete'][:3]}"
            )
        )
    return seconds


def _loop(node):
    seconds, output = timed(node, LOOP)
    if output.split() != [str(PATHS)]:
        raise BenchError(f"the bare loop had answers from {output.strip()} paths, not {PATHS}")
    return seconds
