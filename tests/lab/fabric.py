# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One fabric of a lab: an Ethernet hub with a port for each machine, to which the machine's QEMU connects.

Each frame goes to all other ports, in order, and never back to its sender. QEMU writes a frame's length before it, as
four bytes, the highest first.

The hub loses no frame by itself: where a port has too much waiting, it reads no more from the others until that port
has room. A machine that takes nothing of it for STALL_SECONDS is stopped, or has not loaded its network driver yet:
what waits for it is lost, and so is what comes until it takes frames again, and the others go on. Frames for a machine
that is not connected are lost.

Nobody waits for frames that a port delays on their way to its machine: many of them are for others. Where more than
BACKLOG bytes of them wait, the newest are lost.

A port can have a fault, which is also there while no machine is connected. The machines see none of it on their network
cards: the link stays up.
"""

import asyncio
import fcntl
import random
import struct
import termios
from collections import deque
from typing import NamedTuple

from lab.errors import LabError

BACKLOG = 4 * 2**20
"""Bytes that may wait for one port: more than a TCP connection has under way."""

STALL_SECONDS = 3
"""A machine that runs takes frames many times a second; iSCSI gives a silent session up after five seconds."""

LONGEST = 2**17
"""More bytes than any frame has; QEMU's own limit is 68 KiB."""

_HEADER = 4

UNITS = {"delay": ("milliseconds", 60_000), "lose": ("percent", 100)}
"""Faults that need a number: what it counts, and its highest value."""

FAULTS = ("pass", "freeze", *UNITS)


class Fault(NamedTuple):
    """What becomes of all frames of a port, both of those that its machine sends and of those that it is sent.

    pass: they arrive. freeze: they are lost. delay: they arrive, in order, so many milliseconds later in each
    direction. lose: so many percent of them are lost, at random.
    """

    name: str = "pass"
    value: float = 0

    @classmethod
    def of(cls, name, value=None):
        """Return the Fault that a name and a number, or None or a text, stand for; raise LabError where none does."""
        if name not in FAULTS:
            raise LabError(f"A fabric has no fault {name}; there are: {', '.join(FAULTS)}")
        if name not in UNITS:
            if value is not None:
                raise LabError(f"{name} takes no number.")
            return cls(name)
        unit, highest = UNITS[name]
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = 0
        if not 0 < number <= highest:
            raise LabError(f"{name} needs a number of {unit}, above 0 and at most {highest}.")
        return cls(name, number)

    def __str__(self):
        return f"{self.name} {self.value:g}" if self.name in UNITS else self.name


def whole_frames(data):
    """Return how many of the first bytes are whole frames; raise ValueError where they are no frames."""
    end = 0
    while len(data) - end >= _HEADER:
        length = int.from_bytes(data[end : end + _HEADER], "big")
        if not 0 < length <= LONGEST:
            raise ValueError(f"a frame of {length} bytes")
        if len(data) - end < _HEADER + length:
            break
        end += _HEADER + length
    return end


def split(frames):
    """Return the single frames, each with its length before it."""
    found, begin = [], 0
    while begin < len(frames):
        end = begin + _HEADER + int.from_bytes(frames[begin : begin + _HEADER], "big")
        found.append(frames[begin:end])
        begin = end
    return found


