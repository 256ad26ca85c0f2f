# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fibre Channel: real ports on real fabrics, and the kernel's own target behind them (molecule/fibre_channel).

Nothing here scans a host of Fibre Channel. test_fibre_channel_corners.py has what happens in the middle of a removal.
"""

import pytest
from lab import topology
from scenarios import node_state
from scenarios.fibre_channel import STATES, TARGETS, Host
from scenarios.removal_run import Remediation, codes, on_each_node, removed_when_it_is_stale
from scenarios.test_fabric import OFFLINE, FrozenFabric

NAME = "node1"
pytestmark = [pytest.mark.state("fc"), pytest.mark.nodes(NAME)]


@pytest.fixture(scope="class")
def host(request, lab, tmp_path_factory):
    return Host(lab, getattr(request.cls, "name", NAME), tmp_path_factory.mktemp("host"))


class VerdictsAndRemoval:
    """The tests build on each other."""

    def test_a_healthy_host(self, lab, host):
        audit = host.audit()
        devices = audit.hosts[host.name]["devices"]
        assert len(devices) == 7 and {device["verdict"] for device in devices} == {"healthy"}, audit.verdicts
        assert {device["array"]["state"] for device in devices} == {"mapped"}
        paths = host.module("stale_mpath_facts", timeout=60)["ansible_facts"]["stale_mpath"]["paths"]
        assert {(path["transport"], path["target"]) for path in paths} == {("fc", name) for name in TARGETS.values()}
        # ONTAP's own entry in multipath-tools keeps a lost port indefinitely.
        assert host.rules(audit) == {"MPC301"}

    def test_the_array_lists_what_the_kernels_have(self, lab, host):
        ports = host.run("cat /sys/class/fc_host/*/port_name").split()
        logins = lab.array.records("/api/network/fc/logins", fields="*")
        mine = [login for login in logins if login["igroups"] and login["igroups"][0]["name"] == host.name]
        assert sorted(login["initiator"]["wwpn"].replace(":", "") for login in mine) == sorted(
            port.removeprefix("0x") for port in ports
        )
        lifs = lab.array.records("/api/network/fc/interfaces", fields="*")
        assert {lif["wwpn"].replace(":", ""): lif["state"] for lif in lifs} == dict.fromkeys(TARGETS.values(), "up")
        (service,) = lab.array.records("/api/protocols/san/fcp/services", fields="*")
        assert (service["svm"]["name"], service["enabled"]) == (topology.FC_SVM, True)

    def test_unmapped_at_lun_0_and_above_and_recycled(self, lab, host):
        zero, (above, recycled, living) = host.at_lun_0(), host.luns(3)
        lab.create_lun("heir")
        for device in (zero, above):
            device.stale()
        lab.recycle(recycled.lun, "heir", host.name)
        found = host.verdicts(host.audit())
        assert [found[device.wwid] for device in (zero, above, recycled, living)] == [
            ("stale", ["absent"] * 2),
            ("stale", ["absent"] * 2),
            ("recycled", ["other"] * 2),
            ("healthy", ["same"] * 2),
        ]

    def test_a_stale_map_is_removed_and_nothing_else(self, host):
        bystander, device = host.luns(2)
        removed_when_it_is_stale(host, device, bystander)

    def test_lun_0_is_removed_and_nothing_else(self, host):
        device = host.at_lun_0()
        before = host.state()
        result = device.flush()
        assert result["changed"] and not result["failed"], result
        assert host.state() == node_state.without(before, device.words())


TestVerdictsOnNode1, TestVerdictsOnNode2 = on_each_node(VerdictsAndRemoval)


@pytest.mark.molecule
class TestRemediation:
    def test_the_playbook_removes_what_is_stale_and_nothing_else(self, lab, host, tmp_path):
        zero, (above, recycled, *dummy) = host.at_lun_0(), host.luns(4)
        lab.create_lun("heir")
        for device in (zero, above):
            device.stale()
        lab.recycle(recycled.lun, "heir", NAME)
        before = host.state()
        run = Remediation(lab, tmp_path, "--limit", NAME, stale_devices_max_share=1)
        assert run.code == 0, run.output
        assert sorted(run.removed(NAME)) == sorted([zero.wwid, above.wwid]), run.output
        assert host.state() == node_state.without(before, [*zero.words(), *above.words()])


@pytest.mark.molecule
class TestFabrics:
    """The links of the node are down, one and then both, and up again."""

    def test_cut_and_up_again(self, lab, host):
        stale, living = host.luns(2)
        stale.stale()
        lab.cut(NAME, "a")
        host.wait_for_states("Blocked", "Online")
        host.wait("the disks are given up", lambda: host.run(OFFLINE).strip() == "7")
        audit = host.audit()
        found = host.verdicts(audit)
        assert found[living.wwid] == ("degraded", ["same", "unreachable"])
        assert found[stale.wwid] == ("outage", ["absent", "unreachable"])
        assert host.rules(audit) == {"MPC301", "MPC302", "MPC303"}

        lab.cut(NAME, "b")
        host.wait_for_states("Blocked", "Blocked")
        for dummy in range(2):  # while I/O waits, and after it has failed
            audit = host.audit()
            assert list(host.verdicts(audit).values()) == [("outage", ["unreachable"] * 2)] * 7
            host.wait("the disks are given up", lambda: host.run(OFFLINE).strip() == "14")

        lab.heal(NAME)
        host.wait_for_states("Online", "Online")
        host.wait("no disk is given up", lambda: host.run(OFFLINE).strip() == "0")
        audit = host.audit()
        found = host.verdicts(audit)
        assert found[living.wwid] == ("healthy", ["same"] * 2)
        assert found[stale.wwid] == ("stale", ["absent"] * 2)
        assert host.rules(audit) == {"MPC301"}

    def test_a_blocked_port_with_io_queued(self, lab, host):
        """A process waits in D state, the ports are Blocked: refused, and nothing changes."""
        (device,) = host.luns(1)
        host.timeouts(600, "off")  # it stays Blocked
        device.stale()
        pid = host.start(f"dd if=/dev/zero of={device.file} oflag=direct bs=4k count=1")
        host.wait_for_d(pid)
        for fabric in topology.FABRICS:
            lab.cut(NAME, fabric)
        host.wait_for_states("Blocked", "Blocked")
        before = host.state()
        for check in (True, False):
            result = device.flush(check=check)
            assert result["failed"] and {"in_use", "wire"} >= set(codes(result)), result
            assert "wire" in codes(result) and not result["actions"]
        assert host.state() == before
        lab.heal(NAME)
        host.wait_for_states("Online", "Online")


@pytest.mark.molecule
class TestTargetPort:
    def test_gone_from_one_fabric(self, lab, host):
        """The node's own link stays up; the array's port is not heard of any more."""
        stale, living = host.luns(2)
        stale.stale()
        lab.cut(topology.ARRAY, "a")
        host.wait_for_states("Blocked", "Online")
        audit = host.audit()
        found = host.verdicts(audit)
        assert found[living.wwid] == ("degraded", ["same", "unreachable"])
        assert found[stale.wwid] == ("outage", ["absent", "unreachable"])
        assert "MPC302" in host.rules(audit) and "MPC303" not in host.rules(audit)
        lifs = lab.array.records("/api/network/fc/interfaces", fields="state")
        assert sorted(lif["state"] for lif in lifs) == ["down", "up"]
        lab.heal(topology.ARRAY)
        host.wait_for_states("Online", "Online")


@pytest.mark.molecule
class TestFrozen(FrozenFabric):
    """The links are up, and nothing comes through: the node gives the array's ports up after 20 s."""

    answers = "unreachable"
    states, healed = STATES, ["Online"] * 2

    def frozen(self, world, fabrics):
        disks = world.disks * fabrics // 2
        world.wait("the disks are given up", lambda: int(world.node.output(OFFLINE)) == disks)
        assert world.states().count("Online") == 2 - fabrics


@pytest.mark.molecule
class TestFrozenAMomentAgo:
    def test_nothing_is_stale_at_any_time(self, lab, host):
        """From the first moment, when the kernel believes in its ports, for as long as it lasts."""
        unmapped, recycled, living = devices = host.luns(3)
        unmapped.stale()
        lab.create_lun("heir")
        lab.recycle(recycled.lun, "heir", NAME)
        lab.fabric(topology.ARRAY, "a", "freeze")
        lab.fabric(topology.ARRAY, "b", "freeze")
        for dummy in range(4):
            found = host.verdicts(host.audit())
            assert {found[device.wwid][0] for device in devices} == {"outage"}, found
        assert {answer for device in devices for answer in found[device.wwid][1]} == {"unreachable"}
