# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hangs in a node's kernel: the audit ends in time and reports what it could not read (molecule/hangs)."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from scenarios.audit_run import Audit

TIMEOUT = 30  # the audit's default budget on each host, seconds
CONF = "/etc/multipath/conf.d/hangs.conf"
MULTIPATH = "/usr/local/bin/multipath"  # before the real one in PATH
DEBUG = "/sys/bus/pseudo/drivers/scsi_debug"
UDEV = "systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udevd.service"
OF_A_USER = "ps -e -o ppid= -o pid= -o stat= -o comm= | awk '$1 != 2 && $1 != 0"
# To diagnose a failure: the processes that wait in the kernel and where, the maps, the sessions.
WHO_WAITS = """
for pid in $(ps -e -o stat= -o pid= | awk '/^D/ { print $2 }'); do
    ps -o pid=,args= -p $pid; head -n 8 /proc/$pid/stack
done
dmsetup info -c --noheadings -o name,open,suspended; dmsetup status --target multipath; multipathd show paths
grep . /sys/class/iscsi_session/*/state /sys/class/iscsi_session/*/recovery_tmo; dmesg | tail -n 20; true
"""
# What an audit must leave alone: maps and their tables, disks, mounts, modules, the daemon, and who waits in the
# kernel.
STATE = f"""
dmsetup table | sort
ls /sys/block /sys/class/scsi_device
ls /root/.ansible/tmp 2> /dev/null
cat /proc/mounts /run/multipathd.pid
cut -d ' ' -f 1 /proc/modules | sort
{OF_A_USER} && $3 ~ /^D/ {{ print $2, $4 }}'
ps -e -o args= | grep '[s]tale_mpath_facts'
true
"""


class Node:
    """A node with LUNs of its own, each known by the role that it has in a test."""

    def __init__(self, lab, name, folder, *roles):
        self.lab, self.name, self.folder, self.node = lab, name, folder, lab.ssh(name)
        self.count = 0
        self.luns = {role: lun for role, (lun, dummy) in zip(roles, lab.take_luns(name, len(roles)), strict=True)}

    def run(self, script, **options):
        return self.node.output(script, **options)

    def wwid(self, role):
        return self.lab._wwid(self.luns[role])

    def by_id(self, role):
        return f"/dev/disk/by-id/dm-uuid-mpath-{self.wwid(role)}"

    def slaves(self, role):
        return self.run(f"ls /sys/block/$(basename $(readlink -f {self.by_id(role)}))/slaves").split()

    def start(self, command):
        """Start a process that holds nothing of ours; its pid."""
        return int(self.run(f"setsid {command} < /dev/null > /dev/null 2>&1 & echo $!"))

    def stat(self, pid):
        return self.run(f"ps -o stat= -p {pid} || true").strip()

    def wait(self, what, done, seconds=90):
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}\n{self.run(WHO_WAITS)}"
            time.sleep(0.5)

    def wait_for_d(self, pid):
        self.wait(f"{pid} is in D state", lambda: self.stat(pid).startswith("D"))
        return pid

    def audit(self, timeout=TIMEOUT):
        self.count += 1
        audit = Audit(self.lab, self.folder / str(self.count), arguments=["--limit", self.name], audit_timeout=timeout)
        assert audit.code == 0, audit.output
        audit.host = audit.hosts[self.name]
        audit.elapsed = audit.host["facts"]["elapsed"]
        audit.gaps = {gap["what"]: gap["why"] for gap in audit.host["facts"]["incomplete"]}
        return audit

    def device(self, audit, role):
        return audit.devices[self.name, self.wwid(role)]


def words(device):
    return {path["wire"]["state"] for path in device["paths"]}


def processes(device):
    """Return {pid: command} of those that the audit names as its users."""
    found = (
        re.match(r"pid (\d+) \(([^)]+)\)", user["detail"])
        for user in device["users"]
        if user["kind"] in ("process", "probe")
    )
    return {int(match.group(1)): match.group(2) for match in found}


