# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules: what on a host creates stale devices, hides them, or follows from them. Pure functions over one host's
facts and a policy.

docs/rules.md is generated from the table. What the facts do not say is not taken for good: it is not checked.
"""

from __future__ import annotations

from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import fc as fc_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import iscsi as iscsi_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import multipath as multipath_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import nvme as nvme_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import platform as platform_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import proxmox as proxmox_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import symptoms as symptoms_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import SEVERITIES, lacking, part
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.shapes import (
    Facts,
    Finding,
    Observation,
    Policy,
    Rule,
    Unchecked,
)

RULES: tuple[Rule, ...] = (
    multipath_rules.RULES
    + iscsi_rules.RULES
    + platform_rules.RULES
    + proxmox_rules.RULES
    + nvme_rules.RULES
    + fc_rules.RULES
    + symptoms_rules.RULES
)
# By a key of the facts that rules need: why it is not complete, and whether it is missing.
_Needs = dict[str, tuple[str | None, bool]]
# What reading facts of another shape than ours ends in.
_MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def apply(facts: Facts, policy: Policy) -> tuple[list[Finding], list[Unchecked]]:
    """Check a host against the rules: return the findings, the most severe first, and what was not checked.

    A rule that saw a part may be in both.

    Args:
        facts: the fact stale_mpath.
        policy: what policy.resolve returned.
    """
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    needs: _Needs = {}
    for rule in RULES:
        found, unknown = _observe(rule, facts, policy, needs)
        findings += [
            {
                "rule": rule["id"],
                "severity": observation.get("severity", rule["severity"]),
                "subject": observation["subject"],
                "what": observation["what"],
                "why": rule["reason"],
                "remedy": rule["remedy"],
                "where": observation["where"],
            }
            for observation in found
        ]
        unchecked += [
            {"rule": rule["id"], "subject": observation.get("subject"), "why": observation["unknown"]}
            for observation in unknown
        ]
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding["severity"])), unchecked


def _observe(rule: Rule, facts: Facts, policy: Policy, needs: _Needs) -> tuple[list[Observation], list[Observation]]:
    """Return what the rule's check found, and what it could not see. *needs*: of the rules before."""
    found: list[Observation] = []
    unknown: list[Observation] = []
    try:
        for key in rule["needs"]:
            if key not in needs:
                needs[key] = lacking(facts, key), part(facts, key) is None
        reasons = dict.fromkeys(needs[key][0] for key in rule["needs"])
        unknown += [{"unknown": why} for why in reasons if why]
        if any(needs[key][1] for key in rule["needs"]):
            return found, unknown
        for observation in rule["check"](facts, policy):
            _in_words(observation)
            (unknown if "unknown" in observation else found).append(observation)
    except _MALFORMED as exc:  # a host whose facts are wrong or broken must keep its verdicts
        unknown.append({"unknown": f"the facts are not what stale_mpath_facts returns: {type(exc).__name__}: {exc}"})
    return found, unknown


def _in_words(observation: Observation) -> None:
    """Raise TypeError unless all that an observation says is text: a rule copies some of it from the facts as it is."""
    for key, value in observation.items():
        if not isinstance(value, str) and (value is not None or key not in ("subject", "where")):
            raise TypeError(f"{key} is {type(value).__name__}, not text")
