# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fibre Channel where it differs from iSCSI (molecule/fibre_channel).

Ports that the kernel gives up, an initiator that is in no igroup, a port that comes back as another address, an adapter
that dies, and the timeouts of the remote ports.
"""

import json

import pytest
from lab import fc, topology
from scenarios import node_state
from scenarios.fibre_channel import TARGETS, Host
from scenarios.removal_run import Remediation, codes
from scenarios.test_multipath_conf import Configured

NAME = "node1"
LOSS = 15  # seconds
pytestmark = [pytest.mark.molecule, pytest.mark.state("fc"), pytest.mark.nodes(NAME)]


@pytest.fixture(scope="class")
def host(lab, tmp_path_factory):
    return Host(lab, NAME, tmp_path_factory.mktemp("host"))


def freeze(lab, fault="freeze"):
    """Have both fabrics lose what the array sends and is sent, or pass it again."""
    for fabric in topology.FABRICS:
        lab.fabric(topology.ARRAY, fabric, fault)


def nothing_to_remove(audit):
    return not json.loads(audit.plan_file.read_text(encoding="utf-8"))["removals"]


class TestPortsAreLost:
    """dev_loss_tmo ends while the fabrics are frozen: the kernel deletes the disks of LUNs that live."""

    def test_before_the_plan(self, lab, host):
        host.timeouts(LOSS, LOSS // 2)
        freeze(lab)
        host.wait("the disks are deleted", lambda: host.disks() == 0)
        audit = host.audit()
        found = host.verdicts(audit)
        assert not {"stale", "unproven"} & {verdict for verdict, dummy in found.values()}, found
        assert nothing_to_remove(audit)
        before = host.state()
        run = Remediation(lab, host.folder / "remediation", "--limit", NAME, stale_devices_max_share=1)
        assert run.removed(NAME) == [] and host.state() == before, run.output

    def test_they_come_back_by_themselves(self, lab, host):
        freeze(lab, "pass")
        host.wait("the disks are there again", lambda: host.disks() == 14)
        host.wait_until_ready(14)
        assert {verdict for verdict, dummy in host.verdicts(host.audit()).values()} == {"healthy"}


class TestPortsAreLostBetweenPlanAndRemoval:
    def test_what_is_left_is_not_what_was_planned(self, lab, host):
        """The map and its disks are gone: what is left is to forget its WWID, and nothing else is touched."""
        host.timeouts(LOSS, LOSS // 2)
        (stale,) = host.luns(1)
        stale.stale()
        audit = host.audit()
        (planned,) = json.loads(audit.plan_file.read_text(encoding="utf-8"))["removals"]
        assert planned["wwid"] == stale.wwid
        freeze(lab)
        host.wait("the disks are deleted", lambda: host.disks() == 0)
        before = host.state()
        result = stale.flush()
        if stale.is_there():  # multipathd may keep a map without paths: it is not what was planned
            assert codes(result) == ["identity"] and host.state() == before, result
        else:
            assert [action["do"] for action in result["actions"]] == ["forget"], result
            assert host.state() == node_state.without(before, [stale.wwid])


class TestOneInitiatorOfTwo:
    def test_one_port_is_in_the_igroup_and_the_other_one_is_not(self, lab, host):
        """The port that is not sees no LUN: its paths are absent, and the maps live on by the other one."""
        out = topology.wwpn(NAME, "b")
        (group,) = lab.array.records("/api/protocols/san/igroups", name=NAME)
        body = {"name": "unused", "os_type": "linux", "protocol": "fcp", "initiators": [{"name": out}]}
        lab.array.request("POST", "/api/protocols/san/igroups", {**body, "svm": {"name": topology.FC_SVM}})
        lab.array.request(
            "DELETE", f"/api/protocols/san/igroups/{group['uuid']}/initiators/{out}", allow_delete_while_mapped="true"
        )
        (device, *dummy) = host.luns(1)
        audit = host.audit()
        found = host.verdicts(audit)
        assert list(found.values()) == [("degraded", ["absent", "same"])] * 7, found
        assert nothing_to_remove(audit)
        before = host.state()
        result = device.flush()
        assert result["failed"] and "wire" in codes(result) and host.state() == before, result

        # Unmapped from the one as well, it is stale by both.
        device.stale()
        assert host.verdicts(host.audit())[device.wwid] == ("stale", ["absent"] * 2)
        before = host.state()
        assert device.flush()["changed"]
        assert host.state() == node_state.without(before, device.words())


# Destroys the port on fabric a, and makes one whose WWPN asks for the address of the array's own: 00:01.
TAKE_ADDRESS = f"""
set -e
echo eth1 > /sys/bus/fcoe/ctlr_destroy
for n in $(seq 100); do [ $(ls -d {fc.CONTROLLERS} | wc -l) = 1 ] && break; sleep 0.1; done
ip link set eth1 down
ip link set eth1 address 52:54:00:5b:00:01
ip link set eth1 up
echo eth1 > /sys/bus/fcoe/ctlr_create
for controller in {fc.CONTROLLERS}; do
    grep -qx 1 $controller/enabled && continue
    echo VN2VN > $controller/mode
    echo 1 > $controller/enabled
