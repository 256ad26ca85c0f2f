# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Volume groups and partition maps on SAN devices, from sysfs and from files.

No LVM command is run: on a host that hangs they hang.
"""

import re

_LVM_UUID = re.compile(
    "LVM-([0-9A-Za-z]{32})"
)  # of device-mapper: the UUIDs of the group and of the volume follow each other
_GROUP = re.compile("((?:[^-]|--)+)-(?!-)")  # device-mapper's name is GROUP-VOLUME, and a hyphen in either is doubled
_ONLINE = "/run/lvm/pvs_online"
_BACKUP = "/etc/lvm/backup"


def look(layers):
    """Return what LVM and kpartx have made of the SAN devices and is active now.

    *layers*: Layers. [{'device', 'wwid', 'kind' (lvm or partition), 'name' (device-mapper's), 'vg', 'vg_uuid' (as vgs
    shows it; both None of a partition), 'inside': the group in a volume of which it lies, or None}].
    """
    found = []
    for device in sorted(layers.devices):
        inside = {}
        for kind, upper, dummy in layers.above(device):
            name, vg, uuid = _volume(layers.tree, upper)
            if name and (vg or kind == "partition"):
                found.append(
                    {
                        "device": device,
                        "wwid": layers.devices[device],
                        "kind": "lvm" if vg else kind,
                        "name": name,
                        "vg": vg,
                        "vg_uuid": uuid,
                        "inside": inside.get(upper),
                    }
                )
            if vg:
                inside.update(
                    (layer[1], vg) for layer in layers.above(upper) if _volume(layers.tree, layer[1])[2] != uuid
                )
    return found


def groups(layers):
    """Return {volume group: [SAN device that it lies on]}, as far as this host knows; empty where all that it knows of
    the group lies elsewhere.

    Three sources, and each counts: the active volumes; what LVM's event activation saw on which device since the host
    booted; and the backups of LVM's metadata, where udev's record of a device has the UUID of one of their physical
    volumes. The device files in those backups are hints that nobody keeps up to date, and are ignored.
    """
    tree, found = layers.tree, {}
    for block in layers.stack.names:
        vg = _volume(tree, block)[1] if block.startswith("dm-") else None
        if vg:
            found.setdefault(vg, set()).update(layers.on.get(block, ()))
    for name in tree.names(_ONLINE):
        seen = re.match(r"(\d+:\d+)\s+vg:(\S+)", tree.text(f"{_ONLINE}/{name}") or "")
        if seen:
            found.setdefault(seen.group(2), set()).update(layers.on.get(layers.stack.by_number(seen.group(1)), ()))
    backups = {
        vg: set(re.findall(r'\bid = "([^"]+)"', tree.text(f"{_BACKUP}/{vg}") or "")) for vg in tree.names(_BACKUP)
    }
    for block, devices in layers.on.items() if backups else ():
        uuid = re.search(
            "^E:ID_FS_UUID=(.+)$",
            tree.text("/run/udev/data/b%s" % tree.text(f"/sys/class/block/{block}/dev")) or "",
            re.MULTILINE,
        )
        for vg in [vg for vg in backups if uuid and uuid.group(1) in backups[vg]]:
            found.setdefault(vg, set()).update(devices)
    return {vg: sorted(devices) for vg, devices in found.items()}


def file_of(vg, volume):
    """Return the device file of a volume, whether or not it is there."""
    return f"/dev/mapper/{vg.replace('-', '--')}-{volume.replace('-', '--')}"


def _volume(tree, block):
    """Return (device-mapper's name of a block device, its volume group, the group's UUID), each None where there is
    none.
    """
    here = f"/sys/class/block/{block}/dm/"
    name, uuid = tree.text(here + "name"), _LVM_UUID.match(tree.text(here + "uuid") or "")
    vg = uuid and _GROUP.match(name or "")
    if not vg:
        return name, None, None
    parts = re.match("(.{6})(.{4})(.{4})(.{4})(.{4})(.{4})(.{6})", uuid.group(1))
    return name, vg.group(1).replace("--", "-"), "-".join(parts.groups())
