# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every rule fires where it should and is silent where it should, and what a host does not tell is never taken for
good.
"""

import copy
import json

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import policy as core_policy
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import table as rule_table
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import SEVERITIES
from support import configured
from support.configured import (
    BUILT_IN,
    CLEAN,
    DROP_IN,
    PORTAL,
    RECORD,
    TARGET,
    WWID,
    fc_host,
    host,
    one_map,
    portal,
    record,
    remote_port,
    session,
    setting,
    settings,
    stopped,
)

CONF, ISCSID = "/etc/multipath.conf", "/etc/iscsi/iscsid.conf"
DROP_IN_PLACE = "/etc/multipath/conf.d/sanops.conf:3"
AT = "%s at %s" % (TARGET, PORTAL)
QUEUE, NEVER = setting("queue", BUILT_IN), setting("infinity", BUILT_IN)
BUILT_IN_QUEUE = "no_path_retry queue (device NETAPP/LUN, built in to multipath-tools)"
BUILT_IN_NEVER = "dev_loss_tmo infinity (device NETAPP/LUN, built in to multipath-tools)"
NOT_HEEDED = BUILT_IN_NEVER + ", which iSCSI ignores"
RHEL = {"platform__os": "rhel", "platform__os_version": "9.4", "platform__os_like": []}
ISCSI = [{"storage": "san1", "target": TARGET, "portal": "10.0.0.1"}]


def maps(*found):
    return {"multipath_conf__maps": list(found)}


BY_NOBODY = setting(None, {"file": None, "line": None, "section": "defaults"})
LOST = maps(one_map(protocols=[], no_path_retry=BY_NOBODY, dev_loss_tmo=BY_NOBODY, flush_on_last_del=BY_NOBODY))
NO_PATH = "no path is left to show which device entry applies to the map"


def entry(**changes):
    return {
        "multipath_conf__entries": [
            {
                "vendor": "NETAPP",
                "product": "LUN",
                "revision": None,
                "source": BUILT_IN,
                "settings": settings(**changes),
            }
        ]
    }


def scan(value):
    return {
        "iscsi__conf": dict(
            CLEAN["iscsi"]["conf"], settings={} if value is None else {"node.session.scan": {"value": value, "line": 7}}
        )
    }


def proxmox(*guests, **changes):
    return {"platform__proxmox": configured.proxmox(*guests, **dict({"iscsi": ISCSI, "rescanned": True}, **changes))}


def guests(*volumes, **changes):
    """A node of Proxmox VE whose guest has the one map for a disk; what is active on it."""
    told = proxmox(configured.guest(configured.disk()), iscsi=[], rescanned=False)
    users = [dict(configured.CLEAN["maps"][0], dm="dm-0", name="mpatha", users=list(changes.pop("users", ())))]
    return dict(dict(told, maps=users, platform__volumes=list(volumes)), **changes)


def volume(**changes):
    return dict(
        {
            "device": "dm-0",
            "wwid": WWID,
            "kind": "lvm",
            "name": "vg0-root",
            "vg": "vg0",
            "vg_uuid": "u-1",
            "inside": None,
        },
        **changes,
    )


PART = volume(kind="partition", name="mpatha-part1", vg=None, vg_uuid=None)
MOUNT = {"kind": "mount", "detail": "/mnt (ext4, rw)"}


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


WWIDS, RPORT, LVM_FILE = "/etc/multipath/wwids", "rport-3:0-1 (2008d039ea1c2d60)", "/etc/lvm/devices/system.devices"
SICK = {"paths": [{"hctl": "3:0:0:1", "sd": "sda", "wire": {"state": "absent"}}]}
LOST_PATH = {"hctl": "4:0:0:1", "sd": "sdb", "wire": {"state": "unreachable"}}
FAR_AWAY = portal(False, "timed out", ms=None)
WAITS = "waits in the kernel (io_schedule); it has dm-0"
LATE = "fast_io_fail_tmo off: once lost, its I/O does not fail over before the port is removed"
FIRST_ERROR = {"time": "2026-11-20T23:10:02Z", "function": "ext4_journal_check_start", "block": 0, "inode": 12}
FIRST_WARNING = {"time": "2026-11-20T23:09:58Z", "text": "I/O error, dev dm-0, sector 8", "whole": True}


# (rule, what is changed of a host in which all is well, policy, (severity, subject, what, where) of each finding)
FIRES = [
    ("MPC001", maps(one_map(queues=True, no_path_retry=QUEUE)), "default", [("critical", WWID, BUILT_IN_QUEUE, None)]),
    (
        "MPC001",
        maps(one_map(queues=True, no_path_retry=setting(None), features=setting("1 queue_if_no_path"))),
        "default",
        [("critical", WWID, "features 1 queue_if_no_path (overrides)", DROP_IN_PLACE)],
    ),
    (
        "MPC001",
        {"maps": [{"wwid": WWID, "queueing": "on"}]},
        "default",
        [("critical", WWID, "multipathd queues indefinitely", None)],
    ),
    # Both say so: told once.
    (
        "MPC001",
        dict(maps(one_map(queues=True, no_path_retry=QUEUE)), maps=[{"wwid": WWID, "queueing": "on"}]),
        "default",
        [("critical", WWID, BUILT_IN_QUEUE, None)],
    ),
    ("MPC002", entry(no_path_retry=QUEUE), "default", [("warning", "device NETAPP/LUN", BUILT_IN_QUEUE, None)]),
    (
        "MPC002",
        entry(no_path_retry=setting(None, None), features=setting("3 queue_if_no_path pg_init_retries 50")),
        "default",
        [("warning", "device NETAPP/LUN", "features 3 queue_if_no_path pg_init_retries 50 (overrides)", DROP_IN_PLACE)],
    ),
    ("MPC003", maps(one_map(dev_loss_tmo=NEVER)), "default", [("info", WWID, NOT_HEEDED, None)]),
    (
        "MPC003",
        maps(one_map(dev_loss_tmo=NEVER, protocols=["scsi:iscsi", "scsi:fcp"])),
        "default",
        [("warning", WWID, BUILT_IN_NEVER, None)],
    ),
    (
        "MPC003",
        dict(
            maps(one_map(dev_loss_tmo=setting("infinity"), protocols=[])),
            host__initiators__wwpns=["20:00:00:25:b5:00:20:01"],
        ),
        "default",
        [("warning", WWID, "dev_loss_tmo infinity (overrides)", DROP_IN_PLACE)],
    ),
    (
        "MPC003",
        dict(maps(one_map(dev_loss_tmo=NEVER)), host__initiators__wwpns=["20:00:00:25:b5:00:20:01"]),
        "default",
        [("info", WWID, NOT_HEEDED, None)],
    ),
    (
        "MPC003",
        maps(one_map(dev_loss_tmo=setting("infinity"), protocols=[])),
        "default",
        [("info", WWID, "dev_loss_tmo infinity (overrides), which iSCSI ignores", DROP_IN_PLACE)],
    ),
    (
        "MPC004",
        maps(one_map(no_path_retry=setting("12"), dev_loss_tmo=setting("600"), fast_io_fail_tmo=setting("off"))),
        "default",
        [
            ("info", WWID, "no_path_retry 12 (overrides), and the policy is 30", DROP_IN_PLACE),
            ("info", WWID, "dev_loss_tmo 600 (overrides), and the policy is 60", DROP_IN_PLACE),
            ("info", WWID, "fast_io_fail_tmo off (overrides), and the policy is 5", DROP_IN_PLACE),
        ],
    ),
    (
        "MPC004",
        maps(one_map(no_path_retry=setting(None, {"file": None, "line": None, "section": None}))),
        "default",
        [("info", WWID, "no_path_retry not set (built in to multipath-tools), and the policy is 30", None)],
    ),
    (
        "MPC004",
        {},
        {"no_path_retry": "queue", "dev_loss_tmo": "infinity"},
        [
            ("info", WWID, "no_path_retry 30 (overrides), and the policy is queue", DROP_IN_PLACE),
            ("info", WWID, "dev_loss_tmo 60 (overrides), and the policy is infinity", DROP_IN_PLACE),
        ],
    ),
    (
        "MPC005",
        {
            "multipath_conf__ignored": [
                {"file": CONF, "line": 9, "text": "  key value }\n", "why": "the brace is not seen"}
            ]
        },
        "default",
        [("warning", CONF, '"key value }": the brace is not seen', CONF + ":9")],
    ),
    (
        "MPC006",
        {"multipath_conf__pending": [{"what": "no_path_retry of NETAPP/LUN", "files": "30", "running": "queue"}]},
        "default",
        [
            (
                "warning",
                "no_path_retry of NETAPP/LUN",
                "no_path_retry of NETAPP/LUN is 30 on disk, and multipathd runs queue",
                CONF,
            )
        ],
    ),
    (
        "MPC006",
        {"multipath_conf__pending": [{"what": "overrides: features", "files": None, "running": "0"}]},
        "default",
        [("warning", "overrides: features", "overrides: features is not set on disk, and multipathd runs 0", CONF)],
    ),
    (
        "MPC007",
        {},
        "kubernetes",
        [
            (
                "warning",
                "find_multipaths",
                "find_multipaths strict (device NETAPP/LUN, built in to multipath-tools), and the policy is no",
                None,
            )
        ],
    ),
    (
        "MPC008",
        maps(one_map(flush_on_last_del=setting("unused"))),
        "default",
        [("warning", WWID, "flush_on_last_del unused (overrides), and the policy is yes", DROP_IN_PLACE)],
    ),
    (
        "MPC008",
        maps(one_map(flush_on_last_del=setting(None))),
        "default",
        [("warning", WWID, "flush_on_last_del not set (overrides), and the policy is yes", DROP_IN_PLACE)],
    ),
    (
        "MPC009",
        {"multipath_conf__defaults__recheck_wwid": setting("no", DROP_IN)},
        "default",
        [("warning", "recheck_wwid", "recheck_wwid no (overrides), and the policy is yes", DROP_IN_PLACE)],
    ),
    (
        "MPC010",
        dict(RHEL, multipath_conf__present=False),
        "default",
        [("warning", CONF, "it is missing, and this host is rhel 9.4", CONF)],
    ),
    (
        "MPC010",
        {"platform__os": "rocky", "platform__os_like": ["rhel", "centos", "fedora"], "multipath_conf__present": False},
        "default",
        [("warning", CONF, "it is missing, and this host is rocky 12", CONF)],
    ),
    ("MPC101", scan("auto"), "default", [("warning", ISCSID, "node.session.scan = auto", ISCSID + ":7")]),
    (
        "MPC101",
        scan(None),
        "default",
        [("warning", ISCSID, "it does not set node.session.scan: new records get auto", ISCSID)],
    ),
    (
        "MPC101",
        {"iscsi__conf": dict(CLEAN["iscsi"]["conf"], present=False, settings={})},
        "default",
        [("warning", ISCSID, "it is missing: new records get auto", ISCSID)],
    ),
    (
        "MPC102",
        {"iscsi__records": [record(scan="auto")]},
        "default",
        [("warning", AT, "node.session.scan = auto", RECORD)],
    ),
    (
        "MPC102",
        {"iscsi__records": [record(scan="auto", said=False)]},
        "default",
        [("warning", AT, "it does not set node.session.scan: that means auto, whatever iscsid.conf says", RECORD)],
    ),
    (
        "MPC103",
        {"iscsi__sessions": [session("auto"), session(None, "its record is newer", sid=2)]},
        "default",
        [
            ("warning", "session 1, " + AT, "started with auto: the record says so", None),
            ("info", "session 2, " + AT, "it is not known with which value it was started: its record is newer", None),
        ],
    ),
    (
        "MPC104",
        {
            "iscsi__conf__ignored": [
                {"line": 12, "text": "node.session.scan = manual # yes", "why": "a comment behind the value"}
            ]
        },
        "default",
        [("warning", ISCSID, '"node.session.scan = manual # yes": a comment behind the value', ISCSID + ":12")],
    ),
    (
        "MPC105",
        {"iscsi__records": [record(boot=True, scan="auto")]},
        "default",
        [("info", AT, "it is for booting, node.session.scan = auto", RECORD)],
    ),
    (
        "MPC106",
        {"iscsi__udev_rules": [{"file": "/usr/lib/udev/rules.d/90-scsi-ua.rules", "line": 8, "text": 'RUN+="scan"'}]},
        "default",
        [
            (
                "warning",
                "/usr/lib/udev/rules.d/90-scsi-ua.rules",
                'RUN+="scan"',
                "/usr/lib/udev/rules.d/90-scsi-ua.rules:8",
            )
        ],
    ),
    (
        "MPC105",
        {"iscsi__sessions": [session("auto", boot=True, target="iqn.boot")]},
        "default",
        [("info", "session 1, iqn.boot at " + PORTAL, "it was started for booting", None)],
    ),
    (
        "MPC201",
        proxmox(),
        "default",
        [
            (
                "warning",
                "storage san1 (%s)" % TARGET,
                "pvestatd runs, and has its sessions scanned every 10 s",
                "/etc/pve/storage.cfg",
            )
        ],
    ),
    (
        "MPC201",
        proxmox(pvestatd=False),
        "default",
        [
            (
                "warning",
                "storage san1 (%s)" % TARGET,
                "pvestatd does not run now; it scans when it does",
                "/etc/pve/storage.cfg",
            )
        ],
    ),
    (
        "MPC201",
        proxmox(iscsi=[]),
        "default",
        [
            (
                "warning",
                "Proxmox VE",
                "has scanned iSCSI sessions since this host booted, though no storage asks for it now",
                None,
            )
        ],
    ),
    (
        "MPC202",
        {"platform__lvm": {"present": True, "scanned": [WWID], "why": "no filter", "where": "/etc/lvm/lvm.conf"}},
        "default",
        [("warning", WWID, "no filter", "/etc/lvm/lvm.conf")],
    ),
    (
        "MPC203",
        {"platform__read_only__stopped": [stopped(), stopped(mountpoint=None, why="x")]},
        "default",
        [
            ("critical", "/data on dm-0 (%s)" % WWID, "the kernel says: Remounting filesystem read-only", None),
            ("critical", "a file system on dm-0 (%s)" % WWID, "x", None),
        ],
    ),
    (
        "MPC203",
        {"platform__read_only__stopped": [stopped(why="x", first_error=FIRST_ERROR, first_warning=FIRST_WARNING)]},
        "default",
        [
            (
                "critical",
                "/data on dm-0 (%s)" % WWID,
                "x; its first error was at 2026-11-20T23:10:02Z in ext4_journal_check_start (inode 12); "
                "first in the kernel log at 2026-11-20T23:09:58Z: I/O error, dev dm-0, sector 8",
                None,
            )
        ],
    ),
    (
        "MPC203",
        {
            "platform__read_only__stopped": [
                stopped(why="x", first_error=None, first_warning=dict(FIRST_WARNING, whole=False, time=None))
            ]
        },
        "default",
        [
            (
                "critical",
                "/data on dm-0 (%s)" % WWID,
                (
                    "x; first in the kernel log, whose beginning is lost, at an unknown time: I/O error, dev dm-0, "
                    "sector 8"
                ),
                None,
            )
        ],
    ),
    ("MPC107", {"iscsi__portals": [portal(), FAR_AWAY]}, "default", [("warning", PORTAL, "timed out", None)]),
    (
        "MPC107",
        {"iscsi__portals": [FAR_AWAY], "sessions": [{"sid": 1, "portal": PORTAL, "state": "FAILED"}]},
        "default",
        [("warning", PORTAL, "timed out", None)],
    ),
    (
        "MPC107",
        {
            "iscsi__portals": [portal(False, "refused", portal="fd00::1:3260")],
            "sessions": [{"sid": 1, "portal": "fd00:0:0:0:0:0:0:1:3260", "state": "LOGGED_IN"}],
        },
        "default",
        [
            (
                "info",
                "fd00::1:3260",
                "refused, though a session is logged in there: it may take another route (its interface, an adapter)",
                None,
            )
        ],
    ),
    (
        "MPC301",
        {"fc__remote_ports": [remote_port(dev_loss_tmo="infinity", fast_io_fail_tmo="off")]},
        "default",
        [
            (
                "warning",
                RPORT,
                "dev_loss_tmo infinity: once lost, the port and its disks are never removed; " + LATE,
                None,
            )
        ],
    ),
    (
        "MPC301",
        {"fc__remote_ports": [remote_port(dev_loss_tmo=86401)]},
        "default",
        [("warning", RPORT, "dev_loss_tmo 86401 s: once lost, the port and its disks are never removed", None)],
    ),
    (
        "MPC301",
        {"fc__remote_ports": [remote_port(dev_loss_tmo="infinity", fast_io_fail_tmo="off")]},
        "ontap_host_utilities",
        [("warning", RPORT, LATE, None)],
    ),
    (
        "MPC302",
        {
            "fc__remote_ports": [
                remote_port(port_state="Blocked"),
                remote_port(port_state="Not Present", roles="unknown", luns=1),
            ]
        },
        "default",
        [
            ("warning", RPORT, "Blocked, and 2 disks are behind it", None),
            ("warning", RPORT, "Not Present, and 1 disk is behind it", None),
        ],
    ),
    (
        "MPC303",
        {"fc__hosts": [fc_host(), fc_host(host="host4", port_state="Linkdown")]},
        "default",
        [("info", "host4 (10000000c9b269f5)", "Linkdown", None)],
    ),
    (
        "MPC401",
        dict(blocked("dm-0"), **SICK),
        "default",
        [("critical", "pid 50 (postgres)", WAITS + " (which does not answer as itself) open", None)],
    ),
    (
        "MPC401",
        dict(blocked("sda", wchan=None), **SICK),
        "default",
        [
            (
                "critical",
                "pid 50 (postgres)",
                "waits in the kernel; it has sda (which does not answer as itself) open",
                None,
            )
        ],
    ),
    (
        "MPC401",
        dict(
            blocked("dm-0", "sdb"),
            maps=[dict(CLEAN["maps"][0], paths=["3:0:0:1", "4:0:0:1"])],
            paths=CLEAN["paths"] + [LOST_PATH],
        ),
        "default",
        [("critical", "pid 50 (postgres)", WAITS + ", sdb (which does not answer as itself) open", None)],
    ),
    (
        "MPC401",
        dict(
            blocked("dm-0"),
            maps=[dict(CLEAN["maps"][0], paths=["3:0:0:1", "4:0:0:1"])],
            paths=CLEAN["paths"] + [LOST_PATH],
        ),
        "default",
        [("info", "pid 50 (postgres)", WAITS + " open: it may just be at work", None)],
    ),
    (
        "MPC401",
        blocked("dm-0"),
        "default",
        [("info", "pid 50 (postgres)", WAITS + " open: it may just be at work", None)],
    ),
    (
        "MPC401",
        dict(blocked("dm-0"), maps=[dict(CLEAN["maps"][0], paths=[])]),
        "default",
        [("critical", "pid 50 (postgres)", WAITS + " (which does not answer as itself) open", None)],
    ),
    (
        "MPC402",
        udev(queue=True, queue_age_s=61),
        "default",
        [("warning", "udev", "its queue has not been empty for 61 s", None)],
    ),
    (
        "MPC402",
        udev(queue=True, queue_age_s=61, blocked_workers=1),
        "default",
        [("warning", "udev", "its queue has not been empty for 61 s; 1 of its processes waits in the kernel", None)],
    ),
    (
        "MPC403",
        unused(6, 12, checks=2160),
        "default",
        [
            (
                "info",
                "SAN disks",
                (
                    "12 disks and 6 maps are used by nobody: 18 block devices, and 2160 path checks an hour at "
                    "multipathd's slowest"
                ),
                None,
            )
        ],
    ),
    (
        "MPC403",
        unused(0, 101, checks=None),
        "default",
        [("warning", "SAN disks", "101 disks and 0 maps are used by nobody: 101 block devices", None)],
    ),
    (
        "MPC404",
        leftovers(wwids=["3600a%d" % number for number in range(5)], bindings=[{"alias": "mpathx", "wwid": "3600b"}]),
        "default",
        [
            ("info", WWIDS, "WWIDs of devices that this host does not have: 3600a0, 3600a1, 3600a2 and 2 more", WWIDS),
            (
                "info",
                "/etc/multipath/bindings",
                "aliases of devices that this host does not have: mpathx (3600b)",
                "/etc/multipath/bindings",
            ),
        ],
    ),
    (
        "MPC405",
        leftovers(by_id={"count": 25, "first": ["a", "b", "c", "d"]}),
        "default",
        [("info", "/dev/disk/by-id", "dangling links: a, b, c and 22 more", None)],
    ),
    (
        "MPC406",
        leftovers(lvm_devices=[{"idtype": "mpath_uuid", "idname": "mpath-3600b", "devname": None}]),
        "default",
        [("info", LVM_FILE, "entries of devices that this host does not have: mpath-3600b (no name)", LVM_FILE)],
    ),
    (
        "MPC204",
        guests(volume(), volume(name="vg0-swap")),
        "default",
        [
            (
                "warning",
                "volume group vg0 on %s" % WWID,
                "vg0-root, vg0-swap are active on this host, inside scsi0 of VM 100 (web). "
                'To free it: vgchange -an --config \'devices { use_devicesfile=0 filter=["a|.*|"] '
                'global_filter=["a|^/dev/mapper/mpatha(-part|p)?[0-9]*$|", "r|.*|"] }\' vg0',
                None,
            )
        ],
    ),
    (
        "MPC204",
        guests(
            volume(),
            volume(name="vg0-pool_tdata"),
            volume(name="vg0-pool"),
            paths=[dict(CLEAN["paths"][0], wire={"state": "absent"})],
        ),
        "default",
        [
            (
                "warning",
                "volume group vg0 on %s" % WWID,
                "vg0-pool, vg0-pool_tdata, vg0-root are active on this host, inside scsi0 of VM 100 (web). "
                "To free it: multipathd disablequeueing map mpatha && dmsetup remove vg0-pool vg0-pool_tdata vg0-root",
                None,
            )
        ],
    ),
    (
        "MPC204",
        guests(volume(name="vg0-a b"), paths=[]),
        "default",
        [
            (
                "warning",
                "volume group vg0 on %s" % WWID,
                "vg0-a b is active on this host, inside scsi0 of VM 100 (web). "
                "To free it: multipathd disablequeueing map mpatha && dmsetup remove 'vg0-a b'",
                None,
            )
        ],
    ),
    (
        "MPC205",
        guests(PART),
        "default",
        [
            (
                "warning",
                WWID,
                "kpartx has created mpatha-part1 on this host, of the partitions of scsi0 of VM 100 (web). "
                "To free it: kpartx -d /dev/mapper/mpatha",
                None,
            )
        ],
    ),
    (
        "MPC206",
        proxmox(configured.guest(configured.disk([]))),
        "default",
        [("warning", "VM 100 (web)", "scsi0 is san1:0.0.3.scsi-%s, and this host has no such device" % WWID, None)],
    ),
]
# (rule, what is changed, policy): it has nothing to say, and says that it has seen all.
SILENT = [
    ("MPC001", maps(one_map(queues=True, no_path_retry=QUEUE)), "ontap_host_utilities"),
    ("MPC001", {"maps": [], "multipath_conf__maps": []}, "default"),
    ("MPC001", maps(one_map(protocols=[])), "default"),  # overrides counts for any device
    ("MPC002", entry(no_path_retry=QUEUE), "ontap_host_utilities"),
    ("MPC002", dict(entry(no_path_retry=QUEUE), multipath_conf__overrides={"no_path_retry": setting("30")}), "default"),
    (
        "MPC002",
        {"multipath_conf__entries": [{"vendor": "X", "product": "Y", "source": DROP_IN, "settings": {}}]},
        "default",
    ),
    ("MPC002", entry(no_path_retry=setting("fail"), features=setting("1 queue_if_no_path")), "default"),
    ("MPC003", maps(one_map(dev_loss_tmo=NEVER, protocols=["scsi:fcp"])), "ontap_host_utilities"),
    ("MPC003", maps(one_map(dev_loss_tmo=setting("30"), protocols=["scsi:fcp"])), "default"),
    # What other rules tell is not told twice.
    ("MPC004", maps(one_map(queues=True, no_path_retry=QUEUE, dev_loss_tmo=NEVER)), "default"),
    (
        "MPC004",
        maps(one_map(queues=True, no_path_retry=setting(None), features=setting("1 queue_if_no_path"))),
        "default",
    ),
    ("MPC004", maps(one_map(no_path_retry=setting("fail"))), {"no_path_retry": None}),
    ("MPC004", maps(one_map(no_path_retry=setting(None))), {"no_path_retry": "fail"}),
    ("MPC004", maps(one_map(dev_loss_tmo=setting(None))), "default"),
    ("MPC005", {}, "default"),
    ("MPC006", {}, "default"),
    (
        "MPC006",
        {"multipath_conf__pending": None, "multipathd__running": False, "maps": [], "multipath_conf__maps": []},
        "default",
    ),
    ("MPC007", {}, "default"),
    ("MPC007", {"multipath_conf__defaults__find_multipaths": setting("off")}, "kubernetes"),
    ("MPC008", maps(one_map(flush_on_last_del=setting("yes"))), "default"),
    ("MPC008", maps(one_map(flush_on_last_del=setting("no"))), {"flush_on_last_del": None}),
    ("MPC008", maps(one_map(flush_on_last_del=setting(None))), {"flush_on_last_del": "unused"}),
    ("MPC009", {"multipath_conf__defaults__recheck_wwid": None}, "default"),
    ("MPC009", {"multipath_conf__defaults__recheck_wwid": setting("no")}, "ontap_host_utilities"),
    ("MPC009", {"multipath_conf__defaults__recheck_wwid": setting(None)}, {"recheck_wwid": False}),
    ("MPC010", RHEL, "default"),
    ("MPC010", {"multipath_conf__present": False}, "default"),
    ("MPC101", {}, "default"),
    ("MPC102", {"iscsi__records": [record(), record(scan="auto", boot=True)]}, "default"),
    ("MPC103", {"iscsi__records": [record(boot=True)], "iscsi__sessions": [session("auto")]}, "default"),
    ("MPC103", {"iscsi__sessions": [session("auto", boot=True, portal="10.0.0.9:3260")]}, "default"),
    ("MPC104", {}, "default"),
    ("MPC105", {}, "default"),
    ("MPC106", {}, "default"),
    ("MPC201", proxmox(iscsi=[], rescanned=False), "default"),
    ("MPC202", {}, "default"),
    ("MPC203", {}, "default"),
    ("MPC107", {}, "default"),
    ("MPC107", {"iscsi__portals": []}, "default"),
    ("MPC301", {}, "default"),
    (
        "MPC301",
        {
            "fc__remote_ports": [
                remote_port(roles="FCP Initiator", fast_io_fail_tmo="off"),
                remote_port(dev_loss_tmo=86400),
            ]
        },
        "default",
    ),
    (
        "MPC301",
        {"fc__remote_ports": [remote_port(dev_loss_tmo="infinity", fast_io_fail_tmo="off")]},
        {"dev_loss_tmo": "infinity", "fast_io_fail_tmo": "off"},
    ),
    ("MPC302", {"fc__remote_ports": [remote_port(), remote_port(port_state="Not Present", luns=0)]}, "default"),
    ("MPC303", {"fc__hosts": []}, "default"),
    ("MPC401", blocked(), "default"),  # a thread of the kernel, say: what it works on is not known
    ("MPC402", udev(queue=True, queue_age_s=60, workers=8), "default"),
    ("MPC402", udev(workers=None, blocked_workers=None), "default"),
    ("MPC403", {}, "default"),
    ("MPC404", {}, "default"),
    ("MPC405", {}, "default"),
    ("MPC406", {}, "default"),
    ("MPC204", guests(), "default"),
    ("MPC204", guests(PART), "default"),
    ("MPC204", guests(volume(), users=[MOUNT]), "default"),  # the host itself uses it
    # no guest has this one
    ("MPC204", dict(guests(volume()), **proxmox(configured.guest(configured.disk(["dm-9"])))), "default"),
    # no Proxmox VE: nobody says that it is a guest's
    ("MPC204", dict(guests(volume()), platform__proxmox=configured.CLEAN["platform"]["proxmox"]), "default"),
    ("MPC205", guests(), "default"),
    ("MPC205", guests(volume()), "default"),
    ("MPC205", guests(PART, users=[MOUNT]), "default"),
    ("MPC205", dict(guests(PART), **proxmox(configured.guest(configured.disk(["dm-9"])))), "default"),
    ("MPC206", guests(), "default"),
    ("MPC206", proxmox(configured.guest(configured.disk([]), node="pve2")), "default"),
    (
        "MPC206",
        proxmox(configured.guest(configured.disk([], type="netappontap"), configured.disk([], key="[before] scsi0"))),
        "default",
    ),
]
# (rule, what is changed, of what it says that it could not see it, why)
UNSEEN = [
    (
        "MPC001",
        {"maps": CLEAN["maps"] + [{"wwid": "3600b", "queueing": None}]},
        "3600b",
        "the effective settings of the map are not known",
    ),
    ("MPC001", LOST, WWID, NO_PATH),
    ("MPC003", LOST, WWID, NO_PATH),
    ("MPC004", LOST, WWID, NO_PATH),
    ("MPC008", LOST, WWID, NO_PATH),
    (
        "MPC006",
        {"multipath_conf__pending": None},
        None,
        "multipathd does not run or did not answer: what it runs is not known",
    ),
    ("MPC010", {"multipath_conf__present": False, "platform__os": None}, None, "os: it could not be read"),
    ("MPC102", {"iscsi__malformed": [{"file": RECORD, "why": "line 3 is none"}]}, RECORD, "line 3 is none"),
    (
        "MPC204",
        dict(
            guests(volume()), maps=[{"wwid": WWID, "dm": "dm-0", "name": "mpatha", "queueing": "30 chk", "users": None}]
        ),
        "volume group vg0 on %s" % WWID,
        "who uses it could not be read",
    ),
    (
        "MPC205",
        dict(guests(PART), maps=[{"wwid": WWID, "dm": "dm-0", "name": "mpatha", "queueing": "30 chk", "users": None}]),
        WWID,
        "who uses it could not be read",
    ),
    (
        "MPC202",
        {"platform__lvm": {"present": True, "scanned": None, "why": "a filter is not understood", "where": None}},
        None,
        "a filter is not understood",
    ),
    ("MPC203", {"platform__read_only__unsure": [stopped(why="the log is cut")]}, "/data on dm-0", "the log is cut"),
    (
        "MPC107",
        {"iscsi__portals": [portal(None, "not asked: x", portal="san.example:3260")]},
        "san.example:3260",
        "not asked: x",
    ),
    (
        "MPC107",
        {"iscsi": {key: value for key, value in CLEAN["iscsi"].items() if key != "portals"}},
        None,
        "the facts have no portals: gather them with this version of stale_mpath_facts",
    ),
    (
        "MPC107",
        {"iscsi__portals": None, "incomplete": [{"what": "portals", "why": "no answer"}]},
        None,
        "portals: no answer",
    ),
    ("MPC301", {"fc__remote_ports": [remote_port(dev_loss_tmo=None)]}, RPORT, "its timeouts could not be read"),
    ("MPC302", {"fc__remote_ports": [remote_port(port_state=None)]}, RPORT, "its state could not be read"),
    ("MPC303", {"fc__hosts": [fc_host(port_state=None)]}, "host3", "its state could not be read"),
    (
        "MPC401",
        dict(blocked(), incomplete=[{"what": "users", "why": "no answer"}]),
        None,
        "processes wait in the kernel, and what they have open is not known: no answer",
    ),
    ("MPC403", unused(0, 0, unknown=3), None, "who uses 3 of the maps and disks is not known"),
    ("MPC404", leftovers(wwids=None, unsure="sdb does not tell its identity"), WWIDS, "sdb does not tell its identity"),
    (
        "MPC406",
        leftovers(lvm_devices=None, unsure="sdb does not tell its identity"),
        LVM_FILE,
        "sdb does not tell its identity",
    ),
]


def applied(facts, policy="default"):
    return rule_table.apply(facts, core_policy.resolve(policy))


def of(rule, told):
    return [one for one in told if one["rule"] == rule]


@pytest.mark.parametrize("rule, changes, policy, expected", FIRES)
def test_it_fires(rule, changes, policy, expected):
    findings, unseen = applied(host(**changes), policy)
    told = of(rule, findings)
    assert sorted((one["severity"], one["subject"], one["what"], one["where"]) for one in told) == sorted(expected)
    table = [one for one in rule_table.RULES if one["id"] == rule][0]
    assert all((one["why"], one["remedy"]) == (table["reason"], table["remedy"]) for one in told)
    assert of(rule, unseen) == []


@pytest.mark.parametrize("rule, changes, policy", SILENT)
def test_it_is_silent(rule, changes, policy):
    findings, unseen = applied(host(**changes), policy)
    assert of(rule, findings) == of(rule, unseen) == []


@pytest.mark.parametrize("rule, changes, subject, why", UNSEEN)
def test_what_it_cannot_see_is_not_good(rule, changes, subject, why):
    findings, unseen = applied(host(**changes))
    assert of(rule, findings) == [] and of(rule, unseen) == [{"rule": rule, "subject": subject, "why": why}]


def test_every_rule_is_seen_to_fire_and_to_be_silent():
    ids = [rule["id"] for rule in rule_table.RULES]
    assert set(ids) == {case[0] for case in FIRES} == {case[0] for case in SILENT}


def test_the_table():
    ids = [rule["id"] for rule in rule_table.RULES]
    assert ids == sorted(set(ids))
    for rule in rule_table.RULES:
        assert rule["severity"] in SEVERITIES and all(rule[key].strip() for key in ("title", "reason", "remedy"))


def test_a_host_in_which_all_is_well():
    assert applied(host()) == ([], [])


@pytest.mark.parametrize("preset", sorted(core_policy.PRESETS))
def test_findings_are_plain_data_and_change_nothing(preset):
    facts = host(**dict(maps(one_map(queues=True, no_path_retry=QUEUE)), **proxmox()))
    before = copy.deepcopy(facts)
    findings, unseen = applied(facts, preset)
    assert facts == before and json.loads(json.dumps(findings)) == findings
    assert [one["severity"] for one in findings] == sorted((one["severity"] for one in findings), key=SEVERITIES.index)


NEEDS = {
    "multipath_conf": ["MPC%03d" % number for number in range(1, 11)],
    "iscsi": ["MPC%d" % number for number in range(101, 108)],
    "platform": ["MPC%d" % number for number in range(201, 207)],
    "fc": ["MPC301", "MPC302", "MPC303"],
    "symptoms": ["MPC%d" % number for number in range(401, 407)],
}


@pytest.mark.parametrize("key", sorted(NEEDS))
def test_facts_of_an_older_version_are_not_checked(key):
    facts = host()
    del facts[key]
    findings, unseen = applied(facts)
    assert findings == [] and [one["rule"] for one in unseen] == NEEDS[key]
    assert {one["why"] for one in unseen} == {
        "the facts have no %s: gather them with this version of stale_mpath_facts" % key
    }


@pytest.mark.parametrize(
    "key, rules",
    [
        ("multipath_conf", NEEDS["multipath_conf"]),
        ("iscsi", NEEDS["iscsi"]),
        ("platform__lvm", ["MPC202"]),
        ("fc", NEEDS["fc"]),
        ("symptoms__udev", ["MPC402"]),
        ("symptoms__leftovers", ["MPC404", "MPC405", "MPC406"]),
        ("symptoms__blocked", ["MPC401"]),
    ],
)
def test_what_could_not_be_read_is_not_checked(key, rules):
    name = key.split("__")[-1]
    findings, unseen = applied(host(**{key: None, "incomplete": [{"what": name, "why": "no answer"}]}))
    assert findings == [] and unseen == [
        {"rule": rule, "subject": None, "why": "%s: no answer" % name} for rule in rules
    ]


def test_what_was_read_in_part_is_told_and_not_checked():
    findings, unseen = applied(host(**dict(scan("auto"), incomplete=[{"what": "iscsi", "why": "no answer"}])))
    assert [one["rule"] for one in findings] == ["MPC101"] and [one["rule"] for one in unseen] == NEEDS["iscsi"]


def test_a_host_without_multipath_tools_and_open_iscsi_has_nothing_to_check():
    assert applied(host(multipath_conf=None, iscsi=None, maps=[], sessions=[])) == ([], [])


def test_devices_without_the_tools_that_make_them_are_not_good():
    findings, unseen = applied(host(multipath_conf=None, iscsi=None))
    assert findings == [] and [one["rule"] for one in unseen] == NEEDS["multipath_conf"] + NEEDS["iscsi"]
    assert unseen[0]["why"] == "multipath_conf: this host has multipath maps, but no multipath-tools to ask"


def test_tools_that_did_not_answer_are_not_no_tools():
    findings, unseen = applied(
        host(multipath_conf=None, maps=[], incomplete=[{"what": "multipathd", "why": "its version: no answer"}])
    )
    assert findings == [] and [one["rule"] for one in unseen] == NEEDS["multipath_conf"]
    assert unseen[0]["why"] == "multipathd: its version: no answer"


def test_what_multipathd_does_is_told_whatever_the_files_say():
    findings, unseen = applied(
        host(
            multipath_conf=None,
            maps=[{"wwid": WWID, "queueing": "on"}],
            incomplete=[{"what": "multipath_conf", "why": "x"}],
        )
    )
    assert [(one["rule"], one["what"]) for one in findings] == [("MPC001", "multipathd queues indefinitely")]
    assert "MPC001" in [one["rule"] for one in unseen]


@pytest.mark.parametrize(
    "changes, rule",
    [
        ({"multipath_conf__ignored": [{}]}, "MPC005"),
        ({"iscsi__records": None}, "MPC102"),
        ({"platform__lvm": "hello"}, "MPC202"),
    ],
)
def test_facts_of_another_shape_cost_their_rules_only(changes, rule):
    findings, unseen = applied(host(**changes))
    assert findings == [] and rule in [one["rule"] for one in unseen]
    assert all("the facts are not what stale_mpath_facts returns" in one["why"] for one in unseen)
