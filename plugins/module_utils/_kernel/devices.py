# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Read what the kernel believes: maps, paths and their cached identity. No I/O to any device.

Everything under a disk's device/ directory is a cache that the kernel filled when it found the disk: it says what the
disk was then. Attributes below queue/ are not read: that can wait for a frozen device.
"""

import re

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import dm

_DISK = 0  # SCSI peripheral device type of a direct access block device
_SESSION, _REMOTE_PORT = re.compile(r"/session(\d+)/"), re.compile(r"/(rport-[^/]+)/")
_REMOTE_PORTS = "/sys/class/fc_remote_ports/"


def host(tree):
    """Return {'hostname', 'boot_id', 'kernel'}."""
    kernel = "/proc/sys/kernel/"
    return {
        "hostname": tree.text(kernel + "hostname"),
        "boot_id": tree.text(kernel + "random/boot_id"),
        "kernel": tree.text(kernel + "osrelease"),
    }


def paths(tree, sessions, maps, hctls=None):
    """Yield all SCSI disks, whether or not multipath uses them; only those at the addresses *hctls*, if given.

    *sessions*: as iscsi_sessions.sessions returns them; *maps*: as maps() yields them. Each path is {'hctl', 'sd',
    'sg', 'dev_t', 'size_bytes', 'read_only', 'vendor', 'product', 'transport', 'target', 'portal', 'session_state',
    'device_state', 'wwid', 'serial', 'map'}; wwid, serial: the kernel's cache; map: the WWID of the multipath map that
    holds the disk, or None. A value that could not be read is None.
    """
    by_sid, by_slave = _by_sid(sessions), _by_slave(maps)
    for hctl in _addresses(tree, hctls):
        place, here = _places(tree, hctl)
        if tree.number(here + "/type") == _DISK:
            yield _path(tree, hctl, place, here, by_sid, by_slave)


def paths_again(tree, sessions, maps, before, hctls=None):
    """Yield the SCSI disks as paths() does, for a comparison with the paths *before*, which were read a moment ago.

    Of a path that is still the same device, only that is read which _kernel/consistency.py compares; the rest is as
    before. docs/adr/0015-what-the-second-look-reads.md says why that is enough.
    """
    by_sid, by_slave = _by_sid(sessions), _by_slave(maps)
    known = {path["hctl"]: path for path in before}
    for hctl in _addresses(tree, hctls):
        place, here = _places(tree, hctl)
        path = _path_again(tree, known[hctl], place, here, by_sid, by_slave) if hctl in known else None
        if path is None and tree.number(here + "/type") == _DISK:
            path = _path(tree, hctl, place, here, by_sid, by_slave)
        if path is not None:
            yield path


def hctls(tree, disks):
    """Return the addresses H:C:T:L of those among *disks* (kernel names) that are SCSI disks."""
    found = (tree.names(f"/sys/block/{name}/device/scsi_device") for name in disks)
    return [hctl for names in found for hctl in names]


def map_names(tree, wwids, known):
    """Return the kernel names (dm-N) of the multipath maps of the identities *wwids*.

    *known*: {WWID: the name where its map was a moment ago}. If all are still there, no other device is read:
    device-mapper has no two maps of one UUID.
    """
    names = [known[wwid] for wwid in wwids if wwid in known and _map_wwid(tree, "/sys/block/" + known[wwid]) == wwid]
    if len(names) < len(wwids):
        names = [name for name in _dm_names(tree) if _map_wwid(tree, "/sys/block/" + name) in wwids]
    return sorted(names)


def map_of(tree, hctl):
    """Return (WWID, kernel name) of the multipath map that holds the SCSI disk at *hctl*, or None."""
    sd = next(iter(tree.names(f"/sys/class/scsi_device/{hctl}/device/block")), None)
    holders = tree.names(f"/sys/block/{sd}/holders") if sd else []
    found = ((_map_wwid(tree, "/sys/block/" + holder), holder) for holder in holders)
    return next((pair for pair in found if pair[0] is not None), None)


def maps(tree, names=None):
    """Yield all multipath maps, from sysfs; only those of the kernel names *names*, if given.

    Each is {'wwid', 'name', 'dm', 'dev_t', 'size_bytes', 'read_only', 'suspended', 'slaves', 'partitions' (see
    partitions())}.
    """
    for found_map, here in _maps(tree, names):
        name = found_map["dm"]
        found_map.update(
            name=tree.text(here + "/dm/name"),
            size_bytes=_bytes(tree, here),
            read_only=tree.text(here + "/ro") == "1",
            suspended=tree.text(here + "/dm/suspended") == "1",
            partitions=partitions(tree, name),
        )
        yield found_map


def maps_again(tree, names=None):
    """Yield of each multipath map what _kernel/consistency.py compares: {'wwid', 'dm', 'dev_t', 'slaves'}."""
    for found_map, dummy in _maps(tree, names):
        yield found_map


def partitions(tree, name):
    """Return the maps that kpartx made of the partitions of a map (dm-N), and of their partitions: [{'name', 'dm',
    'dev_t', 'uuid', 'below' (dm-N)}].
    """
    found = []
    for holder in tree.names(f"/sys/block/{name}/holders"):
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


def _addresses(tree, hctls):
    """Return the addresses of the SCSI devices, in order; only those among *hctls*, unless that is None."""
    found = [name for name in tree.names("/sys/class/scsi_device") if hctls is None or name in hctls]
    return sorted(found, key=lambda hctl: [int(part) for part in hctl.split(":")])


def _places(tree, hctl):
    """Return (the place of a SCSI device's entry of its class in the device tree, the folder of the device)."""
    place, end = tree.place("/sys/class/scsi_device/" + hctl), "/scsi_device/" + hctl
    is_link = place.startswith("/sys/devices/") and place.endswith(end)
    return place, place[: -len(end)] if is_link else place + "/device"


def _by_sid(sessions):
    return {session["sid"]: session for session in sessions}


def _by_slave(maps):
    """Return {kernel name of a slave: the WWID of its map}. A disk's holders say the same: the kernel makes both
    links at once (bd_link_disk_holder).
    """
    return {slave: found_map["wwid"] for found_map in reversed(maps) for slave in found_map["slaves"]}


def _path(tree, hctl, place, here, by_sid, by_slave):
    sd = next(iter(tree.names(here + "/block")), None)
    block = f"{here}/block/{sd}"
    path = {
        "hctl": hctl,
        "sd": sd,
        "sg": next(iter(tree.names(here + "/scsi_generic")), None),
        "dev_t": tree.text(block + "/dev") if sd else None,
        "size_bytes": _bytes(tree, block) if sd else None,
        "read_only": tree.text(block + "/ro") == "1" if sd else None,
        "vendor": tree.text(here + "/vendor"),
        "product": tree.text(here + "/model"),
        "device_state": tree.text(here + "/state"),
        "wwid": _wwid(tree, here),
        "serial": _serial(tree, here),
        "map": by_slave.get(sd),
    }
    path.update(_transport(tree, hctl, place, by_sid))
    return path


def _path_again(tree, before, place, here, by_sid, by_slave):
    """Return a path as it is now, or None where its disk or its sg node is not the one of before."""
    sd, sg = before["sd"], before["sg"]
    dev_t = tree.text(f"{here}/block/{sd}/dev") if sd and sg else None
    if dev_t is None or not tree.exists(f"{here}/scsi_generic/{sg}"):
        return None
    return dict(
        before,
        dev_t=dev_t,
        device_state=tree.text(here + "/state"),
        wwid=_wwid(tree, here),
        serial=_serial(tree, here),
        map=by_slave.get(sd),
        session_state=_session_state(tree, place, by_sid),
    )


def _wwid(tree, here):
    return next(iter(identity.wwids(tree.data(here + "/vpd_pg83"))), None)


def _serial(tree, here):
    return identity.serial(tree.data(here + "/vpd_pg80"))


def _transport(tree, hctl, place, by_sid):
    """Return how the disk is reached, read off its *place* in the device tree."""
    session, port = _SESSION.search(place), _REMOTE_PORT.search(place)
    found = {"transport": None, "target": None, "portal": None, "session_state": _session_state(tree, place, by_sid)}
    if session:
        known = by_sid.get(int(session.group(1)), {})
        return dict(found, transport="iscsi", target=known.get("target"), portal=known.get("portal"))
    if port:
        name = tree.text(_REMOTE_PORTS + port.group(1) + "/port_name")
        return dict(found, transport="fc", target=name and identity.normal_initiator(name))
    marked = (
        transport for mark, transport in (("/end_device-", "sas"), ("/usb", "usb"), ("/ata", "ata")) if mark in place
    )
    transport = next(marked, None)
    if transport is None:
        transport = tree.text(f"/sys/class/scsi_host/host{hctl.split(':')[0]}/proc_name") or "other"
    return dict(found, transport=transport)


def _session_state(tree, place, by_sid):
    """Return the state of the iSCSI session or FC remote port on the way to a disk; None where it has neither."""
    session, port = _SESSION.search(place), _REMOTE_PORT.search(place)
    if session:
        return by_sid.get(int(session.group(1)), {}).get("state")
    return tree.text(_REMOTE_PORTS + port.group(1) + "/port_state") if port else None


def _maps(tree, names):
    """Yield ({'wwid', 'dm', 'dev_t', 'slaves'}, its folder in sysfs) of each multipath map."""
    for name in _dm_names(tree) if names is None else names:
        here = tree.place("/sys/block/" + name)
        wwid = _map_wwid(tree, here)
        if wwid is not None:
            yield (
                {"wwid": wwid, "dm": name, "dev_t": tree.text(here + "/dev"), "slaves": tree.names(here + "/slaves")},
                here,
            )


def _map_wwid(tree, here):
    """Return the WWID of the block device in the folder *here* of sysfs if it is a multipath map, else None."""
    uuid = tree.text(here + "/dm/uuid") or ""
    return uuid[len(dm.MAP_UUID) :] if uuid.startswith(dm.MAP_UUID) else None


def _dm_names(tree):
    return [name for name in tree.names("/sys/block") if name.startswith("dm-")]


def _bytes(tree, block):
    sectors = tree.number(block + "/size")
    return None if sectors is None else sectors * 512  # sysfs counts 512-byte sectors whatever the device's own
