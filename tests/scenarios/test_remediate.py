# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rolling playbook on two nodes with every kind of failure (molecule/removal).

It removes exactly what is stale and unused, and the hazards that the operator allows.
"""

import pytest
from lab import failures
from scenarios import node_state
from scenarios.audit_run import Audit
from scenarios.removal_run import Device, Node, Remediation
from scenarios.states import wait_for_paths

STALE = {"node1": ["boot", "app"], "node2": ["root", "dump"]}
RECYCLED = {"node1": ["old"], "node2": ["past"]}
# Each SVM has one target with two portals, and these are the only LUNs of the second one.
LAST_OF_SVM2 = {"node1": ["web"], "node2": ["log"]}
HOOK = (
    "- name: Leave a mark\n  ansible.builtin.copy:\n    content: x\n    dest: /run/{0}\n    mode: "
    "'0600'\n  become: true\n"
)
FAILING_HOOK = (
    "- name: Drain\n  ansible.builtin.fail:\n    msg: it cannot be drained\n  when: inventory_hostname == 'node1'\n"
)
# Killed, since a multipathd that is stopped switches all queueing off first.
END_OF_DAEMON = (
    "- name: Break it\n  ansible.builtin.shell: systemctl stop multipathd.socket && systemctl kill "
    "--signal=KILL multipathd.service\n  become: true\n"
)
NEITHER = "ls /run/before /run/after 2> /dev/null; true"


class Window:
    """The lab, its state, and what is in it by name."""

    def __init__(self, lab, folder):
        self.lab, self.folder, self.count = lab, folder, 0
        self.wwid = {lun: lab._wwid(lun) for lun in failures.DEVICES}
        self.words = {}
        audit = self.audit()
        for host in audit.fleet["hosts"]:
            for device in host["devices"]:
                names = [name for path in device["paths"] for name in (path["hctl"], path["sd"])]
                self.words.setdefault((host["name"], device["wwid"]), []).extend([device["wwid"], *names])

    def next(self):
        self.count += 1
        return self.folder / str(self.count)

    def audit(self):
        return Audit(self.lab, self.next())

    def remediate(self, *arguments, **variables):
        return Remediation(self.lab, self.next(), *arguments, **variables)

    def file(self, text):
        path = self.next().with_suffix(".yml")
        path.write_text(text, encoding="utf-8")
        return str(path)

    def on_both(self, script):
        return [self.lab.ssh(name).output(script) for name in ("node1", "node2")]

    def state(self):
        return {name: node_state.read(self.lab.ssh(name)) for name in ("node1", "node2")}

    def without(self, state, gone):
        """Return a state without the lines about these LUNs."""
        return {
            name: node_state.without(lines, [word for lun in gone[name] for word in self.words[name, self.wwid[lun]]])
            for name, lines in state.items()
        }

    def wwids(self, luns):
        return sorted(self.wwid[lun] for lun in luns)


@pytest.fixture(scope="class")
def window(lab, tmp_path_factory):
    return Window(lab, tmp_path_factory.mktemp("window"))


@pytest.mark.state("audited")
class TestOutage:
    def test_a_node_with_an_outage_is_left_alone(self, window):
        before = window.state()
        run = window.remediate(stale_devices_hazards=["recycled"])
        assert run.code == 0, run.output
        for name, lun in (("node1", "sick"), ("node2", "log")):
            assert (
                f"it has an outage ({window.wwid[lun]})" in run.records[name]["left_alone"]
                and run.records[name]["results"] == []
            )
            assert f"{name} is LEFT ALONE" in run.output
        assert window.state() == before


@pytest.mark.state("healed")
class TestNothingRemoved:
    def test_check_mode_shows_all_and_touches_nothing(self, window):
        before = window.state()
        run = window.remediate("--check", "--diff")
        assert run.code == 0, run.output
        for name, luns in STALE.items():
            assert sorted(run.removed(name)) == window.wwids(luns) and run.output.count("WOULD GO") == 4
            assert all(
                {action["outcome"] for action in result["actions"]} == {"would be done"}
                for result in run.records[name]["results"]
            )
        for lun in ("boot", "app", "root", "dump"):
            assert f"-map {window.wwid[lun]}" in run.output, "the diff"
        assert window.state() == before

    @pytest.mark.parametrize(
        "limits, why",
        [
            ({"stale_devices_max_removals": 1}, "2 removals; at most 1 are allowed"),
            ({"stale_devices_max_share": 0.1}, "at most 10 % are allowed"),
        ],
    )
    def test_a_safety_limit_leaves_every_node_alone(self, window, limits, why):
        before = window.state()
        run = window.remediate(**limits)
        assert run.code == 0 and all(
            why in record["left_alone"] and not record["results"] for record in run.records.values()
        ), run.output
        assert window.state() == before

    def test_a_node_that_cannot_be_drained_is_not_touched_and_ends_the_window(self, window):
        before = window.state()
        run = window.remediate(stale_devices_before_tasks=window.file(FAILING_HOOK))
        assert run.code != 0 and set(run.records) == {"node1"}, run.output
        record = run.records["node1"]
        assert [left["wwid"] for left in record["not_tried"]] == [removal["wwid"] for removal in record["removals"]]
        assert record["results"] == record["lost"] == []
        assert window.state() == before

    def test_a_node_that_ends_worse_ends_the_window(self, window):
        """Its daemon ends between the reading and the removal."""
        before = window.state()
        marks = {"stale_devices_after_tasks": window.file(HOOK.format("after"))}
        run = window.remediate(stale_devices_before_tasks=window.file(END_OF_DAEMON), **marks)
        assert run.code != 0 and set(run.records) == {"node1"}, run.output
        record = run.records["node1"]
        assert record["lost"] == ["multipathd no longer runs"], run.output
        assert all("not running" in result["refused"][0]["why"] for result in record["results"])
        assert window.on_both(NEITHER) == ["", ""], "it stays drained"
        window.lab.ssh("node1").run("systemctl start multipathd.socket multipathd.service")
        wait_for_paths(window.lab, "node1", "sick", "web")
        daemon = [line for line in before["node1"] if line.startswith("daemon: ")]
        assert [line for line in window.state()["node1"] if not line.startswith("daemon: ")] == [
            line for line in before["node1"] if line not in daemon
        ]
        assert window.state()["node2"] == before["node2"]


@pytest.mark.state("healed")
class TestWindow:
    """The tests build on each other, as in a maintenance window."""

    def test_exactly_the_stale_and_unused_go(self, window):
        before = window.state()
        hooks = {f"stale_devices_{when}_tasks": window.file(HOOK.format(when)) for when in ("before", "after")}
        run = window.remediate(**hooks)
        assert run.code == 0, run.output
        for name, luns in STALE.items():
            assert sorted(run.removed(name)) == window.wwids(luns) and run.records[name]["lost"] == []
        assert window.state() == window.without(before, STALE)
        assert window.on_both(NEITHER) == ["/run/after\n/run/before\n"] * 2
        window.on_both("rm /run/before /run/after")
        left = {device["name"]: device["why"] for device in run.records["node1"]["left"]}
        assert left[window.wwid["mail"]] == "it is in use: mount /mnt/mail (ext4, rw)"
        assert left[window.wwid["old"]] == "its verdict is recycled: only with the hazard recycled"

    def test_a_second_run_changes_nothing(self, window):
        before = window.state()
        run = window.remediate(stale_devices_before_tasks=window.file(HOOK.format("before")))
        assert run.code == 0 and [record["results"] for record in run.records.values()] == [[], []], run.output
        assert window.state() == before
        assert window.on_both(NEITHER) == ["", ""], "no hook where there is nothing to remove"

    def test_recycled_devices_are_removed_with_their_hazard(self, window):
        """With a rescan, the LUN that is at the address now comes up under its own identity."""
        before = window.state()
        for name, luns in RECYCLED.items():
            run = window.remediate(
                "--limit", name, stale_devices_hazards=["recycled"], stale_devices_rescan=name == "node2"
            )
            assert run.code == 0, run.output
            assert run.removed(name) == window.wwids(luns)
        window.lab.wait_for_map("next", "node2")
        heir = Device(Node(window.lab, "node2", window.folder), "next", failures.DEVICES["past"].lun_id)
        after, before = (
            {
                name: node_state.without(lines, heir.words()) if name == "node2" else lines
                for name, lines in window.without(state, RECYCLED).items()
            }
            for state in (window.state(), before)
        )
        assert after == before

    def test_what_is_left_is_well_or_in_use(self, window):
        audit = window.audit()
        bad = {key: verdict for key, verdict in audit.verdicts.items() if verdict != "healthy"}
        assert bad == {("node1", "mail"): "stale", ("node2", "half"): "degraded"}

    def test_sessions_that_become_empty_are_removed_with_their_hazard(self, window):
        for name, luns in LAST_OF_SVM2.items():
            for lun in luns:
                window.lab.unmap(lun, name)
        run = window.remediate("--check", stale_devices_hazards=["empty_sessions"])
        assert run.output.count("LUNs are mapped to this host that it does not see") == 2, (
            "the heir of node1 was never scanned"
        )
        window.lab.scan("node1")
        window.lab.wait_for_map(failures.HEIRS["old"], "node1")
        before = window.state()
        run = window.remediate("--check", stale_devices_hazards=["empty_sessions"])
        assert run.code == 0 and window.state() == before, run.output
        sids = {
            name: [removal["session"]["sid"] for removal in record["removals"] if removal["kind"] == "session"]
            for name, record in run.records.items()
        }
        assert [len(found) for found in sids.values()] == [2, 2], run.output
        run = window.remediate(stale_devices_hazards=["empty_sessions"])
        assert run.code == 0, run.output
        gone = {name: [f"session{sid}" for sid in found] for name, found in sids.items()}
        after = window.without(before, LAST_OF_SVM2)
        assert window.state() == {name: node_state.without(lines, gone[name]) for name, lines in after.items()}
        for name in sids:
            assert len([line for line in window.state()[name] if line.startswith("session: ")]) == 2


@pytest.mark.state("healed")
def test_a_node_that_cannot_be_reached_does_not_end_the_window(window):
    """It is named at the end, and the play fails for it; the next node is processed."""
    window.lab.unmap("db", "node1")
    window.lab.unmap("shop", "node2")
    run = window.remediate(
        "--inventory", window.file("all: {hosts: {node1: {ansible_port: 1}}}"), stale_devices_max_share=1
    )
    assert run.code != 0 and "node1 was left alone: " in run.output, run.output
    assert (
        sorted(run.removed("node2")) == window.wwids(["shop", *STALE["node2"]])
        and "it was not audited" in run.records["node1"]["left_alone"]
    )
