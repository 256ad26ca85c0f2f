# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the arrays and orchestrators themselves show to be risky, whatever the hosts say: told once for the fleet, not for each host.

An advisory is {'rule', 'severity', 'subject', 'what', 'where', 'hosts', 'why', 'remedy'}: 'where' the array or cluster, 'hosts' the names of the hosts of the
inventory that it touches, sorted. It makes no host noncompliant: the host can do nothing about it.
"""

from ansible_collections.sanops.multipath.plugins.module_utils._rules_common import SEVERITIES
from ansible_collections.sanops.multipath.plugins.plugin_utils import _advisories_kubernetes

# {'id', 'severity', 'title', 'reason', 'remedy'}, as the rules of hosts, without a check of their own.
RULES = () + _advisories_kubernetes.RULES


def advisory(rule, subject, what, where, hosts):
    """One advisory of the rule with the id *rule*."""
    (known,) = [one for one in RULES if one['id'] == rule]
    return {'rule': rule, 'severity': known['severity'], 'subject': subject, 'what': what, 'where': where, 'hosts': sorted(set(hosts)),
            'why': known['reason'], 'remedy': known['remedy']}


def united(advisories):
    """Each once, with all its hosts, the most severe first. Slices of a fleet tell of one LUN each with the hosts that they know."""
    found = {}
    for one in advisories:
        key = tuple(one[name] for name in ('rule', 'subject', 'what', 'where'))
        known = found.get(key, one)
        found[key] = dict(known, hosts=sorted(set(known['hosts'] + one['hosts'])))
    order = [rule['id'] for rule in RULES]
    return sorted(found.values(), key=lambda one: (SEVERITIES.index(one['severity']), order.index(one['rule']), str(one['where']), str(one['subject'])))
