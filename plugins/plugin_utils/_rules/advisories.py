# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the arrays and orchestrators themselves show to be risky, whatever the hosts say: told once for the fleet,
not for each host.

An advisory is {'rule', 'severity', 'subject', 'what', 'where', 'hosts', 'strangers', 'why', 'remedy'}: 'where' the
array or cluster, 'hosts' the names of the hosts of the inventory that it touches and 'strangers' the initiators
that no audited host has, both sorted. It makes no host noncompliant: the host can do nothing about it.
"""

from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import (
    advisories_kubernetes,
    advisories_ontap,
    advisories_targets,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import SEVERITIES

# {'id', 'severity', 'title', 'reason', 'remedy'}, as the rules of hosts, without a check of their own.
RULES = advisories_ontap.RULES + advisories_targets.RULES + advisories_kubernetes.RULES


def advisory(rule, subject, what, where, hosts, strangers=()):
    """One advisory of the rule with the id *rule*."""
    (known,) = [one for one in RULES if one["id"] == rule]
    return {
        "rule": rule,
        "severity": known["severity"],
        "subject": subject,
        "what": what,
        "where": where,
        "hosts": sorted(set(hosts)),
        "strangers": sorted(set(strangers)),
        "why": known["reason"],
        "remedy": known["remedy"],
    }


def united(advisories, owners=None, clusters=None):
    """Each once, with all its hosts, the most severe first.

    Slices of a fleet tell of one LUN each with the hosts that they know, and the other slices' are strangers to
    them. *owners*: {initiator: host} and *clusters*: {host: cluster} of the whole fleet say who they are, and what
    is shared by one party after all is dropped.
    """
    owners, clusters, found = owners or {}, clusters or {}, {}
    for one in advisories:
        key = tuple(one[name] for name in ("rule", "subject", "what", "where"))
        known = found.get(key, one)
        strangers = known["strangers"] + one["strangers"]
        hosts = known["hosts"] + one["hosts"] + [owners[name] for name in strangers if name in owners]
        found[key] = dict(
            known, hosts=sorted(set(hosts)), strangers=sorted({name for name in strangers if name not in owners})
        )
    order = [rule["id"] for rule in RULES]
    return sorted(
        (one for one in found.values() if _stands(one, clusters)),
        key=lambda one: (
            SEVERITIES.index(one["severity"]),
            order.index(one["rule"]),
            str(one["where"]),
            str(one["subject"]),
        ),
    )


def _stands(one, clusters):
    return (
        one["rule"] not in advisories_ontap.AMONG_PARTIES
        or len(advisories_ontap.parties(one["hosts"], one["strangers"], clusters)) > 1
    )
