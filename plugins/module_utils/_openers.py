# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The processes that have a block device, or a file on what is mounted from it, open; and what a process is.

Its command line and its memory map are left alone: reading them waits for a process that hangs in a page fault.
"""

import os
import re

# Their open files are multipath itself at work, not a use.
_MULTIPATH = ('multipathd', 'multipath')
_NBD_SERVERS = ('nbd-server', 'qemu-nbd', 'nbdkit')
_UDEV = 'systemd-udevd.service'
_STUCK = 'in D state'
_EXITING = 0x4  # PF_EXITING of the kernel, in the flags of /proc/PID/stat
_MOST_ON_A_FILE_SYSTEM = 10  # named for each device: a disk that the host has booted from has a file of every process
_CONTAINER = re.compile(r'(?:^|[-/:])([0-9a-f]{64})(?:\.scope)?(?:/|$)')
_LXC = re.compile(r'/lxc(?:\.payload)?[./]([^/]+)')
_POD = re.compile('pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})')


def find(tree, stack, mounts):
    """Yields (block device, kind, detail); kind is process, probe (udev at work), export (an NBD server), or, with None for the device, ended: a worker
    of udev that was killed while it waited in the kernel. It shows no open file any more, and holds its device until the kernel lets it go. Kind is
    opener, with the process's number for the detail, for everyone who has the device or a file on it open, multipath too.

    *mounts*: the Mounts that were found. Raises OSError where the open files of other processes cannot be read.
    """
    if not tree.names('/proc/1/fd'):
        raise OSError('the open files of other processes cannot be read')
    on_file_systems = {}
    for pid in pids(tree):
        numbers = tree.names('/proc/%d/fd' % pid)
        if not numbers and _is_ending(tree, pid) and is_udev(tree, pid):
            yield None, 'ended', describe(tree, pid)
        opened, files = _open(tree, stack, mounts, pid, numbers)
        for device in sorted(opened.union(files)):
            yield device, 'opener', pid
        if not (opened or files) or _is_multipath(tree, pid):
            continue
        told = describe(tree, pid)
        for device in sorted(opened):
            yield device, _kind(tree, pid), told
        for device in sorted(set(files) - opened):
            on_file_systems.setdefault(device, []).append('%s, has %s open' % (told, files[device]))
    for device, found in sorted(on_file_systems.items()):
        found.sort(key=_not_stuck)
        for detail in found[:_MOST_ON_A_FILE_SYSTEM]:
            yield device, 'process', detail
        if len(found) > _MOST_ON_A_FILE_SYSTEM:
            yield device, 'process', 'and %d more with files open on it' % (len(found) - _MOST_ON_A_FILE_SYSTEM)


def pids(tree):
    """The processes of now, in order."""
    return sorted(int(name) for name in tree.names('/proc') if name.isdigit())


def describe(tree, pid):
    """A process in words: "pid 50 (postgres), unit postgresql.service, in D state"."""
    words = ['pid %s (%s)' % (pid, _command(tree, pid))]
    place = parse_cgroup(tree.text('/proc/%s/cgroup' % pid) or '')
    words += [place] if place else []
    tasks = [tree.text('/proc/%s/task/%s/stat' % (pid, task)) or '' for task in tree.names('/proc/%s/task' % pid)]
    if any(stat.rpartition(') ')[2].startswith('D') for stat in tasks):
        words.append(_STUCK)
    return ', '.join(words)


def parse_cgroup(text):
    """What /proc/PID/cgroup says of where a process belongs: "container 0123456789ab of pod UID", "unit NAME", or None."""
    paths = [line.split(':', 2)[2] for line in text.splitlines() if line.count(':') > 1]
    for path in paths:
        found, lxc, pod = _CONTAINER.search(path), _LXC.search(path), _POD.search(path)
        if found or lxc or pod:
            name = 'container %s' % (found.group(1)[:12] if found else lxc.group(1)) if found or lxc else ''
            return ' of '.join(([name] if name else []) + (['pod ' + pod.group(1).replace('_', '-')] if pod else []))
    units = [part for path in paths for part in path.split('/') if part.endswith(('.service', '.scope'))]
    return 'unit ' + units[-1] if units else None


def _open(tree, stack, mounts, pid, numbers):
    """Of the open files *numbers*: ({block device that a process has open}, {block device: a file of the process on a file system there})."""
    opened, files = set(), {}
    for number in numbers:
        here = '/proc/%d/fd/%s' % (pid, number)
        target = tree.link(here)
        if not target or not target.startswith('/'):
            continue  # a socket, a pipe
        # The path is another root directory's, maybe: only the open file itself tells what it is. But to ask a file of a dead NFS server is to wait.
        safe = target.startswith('/dev/')
        if not safe:
            mount = _mount_of(tree, pid, number)
            safe = mount in mounts.local
            for device in mounts.on.get(mount, ()):
                files.setdefault(device, target)
        device = stack.by_number(tree.block_number(here)) if safe else None
        if device:
            opened.add(device)
    return opened, files


def _mount_of(tree, pid, number):
    found = re.search(r'^mnt_id:\s*(\d+)', tree.text('/proc/%d/fdinfo/%s' % (pid, number)) or '', re.MULTILINE)
    return found and found.group(1)


def _command(tree, pid):
    return (tree.text('/proc/%s/comm' % pid) or '').strip('()')


def _is_multipath(tree, pid):
    """Whether it is multipath by its program: any process can give itself the name."""
    program = os.path.basename(tree.link('/proc/%d/exe' % pid) or '')
    return program.replace(' (deleted)', '') in _MULTIPATH  # (deleted): it has been updated since


def is_udev(tree, pid):
    return parse_cgroup(tree.text('/proc/%d/cgroup' % pid) or '') == 'unit ' + _UDEV


def _is_ending(tree, pid):
    """Whether a process is on its way out and waits in the kernel."""
    words = (tree.text('/proc/%d/stat' % pid) or '').rpartition(') ')[2].split()
    return len(words) > 6 and words[0] == 'D' and bool(int(words[6]) & _EXITING)


def _kind(tree, pid):
    if is_udev(tree, pid):
        return 'probe'
    return 'export' if _command(tree, pid) in _NBD_SERVERS else 'process'


def _not_stuck(detail):
    return _STUCK not in detail
