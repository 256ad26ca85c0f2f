# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit of two nodes with every kind of failure: real kernels, multipathd and target (molecule/audit).

node1 and node2 are of two generations of Debian: the hardest cases are on both.
"""

import json
import os
import re
import subprocess

import ontap_sim
import pytest
from lab import failures
from scenarios.audit_run import Audit
from scenarios.playbook_run import PLAIN
from support.askers import entry_of

EXPECTED = {
    ("node1", "db"): "healthy",
    ("node1", "raw"): "healthy",
    ("node1", "app"): "stale",
    ("node1", "boot"): "stale",
    ("node1", "mail"): "stale",
    ("node1", "old"): "recycled",
    ("node1", "sick"): "outage",
    ("node1", "web"): "degraded",
    ("node2", "shop"): "healthy",
    ("node2", "dump"): "stale",
    ("node2", "root"): "stale",
    ("node2", "past"): "recycled",
    ("node2", "log"): "outage",
    ("node2", "half"): "degraded",
}
TIMEOUT = 30  # the audit's default budget on each host, seconds
pytestmark = pytest.mark.state("audited")


@pytest.fixture(scope="class")
def report(lab, tmp_path_factory):
    """Return the result of one audit that most tests read."""
    return Audit(lab, tmp_path_factory.mktemp("report"))


def wire(device):
    return [path["wire"]["state"] for path in device["paths"]]


def checkers(device):
    return {path["checker_state"] for path in device["paths"]}


def summary(report, lun):
    """Return the lines of the summary about a LUN's device, up to the next device."""
    wwid = next(device["wwid"] for (dummy, name), device in report.devices.items() if name == lun)
    return re.search(rf"^  [A-Z]+ +{wwid}.*\n(?:    .*\n)*", report.output, re.MULTILINE).group()


