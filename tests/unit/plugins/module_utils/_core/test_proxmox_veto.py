# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""When Proxmox VE forbids that a device goes, asked of its files, on the host, at the moment of acting."""

import time

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import proxmox_veto
from ansible_collections.sanops.multipath.plugins.module_utils._facts import chosen
from ansible_collections.sanops.multipath.plugins.module_utils._removal import guards
from support.answering import Clock, hang
from support.configured import disk, guest, proxmox, storage
from support.testimony import WWID, facts, path
from support.trees import NETAPP, Proxmox

EXPECT = {"boot_id": "b", "dev_t": None, "paths": None, "wire": "absent"}
OF_DISK = {"boot_id": "b", "wwid": WWID, "sd": "sda", "target": None, "wire": "absent"}


def vetoes(reported, name="dm-0"):
    return proxmox_veto.vetoes(reported, lambda one: name in one["devices"])


@pytest.mark.parametrize(
    "reported, why",
    [
        (proxmox(guest(disk())), ["it is scsi0 of VM 100 (web), by its configuration on this node"]),
        (proxmox(guest(disk(), running=True)), ["it is scsi0 of VM 100 (web), which runs"]),
        (
            proxmox(guest(disk(key="mp0"), kind="lxc", name=None, running=None)),
            ["it is mp0 of CT 100, by its configuration on this node"],
        ),
        (proxmox(guest(disk(), lock="backup")), ["it is scsi0 of VM 100 (web), by its configuration on this node"]),
        (
            proxmox(guest(disk(), node="pve2", lock="migrate")),
            ["it is scsi0 of VM 100 (web), which is moving from the node pve2"],
        ),
        (
            proxmox(guest(disk(), node="pve2", running=True)),
            ["it is scsi0 of VM 100 (web) of the node pve2, which runs here"],
        ),
        (
            proxmox(storages=[storage("san", "lvm", vgname="vg", devices=["dm-0"])]),
            ["the volume group vg on it is the storage san of Proxmox VE"],
        ),
        (
            proxmox(storages=[storage("san", "lvmthin", vgname="vg", devices=["dm-0"])]),
            ["the volume group vg on it is the storage san of Proxmox VE"],
        ),
        (None, [proxmox_veto.UNREAD]),
        # None of these.
        (proxmox(guest(disk(), node="pve2")), []),
        (proxmox(guest(disk(), node="pve2", lock="backup", running=None)), []),
        (proxmox(guest(disk(["dm-1"]))), []),
        (proxmox(guest(disk([]))), []),
        (proxmox(storages=[storage("san", "lvm", vgname="vg", devices=["dm-1"])]), []),
        (proxmox(storages=[storage("san", "lvm", vgname="vg", devices=["dm-0"], enabled=False)]), []),
        (
            proxmox(storages=[storage("netapp", "netappontap", devices=["dm-0"])]),
            [],
        ),  # its plugin has seen it, and no guest needs it
        (proxmox(guest(disk()), present=False), []),
    ],
)
def test_vetoes(reported, why):
    assert vetoes(reported) == why


def test_many_guests_are_cut_short():
    reported = vetoes(proxmox(*[guest(disk(), vmid=number) for number in range(100, 140)]))
    assert len(reported) == 6 and reported[-1] == "and 35 more disks of guests are on it"


def witnessed(reported, *paths, **changes):
    found = facts(
        paths or (path(0, "absent", device_state="running", target=None),),
        other_slaves=[],
        open_count=0,
        changed=None,
        **changes,
    )
    return dict(
        found, host={"boot_id": "b"}, incomplete=[], multipathd={"running": True}, platform={"proxmox": reported}
    )


def codes(refusals):
    return [(refusal["code"], refusal["why"]) for refusal in refusals]


OWNED = [("owner", "it is scsi0 of VM 100 (web), by its configuration on this node")]


def test_a_map_that_a_guest_names_stays():
    assert codes(guards.of_map(witnessed(proxmox(guest(disk()))), WWID, EXPECT)) == OWNED
    assert guards.of_map(witnessed(proxmox(guest(disk(["dm-7"])))), WWID, EXPECT) == []
    assert codes(guards.of_map(witnessed(proxmox(guest(disk(["sda"])))), WWID, EXPECT)) == OWNED, "by one of its paths"


def test_the_paths_that_a_map_left_behind_stay_too():
    left = witnessed(proxmox(guest(disk(["sda"]))), path(0, "absent", map=None, device_state="running", target=None))
    assert codes(guards.of_map(dict(left, maps=[]), WWID, EXPECT)) == OWNED


def test_a_disk_that_a_guest_names_stays():
    lone = path(0, "absent", map=None, device_state="running", target=None)
    assert codes(guards.of_path(witnessed(proxmox(guest(disk(["sda"]))), lone), "0:0:0:3", OF_DISK, False)) == OWNED
    assert guards.of_path(witnessed(proxmox(guest(disk(["sdb"]))), lone), "0:0:0:3", OF_DISK, False) == []


