# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts about the configuration of a host in which every rule is satisfied, for tests to change one part of."""

import copy

WWID = "3600a0980383045372f5d4c5a70315474"
TARGET = "iqn.1992-08.com.netapp:sn.1"
PORTAL = "10.0.0.1:3260"
BUILT_IN = {"file": None, "line": None, "section": "device NETAPP/LUN"}
DROP_IN = {"file": "/etc/multipath/conf.d/sanops.conf", "line": 3, "section": "overrides"}
RECORD = f"/etc/iscsi/nodes/{TARGET}/10.0.0.1,3260,1/default"


def setting(value, source=None):
    return {"value": value, "source": source or DROP_IN}


def settings(**changes):
    return {
        "no_path_retry": setting("30"),
        "features": setting("0"),
        "dev_loss_tmo": setting("60"),
        "fast_io_fail_tmo": setting("5"),
        "flush_on_last_del": setting("always"),
        **changes,
    }


def one_map(wwid=WWID, protocols=("scsi:iscsi",), queues=False, **changes):
    vendor, product = ("NETAPP", "LUN C-Mode") if protocols else (None, None)
    return {
        "wwid": wwid,
        "vendor": vendor,
        "product": product,
        "protocols": list(protocols),
        "settings": settings(**changes),
        "queues_for_ever": queues,
    }


def record(**changes):
    return {
        "file": RECORD,
        "target": TARGET,
        "portal": PORTAL,
        "iface": "default",
        "scan": "manual",
        "said": True,
        "startup": "automatic",
        "boot": False,
        **changes,
    }


def session(scan, why="the record says so", **changes):
    return {"sid": 1, "target": TARGET, "portal": PORTAL, "scan": scan, "why": why, **changes}


def stopped(**changes):
    return {
        "device": "dm-0",
        "wwid": WWID,
        "mountpoint": "/data",
        "fstype": "ext4",
        "why": "the kernel says: Remounting filesystem read-only",
        **changes,
    }


def portal(answers=True, why=None, **changes):
    return {"portal": PORTAL, "answers": answers, "why": why, "ms": 1, **changes}


def remote_port(**changes):
    return {
        "name": "rport-3:0-1",
        "port_name": "2008d039ea1c2d60",
        "port_state": "Online",
        "roles": "FCP Target",
        "dev_loss_tmo": 60,
        "fast_io_fail_tmo": 5,
        "scsi_target_id": 0,
        "luns": 2,
        **changes,
    }


def fc_host(**changes):
    return {
        "host": "host3",
        "port_name": "10000000c9b269f5",
        "port_state": "Online",
        "speed": "16 Gbit",
        "fabric": "100000053361a300",
        **changes,
    }


def proxmox(*guests, **changes):
    """Return the fact platform.proxmox of the node pve1."""
    return {
        "present": True,
        "pvestatd": True,
        "rescanned": False,
        "node": "pve1",
        "cluster": None,
        "storages": [],
        "guests": list(guests),
        "iscsi": [],
        **changes,
    }


CLEAN = {
    "schema": 1,
    "host": {"hostname": "h", "initiators": {"iqn": ["iqn.2026-01.org.example:me"], "wwpns": []}},
    "multipathd": {"running": True, "pid": 1, "version": "0.9.4"},
    "maps": [{"wwid": WWID, "queueing": "30 chk", "dm": "dm-0", "paths": ["3:0:0:1"]}],
    "paths": [{"hctl": "3:0:0:1", "sd": "sda", "wire": {"state": "same"}}],
    "sessions": [{"sid": 1, "target": TARGET, "portal": PORTAL}],
    "incomplete": [],
    "multipath_conf": {
        "main": "/etc/multipath.conf",
        "present": True,
        "files": ["/etc/multipath.conf", "/etc/multipath/conf.d/sanops.conf"],
        "ignored": [],
        "overrides": {},
        "defaults": {"find_multipaths": setting("strict", BUILT_IN), "recheck_wwid": setting("yes")},
        "pending": [],
        "entries": [
            {"vendor": "NETAPP", "product": "LUN", "revision": None, "source": BUILT_IN, "settings": settings()}
        ],
        "maps": [one_map()],
    },
    "iscsi": {
        "conf": {
            "file": "/etc/iscsi/iscsid.conf",
            "present": True,
            "settings": {"node.session.scan": {"value": "manual", "line": 7}},
            "ignored": [],
        },
        "records": [record()],
        "malformed": [],
        "udev_rules": [],
        "sessions": [session("manual")],
        "portals": [portal()],
    },
    "fc": {"hosts": [fc_host()], "remote_ports": [remote_port()]},
    "platform": {
        "os": "debian",
        "os_version": "12",
        "os_like": [],
        "kubelet": False,
        "proxmox": proxmox(present=False, pvestatd=False, node=None),
        "volumes": [],
        "lvm": {"present": True, "scanned": [], "why": None, "where": "/etc/lvm/lvm.conf"},
        "read_only": {"stopped": [], "unsure": []},
        "nvme": {"native": True, "subsystems": []},
    },
    "symptoms": {
        "blocked": [],
        "udev": {"queue": False, "queue_age_s": None, "workers": 0, "blocked_workers": 0, "uevent_seqnum": 4711},
        "unused": {"maps": 0, "disks": 0, "unknown": 0, "cost": {"path_checks_per_hour": 0, "block_devices": 0}},
        "leftovers": {
            "wwids": [],
            "bindings": [],
            "by_id": {"count": 0, "first": []},
            "lvm_devices": [],
            "unsure": None,
            "files": {"wwids": "/etc/multipath/wwids", "bindings": "/etc/multipath/bindings"},
        },
    },
}


def host(**changes):
    """Return the clean host with changed values at some places: multipath_conf__defaults__recheck_wwid=None."""
    facts = copy.deepcopy(CLEAN)
    for place, value in changes.items():
        inner = facts
        for name in place.split("__")[:-1]:
            inner = inner[name]
        inner[place.split("__")[-1]] = value
    return facts


def disk(devices=("dm-0",), **changes):
    """Return a disk of a guest of Proxmox VE that is a LUN."""
    return {
        "key": "scsi0",
        "volume": f"san1:0.0.3.scsi-{WWID}",
        "storage": "san1",
        "type": "iscsi",
        "devices": list(devices),
        "whole": True,
        **changes,
    }


def guest(*disks, **changes):
    return {
        "vmid": 100,
        "kind": "qemu",
        "name": "web",
        "node": "pve1",
        "running": False,
        "lock": None,
        "disks": list(disks),
        **changes,
    }


def storage(name, kind, **changes):
    return {
        "storage": name,
        "type": kind,
        "enabled": True,
        "vgname": None,
        "base": None,
        "target": None,
        "portal": None,
        "svm": None,
        "devices": [],
        **changes,
    }
