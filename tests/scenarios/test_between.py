# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes between plan and removal: a plan is applied only where the host is still as planned (molecule/removal).

One plan covers many stale devices on node1; then something happens to each of them; then the playbook gets the plan. To
test the controller's comparison and the guards on the host separately, the host alone gets the same removals, too.
"""

import json
import re
from typing import NamedTuple

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import pack
from lab import failures
from scenarios import node_state, states
from scenarios.audit_run import Audit
from scenarios.removal_run import Device, Node, Remediation, codes


class Happening(NamedTuple):
    what: str
    by_playbook: str
    """Why the playbook leaves it; empty where it goes."""
    by_host: list
    """The codes of the host's own refusal."""


HAPPENINGS = {
    "plain": Happening("nothing", "", []),
    "renamed": Happening("its map got another name", "", []),
    "opened": Happening("a process opened it", "it is no longer to be removed: it is in use: process", ["in_use"]),
    # A mount that waits for the super block shows no open file: the open count tells.
    "mounted": Happening("somebody mounts it", "it is no longer to be removed: it is in use: ", ["in_use"]),
    "again": Happening("its LUN was mapped again", "it is not there any more, or healthy", ["wire", "wire"]),
    "recycled": Happening(
        "its LUN id was given to another LUN",
        "its verdict is recycled: only with the hazard recycled",
        ["wire", "wire"],
    ),
    "reused": Happening(
        "its disks' names and addresses are another LUN's by now", "it is not there any more, or healthy", []
    ),
    "held": Happening(
        "a process opened one of its paths", "it is no longer to be removed: it is in use: process", ["in_use"]
    ),
}
CONF = "/etc/multipath/conf.d/renamed.conf"


class World:
    """node1 after all that; `plan` is of before."""

    def __init__(self, lab, folder):
        self.lab, self.folder, self.node, self.count = lab, folder, Node(lab, "node1", folder), 0
        # A worker that udev kills while a mount hangs would leave two openers that nobody can tell apart: then nothing
        # goes at all (test_facts.py).
        self.node.run("echo event_timeout=3600 > /etc/udev/udev.conf; systemctl restart systemd-udevd")
        self.bystander, *made = self.node.luns(1 + len(HAPPENINGS))
        self.devices = dict(zip(HAPPENINGS, made, strict=True))
        for device in made:
            device.stale()
        failures.wait_until_faulty(lab, "node1", 2 * len(made))
        self.plan_file = self.audit().plan_file
        self.plan = json.loads(self.plan_file.read_text(encoding="utf-8"))
        self.pids = {}
        self.happen(**self.devices)

    def happen(self, renamed, opened, mounted, again, recycled, reused, held, **dummy):
        node, lab = self.node, self.lab
        node.run(
            f"mkdir -p {CONF.rpartition('/')[0]}\n"
            f"printf 'multipaths {{\\n multipath {{\\n  wwid {renamed.wwid}\\n  alias renamed\\n }}\\n}}\\n' > {CONF}\n"
            "multipathd reconfigure; for n in $(seq 100); do dmsetup info renamed && exit 0; sleep 0.1; done; exit 1"
        )
        self.pids["opened"] = node.start(f"sh -c 'exec sleep 6000 3< {opened.file}'")
        self.pids["held"] = node.start(f"sh -c 'exec sleep 6000 3< /dev/{held.disks[0]}'")
        self.pids["mounted"] = node.start(f"mount -t ext4 {mounted.file} /mnt")
        node.wait_for_d(self.pids["mounted"])
        again.mapped()
        heirs = [f"heir-{recycled.lun}", f"heir-{reused.lun}"]
        for heir in heirs:
            lab.create_lun(heir)
        lab.map(heirs[0], "node1", recycled.lun_id, scan=False)
        node.run(
            f"for disk in {' '.join(reused.disks)}; do echo 1 > /sys/block/$disk/device/delete; done\n"
            f"for n in $(seq 100); do [ -e {reused.file} ] || break; sleep 0.1; done; multipath "
            f"-f {reused.wwid} 2> /dev/null; [ ! -e {reused.file} ]"
        )
        lab.map(heirs[1], "node1", reused.lun_id)
        self.heir = Device(node, heirs[1], reused.lun_id)

    def audit(self, **variables):
        self.count += 1
        return Audit(self.lab, self.folder / str(self.count - 1), arguments=["--limit", "node1"], **variables)

    def remediate(self, *arguments, **variables):
        self.count += 1
        variables = {"stale_devices_max_share": 1, **variables}  # most of the node is stale here
        return Remediation(self.lab, self.folder / str(self.count), "--limit", "node1", *arguments, **variables)


@pytest.fixture(scope="class")
def world(lab, tmp_path_factory):
    return World(lab, tmp_path_factory.mktemp("between"))


