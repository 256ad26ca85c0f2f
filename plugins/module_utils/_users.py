# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who uses a block device: mounts in every mount namespace, swap, holders all the way up, loop devices, processes.

Nothing is opened but files below /proc and /sys; no device and no mount point is ever touched.
A user is {'kind', 'detail'}; kind is one of mount, swap, loop, process, probe, partition, lvm, luks, md, dm, other. A probe is udev reading
the device to see what is on it: no use of it, but it hangs with a device that hangs.
"""

import re

# Their open file descriptors are multipath itself at work, not a use.
_OWN_PROCESSES = ('multipathd', 'multipath')
_PROBES = ('udev-worker', 'systemd-udevd')
_HOLDERS = (('LVM-', 'lvm'), ('CRYPT-', 'luks'))


def users(tree, names):
    """The users of the block devices *names* (kernel names, such as dm-3 or sdb).

    Returns {name: [user, ...]}. A holder (a partition, LVM, LUKS...) is a user, and so is whoever uses that.
    A multipath map is no user of its paths.
    """
    direct = {}
    known = _device_files(tree)
    for find in (_mounts, _swaps, _loops, _processes):
        for name, user in find(tree, known):
            if user not in direct.setdefault(name, []):
                direct[name].append(user)
    return dict((name, _climb(tree, name, direct)) for name in names)


def _climb(tree, name, direct):
    found = list(direct.get(name, []))
    for kind, upper, title in _holders(tree, name):
        above = _climb(tree, upper, direct)
        if kind == 'path':
            continue  # the map above a path answers for itself
        found.append({'kind': kind, 'detail': title})
        found.extend(user for user in above if user not in found)
    return found


def _holders(tree, name):
    """(kind, kernel name, title) of what lies directly on a device; kind is 'path' where that is a multipath map."""
    for part in tree.names('/sys/class/block/' + name):
        here = '/sys/class/block/%s/%s' % (name, part)
        if tree.exists(here + '/partition'):
            # A partition that the kernel read is there on every disk: only what uses it counts.
            yield from _holders(tree, part)
    for upper in tree.names('/sys/class/block/%s/holders' % name):
        here = '/sys/block/' + upper
        uuid = tree.text(here + '/dm/uuid') or ''
        title = '%s (%s)' % (tree.text(here + '/dm/name') or upper, upper)
        if uuid.startswith('mpath-'):
            yield 'path', upper, title
        elif re.match('part[0-9]+-', uuid):
            yield 'partition', upper, title
        elif upper.startswith('md'):
            yield 'md', upper, title
        else:
            kinds = [kind for prefix, kind in _HOLDERS if uuid.startswith(prefix)]
            yield (kinds or ['dm' if upper.startswith('dm-') else 'other'])[0], upper, title


def _device_files(tree):
    """{path of a device file: kernel name} for the names that /proc shows: /dev/sdb, /dev/dm-3, /dev/mapper/NAME."""
    known = {}
    for name in tree.names('/sys/class/block'):
        known['/dev/' + name.replace('!', '/')] = name
        dm_name = tree.text('/sys/class/block/%s/dm/name' % name)
        if dm_name:
            known['/dev/mapper/' + dm_name] = name
    return known


def _disk_of(tree, name):
    """The whole disk that a partition such as sda1 belongs to; any other name is its own."""
    if tree.exists('/sys/class/block/%s/partition' % name):
        return tree.real('/sys/class/block/' + name).rsplit('/', 2)[1]
    return name


def _mounts(tree, known):
    numbers = dict((tree.text('/sys/class/block/%s/dev' % name), name) for name in tree.names('/sys/class/block'))
    seen = set()
    for pid, own in _mount_namespaces(tree):
        for line in (tree.text('/proc/%s/mountinfo' % pid) or '').splitlines():
            mount = parse_mountinfo_line(line)
            # btrfs and others show a device number of their own: then the source tells.
            name = mount and (numbers.get(mount['dev_t']) or known.get(mount['source']))
            # A namespace that was cloned from the host's repeats its mounts; what matters is where it has one of its own.
            if not name or (name, mount['mountpoint']) in seen:
                continue
            seen.add((name, mount['mountpoint']))
            detail = '%s (%s, %s)' % (mount['mountpoint'], mount['fstype'], 'ro' if mount['read_only'] else 'rw')
            if not own:
                detail += ' in the mount namespace of pid %s (%s)' % (pid, tree.text('/proc/%s/comm' % pid))
            yield _disk_of(tree, name), {'kind': 'mount', 'detail': detail}


def parse_mountinfo_line(line):
    """{'dev_t', 'mountpoint', 'fstype', 'source', 'read_only'} of a line of /proc/PID/mountinfo (proc(5)), or None."""
    left, dash, right = line.partition(' - ')
    fields, rest = left.split(' '), right.split(' ')
    if not dash or len(fields) < 6 or len(rest) < 3:
        return None
    return {
        'dev_t': fields[2], 'mountpoint': _unescape(fields[4]), 'fstype': rest[0], 'source': _unescape(rest[1]),
        'read_only': 'ro' in fields[5].split(',') or 'ro' in rest[2].split(','),
    }


def _mount_namespaces(tree):
    """(pid, is it pid 1's) of one process in each mount namespace, the one with the lowest pid: the host's comes first."""
    seen = {}
    for pid in sorted((int(name) for name in tree.names('/proc') if name.isdigit())):
        namespace = tree.link('/proc/%d/ns/mnt' % pid)
        if namespace:
            seen.setdefault(namespace, pid)
    return [(pid, pid == 1) for pid in sorted(seen.values())]


def _swaps(tree, known):
    for line in (tree.text('/proc/swaps') or '').splitlines()[1:]:
        path = _unescape(line.split()[0])
        if path in known:
            yield _disk_of(tree, known[path]), {'kind': 'swap', 'detail': path}


def _loops(tree, known):
    for name in tree.names('/sys/block'):
        backing = tree.text('/sys/block/%s/loop/backing_file' % name)
        if backing in known:
            yield _disk_of(tree, known[backing]), {'kind': 'loop', 'detail': '/dev/' + name}


def _processes(tree, known):
    for pid in (name for name in tree.names('/proc') if name.isdigit()):
        for number in tree.names('/proc/%s/fd' % pid):
            target = tree.link('/proc/%s/fd/%s' % (pid, number))
            if target in known:
                command = (tree.text('/proc/%s/comm' % pid) or '').strip('()')
                if command not in _OWN_PROCESSES:
                    kind = 'probe' if command in _PROBES else 'process'
                    yield _disk_of(tree, known[target]), {'kind': kind, 'detail': 'pid %s (%s)' % (pid, command)}


def _unescape(text):
    """The kernel writes white space and backslashes in mountinfo and swaps as three octal digits."""
    return re.sub(r'\\([0-7]{3})', lambda found: chr(int(found.group(1), 8)), text)
