# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures in the middle of a removal: a second run completes what the first began (molecule/removal).

After each fault two things hold: no map that stays has its queueing off, and the same playbook, run again, leaves
nothing stale.
"""

import concurrent.futures
import json
import re

import pytest
from lab import qmp
from scenarios.audit_run import Audit
from scenarios.removal_run import Node, Remediation, codes

CUT_SSH = "pkill -HUP -f 'sshd.*root@'"
# Wait until a session to svm1 on fabric a is no longer logged in.
SESSION_LOST = (
    "for n in $(seq 600); do grep -L LOGGED_IN /sys/class/iscsi_session/*/state | grep -q . && break; sleep 0.1; done"
)
pytestmark = pytest.mark.nodes("node1")


@pytest.fixture
def node(lab, tmp_path):
    return Node(lab, "node1", tmp_path)


@pytest.fixture
def world(lab, node, tmp_path):
    return World(lab, node, tmp_path)


def tables(node):
    """Return the maps and disks of a node, read without a daemon."""
    return node.run("dmsetup table | sort; ls /sys/class/scsi_device")


class World:
    """Two stale devices among living ones on node1, and the playbook."""

    def __init__(self, lab, node, folder):
        self.lab, self.node, self.folder, self.count = lab, node, folder, 0
        self.living, self.also_living, self.first, self.second = node.luns(4)
        for device in (self.first, self.second):
            device.stale()

    def remediate(self, *arguments, **variables):
        self.count += 1
        return Remediation(self.lab, self.folder / str(self.count), "--limit", "node1", *arguments, **variables)

    def audit(self):
        self.count += 1
        return Audit(self.lab, self.folder / str(self.count), arguments=["--limit", "node1"])

    def queueing_is_on(self):
        """Return whether every map there queues, as ONTAP's do by default: the kernel and multipathd both say so."""
        tables = self.node.run("dmsetup table --target multipath").splitlines()
        daemon = self.node.run("multipathd show maps format '%Q' | tail -n +2").split()
        in_kernel = bool(tables) and all("queue_if_no_path" in line for line in tables)
        return in_kernel and daemon == ["on"] * len(tables)

    def ends_well(self, remembered=()):
        """Check that another run removes all stale devices, and no healthy one.

        remembered: the devices whose WWID multipath may still know.
        """
        self.node.unwrap_multipath()
        assert self.queueing_is_on()
        # What a run left half done is more devices than before: a map's disks that are in no map.
        run = self.remediate(stale_devices_max_share=1)
        assert run.code == 0, run.output
        left = self.node.run(
            "dmsetup info -c --noheadings -o uuid; ls /sys/class/scsi_device; grep -v '^#' /etc/multipath/wwids; true"
        ).split()
        for device in (self.first, self.second):
            words = {f"mpath-{device.wwid}", *device.hctls} | (
                {f"/{device.wwid}/"} if device not in remembered else set()
            )
            assert not words & set(left), (
                f"{sorted(words & set(left))} is left\n{run.output}\n{json.dumps(run.records, indent=1)}"
            )
        assert self.living.is_there() and self.also_living.is_there()


def test_the_daemon(world):
    """Stopped, hanging, keeping a map whose flush failed, and restarted right before the flush."""
    node = world.node
    node.run(
        "systemctl stop multipathd.socket multipathd.service"
    )  # which switches queueing off itself (queue_without_daemon)
    before = tables(node)
    result = world.first.flush()
    assert result["failed"] and "daemon" in codes(result), result
    run = world.remediate()
    assert "multipathd: not running" in run.records["node1"]["left_alone"], run.output
    assert tables(node) == before
    node.run("systemctl start multipathd.socket multipathd.service; multipathd show daemon")

    assert world.queueing_is_on()
    before = tables(node)
    node.run("kill -STOP $(cat /run/multipathd.pid)")
    result = world.first.flush()
    run = world.remediate()
    assert codes(result) == ["evidence"] and "in state T" in result["msg"], result
    assert "multipathd" in run.records["node1"]["left_alone"], run.output
    assert tables(node) == before
    node.run("kill -CONT $(cat /run/multipathd.pid)")

    node.wrap_multipath(before_flush="exit 1")
    result = world.first.flush()
    assert result["failed"] and "disable queueing" in str(result["actions"]), result
    assert world.queueing_is_on()

    node.wrap_multipath(before_flush="systemctl restart multipathd.service")
    run = world.remediate()
    assert run.records["node1"]["results"], run.output
    world.ends_well()


def test_the_array_is_not_reached_after_the_plan(world):
    audit = world.audit()
    assert audit.code == 0 and len(json.loads(audit.plan_file.read_text(encoding="utf-8"))["removals"]) == 2
    before = world.node.state()
    world.lab.stop_array()
    run = world.remediate(stale_devices_plan_file=str(audit.plan_file))
    world.lab.start_array()
    assert run.removed("node1") == [] and set(run.left("node1")) == {world.first.wwid, world.second.wwid}
    assert "its verdict is unproven: only with the hazard wire_alone" in run.left("node1")[world.first.wwid], run.output
    assert world.node.state() == before
    world.ends_well()