@pytest.mark.nodes("node1")
class TestBetween:
    """The tests build on each other: the host gets the plan, then the playbook in check mode, then for real."""

    def test_the_plan_holds_them_all(self, world):
        assert {removal["wwid"] for removal in world.plan["removals"]} == {
            device.wwid for device in world.devices.values()
        }
        assert {removal["host"] for removal in world.plan["removals"]} == {"node1"}

    def test_addresses_and_names_are_reused(self, world):
        assert (sorted(world.heir.disks), world.heir.hctls) == (
            sorted(world.devices["reused"].disks),
            world.devices["reused"].hctls,
        )

    def test_the_host_refuses_by_itself_what_changed(self, world):
        """The guards in the moment of acting, without the controller's comparison."""
        before = world.node.state()
        changed = {use: device for use, device in world.devices.items() if HAPPENINGS[use].by_host or use == "reused"}
        wwids = {device.wwid: use for use, device in changed.items()}
        removals = [removal for removal in world.plan["removals"] if removal["wwid"] in wwids]
        result = world.node.module("stale_mpath_remove", removals=removals)
        assert {wwids[outcome["wwid"]]: codes(outcome) for outcome in result["results"]} == {
            use: HAPPENINGS[use].by_host for use in changed
        }, result
        done = {
            wwids[outcome["wwid"]]: [action["do"] for action in outcome["actions"]]
            for outcome in result["results"]
            if outcome["actions"]
        }
        assert done == {"reused": ["forget"]}, "of what is gone already, multipath still remembers the WWID"
        wwid = world.devices["reused"].wwid
        assert world.node.state() == [line for line in before if line != f"wwid: /{wwid}/"]

    @pytest.mark.parametrize(
        "change, why",
        [
            ({}, "it is [0-9]+ s old; at most 0 s are allowed"),
            ({"removals": []}, "its digest is not that of its content"),
            ({"schema": 2}, "not a plan of schema 1"),
        ],
    )
    def test_a_plan_that_is_old_or_was_changed_is_refused(self, world, change, why, tmp_path):
        other = tmp_path / "plan.json"
        other.write_text(json.dumps({**world.plan, **change}), encoding="utf-8")
        before = world.node.state()
        run = world.remediate(stale_devices_plan_file=str(other), stale_devices_plan_max_age=3600 if change else 0)
        assert run.code != 0 and run.records == {}
        assert re.search(why, run.output), run.output
        assert world.node.state() == before

    def test_check_mode_with_the_plan_touches_nothing(self, world):
        before = world.node.state()
        run = world.remediate("--check", "--diff", stale_devices_plan_file=str(world.plan_file))
        assert run.code == 0, run.output
        assert sorted(run.removed("node1")) == sorted(world.devices[use].wwid for use in ("plain", "renamed"))
        assert world.node.state() == before

    def test_only_what_is_still_as_planned_is_removed(self, world):
        """The plan comes packed, as AWX hands it on to the job after the approval."""
        before = world.node.state()
        run = world.remediate(stale_devices_plan=pack.packed(world.plan))
        assert run.code == 0, run.output
        gone = [world.devices[use] for use in ("plain", "renamed")]
        left = run.left("node1")
        assert sorted(run.removed("node1")) == sorted(device.wwid for device in gone), left
        for use, device in world.devices.items():
            if HAPPENINGS[use].by_playbook:
                assert HAPPENINGS[use].by_playbook in left[device.wwid], (use, left)
        words = [word for device in gone for word in device.words()]
        assert world.node.state() == node_state.without(before, [*words, "renamed"])


@pytest.mark.nodes("node2")
def test_a_host_that_was_started_again(lab, tmp_path):
    """The same device, stale again after a boot: an old plan is not about it."""
    node = Node(lab, "node2", tmp_path)
    bystander, device = node.luns(2)
    device.stale()
    plan_file = Audit(lab, tmp_path / "audit", arguments=["--limit", "node2"]).plan_file
    (removal,) = json.loads(plan_file.read_text(encoding="utf-8"))["removals"]
    device.mapped()
    lab.restart("node2")
    node.wait_until_ready(2 * states.MAPPED)
    device.stale()
    before = node.state()
    assert codes(node.module("stale_mpath_remove", removals=[removal])["results"][0])[0] == "rebooted"
    run = Remediation(lab, tmp_path / "given", "--limit", "node2", stale_devices_plan_file=str(plan_file))
    assert run.code == 0 and "boot_id" in run.left("node2")[device.wwid], run.output
    assert node.state() == before
    run = Remediation(lab, tmp_path / "fresh", "--limit", "node2")
    assert run.removed("node2") == [device.wwid] and bystander.is_there(), run.output
