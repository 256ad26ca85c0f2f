# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whether Proxmox VE forbids that a SAN device goes: asked of the fact platform.proxmox, on the controller and on
the host. Pure functions.
"""

_MOST = 5  # guests that are named
UNREAD = "whether Proxmox VE has a guest on it could not be read: nobody could tell whose it is"
_LVM = ("lvm", "lvmthin")


def vetoes(proxmox, on):
    """Return why a device must stay: [sentence].

    *proxmox*: the fact, None: not known; *on*: a function that tells whether a disk of a guest, or a storage, is on
    the device. A guest of this node counts whether it runs or not, as it may be started at any time; that of another
    node does where it is on its way here, or runs here already.
    """
    if proxmox is None:
        return [UNREAD]
    if not proxmox["present"]:
        return []
    found = [
        f"the volume group {storage['vgname']} on it is the storage {storage['storage']} of Proxmox VE"
        for storage in proxmox["storages"]
        if storage["enabled"] and storage["type"] in _LVM and on(storage)
    ]
    held = [
        f"it is {disk['key']} of {title(guest)}{_why(guest, proxmox['node'])}"
        for guest in proxmox["guests"]
        for disk in guest["disks"]
        if (guest["node"] == proxmox["node"] or guest["lock"] == "migrate" or guest["running"]) and on(disk)
    ]
    return (
        found
        + held[:_MOST]
        + (["and %d more disks of guests are on it" % (len(held) - _MOST)] if len(held) > _MOST else [])
    )


def title(guest):
    """Return a guest in words: "VM 100 (web)"."""
    return "%s %d%s" % (
        "VM" if guest["kind"] == "qemu" else "CT",
        guest["vmid"],
        f" ({guest['name']})" if guest["name"] else "",
    )


def _why(guest, node):
    if guest["node"] == node:
        return ", which runs" if guest["running"] else ", by its configuration on this node"
    return (
        f", which is moving from the node {guest['node']}"
        if guest["lock"] == "migrate"
        else f" of the node {guest['node']}, which runs here"
    )
