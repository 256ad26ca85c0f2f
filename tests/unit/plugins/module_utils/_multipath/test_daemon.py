# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The daemon's socket protocol, against a small server on a real socket, and its replies."""

import contextlib
import os
import socket
import struct
import threading
import time

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import daemon as multipathd
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree


class Daemon(threading.Thread):
    """Answer one connection with the given pieces, then hold it open until the test ends it."""

    def __init__(self, path, *pieces):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.pieces, self.asked, self.done = pieces, b"", threading.Event()
        self.start()

    def run(self):
        connection, dummy = self.listener.accept()
        self.asked = connection.recv(4096)
        for piece in self.pieces:
            with contextlib.suppress(BrokenPipeError):  # it was no daemon to talk to
                connection.sendall(piece)
            time.sleep(0.02)
        if not self.pieces or self.pieces[-1] != b"":
            self.done.wait(5)
        connection.close()


def framed(text):
    return struct.pack("N", len(text) + 1) + text + b"\0"


@pytest.fixture
def daemon(tmp_path, monkeypatch):
    path, made = str(tmp_path / "socket"), []

    def start(*pieces):
        made.append(Daemon(path, *pieces))
        monkeypatch.setattr(multipathd, "SOCKETS", ("\0/sanops/no/such/socket/%d" % os.getpid(), path))
        monkeypatch.setattr(multipathd, "_OWNER", os.geteuid(), raising=False)
        return made[0]

    yield start
    for one in made:
        one.done.set()
        one.listener.close()
        one.join(5)


def soon(seconds=30):
    return time.monotonic() + seconds


def test_a_command_and_its_reply_on_the_second_socket(daemon):
    server = daemon(framed(b"ok\n"))
    assert multipathd.ask("show maps json", soon()) == "ok\n"
    assert server.asked == framed(b"show maps json")


def test_a_reply_in_pieces(daemon):
    whole = framed(b"x" * 100000)
    daemon(whole[:5], whole[5:3000], whole[3000:])
    assert multipathd.ask("show maps json", soon()) == "x" * 100000


def test_a_silent_daemon_ends_at_the_deadline(daemon):
    daemon()
    began = time.monotonic()
    with pytest.raises(OSError):
        multipathd.ask("show maps json", soon(0.3))
    assert time.monotonic() - began < 60, "as long as that only on a machine that is starved"


def test_a_daemon_that_hangs_up(daemon):
    daemon(framed(b"x" * 100)[:20], b"")
    with pytest.raises(OSError, match="in the middle"):
        multipathd.ask("show maps json", soon())


def test_a_mad_length_is_refused(daemon):
    daemon(struct.pack("N", 1 << 40))
    with pytest.raises(OSError, match="announced"):
        multipathd.ask("show maps json", soon())


def test_nobody_listens(monkeypatch, tmp_path):
    monkeypatch.setattr(multipathd, "SOCKETS", (str(tmp_path / "none"),))
    with pytest.raises(OSError, match="none of its sockets"):
        multipathd.ask("show maps json", soon())


def test_whoever_is_not_root_is_not_multipathd(daemon, monkeypatch):
    """Any user may bind the abstract name while the daemon is down."""
    server = daemon(b"")
    monkeypatch.setattr(multipathd, "_OWNER", os.geteuid() + 1, raising=False)
    with pytest.raises(OSError, match="user %d answers in the place of multipathd" % os.geteuid()):
        multipathd.ask("show maps json", soon())
    server.join(5)
    assert server.asked == b"", "an unknown program does not even receive the command"


def test_the_socket_that_only_root_can_make_comes_first():
    assert multipathd.SOCKETS == ("/run/multipathd.socket", "\0/org/kernel/linux/storage/multipathd")


def test_a_socket_that_may_not_be_opened_is_passed_over(daemon, monkeypatch):
    daemon(framed(b"ok\n"))
    connect, refused = socket.socket.connect, []

    class Socket(socket.socket):
        def connect(self, address):
            if not refused:
                refused.append(address)
                raise PermissionError(13, "Permission denied")
            connect(self, address)

    monkeypatch.setattr(multipathd.socket, "socket", Socket)
    assert multipathd.ask("show maps json", soon()) == "ok\n" and len(refused) == 1


