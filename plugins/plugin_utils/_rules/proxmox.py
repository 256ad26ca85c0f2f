# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules about the disks of Proxmox VE's guests: MPC204 to MPC206. See _rules/common.py for what a rule is."""

import re
import shlex

from ansible_collections.sanops.multipath.plugins.module_utils._core import proxmox_veto
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import WARNING

_OWN_USE = ("mount", "swap")  # what a host that has a device for itself does with it
_PLAIN = re.compile(r"[A-Za-z0-9_.+][A-Za-z0-9_.+-]*$")  # a name of a volume group that is no option


def _activated(facts, policy):
    proxmox = facts["platform"]["proxmox"]
    disks, storages = _guest_disks(proxmox), {one["vgname"] for one in proxmox["storages"] if one["vgname"]}
    volumes = [one for one in facts["platform"]["volumes"] if one["kind"] == "lvm"]
    for uuid in sorted({one["vg_uuid"] for one in volumes}):
        mine = [one for one in volumes if one["vg_uuid"] == uuid]
        vg, devices = mine[0]["vg"], sorted({one["device"] for one in mine})
        inside = [
            disks[device][0]
            for device in devices
            if device in disks and (disks[device][1] or mine[0]["inside"] in storages)
        ]
        if not inside:
            continue
        subject = "volume group %s on %s" % (vg, ", ".join(sorted({one["wwid"] for one in mine})))
        used = _used(facts, devices)
        if used is None:
            yield {"subject": subject, "unknown": "who uses it could not be read"}
        elif not used:
            twins = {one["vg_uuid"] for one in volumes if one["vg"] == vg}
            dead = [device for device in devices if not _answers(facts, device)]
            command = (
                _dmsetup(facts, dead, mine)
                if dead
                else _vgchange(vg, uuid, len(twins) > 1, [_file(facts, device) for device in devices])
            )
            yield {
                "subject": subject,
                "where": None,
                "what": "%s active on this host, inside %s. To free it: %s"
                % (_listed(sorted(one["name"] for one in mine)), inside[0], command),
            }


def _partitioned(facts, policy):
    proxmox = facts["platform"]["proxmox"]
    disks, parts = _guest_disks(proxmox), [one for one in facts["platform"]["volumes"] if one["kind"] == "partition"]
    for device in sorted({one["device"] for one in parts}):
        if not disks.get(device, (None, False))[1]:
            continue
        mine = [one for one in parts if one["device"] == device]
        used = _used(facts, [device])
        if used is None:
            yield {"subject": mine[0]["wwid"], "unknown": "who uses it could not be read"}
        elif not used:
            yield {
                "subject": mine[0]["wwid"],
                "where": None,
                "what": "kpartx has made %s on this host, of the partitions of %s. To free it: kpartx -d %s"
                % (", ".join(sorted(one["name"] for one in mine)), disks[device][0], shlex.quote(_file(facts, device))),
            }


def _missing(facts, policy):
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
                what = "%s is %s, and this host has no such device" % (disk["key"], disk["volume"])
                yield {"subject": proxmox_veto.title(guest), "what": what, "where": None}


def _guest_disks(proxmox):
    """{SAN device: (what of whose it is, in words; whether the guest has it whole)} of the guests' disks, wherever
    these are.
    """
    found = {}
    for one in proxmox["storages"]:
        if one["type"] == "netappontap":
            found.update((device, ("a volume of the storage %s" % one["storage"], True)) for device in one["devices"])
    for guest in proxmox["guests"]:
        for disk in guest["disks"]:
            for device in disk["devices"]:
                if disk["whole"] or device not in found:
                    found[device] = ("%s of %s" % (disk["key"], proxmox_veto.title(guest)), disk["whole"])
    return found


def _used(facts, devices):
    """Whether the host itself has one of these mounted or as swap; None: not known."""
    users = [one["users"] for one in facts["maps"] if one["dm"] in devices] + [
        path["users"] for path in facts["paths"] if path["sd"] in devices
    ]
    return None if None in users else any(user["kind"] in _OWN_USE for found in users for user in found)