@pytest.mark.state("failures")  # make check runs this, and a change of a module makes "audited" again
class TestVerdicts:
    def test_every_device_has_its_verdict(self, report):
        assert report.code == 0, report.output
        assert report.verdicts == EXPECTED
        assert {name: host["state"] for name, host in report.hosts.items()} == {"node1": "audited", "node2": "audited"}
        assert report.fleet["totals"]["verdicts"] == {
            "degraded": 2,
            "healthy": 4,
            "outage": 2,
            "recycled": 2,
            "stale": 5,
        }

    def test_nothing_was_left_unread(self, report):
        for host in report.hosts.values():
            assert host["facts"]["incomplete"] == []
            assert host["facts"]["multipathd"]["running"]
            assert host["facts"]["elapsed"] < TIMEOUT

    def test_the_nodes_are_of_two_generations(self, lab, report):
        said = set()
        for node, host in report.hosts.items():
            ask = "uname -r; dpkg-query -W -f '${source:Upstream-Version}' multipath-tools"
            kernel, multipath = lab.ssh(node).output(ask).split()
            assert host["facts"]["host"]["kernel"] == kernel
            assert host["facts"]["multipathd"]["version"] == multipath.partition("+")[0]
            said.add((kernel, multipath))
        assert len(said) == len(lab.nodes) == 2

    @pytest.mark.parametrize(("node", "lun"), [("node1", "db"), ("node2", "shop")])
    def test_healthy(self, report, node, lun):
        device = report.devices[node, lun]
        assert wire(device) == ["same", "same"] and device["array"]["state"] == "mapped"
        assert device["queueing"], "the built-in entry for ONTAP queues indefinitely"

    @pytest.mark.parametrize(("node", "lun"), [("node1", "app"), ("node2", "dump")])
    def test_unmapped_above_lun_0(self, report, node, lun):
        device = report.devices[node, lun]
        assert wire(device) == ["absent", "absent"] and checkers(device) == {"faulty"}
        assert {path["wire"]["sense"] for path in device["paths"]} == {"05/25/00"}
        assert device["array"]["state"] == "unmapped"
        # A probe of udev may hang on it; when udev has killed it, after three minutes, it has no open file any more,
        # and still holds the map.
        assert {user["kind"] for user in device["users"]} <= {"probe", "other"}
        assert "not mapped to this host" in summary(report, lun)

    @pytest.mark.parametrize(("node", "lun"), [("node1", "boot"), ("node2", "root")])
    def test_unmapped_at_lun_0_that_multipath_still_calls_ready(self, report, node, lun):
        device = report.devices[node, lun]
        assert wire(device) == ["absent", "absent"] and checkers(device) == {"ready"}
        assert device["array"]["state"] == "unmapped" and device["in_use"] is False
        assert re.search("though multipath calls sd[a-z]+ and sd[a-z]+ ready", summary(report, lun))

    @pytest.mark.parametrize(("node", "lun"), [("node1", "old"), ("node2", "past")])
    def test_recycled_lun_id_that_multipath_still_calls_ready(self, lab, report, node, lun):
        device, heir = report.devices[node, lun], failures.HEIRS[lun]
        assert wire(device) == ["other", "other"] and checkers(device) == {"ready"}
        wwid = lab._wwid(heir)
        assert {path["wire"]["wwid"] for path in device["paths"]} == {wwid} != {device["wwid"]}
        assert wwid in summary(report, lun) and "RECYCLED" in summary(report, lun)
        assert f"there /vol/lab/{heir}, SVM svm1, cluster lab, LUN id 7 in igroup {node} answers now" in summary(
            report, lun
        )

    def test_stale_and_mounted(self, report):
        mail = report.devices["node1", "mail"]
        assert {"kind": "mount", "detail": "/mnt/mail (ext4, rw)"} in mail["users"] and mail["in_use"] is True
        assert "used  mount: /mnt/mail" in summary(report, "mail") and "stop its users" in summary(report, "mail")

    def test_lun_offline_on_the_array(self, report):
        sick = report.devices["node1", "sick"]
        assert (sick["array"]["state"], wire(sick)) == ("offline", ["same", "same"])
        assert "the LUN is offline" in summary(report, "sick")

    def test_a_disk_in_no_map(self, report):
        disks = [device for device in report.hosts["node1"]["devices"] if device["kind"] == "disk"]
        assert [device["verdict"] for device in disks] == ["healthy", "healthy"]
        assert {device["paths"][0]["dm_state"] for device in disks} == {None}
        assert {report.luns("node1", device)[0]["name"] for device in disks} == {"/vol/lab/raw"}

    def test_one_fabric_cut(self, report):
        assert sorted(wire(report.devices["node1", "web"])) == ["same", "unreachable"]

    def test_one_path_offline_in_the_kernel(self, report):
        half = report.devices["node2", "half"]
        assert sorted(wire(half)) == ["same", "unreachable"]
        assert "the device is offline" in summary(report, "half")

    def test_both_fabrics_cut(self, report):
        log = report.devices["node2", "log"]
        assert (wire(log), log["array"]["state"]) == (["unreachable", "unreachable"], "mapped")

    def test_lun_and_svm_are_named(self, report):
        for (host, lun), device in report.devices.items():
            assert [(found["name"], found["svm"]) for found in report.luns(host, device)] == [
                (f"/vol/lab/{lun}", failures.DEVICES[lun].svm)
            ]

    def test_no_secret_is_in_the_report_or_on_the_terminal(self, lab, report):
        for password in lab.facts["passwords"].values():
            assert password not in report.output and password not in json.dumps(report.fleet)

    @pytest.mark.parametrize("name", ["node1", "node2"])
    def test_device_mapper_by_ioctl_as_dmsetup_tells(self, lab, name):
        printed = subprocess.run(
            ["ansible", name, "--inventory", lab.inventory, "--module-name", "sanops.multipath.stale_mpath_facts"],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **PLAIN},
        ).stdout
        facts = json.loads(printed.partition("=>")[2])["ansible_facts"]["stale_mpath"]
        maps = {found["name"]: found for found in facts["maps"]}
        node = lab.ssh(name)
        opened = dict(
            line.split("|") for line in node.output("dmsetup info -c --noheadings --separator '|' -o name,open").split()
        )
        assert {name: str(found["open_count"]) for name, found in maps.items()} == {name: opened[name] for name in maps}
        assert name != "node1" or any(found["open_count"] for found in maps.values()), "the mounted one at least"
        tables = dict(
            re.findall(
                r"^(\S+): \d+ \d+ multipath (.*)$", node.output("dmsetup table --target multipath"), re.MULTILINE
            )
        )
        assert set(tables) == set(maps)
        for name, found in maps.items():
            assert tables[name].startswith(found["features"] + " ") and found["queue_if_no_path"], (
                "the built-in entry for ONTAP queues indefinitely"
            )

    @pytest.mark.parametrize(("node", "luns"), [("node1", ("boot", "old", "db")), ("node2", ("root", "past", "shop"))])
    def test_multipath_itself_agrees_on_what_it_calls_ready(self, lab, report, node, luns):
        """The peer that people use today calls two of the worst devices healthy."""
        printed = lab.ssh(node).output("multipath -ll 2>/dev/null")
        for lun in luns:
            block = printed.split(report.devices[node, lun]["wwid"])[1].split("dm-", 2)[1]
            assert block.count("active ready running") == 2, printed


