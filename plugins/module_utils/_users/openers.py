# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The processes that have a block device, the node for SCSI commands to it, or a file on what is mounted from it,
open; and what a process is.

Its command line and its memory map are left alone: reading them waits for a process that hangs in a page fault.
"""

import re

from ansible_collections.sanops.multipath.plugins.module_utils._system import child

# Their open files are multipath itself at work, not a use. Anybody can give a program of his own the name, but only
# root can put it there.
_MULTIPATH = re.compile(r"(?:/usr|/usr/local)?/s?bin/multipathd?$|/nix/store/[^/]+/s?bin/multipathd?$")
_DELETED = " (deleted)"  # the program has been updated since
_NBD_SERVERS = ("nbd-server", "qemu-nbd", "nbdkit")
# In the host's own slice: a user's manager, or a container, may have a unit of that name too. "..": seen from a cgroup
# namespace further down.
_UDEV = re.compile(r"(?:/\.\.)*/system\.slice/systemd-udevd\.service(?:/|$)")
_GENERIC = re.compile(r"/([0-9]+:[0-9]+:[0-9]+:[0-9]+)/(?:scsi_generic|bsg)/[^/]+$")  # in a node's place in sysfs
_STUCK = "in D state"
_EXITING = 0x4  # PF_EXITING of the kernel, in the flags of /proc/PID/stat
_MOST_ON_A_FILE_SYSTEM = 10  # named for each device: a disk that the host has booted from has a file of every process
_CONTAINER = re.compile(r"(?:^|[-/:])([0-9a-f]{64})(?:\.scope)?(?:/|$)")
_LXC = re.compile(r"/lxc(?:\.payload)?[./]([^/]+)")
_POD = re.compile("pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})")


def find(tree, stack, mounts):
    """Yield (block device, kind, detail); kind is process, probe (udev at work), export (an NBD server), or, with None
    for the device, ended: a worker of udev that was killed while it waited in the kernel. It shows no open file any
    more, and holds its device until the kernel lets it go. Kind is opener, with the process's number for the detail,
    for everyone who has the device or a file on it open, multipath too. A process that has the sg or bsg node of a disk
    open sends it commands: that is as good as the disk itself.

    *mounts*: the Mounts that were found. Raises OSError where the open files of other processes cannot be read, or, at
    the end, those of some.
    """
    if not tree.names("/proc/1/fd"):
        raise OSError("the open files of other processes cannot be read")
    on_file_systems, disks, forbidden, ours = {}, {}, [], child.killed()
    for pid in pids(tree):
        try:
            found, opened, generic, files = _open(tree, stack, mounts, disks, pid)
        except PermissionError:
            forbidden.append(f"pid {pid} ({_command(tree, pid)})")
            continue
        if not found and _is_ending(tree, pid) and is_udev(tree, pid):
            yield None, "ended", describe(tree, pid)
        if pid in ours:
            generic = {}  # our own child that asked the wire
        for device in sorted(opened.union(generic, files)):
            yield device, "opener", pid
        if not (opened or generic or files) or _is_multipath(tree, pid):
            continue
        described = describe(tree, pid)
        for device in sorted(opened):
            yield device, _kind(tree, pid), described
        for device in sorted(set(generic) - opened):
            yield device, _kind(tree, pid), f"{described}, has {generic[device]} open"
        for device in sorted(set(files) - opened):
            on_file_systems.setdefault(device, []).append(f"{described}, has {files[device]} open")
    for device, found in sorted(on_file_systems.items()):
        found.sort(key=_not_stuck)
        for detail in found[:_MOST_ON_A_FILE_SYSTEM]:
            yield device, "process", detail
        if len(found) > _MOST_ON_A_FILE_SYSTEM:
            yield device, "process", "and %d more with files open on it" % (len(found) - _MOST_ON_A_FILE_SYSTEM)
    if forbidden:
        raise OSError(f"the open files of {', '.join(forbidden)} may not be read")


def pids(tree):
    """Return the processes of now, in order."""
    return sorted(int(name) for name in tree.names("/proc") if name.isdigit())


def describe(tree, pid):
    """Return a process in words: "pid 50 (postgres), unit postgresql.service, in D state"."""
    words = [f"pid {pid} ({_command(tree, pid)})"]
    place = parse_cgroup(tree.text(f"/proc/{pid}/cgroup") or "")
    words += [place] if place else []
    here = f"/proc/{pid}/task"
    if any(tree.process_stat(f"{here}/{task}/stat")[1][:1] == ["D"] for task in tree.names(here)):
        words.append(_STUCK)
    return ", ".join(words)


def parse_cgroup(text):
    """Return what /proc/PID/cgroup says of where a process belongs: "container 0123456789ab of pod UID", "unit NAME",
    or None.
    """
    paths = [line.split(":", 2)[2] for line in text.splitlines() if line.count(":") > 1]
    for path in paths:
        found, lxc, pod = _CONTAINER.search(path), _LXC.search(path), _POD.search(path)
        if found or lxc or pod:
            name = "container %s" % (found.group(1)[:12] if found else lxc.group(1)) if found or lxc else ""
            return " of ".join(([name] if name else []) + (["pod " + pod.group(1).replace("_", "-")] if pod else []))
    units = [part for path in paths for part in path.split("/") if part.endswith((".service", ".scope"))]
    return "unit " + units[-1] if units else None


def _open(tree, stack, mounts, disks, pid):
    """Return what a process has open: (whether it has any file open, {block device}, {SCSI disk: its node for
    commands}, {block device: a file of its file system}).

    *disks*: see _disk. Raises PermissionError where that may not be read, and the process is there all the same.
    """
    try:
        return _open_now(tree, stack, mounts, disks, pid)
    except PermissionError:  # the kernel says so, too, of a process that ends in this moment; then it is gone by now
        return _open_now(tree, stack, mounts, disks, pid)


def _open_now(tree, stack, mounts, disks, pid):
    found, opened, generic, files = False, set(), {}, {}
    for here, number in _numbers(tree, pid):
        found = True
        target = tree.link(f"{here}/fd/{number}", strict=True)
        if not target or not target.startswith("/"):
            continue  # a socket, a pipe
        # The path is another root directory's, maybe: only the open file itself tells what it is. But to ask a file of
        # a dead NFS server is to wait.
        safe = target.startswith("/dev/")
        if not safe:
            mount = _mount_of(tree, here, number)
            safe = mount in mounts.local
            for device in mounts.on.get(mount, ()):
                files.setdefault(device, target)
        kind, dev_t = safe and tree.node(f"{here}/fd/{number}") or (None, None)
        if kind == "block" and stack.by_number(dev_t):
            opened.add(stack.by_number(dev_t))
        elif kind == "character" and _disk(tree, disks, dev_t):
            generic.setdefault(_disk(tree, disks, dev_t), target)
    return found, opened, generic, files


def _numbers(tree, pid):
    """Yield (folder, number of an open file) of a process; of its threads, where the process itself has none: its first
    thread may have ended.
    """
    here = f"/proc/{pid}"
    numbers = tree.names(here + "/fd", strict=True)
    for number in numbers:
        yield here, number
    if not numbers:
        for task in tree.names(here + "/task"):
            if task != str(pid):
                for number in tree.names(f"{here}/task/{task}/fd", strict=True):
                    yield f"{here}/task/{task}", number


def _disk(tree, disks, dev_t):
    """Return the SCSI disk (sdb) to which a character device sends commands, or None.

    *disks*: {"major:minor": it}, as far as it is known: this fills it.
    """
    if dev_t not in disks:
        found = _GENERIC.search(tree.link("/sys/dev/char/" + dev_t) or "")
        names = tree.names(f"/sys/class/scsi_device/{found.group(1)}/device/block") if found else []
        disks[dev_t] = names[0] if names else None
    return disks[dev_t]


def _mount_of(tree, here, number):
    found = re.search(r"^mnt_id:\s*(\d+)", tree.text(f"{here}/fdinfo/{number}") or "", re.MULTILINE)
    return found and found.group(1)


def _command(tree, pid):
    return (tree.text(f"/proc/{pid}/comm") or "").strip("()")


def _is_multipath(tree, pid):
    """Return whether it is multipath by its program, where only root can put it, and run by root on the host itself.

    Any process can give itself the name, and the author of a container's image chooses what its /usr/sbin holds.
    """
    program = tree.link(f"/proc/{pid}/exe") or ""
    if program.endswith(_DELETED):
        program = program[: -len(_DELETED)]
    return bool(_MULTIPATH.match(program)) and _is_of_root(tree, pid) and _is_on_the_host(tree, pid)


def _is_on_the_host(tree, pid):
    """Return whether a process has the mounts of the host's first process; not where that cannot be read."""
    mounts = tree.link(f"/proc/{pid}/ns/mnt")
    return mounts is not None and mounts == tree.link("/proc/1/ns/mnt")


def _is_of_root(tree, pid):
    """Return whether a process has root's user IDs, real and effective; not where it cannot be read."""
    found = re.search(r"^Uid:\s*(\d+)\s+(\d+)", tree.text(f"/proc/{pid}/status") or "", re.MULTILINE)
    return bool(found) and found.groups() == ("0", "0")


def is_udev(tree, pid):
    """Return whether a process belongs to the host's udev: its daemon, its workers, and what they run."""
    lines = (tree.text(f"/proc/{pid}/cgroup") or "").splitlines()
    return any(_UDEV.match(line.split(":", 2)[2]) for line in lines if line.count(":") > 1)


def _is_ending(tree, pid):
    """Return whether a process is exiting and waits in the kernel."""
    dummy, words = tree.process_stat(f"/proc/{pid}/stat")
    return len(words) > 6 and words[0] == "D" and bool(int(words[6]) & _EXITING)


def _kind(tree, pid):
    if is_udev(tree, pid):
        return "probe"
    return "export" if _command(tree, pid) in _NBD_SERVERS else "process"


def _not_stuck(detail):
    return _STUCK not in detail
