# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a disk is reached, on device trees as the kernel lays them out; what the lab's own kernels say is in
test_recordings.py.
"""

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import devices as kernel_devices
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree

HCTL = "3:0:0:7"
SESSION = {"sid": 2, "target": "iqn.t", "portal": "10.0.0.1:3260", "state": "LOGGED_IN"}
NOTHING = {"target": None, "portal": None, "session_state": None}


@pytest.mark.parametrize(
    "place, reported",
    [
        (
            "platform/host3/session2/target3:0:0",
            {"transport": "iscsi", "target": "iqn.t", "portal": "10.0.0.1:3260", "session_state": "LOGGED_IN"},
        ),
        ("platform/host3/session9/target3:0:0", {"transport": "iscsi", **NOTHING}),  # a session that came meanwhile
        (
            "pci0000:00/0000:00:03.0/host3/rport-3:0-1/target3:0:0",
            {"transport": "fc", "target": "500a098012345678", "portal": None, "session_state": "Online"},
        ),
        ("pci0000:00/0000:00:03.0/host3/port-3:0/end_device-3:0/target3:0:0", {"transport": "sas", **NOTHING}),
        ("pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host3/target3:0:0", {"transport": "usb", **NOTHING}),
        ("pci0000:00/0000:00:1f.2/ata1/host3/target3:0:0", {"transport": "ata", **NOTHING}),
        ("pseudo_0/adapter0/host3/target3:0:0", {"transport": "scsi_debug", **NOTHING}),
    ],
)
def test_how_a_disk_is_reached(tmp_path, place, reported):
    device = tmp_path / "sys/devices" / place / HCTL
    (device / "scsi_device" / HCTL).mkdir(parents=True)
    (device / "type").write_text("0\n")
    entry = tmp_path / "sys/class/scsi_device" / HCTL
    entry.parent.mkdir(parents=True)
    entry.symlink_to(f"../../devices/{place}/{HCTL}/scsi_device/{HCTL}")
    (device / "scsi_device" / HCTL / "device").symlink_to("../..")
    remote, host = tmp_path / "sys/class/fc_remote_ports/rport-3:0-1", tmp_path / "sys/class/scsi_host/host3"
    for folder, name, text in (
        (remote, "port_name", "0x500A098012345678"),
        (remote, "port_state", "Online"),
        (host, "proc_name", "scsi_debug"),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text + "\n")
    (path,) = kernel_devices.paths(Tree(str(tmp_path)), [SESSION], [])
    assert {key: path[key] for key in ("transport", *NOTHING)} == reported


def test_the_maps_of_partitions_come_with_their_map(tmp_path):
    """Also a partition that kpartx made on a partition; what else lies on the map is a use of it, and no part."""
    for name, uuid, number, below in (
        ("dm-0", "mpath-3600a", 0, None),
        ("dm-1", "part1-mpath-3600a", 1, "dm-0"),
        ("dm-2", "part5-part1-mpath-3600a", 2, "dm-1"),
        ("dm-3", "LVM-x", 3, "dm-0"),
        ("dm-4", "mpath-3600b", 4, None),
    ):
        here = tmp_path / "sys/block" / name
        for file, text in (
            ("dm/uuid", uuid),
            ("dm/name", "name-of-" + name),
            ("dev", "253:%d" % number),
            ("size", "8"),
        ):
            (here / file).parent.mkdir(parents=True, exist_ok=True)
            (here / file).write_text(text + "\n")
        if below:
            (tmp_path / "sys/block" / below / "holders" / name).mkdir(parents=True)
    tree = Tree(str(tmp_path))
    parts = [
        {"name": "name-of-dm-1", "dm": "dm-1", "dev_t": "253:1", "uuid": "part1-mpath-3600a", "below": "dm-0"},
        {"name": "name-of-dm-2", "dm": "dm-2", "dev_t": "253:2", "uuid": "part5-part1-mpath-3600a", "below": "dm-1"},
    ]
    assert [(one["wwid"], one["partitions"]) for one in kernel_devices.maps(tree)] == [("3600a", parts), ("3600b", [])]
    assert kernel_devices.partitions(tree, "dm-0") == parts
