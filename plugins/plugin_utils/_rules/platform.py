# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules about what else on a host touches SAN devices: MPC201 to MPC203. See _rules/common.py for what a rule
is.
"""

from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import CRITICAL, WARNING

_STORAGE_CFG = "/etc/pve/storage.cfg"


def _rescans(facts, policy):
    proxmox = facts["platform"]["proxmox"]
    for storage in proxmox["iscsi"]:
        yield {
            "subject": "storage %s (%s)" % (storage["storage"], storage["target"]),
            "where": _STORAGE_CFG,
            "what": "pvestatd %s"
            % (
                "runs, and has its sessions scanned every 10 s"
                if proxmox["pvestatd"]
                else "does not run now; it scans when it does"
            ),
        }
    if proxmox["rescanned"] and not proxmox["iscsi"]:
        yield {
            "subject": "Proxmox VE",
            "what": "has scanned iSCSI sessions since this host booted, though no storage asks for it now",
            "where": None,
        }


def _lvm_scans(facts, policy):
    lvm = facts["platform"]["lvm"]
    if lvm["scanned"] is None:
        yield {"unknown": lvm["why"]}
    for wwid in lvm["scanned"] or ():
        yield {"subject": wwid, "what": lvm["why"], "where": lvm["where"]}


def _stopped(facts, policy):
    read_only = facts["platform"]["read_only"]
    for one in read_only["stopped"]:
        yield {
            "subject": "%s on %s (%s)" % (one["mountpoint"] or "a file system", one["device"], one["wwid"]),
            "where": None,
            "what": "; ".join([one["why"]] + _first(one)),
        }
    for one in read_only["unsure"]:
        yield {"unknown": one["why"], "subject": "%s on %s" % (one["mountpoint"], one["device"])}


def _first(one):
    """How it began, in words, as far as ext4 and the kernel log tell."""
    error, warning, told = one.get("first_error"), one.get("first_warning"), []
    if error:
        place = ["%s %d" % (name, error[name]) for name in ("block", "inode") if error[name]]
        told.append(
            "its first error was at %s%s%s"
            % (
                error["time"],
                " in %s" % error["function"] if error["function"] else "",
                " (%s)" % ", ".join(place) if place else "",
            )
        )
    if warning:
        told.append(
            "%s at %s: %s"
            % (
                "first in the kernel log" if warning["whole"] else "first in the kernel log, whose beginning is lost,",
                warning["time"] or "an unknown time",
                warning["text"],
            )
        )
    return told


RULES = (
    {
        "id": "MPC201",
        "severity": WARNING,
        "title": "Proxmox VE scans iSCSI sessions by itself",
        "needs": ("platform.proxmox",),
        "check": _rescans,
        "reason": "Its iSCSI plugin has every session scanned each time pvestatd asks the storage. So "
        "node.session.scan = manual does not help: whatever the "
        "array shows this host comes, and what was deleted while it is still mapped comes back.",
        "remedy": "show each node only the LUNs that it needs (an igroup per node), or use a storage plugin that "
        "brings in exact LUNs, and disable or delete "
        "the iscsi storage",
    },
    {
        "id": "MPC202",
        "severity": WARNING,
        "title": "LVM looks inside SAN maps",
        "needs": ("platform.lvm",),
        "check": _lvm_scans,
        "reason": "Every LVM command reads every device that its filter lets through: one that hangs makes vgs hang. "
        "And a volume group that a guest made inside "
        "a LUN gets activated on the host, which then holds a device that must go.",
        "remedy": "list what this host itself has volume groups on in the devices file (lvmdevices), or accept just "
        "that in devices/global_filter and reject the "
        "rest; rebuild the initramfs afterwards",
    },
    {
        "id": "MPC203",
        "severity": CRITICAL,
        "title": "A file system on a SAN device takes no more writes after an error",
        "needs": ("platform.read_only",),
        "check": _stopped,
        "reason": "The kernel stopped it after an I/O error, so data was lost or is about to be. Often another host "
        "has written to the same LUN, or the LUN was "
        "unmapped while it was mounted.",
        "remedy": "find the first error in the kernel log and what the device's verdict says; check who else the LUN "
        "is mapped to; stop the users, unmount, "
        "check the file system, and only then mount it again",
    },
)
