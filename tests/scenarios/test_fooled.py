# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing misleads the audit: maps that are not what they seem, on a lab without other failures (molecule/corners)."""

import concurrent.futures
import json
import re
import time

import pytest
from scenarios.audit_run import Audit
from scenarios.playbook_run import play

NODE = "node1"
CONF = "/etc/multipath/conf.d/fooled.conf"
LUN_IDS = {
    "alias": 110,
    "poisoned": 100,
    "half": 102,
    "pathless": 104,
    "lost": 105,
    "payroll": 106,
    "protected": 107,
    "hidden": 108,
}


class TwoAudits:
    """Two audits in one run of Ansible, which share what was read of the array, and time between them."""

    def __init__(self, lab, folder):
        self.folders, self.signal = [folder / "before", folder / "after"], folder / "go on"
        audits = [
            {"ansible.builtin.import_playbook": "sanops.multipath.audit", "vars": {"audit_report_dir": str(path)}}
            for path in self.folders
        ]
        wait = {"ansible.builtin.wait_for": {"path": str(self.signal), "timeout": 600}}
        playbook = folder / "two_audits.json"
        playbook.write_text(
            json.dumps([audits[0], {"hosts": "localhost", "gather_facts": False, "tasks": [wait]}, audits[1]]),
            encoding="utf-8",
        )
        self.thread = concurrent.futures.ThreadPoolExecutor(1)
        self.run = self.thread.submit(play, str(playbook), lab.inventory, sanops_multipath_cache_ttl=3600)

    def __enter__(self):
        return self

    def __exit__(self, *dummy):
        self.signal.touch()
        self.thread.shutdown()

    def await_first(self):
        Fooled.wait("the first audit", lambda: self.run.done() or (self.folders[0] / "fleet.json").exists(), 300)

    def reports(self):
        found = []
        for path in self.folders:
            audit = Audit.__new__(Audit)
            audit.code, audit.output = self.run.result()
            audit.read(path)
            found.append(audit)
        return found


class Fooled:
    """What the lab was made into, and one audit of it."""

    def __init__(self, lab, folder):
        self.lab, self.node = lab, lab.ssh(NODE)
        self.wwids = {}
        self.rename()
        for lun, lun_id in LUN_IDS.items():
            if lun != "alias":
                self.create(lun)
            lab.map(lun, NODE, lun_id, scan=False)
        lab.scan(NODE)
        for lun in LUN_IDS:
            lab.wait_for_map(lun, NODE)
        self.create("intruder")
        self.merge("poisoned", 101)
        lab.array.map_lun("intruder", NODE, 100)
        self.merge("half", 103)
        self.take_all_paths("pathless", unmap=True)
        self.node.run(f"blockdev --setro /dev/{self.disks('protected')[0]}")
        self.node.run(
            "modprobe scsi_debug add_host=1 num_tgts=1 max_luns=1 dev_size_mb=8; for n in $(seq 50); do "
            "grep -qs scsi_debug /sys/block/sd*/device/model && break; sleep 0.2; done"
        )
        # The listing is read, and kept, before the array changes once more: what is then in the listing is no longer
        # so.
        self.create("exposed")
        with TwoAudits(lab, folder) as audits:
            audits.await_first()
            lab.unmap("hidden", NODE)
            lab.map("exposed", NODE, 109)
            self.take_all_paths("lost", unmap=False)  # the last: a scan would find its disks again
        self.first, self.audit = audits.reports()

    def create(self, lun):
        self.lab.create_lun(lun)
        self.wwids[lun] = self.lab._wwid(lun)

    def rename(self):
        """Set an alias and user-friendly names before there is a map."""
        self.create("alias")
        self.node.run(
            f"mkdir -p {CONF.rpartition('/')[0]}\n"
            f"printf 'overrides {{\\n user_friendly_names yes\\n}}\\nmultipaths "
            f"{{\\n multipath {{\\n  wwid %s\\n  alias salt_and_pepper\\n }}\\n}}\\n' "
            f"{self.wwids['alias']} > {CONF}; multipathd reconfigure >/dev/null"
        )

    def merge(self, lun, lun_id):
        """Map a LUN at another LUN id while the node still has it at its old one: multipathd puts both into one map."""
        self.lab.unmap(lun, NODE)
        self.lab.array.map_lun(lun, NODE, lun_id)
        self.lab.scan(NODE)
        self.wait(f"{lun} has four paths", lambda: len(self.disks(lun)) == 4)

    def take_all_paths(self, lun, unmap):
        """Take all paths from a map that is held open, so that multipathd cannot remove it with them."""
        self.lab.hold(lun, NODE)
        disks = self.disks(lun)
        if unmap:
            self.lab.unmap(lun, NODE)
        for disk in disks:
            self.node.run(f"echo 1 > /sys/block/{disk}/device/delete")
        self.wait(f"{lun} has no path", lambda: not self.disks(lun))

    def disks(self, lun):
        return self.node.output(
            f"for map in /sys/block/dm-*; do [ $(cat $map/dm/uuid) = mpath-{self.wwids[lun]} ] && "
            f"ls $map/slaves; done; true"
        ).split()

    @staticmethod
    def wait(what, done, seconds=60):
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
            time.sleep(0.5)

    def device(self, lun):
        return self.audit.devices[NODE, self.wwids[lun]]

    def words(self, lun):
        return sorted(path["wire"]["state"] for path in self.device(lun)["paths"])


