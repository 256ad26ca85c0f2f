# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab's saved states, with real machines.

What is saved comes back, labs do not meet, and no process or half state is left, however a lab is killed.
"""

import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import time

import pytest
from lab import failures, hub, keeper, status
from lab.errors import LabError
from lab.fabric import Fault
from lab.lab import Lab
from scenarios import states
from scenarios.modules_on_node import Modules

SESSIONS = "grep -h . /sys/class/iscsi_session/*/state"
WAITING = "ps -e -o pid=,stat=,comm= | awk '$2 ~ /^D/ && $3 == \"dd\"'"
HOLD = """
import sys, time
from scenarios.states import ScenarioLab
lab = ScenarioLab(sys.argv[1])
lab.begin_clean('luns')
print('up', flush=True)
{}
time.sleep(600)
"""


def machines(name):
    """Return the pids of all processes that belong to the machines of a lab, and of its keeper."""
    found = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if any(word.startswith(f"{name}-") or word.endswith(f"/run/{name}") for word in words):
            found[int(path.parent.name)] = words[0]
    return found


def wait(what, done, seconds=60):
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)


@pytest.fixture
def second(lab):
    """Yield another lab, which is not up, and ends with the test."""
    found = Lab(lab.name + "second")
    yield found
    found.down()


@pytest.fixture(scope="class")
def saved(lab):
    """Yield the name of a state that these tests save by hand, and remove that state."""
    yield lab.name + "saved"
    lab.saved.remove(lab.name + "saved")


def state(lab):
    node = lab.ssh("node1")
    return [
        node.output(what)
        for what in ("dmsetup table", SESSIONS, WAITING, "cat /proc/mounts /proc/sys/kernel/random/boot_id")
    ]


@pytest.fixture(scope="class")
def before(lab, saved):
    """Save a lab with a mounted map, a failed path, a cut fabric, a slow one and a process in D state."""
    node = lab.ssh("node1")
    lab.cut("node1", "a")
    lab.fabric("node2", "b", "delay", 5)
    (mounted, dummy), (waiting, lun_id) = lab.take_luns("node1", 2)
    lab.mount(mounted, "node1")
    lab.unmap(waiting, "node1")
    failures.wait_until_faulty(lab, "node1", 7)
    file = f"/dev/disk/by-id/dm-uuid-mpath-{lab._wwid(waiting)}"
    node.run(
        f"setsid dd if={file} of=/dev/null iflag=direct bs=4k count=1 < /dev/null > /dev/null 2>&1 &\n"
        f'for n in $(seq 100); do [ -n "$({WAITING})" ] && exit 0; sleep 0.2; done; exit 1'
    )
    made = state(lab)
    lab.save(saved)
    return made


class TestSaved:
    """A lab with failures is saved; the lab continues, and another one resumes what was saved."""

    def test_the_lab_continues(self, lab, before):
        assert state(lab) == before
        assert "LOGGED_IN" in before[1] and "FAILED" in before[1] and "dd" in before[2] and "/mnt/" in before[3]

    def test_two_labs_resume_from_it_side_by_side(self, lab, before, saved, second):
        """Neither has the other's frames: what one loses the other has still."""
        second.resume(saved)
        assert state(second) == before
        assert hub.faults(second.folder)["b"] == {"node2": Fault("delay", 5)}
        assert "the port of node2 has the fault delay 5" in status.text(second)
        second.fabric("node2", "b", "pass")
        assert hub.faults(second.folder)["b"] == {} != hub.faults(lab.folder)["b"]
        ports = [set(found.facts["machines"].values()) | {found.facts["rest_port"]} for found in (lab, second)]
        assert not ports[0] & ports[1]
        second.heal("node1")
        second.ssh("node1").run(
            "for n in $(seq 300); do grep -qvx LOGGED_IN /sys/class/iscsi_session/*/state || "
            "exit 0; sleep 0.3; done; exit 1"
        )
        second.create_lun("other")
        assert state(lab) == before and "other" not in str(lab.array.luns())

    def test_the_clocks_are_right(self, before, saved, second):
        second.resume(saved)
        for name in second.facts["machines"]:
            asked = time.time()
            assert asked - 5 < float(second.ssh(name).output("date +%s.%N")) < time.time() + 5

    def test_some_of_the_nodes_resume(self, lab, second):
        """A lab resumes with some of its nodes, which have all that they had.

        Such a lab cannot become a state, which would lack the others.
        """
        second.begin(states.LUNS, attended=True, only=["node2"])
        assert list(second.facts["machines"]) == ["array", "node2"] and second.nodes == ["node2"]
        assert second.ssh("node2").output(SESSIONS).split() == ["LOGGED_IN"] * 4
        assert '"node2"' in second.inventory.read_text(encoding="utf-8") and "node1" not in second.inventory.read_text(
            encoding="utf-8"
        )
        assert not any("node1" in word for word in machines(second.name).values()) and (
            len(machines(second.name)) == len(machines(lab.name)) - 1
        )
        with pytest.raises(LabError, match="a part of a lab is not saved"):
            second.save("part")

    def test_a_node_of_a_resumed_lab_boots_again(self, lab):
        """With its own disk: what was written since it was saved is there, and so are the files of a module, whole."""
        Modules(lab.ssh("node2")).run("iscsid_conf", True, {})
        sums = "find /var/lib/modules.* -name '*.py' -exec md5sum {} +"
        before = lab.ssh("node2").output(sums)
        lab.ssh("node2").run(
            "echo here | dd of=/root/written conv=fsync"
        )  # writes the names of all files, and of this one the content
        lab.restart("node2")
        assert lab.ssh("node2").output("cat /root/written") == "here\n"
        assert lab.ssh("node2").output(sums) == before