def state(lab, node):
    """Return everything on a node that an audit might change, and nothing that changes by itself."""
    return lab.ssh(node).output(
        "set -e; dmsetup table; dmsetup info -c --noheadings -o name,uuid,open,suspended,readonly,events\n"
        "for d in /sys/class/scsi_device/*; do echo ${d##*/} $(ls $d/device/block "
        "$d/device/scsi_generic) $(cat $d/device/state); done\n"
        "grep -H . /sys/class/iscsi_session/*/state /sys/class/iscsi_session/*/recovery_tmo\n"
        "ls -lR /dev/mapper /dev/disk; cut -d' ' -f1 /proc/modules | sort; findmnt -rn; cat /proc/swaps\n"
        "find /etc -type f -exec md5sum {} + | sort -u\n"
        "systemctl list-units --all --plain --no-legend --type service,socket | cut -c1-60\n"
    )


class TestChangesNothing:
    def test_check_mode_tells_the_same_and_nothing_changes(self, lab, audit):
        before = {node: state(lab, node) for node in lab.nodes}
        for arguments in ([], ["--check"], []):
            run = audit(arguments=arguments)
            assert run.verdicts == EXPECTED, run.output
            assert re.findall(r"changed=(\d+)", run.output) == ["0", "0"]
        assert {node: state(lab, node) for node in lab.nodes} == before


class TestArrayFails:
    """Whatever is wrong with the array, nothing is called stale, and the summary says why."""

    def check(self, run, *why):
        assert "stale" not in run.verdicts.values()
        stale = {key for key, verdict in EXPECTED.items() if verdict == "stale"}
        assert {run.verdicts[key] for key in stale} == {"unproven"}
        assert run.verdicts["node1", "old"] == run.verdicts["node2", "past"] == "recycled", (
            "one source is enough for an alarm"
        )
        assert not run.fleet["arrays"][0]["complete"]
        assert "NOT LISTED" in run.output
        for part in why:
            assert part in run.fleet["arrays"][0]["error"] and part in summary(run, "app")

    def test_stopped(self, lab, audit):
        lab.stop_array()
        self.check(audit(), "127.0.0.1")
        lab.start_array()

    def test_500_on_page_two(self, lab, audit):
        lab.faults(
            [
                {"path": "/api/storage/luns", "page": 2, "status": 500},
                {"path": "/api/storage/luns", "page": 1, "records": 2},
            ]
        )
        self.check(audit(), "500")
        lab.no_faults()

    def test_wrong_password(self, lab, audit):
        arrays = json.loads(json.dumps(inventory(lab)["san_nodes"]["vars"]["audit_arrays"]))
        arrays[0]["password"] = "not-it"
        self.check(audit(audit_arrays=arrays), "127.0.0.1", "credentials")

    def test_no_array_configured(self, audit):
        run = audit(audit_arrays=[])
        assert "stale" not in run.verdicts.values() and run.verdicts["node1", "app"] == "unproven"
        assert "No array was asked" in run.output


