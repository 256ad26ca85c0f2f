# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A port of a fabric with a fault: what becomes of its frames."""

import asyncio
import time

import pytest
from lab import fabric
from lab.errors import LabError
from lab.fabric import Fault
from support.hub_machines import connected, eventually, on_a_hub, set_fault


def test_a_frozen_port_loses_what_it_sends_and_is_sent_and_its_link_stays_up(folder):
    @on_a_hub
    async def test(served):
        array, node1, node2 = await connected()
        set_fault(served, "node1", "freeze")
        array.send(b"to all")
        node1.send(b"from node1")
        assert await node2.take() == [b"to all"]
        await asyncio.sleep(0.1)
        set_fault(served, "node1", "pass")
        array.send(b"again")
        node1.send(b"from node1 again")
        assert await node1.take() == [b"again"]
        assert await array.take() == [b"from node1 again"]
        assert sorted(await node2.take(2)) == [b"again", b"from node1 again"]

    test(folder)


def test_a_delay_is_added_in_each_direction_and_keeps_the_order(folder):
    @on_a_hub
    async def test(served):
        array, node1, node2 = await connected()
        set_fault(served, "node1", "delay", "200")
        for sender, taker in ((array, node1), (node1, array)):
            began = time.monotonic()
            sender.send(*(b"%d" % number for number in range(100)))
            assert await taker.take(100) == [b"%d" % number for number in range(100)]
            assert time.monotonic() - began >= 0.2
        assert await node2.take() == [b"0"]

    test(folder)


@pytest.mark.parametrize(("then", "arrives"), [("pass", [b"before", b"after"]), ("freeze", [b"last"])])
def test_what_is_delayed_when_the_fault_changes(folder, then, arrives):
    @on_a_hub
    async def test(served):
        array, node1, dummy = await connected()
        set_fault(served, "node1", "delay", "60000")
        port = served._fabrics["a"].ports["node1"]
        array.send(b"before")
        node1.send(b"before")
        await eventually(lambda: port._to_machine.size and port._from_machine.size)
        set_fault(served, "node1", then)
        array.send(b"after")
        node1.send(b"after")
        if then == "freeze":
            await asyncio.sleep(0.1)
            set_fault(served, "node1", "pass")
            array.send(b"last")
            node1.send(b"last")
        assert await array.take(len(arrives)) == await node1.take(len(arrives)) == arrives

    test(folder)


def test_some_frames_are_lost_each_by_itself(folder, monkeypatch):
    @on_a_hub
    async def test(served):
        array, node1, node2 = await connected()
        numbers = iter(range(1000))
        monkeypatch.setattr(fabric.random, "random", lambda: next(numbers) % 4 / 4)
        set_fault(served, "node1", "lose", "25")
        for sender, taker in ((array, node1), (node1, array)):
            sender.send(*(b"%d" % number for number in range(8)))
            assert await taker.take(6) == [b"1", b"2", b"3", b"5", b"6", b"7"]
        assert await node2.take(8) == [b"%d" % number for number in range(8)]

    test(folder)


def test_a_port_has_its_fault_before_its_machine_is_there_and_when_it_comes_again(folder):
    @on_a_hub
    async def test(served):
        set_fault(served, "node1", "freeze")
        for dummy in range(2):
            array, node1, node2 = await connected()
            node1.send(b"lost")
            await asyncio.sleep(0.05)
            array.send(b"hello")
            assert await node2.take() == [b"hello"]
            node1.writer.transport.abort()

    test(folder)


@pytest.mark.parametrize(
    ("words", "expected"),
    [(("pass",), "pass"), (("freeze", None), "freeze"), (("delay", "1.5"), "delay 1.5"), (("lose", 100), "lose 100")],
)
def test_a_fault_is_text_and_back(words, expected):
    fault = Fault.of(*words)
    assert str(fault) == expected and Fault.of(*expected.split()) == fault


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("burn",), "no fault burn; there are: pass, freeze, delay, lose"),
        (("freeze", 5), "freeze takes no number"),
        (("delay",), "delay needs a number of milliseconds, above 0 and at most 60000"),
        (("delay", "soon"), "delay needs a number of milliseconds"),
        (("lose", 0), "lose needs a number of percent, above 0 and at most 100"),
        (("lose", 101), "lose needs a number of percent"),
        (("lose", "nan"), "lose needs a number of percent"),
    ],
)
def test_what_is_no_fault(words, message):
    with pytest.raises(LabError, match=message):
        Fault.of(*words)