@pytest.fixture(scope="class")
def fooled(lab, tmp_path_factory):
    return Fooled(lab, tmp_path_factory.mktemp("fooled"))


@pytest.mark.state("up")
@pytest.mark.nodes(NODE)
class TestFooled:
    def test_the_audit_went_through(self, fooled):
        assert fooled.audit.code == 0, fooled.audit.output
        assert fooled.audit.hosts[NODE]["state"] == "audited", fooled.audit.hosts[NODE]["why"]

    def test_two_luns_in_one_map(self, fooled):
        """A map has a stale path to another LUN.

        Its cached identity equals that of a newly mapped LUN, so it was merged into that LUN's map; then its address
        went to another LUN.
        """
        device = fooled.device("poisoned")
        assert (fooled.words("poisoned"), device["verdict"]) == (["other", "other", "same", "same"], "recycled")
        poisoned = [path for path in device["paths"] if path["wire"]["state"] == "other"]
        assert {path["wire"]["wwid"] for path in poisoned} == {fooled.wwids["intruder"]}
        assert all(path["sd"] in device["reason"] for path in poisoned)
        luns = fooled.audit.hosts[NODE]["luns"]
        assert [lun["name"] for lun in luns[fooled.wwids["intruder"]]] == ["/vol/lab/intruder"]
        assert device["wwid"] == fooled.wwids["poisoned"]
        assert not any("wwid" in path for path in device["paths"]), "the kernel's cache tells nothing of it"

    def test_stale_paths_in_a_living_map(self, fooled):
        device = fooled.device("half")
        assert (fooled.words("half"), device["verdict"]) == (["absent", "absent", "same", "same"], "degraded")
        gone = [path["sd"] for path in device["paths"] if path["wire"]["state"] == "absent"]
        assert {int(path["hctl"].split(":")[3]) for path in device["paths"] if path["sd"] in gone} == {102}
        assert any(re.match(f"{gone[0]}, {gone[1]} is stale in a living map", note) for note in device["notes"])
        assert any("another LUN id than the array maps (103)" in note for note in device["notes"])
        assert all(sd in device["next"] for sd in gone)

    def test_no_path_left_and_unmapped(self, fooled):
        device = fooled.first.devices[NODE, fooled.wwids["pathless"]]
        assert (device["paths"], device["verdict"], device["in_use"]) == ([], "stale", True)
        assert "no path is left" in device["reason"]

    def test_an_array_that_a_lun_contradicts_proves_nothing_on_that_host(self, fooled):
        """The exposed LUN answers, and the listing says that it is not mapped.

        What the listing says of other LUNs proves nothing either, then.
        """
        device = fooled.device("pathless")
        assert (device["paths"], device["array"]["state"], device["verdict"]) == ([], "unknown", "unproven")
        assert "it is not believed on this host" in device["reason"]

    def test_no_path_left_though_mapped(self, fooled):
        device = fooled.device("lost")
        assert (device["paths"], device["array"]["state"], device["verdict"]) == ([], "mapped", "conflict")

    def test_names_are_only_names(self, fooled):
        assert fooled.device("alias")["name"] == "salt_and_pepper"
        assert re.fullmatch("mpath[a-z]+", fooled.device("payroll")["name"])
        assert {fooled.device(lun)["verdict"] for lun in ("alias", "payroll")} == {"healthy"}

    def test_write_protection_that_differs(self, fooled):
        device = fooled.device("protected")
        assert device["verdict"] == "healthy"
        assert [note for note in device["notes"] if "is read-only, and other paths are not" in note], device["notes"]

    @pytest.mark.parametrize(
        "lun, word, state",
        [("hidden", "absent", "mapped"), ("exposed", "same", "unmapped")],
        ids=["unmapped after the listing", "mapped after the listing"],
    )
    def test_changed_after_the_listing(self, fooled, lun, word, state):
        """Two sources must agree: a target that answers "no such LUN" is not enough by itself."""
        device = fooled.device(lun)
        assert (fooled.words(lun), device["array"]["state"], device["verdict"]) == ([word, word], state, "conflict")

    def test_a_disk_of_another_make(self, fooled):
        (disk,) = (device for device in fooled.audit.hosts[NODE]["devices"] if device["vendor"] == "Linux")
        assert (disk["array"]["state"], disk["verdict"], disk["transport"]) == ("foreign", "healthy", "scsi_debug")
        assert "not confirmed by an array" in disk["reason"]

    def test_nothing_of_it_is_lost_in_the_report(self, fooled):
        assert set(fooled.wwids.values()) - {fooled.wwids["intruder"]} <= {
            device["wwid"] for device in fooled.audit.hosts[NODE]["devices"]
        }
        assert json.dumps(fooled.audit.fleet).count('"verdict"') == len(fooled.audit.hosts[NODE]["devices"])
