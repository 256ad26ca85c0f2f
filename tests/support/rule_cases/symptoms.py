# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cases of the rules on symptoms (MPC401 and the following)."""

from support.configured import CLEAN
from support.rule_cases.common import fires, silent, unseen


def blocked(*devices, **changes):
    return {
        "symptoms__blocked": [
            dict({"pid": 50, "comm": "postgres", "wchan": "io_schedule", "devices": list(devices)}, **changes)
        ]
    }


def udev(**changes):
    return {"symptoms__udev": dict(CLEAN["symptoms"]["udev"], **changes)}


def unused(maps, disks, unknown=0, checks=0):
    return {
        "symptoms__unused": {
            "maps": maps,
            "disks": disks,
            "unknown": unknown,
            "cost": {"path_checks_per_hour": checks, "block_devices": maps + disks},
        }
    }


def leftovers(**changes):
    return {"symptoms__leftovers": dict(CLEAN["symptoms"]["leftovers"], **changes)}


WWIDS = "/etc/multipath/wwids"
LVM_FILE = "/etc/lvm/devices/system.devices"
SICK = {"paths": [{"hctl": "3:0:0:1", "sd": "sda", "wire": {"state": "absent"}}]}
LOST_PATH = {"hctl": "4:0:0:1", "sd": "sdb", "wire": {"state": "unreachable"}}
WAITS = "waits in the kernel (io_schedule); it has dm-0"
FIRES = [
    fires(
        "MPC401",
        ("critical", "pid 50 (postgres)", WAITS + " (which does not answer as itself) open"),
        **dict(blocked("dm-0"), **SICK),
    ),
    fires(
        "MPC401",
        ("critical", "pid 50 (postgres)", "waits in the kernel; it has sda (which does not answer as itself) open"),
        **dict(blocked("sda", wchan=None), **SICK),
    ),
    fires(
        "MPC401",
        ("critical", "pid 50 (postgres)", WAITS + ", sdb (which does not answer as itself) open"),
        **blocked("dm-0", "sdb"),
        maps=[dict(CLEAN["maps"][0], paths=["3:0:0:1", "4:0:0:1"])],
        paths=CLEAN["paths"] + [LOST_PATH],
    ),
    fires(
        "MPC401",
        ("info", "pid 50 (postgres)", WAITS + " open: it may just be at work"),
        **blocked("dm-0"),
        maps=[dict(CLEAN["maps"][0], paths=["3:0:0:1", "4:0:0:1"])],
        paths=CLEAN["paths"] + [LOST_PATH],
    ),
    fires("MPC401", ("info", "pid 50 (postgres)", WAITS + " open: it may just be at work"), **blocked("dm-0")),
    fires(
        "MPC401",
        ("critical", "pid 50 (postgres)", WAITS + " (which does not answer as itself) open"),
        **blocked("dm-0"),
        maps=[dict(CLEAN["maps"][0], paths=[])],
    ),
    fires("MPC402", ("warning", "udev", "its queue has not been empty for 61 s"), **udev(queue=True, queue_age_s=61)),
    fires(
        "MPC402",
        ("warning", "udev", "its queue has not been empty for 61 s; 1 of its processes waits in the kernel"),
        **udev(queue=True, queue_age_s=61, blocked_workers=1),
    ),
    fires(
        "MPC403",
        (
            "info",
            "SAN disks",
            "12 disks and 6 maps are used by nobody: 18 block devices, and 2160 path checks an hour at "
            "multipathd's slowest",
        ),
        **unused(6, 12, checks=2160),
    ),
    fires(
        "MPC403",
        ("warning", "SAN disks", "101 disks and 0 maps are used by nobody: 101 block devices"),
        **unused(0, 101, checks=None),
    ),
    fires(
        "MPC404",
        ("info", WWIDS, "WWIDs of devices that this host does not have: 3600a0, 3600a1, 3600a2 and 2 more", WWIDS),
        (
            "info",
            "/etc/multipath/bindings",
            "aliases of devices that this host does not have: mpathx (3600b)",
            "/etc/multipath/bindings",
        ),
        **leftovers(wwids=["3600a%d" % number for number in range(5)], bindings=[{"alias": "mpathx", "wwid": "3600b"}]),
    ),
    fires(
        "MPC405",
        ("info", "/dev/disk/by-id", "dangling links: a, b, c and 22 more"),
        **leftovers(by_id={"count": 25, "first": ["a", "b", "c", "d"]}),
    ),
    fires(
        "MPC406",
        ("info", LVM_FILE, "entries of devices that this host does not have: mpath-3600b (no name)", LVM_FILE),
        **leftovers(lvm_devices=[{"idtype": "mpath_uuid", "idname": "mpath-3600b", "devname": None}]),
    ),
]
# It has nothing to say, and says that it has seen all.
SILENT = [
    silent("MPC401", **blocked()),  # a thread of the kernel, say: what it works on is not known
    silent("MPC402", **udev(queue=True, queue_age_s=60, workers=8)),
    silent("MPC402", **udev(workers=None, blocked_workers=None)),
]
# Of what it says that it could not see it, and why.
UNSEEN = [
    unseen(
        "MPC401",
        None,
        "processes wait in the kernel, and what they have open is not known: no answer",
        **blocked(),
        incomplete=[{"what": "users", "why": "no answer"}],
    ),
    unseen("MPC403", None, "who uses 3 of the maps and disks is not known", **unused(0, 0, unknown=3)),
    unseen(
        "MPC404",
        WWIDS,
        "sdb does not tell its identity",
        **leftovers(wwids=None, unsure="sdb does not tell its identity"),
    ),
    unseen(
        "MPC406",
        LVM_FILE,
        "sdb does not tell its identity",
        **leftovers(lvm_devices=None, unsure="sdb does not tell its identity"),
    ),
]