def _file(facts, device):
    names = [one["name"] for one in facts["maps"] if one["dm"] == device]
    return "/dev/mapper/%s" % names[0] if names else "/dev/%s" % device


def _vgchange(vg, uuid, is_twin, files):
    """The command that deactivates one volume group, and looks at nothing but the devices that it is on: others may
    hang, or be rejected by the filter.
    """
    which = ["--select", "vg_uuid=%s" % uuid] if is_twin or not _PLAIN.match(vg) else [vg]
    config = []
    if all(re.match(r"[\w/:=@#.+-]+$", file, re.ASCII) for file in files):
        taken = ", ".join('"a|^%s(-part|p)?[0-9]*$|"' % re.sub("([.+])", r"[\1]", file) for file in files)
        config = ["--config", 'devices { use_devicesfile=0 filter=["a|.*|"] global_filter=[%s, "r|.*|"] }' % taken]
    return " ".join(shlex.quote(word) for word in ["vgchange", "-an"] + config + which)


def _answers(facts, device):
    """Whether a path of a SAN device answers as itself."""
    hctls = [hctl for one in facts["maps"] if one["dm"] == device for hctl in one["paths"]]
    return any(
        path["wire"]["state"] == "same" for path in facts["paths"] if path["sd"] == device or path["hctl"] in hctls
    )


def _dmsetup(facts, dead, volumes):
    """The commands that take volumes away whose device does not answer: vgchange would read it, and hang with it.
    Without --force, what is open stays.
    """
    maps = [
        "multipathd disablequeueing map %s && " % shlex.quote(one["name"]) for one in facts["maps"] if one["dm"] in dead
    ]
    # The other way round: what was found last lies on what was found before.
    names = list(dict.fromkeys(one["name"] for one in reversed(volumes)))
    return "".join(maps) + " ".join(shlex.quote(word) for word in ["dmsetup", "remove"] + names)


def _listed(names):
    return "%s %s" % (
        ", ".join(names[:4]) + (" and %d more" % (len(names) - 4) if len(names) > 4 else ""),
        "is" if len(names) == 1 else "are",
    )


RULES = (
    {
        "id": "MPC204",
        "severity": WARNING,
        "title": "A guest's volume group is active on the host",
        "needs": ("platform.proxmox", "platform.volumes"),
        "check": _activated,
        "reason": "LVM found it inside the guest's disk and made devices of it. They hold the disk: it can neither be "
        "flushed nor deleted, and Proxmox VE "
        "cannot remove the volume. Host and guest may both write to it.",
        "remedy": "run the command that the finding names; it frees this one volume group, looks at no other device "
        "(at none where the disk does not "
        "answer: LVM would hang), and refuses what is open. Then "
        "reject guests' disks in devices/global_filter (MPC202), or LVM activates it again",
    },
    {
        "id": "MPC205",
        "severity": WARNING,
        "title": "kpartx has made maps of a guest's partitions",
        "needs": ("platform.proxmox", "platform.volumes"),
        "check": _partitioned,
        "reason": "They hold the guest's disk on the host, and it is in them that LVM finds the guest's volume groups.",
        "remedy": "run the command that the finding names, after that of MPC204 if there is one; set skip_kpartx yes "
        "in the defaults of multipath.conf and "
        "restart multipathd, or they come again with the next map",
    },
    {
        "id": "MPC206",
        "severity": WARNING,
        "title": "A guest's disk is not there",
        "needs": ("platform.proxmox",),
        "check": _missing,
        "reason": (
            "The configuration of a guest of this node names a device that the kernel does not have: the guest "
            "cannot start, or has lost the disk."
        ),
        "remedy": (
            "see that the LUN is mapped to this node and scanned, or take the disk out of the guest's configuration"
        ),
    },
)
