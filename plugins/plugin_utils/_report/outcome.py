# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a report comes to by the policy, for the jobs after the one that made it: the report itself may be large, and is
deleted with its container.
"""

from __future__ import annotations

import collections.abc as c
import datetime
import re
import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import shapes
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet, summary, text
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Report

_MOST = 20  # names in a sentence
_PLAIN = re.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*")
# What would be a template in the job that gets it.
_NO_TEMPLATE = str.maketrans("{}", "()")


class Outcome(t.TypedDict):
    """What a report comes to: plain data without text of hosts or arrays, only names, none of which is a template."""

    failures: list[str]
    """Why the run fails by the policy, in sentences."""
    removals: int
    """How many removals of its plan the remediation would make as the hosts are now."""
    hosts: list[str]
    """The hosts of its plan, which are all that the remediation need visit. Empty where one of them is not a plain
    name: it could be a pattern of other hosts, or of none.
    """


class Policy(t.NamedTuple):
    """What else than compliance a run fails by: what it did not see. None of it may look like a fleet in order."""

    arrays_listed: bool
    """Whether each array must have been listed."""
    max_not_audited: float
    """Above which share of the hosts, 0 to 1, not audited."""
    max_age: int
    """Above which age of what the hosts said, in seconds."""


def outcome(report: Report, plan: shapes.Plan, removals: int, policy: Policy) -> Outcome:
    """Return what a report (of compliance.apply) and its plan come to. *removals*: those that would be made."""
    hosts = sorted({removal["host"] for removal in plan["removals"]})
    found = [*_by_compliance(report), *_blind(report, plan, policy)]
    failures = [text.printable(sentence).translate(_NO_TEMPLATE) for sentence in found]
    return {"failures": failures, "removals": removals, "hosts": hosts if all(map(_PLAIN.fullmatch, hosts)) else []}


def _by_compliance(report: Report) -> list[str]:
    """Where there is a severity to fail on: the hosts that fail by it, and those that may."""
    fail_on, found = report["compliance"]["fail_on"], []
    if fail_on is None:
        return []
    lost = sorted(fleet.not_audited(report))
    for names, what in ((report["compliance"]["failed"], "do not comply"), (lost, "were not audited")):
        if names:
            found.append(f"Hosts that {what} (audit_fail_on {fail_on}): {text.some(names, _MOST)}.")
    return found


def _blind(report: Report, plan: shapes.Plan, policy: Policy) -> c.Iterator[str]:
    """What the run did not see."""
    hosts, arrays = report["hosts"], report["arrays"]
    missing = [str(array["hostname"]) for array in arrays if not array["complete"]]
    if policy.arrays_listed and missing:
        yield f"Arrays that were not listed: {text.some(missing, _MOST)}."
    if policy.arrays_listed and not arrays and any(map(summary.known_to_arrays, hosts)):
        yield "No array was asked: none is configured."
    lost = sorted(fleet.not_audited(report))
    if not hosts:
        yield "There is no host in the report."
    elif len(lost) > policy.max_not_audited * len(hosts):
        yield (
            f"{len(lost)} of {len(hosts)} hosts were not audited, at most {policy.max_not_audited * 100:g} % are "
            f"allowed: {text.some(lost, _MOST)}."
        )
    # A plan is as old as the oldest of the reports that were merged.
    begun, ended = (datetime.datetime.strptime(time, fleet.TIME) for time in (plan["made_at"], report["generated_at"]))
    age = (ended - begun).total_seconds()
    if age > policy.max_age:
        yield f"The hosts were asked {int(age)} s before this report was made, at most {policy.max_age} s are allowed."
