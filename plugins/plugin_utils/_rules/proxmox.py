# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules about the disks of Proxmox VE's guests: MPC204 to MPC206."""

from __future__ import annotations

import re
import shlex
import typing as t
from collections.abc import Collection, Iterator, Mapping, Sequence

from ansible_collections.sanops.multipath.plugins.module_utils._core import proxmox_veto
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import WARNING
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.shapes import (
    Facts,
    Observation,
    Policy,
    Rule,
    few,
)

_OWN_USE = ("mount", "swap")  # how a host uses a device itself
_PLAIN = re.compile(
    r"[A-Za-z0-9_.+][A-Za-z0-9_.+-]*$"
)  # a name of a volume group that vgchange does not take for an option


def _activated(facts: Facts, policy: Policy) -> Iterator[Observation]:
    proxmox = facts["platform"]["proxmox"]
    disks = _guest_disks(proxmox)
    storages = {storage["vgname"] for storage in proxmox["storages"] if storage["vgname"]}
    volumes = [volume for volume in facts["platform"]["volumes"] if volume["kind"] == "lvm"]
    for uuid in sorted({volume["vg_uuid"] for volume in volumes}):
        here = [volume for volume in volumes if volume["vg_uuid"] == uuid]
        vg, devices = here[0]["vg"], sorted({volume["device"] for volume in here})
        inside = [
            disks[device][0]
            for device in devices
            if device in disks and (disks[device][1] or here[0]["inside"] in storages)
        ]
        if not inside:
            continue
        subject = f"volume group {vg} on {', '.join(sorted({volume['wwid'] for volume in here}))}"
        used = _used(facts, devices)
        if used is None:
            yield {"subject": subject, "unknown": "who uses it could not be read"}
        elif not used:
            twins = {volume["vg_uuid"] for volume in volumes if volume["vg"] == vg}
            dead = [device for device in devices if not _answers(facts, device)]
            command = (
                _dmsetup(facts, dead, here)
                if dead
                else _vgchange(vg, uuid, len(twins) > 1, [_file(facts, device) for device in devices])
            )
            names = sorted(volume["name"] for volume in here)
            yield {
                "subject": subject,
                "where": None,
                "what": f"{_listed(names)} active on this host, inside {inside[0]}. To free it: {command}",
            }


def _partitioned(facts: Facts, policy: Policy) -> Iterator[Observation]:
    proxmox = facts["platform"]["proxmox"]
    disks, parts = _guest_disks(proxmox), [part for part in facts["platform"]["volumes"] if part["kind"] == "partition"]
    for device in sorted({part["device"] for part in parts}):
        if not disks.get(device, (None, False))[1]:
            continue
        here = [part for part in parts if part["device"] == device]
        used = _used(facts, [device])
        if used is None:
            yield {"subject": here[0]["wwid"], "unknown": "who uses it could not be read"}
        elif not used:
            names = ", ".join(sorted(part["name"] for part in here))
            file = shlex.quote(_file(facts, device))
            yield {
                "subject": here[0]["wwid"],
                "where": None,
                "what": f"kpartx has created {names} on this host, of the partitions of {disks[device][0]}. "
                f"To free it: kpartx -d {file}",
            }


def _missing(facts: Facts, policy: Policy) -> Iterator[Observation]:
    proxmox = facts["platform"]["proxmox"]
    for guest in proxmox["guests"]:
        for disk in guest["disks"]:
            by_file = disk["type"] in (None, "iscsi") and (disk["storage"] or disk["volume"].startswith("/"))
            if (
                guest["node"] == proxmox["node"]
                and by_file
                and not disk["devices"]
                and re.match(r"[a-z]|\[PENDING\]", disk["key"])
            ):
                what = f"{disk['key']} is {disk['volume']}, and this host has no such device"
                yield {"subject": proxmox_veto.title(guest), "what": what, "where": None}


def _guest_disks(proxmox: Mapping[str, t.Any]) -> dict[str, tuple[str, bool]]:
    """Return by SAN device whose disk it is, in words, and whether the guest has the whole device.

    The guests may be on any node.
    """
    found: dict[str, tuple[str, bool]] = {}
    for storage in proxmox["storages"]:
        if storage["type"] == "netappontap":
            found.update(
                (device, (f"a volume of the storage {storage['storage']}", True)) for device in storage["devices"]
            )
    for guest in proxmox["guests"]:
        for disk in guest["disks"]:
            for device in disk["devices"]:
                if disk["whole"] or device not in found:
                    found[device] = (f"{disk['key']} of {proxmox_veto.title(guest)}", disk["whole"])
    return found


