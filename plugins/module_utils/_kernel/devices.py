# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The first witness: what the kernel believes. Maps, paths and their cached identity; no I/O to any device.

Everything under a disk's device/ directory is a cache that the kernel filled when it found the disk: it tells what the
disk was then. Attributes below queue/ are left alone: reading them can wait for a frozen device.
"""

import re

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import dm

_DISK = 0  # SCSI peripheral device type of a direct access block device


def host(tree):
    """{'hostname', 'boot_id', 'kernel'}: who is asked, and which boot of it."""
    kernel = "/proc/sys/kernel/"
    return {
        "hostname": tree.text(kernel + "hostname"),
        "boot_id": tree.text(kernel + "random/boot_id"),
        "kernel": tree.text(kernel + "osrelease"),
    }


def paths(tree, sessions, hctls=None):
    """All SCSI disks, whether or not multipath uses them; of the addresses *hctls* only, if they are given.

    *sessions*: what iscsi_sessions.sessions returned. Generator of {'hctl', 'sd', 'sg', 'dev_t', 'size_bytes',
    'read_only', 'vendor', 'product', 'transport', 'target', 'portal', 'session_state', 'device_state', 'wwid',
    'serial', 'map'}; wwid, serial: the kernel's cache; map: the WWID of the multipath map that holds the disk, or
    None. A value that could not be read is None.
    """
    by_sid = dict((session["sid"], session) for session in sessions)
    for hctl in sorted(tree.names("/sys/class/scsi_device"), key=lambda name: [int(part) for part in name.split(":")]):
        if (hctls is None or hctl in hctls) and tree.number("/sys/class/scsi_device/%s/device/type" % hctl) == _DISK:
            yield _path(tree, hctl, by_sid)


def hctls(tree, disks):
    """The addresses H:C:T:L of those among *disks* (kernel names) that are SCSI disks."""
    found = (tree.names("/sys/block/%s/device/scsi_device" % name) for name in disks)
    return [hctl for names in found for hctl in names]


def map_names(tree, wwids):
    """The kernel names (dm-N) of the multipath maps of the identities *wwids*."""
    return [name for name in _dm_names(tree) if _map_wwid(tree, name) in wwids]


def map_of(tree, hctl):
    """The WWID of the multipath map that holds the SCSI disk at *hctl*, or None."""
    names = tree.names("/sys/class/scsi_device/%s/device/block" % hctl)
    return _map_of(tree, "/sys/block/" + names[0]) if names else None


def maps(tree, names=None):
    """All multipath maps, from sysfs; those of the kernel names *names* only, if they are given.

    Generator of {'wwid', 'name', 'dm', 'dev_t', 'size_bytes', 'read_only', 'suspended', 'slaves', 'partitions' (see
    partitions())}.
    """
    for name in _dm_names(tree) if names is None else names:
        wwid = _map_wwid(tree, name)
        if wwid is not None:
            here = "/sys/block/" + name
            yield {
                "wwid": wwid,
                "name": tree.text(here + "/dm/name"),
                "dm": name,
                "dev_t": tree.text(here + "/dev"),
                "size_bytes": _bytes(tree, here),
                "read_only": tree.text(here + "/ro") == "1",
                "suspended": tree.text(here + "/dm/suspended") == "1",
                "slaves": tree.names(here + "/slaves"),
                "partitions": partitions(tree, name),
            }


def partitions(tree, name):
    """The maps that kpartx made of the partitions of a map (dm-N), and of their partitions: [{'name', 'dm',
    'dev_t', 'uuid', 'below' (dm-N)}].
    """
    found = []
    for holder in tree.names("/sys/block/%s/holders" % name):
        here = "/sys/block/" + holder
        uuid = tree.text(here + "/dm/uuid") or ""
        if dm.PARTITION_UUID.match(uuid):
            found.append(
                {
                    "name": tree.text(here + "/dm/name"),
                    "dm": holder,
                    "dev_t": tree.text(here + "/dev"),
                    "uuid": uuid,
                    "below": name,
                }
            )
            found += partitions(tree, holder)
    return found


def _path(tree, hctl, sessions):
    here = "/sys/class/scsi_device/%s/device" % hctl
    sd = (tree.names(here + "/block") or [None])[0]
    block = "/sys/block/%s" % sd
    path = {
        "hctl": hctl,
        "sd": sd,
        "sg": (tree.names(here + "/scsi_generic") or [None])[0],
        "dev_t": tree.text(block + "/dev") if sd else None,
        "size_bytes": _bytes(tree, block) if sd else None,
        "read_only": tree.text(block + "/ro") == "1" if sd else None,
        "vendor": tree.text(here + "/vendor"),
        "product": tree.text(here + "/model"),
        "device_state": tree.text(here + "/state"),
        "wwid": (identity.wwids(tree.data(here + "/vpd_pg83")) or [None])[0],
        "serial": identity.serial(tree.data(here + "/vpd_pg80")),
        "map": _map_of(tree, block) if sd else None,
    }
    path.update(_transport(tree, hctl, sessions))
    return path


def _transport(tree, hctl, sessions):
    """How the disk is reached, read off its place in the device tree, to which its entry in the class is a link."""
    place = tree.link("/sys/class/scsi_device/" + hctl) or ""
    session = re.search(r"/session(\d+)/", place)
    if session:
        known = sessions.get(int(session.group(1)), {})
        return {
            "transport": "iscsi",
            "target": known.get("target"),
            "portal": known.get("portal"),
            "session_state": known.get("state"),
        }
    rport = re.search(r"/(rport-[^/]+)/", place)
    if rport:
        remote = "/sys/class/fc_remote_ports/%s/" % rport.group(1)
        name = tree.text(remote + "port_name")
        return {
            "transport": "fc",
            "target": name and identity.normal_initiator(name),
            "portal": None,
            "session_state": tree.text(remote + "port_state"),
        }
    marked = [
        transport for mark, transport in (("/end_device-", "sas"), ("/usb", "usb"), ("/ata", "ata")) if mark in place
    ]
    transport = (
        marked[0] if marked else tree.text("/sys/class/scsi_host/host%s/proc_name" % hctl.split(":")[0]) or "other"
    )
    return {"transport": transport, "target": None, "portal": None, "session_state": None}


def _map_of(tree, block):
    wwids = (_map_wwid(tree, holder) for holder in tree.names(block + "/holders"))
    return ([wwid for wwid in wwids if wwid is not None] or [None])[0]


def _map_wwid(tree, name):
    """The WWID of a block device that is a multipath map, else None."""
    uuid = tree.text("/sys/block/%s/dm/uuid" % name) or ""
    return uuid[len(dm.MAP_UUID) :] if uuid.startswith(dm.MAP_UUID) else None


def _dm_names(tree):
    return [name for name in tree.names("/sys/block") if name.startswith("dm-")]


def _bytes(tree, block):
    sectors = tree.number(block + "/size")
    return None if sectors is None else sectors * 512  # sysfs counts 512-byte sectors whatever the device's own