class Dead(Node):
    """Both fabrics are cut, the sessions wait ten minutes for them, and processes wait in the kernel for the maps."""

    def __init__(self, lab, folder):
        super().__init__(lab, "node1", folder, "read", "mounted", "suspended")
        lab.mount(self.luns["mounted"], self.name)
        # multipathd writes its fast_io_fail_tmo to the sessions, whatever iscsid.conf says of replacement_timeout.
        self.run(
            f"mkdir -p {CONF.rpartition('/')[0]}; printf 'overrides "
            f"{{\\n fast_io_fail_tmo 600\\n}}\\n' > {CONF}; multipathd reconfigure"
        )
        self.wait("the sessions wait 600 s", lambda: "600" in self.recovery())
        self.hung = {}

    def recovery(self):
        return self.run("cat /sys/class/iscsi_session/*/recovery_tmo").split()

    def cut(self):
        for fabric in ("a", "b"):
            self.lab.cut(self.name, fabric)
        # A file that was there before: a new one would wait for the disk without being open yet.
        file = f"/mnt/{self.luns['mounted']}/lab"
        started = {
            "read": self.start(f"dd if={self.by_id('read')} of=/dev/null iflag=direct bs=4k count=1"),
            "mounted": self.start(f"sh -c 'echo x >> {file}; exec sync -f {file}'"),
            "suspended": self.start(f"dd if={self.by_id('suspended')} of=/dev/null iflag=direct bs=4k count=1"),
        }
        self.hung = {role: self.wait_for_d(pid) for role, pid in started.items()}

    def wait_until_failed(self):
        self.wait(
            "the sessions are FAILED",
            lambda: set(self.run("cat /sys/class/iscsi_session/*/state").split()) == {"FAILED"},
        )


@pytest.mark.nodes("node1")
class TestBothFabricsCut:
    """The tests build on each other: more and more waits in the kernel."""

    @pytest.fixture(scope="class")
    @classmethod
    def dead(cls, lab, tmp_path_factory):
        made = Dead(lab, tmp_path_factory.mktemp("dead"))
        made.cut()
        return made

    @pytest.fixture(scope="class")
    @classmethod
    def first(cls, dead):
        """Return the audit made while the kernel still takes some sessions for good; `left` is the state after it."""
        dead.before = dead.run(STATE)
        audit = dead.audit()
        audit.left = dead.run(STATE)
        dead.wait_until_failed()
        return audit

    def test_it_ends_in_its_time_and_calls_it_an_outage(self, dead, first):
        assert first.elapsed < TIMEOUT
        for role in dead.luns:
            device = dead.device(first, role)
            assert device["verdict"] == "outage" and words(device) <= {"silent", "unreachable"}

    def test_it_names_the_processes_in_d_state(self, dead, first):
        for role, command in (("read", "dd"), ("mounted", "sync"), ("suspended", "dd")):
            assert processes(dead.device(first, role)).get(dead.hung[role]) == command
        assert any(
            user["kind"] == "mount" and f"/mnt/{dead.luns['mounted']} " in user["detail"]
            for user in dead.device(first, "mounted")["users"]
        )

    def test_it_leaves_the_node_as_it_was(self, dead, first):
        assert all(dead.stat(pid).startswith("D") for pid in dead.hung.values())
        assert first.left == dead.before

    def test_a_little_time_and_a_stopped_daemon(self, dead, first):
        dead.run("kill -STOP $(cat /run/multipathd.pid)")
        audit = dead.audit(timeout=5)
        dead.run("kill -CONT $(cat /run/multipathd.pid)")
        assert audit.elapsed < 5 and list(audit.gaps)[:2] == ["multipathd", "multipath_conf"]
        # The stopped daemon took most of the time: what is read after it may not come to its end on a slow node, and
        # says so.
        late = [why for what, why in audit.gaps.items() if what not in ("multipathd", "multipath_conf")]
        assert [
            why
            for why in late
            if why != "no answer within its time"
            and not why.endswith("was not read to the end, and this comes after it")
        ] == []
        assert {dead.device(audit, role)["verdict"] for role in dead.luns} == {"outage"}
        assert dead.hung["read"] in processes(dead.device(audit, "read"))

    def test_a_dmsetup_that_hangs(self, dead, first):
        """A dmsetup waits for the I/O of the map that it suspends; other device-mapper requests are answered meanwhile.

        Nor was this audit slowed by the ones before it.
        """
        pid = dead.wait_for_d(dead.start(f"dmsetup suspend {dead.wwid('suspended')}"))
        audit = dead.audit()
        assert dead.stat(pid).startswith("D")
        assert audit.elapsed < TIMEOUT and audit.gaps == {}
        assert all(words(dead.device(audit, role)) == {"unreachable"} for role in dead.luns)
        assert dead.device(audit, "suspended")["verdict"] == "outage" and dead.hung["suspended"] in processes(
            dead.device(audit, "suspended")
        )

    def test_a_child_that_cannot_be_killed(self, dead, first):
        """A tool that touches a device where the real tool touches none: SIGKILL does not end it.

        The audit does not wait for it.
        """
        file = f"/mnt/{dead.luns['mounted']}/lab"
        dead.run(f"printf '#!/bin/sh\nexec sync -f {file}\n' > {MULTIPATH}; chmod +x {MULTIPATH}")
        audit = dead.audit()
        dead.run(f"rm {MULTIPATH}")
        assert audit.elapsed < TIMEOUT
        assert audit.gaps["multipathd"] == "its version: no answer within its time"
        pid = int(re.match(r"process (\d+) was killed and does not end", audit.gaps["child"]).group(1))
        assert dead.stat(pid).startswith("D")
        streams, errors, *others = dead.run(
            f"cd /proc/{pid}; for fd in fd/1 fd/2 fd/0 fd/[3-9]* cwd; do readlink $fd; done"
        ).split()
        assert streams == errors and streams.startswith("pipe:") and others == ["/dev/null", file, "/"], (
            "it holds nothing of the connection"
        )
        assert {dead.device(audit, role)["verdict"] for role in dead.luns} == {"outage"}

        after = dead.audit()
        assert dead.stat(pid).startswith("D") and after.gaps == {} and after.elapsed < TIMEOUT
        assert pid in processes(dead.device(after, "mounted"))


