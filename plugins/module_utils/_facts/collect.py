# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Collect the facts of one host: its SAN devices, how it is configured, and symptoms that no verdict needs."""

import os

from ansible_collections.sanops.multipath.plugins.module_utils._core import schema
from ansible_collections.sanops.multipath.plugins.module_utils._facts import witnesses
from ansible_collections.sanops.multipath.plugins.module_utils._host import platform as host_platform
from ansible_collections.sanops.multipath.plugins.module_utils._host import symptoms as host_symptoms
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import fc
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import facts as multipath_facts
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import facts as iscsi_facts
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import portals as open_iscsi_portals
from ansible_collections.sanops.multipath.plugins.module_utils._system import child

_LAST_WORDS = 0.1  # seconds before its end in which a child says what it knows


def collect(tree, timeout):
    """Return the facts of this host, within *timeout* seconds. Shape: see the module stale_mpath_facts, RETURN."""

    def configure(kernel, daemon, clock, missing):
        deadlines = {part: clock.by(share) for part, share in witnesses.CONFIGURATION_BY.items()}
        return configuration(tree, kernel, daemon, deadlines, missing)

    def conclude(kernel, cut, configured, found, clock, missing):
        defaults = (configured["multipath_conf"] or {}).get("defaults") or {}
        return ask_symptoms(tree, kernel, cut, defaults, found, clock.by(witnesses.SYMPTOMS_BY), missing)

    return witnesses.ask(tree, timeout, None, configure, conclude)


def ask_symptoms(tree, kernel, cut, defaults, found, deadline, missing):
    """Return the fact symptoms.

    *cut*: why the kernel was not read to its end, or None; *found*: all that find.find yielded.
    """
    maps, paths, openers = kernel["maps"], kernel["paths"], {}
    items, error = child.stream(lambda: host_symptoms.look(tree, maps, paths, defaults, cut), deadline)
    symptoms, unread = child.join_parts(schema.SYMPTOMS, items, error)
    for part, why in unread:
        missing(part, why)
    for item in found:
        if "opener" in item:
            openers.setdefault(item["opener"], []).append(item["name"])
    if symptoms["blocked"]:
        symptoms["blocked"] = host_symptoms.with_openers(symptoms["blocked"], openers)
    return dict(symptoms, unused=None if cut else host_symptoms.unused(maps, paths, defaults))


def configuration(tree, kernel, daemon, deadlines, missing):
    """Return {'multipath_conf', 'iscsi', 'fc', 'platform'}, shapes: see the module stale_mpath_facts, RETURN; None is
    not known, or not there.

    *kernel*: {'maps', 'paths', 'sessions'} of _kernel/devices.py and _kernel/iscsi_sessions.py; *daemon*: the fact
    multipathd; *deadlines*: {part: its own}; *missing*: is called with (what, why) for each gap.
    """
    return {
        "multipath_conf": multipath_facts.read(tree, kernel, daemon, deadlines["multipath_conf"], missing),
        "iscsi": _iscsi(tree, kernel["sessions"], deadlines, missing),
        "fc": _fibre_channel(tree, deadlines["fc"], missing),
        "platform": _platform(tree, kernel, deadlines["platform"], missing),
    }


def _iscsi(tree, sessions, deadlines, missing):
    """Return the fact iscsi, with whether its portals answer; None where it is not known."""
    if os.geteuid() != 0 and iscsi_facts.is_there(tree):
        missing("iscsi", "only root reads open-iscsi's node records (become: true)")
        return None
    found, error = child.call(lambda: iscsi_facts.read(tree, sessions), deadlines["iscsi"])
    if error:
        missing("iscsi", error)
    if found is None:
        return None
    return dict(found, portals=_portals(found["records"], sessions, deadlines["portals"], missing))


def _portals(records, sessions, deadline, missing):
    portals = open_iscsi_portals.named(records, sessions)
    if not portals:
        return []
    found, error = child.call(lambda: open_iscsi_portals.probe(portals, deadline - _LAST_WORDS), deadline)
    if error:
        missing("portals", error)
    return found


def _fibre_channel(tree, deadline, missing):
    found, error = child.call(lambda: fc.read(tree), deadline)
    if error:
        missing("fc", error)
    return found


def _platform(tree, kernel, deadline, missing):
    platform, unread = host_platform.together(
        *child.stream(lambda: host_platform.look(tree, kernel["maps"], kernel["paths"]), deadline)
    )
    for part, why in unread:
        missing(part, why)
    return platform
