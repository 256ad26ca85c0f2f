# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""No machine, and no hub, outlives its lab, however it ends. A machine is a `sleep` here."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lab import hub, keeper, topology
from lab.errors import LabError

TESTS = Path(__file__).parents[2]


@pytest.fixture
def marker(tmp_path):
    """Return the argument that identifies this test's machines in the process table."""
    number = f"9{os.getpid()}{abs(hash(tmp_path)) % 10**6}"
    machines = {"array": ["sleep", number], "node1": ["sleep", number]}
    (tmp_path / "machines.json").write_text(json.dumps(machines), encoding="utf-8")
    hub.write_faults(tmp_path, {})
    yield number
    for pid in processes(number):
        os.kill(pid, signal.SIGKILL)


def processes(marker):
    """Return the pids of the machines that are alive (a zombie is not)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes() == b"sleep\0" + marker.encode() + b"\0":
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


def hubs(folder):
    """Return the pids of the hubs of a lab's folder that are alive."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().endswith(b"\0lab\0hub\0" + os.fsencode(folder) + b"\0"):
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


def eventually(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


@pytest.fixture
def running(tmp_path, marker):
    """Start a keeper with two machines, before the lab is ready."""
    process = keeper.start(tmp_path)
    assert eventually(lambda: len(processes(marker)) == 2)
    assert keeper.is_alive(tmp_path)
    yield process
    process.kill()
    process.wait()


def ready(process):
    process.stdin.write(keeper.READY)
    process.stdin.close()


def test_machines_live_on_when_up_is_done(tmp_path, marker, running):
    ready(running)
    time.sleep(0.7)
    assert len(processes(marker)) == 2
    keeper.stop(tmp_path)
    assert processes(marker) == hubs(tmp_path) == []
    assert not keeper.is_alive(tmp_path)


def test_up_ends_before_the_lab_is_ready(tmp_path, marker, running):
    running.stdin.close()
    assert eventually(lambda: not keeper.is_alive(tmp_path))
    assert processes(marker) == hubs(tmp_path) == []


def test_up_is_killed(tmp_path, marker):
    code = (
        "import sys, time; from pathlib import Path; from lab import keeper; k = "
        "keeper.start(Path(sys.argv[1])); time.sleep(60)"
    )
    up = subprocess.Popen([sys.executable, "-c", code, tmp_path], env=dict(os.environ, PYTHONPATH=str(TESTS)))
    assert eventually(lambda: len(processes(marker)) == 2)
    up.kill()
    up.wait()
    assert eventually(lambda: not keeper.is_alive(tmp_path))
    assert processes(marker) == hubs(tmp_path) == []


@pytest.mark.parametrize("is_ready", [False, True])
def test_keeper_is_killed(tmp_path, marker, running, is_ready):
    if is_ready:
        ready(running)
    assert len(hubs(tmp_path)) == 1
    running.kill()
    assert eventually(lambda: processes(marker) == hubs(tmp_path) == [])


def test_the_lab_ends_with_its_hub(tmp_path, marker, running):
    ready(running)
    os.kill(hubs(tmp_path)[0], signal.SIGKILL)
    assert eventually(lambda: not keeper.is_alive(tmp_path))
    assert processes(marker) == []
    assert "The lab's hub ended with code -9" in (tmp_path / "keeper.log").read_text(encoding="utf-8")


def test_no_machine_starts_without_a_hub(tmp_path, marker):
    (tmp_path / hub.CONTROL).mkdir()  # where the hub is to make its socket
    with pytest.raises(LabError, match="The lab's keeper did not start; see .*keeper.log"):
        keeper.start(tmp_path)
    assert processes(marker) == hubs(tmp_path) == []
    assert "The lab's hub did not start." in (tmp_path / "keeper.log").read_text(encoding="utf-8")


def test_a_machine_finds_its_ports_when_it_starts(tmp_path, marker):
    """QEMU connects once; the hub listens by then."""
    script = f"ls > found; exec sleep {marker}"
    (tmp_path / "machines.json").write_text(json.dumps({"node1": ["sh", "-c", script]}), encoding="utf-8")
    process = keeper.start(tmp_path)
    ready(process)
    assert eventually(lambda: processes(marker))
    assert set(topology.SOCKETS.values()) < set((tmp_path / "node1/found").read_text(encoding="utf-8").split())
    process.kill()
    process.wait()


def test_a_machine_that_ends_is_noted(tmp_path, marker, running):
    ready(running)
    os.kill(processes(marker)[0], signal.SIGKILL)
    assert eventually(lambda: list(tmp_path.glob("*/exit")))
    assert next(tmp_path.glob("*/exit")).read_text(encoding="ascii") == "-9\n"
    assert len(processes(marker)) == 1


def test_a_machine_that_shall_come_again_is_started_again(tmp_path, marker, running):
    ready(running)
    before = processes(marker)
    (tmp_path / "node1" / keeper.AGAIN).touch()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: len(processes(marker)) == 1 and not (tmp_path / "node1" / keeper.AGAIN).exists())
    assert not set(processes(marker)) & set(before) and not (tmp_path / "node1" / "exit").exists()
    assert (tmp_path / "array" / "exit").exists() and keeper.is_alive(tmp_path)