@pytest.mark.nodes("node2")
def test_a_daemon_that_was_stopped(lab, tmp_path):
    """Multipathd takes the question and never answers: verdicts do not need it."""
    node = Node(lab, "node2", tmp_path, "living")
    node.run("kill -STOP $(cat /run/multipathd.pid)")
    audit = node.audit()
    assert audit.elapsed < TIMEOUT and audit.host["state"] == "incomplete"
    assert list(audit.gaps) == ["multipathd", "multipath_conf"]
    assert re.fullmatch(r"no view of the paths: timed out \(its process \d+ is in state T\)", audit.gaps["multipathd"])
    assert audit.gaps["multipath_conf"] == "what multipathd runs: timed out"
    device = node.device(audit, "living")
    assert (device["verdict"], device["users"]) == ("healthy", [])


@pytest.mark.nodes("node2")
def test_devices_that_come_and_go_during_the_audit(lab, tmp_path):
    """The stopped daemon keeps the audit waiting after its first look: in that time a path goes, and another LUN comes.

    The new disk gets the sg node of the one that went: what answers there is not about the old one.
    """
    node = Node(lab, "node2", tmp_path, "leaving")
    node.luns["coming"] = "coming"
    lab.create_lun("coming")
    lab.map("coming", node.name, 47, scan=False)
    lab.unmap(node.luns["leaving"], node.name)
    gone, left = node.slaves("leaving")
    node.run("kill -STOP $(cat /run/multipathd.pid)")
    with ThreadPoolExecutor() as background:
        audit = background.submit(node.audit, timeout=40)
        node.wait(
            "the daemon is asked", lambda: node.run("awk '/multipathd/ && $6 == \"02\"' /proc/net/unix")
        )  # connecting
        node.run(f"echo 1 > /sys/block/{gone}/device/delete")
        lab.scan(node.name)
    audit = audit.result()
    node.run("kill -CONT $(cat /run/multipathd.pid)")
    lab.wait_for_map("coming", node.name)
    # The daemon has much to catch up on: a map that changes while the audit looks is rightly `unknown`.
    node.wait("the map is without the path that went", lambda: node.slaves("leaving") == [left])
    after = node.audit()
    device = node.device(audit, "leaving")
    assert device["verdict"] == "unknown" and "it is gone by now" in device["reason"]
    assert {path["sd"]: path["wire"]["state"] for path in device["paths"]} == {gone: "unreadable", left: "absent"}
    said = [gap["why"] for gap in audit.host["facts"]["incomplete"] if gap["what"] == "changes"]
    assert [why for why in said if why.startswith("vanished") and gone in why]
    assert [why for why in said if why.startswith("appeared") and "was not asked" in why and ":47)" in why]
    assert node.device(after, "leaving")["verdict"] == "stale", node.device(after, "leaving")
    assert node.device(after, "coming")["verdict"] == "healthy"


@pytest.mark.nodes("node2")
def test_hundreds_of_silent_devices(lab, tmp_path):
    """200 disks take every command and answer none; some of them are asked before the living one."""
    node = Node(lab, "node2", tmp_path, "alive")
    # udev would read each of the disks, and then multipathd would make maps of them: it is not there, and does not hear
    # of them later.
    node.run(f"systemctl stop {UDEV}; modprobe scsi_debug add_host=10 num_tgts=1 max_luns=20 dev_size_mb=8")
    node.wait(
        "200 disks are there",
        lambda: node.run("cat /sys/class/scsi_device/*/device/vendor | grep -c Linux; true").strip() == "200",
    )
    node.run(f"echo 4 > {DEBUG}/opts; echo -1 > {DEBUG}/every_nth")
    audit = node.audit(timeout=20)
    assert audit.elapsed < 20
    silent = [device for device in audit.host["devices"] if device["vendor"] == "Linux"]
    assert len(silent) == 200 and {(device["verdict"], *words(device)) for device in silent} == {("outage", "silent")}
    assert (node.device(audit, "alive")["verdict"], words(node.device(audit, "alive"))) == ("healthy", {"same"})
