# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules about guests' disks, from a node's files (recordings/proxmox) to the command that a person runs."""

import shlex

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._host import layers as host_layers
from ansible_collections.sanops.multipath.plugins.module_utils._host import proxmox, volumes
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import proxmox as proxmox_rules
from support.trees import NETAPP, VG_SAN, Proxmox

UUID = "Ab3dEf0123456789ABCDEFghijklmnop"
SHOWN = "Ab3dEf-0123-4567-89AB-CDEF-ghij-klmnop"


@pytest.fixture
def node(tmp_path):
    return Proxmox(tmp_path)


def found(node, rule):
    layers = host_layers.Layers(node.tree, node.maps, node.paths)
    facts = {
        "maps": [dict(one, users=[], paths=[one["wwid"]]) for one in node.maps],
        "paths": [dict(path, users=[], hctl=path["wwid"], wire={"state": "same"}) for path in node.paths]
        + [{"sd": None, "hctl": one["wwid"], "wire": {"state": "same"}, "users": []} for one in node.maps],
        "platform": {"proxmox": proxmox.look(node.tree, layers), "volumes": volumes.look(layers)},
    }
    (check,) = [one["check"] for one in proxmox_rules.RULES if one["id"] == rule]
    return [(one["subject"], one["what"]) for one in check(facts, None)]


def hold(node, lower, upper):
    node.file("/sys/class/block/%s/holders/%s/x" % (lower, upper))


def partition(node, dm, number, wwid, part=1):
    node.block(
        "dm-%d" % number,
        "253:%d" % number,
        name="%s-part%d" % ({one["dm"]: one["name"] for one in node.maps}[dm], part),
        uuid="part%d-mpath-%s" % (part, wwid),
    )
    hold(node, dm, "dm-%d" % number)


def group(node, lower, number, name, uuid=UUID):
    node.lvm("dm-%d" % number, number, name, uuid)
    hold(node, lower, "dm-%d" % number)


def test_the_storages_own_volumes_are_no_guests(node):
    assert found(node, "MPC204") == found(node, "MPC205") == []


def test_a_volume_group_in_a_partition_of_a_lun(node):
    """What multipathd, kpartx and LVM make of it by themselves."""
    partition(node, "dm-1", 30, NETAPP + "4", 1)
    partition(node, "dm-1", 31, NETAPP + "4", 2)
    group(node, "dm-31", 32, "ubuntu--vg-ubuntu--lv")
    group(node, "dm-31", 33, "ubuntu--vg-swap")
    ((subject, what),) = found(node, "MPC204")
    assert subject == "volume group ubuntu-vg on %s4" % NETAPP
    reported, command = what.split(" To free it: ")
    assert reported == "ubuntu--vg-swap, ubuntu--vg-ubuntu--lv are active on this host, inside scsi1 of VM 100 (web)."
    assert shlex.split(command) == [
        "vgchange",
        "-an",
        "--config",
        'devices { use_devicesfile=0 filter=["a|.*|"] '
        'global_filter=["a|^/dev/mapper/mpathb(-part|p)?[0-9]*$|", "r|.*|"] }',
        "ubuntu-vg",
    ]
    assert found(node, "MPC205") == [
        (
            NETAPP + "4",
            "kpartx has created mpathb-part1, mpathb-part2 on this host, of the partitions of scsi1 of VM 100 (web). "
            "To free it: kpartx -d /dev/mapper/mpathb",
        )
    ]


def test_a_volume_group_straight_on_a_disk_in_no_map(node):
    group(node, "sdx", 30, "data-a")
    assert shlex.split(found(node, "MPC204")[0][1].split(" To free it: ")[1])[3:] == [
        'devices { use_devicesfile=0 filter=["a|.*|"] global_filter=["a|^/dev/sdx(-part|p)?[0-9]*$|", "r|.*|"] }',
        "data",
    ]


def test_a_volume_of_a_storage_plugin_by_what_the_plugin_has_seen(node):
    group(node, "dm-5", 30, "data-a")
    assert "inside a volume of the storage netapp-1." in found(node, "MPC204")[0][1]


def test_a_volume_group_on_nobodys_disk(node):
    group(node, "dm-7", 30, "data-a")
    partition(node, "dm-7", 31, NETAPP + "b")
    assert found(node, "MPC204") == found(node, "MPC205") == []


def test_a_volume_group_inside_a_volume_of_a_storages(node):
    """LVM in LVM: the storage's group is left alone, the one inside it is named."""
    group(node, "dm-10", 30, "inner-a")
    assert [subject for subject, what in found(node, "MPC204")] == ["volume group inner on " + VG_SAN]


def test_a_volume_group_beside_the_storages_on_another_partition_may_be_the_hosts(node):
    partition(node, "dm-0", 30, VG_SAN, 2)
    group(node, "dm-30", 31, "other-a")
    assert found(node, "MPC204") == []


def test_a_guests_volume_group_of_the_name_of_a_storages(node):
    """Two groups of one name are active: the UUID says which."""
    group(node, "dm-1", 30, "vg_san-root")
    ((subject, what),) = found(node, "MPC204")
    assert subject == "volume group vg_san on %s4" % NETAPP
    assert shlex.split(what)[-2:] == ["--select", "vg_uuid=" + SHOWN]


def test_a_volume_group_on_two_luns(node):
    for lower in ("dm-1", "dm-2"):
        group(node, lower, 30, "data-a")
    ((subject, what),) = found(node, "MPC204")
    assert subject == "volume group data on %s4, %s5" % (NETAPP, NETAPP)
    assert '"a|^/dev/mapper/mpathb(-part|p)?[0-9]*$|", "a|^/dev/mapper/mpathc(-part|p)?[0-9]*$|", "r|.*|"' in what


@pytest.mark.parametrize(
    "vg, alias, command",
    [
        (
            "v+g.1",
            "db.1+x",
            [
                "vgchange",
                "-an",
                "--config",
                'devices { use_devicesfile=0 filter=["a|.*|"] '
                'global_filter=["a|^/dev/mapper/db[.]1[+]x(-part|p)?[0-9]*$|", "r|.*|"] }',
                "v+g.1",
            ],
        ),
        (
            "v;rm -rf $HOME'",
            "a",
            [
                "vgchange",
                "-an",
                "--config",
                'devices { use_devicesfile=0 filter=["a|.*|"] '
                'global_filter=["a|^/dev/mapper/a(-part|p)?[0-9]*$|", "r|.*|"] }',
                "--select",
                "vg_uuid=u",
            ],
        ),
        ("-f", 'a"|\\b', ["vgchange", "-an", "--select", "vg_uuid=u"]),  # no pattern is safe for such a name
    ],
)
def test_the_command_is_one_whatever_the_names_are(vg, alias, command):
    assert shlex.split(proxmox_rules._vgchange(vg, "u", False, ["/dev/mapper/" + alias])) == command


def test_kpartx_is_given_one_word_whatever_the_name_is(node):
    node.maps[1]["name"] = "a; reboot"
    partition(node, "dm-1", 30, NETAPP + "4")
    assert found(node, "MPC205")[0][1].endswith("kpartx -d '/dev/mapper/a; reboot'")


def test_a_disk_that_is_not_there(node):
    assert found(node, "MPC206") == [
        ("VM 100 (web)", "[PENDING] scsi4 is /dev/mapper/mpathz, and this host has no such device")
    ]
