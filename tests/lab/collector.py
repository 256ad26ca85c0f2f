# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on a node (`python3 -`, standard library only): writes a recording to stdout as tar.gz.

Copied are files and symlinks of sysfs, /proc and /etc at their own paths, what commands say as
commands/NAME, and recording.json. Left out is what may block (queue/), what is of no use, and every secret.
"""

import errno
import glob
import io
import json
import os
import re
import stat
import subprocess
import sys
import tarfile
import time

CLASSES = (
    "bsg fc_host fc_remote_ports fc_transport iscsi_connection iscsi_endpoint iscsi_host iscsi_iface "
    "iscsi_session iscsi_transport scsi_device scsi_disk scsi_generic scsi_host"
).split()
SKIPPED_FOLDERS = {"integrity", "iosched", "mq", "power", "queue", "statistics", "trace"}
SECRET = re.compile(r"username|password|chap|secret", re.IGNORECASE)
FILES = (
    "/proc/mounts /proc/partitions /proc/self/mountinfo /proc/swaps /proc/sys/kernel/hostname "
    "/proc/sys/kernel/osrelease /proc/sys/kernel/random/boot_id /proc/devices /proc/scsi/scsi "
    "/proc/scsi/sg/devices /etc/os-release /etc/multipath.conf /run/multipathd.pid"
).split()
GLOBS = (
    "/etc/iscsi/** /etc/multipath/** /sys/module/dm_multipath/parameters/* "
    "/sys/module/dm_mod/parameters/* /sys/module/scsi_mod/parameters/* /sys/module/dm_multipath/version "
    "/run/udev/data/b*:* /sys/class/block/* /sys/dev/block/*"
).split()
COMMANDS = {
    "dmsetup-info": (
        "dmsetup info -c --noheadings --separator '|' -o name,uuid,major,minor,open,segments,suspended,readonly"
    ),
    "dmsetup-status": "dmsetup status",
    "dmsetup-table": "dmsetup table",  # keys of dm-crypt are shown as zeros
    "iscsiadm-session": "iscsiadm -m session -P 1",
    "lsblk.json": "lsblk -J -o NAME,KNAME,MAJ:MIN,TYPE,FSTYPE,MOUNTPOINTS,SIZE,RO",
    "multipath-ll": "multipath -ll",
    "multipath-t": "multipath -t",
    "multipathd-show-config-local": "multipathd show config local",
    "multipathd-show-maps.json": "multipathd show maps json",
    "multipathd-show-paths": "multipathd show paths raw format '%w|%i|%d|%D|%t|%o|%T|%s|%c|%m|%N|%n|%R|%r|%a'",
    "python-version": "python3 --version",
    # What answers on the wire: standard INQUIRY, VPD 0x83, VPD 0x80 of each disk, in the hex dump of sg_raw.
    "sg-raw": "for disk in /sys/class/scsi_disk/*; do sg=$(ls $disk/device/scsi_generic)\n"
    "for cdb in '12 00 00 00 60 00' '12 01 83 00 fc 00' '12 01 80 00 fc 00'; do\n"
    'echo "== ${disk##*/} $cdb"; sg_raw -t 5 -r 252 /dev/$sg $cdb 2>&1; done; done',
    "uname": "uname -a",
    "versions": "dpkg-query -W multipath-tools open-iscsi sg3-utils systemd",
}
COMMAND_SECONDS = 60
LARGEST = 256 * 1024


class Recording:
    def __init__(self, tar):
        self.tar = tar
        self.seen = set()
        self.unreadable = {}
        self.commands = {}

    def add(self, path, content, mode=0o644):
        entry = tarfile.TarInfo(path.lstrip("/"))
        entry.size, entry.mode = len(content), mode
        self.tar.addfile(entry, io.BytesIO(content))

    def copy(self, path):
        """Copy one file or symlink; what cannot be read is noted, what only can be written is empty."""
        if path in self.seen or SECRET.search(os.path.basename(path)):
            return
        self.seen.add(path)
        try:
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                entry = tarfile.TarInfo(path.lstrip("/"))
                entry.type, entry.linkname = tarfile.SYMTYPE, os.readlink(path)
                self.tar.addfile(entry)
                return
            if not stat.S_ISREG(status.st_mode):
                return
            content = b""
            if status.st_mode & 0o444:
                with open(path, "rb") as file:
                    content = file.read(LARGEST)
            if path.startswith("/etc/"):
                content = re.sub(rb"(?im)^(.*(?:username|password|secret)\S*\s*=).*$", rb"\1 removed", content)
            self.add(path, content, stat.S_IMODE(status.st_mode))
        except OSError as error:
            self.unreadable[path] = errno.errorcode.get(error.errno, str(error.errno))

    def walk(self, top):
        """Copy a folder of sysfs (empty ones too), without following symlinks."""
        for folder, folders, files in os.walk(top):
            entry = tarfile.TarInfo(folder.lstrip("/"))
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            self.tar.addfile(entry)
            for name in files + [name for name in folders if os.path.islink(os.path.join(folder, name))]:
                self.copy(os.path.join(folder, name))
            folders[:] = sorted(set(folders) - SKIPPED_FOLDERS)

    def run(self, name, command):
        try:
            done = subprocess.run(
                ["timeout", str(COMMAND_SECONDS), "sh", "-c", command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                check=False,
            )
        except OSError as error:
            self.unreadable[command] = str(error)
            return
        self.commands[name] = {
            "command": command,
            "code": done.returncode,
            "stderr": done.stderr.decode(errors="replace"),
        }
        self.add("commands/" + name, done.stdout)


def device_folders(links):
    """Return the folders of /sys/devices behind links: a whole SCSI host, or just the device."""
    folders = set()
    for link in links:
        real = os.path.realpath(link)
        host = re.match(r"(/sys/devices/.*?/host\d+)(/|$)", real)
        folders.add(host.group(1) if host else real)
    return sorted(folder for folder in folders if "/devices/" in folder)


def main():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=9) as tar:
        recording = Recording(tar)
        links = glob.glob("/sys/block/*")
        for name in CLASSES:
            links += glob.glob(f"/sys/class/{name}/*")
        for path in links:
            recording.copy(path)
        for folder in device_folders(links):
            recording.walk(folder)
        for path in FILES:
            if os.path.exists(path):
                recording.copy(path)
        for pattern in GLOBS:
            for path in sorted(glob.glob(pattern, recursive=True)):
                recording.copy(path)
        for name, command in COMMANDS.items():
            recording.run(name, command)
        about = {
            "recorded": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "host": os.uname().nodename,
            "kernel": os.uname().release,
            "commands": recording.commands,
            "unreadable": recording.unreadable,
        }
        recording.add("recording.json", json.dumps(about, indent=1, sort_keys=True).encode())
    sys.stdout.buffer.write(buffer.getvalue())


if __name__ == "__main__":
    main()
