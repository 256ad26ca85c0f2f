# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fabrics between machines that are connections here: what arrives, in which order, and what is lost."""

import asyncio
import json
import os
import socket
import time
from pathlib import Path

import pytest
from lab import fabric, hub, topology
from lab.errors import LabError
from lab.fabric import Fault
from lab.hub import Hub

NAMES = ("array", "node1", "node2")
SECONDS = 20  # what arrives arrives at once, on a busy machine later


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Make a lab's folder the current one, as it is for a hub."""
    monkeypatch.chdir(tmp_path)
    hub.write_faults(tmp_path, {})
    return tmp_path


def framed(payload):
    return len(payload).to_bytes(4, "big") + payload


class Machine:
    """A machine's connection to a fabric."""

    @classmethod
    async def connect(cls, name, on="a", folder=Path()):
        found = cls()
        directory = os.open(folder, os.O_PATH)  # a socket's path is short
        path = f"/proc/self/fd/{directory}/{name}/{topology.SOCKETS[on]}"
        found.reader, found.writer = await asyncio.open_unix_connection(path)
        os.close(directory)
        return found

    def send(self, *payloads):
        for payload in payloads:
            self.writer.write(framed(payload))

    async def take(self, count=1):
        """Return the next frames."""
        found = []
        async with asyncio.timeout(SECONDS):
            while len(found) < count:
                length = int.from_bytes(await self.reader.readexactly(4), "big")
                found.append(await self.reader.readexactly(length))
        return found


async def connected(on="a"):
    return [await Machine.connect(name, on) for name in NAMES]


def on_a_hub(test):
    """Run a test, which is a coroutine, while a hub serves NAMES; it is called with the hub."""

    def run(folder, **fixtures):
        async def serve():
            found = Hub(NAMES)
            servers = await found.listen()
            try:
                await test(found, **fixtures)
            finally:
                for server in servers:
                    server.close()

        asyncio.run(serve())

    return run


def set_fault(served, machine, *words, on="a"):
    served._command(" ".join([machine, on, *words]))


async def eventually(condition):
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


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


def test_a_slow_machine_makes_the_others_wait_and_nothing_is_lost(folder, monkeypatch):
    monkeypatch.setattr(fabric, "BACKLOG", 2**18)

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


def test_a_frozen_port_makes_nobody_wait(folder, monkeypatch):
    monkeypatch.setattr(fabric, "BACKLOG", 2**17)

    @on_a_hub
    async def test(served):
        sender, dummy, other = await connected()
        sender.send(*[bytes(4000)] * 500)
        await eventually(lambda: served._fabrics["a"].ports["node1"].is_full)
        set_fault(served, "node1", "freeze")
        assert len(await other.take(500)) == 500

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


def test_what_waits_in_a_delay_is_bounded(folder, monkeypatch):
    monkeypatch.setattr(fabric, "BACKLOG", 2**18)
    monkeypatch.setattr(fabric, "STALL_SECONDS", 0.1)

    @on_a_hub
    async def test(served):
        array, node1, dummy = await connected()
        dummy.writer.close()
        set_fault(served, "node1", "delay", "60000")
        port = served._fabrics["a"].ports["node1"]
        for machine in (array, node1):
            machine.send(*(b"%d " % number + bytes(4000) for number in range(1000)))
        await eventually(lambda: port.is_full and port.is_held)
        await asyncio.sleep(0.3)  # a delay of more than STALL_SECONDS is none of a stopped machine
        assert all(machine.writer.transport.get_write_buffer_size() > 2 * 2**20 for machine in (array, node1))
        set_fault(served, "node1", "pass")
        for frames in await asyncio.gather(array.take(1000), node1.take(1000)):
            assert [int(frame.split(b" ")[0]) for frame in frames] == list(range(1000))

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


def test_a_machine_that_is_killed_while_others_wait_for_it(folder, monkeypatch):
    monkeypatch.setattr(fabric, "BACKLOG", 2**17)

    @on_a_hub
    async def test(served):
        sender, killed, other = await connected()
        sender.send(*[bytes(4000)] * 500)
        await eventually(lambda: served._fabrics["a"].ports["node1"].is_full)
        killed.writer.transport.abort()
        assert len(await other.take(500)) == 500

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


def test_the_faults_are_kept_in_a_file_and_a_hub_begins_with_them(folder):
    @on_a_hub
    async def test(served):
        array, node1, node2 = await connected()
        node1.send(b"lost")
        await asyncio.sleep(0.05)
        array.send(b"hello")
        assert await node2.take() == [b"hello"]
        set_fault(served, "node2", "lose", "2.5", on="b")
        set_fault(served, "node1", "pass")

    hub.write_faults(folder, {"a": {"node1": Fault("freeze"), "node7": Fault("freeze")}})
    test(folder)
    assert json.loads((folder / hub.FAULTS).read_text(encoding="utf-8")) == {"a": {}, "b": {"node2": "lose 2.5"}}
    assert hub.faults(folder) == {"a": {}, "b": {"node2": Fault("lose", 2.5)}}


def test_a_fault_is_given_from_another_process(folder):
    @on_a_hub
    async def test(served):
        def give(*words):
            return asyncio.to_thread(hub.give_fault, folder, *words)

        await give("node1", "a", Fault("delay", 1.5))
        assert served._fabrics["a"].ports["node1"].fault == Fault("delay", 1.5)
        with pytest.raises(LabError, match="The lab has no machine node9; it has: array, node1, node2"):
            await give("node9", "a", Fault())
        with pytest.raises(LabError, match="There is no fabric c; there are: a, b"):
            await give("node1", "c", Fault())
        with pytest.raises(LabError, match="A fabric has no fault burn; there are: pass, freeze, delay, lose"):
            await give("node1", "a", Fault("burn"))

    test(folder)


def test_a_hub_that_has_ended_is_named(folder):
    with pytest.raises(LabError, match="The lab's hub does not answer: .*keeper.log"):
        hub.give_fault(folder, "node1", "a", Fault())


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


@pytest.mark.parametrize("after", [b"", b"\0", b"\0\0\0\3ab"])
def test_whole_frames_are_found(after):
    frames = [framed(b"a"), framed(bytes(300)), framed(b"bc")]
    data = b"".join(frames) + after
    end = fabric.whole_frames(data)
    assert data[end:] == after and fabric.split(data[:end]) == frames
