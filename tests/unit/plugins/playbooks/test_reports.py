# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit, whole and in slices, and the report made of these: real ansible-playbook runs over hosts that answer
what is said here.
"""

import datetime
import json
import sys

import ontap_sim
import pytest
from support import schema
from support.askers import FIRST_STEP, ONE_READING, entry_of
from support.fleets import QUEUES, configured_host, recycled
from support.judged import result
from support.plays import Plays
from support.testimony import ME, WWID, path

HOSTS = {
    "node1": configured_host(),
    "node2": recycled(),
    "node3": None,
    "node4": configured_host(**QUEUES),
    "node5": {"failed": True, "msg": "Timed out"},
    "node6": configured_host(incomplete=[{"what": "lvm", "why": "no answer"}]),
}
TOMORROW = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).strftime("%Y-%m-%d")
RULE = {"rule": "MPC001", "reason": "the vendor wants it", "owner": "anna", "expires": TOMORROW}


AUDIT, REPORT = "sanops.multipath.audit", "sanops.multipath.report"
# What differs between two runs over hosts that say the same.
OF_A_RUN = ("generated_at", "changes")
SLICES = [sorted(HOSTS)[number::3] for number in range(3)]


@pytest.fixture
def plays(tmp_path):
    return Plays(tmp_path, HOSTS)


def words(fleet):
    return {host["name"]: host["compliance"] for host in fleet["hosts"]}


def without(fleet):
    return {key: fleet[key] for key in fleet if key not in OF_A_RUN}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """One audit of all hosts that several tests read."""
    plays = Plays(tmp_path_factory.mktemp("whole"), HOSTS)
    plays.code = plays.run(AUDIT, report="whole")
    return plays


@pytest.fixture(scope="module")
def handed(tmp_path_factory):
    """What three slices of an audit hand on, and under 'folder' where they were."""
    return audited(Plays(tmp_path_factory.mktemp("slices"), HOSTS))


def audited(plays, lost=(), **variables):
    """What the slices hand on, those of *lost* nothing."""
    handed = {}
    for number, names in enumerate(SLICES):
        if number not in lost:
            plays.run(AUDIT, names, report="slice%d" % number, awx_job_id=90 + number, **variables)
            handed.update(plays.artifacts())
    return handed


class TestLimit:
    """An audit of some hosts takes nothing of the fleet's report away, nor of its plan, its figures and its history."""

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

    def test_it_says_how_far_it_is(self, whole):
        for line in (
            "1 of 6 hosts asked, 5 left",
            "5 of 6 hosts asked, 1 left",
            "\n6 of 6 hosts asked, 0 left (1 unreachable, 1 failed)\n",
        ):
            assert whole.output.count(line) == 1

    def test_what_is_found_fails_nobody_unless_the_policy_says_so(self, plays):
        some = ["node1", "node2", "node4", "node6"]
        assert plays.run(AUDIT, some) == 0
        assert plays.run(AUDIT, some, audit_fail_on="warning", awx_job_id=7) == 2
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


class TestSlices:
    """Every n-th host by name is a slice, as in AWX."""

    def test_they_make_the_report_of_one_audit(self, plays, handed, whole):
        assert set(handed) == {"san_audit_90", "san_audit_91", "san_audit_92"}
        assert plays.run(REPORT, **handed) == 0
        assert without(schema.check(plays.fleet())) == without(whole.fleet("whole"))

    def test_as_files_and_with_the_policy_of_the_slices(self, plays):
        policy = {"audit_fail_on": "critical", "audit_exceptions": [RULE]}
        audited(plays, **policy)
        plays.run(AUDIT, report="whole", **policy)
        assert (
            plays.run(
                REPORT, report_files=[str(plays.folder / ("slice%d" % number) / "fleet.json") for number in range(3)]
            )
            == 2
        )
        assert without(plays.fleet()) == without(plays.fleet("whole"))
        assert (
            "(audit_fail_on critical). They do not comply: node2. They were not audited: node3, node5." in plays.output
        )

    def test_a_slice_that_failed_is_not_audited_and_fails_only_by_the_policy(self, plays, handed):
        handed = {name: handed[name] for name in handed if name != "san_audit_91"}
        assert plays.run(REPORT, **handed) == 0, plays.output
        fleet = schema.check(plays.fleet())
        assert {host["name"]: host["state"] for host in fleet["hosts"] if host["name"] in SLICES[1]} == {
            "node2": "missing",
            "node5": "missing",
        }
        assert words(fleet)["node2"] == words(fleet)["node5"] == "not_audited" and len(fleet["hosts"]) == 6
        assert "node2  NOT AUDITED (missing): no slice of the audit reported it" in plays.output
        assert plays.run(REPORT, report_fail_on="critical", **handed) == 2
        assert (
            "(audit_fail_on critical). They do not comply: node4. They were not audited: node2, node3, node5."
            in plays.output
        )

    def test_no_slice_came_to_its_report(self, plays):
        assert plays.run(REPORT) == 0
        assert plays.fleet()["compliance"]["hosts"] == {"not_audited": 6}

    def test_only_the_hosts_that_should_have_been_audited_are_missed(self, plays):
        plays.run(REPORT, audit_hosts="node1:node2")
        assert sorted(words(plays.fleet())) == ["node1", "node2"]

    def test_a_slice_twice_and_one_that_is_none(self, plays, handed):
        assert plays.run(REPORT, san_audit_99=handed["san_audit_90"], **handed) == 2
        assert (
            "the host node1 is in two reports, san_audit_90 and san_audit_99: give only one run of each slice"
            in plays.output
        )
        assert plays.run(REPORT, san_audit_98="x", **handed) == 2
        assert "san_audit_98 is nothing that was packed" in plays.output

    def test_the_morning_after(self, plays, handed):
        """The report of the slices is compared with the one that was there, as that of a whole audit is."""
        plays.run(REPORT, **handed)
        plays.run(REPORT, **{name: handed[name] for name in handed if name != "san_audit_91"})
        changes = plays.fleet()["changes"]
        assert [(one["host"], one["what"]) for one in changes["new"]] == [
            ("node2", "it was audited and is not audited")
        ]
        assert changes["gone"] == [] and changes["still"] == 1


