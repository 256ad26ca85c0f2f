# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a run fails by the policy, as a report passes it on to the job at the end of the workflow."""

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance, outcome
from support.fleets import LOST, STALE_ARRAY, fleet, recycled
from support.testimony import NOW


def failures(hosts, fail_on="", **answers):
    report = compliance.apply(fleet(hosts, **{**STALE_ARRAY, **answers}), [], fail_on, NOW.date())
    return outcome.outcome(report, 0)["failures"]


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
