# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The disks in a guest's configuration of Proxmox VE, and the SAN devices that they are on.

Pure functions over text, but for the Layers that they ask.
"""

import re

from ansible_collections.sanops.multipath.plugins.module_utils._host import volumes

_DISK = re.compile(r"(?:ide|sata|scsi|virtio|efidisk|tpmstate|unused|mp|dev)\d+$|rootfs$|vmstate$")
_VOLUME = ("file", "volume", "path")  # the key of the first property, which may be left out
# Storages that give no block device of this host: files, other kernels' devices, and iSCSI that QEMU speaks by itself.
_NO_DEVICE = (
    "dir",
    "nfs",
    "cifs",
    "glusterfs",
    "cephfs",
    "rbd",
    "zfspool",
    "btrfs",
    "pbs",
    "esxi",
    "iscsidirect",
    "zfs",
)
_LVM = ("lvm", "lvmthin")


def parse(text):
    """Return (name or None, lock or None, [(key, volume)]) of a guest's configuration.

    A disk that only a snapshot or a pending change names has the section before its key ("[before] scsi1"). ISO images
    and empty drives are no disks; a device that free arguments (args) name is one.
    """
    found, seen, section, main = [], set(), "", {}
    for line in text.splitlines():
        head = re.match(r"\[([^\]]+)\]\s*$", line)
        entry = re.match(r"([a-z][a-z_-]*\d*):\s*(.*\S)\s*$", line)
        if head:
            section = f"[{head.group(1)}] "
        elif entry:
            key, value = entry.groups()
            if not section:
                main.setdefault(key, value)
            for volume in re.findall(r"""/dev/[^\s,'"]+""", value) if key == "args" else _volume(key, value):
                if volume not in seen:
                    seen.add(volume)
                    found.append((section + key, volume))
    return main.get("name") or main.get("hostname"), main.get("lock"), found


def _volume(key, value):
    first = value.split(",")[0]
    name, equals, rest = first.partition("=")
    volume = rest if equals and name in _VOLUME else first
    return [volume] if _DISK.match(key) and volume not in ("none", "cdrom") and ":iso/" not in volume else []


def placed(key, volume, storages, layers, groups):
    """Return {'key', 'volume', 'storage' (None for a device file), 'type' (of the storage), 'devices', 'whole'} of a
    disk, or None where it is not on SAN storage.

    *storages*: of proxmox.storages; *layers*: Layers; *groups*: of volumes.groups. *devices*: the SAN devices that it
    is on; none where that is not known, or where the device is not there; *whole*: whether the disk is the device
    itself, and no volume on it.
    """
    found = place(volume, storages, layers, groups)
    storage = _storage(volume, storages)
    return found and {
        "key": key,
        "volume": volume,
        "storage": storage.get("storage"),
        "type": storage.get("type"),
        "devices": sorted(found[0]),
        "whole": found[1],
    }


def place(volume, storages, layers, groups):
    """Return (SAN devices, whether the volume is these whole) of a volume, or None where it is known to be elsewhere.

    See placed().
    """
    if volume.startswith("/"):
        return _elsewhere(layers.find(volume), True) if re.match("/+dev/", volume) else None
    storage, name = _storage(volume, storages), volume.partition(":")[2]
    if storage.get("type") in _NO_DEVICE:
        return None
    if storage.get("type") == "iscsi":  # CHANNEL.ID.LUN.LINK, see PVE/Storage/ISCSIPlugin.pm
        return _elsewhere(layers.find("/dev/disk/by-id/" + name.split(".", 3)[-1]), True)
    if storage.get("type") in _LVM and storage["vgname"]:
        found = layers.find(volumes.file_of(storage["vgname"], name.rsplit("/", 1)[-1]))
        if found is None and storage["vgname"] in groups:  # it is not active here
            found = groups[storage["vgname"]], False
        return _elsewhere(found and (found[0], False), False)
    return layers.mentioned(
        name
    ), True  # a plugin's: its own names tell nothing on this host, but one that bears the WWID


def _elsewhere(found, whole):
    """Return what Layers.find() said: no such file leaves open where it would be, and a file that is no SAN device is
    elsewhere.
    """
    if found is None:
        return (), whole
    return found if found[0] else None


def _storage(volume, storages):
    name = "" if volume.startswith("/") else volume.partition(":")[0]
    return ([storage for storage in storages if storage["storage"] == name] or [{}])[0]
