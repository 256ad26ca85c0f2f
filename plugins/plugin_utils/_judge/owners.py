# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whose volume a device is, as the systems above the host know it, and whether one of them forbids its removal.

An owner is {'system', 'cluster', 'volume', 'namespace', 'claim', 'pods'}: 'system' a word such as kubernetes,
'cluster' the name that the operator gave it or None, 'volume' what the system calls it, 'claim' who asked for it (a
claim, a guest) or None, 'namespace' that of the claim or None, 'pods' a list of texts. It may have 'state', a text
or None: where the volume is now. A veto is a sentence: it forbids the removal whatever the witnesses say.
"""

import datetime

from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import proxmox as proxmox_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes import owners as kubernetes_owners

# Each is asked about each device: called with the host's facts, the device and what the operator's systems said;
# returns ([owner], [veto]).
SYSTEMS = (kubernetes_owners.owned, proxmox_owners.told)


def told(facts, device, documents):
    """([owner], [veto]) of a judged device. *documents*: what the systems that were asked for it said."""
    owners, vetoes = [], []
    for system in SYSTEMS:
        mine, against = system(facts, device, documents)
        owners += mine
        vetoes += against
    return owners, vetoes


def aged(documents, now, max_age):
    """The documents, of which those that are older than *max_age* seconds, or of the future, are not complete.
    *now*: aware datetime.
    """
    return [_aged(one, now, max_age) if one["complete"] else one for one in documents]


def _aged(document, now, max_age):
    try:
        age = (now - datetime.datetime.fromisoformat(document["fetched_at"].replace("Z", "+00:00"))).total_seconds()
    except (AttributeError, TypeError, ValueError):  # none, or without a time zone
        return dict(document, complete=False, error="what was read of it has no date")
    if -60 <= age <= max_age:  # the clock may have been set a little meanwhile
        return document
    return dict(
        document, complete=False, error="what was read of it is %d s old; at most %d s are allowed" % (age, max_age)
    )


def words(owner):
    """An owner in words. What a system says in it is as it came."""
    parts = [owner["volume"]]
    if owner["claim"]:
        parts.append("of %s" % "/".join(part for part in (owner["namespace"], owner["claim"]) if part))
    if owner["pods"]:
        parts.append("used by %s" % ", ".join(owner["pods"]))
    if owner.get("state"):
        parts.append(owner["state"])
    return "%s: %s" % (" ".join(part for part in (owner["system"], owner["cluster"]) if part), ", ".join(parts))
