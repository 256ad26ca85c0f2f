# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The form of a report in fleet.json: what many records say alike is there once, and nothing is lost by it.
support.schema.check holds every report of these tests against that too.
"""

import copy
import json
import pathlib
import re
import shutil
import subprocess

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import archive, stored
from perf import fleet_double
from support import reports, schema
from support.fleets import HEALTHY_ARRAY, LOST, QUEUES, configured_host, fleet, recycled
from support.testimony import path

DOCUMENT = pathlib.Path(__file__).parents[5] / "docs" / "fleet-json.md"


def file_of(report):
    """What fleet.json has of a report."""
    head, short = stored.compact(report)
    return json.loads(json.dumps({**head, "hosts": [short(host) for host in report["hosts"]]}))


@pytest.fixture(scope="module")
def large():
    return fleet_double.report(40, 6, misery=30)


def test_nothing_is_lost(large):
    for report in (large, reports.everything(), fleet({"a": recycled(), "b": LOST}, **HEALTHY_ARRAY)):
        before = copy.deepcopy(report)
        assert stored.expanded(schema_holds(file_of(report))) == json.loads(json.dumps(report)) == before


def schema_holds(file):
    schema._check(file)
    return file


def test_a_healthy_device_says_what_it_is_and_no_more():
    file = file_of(fleet({"a": configured_host(path(0, "same"), path(1, "same"))}, **HEALTHY_ARRAY))
    (device,) = file["hosts"][0]["devices"]
    assert {"wwid", "verdict", "in_use"} < set(device)
    assert not {"kind", "reason", "next", "users", "notes", "owners", "vetoes", "read_only"} & set(device)
    assert [set(each) <= {"hctl", "sd", "dev_t", "target", "portal", "session_state"} for each in device["paths"]] == [
        True,
        True,
    ]


def test_what_all_paths_say_is_said_once():
    file = file_of(fleet({"a": configured_host(path(0, "absent"), path(1, "absent"))}, **HEALTHY_ARRAY))
    (device,) = file["hosts"][0]["devices"]
    assert device["each_path"]["wire"]["state"] == "absent"
    assert ["wire" in each for each in device["paths"]] == [False, False]
    file = file_of(fleet({"a": configured_host(path(0, "absent"), path(1, "same"))}, **HEALTHY_ARRAY))
    (device,) = file["hosts"][0]["devices"]
    assert [each.get("wire", {}).get("state") for each in device["paths"]] == ["absent", None]


def test_what_a_search_is_for_stays_with_each_record(large):
    for host in file_of(large)["hosts"]:
        assert not {"verdict", "in_use", "wwid"} & set(host.get("each_device", {}))
        for device in host.get("devices", []):
            assert {"verdict", "in_use", "wwid"} < set(device)


def test_a_finding_about_every_map_does_not_name_them():
    report = fleet({"a": configured_host(**QUEUES)}, **HEALTHY_ARRAY)
    (device,), (finding, *dummy) = report["hosts"][0]["devices"], report["hosts"][0]["findings"]
    assert finding["subjects"] == [device["wwid"]]
    file = file_of(report)
    assert "subjects" not in file["hosts"][0]["findings"][0] and stored.expanded(file) == report
    finding["subjects"].append("another")
    file = file_of(report)
    assert len(file["hosts"][0]["findings"][0]["subjects"]) == 2 and stored.expanded(file) == report


def test_a_finding_without_its_rule_or_its_subjects_is_refused(tmp_path):
    """Without a severity it would count for nothing."""
    report = fleet({"a": configured_host(**QUEUES)}, **HEALTHY_ARRAY)
    rule = report["hosts"][0]["findings"][0]["rule"]
    lost, empty = file_of(report), file_of(report)
    del lost["rules"][rule]
    empty["hosts"][0]["devices"] = []
    for file, why in ((lost, f"it has findings of {rule} on a, and not the rule"), (empty, "is about nothing")):
        with pytest.raises(ValueError, match=why):
            stored.expanded(file)
        (tmp_path / "fleet.json").write_text(json.dumps(file))
        with pytest.raises(ValueError, match=why):
            archive.read(tmp_path / "fleet.json")


def test_a_file_that_has_lost_its_defaults_is_refused(tmp_path):
    file = file_of(fleet({"a": configured_host()}, **HEALTHY_ARRAY))
    del file["defaults"]
    (tmp_path / "fleet.json").write_text(json.dumps(file))
    for read in (lambda: stored.expanded(file), lambda: archive.read(tmp_path / "fleet.json")):
        with pytest.raises(ValueError, match="its hosts lack what its defaults say"):
            read()


def test_a_name_that_is_the_wwid_is_said_once():
    report = copy.deepcopy(fleet({"a": configured_host()}, **HEALTHY_ARRAY))
    (device,) = report["hosts"][0]["devices"]
    for name in (device["wwid"], "mpatha"):
        device["name"] = name
        file = file_of(report)
        assert ("name" in file["hosts"][0]["devices"][0]) == (name == "mpatha")
        assert stored.expanded(file) == report


def test_the_policy_of_most_hosts_is_said_once(large):
    report = copy.deepcopy(large)
    audited = [host for host in report["hosts"] if host["facts"]]
    audited[0]["policy"] = {**audited[0]["policy"], "no_path_retry": "fail"}
    file = file_of(report)
    own = {host["name"]: host["policy"] for host in file["hosts"] if host.get("policy")}
    assert own == {audited[0]["name"]: audited[0]["policy"]}
    assert file["defaults"]["host"]["policy"] == audited[1]["policy"]
    assert stored.expanded(file) == report


def test_a_file_is_read_by_its_own_defaults(large, tmp_path):
    """Another version may have others."""
    file = file_of(large)
    file["defaults"]["device"]["next"] = "another"
    (tmp_path / "fleet.json").write_text(json.dumps(file))
    read = archive.read(tmp_path / "fleet.json")
    reported = {
        device["next"] for host in read["hosts"] for device in host["devices"] if device["verdict"] == "healthy"
    }
    assert reported == {"another"}


def test_the_defaults_are_values_of_their_keys():
    parts = schema.read()["$defs"]
    for kind, values in stored.DEFAULTS.items():
        part = parts[kind]
        assert set(values) <= set(part["properties"]) and not set(values) & set(part["required"]), kind


def test_it_is_a_third_smaller(large):
    assert len(json.dumps(file_of(large))) < 0.67 * len(json.dumps(large))


@pytest.mark.skipif(not shutil.which("jq"), reason="there is no jq here")
def test_the_document_restores_it_with_jq(large, tmp_path):
    (program,) = re.findall(r"```jq\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "whole.jq").write_text(program, encoding="utf-8")
    (tmp_path / "fleet.json").write_text(json.dumps(file_of(large)), encoding="utf-8")
    command = ["jq", "--from-file", str(tmp_path / "whole.jq"), str(tmp_path / "fleet.json")]
    whole = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    assert whole == large
    (tmp_path / "fleet.json").write_text(json.dumps(large), encoding="utf-8")
    assert json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout) == large
