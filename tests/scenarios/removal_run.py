# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removal as a person runs it: the modules on a node of the lab, the playbook on all of them, and LUNs to lose."""

import json

import pytest
from scenarios import node_state
from scenarios.modules_on_node import Modules
from scenarios.playbook_run import play

EACH_NODE = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.nodes(name)) for name in ("node1", "node2")]
)


def on_each_node(cases):
    """Return the tests of a class for node1 and for node2, each on a lab with that node alone."""
    return [
        pytest.mark.nodes(name)(type(f"{cases.__name__}On{name.title()}", (cases,), {"name": name}))
        for name in ("node1", "node2")
    ]


WRAPPER = "/usr/local/bin/multipath"  # before the real one in PATH


class Node:
    """A node of the lab, its LUNs, and the modules run on it."""

    def __init__(self, lab, name, folder):
        self.lab, self.name, self.folder, self.node = lab, name, folder, lab.ssh(name)
        self.modules = Modules(self.node)

    def run(self, script, **options):
        return self.node.output(script, **options)

    def state(self):
        return node_state.read(self.node)

    def module(self, name, check=False, **args):
        """Return the result of one module call on this node."""
        return self.modules.run(name, check, args)

    def luns(self, count):
        """Return this many LUNs that are maps on the node and that no other test of the class uses."""
        return [Device(self, lun, lun_id) for lun, lun_id in self.lab.take_luns(self.name, count)]

    def wait_until_ready(self, paths):
        """Wait until multipathd has this many paths, all active, and is idle: after a boot they appear one by one."""
        self.run(
            "for n in $(seq 180); do\n"
            f"[ $(multipathd show paths raw format '%t %T' | grep -c 'active ready') = {paths} ] "
            f"&& multipathd show daemon | grep -q idle && exit 0\n"
            "sleep 0.5; done; multipathd show paths; exit 1",
            timeout=240,
        )

    def start(self, command):
        """Start a process that holds nothing of ours; its pid."""
        return int(self.run(f"setsid {command} < /dev/null > /dev/null 2>&1 & echo $!"))

    def wait_for_d(self, pid):
        self.run(f"for n in $(seq 300); do grep -q ') D' /proc/{pid}/stat && exit 0; sleep 0.1; done; exit 1")

    def end(self, pid):
        self.run(f"kill {pid}; for n in $(seq 300); do [ -e /proc/{pid} ] || exit 0; sleep 0.1; done; exit 1")

    def wrap_multipath(self, after_flush="true", before_flush="true"):
        """Have something happen on the node right before or after `multipath -f` does its work."""
        flushes = '[ "$1" != -f ] || '
        lines = [
            "#!/bin/sh",
            f"{flushes}{{ {before_flush}; }}",
            '/usr/sbin/multipath "$@"; code=$?',
            f"{flushes}{{ {after_flush}; }}",
            "exit $code",
            "",
        ]
        self.node.run(f"cat > {WRAPPER}; chmod 755 {WRAPPER}", stdin="\n".join(lines).encode())

    def unwrap_multipath(self):
        self.run(f"rm -f {WRAPPER}")


class Device:
    """A LUN as the node has it."""

    def __init__(self, node, lun, lun_id):
        self.node, self.lun, self.lun_id = node, lun, lun_id
        self.wwid = node.lab._wwid(lun)
        self.file = f"/dev/disk/by-id/dm-uuid-mpath-{self.wwid}"
        boot_id, dev_t, *rest = node.run(
            f"here=/sys/block/$(basename $(readlink -f {self.file})); cat /proc/sys/kernel/random/boot_id $here/dev\n"
            "cd $here/slaves; for disk in *; do echo $disk $(ls $disk/device/scsi_device); done"
        ).split()
        self.disks, self.hctls = rest[::2], sorted(rest[1::2])
        self.slaves = f"/sys/dev/block/{dev_t}/slaves"
        self.expect = {"boot_id": boot_id, "dev_t": dev_t, "paths": self.hctls}

    def stale(self):
        self.node.lab.unmap(self.lun, self.node.name)
        return self

    def mapped(self):
        self.node.lab.map(self.lun, self.node.name, self.lun_id, scan=False)
        return self

    def flush(self, check=False, **changes):
        return self.node.module("mpath_flush", check, wwid=self.wwid, expect={**self.expect, **changes})

    def words(self):
        """Return the names of this device in the node's state."""
        return [self.wwid, *self.disks, *self.hctls]

    def is_there(self):
        return self.wwid in self.node.run("dmsetup info -c --noheadings -o uuid")


class Remediation:
    """One run of the playbook: `code`, `output`, `records` {host: the newest record}."""

    def __init__(self, lab, folder, *arguments, **variables):
        self.code, self.output = play(
            "sanops.multipath.remediate",
            lab.inventory,
            *arguments,
            **{"stale_devices_report_dir": str(folder), **variables},
        )
        self.records = {}
        for path in sorted((folder / "removals").glob("*.json")):
            record = json.loads(path.read_text(encoding="utf-8"))
            self.records[record["host"]] = record

    def removed(self, host):
        return [
            result["wwid"]
            for result in self.records[host]["results"]
            if result["changed"] and not result["failed_because"]
        ]

    def left(self, host):
        """Return {wwid: why} of what was left, or refused at the last moment."""
        record = self.records[host]
        refused = {
            result["wwid"]: "; ".join(f"{refusal['code']}: {refusal['why']}" for refusal in result["refused"])
            for result in record["results"]
            if result["refused"]
        }
        return {**{device["wwid"]: device["why"] for device in record["left"]}, **refused}


def codes(result):
    return [refusal["code"] for refusal in result["refused"]]


def removed_when_it_is_stale(node, device, bystander):
    """Check that a map is removed after its LUN is unmapped, not before, and nothing of any other device with it."""
    before = node.state()
    result = device.flush()
    assert result["failed"] and codes(result) == ["wire", "wire"], result
    assert node.state() == before, "a map that lives"

    device.stale()
    before = node.state()
    would = device.flush(check=True)
    assert would["changed"] and {action["outcome"] for action in would["actions"]} == {"would be done"}
    assert node.state() == before

    done = device.flush()
    assert done["changed"], done
    assert [action["do"] for action in done["actions"]] == [action["do"] for action in would["actions"]]
    assert {action["outcome"] for action in done["actions"]} == {"done"}
    after = node.state()
    assert after == node_state.without(before, device.words())
    assert node_state.without(after, bystander.words()) != after
    assert f"delete {device.disks[0]}" in node.run(
        "journalctl --no-pager -t ansible-mpath_flush -t ansible-sanops.multipath.mpath_flush | tail -n 9"
    )

    again = device.flush()
    assert (again["changed"], again["actions"], again["refused"]) == (False, [], [])
    assert node.state() == after
