# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many devices asked at once, against a stand-in for the sg driver: what the real one does is seen on the lab."""

import ctypes
import errno
import os

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._inquiry import protocol as inquiry
from ansible_collections.sanops.multipath.plugins.module_utils._inquiry import sg as inquiry_sg
from support import held_clock

NAA = "600a0980383045372f5d4c5a70315474"
PAGE_83 = bytes.fromhex("00830014" + "01030010" + NAA)
PAGE_80 = bytes.fromhex("0080000c") + b"80E7/]LZp1Tt"


@pytest.fixture
def clock(monkeypatch):
    return held_clock.Clock(monkeypatch, inquiry_sg)


def test_a_node_that_cannot_be_opened_is_reported_not_hidden(tmp_path, clock):
    answers = dict(inquiry_sg.ask({"1:0:0:0": str(tmp_path / "sg9")}, clock.now + 30))
    assert clock.passed() == 0
    assert answers["1:0:0:0"]["state"] == "unreadable"
    assert "No such file" in answers["1:0:0:0"]["detail"]


NO_LUN_SENSE = bytes.fromhex("700005000000000a000000002500") + bytes(4)


class Kernel:
    """Stands for the sg driver behind a named pipe: takes a header that was written, fills the buffers it points
    to, gives it back.
    """

    def __init__(self, path):
        os.mkfifo(path)
        self.fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def answer(self, data=b"", sense=b"", status=0, host_status=0):
        head = list(inquiry_sg._HEADER.unpack(os.read(self.fd, inquiry_sg._HEADER.size)))
        cdb = ctypes.string_at(head[7], head[2])
        ctypes.memmove(head[6], data, len(data))
        ctypes.memmove(head[8], sense, len(sense))
        head[13], head[16], head[17], head[19] = status, len(sense), host_status, head[5] - len(data)
        os.write(self.fd, inquiry_sg._HEADER.pack(*head))
        return bytes(head[0:1]), head[1], cdb, head[9]


@pytest.fixture
def sg(tmp_path):
    kernel = Kernel(tmp_path / "sg0")
    yield kernel, str(tmp_path / "sg0")
    os.close(kernel.fd)


def test_the_header_that_the_driver_gets_and_gives_back(sg):
    kernel, node = sg
    talk = inquiry_sg._Talk("1:0:0:0", node)
    assert kernel.answer(PAGE_83) == (b"S", -3, bytes([0x12, 1, 0x83, 0, 252, 0]), 20000)
    assert talk.listen() is None
    assert kernel.answer(PAGE_80)[2] == bytes([0x12, 1, 0x80, 0, 252, 0])
    reported = talk.listen()
    os.close(talk.fd)
    assert (reported["state"], reported["wwids"], reported["serial"]) == (None, ["3" + NAA], "80E7/]LZp1Tt")


def test_what_the_device_did_not_send_is_not_read(sg):
    """The residual count cuts the buffer: what is left in it from the answer before is no evidence."""
    kernel, node = sg
    talk = inquiry_sg._Talk("1:0:0:0", node)
    kernel.answer(PAGE_83)
    talk.listen()
    ctypes.memmove(talk.data, PAGE_80, len(PAGE_80))
    kernel.answer(b"")
    reported = talk.listen()
    os.close(talk.fd)
    assert (reported["state"], reported["serial"]) == (None, None)


def test_sense_and_host_status_of_the_header(sg):
    kernel, node = sg
    talk = inquiry_sg._Talk("1:0:0:0", node)
    kernel.answer(sense=NO_LUN_SENSE, status=2)
    assert talk.listen()["sense"] == "05/25/00"
    os.close(talk.fd)
    talk = inquiry_sg._Talk("1:0:0:0", node)
    kernel.answer(host_status=1)
    assert talk.listen()["state"] == "unreachable"
    os.close(talk.fd)


def asked(tmp_path, monkeypatch, silent, keys, deadline, nodes=None):
    """Return the answers of the nodes, where those of `keys` have a kernel, and that of the `silent` only reads."""
    kernels = {key: Kernel(tmp_path / f"sg{key}") for key in keys}
    original = inquiry_sg._Talk._send

    def send(talk, cdb):
        original(talk, cdb)
        if talk.key in silent:
            os.read(kernels[talk.key].fd, inquiry_sg._HEADER.size)  # swallowed
        else:
            kernels[talk.key].answer(sense=NO_LUN_SENSE, status=2)

    monkeypatch.setattr(inquiry_sg._Talk, "_send", send)
    answers = dict(inquiry_sg.ask({key: str(tmp_path / f"sg{key}") for key in nodes or keys}, deadline))
    for kernel in kernels.values():
        os.close(kernel.fd)
    return answers


def test_many_at_once_and_one_that_is_silent(tmp_path, monkeypatch, clock):
    """More paths than the window holds; the one that says nothing costs the others nothing."""
    keys = ["%d:0:0:0" % number for number in range(inquiry_sg.WINDOW + 10)]
    answers = asked(tmp_path, monkeypatch, ["5:0:0:0"], keys, clock.now + 1)
    assert set(keys) - set(answers) == {"5:0:0:0"}
    assert {answer["state"] for answer in answers.values()} == {"absent"}
    assert clock.passed() == pytest.approx(1, abs=0.01)


def test_the_silent_do_not_keep_the_living_waiting(tmp_path, monkeypatch, clock):
    """A whole window of dead paths in front of a living one."""
    monkeypatch.setattr(inquiry_sg, "WINDOW", 3)
    monkeypatch.setattr(inquiry_sg, "PATIENCE", 0.2)
    answers = asked(tmp_path, monkeypatch, "abc", "abcd", clock.now + 1)
    assert [(key, answer["state"]) for key, answer in answers.items()] == [("d", "absent")]


def test_a_node_that_was_not_asked_differs_from_one_that_does_not_answer(tmp_path, monkeypatch, clock):
    monkeypatch.setattr(inquiry_sg, "WINDOW", 2)
    monkeypatch.setattr(inquiry_sg, "_lively", len)  # nobody gives its place away
    answers = asked(tmp_path, monkeypatch, "ab", "ab", clock.now + 0.5, nodes="abcd")
    assert {key: (answer["state"], answer["detail"]) for key, answer in answers.items()} == {
        "c": ("silent", "not asked: the time was up"),
        "d": ("silent", "not asked: the time was up"),
    }
    assert inquiry.word(answers["c"], "3" + NAA)["state"] == "silent"


@pytest.mark.parametrize(
    "number, state",
    [
        (errno.ENXIO, "unreachable"),
        (errno.EPERM, "unreadable"),
        (errno.ENODEV, "unreadable"),
        (errno.EBUSY, "unreadable"),
    ],
)
def test_a_node_that_refuses(number, state):
    reported = inquiry_sg._refused(OSError(number, os.strerror(number)))
    assert reported["state"] == state and os.strerror(number) in reported["detail"]
