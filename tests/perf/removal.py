# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hundred stale maps on one node: the batch of removals with all its guards, beside `multipath -f` and the
deletes in a shell loop without any.
"""

import datetime
import json
import os
import subprocess
from contextlib import contextmanager

from ansible_collections.sanops.multipath.plugins.module_utils._removal import quarantine
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from lab.lab import Lab
from lab.progress import step

from perf import BenchError
from perf.on_node import FOLDER, timed
from perf.result import row

MAPS = 100
PEERS = 10  # that the shell loop takes, before and again after: so both meet as many other maps on average
FIRST_LUN_ID = 1
# What a person does who knows the order: queueing off, flush, delete each path. No look, no wait, no check, and the
# WWID stays in the wwids file.
LOOP = f"""
while read -r wwid; do
    paths=$(ls /sys/block/$(basename $(readlink -f /dev/mapper/$wwid))/slaves)
    multipathd disablequeueing map $wwid
    multipath -f $wwid || exit 1
    for path in $paths; do echo 1 > /sys/block/$path/device/delete; done
done < {FOLDER}/wwids
"""
# Rules of udev that look for what no LUN of this bench holds, or at each path that fails. They are away for both:
# without KVM they take most of the node's time, for minutes, and they hang on maps that queue.
MASK = """for rule in /usr/lib/udev/rules.d/*; do
    case $rule in *kpartx*|*md-raid*|*lvm*|*btrfs*|*del-part*|*persistent-storage-dm*|*dm-mpath*)
        ln -s /dev/null /etc/udev/rules.d/${rule##*/};; esac
