# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fabric that loses or delays all frames while the link stays up (molecule/corners).

What does not answer through it has an outage or is degraded, and is never stale.
"""

import json
import time

import pytest
from lab import qmp, topology
from scenarios.audit_run import Audit
from scenarios.removal_run import Remediation

STATES = "cat /sys/class/iscsi_session/*/state"
# How many disks are on a session that the kernel has given up.
OFFLINE = "cat /sys/class/scsi_device/*/device/state | grep -c transport-offline; true"
# open-iscsi asks a session that is silent for 5 s for an answer, and gives it up when none comes for 5 s more; the
# kernel gives it up when a command is not answered, nor its abort for 15 s.
WITHOUT_TIMEOUT = """
set -e
iscsiadm -m node -o update -n "node.conn[0].timeo.noop_out_interval" -v 0
iscsiadm -m node -o update -n "node.conn[0].timeo.noop_out_timeout" -v 0
iscsiadm -m node -o update -n node.session.err_timeo.abort_timeout -v 300
iscsiadm -m node --logout > /dev/null
iscsiadm -m node --login > /dev/null
cat /sys/class/iscsi_connection/*/recv_tmo
"""
# Sends so many pings, and prints how many were answered, and the seconds to the first answer. A node has no ping(8).
PING = """
python3 - {address} {count} << 'END'
import json, socket, struct, sys, time
with open("/proc/sys/net/ipv4/ping_group_range", "w") as file:
    file.write("0 0")
ping = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
ping.connect((sys.argv[1], 0))
ping.settimeout(10)
began, first, answered = time.monotonic(), None, 0
for number in range(int(sys.argv[2])):
    ping.send(struct.pack("!BBHHH", 8, 0, 0, 0, number))
    time.sleep(0.005)
try:
    while answered < int(sys.argv[2]):
        ping.recv(100)
        first = first or time.monotonic() - began
        answered += 1
except socket.timeout:
    pass
print(json.dumps([answered, first]))
END
"""


class World:
    """Node1 with a LUN that is mapped to it, one that is unmapped, and one whose LUN id is now that of another.

    `states` is what prints the state of each of its sessions, or of the array's ports.
    """

    def __init__(self, lab, folder, states=STATES):
        self.lab, self.folder, self.node, self.count = lab, folder, lab.ssh("node1"), 0
        self._states = states
        (living, dummy), (unmapped, dummy), (recycled, dummy) = lab.take_luns("node1", 3)
        self.luns = {"living": living, "unmapped": unmapped, "recycled": recycled}
        self.disks = int(self.node.output("ls /sys/class/scsi_device | wc -l"))
        lab.create_lun("heir")
        lab.unmap(unmapped, "node1")
        lab.recycle(recycled, "heir", "node1")

    def audit(self):
        """Return {role: (verdict, what its paths answer)}; the links are up, and the audit ends in its time."""
        self.count += 1
        audit = Audit(self.lab, self.folder / str(self.count), arguments=["--limit", "node1"])
        assert audit.code == 0, audit.output
        assert self.node.output("cat /sys/class/net/eth[12]/carrier").split() == ["1", "1"]
        assert audit.hosts["node1"]["facts"]["elapsed"] < 30
        devices = {role: audit.devices["node1", self.lab._wwid(lun)] for role, lun in self.luns.items()}
        return {
            role: (device["verdict"], sorted(path["wire"]["state"] for path in device["paths"]))
            for role, device in devices.items()
        }

    def wait(self, what, done, seconds=300):
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
            time.sleep(0.5)

    def states(self):
        return self.node.output(self._states).splitlines()


class FrozenFabric:
    """The tests build on each other: one fabric freezes, then the other one, then both pass frames again."""

    answers = ""
    """What a path through a frozen fabric says."""

    states, healed = STATES, ["LOGGED_IN"] * 4
    """What prints the state of each way to the array, and what it prints when both fabrics pass frames."""

    def begin(self, lab):
        """Prepare the node, while it has no LUN."""

    def frozen(self, world, fabrics):
        """Wait until the node is as it has to be when it is audited; called again after the audit."""

    @pytest.fixture(scope="class")
    @classmethod
    def world(cls, lab, tmp_path_factory):
        cls().begin(lab)
        return World(lab, tmp_path_factory.mktemp("world"), cls.states)

    def test_one_fabric(self, lab, world):
        lab.fabric("node1", "a", "freeze")
        self.frozen(world, 1)
        assert world.audit() == {
            "living": ("degraded", sorted(["same", self.answers])),
            "unmapped": ("outage", sorted(["absent", self.answers])),
            "recycled": ("recycled", sorted(["other", self.answers])),
        }
        self.frozen(world, 1)

    def test_both_fabrics(self, lab, world):
        lab.fabric("array", "b", "freeze")
        self.frozen(world, 2)
        assert world.audit() == dict.fromkeys(world.luns, ("outage", [self.answers] * 2))
        self.frozen(world, 2)

    def test_nothing_is_removed(self, lab, world):
        before = world.node.output("dmsetup table | sort; ls /sys/class/scsi_device")
        run = Remediation(lab, world.folder / "remediation", "--limit", "node1", stale_devices_max_share=1)
        assert run.removed("node1") == [] and "it has an outage" in run.records["node1"]["left_alone"], run.output
        assert world.node.output("dmsetup table | sort; ls /sys/class/scsi_device") == before

    def test_the_fabrics_pass_frames_again(self, lab, world):
        lab.fabric("node1", "a", "pass")
        lab.fabric("array", "b", "pass")
        world.wait("the node is logged in", lambda: world.states() == self.healed)
        world.wait("no disk is given up", lambda: world.node.output(OFFLINE).strip() == "0")
        expected = {
            "living": ("healthy", ["same"] * 2),
            "unmapped": ("stale", ["absent"] * 2),
            "recycled": ("recycled", ["other"] * 2),
        }
        world.wait("the verdicts are as before", lambda: world.audit() == expected)


@pytest.mark.nodes("node1")
@pytest.mark.state("empty")
class TestBeforeTheTimeout(FrozenFabric):
    """The sessions say that they are logged in: the node does not ask them whether they live."""

    answers = "silent"

    def begin(self, lab):
        assert set(lab.ssh("node1").output(WITHOUT_TIMEOUT).split()) == {"0"}

    def frozen(self, world, fabrics):
        assert world.states() == ["LOGGED_IN"] * 4


@pytest.mark.nodes("node1")
class TestAfterTheTimeout(FrozenFabric):
    """The sessions have failed, and the kernel has given their disks up."""

    answers = "unreachable"

    def frozen(self, world, fabrics):
        disks = world.disks * fabrics // 2
        world.wait("the disks are given up", lambda: int(world.node.output(OFFLINE)) == disks)
        states = world.states()
        assert states.count("LOGGED_IN") == 2 * (2 - fabrics) and set(states) <= {"LOGGED_IN", "FAILED", "FREE"}


def ping(node, fabric, count):
    """Return how many of so many pings of the array through a fabric are answered, and the seconds to the first one."""
    return json.loads(node.output(PING.format(address=topology.SVMS["svm1"].address(fabric), count=count)))


@pytest.mark.nodes("node1")
def test_slow_and_lossy_fabrics(lab, tmp_path):
    """All verdicts are right, though an answer takes longer, or comes when it is sent again."""
    world = World(lab, tmp_path)
    lab.fabric("node1", "a", "delay", 300)
    lab.fabric("node1", "b", "lose", 5)
    # 300 ms there and 300 ms back; a busy machine adds to it, and the clocks differ a little.
    assert all(
        answered == 1 and seconds > 0.55 for answered, seconds in (ping(world.node, "a", 1) for dummy in range(3))
    )
    # About 20 of 200 are lost; that none is has a probability of 1e-9.
    assert 100 < ping(world.node, "b", 200)[0] < 200
    assert world.audit() == {
        "living": ("healthy", ["same"] * 2),
        "unmapped": ("stale", ["absent"] * 2),
        "recycled": ("recycled", ["other"] * 2),
    }


def test_a_node_that_is_stopped_does_not_stop_the_others(lab):
    """The hub has no room for what node1 does not take; node2 writes and reads more than that."""
    ((lun, dummy),) = lab.take_luns("node2", 1)
    device = f"/dev/disk/by-id/dm-uuid-mpath-{lab._wwid(lun)}"
    options = "bs=1M count=48 2> /dev/null; date +%s"
    with qmp.monitors([lab.folder / "node1"]) as (machine,):
        machine.cmd("stop")
        try:
            times = lab.ssh("node2").output(
                f"date +%s; dd if=/dev/zero of={device} oflag=direct {options}; "
                f"dd if={device} of=/dev/null iflag=direct {options}"
            )
        finally:
            machine.cmd("cont")
    began, *dummy, ended = map(int, times.split())
    assert ended - began < 60
    assert lab.ssh("node2").output(STATES).split() == ["LOGGED_IN"] * 4
    lab.create_lun("new")
    lab.map("new", "node1")