def _used(facts: Facts, devices: Collection[str]) -> bool | None:
    """Return whether the host itself has one of these mounted or as swap; None: not known."""
    users = [found_map["users"] for found_map in facts["maps"] if found_map["dm"] in devices] + [
        path["users"] for path in facts["paths"] if path["sd"] in devices
    ]
    return None if None in users else any(user["kind"] in _OWN_USE for found in users for user in found)


def _file(facts: Facts, device: str) -> str:
    names = [found_map["name"] for found_map in facts["maps"] if found_map["dm"] == device]
    return f"/dev/mapper/{names[0]}" if names else f"/dev/{device}"


def _vgchange(vg: str, uuid: str, is_twin: bool, files: Sequence[str]) -> str:
    """Return the command that deactivates one volume group and reads only its devices.

    Other devices may hang, or be rejected by the filter.
    """
    which = ["--select", f"vg_uuid={uuid}"] if is_twin or not _PLAIN.match(vg) else [vg]
    config = []
    if all(re.match(r"[\w/:=@#.+-]+$", file, re.ASCII) for file in files):
        taken = ", ".join('"a|^{}(-part|p)?[0-9]*$|"'.format(re.sub("([.+])", r"[\1]", file)) for file in files)
        config = ["--config", f'devices {{ use_devicesfile=0 filter=["a|.*|"] global_filter=[{taken}, "r|.*|"] }}']
    return " ".join(shlex.quote(word) for word in ["vgchange", "-an"] + config + which)


def _answers(facts: Facts, device: str) -> bool:
    """Return whether a path of a SAN device answers as itself."""
    hctls = [hctl for found_map in facts["maps"] if found_map["dm"] == device for hctl in found_map["paths"]]
    return any(
        path["wire"]["state"] == "same" for path in facts["paths"] if path["sd"] == device or path["hctl"] in hctls
    )


def _dmsetup(facts: Facts, dead: Collection[str], volumes: Sequence[Mapping[str, t.Any]]) -> str:
    """Return the commands that remove volumes whose device does not answer: vgchange would read it, and hang.

    Without --force, what is open stays.
    """
    maps = [
        f"multipathd disablequeueing map {shlex.quote(found_map['name'])} && "
        for found_map in facts["maps"]
        if found_map["dm"] in dead
    ]
    # The other way round: what was found last lies on what was found before.
    names = list(dict.fromkeys(found_map["name"] for found_map in reversed(volumes)))
    return "".join(maps) + " ".join(shlex.quote(word) for word in ["dmsetup", "remove"] + names)


def _listed(names: Sequence[str]) -> str:
    return f"{few(names, 4)} {'is' if len(names) == 1 else 'are'}"


RULES: tuple[Rule, ...] = (
    {
        "id": "MPC204",
        "severity": WARNING,
        "title": "A guest's volume group is active on the host",
        "needs": ("platform.proxmox", "platform.volumes"),
        "check": _activated,
        "reason": "LVM found it inside the guest's disk and created devices for it. They hold the disk: it can neither "
        "be flushed nor deleted, and Proxmox VE cannot remove the volume. Host and guest may both write to it.",
        "remedy": "run the command that the finding names; it frees this one volume group, reads no other device (none "
        "at all where the disk does not answer: LVM would hang), and refuses what is open. Then reject guests' disks "
        "in devices/global_filter (MPC202), or LVM activates it again",
    },
    {
        "id": "MPC205",
        "severity": WARNING,
        "title": "kpartx has created maps of a guest's partitions",
        "needs": ("platform.proxmox", "platform.volumes"),
        "check": _partitioned,
        "reason": "They hold the guest's disk on the host, and LVM finds the guest's volume groups in them.",
        "remedy": "run the command that the finding names, after that of MPC204 if there is one; set skip_kpartx yes "
        "in the defaults of multipath.conf and restart multipathd, or they come back with the next map",
    },
    {
        "id": "MPC206",
        "severity": WARNING,
        "title": "A guest's disk is not there",
        "needs": ("platform.proxmox",),
        "check": _missing,
        "reason": "The configuration of a guest of this node names a device that the kernel does not have: the guest "
        "cannot start, or has lost the disk.",
        "remedy": "check that the LUN is mapped to this node and scanned, or remove the disk from the guest's "
        "configuration",
    },
)
