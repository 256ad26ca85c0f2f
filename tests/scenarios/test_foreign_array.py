# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An array that no lookup knows, dressed as Huawei's: what is said of its devices with and without a view, and what goes (molecule/neighbours).

The tests go on from each other, as the life of these LUNs does. What goes is in test_cases.py too.
"""

import pytest
from scenarios import node_state
from scenarios.foreign_array import ForeignArray
from scenarios.removal_run import Node

STAYS, BY_VIEW, BY_OPT_IN = 191, 192, 193  # LUN ids that nothing else has
WIRE_ALONE = "its verdict is unproven: only with the hazard wire_alone"


@pytest.fixture(scope="module")
def array(lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("foreign")
    (bystander,) = Node(lab, "node2", folder).luns(194)  # of ONTAP
    made = ForeignArray(lab, "node2", folder, [STAYS, BY_VIEW, BY_OPT_IN])
    yield made
    made.undo()
    bystander.stale()
    assert bystander.flush(paths=None)["changed"]


def test_it_is_what_it_is_dressed_as(array):
    device = array.device(STAYS)
    assert (device["vendor"], device["product"], device["kind"]) == ("HUAWEI", "XSG1", "map")


def test_what_answers_is_healthy_and_no_array_confirms_it(array):
    array.device(STAYS)
    for wwid in array.wwids.values():
        device = array.audit.devices["node2", wwid]
        assert (device["verdict"], device["array"]["state"]) == ("healthy", "foreign")
        assert "not confirmed by an array (no configured array speaks for it)" in device["reason"]


def test_with_a_view_it_is_confirmed(array):
    device = array.device(STAYS, array.view())
    assert (device["verdict"], device["array"]["state"]) == ("healthy", "mapped")
    assert "array oceanstor-lab: complete listing of the WWIDs 36001405..." in array.audit.output
    assert [lun["name"] for lun in device["array"]["luns"]] == [f"lun_{STAYS}"] and device["notes"] == []


def test_unmapped_it_is_unproven_with_the_wires_evidence(array):
    array.unmap(BY_VIEW)
    array.unmap(BY_OPT_IN)
    device = array.device(BY_VIEW)
    assert (device["verdict"], device["array"]["state"]) == ("unproven", "foreign")
    assert {(path["wire"]["state"], path["wire"]["sense"]) for path in device["paths"]} == {("absent", "05/25/00")}
    assert "05/25/00" in device["reason"] and "no array confirms it: no configured array speaks for it" in device["reason"]


def test_without_the_opt_in_nothing_goes(array):
    before = array.state()
    run = array.remediate()
    assert run.code == 0 and run.records["node2"]["results"] == [], run.output
    assert {array.wwids[lun_id]: WIRE_ALONE for lun_id in (BY_VIEW, BY_OPT_IN)}.items() <= run.left("node2").items()
    assert array.state() == before


@pytest.mark.parametrize("hazards", [[], pytest.param(["wire_alone"], marks=pytest.mark.thorough)])
def test_a_view_that_still_maps_it_is_a_conflict_and_nothing_goes(array, hazards):
    view = array.mapped_again()
    if not hazards:
        assert array.device(BY_VIEW, view)["verdict"] == "conflict"
    before = array.state()
    run = array.remediate(views=[view], stale_devices_hazards=hazards)
    assert run.code == 0 and run.records["node2"]["results"] == [], run.output
    assert run.left("node2")[array.wwids[BY_VIEW]] == "its verdict is conflict: never removed"
    assert array.state() == before


@pytest.mark.thorough
def test_a_view_that_is_not_complete_leaves_it_unproven(array):
    view = array.view(complete=False, error="the array's service did not answer", luns=[])
    device = array.device(BY_VIEW, view)
    assert (device["verdict"], device["array"]["state"]) == ("unproven", "unknown")
    assert "the array's service did not answer" in device["reason"]
    before = array.state()
    run = array.remediate(views=[view])
    assert run.code == 0 and run.left("node2")[array.wwids[BY_VIEW]] == WIRE_ALONE and array.state() == before, run.output


@pytest.mark.thorough
def test_a_view_that_cannot_be_read_ends_the_run_and_nothing_goes(array):
    before = array.state()
    run = array.remediate(audit_array_views=[str(array.folder / "missing.json")])
    assert run.code != 0 and "missing.json cannot be read" in run.output and not run.records, run.output
    assert array.state() == before


@pytest.mark.thorough
def test_a_complete_view_makes_it_stale_and_it_goes_without_any_opt_in(array):
    """The view still maps the other one, so that goes on being left."""
    array.given.add(BY_OPT_IN)
    view = array.view()
    array.given.remove(BY_OPT_IN)
    device = array.device(BY_VIEW, view)
    assert (device["verdict"], device["array"]["state"], device["in_use"]) == ("stale", "unmapped", False)
    assert "exists, and is not mapped to this host" in device["reason"]
    before = array.state()
    check = array.remediate("--check", views=[view])
    assert check.code == 0 and "WOULD GO" in check.output and array.state() == before, check.output
    run = array.remediate(views=[view])
    assert run.code == 0 and run.removed("node2") == [array.wwids[BY_VIEW]] and run.records["node2"]["lost"] == [], run.output
    assert array.state() == node_state.without(before, array.words(device))


@pytest.mark.thorough
def test_with_the_opt_in_the_other_goes_without_a_view_and_nothing_else(array):
    device = array.device(BY_OPT_IN)
    before = array.state()
    run = array.remediate(stale_devices_hazards=["wire_alone"])
    assert run.code == 0 and run.removed("node2") == [array.wwids[BY_OPT_IN]] and run.records["node2"]["lost"] == [], run.output
    assert array.state() == node_state.without(before, array.words(device))
    assert array.device(STAYS)["verdict"] == "healthy"


@pytest.mark.thorough
def test_a_second_run_changes_nothing(array):
    before = array.state()
    run = array.remediate(stale_devices_hazards=["wire_alone"])
    assert run.code == 0 and run.records["node2"]["results"] == [] and array.state() == before, run.output
