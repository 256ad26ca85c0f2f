# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Proxmox VE says of a node's SAN devices: on a node's files (see recordings/proxmox), and with one thing of
them changed.
"""

import json

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._host import layers as host_layers
from ansible_collections.sanops.multipath.plugins.module_utils._host import proxmox, proxmox_disks
from support import configured
from support.trees import NETAPP, VG_SAN, Host, Proxmox

HERE, THERE = "/etc/pve/nodes/pve1/", "/etc/pve/nodes/pve2/"


@pytest.fixture
def node(tmp_path):
    return Proxmox(tmp_path)


def look(node, **chosen):
    found = proxmox.look(
        node.tree, host_layers.Layers(node.tree, chosen.get("maps", node.maps), chosen.get("paths", node.paths))
    )
    return json.loads(json.dumps(found))


def guest(found, vmid):
    return next(one for one in found["guests"] if one["vmid"] == vmid)


def disks(found, vmid):
    return dict((disk["key"], (disk["devices"], disk["whole"])) for disk in guest(found, vmid)["disks"])


def storage(found, name):
    return next(one for one in found["storages"] if one["storage"] == name)


def test_no_proxmox(tmp_path):
    assert proxmox.look(Host(tmp_path).tree, None) == configured.CLEAN["platform"]["proxmox"]


def test_the_node(node):
    found = look(node)
    assert [found[key] for key in ("present", "node", "cluster", "pvestatd", "rescanned")] == [
        True,
        "pve1",
        "prod",
        False,
        False,
    ]
    assert found["iscsi"] == [{"storage": "san1", "target": "iqn.1992-08.com.netapp:sn.1", "portal": "10.0.0.1"}]
    node.file("/proc/812/comm", "pvestatd\n")
    node.file(proxmox.RESCANNED)
    node.remove("/etc/pve/corosync.conf")  # a node alone
    assert [look(node)[key] for key in ("pvestatd", "rescanned", "cluster")] == [True, True, None]


def test_the_storages(node):
    found = look(node)
    assert [
        (one["storage"], one["type"], one["enabled"], one["devices"])
        for one in found["storages"]
        if one["type"] in ("lvm", "lvmthin", "netappontap")
    ] == [
        ("local-lvm", "lvmthin", True, []),
        ("san-lvm", "lvm", True, ["dm-0"]),
        ("san-lvm2", "lvm", False, ["dm-6"]),
        ("netapp-1", "netappontap", True, ["dm-5"]),
        ("old", "lvm", False, []),
    ]
    assert storage(found, "netapp-1")["svm"] == "svm1"
    assert "Secret" not in json.dumps(found) and "pveadmin" not in json.dumps(found), (
        "some plugins keep a password in storage.cfg"
    )


@pytest.mark.parametrize(
    "line, enabled",
    [
        ("", True),
        ("\tdisable\n", False),
        ("\tdisable 1\n", False),
        ("\tdisable 0\n", True),
        ("\tnodes pve1\n", True),
        ("\tnodes pve2,pve1\n", True),
        ("\tnodes pve2,pve11\n", False),
        ("\tnodes pve2 pve1\n", True),
        ("\t# nodes pve2\n", True),
    ],
)
def test_which_storages_count_on_this_node(line, enabled):
    (one,) = proxmox.storages("iscsi: a\n\ttarget t\n" + line, "pve1")
    assert (one["enabled"], one["target"]) == (enabled, "t")


def test_where_a_storage_lies_when_nothing_of_it_is_active(node):
    """By its base volume, by what LVM saw since the boot, and by the UUIDs in the metadata's backup; never by a
    device file in a backup.
    """
    node.block("dm-0", "253:0", name="mpatha", uuid="mpath-" + VG_SAN)
    (node.root / "sys/class/block/dm-0/holders/dm-10/x").unlink()
    (node.root / "sys/class/block/dm-0/holders/dm-10").rmdir()
    for path in ("sys/class/block/dm-10/dm/name", "sys/class/block/dm-10/dm/uuid"):
        (node.root / path).unlink()
    assert storage(look(node), "san-lvm")["devices"] == ["dm-0"]
    cfg = (node.root / "etc/pve/storage.cfg").read_text()
    node.file("/etc/pve/storage.cfg", cfg.replace("\tbase ", "\tno-base "))
    assert storage(look(node), "san-lvm")["devices"] == ["dm-0"], "by the backup"
    backup = (node.root / "etc/lvm/backup/vg_san").read_text()
    node.file("/etc/lvm/backup/vg_san", backup.replace("/dev/loop0", "/dev/mapper/mpathj").replace("9nWjeM", "xxxxxx"))
    assert storage(look(node), "san-lvm")["devices"] == []
    node.file("/run/lvm/pvs_online/x", "253:7\nvg:vg_san\n")
    assert storage(look(node), "san-lvm")["devices"] == ["dm-7"]


def test_the_disks_of_this_nodes_guests(node):
    found = look(node)
    assert disks(found, 100) == {
        "args": (["dm-2"], True),
        "scsi0": ([], True),
        "scsi1": (["dm-1"], True),
        "unused0": ([], True),
        "[PENDING] scsi4": ([], True),
        "[before] vmstate": (["dm-0"], False),
    }
    assert disks(found, 101) == {"ide2": ([], True), "virtio0": (["dm-0"], False), "virtio2": (["dm-6"], False)}
    assert disks(found, 200) == {"mp0": (["dm-3"], True), "rootfs": (["dm-0"], False)}
    assert [guest(found, vmid)["name"] for vmid in (100, 200)] == ["web", "ct-log"]
    assert 102 not in [one["vmid"] for one in found["guests"]], "all of its disks are elsewhere"


def test_the_disks_of_other_nodes_guests_that_may_be_here(node):
    found = look(node)
    assert (guest(found, 300)["node"], guest(found, 300)["lock"], disks(found, 300)) == (
        "pve2",
        "migrate",
        {"scsi0": (["dm-4"], True)},
    )
    assert disks(found, 301) == {"scsi0": (["sdx"], True), "scsi1": (["dm-6"], False), "scsi2": ([], True)}, (
        "scsi3 is no device of this host"
    )


def test_only_the_devices_in_question(node):
    """As whoever is about to remove one of them asks."""
    found = look(node, maps=[node.maps[1]], paths=[])
    assert disks(found, 100)["scsi1"] == (["dm-1"], True)
    assert all(disk["devices"] in ([], ["dm-1"]) for one in found["guests"] for disk in one["disks"])


def test_a_disk_that_its_map_has_left_behind(node):
    """The map is gone: the disks below it are what the guest's link means."""
    one = dict(node.paths[0], sd="sdq", dev_t="65:0", wwid=NETAPP + "4")
    node.block("sdq", "65:0")
    assert disks(look(node, maps=[], paths=[one]), 100)["scsi1"] == (["sdq"], True)


