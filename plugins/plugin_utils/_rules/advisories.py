# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The risks that arrays and orchestrators themselves show, whatever the hosts say: reported once for the fleet, not per
host.

An advisory makes no host noncompliant: the host can do nothing about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import (
    advisories_kubernetes,
    advisories_ontap,
    advisories_targets,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import SEVERITIES
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.shapes import Advisory, AdvisoryRule

RULES: tuple[AdvisoryRule, ...] = advisories_ontap.RULES + advisories_targets.RULES + advisories_kubernetes.RULES


def advisory(
    rule: str, subject: str, what: str, where: str, hosts: Iterable[str], unknown: Iterable[str] = ()
) -> Advisory:
    """Return an advisory of the rule with the id *rule*. *unknown*: initiators that no audited host has."""
    found = next(known for known in RULES if known["id"] == rule)
    return {
        "rule": rule,
        "severity": found["severity"],
        "subject": subject,
        "what": what,
        "where": where,
        "hosts": sorted(set(hosts)),
        "strangers": sorted(set(unknown)),
        "why": found["reason"],
        "remedy": found["remedy"],
    }


def united(
    advisories: Iterable[Advisory], owners: Mapping[str, str] | None = None, clusters: Mapping[str, str] | None = None
) -> list[Advisory]:
    """Return each advisory once, with all its hosts, the most severe first.

    Each slice of a fleet reports a LUN with the hosts that it knows, and lists the initiators of other slices as
    unknown.

    Args:
        owners: hosts of the whole fleet by initiator. Any other initiator is unknown.
        clusters: clusters of the whole fleet by host. What turns out to be shared by one party only is dropped.
    """
    owners, clusters = owners or {}, clusters or {}
    found: dict[tuple[str, str, str, str], Advisory] = {}
    for advised in advisories:
        key = (advised["rule"], advised["subject"], advised["what"], advised["where"])
        known = found.get(key, advised)
        unknown = known["strangers"] + advised["strangers"]
        hosts = known["hosts"] + advised["hosts"] + [owners[name] for name in unknown if name in owners]
        found[key] = {
            **known,
            "hosts": sorted(set(hosts)),
            "strangers": sorted({name for name in unknown if name not in owners}),
        }
    order = [rule["id"] for rule in RULES]
    return sorted(
        (advised for advised in found.values() if _stands(advised, clusters)),
        key=lambda advised: (
            SEVERITIES.index(advised["severity"]),
            order.index(advised["rule"]),
            str(advised["where"]),
            str(advised["subject"]),
        ),
    )


def _stands(advised: Advisory, clusters: Mapping[str, str]) -> bool:
    return (
        advised["rule"] not in advisories_ontap.AMONG_PARTIES
        or len(advisories_ontap.parties(advised["hosts"], advised["strangers"], clusters)) > 1
    )
