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
    return {"multipath_conf__entries": [dict(CLEAN["multipath_conf"]["entries"][0], settings=settings(**changes))]}


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


def fires(rule, *findings, policy="default", **changes):
    """Return a case: of each finding the severity, subject, what, and where (default: None), and what is changed of a
    host in which all is well.
    """
    return rule, changes, policy, [finding + (None,) * (4 - len(finding)) for finding in findings]


def silent(rule, policy="default", **changes):
    return rule, changes, policy


def unseen(rule, subject, why, **changes):
    return rule, changes, subject, why


FIRES = [
    fires("MPC001", ("critical", WWID, BUILT_IN_QUEUE), **maps(one_map(queues=True, no_path_retry=QUEUE))),
    fires(
        "MPC001",
        ("critical", WWID, "features 1 queue_if_no_path (overrides)", DROP_IN_PLACE),
        **maps(one_map(queues=True, no_path_retry=setting(None), features=setting("1 queue_if_no_path"))),
    ),
    fires("MPC001", ("critical", WWID, "multipathd queues indefinitely"), maps=[{"wwid": WWID, "queueing": "on"}]),
    # Both say so: told once.
    fires(
        "MPC001",
        ("critical", WWID, BUILT_IN_QUEUE),
        **maps(one_map(queues=True, no_path_retry=QUEUE)),
        maps=[{"wwid": WWID, "queueing": "on"}],
    ),
    fires("MPC002", ("warning", "device NETAPP/LUN", BUILT_IN_QUEUE), **entry(no_path_retry=QUEUE)),
    fires(
        "MPC002",
        ("warning", "device NETAPP/LUN", "features 3 queue_if_no_path pg_init_retries 50 (overrides)", DROP_IN_PLACE),
        **entry(no_path_retry=setting(None, None), features=setting("3 queue_if_no_path pg_init_retries 50")),
    ),
    fires("MPC003", ("info", WWID, NOT_HEEDED), **maps(one_map(dev_loss_tmo=NEVER))),
    fires(
        "MPC003",
        ("warning", WWID, BUILT_IN_NEVER),
        **maps(one_map(dev_loss_tmo=NEVER, protocols=["scsi:iscsi", "scsi:fcp"])),
    ),
    fires(
        "MPC003",
        ("warning", WWID, "dev_loss_tmo infinity (overrides)", DROP_IN_PLACE),
        **maps(one_map(dev_loss_tmo=setting("infinity"), protocols=[])),
        host__initiators__wwpns=["20:00:00:25:b5:00:20:01"],
    ),
    fires(
        "MPC003",
        ("info", WWID, NOT_HEEDED),
        **maps(one_map(dev_loss_tmo=NEVER)),
        host__initiators__wwpns=["20:00:00:25:b5:00:20:01"],
    ),
    fires(
        "MPC003",
        ("info", WWID, "dev_loss_tmo infinity (overrides), which iSCSI ignores", DROP_IN_PLACE),
        **maps(one_map(dev_loss_tmo=setting("infinity"), protocols=[])),
    ),
    fires(
        "MPC004",
        ("info", WWID, "no_path_retry 12 (overrides), and the policy is 30", DROP_IN_PLACE),
        ("info", WWID, "dev_loss_tmo 600 (overrides), and the policy is 60", DROP_IN_PLACE),
        ("info", WWID, "fast_io_fail_tmo off (overrides), and the policy is 5", DROP_IN_PLACE),
        **maps(one_map(no_path_retry=setting("12"), dev_loss_tmo=setting("600"), fast_io_fail_tmo=setting("off"))),
    ),
    fires(
        "MPC004",
        ("info", WWID, "no_path_retry not set (built in to multipath-tools), and the policy is 30"),
        **maps(one_map(no_path_retry=setting(None, {"file": None, "line": None, "section": None}))),
    ),
    fires(
        "MPC004",
        ("info", WWID, "no_path_retry 30 (overrides), and the policy is queue", DROP_IN_PLACE),
        ("info", WWID, "dev_loss_tmo 60 (overrides), and the policy is infinity", DROP_IN_PLACE),
        policy={"no_path_retry": "queue", "dev_loss_tmo": "infinity"},
    ),
    fires(
        "MPC005",
        ("warning", CONF, '"key value }": the brace is not seen', CONF + ":9"),
        multipath_conf__ignored=[{"file": CONF, "line": 9, "text": "  key value }\n", "why": "the brace is not seen"}],
    ),
    fires(
        "MPC006",
        (
            "warning",
            "no_path_retry of NETAPP/LUN",
            "no_path_retry of NETAPP/LUN is 30 on disk, and multipathd runs queue",
            CONF,
        ),
        multipath_conf__pending=[{"what": "no_path_retry of NETAPP/LUN", "files": "30", "running": "queue"}],
    ),
    fires(
        "MPC006",
        ("warning", "overrides: features", "overrides: features is not set on disk, and multipathd runs 0", CONF),
        multipath_conf__pending=[{"what": "overrides: features", "files": None, "running": "0"}],
    ),
    fires(
        "MPC007",
        (
            "warning",
            "find_multipaths",
            "find_multipaths strict (device NETAPP/LUN, built in to multipath-tools), and the policy is no",
        ),
        policy="kubernetes",
    ),
    fires(
        "MPC008",
        ("warning", WWID, "flush_on_last_del unused (overrides), and the policy is yes", DROP_IN_PLACE),
        **maps(one_map(flush_on_last_del=setting("unused"))),
    ),
    fires(
        "MPC008",
        ("warning", WWID, "flush_on_last_del not set (overrides), and the policy is yes", DROP_IN_PLACE),
        **maps(one_map(flush_on_last_del=setting(None))),
    ),
    fires(
        "MPC009",
        ("warning", "recheck_wwid", "recheck_wwid no (overrides), and the policy is yes", DROP_IN_PLACE),
        multipath_conf__defaults__recheck_wwid=setting("no", DROP_IN),
    ),
    fires(
        "MPC010",
        ("warning", CONF, "it is missing, and this host is rhel 9.4", CONF),
        **RHEL,
        multipath_conf__present=False,
    ),
    fires(
        "MPC010",
        ("warning", CONF, "it is missing, and this host is rocky 12", CONF),
        platform__os="rocky",
        platform__os_like=["rhel", "centos", "fedora"],
        multipath_conf__present=False,
    ),
    fires("MPC101", ("warning", ISCSID, "node.session.scan = auto", ISCSID + ":7"), **scan("auto")),
    fires(
        "MPC101", ("warning", ISCSID, "it does not set node.session.scan: new records get auto", ISCSID), **scan(None)
    ),
    fires(
        "MPC101",
        ("warning", ISCSID, "it is missing: new records get auto", ISCSID),
        iscsi__conf=dict(CLEAN["iscsi"]["conf"], present=False, settings={}),
    ),
    fires("MPC102", ("warning", AT, "node.session.scan = auto", RECORD), iscsi__records=[record(scan="auto")]),
    fires(
        "MPC102",
        ("warning", AT, "it does not set node.session.scan: that means auto, whatever iscsid.conf says", RECORD),
        iscsi__records=[record(scan="auto", said=False)],
    ),
    fires(
        "MPC103",
        ("warning", "session 1, " + AT, "started with auto: the record says so"),
        ("info", "session 2, " + AT, "it is not known with which value it was started: its record is newer"),
        iscsi__sessions=[session("auto"), session(None, "its record is newer", sid=2)],
    ),
    fires(
        "MPC104",
        ("warning", ISCSID, '"node.session.scan = manual # yes": a comment behind the value', ISCSID + ":12"),
        iscsi__conf__ignored=[
            {"line": 12, "text": "node.session.scan = manual # yes", "why": "a comment behind the value"}
        ],
    ),
    fires(
        "MPC105",
        ("info", AT, "it is for booting, node.session.scan = auto", RECORD),
        iscsi__records=[record(boot=True, scan="auto")],
    ),
    fires(
        "MPC106",
        (
            "warning",
            "/usr/lib/udev/rules.d/90-scsi-ua.rules",
            'RUN+="scan"',
            "/usr/lib/udev/rules.d/90-scsi-ua.rules:8",
        ),
        iscsi__udev_rules=[{"file": "/usr/lib/udev/rules.d/90-scsi-ua.rules", "line": 8, "text": 'RUN+="scan"'}],
    ),
    fires(
        "MPC105",
        ("info", "session 1, iqn.boot at " + PORTAL, "it was started for booting"),
        iscsi__sessions=[session("auto", boot=True, target="iqn.boot")],
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
    fires("MPC107", ("warning", PORTAL, "timed out"), iscsi__portals=[portal(), FAR_AWAY]),
    fires(
        "MPC107",
        ("warning", PORTAL, "timed out"),
        iscsi__portals=[FAR_AWAY],
        sessions=[{"sid": 1, "portal": PORTAL, "state": "FAILED"}],
    ),
    fires(
        "MPC107",
        (
            "info",
            "fd00::1:3260",
            "refused, though a session is logged in there: it may take another route (its interface, an adapter)",
        ),
        iscsi__portals=[portal(False, "refused", portal="fd00::1:3260")],
        sessions=[{"sid": 1, "portal": "fd00:0:0:0:0:0:0:1:3260", "state": "LOGGED_IN"}],
    ),
    fires(
        "MPC301",
        ("warning", RPORT, "dev_loss_tmo infinity: once lost, the port and its disks are never removed; " + LATE),
        fc__remote_ports=[remote_port(dev_loss_tmo="infinity", fast_io_fail_tmo="off")],
    ),
    fires(
        "MPC301",
        ("warning", RPORT, "dev_loss_tmo 86401 s: once lost, the port and its disks are never removed"),
        fc__remote_ports=[remote_port(dev_loss_tmo=86401)],
    ),
    fires(
        "MPC301",
        ("warning", RPORT, LATE),
        policy="ontap_host_utilities",
        fc__remote_ports=[remote_port(dev_loss_tmo="infinity", fast_io_fail_tmo="off")],
    ),
    fires(
        "MPC302",
        ("warning", RPORT, "Blocked, and 2 disks are behind it"),
        ("warning", RPORT, "Not Present, and 1 disk is behind it"),
        fc__remote_ports=[
            remote_port(port_state="Blocked"),
            remote_port(port_state="Not Present", roles="unknown", luns=1),
        ],
    ),
    fires(
        "MPC303",
        ("info", "host4 (10000000c9b269f5)", "Linkdown"),
        fc__hosts=[fc_host(), fc_host(host="host4", port_state="Linkdown")],
    ),
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
    *(silent(rule["id"]) for rule in rule_table.RULES),
    silent("MPC001", policy="ontap_host_utilities", **maps(one_map(queues=True, no_path_retry=QUEUE))),
    silent("MPC001", maps=[], multipath_conf__maps=[]),
    silent("MPC001", **maps(one_map(protocols=[]))),  # overrides counts for any device
    silent("MPC002", policy="ontap_host_utilities", **entry(no_path_retry=QUEUE)),
    silent("MPC002", **entry(no_path_retry=QUEUE), multipath_conf__overrides={"no_path_retry": setting("30")}),
    silent("MPC002", multipath_conf__entries=[{"vendor": "X", "product": "Y", "source": DROP_IN, "settings": {}}]),
    silent("MPC002", **entry(no_path_retry=setting("fail"), features=setting("1 queue_if_no_path"))),
    silent("MPC003", policy="ontap_host_utilities", **maps(one_map(dev_loss_tmo=NEVER, protocols=["scsi:fcp"]))),
    silent("MPC003", **maps(one_map(dev_loss_tmo=setting("30"), protocols=["scsi:fcp"]))),
    # What other rules tell is not told twice.
    silent("MPC004", **maps(one_map(queues=True, no_path_retry=QUEUE, dev_loss_tmo=NEVER))),
    silent("MPC004", **maps(one_map(queues=True, no_path_retry=setting(None), features=setting("1 queue_if_no_path")))),
    silent("MPC004", policy={"no_path_retry": None}, **maps(one_map(no_path_retry=setting("fail")))),
    silent("MPC004", policy={"no_path_retry": "fail"}, **maps(one_map(no_path_retry=setting(None)))),
    silent("MPC004", **maps(one_map(dev_loss_tmo=setting(None)))),
    silent("MPC006", multipath_conf__pending=None, multipathd__running=False, maps=[], multipath_conf__maps=[]),
    silent("MPC007", policy="kubernetes", multipath_conf__defaults__find_multipaths=setting("off")),
    silent("MPC008", **maps(one_map(flush_on_last_del=setting("yes")))),
    silent("MPC008", policy={"flush_on_last_del": None}, **maps(one_map(flush_on_last_del=setting("no")))),
    silent("MPC008", policy={"flush_on_last_del": "unused"}, **maps(one_map(flush_on_last_del=setting(None)))),
    silent("MPC009", multipath_conf__defaults__recheck_wwid=None),
    silent("MPC009", policy="ontap_host_utilities", multipath_conf__defaults__recheck_wwid=setting("no")),
    silent("MPC009", policy={"recheck_wwid": False}, multipath_conf__defaults__recheck_wwid=setting(None)),
    silent("MPC010", **RHEL),
    silent("MPC010", multipath_conf__present=False),
    silent("MPC102", iscsi__records=[record(), record(scan="auto", boot=True)]),
    silent("MPC103", iscsi__records=[record(boot=True)], iscsi__sessions=[session("auto")]),
    silent("MPC103", iscsi__sessions=[session("auto", boot=True, portal="10.0.0.9:3260")]),
    silent("MPC201", **proxmox(iscsi=[], rescanned=False)),
    silent("MPC107", iscsi__portals=[]),
    silent(
        "MPC301",
        fc__remote_ports=[remote_port(roles="FCP Initiator", fast_io_fail_tmo="off"), remote_port(dev_loss_tmo=86400)],
    ),
    silent(
        "MPC301",
        policy={"dev_loss_tmo": "infinity", "fast_io_fail_tmo": "off"},
        fc__remote_ports=[remote_port(dev_loss_tmo="infinity", fast_io_fail_tmo="off")],
    ),
    silent("MPC302", fc__remote_ports=[remote_port(), remote_port(port_state="Not Present", luns=0)]),
    silent("MPC303", fc__hosts=[]),
    silent("MPC401", **blocked()),  # a thread of the kernel, say: what it works on is not known
    silent("MPC402", **udev(queue=True, queue_age_s=60, workers=8)),
    silent("MPC402", **udev(workers=None, blocked_workers=None)),
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
        "MPC001",
        "3600b",
        "the effective settings of the map are not known",
        maps=CLEAN["maps"] + [{"wwid": "3600b", "queueing": None}],
    ),
    unseen("MPC001", WWID, NO_PATH, **LOST),
    unseen("MPC003", WWID, NO_PATH, **LOST),
    unseen("MPC004", WWID, NO_PATH, **LOST),
    unseen("MPC008", WWID, NO_PATH, **LOST),
    unseen(
        "MPC006",
        None,
        "multipathd does not run or did not answer: what it runs is not known",
        multipath_conf__pending=None,
    ),
    unseen("MPC010", None, "os: it could not be read", multipath_conf__present=False, platform__os=None),
    unseen("MPC102", RECORD, "line 3 is none", iscsi__malformed=[{"file": RECORD, "why": "line 3 is none"}]),
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
    unseen("MPC203", "/data on dm-0", "the log is cut", platform__read_only__unsure=[stopped(why="the log is cut")]),
    unseen(
        "MPC107",
        "san.example:3260",
        "not asked: x",
        iscsi__portals=[portal(None, "not asked: x", portal="san.example:3260")],
    ),
    unseen(
        "MPC107",
        None,
        "the facts have no portals: gather them with this version of stale_mpath_facts",
        iscsi={key: value for key, value in CLEAN["iscsi"].items() if key != "portals"},
    ),
    unseen(
        "MPC107", None, "portals: no answer", iscsi__portals=None, incomplete=[{"what": "portals", "why": "no answer"}]
    ),
    unseen("MPC301", RPORT, "its timeouts could not be read", fc__remote_ports=[remote_port(dev_loss_tmo=None)]),
    unseen("MPC302", RPORT, "its state could not be read", fc__remote_ports=[remote_port(port_state=None)]),
    unseen("MPC303", "host3", "its state could not be read", fc__hosts=[fc_host(port_state=None)]),
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
