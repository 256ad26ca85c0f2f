# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit and its report: real ansible-playbook runs over hosts that answer what is said here."""

import json

import ontap_sim
import pytest
from support import schema
from support.askers import FIRST_STEP, ONE_READING, entry_of
from support.fleets import configured_host, recycled
from support.plays import Plays
from support.six_hosts import AUDIT, HOSTS, RULE, TOMORROW, without, words
from support.testimony import ME, WWID, path


@pytest.fixture
def plays(tmp_path):
    return Plays(tmp_path, HOSTS)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """One audit of all hosts that several tests read."""
    plays = Plays(tmp_path_factory.mktemp("whole"), HOSTS)
    plays.code = plays.run(AUDIT, report="whole")
    return plays


class TestAudit:
    def test_each_host_has_its_word_and_those_that_were_not_audited_fail(self, whole):
        plays = whole
        assert plays.code == 2
        fleet = schema.check(plays.fleet("whole"))
        assert words(fleet) == {
            "node1": "incomplete",  # no array was asked
            "node2": "noncompliant",
            "node3": "unreachable",
            "node4": "noncompliant",
            "node5": "not_audited",
            "node6": "incomplete",
        }
        assert "Compliance: 2 noncompliant, 2 incomplete, 1 unreachable, 1 not audited." in plays.output
        assert (
            plays.output.count('"msg": "node3 was not audited')
            == plays.output.count('"msg": "node5 was not audited: Timed out"')
            == 1
        )
        assert "does not comply" not in plays.output and plays.artifacts() == {}

    def test_the_end_of_its_summary_comes_after_the_recap_where_that_is_asked_for(self, tmp_path):
        plays = Plays(tmp_path, {"node1": configured_host(path(0, "absent", target="iqn.x"))})
        assert plays.run(AUDIT, audit_hazards=["wire_alone"]) == 0, plays.output
        shown, dummy, after = plays.output.partition("PLAY RECAP")
        (tmp_path / "ansible.cfg").write_text("[defaults]\ncallbacks_enabled = sanops.multipath.summary\n")
        assert plays.run(AUDIT, audit_hazards=["wire_alone"]) == 0, plays.output
        last = plays.output.partition("PLAY RECAP")[2].splitlines()[-5:]
        assert [line.partition(" ")[0] for line in last] == ["Compliance:", "1", "The", "Next:", ""]
        assert all(f"\n{line}\n" in shown and line not in after for line in last)

    def test_it_says_how_far_it_is(self, whole):
        for line in (
            "1 of 6 hosts asked, 5 left",
            "5 of 6 hosts asked, 1 left",
            "\n6 of 6 hosts asked, 0 left (1 unreachable, 1 failed)\n",
        ):
            assert whole.output.count(line) == 1

    def test_what_is_found_fails_nobody_unless_the_policy_says_so(self, plays):
        some = ["node1", "node2", "node4", "node6"]
        assert plays.run(AUDIT, some) == 0 and "fleet" not in plays.fleet()
        assert plays.run(AUDIT, some, audit_fail_on="warning", awx_job_id=7, awx_inventory_name="Berlin") == 2
        assert plays.fleet()["fleet"] == "Berlin" and "\nFleet Berlin. 4 hosts: " in plays.output
        assert plays.fleet()["compliance"]["failed"] == ["node2", "node4"]
        assert "node2 does not comply (audit_fail_on warning): the report says why" in plays.output
        assert "node6 does not" not in plays.output
        assert set(plays.artifacts()) == {"san_audit_7"}, "what follows has it all the same"

    def test_what_is_excused_fails_nobody(self, plays):
        assert plays.run(AUDIT, ["node1", "node4"], audit_fail_on="critical", audit_exceptions=[RULE]) == 0
        assert words(plays.fleet()) == {"node1": "incomplete", "node4": "incomplete"}
        assert "but   excused until %s by anna: the vendor wants it, on node4" % TOMORROW in plays.output
        assert "Exceptions: 1 in force." in plays.output

    def test_what_is_over_counts_again(self, plays):
        assert (
            plays.run(AUDIT, ["node4"], audit_fail_on="critical", audit_exceptions=[dict(RULE, expires="2020-01-01")])
            == 2
        )
        assert (
            "EXPIRED  rule MPC001 since 2020-01-01 (anna: the vendor wants it): what it covered counts again, 1 now"
            in plays.output
        )

    @pytest.mark.parametrize(
        ("variables", "message"),
        [
            (
                {"audit_exceptions": [RULE, {"rule": "MPC002", "reason": "r", "owner": "o"}]},
                "audit_exceptions, entry 2: expires: a date is needed",
            ),
            ({"audit_fail_on": "bad"}, "audit_fail_on"),
            ({"audit_report_keep": "a month"}, "audit_report_keep"),
        ],
    )
    def test_what_makes_no_sense_fails_before_anybody_is_asked(self, plays, variables, message):
        assert plays.run(AUDIT, ["node1"], **variables) == 2
        assert message in plays.output and "Ask the kernel" not in plays.output

    def test_check_mode_writes_the_same(self, plays, whole):
        plays.run(AUDIT, report="check", arguments=["--check"])
        assert without(plays.fleet("check")) == without(whole.fleet("whole")) and "changed=1" not in plays.output


