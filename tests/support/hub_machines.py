# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines that are connections here, and a hub that serves them in the current folder."""

import asyncio
import os
from pathlib import Path

from lab import topology
from lab.hub import Hub

NAMES = ("array", "node1", "node2")
SECONDS = 20  # what arrives arrives at once, on a busy machine later


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
