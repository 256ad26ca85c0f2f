# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How a host is configured: multipath, open-iscsi, and what else of it breeds stale devices.

Facts for the rules, not for the verdict.
"""

import os

from ansible_collections.sanops.multipath.plugins.module_utils._host import platform as host_platform
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import fc
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import facts as multipath_facts
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import files as multipath_files
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import facts as iscsi_facts
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import portals as open_iscsi_portals
from ansible_collections.sanops.multipath.plugins.module_utils._system import child

_LAST_WORDS = 0.1  # seconds before its end in which a child tells what it knows


def collect(tree, kernel, daemon, deadlines, missing):
    """{'multipath_conf', 'iscsi', 'fc', 'platform'}, shapes: see the module stale_mpath_facts, RETURN; None is not
    known, or not there.

    *kernel*: {'maps', 'paths', 'sessions'} of _kernel/devices.py and _kernel/iscsi_sessions.py; *daemon*: the fact
    multipathd; *deadlines*: {part: its own}; *missing*: is called with (what, why) for each gap.
    """
    return {
        "multipath_conf": _multipath(tree, kernel, daemon, deadlines["multipath_conf"], missing),
        "iscsi": _with_portals(
            _iscsi(tree, kernel["sessions"], deadlines["iscsi"], missing),
            kernel["sessions"],
            deadlines["portals"],
            missing,
        ),
        "fc": _fibre_channel(tree, deadlines["fc"], missing),
        "platform": _look(tree, kernel, deadlines["platform"], missing),
    }


def _multipath(tree, kernel, daemon, deadline, missing):
    if daemon["version"] is None:  # no multipath-tools, or they did not answer, which is told already
        return None
    try:
        found, gaps = multipath_facts.collect(tree, kernel["maps"], kernel["paths"], daemon["running"], deadline)
    except multipath_files.Unresolved as exc:
        found, gaps = None, [str(exc)]
    for why in gaps:
        missing("multipath_conf", why)
    return found


def _iscsi(tree, sessions, deadline, missing):
    if os.geteuid() != 0 and iscsi_facts.is_there(tree):
        missing("iscsi", "only root reads open-iscsi's node records (become: true)")
        return None
    found, error = child.call(lambda: iscsi_facts.read(tree, sessions), deadline)
    if error:
        missing("iscsi", error)
    return found


def _with_portals(iscsi, sessions, deadline, missing):
    """The fact iscsi with whether its portals answer; None as long as that is not known."""
    if iscsi is None:
        return None
    portals, error = open_iscsi_portals.named(iscsi["records"], sessions), None
    if portals:
        found, error = child.call(lambda: open_iscsi_portals.probe(portals, deadline - _LAST_WORDS), deadline)
    if error:
        missing("portals", error)
    return dict(iscsi, portals=found if portals else [])


def _fibre_channel(tree, deadline, missing):
    found, error = child.call(lambda: fc.read(tree), deadline)
    if error:
        missing("fc", error)
    return found


def _look(tree, kernel, deadline, missing):
    platform, unread = host_platform.together(
        *child.stream(lambda: host_platform.look(tree, kernel["maps"], kernel["paths"]), deadline)
    )
    for part, why in unread:
        missing(part, why)
    return platform
