# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The input of the remediation's judging, right and wrong: real ansible-playbook runs."""

import copy
import json

import pytest
from support.judged import result
from support.plays import Plays
from support.views import HUAWEI, host, view

REMEDIATE = "sanops.multipath.remediate"
FLUSH = {"do": "flush", "device": "dm-0", "outcome": "would be done"}
REMOVED = result(name=HUAWEI, wwid=HUAWEI, changed=True, actions=[FLUSH])
# Its module answers with its facts, and as a removal with its result.
STALE = {**host("absent", "absent"), "results": [REMOVED]}


def remediate(folder, hosts, *arguments, **variables):
    """Run it over hosts; return what ran and the record of each host."""
    plays = Plays(folder, hosts)
    (folder / "view.json").write_text(json.dumps(view()))
    plays.code = plays.run(
        REMEDIATE,
        arguments=("--check", *arguments),
        **{"audit_array_views": [str(folder / "view.json")], "stale_devices_max_share": 1, **variables},
    )
    records = (json.loads(path.read_text()) for path in (folder / "report" / "removals").glob("*.json"))
    return plays, {record["host"]: record for record in records}


@pytest.mark.parametrize(
    "variables, why",
    [
        ({"stale_devices_max_share": 7}, "stale_devices_max_share takes a number from 0 to 1, not 7"),
        ({"stale_devices_batch": "0"}, "stale_devices_batch takes a whole number above 0, not the text '0'"),
        ({"stale_devices_array_max_age": 0}, "stale_devices_array_max_age takes a whole number above 0, not 0"),
    ],
)
def test_a_number_that_makes_no_sense_is_named_and_nothing_is_removed(tmp_path, variables, why):
    plays, records = remediate(tmp_path, {"node1": STALE}, **variables)
    assert plays.code == 2 and why in " ".join(plays.output.split()) and records == {}, plays.output


@pytest.mark.parametrize(
    "variable, value, why",
    [
        ("stale_devices_array_max_age", "{{ 0 + 0 }}", "takes a whole number above 0, not "),
        (
            "stale_devices_arrays",
            "{{ [{'user': 'Tr0ub4dor'}] }}",
            "entry 1 of stale_devices_arrays has the unknown key",
        ),
        ("stale_devices_batch", "{{ 'ze' ~ 'ro' }}", "takes a whole number above 0, not the text 'zero'"),
        ("stale_devices_kubernetes_drain", "{{ 'per' ~ 'haps' }}", "takes true or false, not the text 'perhaps'"),
    ],
)
def test_what_is_known_only_in_the_task_is_named_as_the_user_wrote_it(tmp_path, variable, value, why):
    """A template of a host that is not the first is evaluated where it is used."""
    plays = Plays(tmp_path, {"node1": host("same", "same"), "node2": STALE})
    path = plays.inventory(["node1", "node2"])
    inventory = json.loads(path.read_text())
    inventory["all"]["hosts"]["node2"][variable] = value
    path.write_text(json.dumps(inventory))
    assert plays.run(REMEDIATE, arguments=("--check",), inventory=path) == 2
    output = " ".join(plays.output.split())
    assert variable in output and why in output and "Tr0ub4dor" not in output, output
    assert [path.name[:5] for path in (tmp_path / "report" / "removals").glob("*.json")] == ["node1"]


def test_a_time_below_a_second_is_a_time_until_the_end(tmp_path):
    """What the check of the variables lets through is not refused after the node was drained."""
    plays, records = remediate(
        tmp_path, {"node1": STALE}, stale_devices_timeout=0.5, stale_devices_hazards=["wire_alone"]
    )
    assert plays.code == 0 and records["node1"]["results"] == [REMOVED], plays.output


def test_facts_that_are_wrong_leave_their_host_alone_and_no_other(tmp_path):
    broken = copy.deepcopy(STALE)
    del broken["ansible_facts"]["stale_mpath"]["paths"][1]["target"]
    plays, records = remediate(tmp_path, {"node1": broken, "node2": STALE})
    why = "its facts are malformed: paths[1].target is missing"
    assert plays.code == 2 and "node1 was left alone: " + why in " ".join(plays.output.split()), plays.output
    assert (records["node1"]["removals"], records["node1"]["left_alone"]) == ([], "it was not audited: " + why)
    assert [removal["wwid"] for removal in records["node2"]["removals"]] == [HUAWEI]


def test_credentials_of_an_array_are_not_shown(tmp_path):
    array = {"hostname": "127.0.0.1", "http_port": 1, "username": "audit", "password": "Tr0ub4dor"}
    plays, records = remediate(
        tmp_path, {"node1": STALE}, "-vvv", audit_arrays=[array], stale_devices_hazards=["wire_alone"]
    )
    assert plays.code == 0 and [record["results"] for record in records.values()] == [[REMOVED]], plays.output
    assert "Judge the devices before the removal" in plays.output and "Tr0ub4dor" not in plays.output
