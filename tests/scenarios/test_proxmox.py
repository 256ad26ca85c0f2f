# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node of Proxmox VE (molecule/neighbours).

What a guest's configuration names stays; what LVM and kpartx make of a guest's disk is found and freed. Proxmox VE
itself is not installed: its files are (see unit/recordings/proxmox/README.md). Multipath, LVM and kpartx are real.
"""

import json
import re

import pytest
from scenarios.audit_run import Audit
from scenarios.removal_run import Node, Remediation, codes
from scenarios.shell import SHELL

NAME = "node1"
STORAGE_CFG = "iscsi: san1\n\tportal 192.0.2.1\n\ttarget iqn.1992-08.com.netapp:sn.1\n\tcontent images\n"
LVM_LOCAL = "/etc/lvm/lvmlocal.conf"
UNREAD = "nobody could tell whose it is"


class Proxmox(Node):
    def __init__(self, lab, folder):
        super().__init__(lab, NAME, folder)
        self.guests = f"/etc/pve/nodes/{self.run('hostname -s').strip()}/qemu-server"
        self.run(f"mkdir -p {self.guests}; touch /usr/bin/pvestatd")
        self.write("/etc/pve/storage.cfg", STORAGE_CFG)

    def write(self, path, text):
        self.node.run(f"cat > {path}", stdin=text.encode())

    def guest(self, device, vmid=100):
        """Have a guest name a device as its disk."""
        self.write(
            f"{self.guests}/{vmid}.conf",
            f"name: web\nmemory: 512\nscsi0: san1:0.0.{device.lun_id}.scsi-{device.wwid},size=64M\n",
        )

    def no_guest(self, vmid=100):
        self.run(f"rm {self.guests}/{vmid}.conf")

    def audit(self, name):
        return Audit(self.lab, self.folder / name, arguments=["--limit", NAME])


def found(audit, rule):
    findings = [finding for finding in audit.hosts[NAME]["findings"] if finding["rule"] == rule]
    return [(subject, finding["what"]) for finding in findings for subject in finding["subjects"]]


def command(what):
    return what.partition("To free it: ")[2]


@pytest.mark.nodes(NAME)
def test_what_lvm_and_kpartx_make_of_a_guests_disk_is_found_and_freed(lab, tmp_path):
    """Free a guest's disk while another device is dead and queues.

    The suggested command opens its own device alone, whatever LVM's filter rejects. A volume group on a disk of no
    guest is not reported as a guest's.
    """
    node = Proxmox(lab, tmp_path)
    device, dead, nobodys = node.luns(3)
    node.guest(device)
    part = f"/dev/disk/by-id/dm-uuid-part1-mpath-{device.wwid}"
    node.run(
        f"{SHELL}\npartition {device.file}; kpartx -a -s {device.file}; wait_for {part}\n"
        f"vgcreate -qq -y guest-vg {part}; lvcreate -qq -y -Wn -n root -l 50%FREE guest-vg; [ -e /dev/guest-vg/root ]\n"
        f"vgcreate -qq -y host-vg {nobodys.file}; lvcreate -qq -y -Wn -n data -l 50%FREE host-vg; "
        f"[ -e /dev/host-vg/data ]"
    )
    dead.stale()
    audit = node.audit("before")
    assert not {gap["what"] for gap in audit.hosts[NAME]["facts"]["incomplete"]} & {"proxmox", "volumes"}, audit.output
    ((subject, what),) = found(audit, "MPC204")
    assert (
        subject == f"volume group guest-vg on {device.wwid}"
        and "guest--vg-root is active on this host, inside scsi0 of VM 100 (web)." in what
    )
    free_group = command(what)
    ((subject, what),) = found(audit, "MPC205")
    assert subject == device.wwid and re.search("kpartx has created .*part1 on this host", what)
    free_partitions = command(what)

    kept = node.run(f"if [ -e {LVM_LOCAL} ]; then cat {LVM_LOCAL}; fi")
    node.write(LVM_LOCAL, 'devices { global_filter = [ "r|.*|" ] }\n')
    node.run(free_group, timeout=180)
    node.write(LVM_LOCAL, kept)
    assert "guest--vg" not in node.run("dmsetup info -c --noheadings -o name")
    assert device.is_there() and dead.is_there()
    node.run(free_partitions, timeout=180)
    assert "part1-mpath" not in node.run("dmsetup info -c --noheadings -o uuid")

    audit = node.audit("after")
    assert found(audit, "MPC204") == found(audit, "MPC205") == []
    node.no_guest()
    device.stale()
    assert device.flush()["changed"], "nothing holds it any more"


@pytest.mark.nodes(NAME)
class TestWhatAGuestNames:
    """Two stale devices, one named by a guest. The tests build on each other."""

    @pytest.fixture(scope="class")
    @classmethod
    def node(cls, lab, tmp_path_factory):
        made = Proxmox(lab, tmp_path_factory.mktemp("proxmox"))
        made.named, made.free = made.luns(2)
        made.guest(made.named)
        for device in (made.named, made.free):
            device.stale()
        return made

    @pytest.fixture(scope="class")
    @classmethod
    def audit(cls, node):
        return node.audit("named")

    def test_it_is_stale_with_a_veto_and_the_plan_leaves_it(self, node, audit):
        device = audit.devices[NAME, node.named.wwid]
        assert (device["verdict"], device["in_use"]) == ("stale", False)
        assert device["vetoes"] == ["it is scsi0 of VM 100 (web), by its configuration on this node"]
        assert [(owner["system"], owner["claim"]) for owner in device["owners"]] == [("proxmox", "VM 100 (web)")]
        plan = json.loads(audit.plan_file.read_text(encoding="utf-8"))
        assert [removal["wwid"] for removal in plan["removals"]] == [node.free.wwid]
        assert "its owner forbids it" in {left["wwid"]: left["why"] for left in plan["left"]}[node.named.wwid]

    def test_a_guest_that_comes_between_plan_and_act(self, node, audit):
        device = node.free
        (removal,) = json.loads(audit.plan_file.read_text(encoding="utf-8"))["removals"]
        node.guest(device, vmid=101)
        before = node.state()
        (result,) = node.module("stale_mpath_remove", removals=[removal])["results"]
        assert codes(result) == ["owner"] and "scsi0 of VM 101 (web)" in result["refused"][0]["why"], result
        for check in (True, False):
            assert codes(device.flush(check=check)) == ["owner"]
        node.no_guest(vmid=101)

        node.run("mv /etc/pve/storage.cfg /etc/pve/away")  # as where the cluster's file system is not mounted
        result = device.flush()
        assert codes(result) == ["owner"] and UNREAD in result["msg"], result
        assert node.state() == before
        node.run("mv /etc/pve/away /etc/pve/storage.cfg")

    def test_it_stays_until_a_guest_names_it_no_more(self, node):
        run = Remediation(node.lab, node.folder / "run", "--limit", NAME)
        assert run.code == 0 and run.removed(NAME) == [node.free.wwid], run.output
        assert node.named.is_there()
        node.no_guest()
        run = Remediation(node.lab, node.folder / "again", "--limit", NAME)
        assert run.removed(NAME) == [node.named.wwid], run.output
