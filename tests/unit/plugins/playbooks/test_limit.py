# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit of some hosts with --limit takes nothing of the fleet's report away, nor of its plan, its figures and its
history.
"""

import pytest
from support import schema
from support.plays import Plays
from support.six_hosts import AUDIT, HOSTS


@pytest.fixture
def plays(tmp_path):
    return Plays(tmp_path, HOSTS)


class TestLimit:
    NAMES = ("node1", "node2", "node4")

    def files(self, folder):
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and "limited" not in path.parts
        }

    def test_the_report_of_a_part_has_a_folder_of_its_own(self, plays):
        assert plays.run(AUDIT, self.NAMES) == 0, plays.output
        before = self.files(plays.folder / "report")
        assert {"fleet.json", "plan.json", "metrics.prom"} <= set(before)
        for dummy in range(2):
            assert plays.run(AUDIT, self.NAMES, arguments=["--limit", "node1,node4"]) == 0, plays.output
            assert (
                "This run was limited to node1,node4: 1 of the 3 hosts of the play were not asked, such as node2"
                in " ".join(plays.output.split())
            )
            assert self.files(plays.folder / "report") == before
            part = schema.check(plays.fleet("report/limited"))
            assert [host["name"] for host in part["hosts"]] == ["node1", "node4"] and part["changes"] is None
            assert (plays.folder / "report/limited/plan.json").exists()

    @pytest.mark.parametrize(
        "limit, variables",
        [("all", {}), ("node1", {"audit_hosts": "node1"}), ("node1,node4", {"audit_hosts": ["node1", "node*:!node2"]})],
    )
    def test_a_limit_that_leaves_nobody_out_is_none(self, plays, limit, variables):
        assert plays.run(AUDIT, self.NAMES, arguments=["--limit", limit], **variables) == 0, plays.output
        assert "This run was limited" not in plays.output and not (plays.folder / "report" / "limited").exists()
        assert plays.fleet()["hosts"][0]["name"] == "node1"

    def test_it_is_compared_with_the_report_that_is_named(self, plays):
        assert plays.run(AUDIT, self.NAMES) == 0, plays.output
        previous = str(plays.folder / "report" / "fleet.json")
        assert plays.run(AUDIT, self.NAMES, arguments=["--limit", "node4"], audit_report_previous=previous) == 0, (
            plays.output
        )
        assert plays.fleet("report/limited")["changes"]["since"] == plays.fleet()["generated_at"]
