# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The mounts of all mount namespaces, and the state of what is mounted. No mount point is touched.

What ext4 counts as errors is in sysfs; what the kernel did about them is in the mount options or in the kernel log
only, by its version.
"""

import re
import time

from ansible_collections.sanops.multipath.plugins.module_utils._kernel import log as kernel_log
from ansible_collections.sanops.multipath.plugins.module_utils._users import openers

# Their inodes are this kernel's own: asking one for its device number waits for no other host and no FUSE daemon.
_LOCAL = (
    "bcachefs",
    "btrfs",
    "devtmpfs",
    "ext2",
    "ext3",
    "ext4",
    "f2fs",
    "overlay",
    "ramfs",
    "rootfs",
    "squashfs",
    "tmpfs",
    "xfs",
    "zfs",
)


class Mounts(object):
    """What find() learns on its way.

    'local': the IDs of the mounts whose files may be asked for their device number; 'on': {mount ID: [wanted block
    device]}.
    """

    def __init__(self, tree, stack, wanted):
        self.tree, self.stack, self.wanted = tree, stack, wanted
        self.local, self.on = set(), {}
        self._log = None
        self._members = {}  # block device: all those of its btrfs
        self._file_systems = {}  # block device: the kind of the file system that is alive on it
        for fstype in tree.names("/sys/fs"):
            for name in tree.names("/sys/fs/" + fstype):
                members = tree.names(f"/sys/fs/btrfs/{name}/devices") if fstype == "btrfs" else [name]
                for member in members:
                    if member in stack.names:
                        self._members[member], self._file_systems[member] = members, fstype

    def find(self):
        """Yield (block device, 'mount', detail).

        Raises OSError, after all that could be read, where a namespace could not.
        """
        if not self.tree.link("/proc/1/ns/mnt"):
            raise OSError("the namespaces of other processes cannot be read")
        reported, mounted, unread = set(), set(), []
        for pids in self._views():
            pid, text = self._mountinfo(pids)
            if text is None:
                unread += [str(pids[0])] if pid else []
                continue
            where = None
            for line in text.split("\n"):
                if line.split(" ", 1)[0] in self.on:
                    continue  # a changed root directory shows again what is mounted below it
                mount = parse_mountinfo_line(line)
                devices = self._devices(mount) if mount else []
                if mount and mount["fstype"] in _LOCAL:
                    self.local.add(mount["id"])
                mounted.update(devices)
                devices = [device for device in devices if device in self.wanted]
                if not devices:
                    continue
                self.on[mount["id"]] = devices
                for device in devices:
                    # A namespace that was cloned from the host's repeats its mounts; what matters is where it has one
                    # of its own.
                    if (device, mount["mountpoint"]) not in reported:
                        reported.add((device, mount["mountpoint"]))
                        if where is None:
                            where = (
                                "" if 1 in pids else " in the mount namespace of " + openers.describe(self.tree, pid)
                            )
                        yield device, "mount", self._described(mount, device) + where
        for device, fstype in sorted(self._file_systems.items()):
            if device not in mounted:
                yield (
                    device,
                    "mount",
                    (
                        f"{fstype} is mounted where no process sees it: unmounted lazily, or in a mount "
                        "namespace that only a file keeps"
                    ),
                )
        if unread:
            raise OSError(f"the mount namespace of pid {', '.join(unread)} could not be read")

    def _views(self):
        """Return [pid, ...] of the processes that see the same mounts, the host's own first.

        One with a changed root directory sees less than its namespace has.
        """
        views = {}
        for pid in openers.pids(self.tree):
            namespace = self.tree.link(f"/proc/{pid}/ns/mnt")
            if namespace:
                views.setdefault((namespace, self.tree.link(f"/proc/{pid}/root")), []).append(pid)
        return sorted(views.values())

    def _mountinfo(self, pids):
        """Return (pid, text) of the first of *pids* that could be read; (pid, None) where one is there and cannot be;
        (None, None) where all have ended.
        """
        alive = None
        for pid in pids:
            text = self.tree.text(f"/proc/{pid}/mountinfo")
            if text is not None:
                return pid, text
            if self.tree.link(f"/proc/{pid}/ns/mnt"):
                alive = pid
        return alive, None

    def _devices(self, mount):
        device = self.stack.by_number(mount["dev_t"])
        if device is None and mount["fstype"] == "devtmpfs":
            device = self.stack.by_path(
                "/dev" + mount["root"]
            )  # one device file, bound to another place: how a container is given a disk
            mount["fstype"] = "the device file itself" if device else mount["fstype"]
        if device is None and mount["source"].startswith("/"):
            # btrfs has a device number of its own, then the source tells; bcachefs names all its members there.
            found = [self.stack.by_path(path) for path in [mount["source"]] + mount["source"].split(":")]
            return [
                member
                for found_device in found
                if found_device
                for member in self._members.get(found_device, [found_device])
            ]
        logs = [self.stack.by_path(option.partition("=")[2]) for option in mount["super_options"] if "=/dev/" in option]
        return [found_device for found_device in [device] + logs if found_device]

    def _described(self, mount, device):
        """Return the mount point and how it is mounted, with what the kernel did to it after an error."""
        words = [mount["fstype"], "ro" if mount["read_only"] else "rw"]
        words += [why for why in [stopped(mount, self._said(device))] if why]
        here = f"/sys/fs/{mount['fstype']}/{device}/"
        errors = self.tree.number(here + "errors_count")
        if errors:
            words.append(
                "%d error%s from %s to %s, the last in %s"
                % (
                    errors,
                    "" if errors == 1 else "s",
                    self._time(here + "first_error_time"),
                    self._time(here + "last_error_time"),
                    self.tree.text(here + "last_error_func"),
                )
            )
        return f"{mount['mountpoint']} ({', '.join(words)})"

    def _said(self, device):
        """Return the kernel log's word on a device.

        The log is read only if a mount is found: it is long, and who removes hundreds of devices looks as often.
        """
        if self._log is None:
            self._log = kernel_log.look(self.tree)["stopped"]
        return self._log.get(device)

    def _time(self, path):
        seconds = self.tree.number(path)
        return "an unknown time" if seconds is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def stopped(mount, said):
    """Return why what is mounted takes no more writes though it was not asked to be read-only, or None.

    *said*: the kernel log's word on its device, or None.
    """
    options = mount["super_options"]
    if said:
        return "the kernel says: " + said
    if "shutdown" in options:
        return "shut down by the kernel"
    if "rw" in mount["options"] and ("ro" in options or "emergency_ro" in options):
        return "though mounted rw, as the kernel does after an error"
    return None


def parse_mountinfo_line(line):
    """Return what a line of /proc/PID/mountinfo says (proc(5)), or None where it is none.

    Returns {'id', 'dev_t', 'root', 'mountpoint', 'fstype', 'source', 'read_only', 'options', 'super_options'}.
    """
    left, dash, right = line.partition(" - ")
    fields, rest = left.split(" "), right.split(" ")
    if not dash or len(fields) < 6 or len(rest) < 3:
        return None
    options, super_options = fields[5].split(","), rest[2].split(",")
    return {
        "id": fields[0],
        "dev_t": fields[2],
        "root": unescape(fields[3]),
        "mountpoint": unescape(fields[4]),
        "fstype": rest[0],
        "source": unescape(rest[1]),
        "read_only": "ro" in options + super_options or "emergency_ro" in super_options,
        "options": options,
        "super_options": super_options,
    }


def unescape(text):
    """Undo the kernel's escapes in mountinfo and swaps: white space and backslashes are three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), text)
