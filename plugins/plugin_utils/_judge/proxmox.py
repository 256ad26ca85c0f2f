# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whose a device is on a Proxmox VE host, from the host's facts and the arrays' names of LUNs: see device_owners.py."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Sequence

from ansible_collections.sanops.multipath.plugins.module_utils._core import proxmox_veto
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import shapes

_MOST = 8  # guests that are named of a storage with many
# Whether a disk of a guest, or a storage, is on a device.
_On = Callable[[t.Any], bool]


def owned(
    facts: shapes.Facts, device: shapes.Device, documents: Sequence[shapes.Document]
) -> tuple[list[shapes.Owner], list[str]]:
    """Return the owners and the vetoes of a device. *documents* are not needed: the hosts themselves know their guests.

    A recycled device has an owner for the LUN that answers in its place too, but that one's guests are no veto: it
    is they who need the device gone.
    """
    proxmox = (facts.get("platform") or {}).get("proxmox")
    if proxmox is None or not proxmox["present"]:
        return [], proxmox_veto.vetoes(proxmox, None)
    here = _on(proxmox, device, device["array"]["luns"], [device["wwid"]])
    there = _on(proxmox, None, device["answered_by"], [lun["wwid"] for lun in device["answered_by"]])
    return _owners(proxmox, lambda thing: here(thing) or there(thing)), proxmox_veto.vetoes(proxmox, here)


def _on(
    proxmox: shapes.Proxmox, device: shapes.Device | None, luns: Sequence[shapes.Lun], wwids: Sequence[str | None]
) -> _On:
    """Return the function that finds what is on a device, by the host's word or by the array's name of its LUN."""
    names = {device["device"], *(path["sd"] for path in device["paths"])} if device else set()
    svms = {storage["storage"]: storage["svm"] for storage in proxmox["storages"]}
    paths = {(lun["name"], lun["svm"]) for lun in luns if lun["name"]}

    def is_on(thing: t.Any) -> bool:
        volume = thing.get("volume", "")
        return (
            not names.isdisjoint(thing["devices"])
            or any(wwid and wwid in volume for wwid in wwids)
            or thing["type"] == "netappontap"
            and (_lun_path(volume), svms.get(thing["storage"])) in paths
        )

    return is_on


def _lun_path(volume: str) -> str | None:
    """Return the path of the LUN that jt-pve-storage-netapp gives a volume STORAGE:vm-VMID-disk-N, or of what it is a
    clone of (docs/NAMING_CONVENTIONS.md there).
    """
    found = re.match(r"([^:]+):(?:.*/)?(?:vm|base)-(\d+)-(?:disk-(\d+)|(cloudinit)|state-(.+))$", volume)
    if not found:
        return None
    storage, vmid, disk, cloudinit, state = found.groups()
    what = "disk" + disk if disk else cloudinit or "state_" + _sanitized(state)[:100]
    return f"/vol/pve_{_sanitized(storage)[:32]}_{vmid}_{what}/lun0"


def _sanitized(text: str) -> str:
    text = re.sub("[^a-zA-Z0-9_]", "", re.sub(r"[-\s]", "_", text))
    return text if re.match("[a-zA-Z_]", text) else "_" + text


def _owners(proxmox: shapes.Proxmox, on: _On) -> list[shapes.Owner]:
    """A disk that is the device itself is an owner each; those that are volumes on it are one with their storage."""
    held = [(guest, disk) for guest in proxmox["guests"] for disk in guest["disks"] if on(disk)]
    found = [
        _owner(proxmox, disk["volume"], proxmox_veto.title(guest), guest["node"])
        for guest, disk in held
        if disk["whole"]
    ]
    whole = {disk["storage"] for dummy, disk in held if disk["whole"]}
    for storage in proxmox["storages"]:
        name = storage["storage"]
        guests = [guest for guest, disk in held if disk["storage"] == name and not disk["whole"]]
        if guests or on(storage) and name not in whole:
            shown = f"{name} (volume group {storage['vgname']})" if storage["vgname"] else name
            found.append(_owner(proxmox, shown, _listed(guests), None))
    return found


def _listed(guests: Sequence[shapes.Guest]) -> str | None:
    titles = sorted({proxmox_veto.title(guest) for guest in guests})
    more = f" and {len(titles) - _MOST} more" if len(titles) > _MOST else ""
    return ", ".join(titles[:_MOST]) + more or None


def _owner(proxmox: shapes.Proxmox, volume: str, claim: str | None, node: str | None) -> shapes.Owner:
    return {
        "system": "proxmox",
        "cluster": proxmox["cluster"],
        "volume": volume,
        "namespace": node,
        "claim": claim,
        "pods": [],
    }
