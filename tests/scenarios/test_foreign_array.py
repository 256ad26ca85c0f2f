# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An array without a lookup, which presents itself as Huawei's, with and without a view (molecule/neighbours).

Removals are in test_cases.py, too. The node's other maps, of ONTAP, stay as they are.
"""

import pytest
from scenarios import node_state
from scenarios.foreign_array import ForeignArray

STAYS, BY_VIEW, BY_OPT_IN = 191, 192, 193  # LUN ids that nothing else has
WIRE_ALONE = "its verdict is unproven: only with the hazard wire_alone"
pytestmark = pytest.mark.nodes("node2")


def foreign(lab, folders, *lun_ids):
    return ForeignArray(lab, "node2", folders.mktemp("foreign"), lun_ids)


class TestReport:
    """The tests build on each other, as in the life of these LUNs; nothing is removed."""

    @pytest.fixture(scope="class")
    @classmethod
    def array(cls, lab, tmp_path_factory):
        return foreign(lab, tmp_path_factory, STAYS, BY_VIEW)

    def test_what_answers_is_healthy_and_no_array_confirms_it(self, array):
        device = array.device(STAYS)
        assert (device["vendor"], device["product"], device["kind"]) == ("HUAWEI", "XSG1", "map")
        for wwid in array.wwids.values():
            device = array.audit.devices["node2", wwid]
            assert (device["verdict"], device["array"]["state"]) == ("healthy", "foreign")
            assert "not confirmed by an array (no configured array speaks for it)" in device["reason"]

    def test_with_a_view_it_is_confirmed(self, array):
        device = array.device(STAYS, array.view())
        assert (device["verdict"], device["array"]["state"]) == ("healthy", "mapped")
        assert "array oceanstor-lab: complete listing of the WWIDs 36001405..." in array.audit.output
        assert [lun["name"] for lun in array.audit.luns("node2", device)] == [f"lun_{STAYS}"] and device["notes"] == []

    def test_unmapped_it_is_unproven_with_the_wires_evidence(self, array):
        array.unmap(BY_VIEW)
        device = array.device(BY_VIEW)
        assert (device["verdict"], device["array"]["state"]) == ("unproven", "foreign")
        assert {(path["wire"]["state"], path["wire"]["sense"]) for path in device["paths"]} == {("absent", "05/25/00")}
        assert (
            "05/25/00" in device["reason"]
            and "no array confirms it: no configured array speaks for it" in device["reason"]
        )

    def test_a_view_that_still_maps_it_is_a_conflict_and_nothing_is_removed(self, array):
        """Not even with the opt-in."""
        view = array.mapped_again()
        assert array.device(BY_VIEW, view)["verdict"] == "conflict"
        before = array.state()
        run = array.remediate(views=[view], stale_devices_hazards=["wire_alone"])
        assert run.code == 0 and run.records["node2"]["results"] == [], run.output
        assert run.left("node2")[array.wwids[BY_VIEW]] == "its verdict is conflict: never removed"
        assert array.state() == before

    def test_a_view_that_is_not_complete_leaves_it_unproven(self, array):
        view = array.view(complete=False, error="the array's service did not answer", luns=[])
        device = array.device(BY_VIEW, view)
        assert (device["verdict"], device["array"]["state"]) == ("unproven", "unknown")
        assert "the array's service did not answer" in device["reason"]
        before = array.state()
        run = array.remediate(views=[view])
        assert run.code == 0 and run.left("node2")[array.wwids[BY_VIEW]] == WIRE_ALONE and array.state() == before, (
            run.output
        )


class TestRemovals:
    """The tests build on each other: two LUNs are unmapped, and removed one after the other."""

    @pytest.fixture(scope="class")
    @classmethod
    def array(cls, lab, tmp_path_factory):
        made = foreign(lab, tmp_path_factory, STAYS, BY_VIEW, BY_OPT_IN)
        made.unmap(BY_VIEW)
        made.unmap(BY_OPT_IN)
        return made

    def test_without_the_opt_in_nothing_is_removed(self, array):
        before = array.state()
        run = array.remediate()
        assert run.code == 0 and run.records["node2"]["results"] == [], run.output
        assert {array.wwids[lun_id]: WIRE_ALONE for lun_id in (BY_VIEW, BY_OPT_IN)}.items() <= run.left("node2").items()
        assert array.state() == before

    def test_a_view_that_cannot_be_read_ends_the_run_and_nothing_is_removed(self, array):
        before = array.state()
        run = array.remediate(audit_array_views=[str(array.folder / "missing.json")])
        assert run.code != 0 and "missing.json cannot be read" in run.output and not run.records, run.output
        assert array.state() == before

    def test_a_complete_view_makes_it_stale_and_it_is_removed_without_any_opt_in(self, array):
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
        assert (
            run.code == 0 and run.removed("node2") == [array.wwids[BY_VIEW]] and run.records["node2"]["lost"] == []
        ), run.output
        assert array.state() == node_state.without(before, array.words(device))

    def test_with_the_opt_in_the_other_is_removed_without_a_view_and_nothing_else(self, array):
        device = array.device(BY_OPT_IN)
        before = array.state()
        run = array.remediate(stale_devices_hazards=["wire_alone"])
        assert (
            run.code == 0 and run.removed("node2") == [array.wwids[BY_OPT_IN]] and run.records["node2"]["lost"] == []
        ), run.output
        assert array.state() == node_state.without(before, array.words(device))

    def test_a_second_run_changes_nothing(self, array):
        before = array.state()
        run = array.remediate(stale_devices_hazards=["wire_alone"])
        assert run.code == 0 and run.records["node2"]["results"] == [] and array.state() == before, run.output
        assert array.device(STAYS)["verdict"] == "healthy"
