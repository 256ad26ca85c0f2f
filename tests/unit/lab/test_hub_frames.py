# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fabrics between machines: what arrives, in which order, and what is lost."""

import asyncio

import pytest
from lab import fabric, hub
from lab.hub import Hub
from support.hub_machines import NAMES, Machine, connected, framed, on_a_hub


def test_each_frame_goes_to_all_others_in_order_and_not_back(folder):
    @on_a_hub
    async def test(served):
        machines = await connected()
        for number in range(300):
            for index, machine in enumerate(machines):
                machine.send(b"%d %d" % (index, number) + bytes(number))
        for index, machine in enumerate(machines):
            frames = [frame.rstrip(b"\0") for frame in await machine.take(600)]
            for other in range(len(machines)):
                numbers = [int(frame.split()[1]) for frame in frames if frame.startswith(b"%d " % other)]
                assert numbers == ([] if other == index else list(range(300)))

    test(folder)


def test_frames_in_pieces_arrive_whole(folder):
    @on_a_hub
    async def test(served):
        sender, *others = await connected()
        for byte in framed(b"first") + framed(b"second"):
            sender.writer.write(bytes([byte]))
            await sender.writer.drain()
            await asyncio.sleep(0.001)
        for machine in others:
            assert await machine.take(2) == [b"first", b"second"]

    test(folder)


def test_the_fabrics_of_a_lab_do_not_meet(folder):
    @on_a_hub
    async def test(served):
        on_a, on_b = await connected("a"), await connected("b")
        on_a[0].send(b"on a")
        on_b[0].send(b"on b")
        assert await on_a[1].take() == [b"on a"] and await on_b[1].take() == [b"on b"]

    test(folder)


def test_two_labs_do_not_meet(tmp_path, monkeypatch):
    async def test():
        machines, servers = {}, []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            hub.write_faults(tmp_path / name, {})
            monkeypatch.chdir(tmp_path / name)
            servers += await Hub(NAMES).listen()
            machines[name] = [await Machine.connect(node, folder=tmp_path / name) for node in ("node1", "node2")]
        for name, (sender, dummy) in machines.items():
            sender.send(name.encode())
        for name, (dummy, taker) in machines.items():
            assert await taker.take() == [name.encode()]
        for server in servers:
            server.close()

    asyncio.run(test())


def test_a_machine_that_is_killed_while_it_sends(folder):
    @on_a_hub
    async def test(served):
        array, node1, node2 = await connected()
        node1.send(b"whole")
        node1.writer.write(framed(b"not sent to its end")[:9])
        await node1.writer.drain()
        assert await array.take() == [b"whole"]
        node1.writer.transport.abort()
        array.send(b"next")
        assert await node2.take(2) == [b"whole", b"next"]
        again = await Machine.connect("node1")
        again.send(b"here again")
        assert await array.take() == [b"here again"]
        array.send(b"hello")
        assert await again.take() == [b"hello"], "and nothing that was for the one that was killed"

    test(folder)


def test_the_last_connection_of_a_machine_counts(folder):
    @on_a_hub
    async def test(served):
        array, node1, dummy = await connected()
        again = await Machine.connect("node1")
        assert await node1.reader.read() == b""
        array.send(b"hello")
        assert await again.take() == [b"hello"]

    test(folder)


@pytest.mark.parametrize("garbage", [bytes(4), b"\xff" * 8])
def test_what_is_no_frame_ends_the_connection_alone(folder, garbage):
    @on_a_hub
    async def test(served):
        array, node1, node2 = await connected()
        node1.writer.write(garbage)
        assert await node1.reader.read() == b""
        array.send(b"next")
        assert await node2.take() == [b"next"]

    test(folder)


@pytest.mark.parametrize("after", [b"", b"\0", b"\0\0\0\3ab"])
def test_whole_frames_are_found(after):
    frames = [framed(b"a"), framed(bytes(300)), framed(b"bc")]
    data = b"".join(frames) + after
    end = fabric.whole_frames(data)
    assert data[end:] == after and fabric.split(data[:end]) == frames
