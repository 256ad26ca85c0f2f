# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How open-iscsi is configured to scan: iscsid.conf, its node records, and under which value each live session was
begun.

iscsid.conf only goes into records that are created from then on. iscsid copies a record when it logs in, and again, for
the sessions that are there, when it starts itself (usr/iscsid.c: sync_session); a record that is changed later means
nothing to a live session. No one tells what a session was begun with, so it is known only where the record has not
changed since. A login that is still waiting for its portal has read its record before its session begins: a record
that is changed in those seconds (at most initial_login_retry_max times login_timeout) is taken for the one it was
begun with.

Made for booting is a record that firmware or the initial RAM disk uses (discovery_type fw, startup onboot), or one of
a target that the firmware's boot table (iBFT), the kernel's command line or the initial RAM disk's configuration
names; and a session that the kernel has begun itself.
"""

import os
import stat
import time

from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import conf as iscsid_conf

CONF = "/etc/iscsi/iscsid.conf"
# As open-iscsi was built: Debian up to 12 has the first, Debian 13 and the Red Hat family the second.
FOLDERS = ("/etc/iscsi/nodes", "/var/lib/iscsi/nodes")
PID_FILE = "/run/iscsid.pid"
BOOT_FILES = ("/proc/cmdline", "/etc/iscsi/iscsi.initramfs")
UDEV_FOLDERS = (
    "/etc/udev/rules.d",
    "/run/udev/rules.d",
    "/usr/local/lib/udev/rules.d",
    "/usr/lib/udev/rules.d",
    "/lib/udev/rules.d",
)  # the first has it
_SHOWN = ("node.session.scan", "node.startup")
_CLOCK_SECONDS = 5  # by which the two clocks may differ: the pid file is written a moment after the start
_READ_SECONDS = 0.05  # of inaccuracy: times of files and of processes are counted in ticks


def read(tree, sessions, now=None):
    """Return {'conf', 'records', 'malformed', 'udev_rules', 'sessions'}, or None where this host has no open-iscsi.
    Shape: see the module stale_mpath_facts, RETURN.

    *sessions*: what iscsi_sessions.sessions returned. *now*: the time in seconds since 1970, where it is not that of
    this host. Raises OSError.
    """
    if not is_there(tree):
        return None
    records, malformed = [], []
    boot = boot_text(tree)
    for record in files(tree):
        why = why_malformed(record)
        if why:
            malformed.append({"file": record["file"], "why": why})
        else:
            records.append(_reported(record, boot))
    clock = _Clock(tree, time.time() if now is None else now)
    return {
        "conf": _conf(tree),
        "records": records,
        "malformed": malformed,
        "udev_rules": _udev_rules(tree),
        "sessions": [_session(tree, session, records, clock, boot) for session in sessions],
    }


def is_there(tree):
    """Return whether this host has open-iscsi."""
    return any(tree.exists(path) for path in (CONF,) + FOLDERS)


def files(tree):
    """Return the files of all node records: [{'file', 'folder' (one of FOLDERS), 'target' (the folder in it), 'text'
    (latin-1) or None}].

    A record is a file TARGET/ADDRESS,PORT,TPGT/IFACE, or, of older versions, TARGET/ADDRESS,PORT. open-iscsi takes
    every file there for one.
    """
    found, seen = [], []
    for folder in FOLDERS:
        if tree.real(folder) in seen:  # the one may be a link to the other
            continue
        seen.append(tree.real(folder))
        for target in tree.names(folder):
            for portal in tree.names(f"{folder}/{target}"):
                here = f"{folder}/{target}/{portal}"
                if os.path.isdir(tree.root + here):
                    paths = [f"{here}/{iface}" for iface in tree.names(here)]
                else:
                    paths = [here]
                found += [
                    {"file": path, "folder": folder, "target": target, "text": text(tree, path)} for path in paths
                ]
    return found


def why_malformed(record):
    """Return why a record (of files()) is none that could be changed safely, or None."""
    return (
        "it cannot be read" if record["text"] is None else iscsid_conf.why_malformed(record["text"], record["target"])
    )


def text(tree, path):
    """Return the text of a file, one character for each byte, or None."""
    data = tree.data(path)
    return None if data is None else data.decode("latin-1")


def is_for_boot(settings, boot_text):
    """Return whether a record, {name: value}, was made for booting; *boot_text*: what boot_text() gave."""
    return iscsid_conf.is_for_boot(settings) or settings.get("node.name", "\n") in boot_text


def boot_text(tree):
    """Return all that names the targets that this host boots from, as one text."""
    ibft = [
        f"/sys/firmware/ibft/{name}/target-name"
        for name in tree.names("/sys/firmware/ibft")
        if name.startswith("target")
    ]
    lines = [line for path in list(BOOT_FILES) + ibft for line in (tree.text(path) or "").split("\n")]
    return "\n".join(line for line in lines if not line.strip().startswith("#"))


def shown_lines(ignored):
    """Return the lines that conf.parse() says do not count, to be read: [{'line', 'text', 'why'}]."""
    return [{"line": line["line"], "text": iscsid_conf.shown(line["text"]), "why": line["why"]} for line in ignored]


def _conf(tree):
    content = text(tree, CONF)
    parsed = iscsid_conf.parse(content or "")
    settings = {
        name: {"value": iscsid_conf.shown(setting["value"]), "line": setting["line"]}
        for name, setting in parsed["settings"].items()
        if name in _SHOWN
    }
    return {
        "file": CONF,
        "present": content is not None,
        "settings": settings,
        "ignored": shown_lines(parsed["ignored"]),
    }


def _udev_rules(tree):
    """Return udev's rules that act when a target says that its LUNs have changed: [{'file', 'line', 'text'}].

    libstoragemgmt brings one (90-scsi-ua.rules) that scans for everything the target has, however open-iscsi is set.
    """
    files = {}
    for folder in UDEV_FOLDERS:
        for name in tree.names(folder):
            files.setdefault(name, f"{folder}/{name}")
    found = []
    for name, path in sorted(files.items()):
        for number, line in enumerate((tree.text(path) or "").split("\n") if name.endswith(".rules") else (), 1):
            if "REPORTED_LUNS_DATA_HAS_CHANGED" in line and not line.lstrip().startswith("#"):
                found.append({"file": path, "line": number, "text": line.strip()})
    return found


def _reported(record, boot):
    settings = iscsid_conf.values(record["text"])
    said = settings.get("node.session.scan")
    return {
        "file": record["file"],
        "target": settings["node.name"],
        "portal": f"{settings['node.conn[0].address']}:{settings['node.conn[0].port']}",
        "iface": settings.get("iface.iscsi_ifacename", "default"),
        "scan": said or iscsid_conf.DEFAULT_SCAN,
        "said": said is not None,
        "startup": settings.get("node.startup", iscsid_conf.DEFAULT_STARTUP),
        "boot": is_for_boot(settings, boot),
    }


class _Clock(object):
    """When things began, in seconds since 1970, by the clock as it is now."""

    def __init__(self, tree, now):
        up = tree.text("/proc/uptime")
        self.boot, self.tick = now - float(up.split()[0]) if up else None, float(os.sysconf("SC_CLK_TCK"))
        self.hosts = {}  # 'host3': when the SCSI host was made
        for pid in tree.names("/proc"):
            name = (tree.text(f"/proc/{pid}/comm") or "") if pid.isdigit() else ""
            if name.startswith("scsi_eh_"):
                self.hosts["host" + name[len("scsi_eh_") :]] = self.begun(tree, pid)
        pid = tree.number(PID_FILE)
        self.iscsid = self.begun(tree, pid) if pid and tree.text(f"/proc/{pid}/comm") == "iscsid" else None
        written = _changed(tree, PID_FILE)
        # The time of the pid file is that of the clock as it was then: whoever sets the clock makes the two differ.
        self.was_set = self.iscsid is None or written is None or abs(written - self.iscsid) > _CLOCK_SECONDS

    def begun(self, tree, pid):
        dummy, fields = tree.process_stat(f"/proc/{pid}/stat")
        try:
            return self.boot + int(fields[19]) / self.tick  # field 22 of proc(5)
        except (IndexError, ValueError, TypeError):
            return None


def _session(tree, session, records, clock, boot):
    mine = [
        record
        for record in records
        if (record["target"], record["portal"], record["iface"])
        == (session["target"], session["portal"], session["iface"] or "default")
    ]
    scan, why = _begun_with(tree, session, mine, clock)
    by_kernel = tree.number(f"/sys/class/iscsi_session/session{session['sid']}/creator") == -1
    return {
        "sid": session["sid"],
        "target": session["target"],
        "portal": session["portal"],
        "scan": scan,
        "why": why,
        "boot": by_kernel
        or any(record["boot"] for record in mine)
        or bool(session["target"])
        and session["target"] in boot,
    }


def _begun_with(tree, session, records, clock):
    """Return (the value under which a session was begun or None, why)."""
    if len(records) != 1:
        return None, "it has %s" % ("no record that can be read" if not records else f"{len(records)} records")
    begun, changed = clock.hosts.get(session["host"]), _changed(tree, records[0]["file"])
    if clock.iscsid is None:
        return None, "iscsid does not run: it reads the record when it starts"
    if clock.was_set:
        return None, "the clock was set since iscsid started: what came first, its record or the session, is not known"
    if begun is None or changed is None:
        return None, "when it was begun, or its record changed, cannot be read"
    if changed > max(begun, clock.iscsid) - _READ_SECONDS:
        return None, f"its record ({records[0]['scan']} now) was changed after it was begun: log it in again"
    since = "it was begun" if begun > clock.iscsid else "iscsid was started"
    return records[0]["scan"], "its record %s, and has not changed since %s" % (
        "says so" if records[0]["said"] else f"does not say, which means {records[0]['scan']}",
        since,
    )


def _changed(tree, path):
    """Return when a file was last changed, whoever set its time: its ctime in seconds since 1970, or None."""
    try:
        found = os.stat(tree.root + path)
    except OSError:
        return None
    return found.st_ctime if stat.S_ISREG(found.st_mode) else None
