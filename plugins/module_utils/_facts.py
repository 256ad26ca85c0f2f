# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One host's testimony: the kernel's view, then what multipathd says, what the wire says, and who uses what.

Each witness has its share of the time; what does not come in time is named in 'incomplete', never guessed.
"""

import os
import time

from ansible_collections.sanops.multipath.plugins.module_utils import _bounded
from ansible_collections.sanops.multipath.plugins.module_utils import _iscsi
from ansible_collections.sanops.multipath.plugins.module_utils import _kernel
from ansible_collections.sanops.multipath.plugins.module_utils import _multipathd
from ansible_collections.sanops.multipath.plugins.module_utils import _users
from ansible_collections.sanops.multipath.plugins.module_utils import _wire

SCHEMA = 1
_LIVE_STATES = ('running', None)
_LIVE_SESSIONS = ('LOGGED_IN', 'Online', 'Marginal', None)  # iSCSI session, FC remote port, neither
# By when, as a share of the budget, each witness must be done; one that is quick leaves its time to the next.
_KERNEL_BY, _DM_BY, _DAEMON_BY, _WIRE_BY, _USERS_BY = 0.4, 0.45, 0.55, 0.8, 0.95


class _Clock(object):
    """The budget of one call, in shares of its whole."""

    def __init__(self, timeout):
        self.start, self.timeout = time.monotonic(), timeout

    def by(self, share):
        return self.start + share * self.timeout

    def elapsed(self):
        return round(time.monotonic() - self.start, 3)


def collect(tree, timeout):
    """The facts of this host, within *timeout* seconds. Shape: see the module stale_mpath_facts, RETURN."""
    clock, incomplete = _Clock(timeout), []

    def missing(what, why):
        incomplete.append({'what': what, 'why': why})

    kernel, error = _bounded.call(lambda: _read_kernel(tree), clock.by(_KERNEL_BY))
    if error:
        missing('kernel', 'sysfs: ' + error)
        kernel = kernel or {'host': {}, 'sessions': [], 'paths': [], 'maps': []}
    maps, paths = kernel['maps'], kernel['paths']

    if maps:
        dm_view, error = _bounded.call(_kernel.dm_view, clock.by(_DM_BY))
        if error:
            missing('device-mapper', 'open counts and tables: ' + error)
    else:
        dm_view = {}
    daemon, daemon_maps = _ask_daemon(tree, bool(maps), clock.by(_DAEMON_BY), missing)
    words = _ask_wire(tree, paths, clock.by(_WIRE_BY), missing)
    names = [one['dm'] for one in maps] + [one['sd'] for one in paths if one['sd']]
    users = _ask_users(tree, names, clock.by(_USERS_BY), missing)

    _assemble(maps, paths, dm_view or {}, daemon_maps, words, users)
    return {
        'schema': SCHEMA, 'host': kernel['host'], 'multipathd': daemon, 'maps': maps, 'paths': paths,
        'sessions': kernel['sessions'], 'elapsed': clock.elapsed(), 'incomplete': incomplete,
    }


def _read_kernel(tree):
    sessions = _iscsi.sessions(tree)
    host = _kernel.host(tree)
    host['initiators'] = _iscsi.initiators(tree)
    paths, maps = _kernel.paths(tree, sessions), _kernel.maps(tree)
    known = [one['wwid'] for one in maps]
    for path in paths:
        if path['map'] not in known:  # the map went away between the two looks: the disk must not go with it
            path['map'] = None
    return {'host': host, 'sessions': sessions, 'paths': paths, 'maps': maps}


def _ask_daemon(tree, has_maps, deadline, missing):
    """(the fact multipathd, its view of the maps or {}); a host without maps is no worse for a daemon that is not there."""
    daemon = _multipathd.daemon(tree)
    daemon['version'] = _multipathd.version(deadline)
    if not daemon['running']:
        if has_maps:
            missing('multipathd', 'not running: its view of the paths is not known (it was not started)')
        return daemon, {}
    try:
        return daemon, _multipathd.maps(deadline)
    except (OSError, ValueError) as exc:
        missing('multipathd', 'no view of the paths: %s' % exc)
        return daemon, {}


def _ask_wire(tree, paths, deadline, missing):
    """{hctl: word}; only paths that the kernel holds for usable are asked: a dead one cannot answer, and its command would stay in a queue."""
    words, nodes = {}, {}
    for path in paths:
        hctl = path['hctl']
        if path['session_state'] not in _LIVE_SESSIONS:
            words[hctl] = _wire.unasked('unreachable', 'not asked: the session is %s' % path['session_state'])
        elif path['device_state'] not in _LIVE_STATES:
            words[hctl] = _wire.unasked('unreachable', 'not asked: the device is %s' % path['device_state'])
        elif path['sg'] is None:
            words[hctl] = _wire.unasked('unreadable', 'not asked: it has no sg node')
        else:
            nodes[hctl] = tree.root + '/dev/' + path['sg']
    if any(path['sg'] is None for path in paths):
        missing('wire', 'some disks have no sg node; load the sg driver (modprobe sg) to have them asked')
    if nodes and os.geteuid() != 0:
        missing('wire', 'the sg nodes can only be asked by root (become: true)')
    # The child stops at its own deadline a little before, so that a late answer of one path does not cost the others theirs.
    answers, error = _bounded.stream(lambda: _wire.ask(nodes, deadline), deadline + 0.5) if nodes else ([], None)
    if error:
        missing('wire', 'some paths were not asked to the end: ' + error)
    expected = dict((path['hctl'], path['map'] or path['wwid']) for path in paths)
    for hctl, testimony in answers:
        words[hctl] = _wire.word(testimony, expected[hctl])
    for hctl in nodes:
        words.setdefault(hctl, _wire.unasked('silent', 'no answer by the deadline'))
    return words


def _ask_users(tree, names, deadline, missing):
    """{kernel name: users or None}, or None: not known. Nobody found is not the same as nobody there."""
    if not names:
        return {}
    if os.geteuid() != 0:
        missing('users', 'only root sees the mounts and open files of all processes (become: true)')
        return None
    found, error = _bounded.stream(lambda: _users.find(tree, names), deadline)
    users, unread = _users.by_name(found, names, error)
    for why in unread:
        missing('users', why)
    return users


def _assemble(maps, paths, dm_view, daemon_maps, words, users):
    """Put each witness's word beside the device that it is about."""
    by_map = dict((one['wwid'], []) for one in maps)
    for path in paths:
        view = daemon_maps.get(path['map'], {}).get('paths', {}).get(path['sd'], {})
        path['dm_state'], path['checker_state'] = view.get('dm_state'), view.get('checker_state')
        path['wire'] = words[path['hctl']]
        # A disk without a block device is about to have one, or has lost it while somebody may still have it open.
        path['users'] = None if users is None else users.get(path['sd'])
        if path['map'] in by_map:
            by_map[path['map']].append(path)
    for one in maps:
        mine, daemon = by_map[one['wwid']], daemon_maps.get(one['wwid'], {})
        dm_one = dm_view.get(one['dev_t'], {})
        one['paths'] = [path['hctl'] for path in mine]
        # A slave that is no SCSI disk (NVMe, virtio) has a place in the map and no voice on this wire.
        one['other_slaves'] = [name for name in one.pop('slaves') if name not in [path['sd'] for path in mine]]
        one['vendor'] = mine[0]['vendor'] if mine else daemon.get('vendor')
        one['product'] = mine[0]['product'] if mine else daemon.get('product')
        one['open_count'] = dm_one.get('open_count')
        one['features'] = dm_one.get('features')
        one['queue_if_no_path'] = dm_one.get('queue_if_no_path')
        one['queueing'] = daemon.get('queueing')
        one['users'] = None if users is None else _held_against(users.get(one['dm']), one['open_count'])


def _held_against(users, open_count):
    """The users that were found, held against device-mapper's count of openers: without it "nobody" is not known, and above it somebody was missed."""
    if users is None or any(user['kind'] != 'probe' for user in users):
        return users
    if open_count is None:
        return None
    missed = open_count - len(users)
    return users + ([{'kind': 'other', 'detail': 'open count %d, by whom is not known' % open_count}] if missed > 0 else [])