done
udevadm control --reload"""
# A daemon that sees all disks at once makes each map once, with both paths.
STOP = "systemctl stop multipathd.socket multipathd.service"
START = "systemctl start multipathd.service"
# It looks at a path every ten minutes. Else it sees all paths fail at once, and the events of that keep udev busy for
# an hour on an emulated node; here the maps go while their paths are still called ready, as those of a LUN with the id
# 0 are for good.
SLOW = """mkdir -p /etc/multipath/conf.d
printf 'defaults {\\n polling_interval 600\\n max_polling_interval 600\\n}\\n' > /etc/multipath/conf.d/bench.conf"""
SCAN = "for host in /sys/class/iscsi_host/*; do echo '- - -' > /sys/class/scsi_host/${host##*/}/scan; done"
# Maps whose paths are down go on having events: udev is given a while, no more.
SETTLE = "udevadm settle --timeout=60 || true"
WAIT = f"for n in $(seq 900); do [ $(ls -d {{}} | wc -l) = {{}} ] && {{{{ {SETTLE}; exit 0; }}}}; sleep 1; done; exit 1"
DISKS, IN_MAPS = "/sys/class/scsi_disk/*", "/sys/block/dm-*/slaves/sd*"


def measure(where):
    """The bench's row: seconds for each map.

    One run, since it takes many minutes until udev and multipathd have made the maps; each figure is over many.
    """
    with _world() as world:
        first, mine, last = world.luns[:PEERS], world.luns[PEERS:-PEERS], world.luns[-PEERS:]
        peer = world.loop(first)
        ours = world.remove(mine)
        peer += world.loop(last)
        world.must_be_empty()
    where += "; the node: QEMU without KVM, 1 CPU, Debian 12"
    return [
        row(
            f"removal of {MAPS} stale maps with 2 paths each, for each map",
            "s",
            [ours / MAPS],
            [peer / (2 * PEERS)],
            where,
            most=1.5,
        )
    ]


@contextmanager
def _world():
    lab = Lab("bench")
    lab.down()
    try:
        lab.up(nodes=1)
        yield World(lab)
    finally:
        lab.down()


class World:
    """One node, and stale maps on it."""

    def __init__(self, lab):
        self.lab, self.node, self.folder = lab, lab.ssh("node1"), lab.folder / "bench"
        self.folder.mkdir()
        self.luns = [f"bench{number}" for number in range(MAPS + 2 * PEERS)]
        with step(f"removal: {len(self.luns)} maps, then all unmapped"):
            self.node.run(f"{MASK}; {SLOW}; {STOP}")
            for number, lun in enumerate(self.luns, FIRST_LUN_ID):
                lab.create_lun(lun)
                lab.map(lun, "node1", number, scan=False)
            self.node.run(SCAN, timeout=1800)
            self.node.run(WAIT.format(DISKS, 2 * len(self.luns)), timeout=1800)
            self.node.run(f"{START}; {WAIT.format(IN_MAPS, 2 * len(self.luns))}", timeout=1800)
            for lun in self.luns:
                lab.unmap(lun, "node1")
            self.node.run(SETTLE, timeout=300)
        self.node.run(f"mkdir -p {FOLDER}; cat > {FOLDER}/loop.sh", stdin=LOOP.encode())

    def remove(self, luns):
        """Seconds of the module from its start to its end, with a plan of these."""
        removals = self._plan(luns)
        self.node.run(
            (
                f"rm -rf {FOLDER}/tmp; mkdir -p {FOLDER}/tmp {quarantine.FOLDER}; echo "
                f'\'{{"why": "bench"}}\' > {quarantine.QUARANTINE}'
            )
        )
        # A node in quarantine refuses them all: so the module is carried there just as Ansible sends it, and then run
        # as it is.
        keep = {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TEMP": f"{FOLDER}/tmp", "ANSIBLE_PIPELINING": "0"}
        self._ansible("stale_mpath_remove", json.dumps({"removals": removals, "timeout": 60}), **keep)
        self.node.run(f"rm {quarantine.QUARANTINE}; mv {FOLDER}/tmp/*/AnsiballZ_stale_mpath_remove.py {FOLDER}/")
        seconds, output = timed(self.node, f"python3 {FOLDER}/AnsiballZ_stale_mpath_remove.py")
        bad = [one for one in json.loads(output)["results"] if one["refused"] or one["failed_because"]]
        if bad:
            raise BenchError(f"{len(bad)} of {len(removals)} maps did not go at the first try: {bad[0]}")
        return seconds

    def loop(self, luns):
        """Seconds of the shell loop over these."""
        self.node.run(f"cat > {FOLDER}/wwids", stdin="".join(self.lab._wwid(lun) + "\n" for lun in luns).encode())
        return timed(self.node, f"bash {FOLDER}/loop.sh")[0]

    def must_be_empty(self):
        left = self.node.output("dmsetup ls --target multipath; ls /sys/class/scsi_disk")
        if left.strip() != "No devices found":
            raise BenchError(f"something is left on the node: {left}")

    def removal_plan(self, luns):
        facts = self._ansible("stale_mpath_facts", "timeout=600")["ansible_facts"]["stale_mpath"]
        by_hctl = {path["hctl"]: path for path in facts["paths"]}
        said = {
            "kind": "map",
            "verdict": "stale",
            "in_use": False,
            "vetoes": [],
            "reason": "bench",
            "array": {"state": "unmapped"},
        }
        wwids = {self.lab._wwid(lun) for lun in luns}
        devices = [
            {**one, **said, "paths": [by_hctl[hctl] for hctl in one["paths"]]}
            for one in facts["maps"]
            if one["wwid"] in wwids
        ]
        host = {"name": "node1", "facts": facts, "devices": devices}
        removals = removal_plan.plan({"arrays": [], "hosts": [host]}, [], datetime.datetime.now(datetime.timezone.utc))[
            "removals"
        ]
        if facts["incomplete"] or len(removals) != len(luns):
            raise BenchError(f"the node has {len(removals)} of these maps, not {len(luns)}: {facts['incomplete'][:3]}")
        return removals

    def _ansible(self, module, arguments, **environment):
        command = [
            "ansible",
            "node1",
            "--inventory",
            self.lab.inventory,
            "--module-name",
            f"sanops.multipath.{module}",
            "--args",
            arguments,
        ]
        done = subprocess.run(
            [*command, "--tree", self.folder],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BenchError(f"{module}: {done.stdout}{done.stderr}")
        return json.loads((self.folder / "node1").read_text(encoding="utf-8"))
