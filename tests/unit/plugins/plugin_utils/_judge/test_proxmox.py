# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose a device is where Proxmox VE runs, by the host's word and by the array's names of LUNs; and that the plan
heeds the veto.
"""

import json

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._host import layers
from ansible_collections.sanops.multipath.plugins.module_utils._host import proxmox as host_proxmox
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import device_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import proxmox as proxmox_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import records
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import summary as report_summary
from support import fleets
from support.configured import disk, guest, proxmox, storage
from support.testimony import LUN, NOW, OTHER, WWID, path
from support.trees import NETAPP, Proxmox

NETAPP_STORAGE = storage("netapp-1", "netappontap", svm="svm1")
PLUGIN = {"storage": "netapp-1", "type": "netappontap", "devices": []}
OF_PLUGIN = dict(LUN, name="/vol/pve_netapp_1_100_disk0/lun0")
ME = "it is scsi0 of VM 100 (web), by its configuration on this node"


def reported(fact, luns=(), answered_by=(), name="dm-0", wwid=WWID):
    device = {
        "device": name,
        "wwid": wwid,
        "paths": [],
        "array": {"luns": list(luns)},
        "answered_by": list(answered_by),
    }
    owners, vetoes = proxmox_owners.owned({"platform": {"proxmox": fact}}, device, ())
    return [device_owners.words(owner) for owner in owners], vetoes


def test_a_lun_that_a_guest_has_for_a_disk():
    words, vetoes = reported(proxmox(guest(disk()), cluster="prod"))
    assert words == ["proxmox prod: san1:0.0.3.scsi-%s, of pve1/VM 100 (web)" % WWID] and vetoes == [ME]
    assert reported(proxmox(guest(disk())), name="dm-9", wwid=OTHER) == ([], [])


def test_a_guest_of_another_node_is_an_owner_and_no_veto():
    assert reported(proxmox(guest(disk(), node="pve2"))) == (
        ["proxmox: san1:0.0.3.scsi-%s, of pve2/VM 100 (web)" % WWID],
        [],
    )


def test_an_identity_in_the_name_is_enough_where_the_host_found_no_device():
    assert reported(proxmox(guest(disk([]))))[1] == [ME]


@pytest.mark.parametrize(
    "volume, name",
    [
        ("netapp-1:vm-100-disk-0", "pve_netapp_1_100_disk0"),
        ("netapp-1:images/vm-100-disk-0", "pve_netapp_1_100_disk0"),
        ("netapp-1:base-100-disk-0", "pve_netapp_1_100_disk0"),
        ("netapp-1:base-9000-disk-0/vm-100-disk-12", "pve_netapp_1_100_disk12"),
        ("netapp-1:vm-100-cloudinit", "pve_netapp_1_100_cloudinit"),
        ("netapp-1:vm-100-state-before-2", "pve_netapp_1_100_state_before_2"),
    ],
)
def test_a_lun_that_its_plugin_named_after_the_volume(volume, name):
    fact = proxmox(guest(disk(volume=volume, **PLUGIN)), storages=[NETAPP_STORAGE])
    lun = dict(LUN, name="/vol/%s/lun0" % name)
    assert reported(fact, [lun]) == (["proxmox: %s, of pve1/VM 100 (web)" % volume], [ME])
    for other in (
        dict(lun, svm="svm2"),
        dict(lun, name=lun["name"] + "/"),
        dict(lun, name="/vol/pve_netapp_1_100_disk99/lun0"),
    ):
        assert reported(fact, [other]) == ([], [])


def test_the_names_of_another_plugin_are_not_taken_for_it():
    fact = proxmox(
        guest(disk(volume="netapp-1:vm-100-disk-0", **dict(PLUGIN, type="purestorage"))),
        storages=[dict(NETAPP_STORAGE, type="purestorage")],
    )
    assert reported(fact, [OF_PLUGIN]) == ([], [])


def test_a_lun_without_a_name_as_of_a_view_is_nobodys():
    disk_of_another = dict(disk([]), **dict(PLUGIN, volume="netapp-1:what-it-is-called"))
    fact = proxmox(guest(disk_of_another), storages=[dict(NETAPP_STORAGE, svm=None)])
    assert reported(fact, luns=[dict(LUN, name=None, svm=None)]) == ([], [])


def test_the_owner_of_the_lun_in_the_place_of_a_recycled_one_is_reported_and_has_no_veto():
    fact = proxmox(guest(disk(volume="netapp-1:vm-100-disk-0", **PLUGIN)), storages=[NETAPP_STORAGE])
    assert reported(fact, [], [dict(OF_PLUGIN, wwid=OTHER)]) == (
        ["proxmox: netapp-1:vm-100-disk-0, of pve1/VM 100 (web)"],
        [],
    )
    fact = proxmox(guest(disk([], volume="san1:0.0.3.scsi-" + OTHER)))
    assert reported(fact, [], [dict(LUN, wwid=OTHER)]) == (
        ["proxmox: san1:0.0.3.scsi-%s, of pve1/VM 100 (web)" % OTHER],
        [],
    )


def test_the_guests_of_a_storage_are_one_owner():
    san = storage("san", "lvm", vgname="vg", devices=["dm-0"])
    on_it = dict(storage="san", type="lvm", whole=False)
    guests = [
        guest(disk(volume="san:vm-%d-disk-%d" % (vmid, number), **on_it), vmid=vmid, name=None)
        for vmid in range(100, 112)
        for number in (0, 1)
    ]
    words, vetoes = reported(proxmox(*guests, storages=[san]))
    assert words == [
        "proxmox: san (volume group vg), of VM 100, VM 101, VM 102, VM 103, VM 104, VM 105, VM 106, VM 107 and 4 more"
    ]
    assert (
        vetoes[0] == "the volume group vg on it is the storage san of Proxmox VE"
        and vetoes[-1] == "and 19 more disks of guests are on it"
    )
    assert reported(proxmox(storages=[san]))[0] == ["proxmox: san (volume group vg)"]


def test_what_only_the_plugin_has_seen_is_its_storages():
    assert reported(proxmox(storages=[dict(NETAPP_STORAGE, devices=["dm-0"])])) == (["proxmox: netapp-1"], [])


@pytest.mark.parametrize("facts", [{}, {"platform": None}, {"platform": {"proxmox": None}}])
def test_what_was_not_asked_forbids_everything(facts):
    device = {"device": "dm-0", "wwid": WWID, "paths": [], "array": {"luns": []}, "answered_by": []}
    owners, vetoes = proxmox_owners.owned(facts, device, ())
    assert owners == [] and "could not be read" in vetoes[0]


def plan(fact, **options):
    made = fleets.fleet(
        {"a": fleets.configured_host(path(0, "absent"), platform__proxmox=fact, **options)}, **fleets.STALE_ARRAY
    )
    made_plan = removal_plan.plan(records.judgement(made), (), NOW)
    return [one["wwid"] for one in made_plan["removals"]], [one["why"] for one in made_plan["left"]], made


def test_the_plan_leaves_what_a_guest_names():
    assert plan(proxmox())[:2] == ([WWID], [])
    removals, left, made = plan(proxmox(guest(disk())))
    assert (removals, left) == ([], ["its owner forbids it: " + ME])
    texts = [line["text"] for line in report_summary.summary(made)]
    assert "    veto  " + ME in texts and "    owner proxmox: san1:0.0.3.scsi-%s, of pve1/VM 100 (web)" % WWID in texts


def test_a_node_whose_guests_could_not_be_read_loses_nothing():
    gap = {"what": "proxmox", "why": "/etc/pve/storage.cfg could not be read"}
    removals, left, dummy = plan(None, incomplete=[gap])
    assert removals == [] and "nobody could tell whose it is" in left[0]


def test_from_the_files_of_a_node(tmp_path):
    node = Proxmox(tmp_path)
    fact = json.loads(json.dumps(host_proxmox.look(node.tree, layers.Layers(node.tree, node.maps, node.paths))))
    found = {one["name"]: reported(fact, name=one["dm"], wwid=one["wwid"])[0] for one in node.maps}
    assert found == {
        "mpatha": ["proxmox prod: san-lvm (volume group vg_san), of CT 200 (ct-log), VM 100 (web), VM 101 (db)"],
        "mpathb": ["proxmox prod: san1:0.0.4.dm-uuid-mpath-%s4, of pve1/VM 100 (web)" % NETAPP],
        "mpathc": ["proxmox prod: /dev/disk/by-id/scsi-%s5, of pve1/VM 100 (web)" % NETAPP],
        "mpathd": ["proxmox prod: /dev/disk/by-id/wwn-0x%s6, of pve1/CT 200 (ct-log)" % NETAPP[1:]],
        "mpathe": ["proxmox prod: san1:0.0.6.scsi-%s7, of pve2/VM 300 (mover)" % NETAPP],
        "mpathg": ["proxmox prod: netapp-1"],
        "mpathi": ["proxmox prod: san-lvm2 (volume group vg-two), of VM 101 (db), VM 301 (stayer)"],
        "mpathj": [],
    }