@pytest.mark.parametrize("devices, refused", [(["dm-0"], OWNED), (["sda"], OWNED), (["dm-7"], [])])
def test_a_path_of_a_map_that_a_guest_names_stays(devices, refused):
    paths = [path(number, state, device_state="running", target=None) for number, state in ((0, "absent"), (1, "same"))]
    found = witnessed(proxmox(guest(disk(devices))), *paths)
    assert codes(guards.of_path(found, "0:0:0:3", OF_DISK, True)) == refused


@pytest.mark.parametrize("platform", [{"proxmox": None}, None])
def test_what_could_not_be_asked_forbids_it(platform):
    found = dict(
        witnessed(None), platform=platform, incomplete=[{"what": "proxmox", "why": "no answer within its time"}]
    )
    assert codes(guards.of_map(found, WWID, EXPECT)) == [("owner", proxmox_veto.UNREAD + ": no answer within its time")]


@pytest.mark.parametrize("what", ["users", "wire", "kernel"])
def test_what_else_could_not_be_asked_is_no_reason_of_the_owner(what):
    found = dict(witnessed(None), incomplete=[{"what": what, "why": "no time"}])
    assert ("owner", proxmox_veto.UNREAD) in codes(guards.of_map(found, WWID, EXPECT))


def test_where_nothing_is_left_there_is_nothing_to_ask_about():
    assert guards.of_map(dict(witnessed(None), maps=[], paths=[]), WWID, EXPECT) == []


class TestOnTheNode:
    """From the files to the refusal."""

    @pytest.fixture
    def node(self, tmp_path):
        return Proxmox(tmp_path)

    @staticmethod
    def refused(node, number, deadline=20):
        """Why the map number so and so of the node may not go."""
        one, gaps = node.maps[number], []
        owners = chosen.owners(
            node.tree, {"maps": [one], "paths": []}, time.monotonic() + deadline, lambda *gap: gaps.append(gap)
        )
        found = witnessed(None, wwid=one["wwid"], dm=one["dm"])
        found.update(platform=owners, paths=[], incomplete=[{"what": what, "why": why} for what, why in gaps])
        return codes(guards.of_map(found, one["wwid"], EXPECT))

    @pytest.mark.parametrize(
        "number, why",
        [
            (0, "the volume group vg_san on it is the storage san-lvm of Proxmox VE"),
            (1, "it is scsi1 of VM 100 (web), by its configuration on this node"),
            (2, "it is args of VM 100 (web), by its configuration on this node"),
            (3, "it is mp0 of CT 200 (ct-log), by its configuration on this node"),
            (4, "it is scsi0 of VM 300 (mover), which is moving from the node pve2"),
            (6, "it is virtio2 of VM 101 (db), by its configuration on this node"),
        ],
    )
    def test_forbidden(self, node, number, why):
        assert self.refused(node, number)[0] == ("owner", why)

    @pytest.mark.parametrize("number", [5, 7])
    def test_nobodys(self, node, number):
        assert self.refused(node, number) == []

    def test_a_configuration_that_is_written_or_deleted_counts_at_once(self, node):
        node.file("/etc/pve/nodes/pve1/qemu-server/400.conf", "scsi0: san1:0.0.8.scsi-%sb,size=1G\n" % NETAPP)
        assert self.refused(node, 7) == [("owner", "it is scsi0 of VM 400, by its configuration on this node")]
        node.remove("/etc/pve/nodes/pve1/qemu-server/400.conf")
        assert self.refused(node, 7) == []

    def test_a_file_system_that_is_not_mounted(self, node):
        node.remove("/etc/pve/storage.cfg")
        assert self.refused(node, 7) == [
            ("owner", proxmox_veto.UNREAD + ": OSError: /etc/pve/storage.cfg could not be read")
        ]

    def test_a_file_system_that_hangs(self, node, monkeypatch):
        text = type(node.tree).text
        monkeypatch.setattr(
            type(node.tree), "text", lambda self, path: hang() if path == "/etc/pve/storage.cfg" else text(self, path)
        )
        clock = Clock(monkeypatch)
        assert self.refused(node, 7, deadline=0.5) == [("owner", proxmox_veto.UNREAD + ": no answer within its time")]
        assert clock.now <= time.monotonic() + 0.5, "by the deadline, which was set before"

    def test_only_guests_with_the_device_are_listed(self, node):
        owners = chosen.owners(node.tree, {"maps": [node.maps[1]], "paths": []}, time.monotonic() + 20, None)
        assert [one["vmid"] for one in owners["proxmox"]["guests"]] == [100]

    def test_a_host_without_proxmox(self, node):
        node.remove("/usr/bin/pvestatd")
        assert [self.refused(node, number) for number in range(8)] == [[]] * 8
