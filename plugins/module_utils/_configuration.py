# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How a host is configured: multipath, open-iscsi, and what else of it breeds stale devices. Facts for the rules, not for the verdict."""

import os

from ansible_collections.sanops.multipath.plugins.module_utils import _bounded
from ansible_collections.sanops.multipath.plugins.module_utils import _fc
from ansible_collections.sanops.multipath.plugins.module_utils import _iscsi_facts
from ansible_collections.sanops.multipath.plugins.module_utils import _layers
from ansible_collections.sanops.multipath.plugins.module_utils import _multipath_facts
from ansible_collections.sanops.multipath.plugins.module_utils import _multipath_files
from ansible_collections.sanops.multipath.plugins.module_utils import _platform
from ansible_collections.sanops.multipath.plugins.module_utils import _portals
from ansible_collections.sanops.multipath.plugins.module_utils import _proxmox
from ansible_collections.sanops.multipath.plugins.module_utils import _symptoms

_LAST_WORDS = 0.1  # seconds before its end in which a child tells what it knows

# What a gap of these leaves open says nothing about what a device is. Who has it may be among it, and is asked for itself (_proxmox_veto.py).
PARTS = ('multipath_conf', 'iscsi', 'portals', 'fc') + _platform.PARTS + _symptoms.PARTS


def collect(tree, kernel, daemon, deadlines, missing):
    """{'multipath_conf', 'iscsi', 'fc', 'platform'}, shapes: see the module stale_mpath_facts, RETURN; None is not known, or not there.

    *kernel*: {'maps', 'paths', 'sessions'} of _kernel and _iscsi; *daemon*: the fact multipathd; *deadlines*: {part: its own}; *missing*: is called with
    (what, why) for each gap.
    """
    return {
        'multipath_conf': _multipath(tree, kernel, daemon, deadlines['multipath_conf'], missing),
        'iscsi': _with_portals(_iscsi(tree, kernel['sessions'], deadlines['iscsi'], missing), kernel['sessions'], deadlines['portals'], missing),
        'fc': _fibre_channel(tree, deadlines['fc'], missing),
        'platform': _look(tree, kernel, deadlines['platform'], missing),
    }


def owners(tree, kernel, deadline, missing):
    """{'proxmox'}: of the fact platform, what whoever is about to act on the devices of *kernel* has to know."""
    found, error = _bounded.call(lambda: _proxmox.look(tree, _layers.Layers(tree, kernel['maps'], kernel['paths'])), deadline)
    if error:
        missing('proxmox', error)
    else:  # of a thousand guests those that have these devices
        found['guests'] = [guest for guest in found['guests'] if any(disk['devices'] for disk in guest['disks'])]
    return {'proxmox': found}


def _multipath(tree, kernel, daemon, deadline, missing):
    if daemon['version'] is None:  # no multipath-tools, or they did not answer, which is told already
        return None
    try:
        found, gaps = _multipath_facts.collect(tree, kernel['maps'], kernel['paths'], daemon['running'], deadline)
    except _multipath_files.Unresolved as exc:
        found, gaps = None, [str(exc)]
    for why in gaps:
        missing('multipath_conf', why)
    return found


def _iscsi(tree, sessions, deadline, missing):
    if os.geteuid() != 0 and _iscsi_facts.is_there(tree):
        missing('iscsi', "only root reads open-iscsi's node records (become: true)")
        return None
    found, error = _bounded.call(lambda: _iscsi_facts.read(tree, sessions), deadline)
    if error:
        missing('iscsi', error)
    return found


def _with_portals(iscsi, sessions, deadline, missing):
    """The fact iscsi with whether its portals answer; None as long as that is not known."""
    if iscsi is None:
        return None
    portals, error = _portals.named(iscsi['records'], sessions), None
    if portals:
        found, error = _bounded.call(lambda: _portals.probe(portals, deadline - _LAST_WORDS), deadline)
    if error:
        missing('portals', error)
    return dict(iscsi, portals=found if portals else [])


def _fibre_channel(tree, deadline, missing):
    found, error = _bounded.call(lambda: _fc.read(tree), deadline)
    if error:
        missing('fc', error)
    return found


def _look(tree, kernel, deadline, missing):
    platform, unread = _platform.together(*_bounded.stream(lambda: _platform.look(tree, kernel['maps'], kernel['paths']), deadline))
    for part, why in unread:
        missing(part, why)
    return platform
