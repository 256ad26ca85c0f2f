# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a host is, as far as the rules need it: its system, what else on it touches SAN devices, and the SAN file systems that the kernel has stopped.

Only files are read. /etc/pve is a FUSE file system that may hang, so look() belongs in a child and gives its parts one by one.
"""

import functools
import re

from ansible_collections.sanops.multipath.plugins.module_utils import _kernel_log
from ansible_collections.sanops.multipath.plugins.module_utils import _layers
from ansible_collections.sanops.multipath.plugins.module_utils import _lvm_conf
from ansible_collections.sanops.multipath.plugins.module_utils import _mounts
from ansible_collections.sanops.multipath.plugins.module_utils import _proxmox
from ansible_collections.sanops.multipath.plugins.module_utils import _volumes

PARTS = ('os', 'lvm', 'volumes', 'read_only', 'proxmox')


def look(tree, maps, paths):
    """Yields [part] when a part is begun, and [part, facts, None] or [part, None, why] at its end: one that hangs does not cost those before it.

    *maps*, *paths*: what the kernel believes (_kernel.py).
    """
    system, layers = os_release(tree), functools.lru_cache(maxsize=1)(lambda: _layers.Layers(tree, maps, paths))
    for part, read in (
            ('os', lambda: system), ('lvm', lambda: _lvm_conf.look(tree, maps, system['os'], system['os_version'])),
            ('volumes', lambda: _volumes.look(layers())), ('read_only', lambda: read_only(tree, layers())),
            ('proxmox', lambda: _proxmox.look(tree, layers()))):
        yield [part]
        try:
            yield [part, read(), None]
        except (OSError, ValueError) as exc:
            yield [part, None, str(exc)]


def together(items, error):
    """(the fact platform from what look() yielded, [(part, why)] of what could not be read); *error*: why it ended early, or None."""
    ended = dict((item[0], item[1:]) for item in items if len(item) == 3)
    begun = [item[0] for item in items if len(item) == 1]
    known = dict((part, ended[part][0] if part in ended else None) for part in PARTS)
    unread = []
    for part in PARTS:
        if part not in ended:
            unread.append((part, error if part in begun[-1:] or not begun else '%s was not read to the end, and this comes after it' % begun[-1]))
        elif ended[part][1]:
            unread.append((part, ended[part][1]))
    platform = known.pop('os') or {'os': None, 'os_version': None, 'os_like': []}
    return dict(platform, **known), unread


def os_release(tree):
    """{'os': ID, 'os_version': VERSION_ID, 'os_like': [ID_LIKE]} as os-release(5) has them; os is None where there is none."""
    text = tree.text('/etc/os-release') or tree.text('/usr/lib/os-release')
    found = dict(re.findall(r'''^([A-Z_]+)=["']?([^"'\n]*)["']?\s*$''', text or '', re.MULTILINE))
    return {'os': found.get('ID', None if text is None else 'linux'), 'os_version': found.get('VERSION_ID'), 'os_like': found.get('ID_LIKE', '').split()}


def read_only(tree, layers):
    """The file systems on SAN devices that take no more writes: {'stopped': [{'device', 'wwid', 'mountpoint' or None, 'fstype' or None, 'why'}],
    'unsure': [the same]}. They are looked for where the host itself sees them.

    Unsure is one that looks well, of a kind that shows nothing in its options, where the kernel log has already forgotten its beginning.
    """
    stack = layers.stack
    on = dict((block, layers.devices[min(below)]) for block, below in layers.on.items())  # block device: WWID of the SAN device below it
    said, whole = _kernel_log.stopped(tree), _kernel_log.whole(tree)
    stopped, unsure, seen, told = [], [], set(), set()
    mounts = tree.text('/proc/1/mountinfo')
    if mounts is None:
        raise OSError('the mounts of the host could not be read')
    for line in mounts.split('\n'):
        mount = _mounts.parse_mountinfo_line(line)
        device = mount and (stack.by_number(mount['dev_t']) or stack.by_path(mount['source']))
        if device not in on or device in told:  # each file system once, wherever else it is mounted
            continue
        seen.add(device)
        one = {'device': device, 'wwid': on[device], 'mountpoint': mount['mountpoint'], 'fstype': mount['fstype']}
        why = _mounts.stopped(mount, said.get(device))
        if why:
            told.add(device)
            stopped.append(dict(one, why=why))
        elif not whole and not mount['read_only'] and _may_hide(tree, mount['fstype'], device):
            told.add(device)
            unsure.append(dict(one, why='%s tells it in the kernel log only, whose beginning is lost' % mount['fstype']))
    for device in sorted(set(said) & set(on) - seen):
        stopped.append({'device': device, 'wwid': on[device], 'mountpoint': None, 'fstype': None, 'why': 'the kernel says: ' + said[device]})
    return {'stopped': stopped, 'unsure': unsure}


def _may_hide(tree, fstype, device):
    """Whether a file system may have been stopped without a sign of it in its options: XFS, and an ext4 that has ever counted an error, or does not tell."""
    return fstype == 'xfs' or fstype == 'ext4' and tree.number('/sys/fs/ext4/%s/errors_count' % device) != 0