class DelayLine:
    """Frames that are delivered later, in the order in which they came, all by the same delay until `release`."""

    def __init__(self, deliver):
        self.size = 0
        self._deliver = deliver
        self._waiting = deque()
        self._timer = None

    def put(self, frames, seconds):
        if not seconds:
            self._deliver(frames)
            return
        loop = asyncio.get_running_loop()
        self._waiting.append((loop.time() + seconds, frames))
        self.size += len(frames)
        if self._timer is None:
            self._timer = loop.call_at(self._waiting[0][0], self._on_time)

    def _on_time(self):
        loop = asyncio.get_running_loop()
        self._timer = None
        now = loop.time()
        while self._waiting and self._waiting[0][0] <= now:
            self._deliver_first()
        if self._waiting:
            self._timer = loop.call_at(self._waiting[0][0], self._on_time)

    def release(self):
        """Deliver all frames now."""
        while self._waiting:
            self._deliver_first()
        self.clear()

    def _deliver_first(self):
        frames = self._waiting.popleft()[1]
        self.size -= len(frames)
        self._deliver(frames)

    def clear(self):
        """Lose all frames."""
        self._waiting.clear()
        self.size = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Port:
    """The port of one machine: its connection, if it has one now, its fault, and what waits for it."""

    def __init__(self, fabric, machine):
        self.fabric, self.machine = fabric, machine
        self.fault = Fault()
        self.is_full = self.is_held = False
        self._connection = None
        self._from_machine = DelayLine(self._deliver)
        self._to_machine = DelayLine(self._enqueue)
        self._queue = deque()
        self._queued = 0
        self._is_stopped = False
        self._timer = None

    def set(self, fault):
        """Give the port a fault; frames that are delayed now are lost by a freeze, and else delivered at once."""
        self.fault = fault
        if fault.name == "freeze":
            self._from_machine.clear()
            self._lose_waiting()
        else:
            self._from_machine.release()
            self._to_machine.release()
        self._weigh()

    def _spared(self, frames):
        """Return the frames that the port's fault does not lose."""
        if self.fault.name == "freeze":
            return b""
        if self.fault.name == "lose":
            return b"".join(frame for frame in split(frames) if random.random() * 100 >= self.fault.value)
        return frames

    @property
    def _seconds(self):
        return self.fault.value / 1000 if self.fault.name == "delay" else 0

    # From the machine

    def receive(self, frames):
        """Take whole frames that the machine sent."""
        spared = self._spared(frames)
        if spared:
            self._from_machine.put(spared, self._seconds)
            self._weigh()

    def _deliver(self, frames):
        for port in self.fabric.ports.values():
            if port is not self:
                port.send(frames)
        self._weigh()

    # To the machine

    def send(self, frames):
        """Take whole frames for the machine."""
        spared = self._spared(frames)
        if spared and self._connection and not self._is_stopped and self._to_machine.size <= BACKLOG:
            self._to_machine.put(spared, self._seconds)

    def _enqueue(self, frames):
        self._queue.append(frames)
        self._queued += len(frames)
        self.pump()

    def pump(self):
        """Hand the connection what it takes now."""
        while self._queue and self._connection.is_writable:
            frames = self._queue.popleft()
            self._queued -= len(frames)
            self._connection.write(frames)
        self._weigh()

    def take(self):
        """Note that the machine takes frames again."""
        self._is_stopped = False
        self.pump()

    def _lose_waiting(self):
        self._to_machine.clear()
        self._queue.clear()
        self._queued = 0

    # Its connection

    def connect(self, connection):
        """Use this connection, which a machine that was started again has made, instead of any former one."""
        if self._connection:
            self._connection.close()
        self._reset(connection)

    def disconnect(self, connection):
        if self._connection is connection:
            self._reset(None)

    def _reset(self, connection):
        self._connection = connection
        self._is_stopped = False
        self._lose_waiting()
        self._weigh()
        self.fabric.balance()

    def read(self, wanted):
        """Read what the machine sends, or let it wait."""
        if self._connection:
            self._connection.read(wanted)

    # Its backlog

    def _weigh(self):
        """Have the others wait while the machine takes too little, and it while its own frames are delayed."""
        held = self._from_machine.size
        is_full = self._queued > (BACKLOG // 2 if self.is_full else BACKLOG)
        is_held = held > (BACKLOG // 2 if self.is_held else BACKLOG)
        if (is_full, is_held) == (self.is_full, self.is_held):
            return
        if is_full != self.is_full:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if is_full:
                self._watch()
        self.is_full, self.is_held = is_full, is_held
        self.fabric.balance()

    def _watch(self):
        taken = self._connection.taken
        self._timer = asyncio.get_running_loop().call_later(STALL_SECONDS, self._check, taken)

    def _check(self, taken):
        if self._connection.taken != taken:
            self._watch()
            return
        self._is_stopped = True
        self._lose_waiting()
        self._weigh()


class Fabric:
    """The ports of all machines on one fabric, by the machine's name."""

    def __init__(self, machines):
        self.ports = {machine: Port(self, machine) for machine in machines}

    def balance(self):
        """Read from the ports whose frames all others have room for."""
        full = {port for port in self.ports.values() if port.is_full}
        for port in self.ports.values():
            port.read(not port.is_held and not full - {port})


class Connection(asyncio.Protocol):
    """The connection of a machine's QEMU to its port."""

    def __init__(self, port):
        self.is_writable = True
        self._port = port
        self._transport = None
        self._rest = b""
        self._written = 0

    @property
    def taken(self):
        """A value that differs when the machine has taken anything meanwhile.

        The socket's own buffer counts: it has room again only when most of it is read.
        """
        unread = bytearray(struct.calcsize("i"))
        fcntl.ioctl(self._transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, unread)
        return self._written - self._transport.get_write_buffer_size(), bytes(unread)

    def write(self, frames):
        self._written += len(frames)
        self._transport.write(frames)

    def read(self, wanted):
        if wanted:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def close(self):
        self._transport.abort()

    # What asyncio calls

    def connection_made(self, transport):
        self._transport = transport
        self._port.connect(self)

    def connection_lost(self, exc):
        self._port.disconnect(self)

    def data_received(self, data):
        data = self._rest + data
        end = whole_frames(data)
        self._rest = data[end:]
        if end:
            self._port.receive(data[:end])

    def pause_writing(self):
        self.is_writable = False

    def resume_writing(self):
        self.is_writable = True
        self._port.take()
