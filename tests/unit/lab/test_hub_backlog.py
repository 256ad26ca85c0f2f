# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fabric whose machines take less than they are sent: who waits, and what is lost."""

import asyncio
import socket

import pytest
from lab import fabric, topology
from support.hub_machines import SECONDS, Machine, connected, eventually, framed, on_a_hub, set_fault


@pytest.fixture
def nobody_is_given_up(monkeypatch):
    """Let little wait for a machine, and none be taken for a stopped one, which would end any wait."""
    monkeypatch.setattr(fabric, "BACKLOG", 2**18)
    monkeypatch.setattr(fabric, "STALL_SECONDS", 600)


def test_a_slow_machine_makes_the_others_wait_and_nothing_is_lost(folder, nobody_is_given_up):
    @on_a_hub
    async def test(served):
        sender, slow, fast = await connected()
        count, body = 4000, bytes(4000)
        sender.send(*(b"%d " % number + body for number in range(count)))
        port = served._fabrics["a"].ports["node1"]
        await eventually(lambda: port.is_full)
        left = sender.writer.transport.get_write_buffer_size()
        assert left > count * len(body) / 2, "what the hub holds is bounded"
        for machine in (slow, fast):
            reading = asyncio.create_task(machine.take(count))
            if machine is slow:
                other = reading
        for frames in (await other, await reading):
            assert [int(frame.split(b" ")[0]) for frame in frames] == list(range(count))
        assert not port.is_full

    test(folder)


def test_a_stopped_machine_does_not_stop_the_others(folder, monkeypatch):
    monkeypatch.setattr(fabric, "BACKLOG", 2**18)
    monkeypatch.setattr(fabric, "STALL_SECONDS", 0.3)

    @on_a_hub
    async def test(served):
        sender, stopped, other = await connected()
        count, body = 4000, bytes(4000)
        sender.send(*(b"%d " % number + body for number in range(count)))
        assert [int(frame.split(b" ")[0]) for frame in await other.take(count)] == list(range(count))
        port = served._fabrics["a"].ports["node1"]
        assert not port.is_full and port._queued == 0, "nothing waits for it any more"

    test(folder)


def test_a_stopped_machine_gets_what_comes_when_it_goes_on(folder, monkeypatch):
    monkeypatch.setattr(fabric, "BACKLOG", 2**18)
    monkeypatch.setattr(fabric, "STALL_SECONDS", 0.1)

    @on_a_hub
    async def test(served):
        sender, stopped, dummy = await connected()
        sender.send(*[bytes(4000)] * 1000)
        port = served._fabrics["a"].ports["node1"]
        await eventually(lambda: port._is_stopped)
        frames = await stopped.take()
        while port._is_stopped:
            frames += await stopped.take()
        sender.send(b"last")
        while frames[-1] != b"last":
            frames += await stopped.take()
        assert len(frames) < 1000

    test(folder)


def test_a_machine_that_takes_little_is_not_stopped(folder, monkeypatch):
    """It gets everything, however long that takes."""
    monkeypatch.setattr(fabric, "BACKLOG", 2**17)
    monkeypatch.setattr(fabric, "STALL_SECONDS", 0.6)

    @on_a_hub
    async def test(served):
        sender = await Machine.connect("array")
        slow = socket.socket(socket.AF_UNIX)
        slow.settimeout(SECONDS)
        slow.connect(f"node1/{topology.SOCKETS['a']}")
        sent = [framed(b"%d " % number + bytes(20_000)) for number in range(40)]
        port = served._fabrics["a"].ports["node1"]
        await eventually(lambda: port._connection)
        sender.writer.writelines(sent)
        await eventually(lambda: port.is_full)
        taken = b""
        while len(taken) < sum(map(len, sent)):
            taken += await asyncio.to_thread(slow.recv, 20_000)
            await asyncio.sleep(0.1)
        assert taken == b"".join(sent)
        slow.close()

    test(folder)


def test_a_frozen_port_makes_nobody_wait(folder, nobody_is_given_up):
    @on_a_hub
    async def test(served):
        sender, dummy, other = await connected()
        sender.send(*[bytes(4000)] * 500)
        await eventually(lambda: served._fabrics["a"].ports["node1"].is_full)
        set_fault(served, "node1", "freeze")
        assert len(await other.take(500)) == 500

    test(folder)


def test_a_machine_that_sends_more_than_its_delay_holds_waits_and_nothing_is_lost(folder, nobody_is_given_up):
    @on_a_hub
    async def test(served):
        array, node1, node2 = await connected()
        set_fault(served, "node1", "delay", "60000")
        port = served._fabrics["a"].ports["node1"]
        node1.send(*(b"%d " % number + bytes(4000) for number in range(1000)))
        await eventually(lambda: port.is_held)
        assert node1.writer.transport.get_write_buffer_size() > 2 * 2**20
        node2.send(b"goes on")
        assert await array.take() == [b"goes on"]
        set_fault(served, "node1", "pass")
        for frames in await asyncio.gather(array.take(1000), node2.take(1000)):
            assert [int(frame.split(b" ")[0]) for frame in frames] == list(range(1000))

    test(folder)


def test_a_delay_before_a_machine_makes_nobody_wait_and_loses_the_newest_beyond_its_bound(folder, nobody_is_given_up):
    @on_a_hub
    async def test(served):
        array, node1, node2 = await connected()
        set_fault(served, "node1", "delay", "60000")
        port = served._fabrics["a"].ports["node1"]
        array.send(*(b"%d " % number + bytes(4000) for number in range(1000)))
        assert len(await node2.take(1000)) == 1000
        assert port._to_machine.size < 2 * 2**20, "what the hub holds is bounded"
        set_fault(served, "node1", "pass")
        array.send(b"last")
        numbers = []
        while (frame := (await node1.take())[0]) != b"last":
            numbers.append(int(frame.split(b" ")[0]))
        assert numbers == list(range(len(numbers))) and 2**18 / 4002 < len(numbers) < 1000

    test(folder)


def test_a_machine_that_is_killed_while_others_wait_for_it(folder, nobody_is_given_up):
    @on_a_hub
    async def test(served):
        sender, killed, other = await connected()
        sender.send(*[bytes(4000)] * 500)
        await eventually(lambda: served._fabrics["a"].ports["node1"].is_full)
        killed.writer.transport.abort()
        assert len(await other.take(500)) == 500

    test(folder)
