# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What Proxmox VE says of a host's SAN devices: its storages, and the disks of the cluster's guests. Files only; no
tool of it is called.

/etc/pve is a FUSE file system that may hang, so look() belongs in a child. It gives the whole or raises: half a list
of guests proves nothing. Formats: PVE/SectionConfig.pm (storage.cfg), PVE/QemuServer.pm and PVE/LXC/Config.pm (guests).
"""

import re

from ansible_collections.sanops.multipath.plugins.module_utils._host import proxmox_disks, volumes
from ansible_collections.sanops.multipath.plugins.module_utils._users import openers

RESCANNED = "/run/pve-iscsi-rescan.lock"  # PVE/Storage/ISCSIPlugin.pm touches it at every scan
_PVE = "/etc/pve"
_STORAGE_CFG = _PVE + "/storage.cfg"
_PVESTATD = "/usr/bin/pvestatd"
_TRACKED = (
    "/var/lib/pve-storage-netapp/%s-wwids.json"  # jt-pve-storage-netapp: the WWIDs that this node has seen of a storage
)
_KINDS = (("qemu-server", "qemu"), ("lxc", "lxc"))
# Of a storage nothing else is taken: some plugins keep their passwords there.
_KEPT = (("vgname", "vgname"), ("base", "base"), ("target", "target"), ("portal", "portal"), ("svm", "ontap-svm"))


def is_there(tree):
    """Return whether this host is a node of Proxmox VE."""
    return tree.exists(_PVESTATD)


def look(tree, layers):
    """Return what Proxmox VE says. *layers*: Layers of the SAN devices in question; not used where it is not there.

    {'present', 'pvestatd' (whether it runs), 'rescanned', 'node', 'cluster' (or None), 'storages', 'guests', 'iscsi':
    [{'storage', 'target', 'portal'}] that this node uses}. *rescanned*: sessions were scanned by Proxmox VE, or by a
    plugin that uses its code, since this host booted. A storage: see storages(), and 'devices', the SAN devices that
    it is on. A guest: {'vmid', 'kind' (qemu or lxc), 'name', 'node', 'running' (on this host; None: not known),
    'lock', 'disks' (see proxmox_disks.placed)}; guests without a disk on SAN storage are left out. Raises OSError.
    """
    if not is_there(tree):
        return {
            "present": False,
            "pvestatd": False,
            "rescanned": False,
            "node": None,
            "cluster": None,
            "storages": [],
            "guests": [],
            "iscsi": [],
        }
    node = (tree.text("/proc/sys/kernel/hostname") or "").split(".")[0]
    known, groups = storages(_read(tree, _STORAGE_CFG), node), volumes.groups(layers)
    for storage in known:
        storage["devices"] = _on(tree, layers, groups, known, storage)
    guests = [_guest(tree, layers, groups, known, node, place, text) for place, text in _configurations(tree, node)]
    _read(tree, _STORAGE_CFG)  # a folder of a file system that went away meanwhile looks empty
    return {
        "present": True,
        "pvestatd": any(tree.text(f"/proc/{pid}/comm") == "pvestatd" for pid in openers.pids(tree)),
        "rescanned": tree.exists(RESCANNED),
        "node": node,
        "cluster": (
            re.findall(r"^\s*cluster_name:\s*(\S+)", tree.text(_PVE + "/corosync.conf") or "", re.MULTILINE) or [None]
        )[0],
        "storages": known,
        "guests": [guest for guest in guests if guest["disks"]],
        "iscsi": [
            {key: storage[key] for key in ("storage", "target", "portal")}
            for storage in known
            if storage["type"] == "iscsi" and storage["enabled"]
        ],
    }


def storages(text, node):
    """Return the storages of a storage.cfg: [{'storage', 'type', 'enabled' (for *node*), 'vgname', 'base', 'target',
    'portal', 'svm'}], None where one has no such.
    """
    found, current = [], None
    for line in text.splitlines():
        head = re.match(r"(\S+):\s*(\S+)\s*$", line)
        if head:
            current = {"type": head.group(1).lower(), "storage": head.group(2)}
            found.append(current)
        elif current is not None and line.strip() and not line.lstrip().startswith("#"):
            words = line.split(None, 1)
            current[words[0]] = words[1].strip() if len(words) == 2 else ""
    return [
        dict(
            ((key, storage.get(name)) for key, name in _KEPT),
            storage=storage["storage"],
            type=storage["type"],
            enabled=storage.get("disable", "0") == "0"
            and ("nodes" not in storage or node in re.split(r"[\s,;]+", storage["nodes"])),
        )
        for storage in found
    ]


def _on(tree, layers, groups, known, storage):
    """Return the SAN devices that a storage is on, or whose volumes they are."""
    devices = set(groups.get(storage["vgname"], ()))
    if storage["base"]:
        devices.update((proxmox_disks.place(storage["base"], known, layers, groups) or ((), True))[0])
    if storage["type"] == "netappontap":
        devices.update(layers.mentioned(tree.text(_TRACKED % re.sub("[^a-zA-Z0-9_-]", "_", storage["storage"])) or ""))
    return sorted(devices)


def _configurations(tree, node):
    """Return [((node, kind, VMID), text)] of all guests of the cluster, those of *node* last: who comes here meanwhile
    is seen at one of the two places.
    """
    here = f"{_PVE}/nodes/{node}"
    if "qemu-server" not in tree.names(here):
        raise OSError(f"{here} is not there: whose guests are on this node is not known")
    for dummy in range(2):  # a guest that moves or goes between the two readings is no error
        places = [
            (place, kind, folder, name)
            for place in sorted(tree.names(_PVE + "/nodes"), key=lambda place: place == node)
            for folder, kind in _KINDS
            for name in tree.names(f"{_PVE}/nodes/{place}/{folder}")
            if re.match(r"\d+\.conf$", name)
        ]
        read = [
            ((place, kind, int(name.split(".")[0])), tree.text(f"{_PVE}/nodes/{place}/{folder}/{name}"))
            for place, kind, folder, name in places
        ]
        unread = [place for place, text in read if text is None]
        if not unread:
            return read
    raise OSError("the configuration of the guest %d on %s could not be read" % (unread[0][2], unread[0][0]))


def _guest(tree, layers, groups, known, node, place, text):
    where, kind, vmid = place
    name, lock, disks = proxmox_disks.parse(text)
    placed = [proxmox_disks.placed(key, volume, known, layers, groups) for key, volume in disks]
    # Of another node's guests only what may be here counts: what is on a device here, or what the array may know by its
    # name.
    kept = [disk for disk in placed if disk and (where == node or disk["devices"] or disk["type"] == "netappontap")]
    return {
        "vmid": vmid,
        "kind": kind,
        "name": name,
        "node": where,
        "running": _runs(tree, kind, vmid),
        "lock": lock,
        "disks": kept,
    }


def _runs(tree, kind, vmid):
    """Return whether a guest runs on this host, whatever its node; None: not known."""
    if kind == "lxc":
        return tree.exists("/sys/fs/cgroup/lxc/%d" % vmid) if tree.exists("/sys/fs/cgroup/cgroup.controllers") else None
    pid = tree.number("/run/qemu-server/%d.pid" % vmid)
    return pid is not None and re.match("kvm|qemu", tree.text(f"/proc/{pid}/comm") or "") is not None


def _read(tree, path):
    text = tree.text(path)
    if text is None:
        raise OSError(f"{path} could not be read")
    return text