def test_the_connection_is_cut_right_after_a_flush(world):
    """The running removal completes, no further one begins, and the record says what is not known."""
    world.node.wrap_multipath(after_flush=CUT_SSH)
    run = world.remediate()
    assert run.code != 0 and "nobody said what became of it" in run.output, run.output
    record = run.records["node1"]
    assert [result["failed_because"] is not None for result in record["results"]] == [True, True] and record["after"]
    world.node.unwrap_multipath()
    there = [device.is_there() for device in (world.first, world.second)]
    assert sorted(there) == [False, True], there
    gone = (world.first, world.second)[there.index(False)]
    disks = " ".join(f"/sys/class/scsi_device/{hctl}" for hctl in gone.hctls)
    world.node.run(f"for n in $(seq 100); do ls -d {disks} 2> /dev/null || exit 0; sleep 0.1; done; exit 1")
    assert f"delete {gone.disks[0]}" in world.node.run("journalctl --no-pager | grep stale_mpath_remove")
    world.ends_well()


def test_the_node_freezes_in_the_middle_of_a_removal(world):
    """The run continues when the task's time is over, however long TCP would wait.

    When the node runs again, it completes the removal.
    """
    lab = world.lab
    world.node.wrap_multipath(before_flush="[ -e /run/flushing ] || { touch /run/flushing; sleep 4; }")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        remediation = pool.submit(
            world.remediate, stale_devices_array_max_age=20, stale_devices_timeout=20, stale_devices_audit_timeout=10
        )
        world.node.run("for n in $(seq 1200); do [ -e /run/flushing ] && exit 0; sleep 0.1; done; exit 1", timeout=180)
        with qmp.monitors([lab.folder / "node1"]) as (machine,):
            machine.cmd("stop")
            try:
                run = remediation.result()
            finally:
                machine.cmd("cont")
    assert run.code != 0, run.output
    record = run.records["node1"]
    for result in record["results"]:
        assert re.search("nobody said what became of it .*(Timed out|time frame)", result["failed_because"]), result
    assert record["lost"][0].startswith("it was not audited afterwards: "), record["lost"]
    assert world.living.is_there() and world.also_living.is_there()
    lab.heal("node1")
    for dummy in range(12):
        if set(world.audit().verdicts.values()) <= {"healthy", "stale"}:
            break
    world.ends_well(remembered=(world.first, world.second))


def test_the_node_dies_between_flush_and_delete(world):
    lab = world.lab
    lab.will_restart("node1")
    world.node.wrap_multipath(after_flush="[ -e /run/once ] || { touch /run/once; echo b > /proc/sysrq-trigger; }")
    run = world.remediate()
    assert run.code != 0 and "nobody said what became of it" in run.output, run.output
    lab.wait_for_restart("node1")
    for device in (world.living, world.also_living):
        lab.wait_for_map(device.lun, "node1")
    world.ends_well(
        remembered=(world.first, world.second)
    )  # after the boot nothing is left of them but a line in a file


def test_one_fabric_goes_down_between_flush_and_delete(world):
    """A path that is blocked is not deleted: its delete would wait.

    Once the kernel gave it up, it goes. No further device is touched, and the window ends.
    """
    world.node.wrap_multipath(after_flush=f"ip link set eth1 down; {SESSION_LOST}")
    run = world.remediate()
    assert run.code != 0, run.output
    record = run.records["node1"]
    first, second = record["results"]
    assert first["failed_because"] is None or "blocked" in first["failed_because"], first
    assert set(codes(second)) == {"wire"} and not second["actions"], second
    assert [text for text in record["lost"] if f"{world.living.wwid} was healthy and is degraded" in text], record[
        "lost"
    ]
    assert not [
        line for line in world.node.run("cat /proc/[0-9]*/stat").splitlines() if " D " in line and "delete" in line
    ]
    world.node.unwrap_multipath()
    world.lab.heal("node1")
    for dummy in range(12):
        if set(world.audit().verdicts.values()) <= {"healthy", "stale"}:
            break
    world.ends_well()


def test_both_fabrics_are_down(world):
    for fabric in ("a", "b"):
        world.lab.cut("node1", fabric)
    world.node.run(SESSION_LOST)
    before = tables(world.node)
    run = world.remediate()
    assert run.removed("node1") == [] and "it has an outage" in run.records["node1"]["left_alone"], run.output
    # One for each path, and one more while the kernel still blocks it.
    assert len(codes(world.first.flush())) >= 2 and set(codes(world.first.flush())) == {"wire"}
    assert tables(world.node) == before
    world.lab.heal("node1")
    for dummy in range(12):
        if set(world.audit().verdicts.values()) <= {"healthy", "stale"}:
            break
    world.ends_well()
