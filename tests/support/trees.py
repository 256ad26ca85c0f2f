# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trees of files as a host shows them, for tests of the code that reads them."""

import pathlib
import shutil

from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree

PROXMOX = pathlib.Path(__file__).parents[1] / "unit" / "recordings" / "proxmox"
NETAPP = "3600a09803830453732265d4c5a70317"  # the WWIDs of the SAN devices of a node of Proxmox VE begin so
VG_SAN = "3600a0980383045372f5d4c5a70315474"


def write(root, path, content=""):
    """Write a file (text or bytes) below a root, with its folders; return it."""
    target = root / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"))
    return target


class Host:
    def __init__(self, root):
        self.root, self.tree = root, Tree(str(root))

    def file(self, path, text=""):
        return write(self.root, path, text)

    def remove(self, path):
        (self.root / path.lstrip("/")).unlink()

    def block(self, device, dev_t, holders=(), **more):
        self.file(f"/sys/class/block/{device}/dev", dev_t)
        for holder in holders:
            self.file(f"/sys/class/block/{device}/holders/{holder}/x")
        for key, text in more.items():
            self.file(f"/sys/class/block/{device}/dm/{key}", text)

    def lvm(self, dm, number, name, uuid="C5GuCJaVzIznOjwy4ZeUERgh6dnn79ke"):
        """Add a logical volume; `name` is device-mapper's, `uuid` the volume group's."""
        self.block(dm, f"253:{number}", name=name, uuid=f"LVM-{uuid}{32 * 'v'}")


class Proxmox(Host):
    """The node pve1 of unit/recordings/proxmox, with its SAN devices.

    `maps` and `paths` are as in the kernel's facts.
    """

    def __init__(self, root):
        super().__init__(root)
        shutil.copytree(PROXMOX, root, dirs_exist_ok=True)
        self.file("/usr/bin/pvestatd")
        self.file("/proc/sys/kernel/hostname", "pve1.example.com\n")
        self.maps, self.paths = [], []
        for number, (name, wwid, holders) in enumerate(
            (
                ("mpatha", VG_SAN, ["dm-10"]),
                ("mpathb", NETAPP + "4", ()),
                ("mpathc", NETAPP + "5", ()),
                ("mpathd", NETAPP + "6", ()),
                ("mpathe", NETAPP + "7", ()),
                ("mpathg", NETAPP + "9", ()),
                ("mpathi", NETAPP + "a", ()),
                ("mpathj", NETAPP + "b", ()),
            )
        ):
            self.map(f"dm-{number}", number, name, wwid, holders)
        self.lvm("dm-10", 10, "vg_san-vm--101--disk--0")
        self.file(
            "/run/udev/data/b253:0",
            f"S:disk/by-id/scsi-{VG_SAN}\nE:ID_FS_TYPE=LVM2_member\nE:ID_FS_UUID=9nWjeM-G2h1-A0sF-J0ak-tSB9-NLS9-mvlzyD\n",
        )
        self.disk("sdx", 368, NETAPP + "8")
        self.disk("sda", 0, "3500a0751e1234567", "sata", ["dm-20", "dm-21"])
        self.lvm("dm-20", 20, "pve-root", 32 * "p")
        self.lvm("dm-21", 21, "pve-vm--100--disk--0", 32 * "p")

    def map(self, dm, number, name, wwid, holders=()):
        self.block(dm, f"253:{number}", holders, name=name, uuid="mpath-" + wwid)
        self.maps.append({"wwid": wwid, "name": name, "dm": dm, "dev_t": f"253:{number}"})

    def disk(self, sd, minor, wwid, transport="iscsi", holders=()):
        self.block(sd, f"8:{minor}", holders)
        self.paths.append({"sd": sd, "dev_t": f"8:{minor}", "wwid": wwid, "transport": transport, "map": None})