@pytest.mark.parametrize(
    "volume, placed",
    [
        ("/dev/mapper/mpathb", (["dm-1"], True)),
        ("/dev/dm-1", (["dm-1"], True)),
        ("/dev/../dev/mapper/mpathb", (["dm-1"], True)),
        ("//dev//mapper/mpathb", (["dm-1"], True)),
        ("/var/lib/images/disk.raw", None),
        ("/dev/disk/by-id/dm-name-mpathb", (["dm-1"], True)),
        ("/dev/disk/by-id/dm-uuid-mpath-%s4" % NETAPP, (["dm-1"], True)),
        ("/dev/disk/by-id/scsi-%s4-part1" % NETAPP, (["dm-1"], True)),
        ("/dev/disk/by-id/wwn-0x%s4" % NETAPP[1:], (["dm-1"], True)),
        ("/dev/disk/by-id/scsi-SNETAPP_LUN_C-Mode_80E4sre-Z", (["dm-1"], True)),  # by udev's record alone
        ("/dev/disk/by-id/scsi-%sf" % NETAPP, ([], True)),  # not there
        ("/dev/mapper/mpath", ([], True)),
        ("/dev/mapper/vg_san-vm--101--disk--0", (["dm-0"], False)),
        ("/dev/sda", None),  # a disk, but of no SAN
        ("/dev/sdx", (["sdx"], True)),
        ("san-lvm:vm-101-disk-0", (["dm-0"], False)),
        ("san-lvm:vm-999-disk-0", (["dm-0"], False)),  # it is not active here; its group is
        ("san-lvm2:base-100-disk-0/vm-101-disk-0", (["dm-6"], False)),
        ("old:vm-1-disk-0", ([], False)),  # nobody knows where that group is
        ("local-lvm:vm-100-disk-0", None),
        ("nas:101/vm-101-disk-0.qcow2", None),
        ("userland:lun1", None),
        ("netapp-1:vm-1-disk-0", ([], True)),
        ("unheard-of:disk-%s4" % NETAPP, (["dm-1"], True)),  # a plugin that names the WWID
        ("unheard-of:disk-%s4f" % NETAPP, ([], True)),
    ],
)
def test_where_a_volume_is(node, volume, placed):
    node.file("/run/udev/data/b253:1", "S:disk/by-id/scsi-SNETAPP_LUN_C-Mode_80E4sre-Z\nE:X=1\n")
    layers = host_layers.Layers(node.tree, node.maps, node.paths)
    known = proxmox.storages((node.root / "etc/pve/storage.cfg").read_text(), "pve1")
    found = proxmox_disks.placed("scsi0", volume, known, layers, {"vg_san": ["dm-0"], "vg-two": ["dm-6"], "pve": []})
    assert (found and (found["devices"], found["whole"])) == placed


def test_a_link_that_leads_to_another_device_than_its_name_says_means_both(node, monkeypatch):
    monkeypatch.setattr(
        type(node.tree), "block_number", lambda self, path: "253:2" if path.startswith("/dev/disk") else None
    )
    assert disks(look(node), 100)["scsi1"] == (["dm-1", "dm-2"], True)


