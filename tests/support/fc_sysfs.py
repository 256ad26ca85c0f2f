# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host with Fibre Channel, as a tree of sysfs.

The contents of its attributes are as in tests/unit/recordings/fc, its layout is the kernel's. A host adapter is
/sys/devices/pci.../host3; below it fc_host/host3, and a remote port rport-3:0-0, which has fc_remote_ports/rport-3:0-0
and its targets target3:0:0/3:0:0:1. The entries of /sys/class are links to these, each with a link `device` back to its
device.
"""

import json
import os
import pathlib

RECORDED = json.loads(
    (pathlib.Path(__file__).parents[1] / "unit/recordings/fc/attributes.json").read_text(encoding="utf-8")
)
ONTAP = "3600a0980"


class Fabric:
    """*root*: the folder that becomes the host's root."""

    def __init__(self, root):
        self.root, self.disks, self.maps = root, 0, 0
        for name, attributes in RECORDED["fc_host"].items():
            self._entry("fc_host", f"{self.adapter(name)}/fc_host/{name}", attributes)
        for name, attributes in RECORDED["fc_remote_ports"].items():
            self._entry("fc_remote_ports", f"{self.port(name)}/fc_remote_ports/{name}", attributes)

    @staticmethod
    def adapter(host):
        return f"sys/devices/pci0000:00/0000:00:03.0/0000:08:00.{int(host[4:]) - 3}/{host}"

    def port(self, name):
        return f"{self.adapter('host' + name[len('rport-') :].split(':')[0])}/{name}"

    def disk(self, port, lun, wwid, state="running"):
        """Add a disk behind a remote port, as SCSI found it there; return its kernel name."""
        attributes = RECORDED["fc_remote_ports"][port]
        sd = f"sd{chr(ord('a') + self.disks)}"
        nexus = f"{port[len('rport-') :].split(':')[0]}:0:{attributes['scsi_target_id']}"
        hctl = f"{nexus}:{lun}"
        here = f"{self.port(port)}/target{nexus}/{hctl}"
        self._entry("scsi_device", f"{here}/scsi_device/{hctl}", {})
        self._entry("block", f"{here}/block/{sd}", {"dev": f"8:{16 * self.disks}", "size": "131072", "ro": "0"})
        self.link("sys/block/" + sd, f"{here}/block/{sd}")
        self.link(f"sys/class/block/{sd}", f"{here}/block/{sd}")
        self.folder(here + f"/scsi_generic/sg{self.disks}")
        self.folder(f"{here}/block/{sd}/holders")
        for name, text in {
            "type": "0",
            "vendor": "NETAPP  ",
            "model": "LUN C-Mode      ",
            "rev": "9141",
            "state": state,
        }.items():
            self.file(f"{here}/{name}", text)
        identity = bytes.fromhex(wwid[1:])
        (self.root / here / "vpd_pg83").write_bytes(
            bytes([0, 0x83, 0, 4 + len(identity), 1, 3, 0, len(identity)]) + identity
        )
        self.disks += 1
        return sd

    def map(self, wwid, *disks):
        """Add a multipath map of these disks; return its kernel name."""
        name = f"dm-{self.maps}"
        here = "sys/devices/virtual/block/" + name
        for key, text in {
            "dev": f"253:{self.maps}",
            "size": "131072",
            "ro": "0",
            "dm/name": f"mpath{chr(ord('a') + self.maps)}",
            "dm/uuid": "mpath-" + wwid,
            "dm/suspended": "0",
        }.items():
            self.file(f"{here}/{key}", text)
        self.folder(here + "/slaves")
        self.link("sys/block/" + name, here)
        self.link("sys/class/block/" + name, here)
        for disk in disks:
            self.link(
                f"{here}/slaves/{disk}",
                os.path.relpath((self.root / "sys/block" / disk).resolve(), self.root.resolve()),
            )
            self.link(f"sys/block/{disk}/holders/{name}", here)
        self.maps += 1
        return name

    def set(self, port, **attributes):
        for name, text in attributes.items():
            self.file(f"{self.port(port)}/fc_remote_ports/{port}/{name}", text)

    def _entry(self, kind, place, attributes):
        """Add an object of a class.

        That is its folder, its attributes, the link to its device, and its entry in /sys/class.
        """
        self.folder(place)
        for name, text in attributes.items():
            self.file(f"{place}/{name}", text)
        (self.root / place / "device").symlink_to("../..")
        if kind != "block":
            self.link(f"sys/class/{kind}/{pathlib.PurePath(place).name}", place)

    def folder(self, path):
        (self.root / path).mkdir(parents=True, exist_ok=True)

    def file(self, path, text):
        self.folder(os.path.dirname(path))
        (self.root / path).write_text(text + "\n", encoding="ascii")

    def link(self, path, to):
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(os.path.relpath(self.root.resolve() / to, place.parent.resolve()))