class TestOtherArray:
    """An array that is not behind the paths has nothing to say of them, whatever it lists."""

    @pytest.fixture(scope="class")
    @classmethod
    def other_array(cls):
        igroup = {"name": "other", "initiators": ["iqn.2026-01.org.example:other"]}
        world = {"svms": [{"name": "elsewhere"}], "igroups": [igroup], "luns": [{"name": "/vol/v/l"}]}
        with ontap_sim.running(world) as sim:
            yield entry_of(sim)

    def test_instead_of_ours_nothing_is_stale_and_nothing_would_be_removed(self, lab, audit, other_array):
        run = audit(audit_arrays=[other_array])
        assert [array["complete"] for array in run.fleet["arrays"]] == [True]
        absent = {key for key, verdict in EXPECTED.items() if verdict == "stale"}
        assert {run.verdicts[key] for key in absent} == {"unproven"} and "stale" not in run.verdicts.values()
        assert "no configured array owns" in run.devices["node1", "app"]["reason"]
        assert run.output.count("MPC508") == 1 and run.output.index("MPC508") < run.output.index("node1  ")
        plan = json.loads(run.plan_file.read_text(encoding="utf-8"))
        assert plan["removals"] == []

    def test_beside_ours_the_result_is_that_of_ours_alone(self, lab, audit, other_array):
        ours = inventory(lab)["san_nodes"]["vars"]["audit_arrays"]
        run = audit(audit_arrays=[*ours, other_array])
        assert [array["complete"] for array in run.fleet["arrays"]] == [True, True]
        assert run.verdicts == EXPECTED


def inventory(lab):
    return json.loads("".join(line for line in lab.inventory.open(encoding="utf-8") if not line.startswith("#")))


class TestFleet:
    def listings(self, lab):
        return [(request["method"], request["path"]) for request in lab.requests()].count(("GET", "/api/storage/luns"))

    @pytest.mark.parametrize("hosts", [2, 100])
    def test_the_array_is_asked_once(self, lab, audit, tmp_path, hosts):
        """98 more hosts are this machine, without a SAN device: they cost the array nothing."""
        fleet = inventory(lab)
        here = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "ansible_become": False,
        }
        fleet["san_nodes"]["hosts"].update({f"host{number}": here for number in range(2, hosts)})
        path = tmp_path / "inventory.json"
        path.write_text(json.dumps(fleet), encoding="utf-8")
        path.chmod(0o600)
        before = self.listings(lab)
        run = audit(inventory=path, arguments=["--forks", "20"])
        assert run.fleet["totals"]["hosts"] == {"audited": hosts}, run.output
        assert run.verdicts == EXPECTED
        assert self.listings(lab) - before == 4, "the first step asks for one, and one reading for all three times"

    def test_a_host_that_does_not_answer_is_named_and_fails(self, lab, audit, tmp_path):
        fleet = inventory(lab)
        fleet["san_nodes"]["hosts"]["node3"] = {"ansible_port": 1}
        fleet["san_nodes"]["hosts"]["node4"] = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "/no/such/python",
        }
        path = tmp_path / "inventory.json"
        path.write_text(json.dumps(fleet), encoding="utf-8")
        path.chmod(0o600)
        run = audit(inventory=path)
        assert run.code == 2, run.output
        assert {name: host["state"] for name, host in run.hosts.items()} == {
            "node1": "audited",
            "node2": "audited",
            "node3": "unreachable",
            "node4": "failed",
        }
        assert "node3  NOT AUDITED (unreachable)" in run.output and "node4  NOT AUDITED (failed)" in run.output
        assert run.verdicts == EXPECTED


