# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a container with the host's namespaces the modules work as on the host, or refuse (molecule/neighbours).

The container is the node's own Python in another root directory; below its /host, where the node's / is, the standard
library is covered.
"""

import json
import os
import subprocess

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._removal import quarantine
from ansible_collections.sanops.multipath.plugins.module_utils._system import host_root
from scenarios import node_state
from scenarios.audit_run import Audit
from scenarios.modules_on_node import Modules
from scenarios.playbook_run import PLAIN
from scenarios.removal_run import Node, Remediation
from scenarios.shell import SHELL

PYTHON = "/usr/local/bin/pod-python"
# Each call is a container of its own: what is mounted in it is a slave of the node's, as a pod's volume with
# HostToContainer is.
WRAPPER = r"""#!/bin/sh
exec unshare --mount --propagation slave {namespaces} sh -c '
set -e
mkdir -p /run/pod
mount -t tmpfs pod /run/pod
cd /run/pod
mkdir usr proc dev sys var host tmp
mount --rbind / host
umount host/run/pod
for name in bin lib lib64; do ln -s usr/$name $name; done
for name in usr proc dev sys var; do mount --rbind /$name $name; done
{mount}
for folder in host/usr/lib/python3*; do mount -t tmpfs covered $folder; done
set -- PYTHONPATH="$PYTHONPATH" {variable}=/host python3 "$@"
exec chroot . /usr/bin/env -i PATH=/usr/bin HOME=/nowhere TMPDIR=/tmp LD_LIBRARY_PATH=/nowhere "$@"
' sh "$@"
"""


@pytest.fixture(scope="class")
def node(lab, tmp_path_factory):
    node = Node(lab, "node1", tmp_path_factory.mktemp("node"))
    install(node, PYTHON)
    return node


def install(node, path, namespaces="", mount=":"):
    """Install a Python on the node, at `path`, that runs inside a container.

    namespaces: those of the container, as options of unshare; mount: what else is done to its host directory.
    """
    text = WRAPPER.format(namespaces=namespaces, mount=mount, variable=host_root.VARIABLE)
    node.node.run(f"cat > {path}; chmod 755 {path}", stdin=text.encode())


@pytest.fixture(scope="class")
def inventory(node):
    """Return an inventory in which the node's interpreter is that of the container."""
    path = node.folder / "container.ini"
    path.write_text(f"{node.name} ansible_python_interpreter={PYTHON}\n", encoding="ascii")
    return ["--inventory", str(path), "--limit", node.name]


@pytest.fixture(scope="class")
def devices(node):
    """Return a mounted LUN, one that a process has open, and one that is unused and then unmapped."""
    mounted, opened, stale = node.luns(3)
    node.run(f"{SHELL}\next4 {mounted.file}; mkdir -p /mnt/pod; mount {mounted.file} /mnt/pod")
    node.start(f"sh -c 'exec sleep infinity 3< {opened.file}'")
    return mounted, opened, stale.stale()


def judged(run, devices):
    """Return what an audit says of these devices, without udev's probes.

    A probe may hang on a dead map, or be gone, at any time.
    """
    (host,) = run.fleet["hosts"]
    found = {device["wwid"]: device for device in host["devices"]}
    users = {wwid: [user for user in device["users"] if user["kind"] != "probe"] for wwid, device in found.items()}
    return [
        (found[device.wwid]["verdict"], users[device.wwid], [path["wire"] for path in found[device.wwid]["paths"]])
        for device in devices
    ]


def facts(lab, node, inventory):
    """What the module returns; fleet.json keeps a part of it."""
    printed = subprocess.run(
        [
            *("ansible", node.name, "--inventory", lab.inventory, *inventory),
            *("--module-name", "sanops.multipath.stale_mpath_facts"),
        ],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **PLAIN},
    ).stdout
    return json.loads(printed.partition("=>")[2])["ansible_facts"]["stale_mpath"]


@pytest.mark.nodes("node1")
class TestPod:
    """What is stale is removed by the last one."""

    def test_the_audit_says_the_same(self, lab, node, inventory, devices, tmp_path):
        plain, from_pod = (
            Audit(lab, tmp_path / str(number), arguments=arguments)
            for number, arguments in enumerate((["--limit", node.name], inventory))
        )
        assert judged(from_pod, devices) == judged(plain, devices)
        assert [verdict for verdict, dummy, dummy in judged(from_pod, devices)] == ["healthy", "healthy", "stale"]

    def test_the_facts_are_the_same(self, lab, node, inventory):
        mine, theirs = facts(lab, node, inventory), facts(lab, node, [])
        for portal in mine["iscsi"]["portals"] + theirs["iscsi"]["portals"]:
            del portal["ms"]
        compared = ("multipathd", "sessions", "multipath_conf", "iscsi", "platform", "incomplete")
        assert {key: mine[key] for key in compared} == {key: theirs[key] for key in compared}

    @pytest.mark.parametrize(
        ("namespaces", "mount", "why"),
        [
            ("--pid --fork", ":", "hostPID"),
            ("--net", ":", "hostNetwork"),
            ("--ipc", ":", "hostIPC"),
            ("", "mount --make-rprivate host", "HostToContainer"),
            ("", "umount --lazy host/run", "/host/run is not what process 1 of the host has as /run"),
        ],
    )
    def test_half_a_view_is_refused(self, node, devices, namespaces, mount, why):
        """Also where the device is one that could be removed."""
        install(node, PYTHON + "-half", namespaces, mount)
        stale = devices[-1]
        before = node.state()
        result = Modules(node.node, PYTHON + "-half").run(
            "mpath_flush", False, {"wwid": stale.wwid, "expect": stale.expect}
        )
        assert result["failed"] and why in result["msg"], result
        assert node.state() == before

    def test_a_stale_map_is_removed_and_nothing_else(self, lab, node, inventory, devices, tmp_path):
        stale = devices[-1]
        before = node.state()
        run = Remediation(lab, tmp_path, *inventory)
        assert run.code == 0 and run.removed(node.name) == [stale.wwid], run.output
        assert node.state() == node_state.without(before, stale.words())
        assert f"delete {stale.disks[0]}" in node.run("journalctl --no-pager -n 200"), "the node's own log has it"
        node.run(f'[ -e {quarantine.LOCK} ] && ! mountpoint -q /run/pod && [ -z "$(ls -A /run/pod)" ]')