class TestKilled:
    """Whichever process is killed, nothing of the lab keeps running, no half state is left, and the next lab starts."""

    @pytest.fixture
    def name(self, lab):
        name = lab.name + "killed"
        yield name
        Lab(name).down()

    def hold(self, name, then="pass"):
        """Start a process that holds a lab as a test does, once the lab is up."""
        process = subprocess.Popen([sys.executable, "-c", HOLD.format(then), name], stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "up\n"
        return process

    @pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGTERM])
    def test_the_process_that_holds_a_lab(self, lab, name, signal_number):
        process = self.hold(name)
        assert len(machines(name)) >= 4
        process.send_signal(signal_number)
        process.wait()
        wait("nothing of it runs", lambda: not machines(name))
        Lab(name).up()
        assert Lab(name).ssh("node1").output("echo here") == "here\n"

    def test_the_keeper(self, lab, name):
        process = self.hold(name)
        os.kill(int((Lab(name).folder / "keeper.pid").read_text(encoding="ascii")), signal.SIGKILL)
        wait("no machine runs", lambda: not any("qemu" in command for command in machines(name).values()))
        process.kill()
        process.wait()
        assert not Lab(name).is_up()
        Lab(name).up()

    def test_while_it_saves(self, name, saved):
        """At many moments: what is there afterwards is a whole state or none. The last moment is after the save."""
        whole = 0
        for seconds in (0, 0.3, 0.6, 0.9, 1.2, 1.5, 3, 6, 12, 24, 48):
            if whole and seconds > 1.5:
                break
            process = self.hold(name, then=f"lab.save({saved!r})")
            time.sleep(seconds)
            process.kill()
            process.wait()
            wait("nothing of it runs", lambda: not machines(name))
            assert not keeper.is_alive(Lab(name).folder)
            if saved in Lab(name).saved.names():
                whole += 1
                Lab(name).resume(saved)
                assert Lab(name).ssh("node1").output("echo here") == "here\n"
                Lab(name).saved.remove(saved)
        assert whole, "one at least had the time"

    def test_a_full_disk_while_saving(self, lab, saved):
        """The machines can write only a part of their memory.

        The save fails, the lab goes on, and no file is left.
        """
        pids = [pid for pid, command in machines(lab.name).items() if "qemu" in command]
        former = [resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids]
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (32 * 2**20, former[0][1]))
        with pytest.raises(LabError, match="is the disk full"):
            lab.save(saved)
        for pid, limit in zip(pids, former, strict=True):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)
        assert saved not in lab.saved.names() and not list(lab.saved.folder.glob("*.new"))
        assert not list(lab.folder.rglob("memory*"))
        assert lab.ssh("node1").output(SESSIONS).split() == ["LOGGED_IN"] * 4
        lab.save(saved)
        assert re.search(rf"^{saved} ", lab.states(), re.MULTILINE)
