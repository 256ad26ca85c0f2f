# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Children with deadlines, with real processes."""

import os
import signal
import time

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._system import child


def soon(seconds=30):
    return time.monotonic() + seconds


def test_call_gives_the_result():
    assert child.call(lambda: {"a": [1, None]}, soon()) == ({"a": [1, None]}, None)


def test_stream_keeps_what_came_before_the_deadline():
    def work():
        yield 1
        yield 2
        time.sleep(600)
        yield 3

    assert child.stream(work, soon(0.5)) == ([1, 2], child.TIMED_OUT)


def test_an_error_in_the_child_is_reported():
    def work():
        yield 1
        raise OSError(5, "Input/output error")

    assert child.stream(work, soon()) == ([1], "OSError: [Errno 5] Input/output error")


def test_a_child_that_dies_is_reported():
    assert child.call(lambda: os._exit(1), soon()) == (None, "the child ended without a word")


def test_what_was_said_to_the_end_counts_though_the_child_lingers(monkeypatch):
    """It may wait in the kernel on its way out; nobody waits for it."""
    original = child._write_items

    def linger(work, pipe):
        original(work, pipe)
        time.sleep(600)

    monkeypatch.setattr(child, "_write_items", linger)
    assert child.call(lambda: 1, soon(300)) == (1, None)


def test_a_child_that_cannot_be_forked_is_reported(monkeypatch):
    def fork():
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", fork)
    assert child.call(lambda: 1, soon()) == (None, "no child could be started: Resource temporarily unavailable")


def test_large_results_pass():
    assert child.call(lambda: "x" * 3000000, soon(20)) == ("x" * 3000000, None)


def test_run():
    assert child.run(["sh", "-c", "echo out; echo err >&2; exit 3"], soon()) == (3, "out\nerr\n", None)


def test_run_with_a_deadline():
    assert child.run(["sleep", "600"], soon(0.3)) == (None, "", child.TIMED_OUT)


def test_run_closes_its_output_and_stays():
    assert child.run(["sh", "-c", "echo out; exec >&- 2>&-; sleep 600"], soon(1)) == (None, "out\n", child.TIMED_OUT)


def test_run_what_is_not_there():
    assert child.run(["/no/such/program"], soon())[2] == "/no/such/program could not be started"


def test_the_child_holds_none_of_our_files(tmp_path):
    """An SSH session ends when nobody holds its pipes: a child that hangs must not."""
    with open(tmp_path / "held", "w") as held:
        os.set_inheritable(held.fileno(), True)
        fds, error = child.call(
            lambda: [
                os.readlink("/proc/self/fd/" + name)
                for name in os.listdir("/proc/self/fd")
                if os.path.islink("/proc/self/fd/" + name)
            ],
            soon(),
        )
    assert error is None
    assert sorted(set(fd for fd in fds if not fd.startswith(("pipe:", "/proc/")))) == ["/dev/null"]
    assert len([fd for fd in fds if fd.startswith("pipe:")]) == 1


@pytest.mark.parametrize("work", [lambda: 1, lambda: time.sleep(600)])
def test_no_child_is_left(work):
    child.call(work, soon(0.3))
    child.run(["sleep", "600"], soon(0.3))
    assert child.left_behind(soon(60)) == []
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_who_does_not_end_is_left_behind_and_named(monkeypatch):
    """SIGKILL does not end a process in D state; here it is not even sent."""
    monkeypatch.setattr(os, "kill", lambda pid, number: None)
    pids = []
    try:
        for work in (lambda: time.sleep(600), lambda: 1):
            child.call(work, soon(0.5))
        pids = child.left_behind(soon(3))
        assert len(pids) == 1 and os.path.exists("/proc/%d" % pids[0])
    finally:
        monkeypatch.undo()
        for pid in pids:
            os.kill(pid, 9)
        assert child.left_behind(soon(60)) == []


def test_the_child_keeps_no_folder_and_no_session():
    assert child.call(lambda: [os.getcwd(), os.getsid(0) == os.getpid()], soon()) == (["/", True], None)


def test_where_the_kernel_buries_children_by_itself(monkeypatch):
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert child.call(lambda: 1, soon()) == (1, None)
        assert child.run(["true"], soon())[2] is None
        assert child.left_behind(soon(60)) == []
    finally:
        signal.signal(signal.SIGCHLD, before)
