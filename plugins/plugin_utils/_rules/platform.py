# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules about what else on a host uses SAN devices: MPC201 to MPC203."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping

from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import CRITICAL, WARNING
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.shapes import Facts, Observation, Policy, Rule

_STORAGE_CFG = "/etc/pve/storage.cfg"


def _rescans(facts: Facts, policy: Policy) -> Iterator[Observation]:
    proxmox = facts["platform"]["proxmox"]
    running = "runs, and has its sessions scanned every 10 s"
    for storage in proxmox["iscsi"]:
        yield {
            "subject": f"storage {storage['storage']} ({storage['target']})",
            "where": _STORAGE_CFG,
            "what": f"pvestatd {running if proxmox['pvestatd'] else 'does not run now; it scans when it does'}",
        }
    if proxmox["rescanned"] and not proxmox["iscsi"]:
        yield {
            "subject": "Proxmox VE",
            "what": "has scanned iSCSI sessions since this host booted, though no storage asks for it now",
            "where": None,
        }


def _lvm_scans(facts: Facts, policy: Policy) -> Iterator[Observation]:
    lvm = facts["platform"]["lvm"]
    if lvm["scanned"] is None:
        yield {"unknown": lvm["why"]}
    for wwid in sorted(lvm["scanned"] or ()):
        yield {"subject": wwid, "what": lvm["why"], "where": lvm["where"]}


def _stopped(facts: Facts, policy: Policy) -> Iterator[Observation]:
    read_only = facts["platform"]["read_only"]
    for mount in read_only["stopped"]:
        yield {
            "subject": f"{mount['mountpoint'] or 'a file system'} on {mount['device']} ({mount['wwid']})",
            "where": None,
            "what": "; ".join([mount["why"], *_first(mount)]),
        }
    for mount in read_only["unsure"]:
        yield {"unknown": mount["why"], "subject": f"{mount['mountpoint']} on {mount['device']}"}


def _first(mount: Mapping[str, t.Any]) -> list[str]:
    """Return in words how it began, as far as ext4 and the kernel log say."""
    error, warning = mount.get("first_error"), mount.get("first_warning")
    parts = []
    if error:
        places = [f"{name} {error[name]}" for name in ("block", "inode") if error[name]]
        function = f" in {error['function']}" if error["function"] else ""
        place = f" ({', '.join(places)})" if places else ""
        parts.append(f"its first error was at {error['time']}{function}{place}")
    if warning:
        lost = "" if warning["whole"] else ", whose beginning is lost,"
        parts.append(f"first in the kernel log{lost} at {warning['time'] or 'an unknown time'}: {warning['text']}")
    return parts


RULES: tuple[Rule, ...] = (
    {
        "id": "MPC201",
        "severity": WARNING,
        "title": "Proxmox VE scans iSCSI sessions by itself",
        "needs": ("platform.proxmox",),
        "check": _rescans,
        "reason": "Its iSCSI plugin has every session scanned each time pvestatd queries the storage, so "
        "node.session.scan = manual does not help: every LUN that the array shows this host appears, and a disk that "
        "is deleted while its LUN is still mapped comes back.",
        "remedy": "show each node only the LUNs that it needs (an igroup per node), or use a storage plugin that "
        "attaches exact LUNs, and disable or delete the iscsi storage",
    },
    {
        "id": "MPC202",
        "severity": WARNING,
        "title": "LVM reads SAN maps",
        "needs": ("platform.lvm",),
        "check": _lvm_scans,
        "reason": "Every LVM command reads every device that its filter accepts: one device that hangs makes vgs hang. "
        "And a volume group that a guest created inside a LUN is activated on the host, where it holds the device and "
        "blocks its removal.",
        "remedy": "list the devices of this host's own volume groups in the devices file (lvmdevices), or accept only "
        "those in devices/global_filter and reject the rest; then rebuild the initramfs",
    },
    {
        "id": "MPC203",
        "severity": CRITICAL,
        "title": "A file system on a SAN device accepts no more writes after an error",
        "needs": ("platform.read_only",),
        "check": _stopped,
        "reason": "The kernel stopped it after an I/O error, so data was lost or is about to be lost. Often another "
        "host has written to the same LUN, or the LUN was unmapped while it was mounted.",
        "remedy": "find the first error in the kernel log and read the device's verdict; check to which other hosts "
        "the LUN is mapped; stop the users, unmount, check the file system, and only then mount it again",
    },
)