@pytest.mark.parametrize("reply", ["timeout\n", "fail\n", "permission deny: need to be root\n", ""])
def test_a_refusal_is_no_map(reply):
    with pytest.raises(ValueError, match="multipathd answered"):
        multipathd.parse_maps(reply)


@pytest.mark.parametrize(
    "reply",
    ["{}", "[]", '{"maps": [{}]}', '{"maps": [{"uuid": "x", "path_groups": [{"paths": [{}]}]}]}', '{"maps": null}'],
)
def test_json_of_another_shape_is_reported(reply):
    with pytest.raises(ValueError, match="of another shape"):
        multipathd.parse_maps(reply)


def test_json_that_nests_too_deep_is_reported():
    with pytest.raises(ValueError, match="multipathd answered"):
        multipathd.parse_maps('{"maps": ' + 100000 * "[")


def test_some_maps_only(monkeypatch):
    """A map that the daemon does not have is left out; a daemon that cannot say is an error."""
    replies = {
        "show map dm-3 json": '{"map": {"uuid": "w", "queueing": "on", "vend": "V", "prod": "##"}}',
        "show map dm-4 json": "fail\nno such map\n",
    }
    monkeypatch.setattr(multipathd, "ask", lambda command, deadline: replies[command])
    assert multipathd.maps(soon(), ["dm-3", "dm-4"]) == {
        "w": {"queueing": "on", "vendor": "V", "product": None, "paths": {}}
    }
    replies["show map dm-4 json"] = "timeout\n"
    with pytest.raises(ValueError, match="multipathd answered 'timeout"):
        multipathd.maps(soon(), ["dm-3", "dm-4"])


def pid_tree(tmp_path, pid, comm):
    (tmp_path / "run").mkdir()
    (tmp_path / "run/multipathd.pid").write_text(pid)
    (tmp_path / "proc/42").mkdir(parents=True)
    (tmp_path / "proc/42/comm").write_text(comm + "\n")
    return Tree(str(tmp_path))


@pytest.mark.parametrize(
    "pid, comm, running",
    [
        ("42\n", "multipathd", True),
        ("42\n", "bash", False),
        ("43\n", "multipathd", False),
        ("", "multipathd", False),
        ("x", "multipathd", False),
    ],
)
def test_the_daemon_is_there_only_if_its_process_is(tmp_path, pid, comm, running):
    found = multipathd.daemon(pid_tree(tmp_path, pid, comm))
    assert (found["running"], found["pid"]) == (running, 42 if running else None)


@pytest.mark.parametrize("stat, state", [("42 (multi) pathd) T 1 42 42 0\n", "T"), ("42 (x) D 1\n", "D"), ("", None)])
def test_the_state_of_its_process(tmp_path, stat, state):
    tree = pid_tree(tmp_path, "42\n", "multipathd")
    (tmp_path / "proc/42/stat").write_text(stat)
    assert multipathd.state(tree, 42) == state
    assert multipathd.state(tree, 43) is None


@pytest.mark.parametrize(
    "ran, version, error",
    [
        ((1, "multipath-tools v0.9.4 (12/19, 2022)\n", None), "0.9.4", None),
        ((127, "", "multipath could not be started"), None, None),  # no multipath on this host: nothing is missing
        ((None, "", "no answer within its time"), None, "no answer within its time"),
        (
            (1, "5.1 | parsing failed\n5.2 | error parsing config file\n", None),
            None,
            "multipath -h: exit code 1: 5.2 | error parsing config file",
        ),
    ],
)
def test_the_version(monkeypatch, ran, version, error):
    monkeypatch.setattr(multipathd.child, "run", lambda argv, deadline: ran)
    assert multipathd.version(0) == (version, error)


def test_a_daemon_that_speaks_byte_by_byte_has_no_more_time_for_it(monkeypatch):
    """Each byte comes at once; the clock passes the deadline all the same."""

    class Dripping:
        def __init__(self):
            self.given = 0

        def settimeout(self, seconds):
            assert seconds > 0

        def recv(self, size):
            self.given += 1
            return b"x"

    clock = iter(range(1000))
    monkeypatch.setattr(multipathd.time, "monotonic", lambda: next(clock))
    dripping = Dripping()
    with pytest.raises(OSError):
        multipathd._receive(dripping, 100, 10)
    assert dripping.given == 10
