# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Portals are asked over real sockets of this machine: one that listens, one that refuses, one that never answers."""

import contextlib
import socket
import time

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import portals as open_iscsi_portals
from support import held_clock

NOBODY = {"answers": None, "why": "not asked: it is no numeric address, and to look a name up is to wait", "ms": None}


@contextlib.contextmanager
def listening(family=socket.AF_INET, host="127.0.0.1"):
    with socket.socket(family, socket.SOCK_STREAM) as server:
        try:
            server.bind((host, 0))
        except OSError:
            pytest.skip("this machine has no %s" % host)
        server.listen(8)
        yield server, "%s:%d" % (host, server.getsockname()[1])


@contextlib.contextmanager
def full():
    """A portal whose queue of connections is full: the kernel drops what asks for another, as a host that is gone
    would.
    """
    with listening() as (server, portal), contextlib.ExitStack() as stack:
        server.listen(0)
        for dummy in range(4):
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        time.sleep(0.1)
        yield portal


def refusing():
    with listening() as (dummy, portal):
        return portal


@pytest.fixture
def clock(monkeypatch):
    return held_clock.Clock(monkeypatch, open_iscsi_portals)


def probe(*portals, within=10):
    return open_iscsi_portals.probe(list(portals), open_iscsi_portals.time.monotonic() + within)


def test_one_that_answers_and_one_that_refuses(clock):
    with listening() as (server, portal):
        found = probe(portal, refusing())
        server.settimeout(5)
        accepted, dummy = server.accept()
        accepted.settimeout(5)
        assert accepted.recv(1) == b"", "nothing is sent, and it is closed at once"
        accepted.close()
    assert [(one["answers"], one["why"]) for one in found] == [(True, None), (False, "refused")]
    assert [one["ms"] for one in found] == [0, 0] and clock.passed() == 0


def test_those_that_never_answer_cost_two_seconds_in_all(clock):
    with full() as first, full() as second, listening() as (dummy, third):
        found = probe(first, second, third)
    assert [(one["answers"], one["why"]) for one in found] == [(False, "timed out"), (False, "timed out"), (True, None)]
    assert [one["ms"] for one in found[:2]] == [None, None] and clock.passed() == pytest.approx(2, abs=0.01)


def test_a_time_that_was_too_short_proves_nothing(clock):
    with full() as silent, listening() as (dummy, portal):
        found = probe(portal, silent, within=0.5)
    assert [(one["answers"], one["why"]) for one in found] == [
        (True, None),
        (None, "not asked to the end: the time was up"),
    ]
    assert clock.passed() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("form", ["%s", "[%s]"])
def test_ipv6(form):
    with listening(socket.AF_INET6, "::1") as (server, dummy):
        found = probe("%s:%d" % (form % "::1", server.getsockname()[1]))
    assert found[0]["answers"] is True


@pytest.mark.parametrize(
    "portal",
    [
        "localhost:3260",
        "san.example.com:3260",
        "None:None",
        "10.0.0.1",
        "",
        "10.0.0.1:99999",
        "10.0.0.1:0",
        ":3260",
        "10.0.0.1:x",
    ],
)
def test_what_is_no_address_is_not_asked(portal, monkeypatch):
    asked = []
    monkeypatch.setattr(socket.socket, "connect_ex", lambda *arguments: asked.append(arguments))
    assert probe(portal) == [dict(NOBODY, portal=portal)] and asked == []


def test_no_route(monkeypatch):
    monkeypatch.setattr(socket.socket, "connect_ex", lambda self, where: 101)  # ENETUNREACH, which comes at once
    assert [(one["answers"], one["why"]) for one in probe("192.0.2.1:3260")] == [(False, "no route")]


def test_no_socket_is_no_word_of_the_portal(monkeypatch):
    def none(*arguments):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(socket, "socket", none)
    assert probe("192.0.2.1:3260")[0]["answers"] is None


def test_each_portal_once_by_whatever_spelling():
    records = [{"portal": "fd00::1:3260"}, {"portal": "10.0.0.1:3260"}, {"portal": "10.0.0.1:3260"}]
    sessions = [{"portal": "fd00:0:0:0:0:0:0:1:3260"}, {"portal": "10.0.0.2:3260"}, {"portal": None}]
    assert open_iscsi_portals.named(records, sessions) == ["10.0.0.1:3260", "10.0.0.2:3260", "fd00::1:3260"]
    assert open_iscsi_portals.named([], []) == []