NVME = "nqn.2026-01.org.sanops.lab:nvme"
# A target of NVMe over TCP on the node itself, and the node as its host.
NVME_OVER_TCP = f"""
set -e
modprobe -a nvmet nvmet-tcp nvme-tcp
truncate -s 16M /run/nvme.img
cd /sys/kernel/config/nvmet
mkdir subsystems/{NVME} subsystems/{NVME}/namespaces/1 ports/1
echo 1 > subsystems/{NVME}/attr_allow_any_host
printf /run/nvme.img > subsystems/{NVME}/namespaces/1/device_path
echo 1 > subsystems/{NVME}/namespaces/1/buffered_io
echo 1 > subsystems/{NVME}/namespaces/1/enable
echo tcp > ports/1/addr_trtype; echo ipv4 > ports/1/addr_adrfam
echo 127.0.0.1 > ports/1/addr_traddr; echo 4420 > ports/1/addr_trsvcid
ln -s /sys/kernel/config/nvmet/subsystems/{NVME} ports/1/subsystems/{NVME}
printf 'transport=tcp,traddr=127.0.0.1,trsvcid=4420,ctrl_loss_tmo=600,nqn={NVME}' > /dev/nvme-fabrics
for n in $(seq 100); do [ -b /dev/nvme0n1 ] && exit 0; sleep 0.1; done
ls -R /sys/class/nvme*; exit 1
"""


class TestHosts:
    def test_nvme_of_a_san_is_named(self, lab, audit):
        node = lab.ssh("node2")
        node.run(NVME_OVER_TCP)
        run = audit(arguments=["--limit", "node2"])
        node.run("echo 1 > /sys/class/nvme/nvme0/delete_controller")
        (finding,) = [finding for finding in run.hosts["node2"]["findings"] if finding["rule"] == "MPC207"]
        assert finding["subjects"] == [NVME]
        assert finding["what"] == (
            "namespaces: 1, controllers: 1, over tcp; ctrl_loss_tmo 600; NVMe's own multipath is on"
        )

    def test_multipathd_stopped_is_said_and_it_is_not_started(self, lab, audit):
        node = lab.ssh("node2")
        node.run("systemctl stop multipathd.service multipathd.socket")
        run = audit()
        assert node.output("systemctl is-active multipathd.service || true").strip() == "inactive"
        node.run("systemctl start multipathd.socket multipathd.service")
        assert run.verdicts == EXPECTED
        host = run.hosts["node2"]
        assert host["state"] == "incomplete" and "multipathd: not running" in host["why"]
        assert host["facts"]["multipathd"]["running"] is False

    def test_a_stopped_daemon_behind_its_socket_is_not_started(self, lab, audit):
        """With systemd's socket activation a mere connect would start it."""
        node = lab.ssh("node2")
        node.run("systemctl stop multipathd.service; systemctl start multipathd.socket")
        audit(arguments=["--limit", "node2"])
        assert node.output("systemctl is-active multipathd.service || true").strip() == "inactive"
        node.run("systemctl start multipathd.service")

    def test_without_the_sg_driver_nothing_is_proven(self, lab, audit):
        node = lab.ssh("node2")
        node.run("modprobe -r sg")
        run = audit(arguments=["--limit", "node2"])
        assert node.output("lsmod | grep -c '^sg ' || true").strip() == "0", "the audit loads nothing"
        node.run("modprobe sg")
        assert {verdict for key, verdict in run.verdicts.items() if key[0] == "node2"} == {"unknown", "outage"}
        assert run.verdicts["node2", "log"] == "outage", "its sessions are lost: nobody would have asked it"
        assert "sg" in run.hosts["node2"]["why"]


class TestBothFabrics:
    def test_right_after_the_cut_and_later(self, lab, audit):
        for fabric in ("a", "b"):
            lab.cut("node2", fabric)
        for dummy in range(2):  # the paths still believed in, then given up
            run = audit(arguments=["--limit", "node2"])
            assert run.code == 0, run.output
            assert set(run.verdicts.values()) == {"outage"}
            assert run.hosts["node2"]["facts"]["elapsed"] < TIMEOUT
            failures.wait_until_faulty(lab, "node2", 12)
