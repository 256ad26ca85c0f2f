# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""iSCSI and FC as the kernel knows them: sessions, and the names by which an array knows this host.

Read from sysfs and from open-iscsi's initiator name file. The attributes address, port and ipaddress of a
connection fail while it is down, so only the persistent ones are read; user names and passwords never.
"""

import re

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity

INITIATOR_FILE = "/etc/iscsi/initiatorname.iscsi"
IFACE_FOLDERS = ("/etc/iscsi/ifaces", "/var/lib/iscsi/ifaces")  # Debian's and Red Hat's place


def sessions(tree):
    """Return all iSCSI sessions: [{'sid', 'target', 'portal', 'state', 'iface', 'initiator', 'recovery_tmo', 'host'}].

    *portal* is address:port of the session's leading connection; *state* LOGGED_IN, FAILED or FREE; *recovery_tmo*
    seconds, -1: indefinitely.
    """
    found = []
    for name in tree.names("/sys/class/iscsi_session"):
        here = "/sys/class/iscsi_session/" + name
        host = re.search("/(host[0-9]+)/", tree.real(here))
        found.append(
            {
                "sid": int(name[len("session") :]),
                "target": tree.text(here + "/targetname"),
                "portal": _portal(tree, name),
                "state": tree.text(here + "/state"),
                "iface": tree.text(here + "/ifacename"),
                "initiator": tree.text(here + "/initiatorname"),
                "recovery_tmo": -1
                if tree.text(here + "/recovery_tmo") == "off"
                else tree.number(here + "/recovery_tmo"),
                "host": host.group(1) if host else None,
            }
        )
    return found


def devices_of(tree, known, target):
    """Return the H:C:T:L of every SCSI device, of whatever type, that this host has of an iSCSI target, by any of the
    sessions *known* (of sessions()). Sorted.

    None where the SCSI host of one of them is not known. An adapter has one for all its sessions: then the devices of
    all of them count.
    """
    hosts = {session["host"] for session in known if session["target"] == target}
    if None in hosts:
        return None
    return sorted(hctl for hctl in tree.names("/sys/class/scsi_device") if "host" + hctl.split(":")[0] in hosts)


def initiators(tree):
    """Return the names by which an array may know this host: {'iqn': [...], 'wwpns': [...]}, normalised, sorted.

    IQNs come from the name file, the sessions, the adapters, and the ifaces, which may have a name of their own, also
    while no session uses it: a LUN that is mapped to such a name is mapped to this host.
    """
    names = {
        tree.text(f"/sys/class/iscsi_session/{session}/initiatorname")
        for session in tree.names("/sys/class/iscsi_session")
    }
    names.update(
        tree.text(f"/sys/class/iscsi_host/{host}/initiatorname") for host in tree.names("/sys/class/iscsi_host")
    )
    names.add(_setting(tree, INITIATOR_FILE, "InitiatorName"))
    names.update(
        _setting(tree, f"{folder}/{iface}", "iface.initiatorname")
        for folder in IFACE_FOLDERS
        for iface in tree.names(folder)
    )
    wwpns = (tree.text(f"/sys/class/fc_host/{host}/port_name") for host in tree.names("/sys/class/fc_host"))
    return {
        "iqn": sorted(
            {identity.normal_initiator(name) for name in names if name and name.strip() and name != "(null)"}
        ),
        "wwpns": sorted({identity.normal_initiator(name) for name in wwpns if name}),
    }


def _setting(tree, path, key):
    """Return the value of a line "key = value" of one of open-iscsi's files, or None; the last one counts."""
    lines = (line.partition("=") for line in (tree.text(path) or "").splitlines())
    values = [value.strip() for name, dummy, value in lines if name.strip() == key]
    return values[-1] if values else None


def _portal(tree, session):
    for name in tree.names("/sys/class/iscsi_connection"):
        if re.match(f"connection{session[len('session') :]}:", name):
            here = "/sys/class/iscsi_connection/" + name
            return f"{tree.text(here + '/persistent_address')}:{tree.text(here + '/persistent_port')}"
    return None