class TestArray:
    WORLD = {
        "igroups": [{"name": "node1", "protocol": "iscsi", "initiators": [ME]}],
        "luns": [{"name": "/vol/v/one", "serial_number": bytes.fromhex(WWID[9:]).decode()}],
        "maps": [{"lun": "/vol/v/one", "igroup": "node1", "logical_unit_number": 3}],
    }

    def test_it_is_asked_once_and_its_word_counts(self, plays):
        with ontap_sim.running(self.WORLD, users=[ontap_sim.User("audit", "correct horse", readonly=True)]) as sim:
            array = dict(entry_of(sim), password="{{ secret }}")
            assert (
                plays.run(AUDIT, ["node1", "node6"], audit_arrays=[array], secret="correct horse", arguments=["-vvv"])
                == 0
            ), plays.output
            assert len(sim.requests()) == FIRST_STEP + ONE_READING
        fleet = schema.check(plays.fleet())
        reported = [(host["devices"][0], host["luns"]) for host in fleet["hosts"]]
        assert [(device["array"]["state"], luns[device["wwid"]][0]["name"]) for device, luns in reported] == [
            ("mapped", "/vol/v/one")
        ] * 2
        assert fleet["arrays"][0]["complete"] and "correct horse" not in plays.output

    EXPOSED = {
        **WORLD,
        "igroups": WORLD["igroups"] + [{"name": "desktop", "initiators": ["iqn.1991-05.com.microsoft:desktop"]}],
        "maps": WORLD["maps"] + [{"lun": "/vol/v/one", "igroup": "desktop"}],
    }

    def advised(self, plays, **variables):
        user = ontap_sim.User("audit", "correct horse", readonly=True, denied=("/api/network/fc/logins",))
        with ontap_sim.running(self.EXPOSED, users=[user]) as sim:
            array = entry_of(sim)
            assert plays.run(AUDIT, ["node1", "node2"], audit_arrays=[array], **variables) == 0, plays.output
            assert len(sim.requests()) == FIRST_STEP + ONE_READING
        return schema.check(plays.fleet())

    def test_who_else_sees_a_lun_and_what_was_not_checked_is_reported(self, plays):
        fleet = self.advised(plays)
        (one,) = fleet["advisories"]
        # Both doubles have one name on the SAN, so they are one host here.
        assert one == {
            **one,
            "rule": "MPC501",
            "where": "cluster1",
            "hosts": ["node2"],
            "strangers": ["iqn.1991-05.com.microsoft:desktop"],
        }
        assert "WARNING  MPC501 LUNs are mapped to hosts that are not a cluster" in plays.output
        assert (
            "igroups desktop, node1 of SVM svm1: show 1 LUN (/vol/v/one) to 2 initiators (node2; "
            "of no audited host: iqn.1991"
        ) in plays.output
        (gap,) = fleet["arrays"][0]["not_checked"]
        assert (
            gap["what"] == "FC logins (MPC504)"
            and "  NOT CHECKED for advice: FC logins (MPC504): ONTAP array 127.0.0.1" in plays.output
        )
        assert fleet["arrays"][0]["complete"] and fleet["hosts"][0]["compliance"] == "compliant"

    def test_clusters_are_in_the_report_and_excuses_count(self, plays):
        fleet = self.advised(
            plays, audit_san_clusters={"pve": ["node1", "node2"]}, audit_exceptions=[dict(RULE, rule="MPC501")]
        )
        assert [host["san_cluster"] for host in fleet["hosts"]] == ["pve", "pve"]
        assert fleet["advisories"][0]["exception"]["owner"] == "anna"

    def test_clusters_that_make_no_sense_fail(self, plays):
        assert plays.run(AUDIT, ["node1"], audit_san_clusters={"pve": ["node1"], "k8s": ["node1"]}) == 2
        assert "san_clusters: node1 is in two clusters, pve and k8s" in plays.output

    def test_an_array_that_cannot_be_listed_is_reported(self, plays):
        array = {"hostname": "127.0.0.1", "http_port": 1, "username": "audit", "password": "x"}
        assert plays.run(AUDIT, ["node1"], audit_arrays=[array]) == 0, plays.output
        assert "NOT LISTED" in plays.output and plays.fleet()["hosts"][0]["devices"][0]["array"]["state"] == "unknown"

    def test_one_that_makes_no_sense_fails(self, plays):
        assert plays.run(AUDIT, ["node1"], audit_arrays=[{"hostname": "a1", "user": "audit"}]) == 2
        assert "Ask the kernel" not in plays.output and "entry 1 of audit_arrays has the unknown key" in plays.output