@pytest.mark.parametrize(
    "line, disk",
    [
        ("scsi1: /dev/sdb,size=1G", [("scsi1", "/dev/sdb")]),
        ("scsi1: file=/dev/sdb,size=1G", [("scsi1", "/dev/sdb")]),
        ("mp12: volume=a:b,mp=/x", [("mp12", "a:b")]),
        ("dev0: path=/dev/sdb,gid=6", [("dev0", "/dev/sdb")]),
        ("dev0: /dev/sdb", [("dev0", "/dev/sdb")]),
        ("tpmstate0: a:vm-1-disk-1,size=4M,version=v2.0", [("tpmstate0", "a:vm-1-disk-1")]),
        ("sata5: a:vm-1-disk-1", [("sata5", "a:vm-1-disk-1")]),
        ("ide2: a:vm-1-cloudinit,media=cdrom", [("ide2", "a:vm-1-cloudinit")]),
        ("ide2: a:iso/x.iso,media=cdrom", []),
        ("ide2: none,media=cdrom", []),
        ("ide2: cdrom,media=cdrom", []),
        ("scsihw: virtio-scsi-single", []),
        ("#scsi1: a:b", []),
        ("net0: virtio=BC:24:11:5E:0A:33", []),
        ("nonsense", []),
        ("args: -drive 'file=/dev/sdb' -device x,path=/dev/sdc", [("args", "/dev/sdb"), ("args", "/dev/sdc")]),
        ("scsi1: a:b\nscsi2: a:b", [("scsi1", "a:b")]),  # once
        ("[snap-1]\nscsi1: a:b", [("[snap-1] scsi1", "a:b")]),
        ("[special:fleecing]\nscsi1: a:b", [("[special:fleecing] scsi1", "a:b")]),
    ],
)
def test_the_disks_in_a_configuration(line, disk):
    assert proxmox_disks.parse(line)[2] == disk


def test_name_and_lock_are_those_of_now():
    assert proxmox_disks.parse("name: a\nlock: backup\n[old]\nname: b\nlock: migrate\n")[:2] == ("a", "backup")
    assert proxmox_disks.parse("memory: 1\n[old]\nname: b\nlock: migrate\n")[:2] == (None, None)


def test_who_runs(node):
    assert guest(look(node), 100)["running"] is False
    node.file("/run/qemu-server/100.pid", "4711\n")
    assert guest(look(node), 100)["running"] is False, "it has ended"
    node.file("/proc/4711/comm", "sshd\n")
    assert guest(look(node), 100)["running"] is False, "the number is of another"
    node.file("/proc/4711/comm", "kvm\n")
    assert guest(look(node), 100)["running"] is True
    assert guest(look(node), 200)["running"] is None, "the old hierarchy of control groups is not read"
    node.file("/sys/fs/cgroup/cgroup.controllers", "cpu\n")
    assert guest(look(node), 200)["running"] is False
    node.file("/sys/fs/cgroup/lxc/200/cgroup.procs")
    assert guest(look(node), 200)["running"] is True


@pytest.mark.parametrize(
    "unread, why",
    [
        ("/etc/pve/storage.cfg", "storage.cfg could not be read"),
        (HERE + "qemu-server/101.conf", "the guest 101 on pve1 could not be read"),
        (THERE + "qemu-server/300.conf", "the guest 300 on pve2 could not be read"),
    ],
)
def test_half_of_it_proves_nothing(node, monkeypatch, unread, why):
    text = type(node.tree).text
    monkeypatch.setattr(type(node.tree), "text", lambda self, path: None if path == unread else text(self, path))
    with pytest.raises(OSError, match=why):
        look(node)


def test_a_node_without_a_place_of_its_own(node):
    node.file("/proc/sys/kernel/hostname", "renamed\n")
    with pytest.raises(OSError, match="nodes/renamed is not there: whose guests are on this node is not known"):
        look(node)


def test_a_file_system_that_goes_away_meanwhile_looks_empty_and_is_not_taken_for_empty(node, monkeypatch):
    text, read = type(node.tree).text, []

    def once(self, path):
        read.extend([path] if path == "/etc/pve/storage.cfg" else [])
        return None if len(read) > 1 and path == "/etc/pve/storage.cfg" else text(self, path)

    monkeypatch.setattr(type(node.tree), "text", once)
    with pytest.raises(OSError, match="storage.cfg could not be read"):
        look(node)


def test_a_guest_that_moves_while_its_node_is_read(node, monkeypatch):
    """Its file is listed at one place, and is at the other when it is read."""
    text, moved = type(node.tree).text, []

    def moving(self, path):
        if path == THERE + "qemu-server/300.conf" and not moved:
            moved.append((node.root / path.lstrip("/")).rename(node.root / (HERE + "qemu-server/300.conf").lstrip("/")))
        return text(self, path)

    monkeypatch.setattr(type(node.tree), "text", moving)
    assert guest(look(node), 300)["node"] == "pve1" and moved
