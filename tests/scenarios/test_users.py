# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every kind of user of a device, on two kernels (molecule/corners).

One audit names each, and the removal refuses each.
"""

import copy
import datetime
import re

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import records
from lab import failures
from scenarios import node_state
from scenarios.audit_run import Audit
from scenarios.removal_run import Node, Remediation, codes
from scenarios.uses import USES, lun

pytestmark = pytest.mark.state("used")


class Used:
    """The nodes of the state `used`, and one audit of them."""

    def __init__(self, lab, folder):
        self.lab, self.nodes = lab, lab.nodes
        self.wwids = {(node, use): lab._wwid(lun(node, use)) for node in self.nodes for use in USES}
        self.pids = {}
        for node in self.nodes:
            found = lab.ssh(node).output("cd /run/u; grep -H . *.pid")
            self.pids[node] = dict(re.findall(r"^(\w+)\.pid:(\d+)$", found, re.MULTILINE))
        self.audit = Audit(lab, folder)

    def devices(self, node, use):
        return [device for device in self.audit.hosts[node]["devices"] if device["wwid"] == self.wwids[node, use]]


@pytest.fixture(scope="class")
def used(lab, tmp_path_factory):
    return Used(lab, tmp_path_factory.mktemp("users"))


@pytest.fixture(params=["node1", "node2"])
def node(request):
    return request.param


class TestUsers:
    def test_nothing_was_left_unread(self, used, node):
        assert used.audit.code == 0, used.audit.output
        assert used.audit.hosts[node]["facts"]["incomplete"] == []

    @pytest.mark.parametrize("use", [use for use in USES if use != "bare"])
    def test_every_user_is_named(self, used, node, use):
        (device,) = used.devices(node, use)
        reported = [(user["kind"], user["detail"]) for user in device["users"] if user["kind"] != "probe"]
        patterns = [
            (kind, pattern.replace("{pid}", used.pids[node].get(use, "")).replace("{wwid}", device["wwid"]))
            for kind, pattern in USES[use].found
        ]
        assert [kind for kind, detail in reported] == [kind for kind, pattern in patterns], reported
        for (dummy, detail), (dummy, pattern) in zip(reported, patterns, strict=True):
            assert re.fullmatch(pattern, detail), f"{detail!r} is not {pattern!r}"
        assert device["in_use"] is bool(patterns)

    def test_a_disk_in_no_map(self, used, node):
        reported = [
            [(user["kind"], user["detail"]) for user in device["users"]] for device in used.devices(node, "bare")
        ]
        assert sorted(reported) == [[], [("mount", "/mnt/bare (ext4, rw)")]], "of its two disks one is mounted"

    def test_looking_has_opened_nothing(self, used, node):
        """Device-mapper's open counts equal those of the known uses: the audit has left no device open."""
        counts = {
            use: used.lab.ssh(node).output(f"dmsetup info -c --noheadings -o open {used.wwids[node, use]}").strip()
            for use in ("idle", "fd", "lvm")
        }
        assert counts == {"idle": "0", "fd": "1", "lvm": "1"}


class Refused:
    """Removals of used devices whose LUNs the array has unmapped: by each node alone, then by the playbook."""

    def __init__(self, used, folder):
        self.used, lab = used, used.lab
        for node in used.nodes:
            for use in USES:
                lab.unmap(lun(node, use), node)
        for node in used.nodes:
            failures.wait_until_faulty(lab, node, 2 * (len(USES) - 1))
        self.nodes = {node: Node(lab, node, folder) for node in used.nodes}
        self.before = self.state()
        self.by_host = {node: self.ask_host(node) for node in used.nodes}
        self.check = Remediation(lab, folder / "check", "--check")
        self.untouched = self.state()
        self.run = Remediation(lab, folder)
        self.after = self.state()

    def state(self):
        return {name: node.state() for name, node in self.nodes.items()}

    def ask_host(self, node):
        """Return {(WWID, name): result} of a plan that treats all used devices as stale and unused."""
        host = copy.deepcopy(self.used.audit.hosts[node])
        host["devices"] = [
            device | {"verdict": "stale", "in_use": False} for device in host["devices"] if device["in_use"]
        ]
        report = self.used.audit.fleet | {"hosts": [host]}
        plan = removal_plan.plan(records.judgement(report), [], datetime.datetime.now(datetime.timezone.utc))
        answer = self.nodes[node].module("stale_mpath_remove", removals=plan["removals"])
        return {(result["wwid"], result["name"]): result for result in answer["results"]}


@pytest.fixture(scope="class")
def refused(used, tmp_path_factory):
    return Refused(used, tmp_path_factory.mktemp("refused"))


class TestRemoval:
    @pytest.mark.parametrize("use", [use for use in USES if USES[use].found] + ["bare"])
    def test_the_host_refuses_it(self, refused, node, use):
        (device,) = [device for device in refused.used.devices(node, use) if device["in_use"]]
        result = refused.by_host[node][device["wwid"], device["name"]]
        assert "in_use" in codes(result) and not result["changed"] and not result["actions"], result
        patterns = [
            pattern.replace("{pid}", refused.used.pids[node].get(use, "")).replace("{wwid}", device["wwid"])
            for dummy, pattern in USES[use].found
        ]
        whys = [refusal["why"] for refusal in result["refused"] if refusal["code"] == "in_use"]
        for kind, pattern in zip([kind for kind, dummy in USES[use].found], patterns, strict=True):
            assert kind == "partition" or any(re.fullmatch(f".* is in use: {kind}: {pattern}", why) for why in whys), (
                whys
            )

    def test_neither_that_nor_check_mode_touched_anything(self, refused, node):
        assert sorted(refused.check.removed(node)) == sorted(refused.run.removed(node)) != []
        assert refused.untouched[node] == refused.before[node]

    def test_the_playbook_removes_what_is_unused_and_nothing_else(self, refused, node):
        used = refused.used
        idle = used.devices(node, "idle") + [device for device in used.devices(node, "bare") if not device["in_use"]]
        results = refused.run.records[node]["results"]
        assert sorted(result["name"] for result in results if result["changed"]) == sorted(
            device["name"] for device in idle
        ), refused.run.output
        words = [word for device in idle for path in device["paths"] for word in (path["hctl"], path["sd"])]
        words += [used.wwids[node, "idle"]]
        assert refused.after[node] == node_state.without(refused.before[node], words)

    def test_the_playbook_says_why_the_others_stay(self, refused, node):
        left = {device["name"]: device["why"] for device in refused.run.records[node]["left"]}
        for use in USES:
            for device in refused.used.devices(node, use):
                assert not device["in_use"] or left[device["name"]].startswith("it is in use: "), use