class TestHistory:
    def test_the_second_run_says_what_changed(self, plays, tmp_path):
        some = ["node1", "node2", "node4"]
        plays.run(AUDIT, some)
        first = plays.fleet()
        assert first["changes"] is None
        changed = Plays(tmp_path, {"node1": recycled(), "node2": recycled(), "node4": None})
        assert changed.run(AUDIT) == 2
        second = schema.check(changed.fleet())
        assert second["changes"]["since"] == first["generated_at"] and second["changes"]["still"] == 1
        assert [(one["kind"], one["host"], one["id"]) for one in second["changes"]["new"]] == [
            ("device", "node1", WWID),
            ("host", "node4", "node4"),
        ]
        assert second["changes"]["gone"] == [], "nobody could look whether the finding of node4 is gone"
        assert "Since the report of %s: 2 new, 0 gone, 1 as before." % first["generated_at"] in changed.output
        assert "  NEW   node4: it was audited and is unreachable\n" in changed.output
        assert [path.name for path in (tmp_path / "report" / "history").iterdir()] == [
            "fleet-%s.json.gz" % first["generated_at"].replace(":", "")
        ]

    def test_a_report_that_is_named(self, plays, tmp_path):
        plays.run(AUDIT, ["node1"], report="one")
        plays.run(AUDIT, ["node1"], report="two", audit_report_previous=str(tmp_path / "one" / "fleet.json"))
        assert plays.fleet("two")["changes"] == {
            "since": plays.fleet("one")["generated_at"],
            "new": [],
            "gone": [],
            "still": 0,
        }

    def test_one_that_cannot_be_read(self, plays, tmp_path):
        assert plays.run(AUDIT, ["node1"], audit_report_previous="none.json") == 2
        assert "previous: the report none.json cannot be compared with: there is no such file" in plays.output
        (tmp_path / "report").mkdir()
        (tmp_path / "report" / "fleet.json").write_text('{"schema": 1')
        assert plays.run(AUDIT, ["node1"]) == 0
        assert plays.fleet()["changes"] is None and "cannot be compared with, so no changes are reported" in " ".join(
            plays.output.split()
        )


def test_a_query_of_the_file_and_of_data(plays, whole):
    file = str(whole.folder / "whole" / "fleet.json")
    query = "hosts[?contains(name, 'node') && compliance=='noncompliant'].name"
    tasks = [
        {
            "ansible.builtin.assert": {
                "that": [
                    "file | sanops.multipath.report_query(query) == ['node2', 'node4']",
                    (
                        "lookup('ansible.builtin.file', file) | from_json | "
                        "sanops.multipath.report_query(query) == ['node2', 'node4']"
                    ),
                    "lookup('ansible.builtin.file', file) | sanops.multipath.report_query('totals.hosts.audited') == 3",
                ]
            }
        }
    ]
    playbook = plays.folder / "query.json"
    playbook.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    assert plays.run(str(playbook), file=file, query=query) == 0, plays.output


def test_a_host_whose_testimony_is_damaged_costs_itself_only(tmp_path):
    plays = Plays(tmp_path, {"a": configured_host(), "b": {"changed": False, "packed": "x"}})
    assert plays.run("sanops.multipath.audit") == 2, plays.output
    assert [(host["name"], host["state"]) for host in plays.fleet()["hosts"]] == [("a", "audited"), ("b", "failed")]
    assert "packed is nothing that was packed" in plays.fleet()["hosts"][1]["why"]
