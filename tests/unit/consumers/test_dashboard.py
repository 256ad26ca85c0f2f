# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dashboard asks for the metrics that there are, for all of them, and each of its questions has an answer."""

import itertools
import json
import pathlib
import re

from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import prometheus
from support import reports

DASHBOARD = json.loads(
    (pathlib.Path(__file__).resolve().parents[3] / "docs/monitoring/dashboard.json").read_text(encoding="utf-8")
)
PANELS = DASHBOARD["panels"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]


def test_it_uses_exactly_these_metrics():
    assert set(re.findall(r"san_audit_\w+", " ".join(QUERIES))) == set(prometheus.NAMES)
    assert set(re.findall(r"san_audit_\w+", json.dumps(DASHBOARD["templating"]))) <= set(prometheus.NAMES)


def test_every_query_finds_something(promtool, tmp_path):
    series = []
    for line in prometheus.render(reports.everything()).splitlines():
        name, dummy, number = line.rpartition(" ")
        if not line.startswith("#"):
            labels = name.partition("{")[2].rstrip("}")
            series.append(
                {
                    "series": "%s{%s}"
                    % (name.partition("{")[0], ",".join(['instance="mon"'] + [labels] * bool(labels))),
                    "values": number,
                }
            )
    path = tmp_path / "test.yml"
    # An expectation that nothing meets: promtool says what it got instead.
    asked = ["count(%s)" % query.replace("$instance", ".*") for query in QUERIES]
    path.write_text(
        json.dumps(
            {
                "rule_files": [],
                "tests": [
                    {
                        "interval": "1m",
                        "input_series": series,
                        "promql_expr_test": [
                            {"expr": query, "eval_time": "0m", "exp_samples": [{"labels": '{no="one"}', "value": 1}]}
                            for query in asked
                        ],
                    }
                ],
            }
        )
    )
    code, reported = promtool("test", "rules", str(path))
    got = re.findall(r"got:(.*)", reported)
    assert code and len(got) == len(QUERIES), reported
    assert [query for query, answer in zip(QUERIES, got) if "{}" not in answer] == []


def test_panels_do_not_cover_each_other():
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    for one, other in itertools.combinations([panel["gridPos"] for panel in PANELS], 2):
        apart = [one[at] + one[size] <= other[at] or other[at] + other[size] <= one[at] for at, size in ("xw", "yh")]
        assert any(apart), (one, other)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in PANELS)


def test_it_works_with_any_data_source_and_every_panel_says_what_it_is():
    for panel in PANELS:
        assert panel["title"] and panel["description"].endswith(".")
        for thing in [panel] + panel["targets"]:
            assert thing["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        for target in panel["targets"]:
            assert target["expr"].count("san_audit_") == target["expr"].count('instance=~"$instance"')
