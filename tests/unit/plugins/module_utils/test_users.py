# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who uses a device, on trees laid out as the kernel lays them out (what a real kernel shows is asked in the lab)."""

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils import _users
from ansible_collections.sanops.multipath.plugins.module_utils._sysfs import Tree


class Host:
    """A tree of sysfs and proc files, made by the few strokes that these tests need."""

    def __init__(self, root):
        self.root, self.tree = root, Tree(str(root))
        (root / 'proc').mkdir()

    def file(self, path, text):
        target = self.root / path.lstrip('/')
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text + '\n')

    def link(self, path, to):
        target = self.root / path.lstrip('/')
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(to)

    def disk(self, name, dev_t, parts=()):
        self.file('/sys/devices/block/%s/dev' % name, dev_t)
        self.link('/sys/block/' + name, '../devices/block/' + name)
        self.link('/sys/class/block/' + name, '../../devices/block/' + name)
        for number, part in enumerate(parts, 1):
            self.file('/sys/devices/block/%s/%s/partition' % (name, part), str(number))
            self.file('/sys/devices/block/%s/%s/dev' % (name, part), '%s:%d' % (dev_t.split(':')[0], int(dev_t.split(':')[1]) + number))
            self.link('/sys/class/block/' + part, '../../devices/block/%s/%s' % (name, part))

    def dm(self, name, minor, dm_name, uuid, below):
        self.disk(name, '253:%d' % minor)
        self.file('/sys/devices/block/%s/dm/name' % name, dm_name)
        self.file('/sys/devices/block/%s/dm/uuid' % name, uuid)
        for one in below:
            holders = self.root / 'sys/class/block' / one / 'holders'
            holders.mkdir(exist_ok=True)
            (holders / name).symlink_to('../../' + name)

    def process(self, pid, comm, mounts=(), namespace='mnt:[1]', files=()):
        self.file('/proc/%d/comm' % pid, comm)
        self.file('/proc/%d/mountinfo' % pid, '\n'.join(mounts))
        self.link('/proc/%d/ns/mnt' % pid, namespace)
        for number, path in enumerate(files):
            self.link('/proc/%d/fd/%d' % (pid, number), path)


@pytest.fixture
def host(tmp_path):
    host = Host(tmp_path)
    host.disk('sda', '8:0', ['sda1'])
    host.disk('sdb', '8:16')
    host.dm('dm-0', 0, 'mpatha', 'mpath-3600a', ['sda', 'sdb'])
    host.process(1, 'systemd')
    return host


def users(host, *names):
    return _users.users(host.tree, names or ['dm-0', 'sda'])


def mount(dev_t, where, source='/dev/mapper/mpatha', options='rw'):
    return '36 35 %s / %s rw,relatime shared:1 - ext4 %s %s' % (dev_t, where, source, options)


def test_nobody(host):
    assert users(host) == {'dm-0': [], 'sda': []}


def test_a_mount_and_how(host):
    host.file('/proc/1/mountinfo', mount('253:0', r'/mnt/with\040space') + '\n' + mount('253:0', '/mnt/ro', options='ro'))
    assert users(host)['dm-0'] == [
        {'kind': 'mount', 'detail': '/mnt/with space (ext4, rw)'}, {'kind': 'mount', 'detail': '/mnt/ro (ext4, ro)'}]


def test_a_mount_in_another_namespace_only(host):
    host.process(77, 'postgres', [mount('253:0', '/data')], 'mnt:[2]')
    host.process(78, 'postgres', [mount('253:0', '/data')], 'mnt:[2]')
    assert users(host)['dm-0'] == [{'kind': 'mount', 'detail': '/data (ext4, rw) in the mount namespace of pid 77 (postgres)'}]


def test_a_cloned_namespace_repeats_nothing(host):
    host.file('/proc/1/mountinfo', mount('253:0', '/data'))
    host.process(77, 'systemd-udevd', [mount('253:0', '/data'), mount('253:0', '/private')], 'mnt:[2]')
    assert [user['detail'] for user in users(host)['dm-0']] == [
        '/data (ext4, rw)', '/private (ext4, rw) in the mount namespace of pid 77 (systemd-udevd)']


def test_udevs_probe_is_told_apart(host):
    host.process(52, '(udev-worker)', files=['/dev/dm-0'])
    assert users(host)['dm-0'] == [{'kind': 'probe', 'detail': 'pid 52 (udev-worker)'}]


def test_btrfs_is_found_by_its_source(host):
    host.file('/proc/1/mountinfo', mount('0:45', '/mnt/btrfs'))
    assert [user['kind'] for user in users(host)['dm-0']] == ['mount']


def test_holders_all_the_way_up(host):
    host.dm('dm-1', 1, 'mpatha-part1', 'part1-mpath-3600a', ['dm-0'])
    host.dm('dm-2', 2, 'crypt', 'CRYPT-LUKS2-1', ['dm-1'])
    host.dm('dm-3', 3, 'vg-lv', 'LVM-x', ['dm-2'])
    host.file('/proc/1/mountinfo', mount('253:3', '/srv', '/dev/mapper/vg-lv'))
    found = users(host)
    assert [(user['kind'], user['detail']) for user in found['dm-0']] == [
        ('partition', 'mpatha-part1 (dm-1)'), ('luks', 'crypt (dm-2)'), ('lvm', 'vg-lv (dm-3)'), ('mount', '/srv (ext4, rw)')]
    assert found['sda'] == []  # what lies on the map is no use of its path


def test_a_path_used_behind_the_maps_back(host):
    host.file('/proc/1/mountinfo', mount('8:1', '/oops', '/dev/sda1'))
    host.process(9, 'dd', files=['/dev/sda'])
    assert users(host)['sda'] == [
        {'kind': 'mount', 'detail': '/oops (ext4, rw)'}, {'kind': 'process', 'detail': 'pid 9 (dd)'}]


def test_md_on_a_partition_of_a_disk(host):
    host.disk('md0', '9:0')
    holders = host.root / 'sys/devices/block/sda/sda1/holders'
    holders.mkdir()
    (holders / 'md0').symlink_to('../../../md0')
    assert users(host)['sda'] == [{'kind': 'md', 'detail': 'md0 (md0)'}]


def test_swap_loop_and_processes(host):
    host.file('/proc/swaps', 'Filename Type Size Used Priority\n/dev/dm-0 partition 100 0 -2\n/swapfile file 1 0 -3')
    host.disk('loop0', '7:0')
    host.file('/sys/devices/block/loop0/loop/backing_file', '/dev/mapper/mpatha')
    host.process(50, 'qemu', files=['/dev/null', '/dev/dm-0'])
    host.process(51, 'multipathd', files=['/dev/sda', '/dev/dm-0'])
    assert users(host) == {'sda': [], 'dm-0': [
        {'kind': 'swap', 'detail': '/dev/dm-0'}, {'kind': 'loop', 'detail': '/dev/loop0'}, {'kind': 'process', 'detail': 'pid 50 (qemu)'}]}


@pytest.mark.parametrize('line', ['', '1 2 3', '36 35 8:0 / / rw shared:1 ext4 /dev/sda rw', '36 35 8:0 / / rw - ext4'])
def test_a_line_that_is_no_mount(line):
    assert _users.parse_mountinfo_line(line) is None