done
"""


@pytest.mark.nodes("node1", "node2")
class TestPortComesBackElsewhere:
    def address(self, host):
        """Return the address (N_Port_ID) of the array's port on fabric a, as the node has it."""
        return host.run(
            f"cat $(grep -lsx 0x{TARGETS['a']} /sys/class/fc_remote_ports/*/port_name | sed s/port_name/port_id/)"
        ).strip()

    def test_its_disks_are_the_same(self, lab, host):
        """Another machine has taken the address of the array's port meanwhile: it comes back with another one."""
        stale, living = host.luns(2)
        stale.stale()
        before, old = host.state(), self.address(host)
        first = f"set -- {fc.CONTROLLERS}; echo %d > $1/enabled"
        lab.ssh(topology.ARRAY).run(first % 0)
        host.wait_for_states("Blocked", "Online")
        lab.ssh("node2").run(TAKE_ADDRESS)
        host.wait("another port has it", lambda: f"{old}\n" in host.run("cat /sys/class/fc_remote_ports/*/port_id"))
        lab.ssh(topology.ARRAY).run(first % 1)
        host.wait_for_states("Online", "Online")
        assert self.address(host) != old
        host.wait_until_ready(12)  # multipathd calls the two paths of the stale one faulty
        found = host.verdicts(host.audit())
        assert found[living.wwid] == ("healthy", ["same"] * 2)
        assert found[stale.wwid] == ("stale", ["absent"] * 2)
        disks = [line for line in host.state() if line.startswith("disk:")]
        assert disks == [line for line in before if line.startswith("disk:")]


class TestAdapterDies:
    """The node loses its ports, as with an HBA that is dead or pulled, while a file system is mounted."""

    def test_while_a_map_is_mounted(self, lab, host):
        mounted, other = host.luns(2)
        lab.mount(mounted.lun, NAME)
        names = " ".join(topology.INTERFACES.values())
        host.run(f"for name in {names}; do echo $name > /sys/bus/fcoe/ctlr_destroy; done")
        host.wait("the disks are gone", lambda: host.disks() == 0)
        assert host.run("ls /sys/class/fc_host") == ""
        audit = host.audit()
        found = host.verdicts(audit)
        # The host has no name by which the array could know it.
        assert found[mounted.wwid] == ("unproven", []) and "stale" not in {verdict for verdict, dummy in found.values()}
        assert nothing_to_remove(audit)
        before = host.state()
        result = mounted.flush(paths=None)
        assert result["failed"] and "in_use" in codes(result) and host.state() == before, result
        run = Remediation(lab, host.folder / "remediation", "--limit", NAME, stale_devices_max_share=1)
        assert run.removed(NAME) == [] and host.state() == before, run.output

    def test_it_comes_back(self, lab, host):
        fc.login(lab.ssh(NAME))
        host.wait("the disks are there again", lambda: host.disks() == 14)
        host.wait_until_ready(14)
        assert {verdict for verdict, dummy in host.verdicts(host.audit()).values()} == {"healthy"}


class TestTimeouts:
    """The role brings the timeouts to the remote ports; MPC301 says so."""

    POLICY = {"no_path_retry": 3, "dev_loss_tmo": 30, "fast_io_fail_tmo": 7}

    def on_the_ports(self, host):
        """Return the timeouts of the array's ports."""
        found = {}
        for line in host.run(
            "for port in /sys/class/fc_remote_ports/*; do "
            "echo $(cat $port/port_name $port/dev_loss_tmo $port/fast_io_fail_tmo); done"
        ).splitlines():
            name, loss, fail = line.split()
            found[name.removeprefix("0x")] = (loss, fail)
        return {found[name] for name in TARGETS.values()}

    def test_the_role_brings_them_to_the_ports(self, lab, host):
        assert "MPC301" in host.rules(host.audit())
        configured = Configured(lab, NAME, host.folder)
        run = configured.role(**self.POLICY)
        assert run.code == 0 and run.changed, run.output
        host.wait("the ports have the policy", lambda: self.on_the_ports(host) == {("30", "7")})
        assert "MPC301" not in host.rules(host.audit())
        assert configured.role(**self.POLICY).changed == 0

    def test_after_a_reboot_too(self, lab, host):
        lab.restart(NAME)
        host.wait("the ports have the policy", lambda: self.on_the_ports(host) == {("30", "7")})
        host.wait_until_ready(14)
        assert "MPC301" not in host.rules(host.audit())

    def test_a_lost_port_is_gone_in_that_time(self, lab, host):
        for fabric in topology.FABRICS:
            lab.cut(NAME, fabric)
        host.wait_for_states("Blocked", "Blocked")
        assert {"MPC302", "MPC303"} <= host.rules(host.audit())
        host.wait("the disks are deleted", lambda: host.disks() == 0, seconds=90)
        lab.heal(NAME)
        host.wait("the disks are there again", lambda: host.disks() == 14)
        assert not {"MPC302", "MPC303"} & host.rules(host.audit())