def test_a_machine_resumes_from_saved_memory_once(tmp_path, marker):
    """Only its first start: one that is started again boots."""
    (tmp_path / "node1").mkdir()
    (tmp_path / "node1/memory").write_text("its memory", encoding="ascii")
    words = (
        f"for w; do case $w in fd:*) cat /proc/self/fd/${{w#fd:}};; *) printf '%s ' \"$w\";; esac; "
        f"done >> words; exec sleep {marker}"
    )
    (tmp_path / "machines.json").write_text(
        json.dumps({"node1": ["sh", "-c", words, "x", "-m", "640"]}), encoding="utf-8"
    )
    process = keeper.start(tmp_path)
    ready(process)
    assert eventually(lambda: len(processes(marker)) == 1)
    assert (tmp_path / "node1/words").read_text() == "-m 640 -S -incoming its memory"
    (tmp_path / "node1" / keeper.AGAIN).touch()
    os.kill(processes(marker)[0], signal.SIGKILL)
    assert eventually(lambda: (tmp_path / "node1/words").read_text() == "-m 640 -S -incoming its memory-m 640 ")
    process.kill()
    process.wait()


def test_a_machine_does_not_start_again_from_what_a_killed_save_has_left(tmp_path, marker):
    words = f"echo $# >> words; exec sleep {marker}"
    (tmp_path / "machines.json").write_text(json.dumps({"node1": ["sh", "-c", words, "x"]}), encoding="utf-8")
    process = keeper.start(tmp_path)
    ready(process)
    assert eventually(lambda: len(processes(marker)) == 1)
    left = [tmp_path / "node1" / name for name in ("memory", "memory.part")]
    for path in left:
        path.touch()
    (tmp_path / "node1" / keeper.AGAIN).touch()
    os.kill(processes(marker)[0], signal.SIGKILL)
    assert eventually(lambda: (tmp_path / "node1/words").read_text() == "0\n0\n")
    assert not any(path.exists() for path in left)
    process.kill()
    process.wait()


def test_without_room_for_an_exit_code_the_other_machines_go_on(tmp_path, marker, running):
    ready(running)
    ended = processes(marker)[0]
    for name in ("array", "node1"):
        (tmp_path / name / "exit").symlink_to("/dev/full")
    os.kill(ended, signal.SIGKILL)
    assert eventually(lambda: not Path(f"/proc/{ended}").exists())
    time.sleep(0.7)
    assert len(processes(marker)) == 1 and keeper.is_alive(tmp_path)


def test_the_keeper_ends_with_its_last_machine(tmp_path, marker, running):
    ready(running)
    for pid in processes(marker):
        os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: not keeper.is_alive(tmp_path))


def test_stop_without_a_lab(tmp_path):
    keeper.stop(tmp_path / "none")
    assert not keeper.is_alive(tmp_path / "none")
