# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cases of the rules on Proxmox VE, LVM and file systems (MPC201 and the following)."""

from support import configured
from support.configured import CLEAN, TARGET, WWID, stopped
from support.rule_cases.common import fires, silent, unseen

ISCSI = [{"storage": "san1", "target": TARGET, "portal": "10.0.0.1"}]


def proxmox(*guests, **changes):
    return {"platform__proxmox": configured.proxmox(*guests, **dict({"iscsi": ISCSI, "rescanned": True}, **changes))}


def guests(*volumes, **changes):
    """A node of Proxmox VE whose guest has the one map for a disk; what is active on it."""
    node = proxmox(configured.guest(configured.disk()), iscsi=[], rescanned=False)
    users = [dict(configured.CLEAN["maps"][0], dm="dm-0", name="mpatha", users=list(changes.pop("users", ())))]
    return dict(dict(node, maps=users, platform__volumes=list(volumes)), **changes)


def volume(**changes):
    return {
        "device": "dm-0",
        "wwid": WWID,
        "kind": "lvm",
        "name": "vg0-root",
        "vg": "vg0",
        "vg_uuid": "u-1",
        "inside": None,
        **changes,
    }


SUBSYSTEM = {
    "nqn": "nqn.1992-08.com.netapp:sn.x:subsystem.s",
    "transports": ["tcp"],
    "controllers": 4,
    "namespaces": 3,
    "ctrl_loss_tmo": ["600"],
}
PART = volume(kind="partition", name="mpatha-part1", vg=None, vg_uuid=None)
MOUNT = {"kind": "mount", "detail": "/mnt (ext4, rw)"}
FIRST_ERROR = {"time": "2026-11-20T23:10:02Z", "function": "ext4_journal_check_start", "block": 0, "inode": 12}
FIRST_WARNING = {"time": "2026-11-20T23:09:58Z", "text": "I/O error, dev dm-0, sector 8", "whole": True}
FIRES = [
    fires(
        "MPC207",
        (
            "info",
            "nqn.1992-08.com.netapp:sn.x:subsystem.s",
            "namespaces: 3, controllers: 4, over tcp; ctrl_loss_tmo 600; NVMe's own multipath is on",
            None,
        ),
        platform__nvme={"native": True, "subsystems": [SUBSYSTEM]},
    ),
    fires(
        "MPC207",
        ("info", "a subsystem without a name", "namespaces: 0, controllers: 1, over rdma", None),
        platform__nvme={
            "native": None,
            "subsystems": [
                {"nqn": None, "transports": ["rdma"], "controllers": 1, "namespaces": 0, "ctrl_loss_tmo": []}
            ],
        },
    ),
    fires(
        "MPC201",
        (
            "warning",
            "storage san1 (%s)" % TARGET,
            "pvestatd runs, and has its sessions scanned every 10 s",
            "/etc/pve/storage.cfg",
        ),
        **proxmox(),
    ),
    fires(
        "MPC201",
        (
            "warning",
            "storage san1 (%s)" % TARGET,
            "pvestatd does not run now; it scans when it does",
            "/etc/pve/storage.cfg",
        ),
        **proxmox(pvestatd=False),
    ),
    fires(
        "MPC201",
        (
            "warning",
            "Proxmox VE",
            "has scanned iSCSI sessions since this host booted, though no storage asks for it now",
        ),
        **proxmox(iscsi=[]),
    ),
    fires(
        "MPC202",
        ("warning", WWID, "no filter", "/etc/lvm/lvm.conf"),
        platform__lvm={"present": True, "scanned": [WWID], "why": "no filter", "where": "/etc/lvm/lvm.conf"},
    ),
    fires(
        "MPC203",
        ("critical", "/data on dm-0 (%s)" % WWID, "the kernel says: Remounting filesystem read-only"),
        ("critical", "a file system on dm-0 (%s)" % WWID, "x"),
        platform__read_only__stopped=[stopped(), stopped(mountpoint=None, why="x")],
    ),
    fires(
        "MPC203",
        (
            "critical",
            "/data on dm-0 (%s)" % WWID,
            "x; its first error was at 2026-11-20T23:10:02Z in ext4_journal_check_start (inode 12); "
            "first in the kernel log at 2026-11-20T23:09:58Z: I/O error, dev dm-0, sector 8",
        ),
        platform__read_only__stopped=[stopped(why="x", first_error=FIRST_ERROR, first_warning=FIRST_WARNING)],
    ),
    fires(
        "MPC203",
        (
            "critical",
            "/data on dm-0 (%s)" % WWID,
            "x; first in the kernel log, whose beginning is lost, at an unknown time: I/O error, dev dm-0, sector 8",
        ),
        platform__read_only__stopped=[
            stopped(why="x", first_error=None, first_warning=dict(FIRST_WARNING, whole=False, time=None))
        ],
    ),
    fires(
        "MPC204",
        (
            "warning",
            "volume group vg0 on %s" % WWID,
            "vg0-root, vg0-swap are active on this host, inside scsi0 of VM 100 (web). "
            'To free it: vgchange -an --config \'devices { use_devicesfile=0 filter=["a|.*|"] '
            'global_filter=["a|^/dev/mapper/mpatha(-part|p)?[0-9]*$|", "r|.*|"] }\' vg0',
        ),
        **guests(volume(), volume(name="vg0-swap")),
    ),
    fires(
        "MPC204",
        (
            "warning",
            "volume group vg0 on %s" % WWID,
            "vg0-pool, vg0-pool_tdata, vg0-root are active on this host, inside scsi0 of VM 100 (web). "
            "To free it: multipathd disablequeueing map mpatha && dmsetup remove vg0-pool vg0-pool_tdata vg0-root",
        ),
        **guests(
            volume(),
            volume(name="vg0-pool_tdata"),
            volume(name="vg0-pool"),
            paths=[dict(CLEAN["paths"][0], wire={"state": "absent"})],
        ),
    ),
    fires(
        "MPC204",
        (
            "warning",
            "volume group vg0 on %s" % WWID,
            "vg0-a b is active on this host, inside scsi0 of VM 100 (web). "
            "To free it: multipathd disablequeueing map mpatha && dmsetup remove 'vg0-a b'",
        ),
        **guests(volume(name="vg0-a b"), paths=[]),
    ),
    fires(
        "MPC205",
        (
            "warning",
            WWID,
            "kpartx has created mpatha-part1 on this host, of the partitions of scsi0 of VM 100 (web). "
            "To free it: kpartx -d /dev/mapper/mpatha",
        ),
        **guests(PART),
    ),
    fires(
        "MPC206",
        ("warning", "VM 100 (web)", "scsi0 is san1:0.0.3.scsi-%s, and this host has no such device" % WWID),
        **proxmox(configured.guest(configured.disk([]))),
    ),
]
# It has nothing to say, and says that it has seen all.
SILENT = [
    silent("MPC207"),
    silent("MPC201", **proxmox(iscsi=[], rescanned=False)),
    silent("MPC204", **guests()),
    silent("MPC204", **guests(PART)),
    silent("MPC204", **guests(volume(), users=[MOUNT])),  # the host itself uses it
    # no guest has this one
    silent("MPC204", **dict(guests(volume()), **proxmox(configured.guest(configured.disk(["dm-9"]))))),
    # no Proxmox VE: nobody says that it is a guest's
    silent("MPC204", **dict(guests(volume()), platform__proxmox=configured.CLEAN["platform"]["proxmox"])),
    silent("MPC205", **guests()),
    silent("MPC205", **guests(volume())),
    silent("MPC205", **guests(PART, users=[MOUNT])),
    silent("MPC205", **dict(guests(PART), **proxmox(configured.guest(configured.disk(["dm-9"]))))),
    silent("MPC206", **guests()),
    silent("MPC206", **proxmox(configured.guest(configured.disk([]), node="pve2"))),
    silent(
        "MPC206",
        **proxmox(configured.guest(configured.disk([], type="netappontap"), configured.disk([], key="[before] scsi0"))),
    ),
]
# Of what it says that it could not see it, and why.
UNSEEN = [
    unseen(
        "MPC204",
        "volume group vg0 on %s" % WWID,
        "who uses it could not be read",
        **dict(
            guests(volume()), maps=[{"wwid": WWID, "dm": "dm-0", "name": "mpatha", "queueing": "30 chk", "users": None}]
        ),
    ),
    unseen(
        "MPC205",
        WWID,
        "who uses it could not be read",
        **dict(
            guests(PART), maps=[{"wwid": WWID, "dm": "dm-0", "name": "mpatha", "queueing": "30 chk", "users": None}]
        ),
    ),
    unseen(
        "MPC202",
        None,
        "a filter is not understood",
        platform__lvm={"present": True, "scanned": None, "why": "a filter is not understood", "where": None},
    ),
    unseen("MPC207", None, "nvme: it could not be read", platform__nvme=None),
    unseen("MPC203", "/data on dm-0", "the log is cut", platform__read_only__unsure=[stopped(why="the log is cut")]),
]
