# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a run fails by the policy, as a report passes it on to the job at the end of the workflow."""

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance, outcome, records
from support.fleets import LOST, STALE_ARRAY, fleet, recycled, stale
from support.testimony import NOW


def failures(hosts, fail_on="", **answers):
    report = compliance.apply(fleet(hosts, **{**STALE_ARRAY, **answers}), [], fail_on, NOW.date())
    return made(report)["failures"]


def made(report):
    plan = removal_plan.plan(records.judgement(report), [], NOW)
    return outcome.outcome(report, plan, len(plan["removals"]))


@pytest.mark.parametrize(
    "fail_on, said",
    [
        ("", []),
        (
            "critical",
            [
                "Hosts that do not comply (audit_fail_on critical): b.",
                "Hosts that were not audited (audit_fail_on critical): c((x))\\x0a.",
            ],
        ),
    ],
)
def test_hosts_fail_by_the_severity_and_nothing_in_a_name_is_a_template(fail_on, said):
    assert failures({"b": recycled(), "c{{x}}\n": LOST}, fail_on) == said


@pytest.mark.parametrize(
    "names, hosts", [(["b", "db-1.example.com"], ["b", "db-1.example.com"]), (["b", "db[1]"], []), (["b", "!b"], [])]
)
def test_the_remediation_is_limited_to_plain_names_only(names, hosts):
    """Of a name that is a pattern too, nobody knows which hosts it means: then all are visited."""
    hosts_of_fleet = {**dict.fromkeys(names, stale()), "a": recycled()}
    report = compliance.apply(fleet(hosts_of_fleet, **STALE_ARRAY), [], "", NOW.date())
    assert made(report)["hosts"] == hosts and made(report)["removals"] == len(names)
