# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules: what of a host breeds stale devices, hides them, or comes of them. Pure functions over one host's
facts and a policy.

docs/rules.md is made from the table. An id is never given to another rule. What the facts do not tell is not taken
for good: it is not checked.
"""

from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import fc as fc_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import iscsi as iscsi_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import multipath as multipath_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import platform as platform_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import proxmox as proxmox_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import symptoms as symptoms_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import SEVERITIES, lacking, part

RULES = (
    multipath_rules.RULES
    + iscsi_rules.RULES
    + platform_rules.RULES
    + proxmox_rules.RULES
    + fc_rules.RULES
    + symptoms_rules.RULES
)
# What a walk through facts of another shape than ours ends in.
_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)


def apply(facts, policy):
    """Hold the rules against one host: (findings, what was not checked).

    *facts*: the fact stale_mpath; *policy*: what policy.resolve returned. Findings: [{'rule', 'severity',
    'subject', 'what', 'why', 'remedy', 'where' (a file, perhaps with a line, or None)}], the most severe first. Not
    checked: [{'rule', 'subject' (None: all of it), 'why'}]. A rule that saw a part may have findings and be there
    too.
    """
    findings, unseen = [], []
    for rule in RULES:
        told, unknown = _one(rule, facts, policy)
        findings += [
            {
                "rule": rule["id"],
                "severity": one.get("severity", rule["severity"]),
                "subject": one["subject"],
                "what": one["what"],
                "why": rule["reason"],
                "remedy": rule["remedy"],
                "where": one["where"],
            }
            for one in told
        ]
        unseen += [{"rule": rule["id"], "subject": one.get("subject"), "why": one["unknown"]} for one in unknown]
    return sorted(findings, key=lambda one: SEVERITIES.index(one["severity"])), unseen


def _one(rule, facts, policy):
    """(what the rule's check found, what it could not see)."""
    whys = [lacking(facts, key) for key in rule["needs"]]
    told, unknown = [], [{"unknown": why} for number, why in enumerate(whys) if why and why not in whys[:number]]
    if any(part(facts, key) is None for key in rule["needs"]):
        return told, unknown
    try:
        for one in rule["check"](facts, policy):
            (unknown if "unknown" in one else told).append(one)
    except _MALFORMED as exc:  # a host that lies or is broken must not take its verdicts with it
        unknown.append(
            {"unknown": "the facts are not what stale_mpath_facts returns: %s: %s" % (type(exc).__name__, exc)}
        )
    return told, unknown