class TestRemoval:
    def test_it_says_how_far_it_is(self, tmp_path):
        refused = [result(refused=[{"code": "wire", "why": "it answers"}])]
        done = [result(actions=[{"do": "flush", "device": "mpatha", "outcome": "done"}])]
        hosts = {"node1": refused, "node2": done, "node3": done}
        plays = Plays(
            tmp_path,
            {name: dict(configured_host(path(0, "absent", target="iqn.x")), results=hosts[name]) for name in hosts},
        )
        assert plays.run("sanops.multipath.remediate", stale_devices_hazards=["wire_alone"]) == 0, plays.output
        assert plays.output.count('"msg": "1 of 1 removals tried, 0 left; 1 refused, 0 failed"') == 1
        assert plays.output.count('"msg": "1 of 1 removals tried, 0 left; 0 refused, 0 failed"') == 2
        for line in (
            "1 of 3 hosts done, 2 left; so far 1 refused",
            "2 of 3 hosts done, 1 left; so far 1 removed, 1 refused",
            "3 of 3 hosts done, 0 left; so far 2 removed, 1 refused",
        ):
            assert plays.output.count("\n%s\n" % line) == 1
        assert "hosts asked" not in plays.output, "of one host at a time there is nothing to tell"


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


def of_task(output, name):
    """What a run printed of one task."""
    return (
        output.partition("TASK [sanops.multipath.audit : %s" % name)[2]
        .partition("TASK [")[0]
        .partition("PLAY RECAP")[0]
    )


class TestCost:
    """A task of each host is a process on the controller, even one that is skipped: of thousands of hosts each has
    one, and those that fail one more.
    """

    def test_what_is_said_once_is_done_once(self, plays):
        assert plays.run(AUDIT, ["node1", "node4", "node6"]) == 0, plays.output
        for task in ("Check the variables", "Judge the fleet"):
            assert of_task(plays.output, task).count(": [node") == 1, (task, plays.output)
        assert of_task(plays.output, "Ask the kernel").count(": [node") == 3
        assert [plays.output.count(": [%s]" % name) for name in ("node4", "node6")] == [1, 1], plays.output
        assert (
            "Fail the hosts"
            not in plays.output.partition("PLAY [Fail the hosts")[2].partition("PLAY RECAP")[0].partition("***")[2]
        )

    def test_only_hosts_that_fail_are_reported_as_failed(self, plays):
        assert plays.run(AUDIT, ["node1", "node3", "node4", "node5"], audit_fail_on="critical") == 2, plays.output
        messages = of_task(plays.output, "Fail the hosts")
        assert [messages.count("[%s]: FAILED!" % name) for name in ("node1", "node3", "node4", "node5")] == [
            0,
            1,
            1,
            1,
        ], plays.output
        assert "skipping" not in messages

    def test_in_a_play_of_ones_own_the_role_does_all_of_it(self, plays):
        playbook = plays.folder / "mine.json"
        playbook.write_text(
            json.dumps([{"hosts": "all", "gather_facts": False, "roles": [{"role": "sanops.multipath.audit"}]}])
        )
        assert plays.run(str(playbook), ["node1", "node3", "node4"], audit_fail_on="critical") == 2, plays.output
        messages = of_task(plays.output, "Fail the hosts")
        assert [messages.count("[%s]: FAILED!" % name) for name in ("node1", "node3", "node4")] == [0, 1, 1], (
            plays.output
        )
        assert words(plays.fleet()) == {"node1": "incomplete", "node3": "unreachable", "node4": "noncompliant"}

    def test_a_host_has_a_time_of_its_own_and_is_reported_when_it_is_none(self, plays):
        inventory = plays.inventory(["node1", "node4"])
        made = json.loads(inventory.read_text())
        # The real module, not an answer that the test lets the host give. Of a template it is not known before.
        time = {"audit_timeout": "{{ 'so' ~ 'on' }}", "ansible_python_interpreter": sys.executable}
        made["all"]["hosts"]["node4"].update(time)
        inventory.write_text(json.dumps(made))
        assert plays.run(AUDIT, inventory=inventory) == 2, plays.output
        assert [(host["name"], host["state"]) for host in plays.fleet()["hosts"]] == [
            ("node1", "audited"),
            ("node4", "failed"),
        ]
        assert "timeout" in plays.fleet()["hosts"][1]["why"]
        assert "node4 was not audited" in plays.output and "node1 was not audited" not in plays.output


def test_a_host_whose_testimony_is_damaged_costs_itself_only(tmp_path):
    plays = Plays(tmp_path, {"a": configured_host(), "b": {"changed": False, "packed": "x"}})
    assert plays.run("sanops.multipath.audit") == 2, plays.output
    assert [(host["name"], host["state"]) for host in plays.fleet()["hosts"]] == [("a", "audited"), ("b", "failed")]
    assert "packed is nothing that was packed" in plays.fleet()["hosts"][1]["why"]
