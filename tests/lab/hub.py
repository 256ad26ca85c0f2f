# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hub: the process of a lab that is its fabrics; see lab.fabric for what becomes of the frames.

It is a child of the lab's keeper and ends with it. It listens on a unix socket for each machine and fabric, in the
machine's folder (topology.SOCKETS), so that a port is known by its socket, and no other lab can reach it. On the socket
CONTROL in the lab's folder it takes one line for each connection, `MACHINE FABRIC FAULT [NUMBER]`, and answers with one
line, which is empty where the port has the fault now. It keeps the faults in the file FAULTS, which is part of a saved
state: a lab that resumes has the faults that it was saved with.

Run as: python -m lab hub FOLDER, where FOLDER/machines.json has the names of the machines. It writes READY when it
listens.
"""

import asyncio
import json
import os
import socket
from pathlib import Path

from lab import topology
from lab.errors import LabError
from lab.fabric import Connection, Fabric, Fault

READY = b"ready\n"
CONTROL = "hub"
FAULTS = "fabrics.json"
"""{fabric: {machine: its fault}} in the lab's folder, of the ports that have one."""

SECONDS = 30
"""The hub answers at once; on a busy machine, later."""


def faults(folder):
    """Return {fabric: {machine: Fault}} of a lab's folder: all ports that have a fault."""
    found = json.loads((folder / FAULTS).read_text(encoding="utf-8"))
    return {
        fabric: {machine: Fault.of(*text.split()) for machine, text in machines.items()}
        for fabric, machines in found.items()
    }


def write_faults(folder, found):
    """Write them; the file is whole at any moment."""
    new = folder / f"{FAULTS}.new"
    texts = {
        fabric: {machine: str(fault) for machine, fault in machines.items() if fault != Fault()}
        for fabric, machines in found.items()
    }
    new.write_text(json.dumps(texts), encoding="utf-8")
    new.rename(folder / FAULTS)


def give_fault(folder, machine, fabric, fault):
    """Have the hub of a lab's folder give a port a Fault; raise LabError where it does not."""
    # The path of a socket is at most 108 bytes long, and a lab may lie deep.
    directory = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(SECONDS)
            connection.connect(f"/proc/self/fd/{directory}/{CONTROL}")
            connection.sendall(f"{machine} {fabric} {fault}\n".encode())
            answer = connection.makefile().readline()
    except OSError as error:
        raise LabError(f"The lab's hub does not answer: {error}. See {folder / 'keeper.log'}") from error
    finally:
        os.close(directory)
    if answer != "\n":
        raise LabError(answer.strip() or f"The lab's hub failed; see {folder / 'keeper.log'}")


class Hub:
    """All fabrics of the lab in the current folder."""

    def __init__(self, machines):
        self._fabrics = {fabric: Fabric(machines) for fabric in topology.FABRICS}

    async def listen(self):
        """Listen for the machines and for commands; ports have the faults of the file FAULTS."""
        loop = asyncio.get_running_loop()
        for fabric, machines in faults(Path()).items():
            for machine, fault in machines.items():
                if machine in self._fabrics[fabric].ports:  # a lab may resume with some of the nodes
                    self._fabrics[fabric].ports[machine].set(fault)
        servers = []
        for name, fabric in self._fabrics.items():
            for machine, port in fabric.ports.items():
                path = Path(machine, topology.SOCKETS[name])
                path.parent.mkdir(exist_ok=True)
                servers.append(await loop.create_unix_server(lambda port=port: Connection(port), path))
        servers.append(await asyncio.start_unix_server(self._control, CONTROL))
        return servers

    async def _control(self, reader, writer):
        try:
            self._command((await reader.readline()).decode())
            answer = ""
        except (LabError, OSError) as error:
            answer = str(error)
        writer.write(f"{answer}\n".encode())
        writer.close()

    def _command(self, line):
        machine, fabric, *fault = line.split()
        if fabric not in self._fabrics:
            raise LabError(f"There is no fabric {fabric}; there are: {', '.join(self._fabrics)}")
        if machine not in self._fabrics[fabric].ports:
            raise LabError(f"The lab has no machine {machine}; it has: {', '.join(self._fabrics[fabric].ports)}")
        given = Fault.of(*fault)
        found = {
            name: {machine: port.fault for machine, port in fabric.ports.items()}
            for name, fabric in self._fabrics.items()
        }
        found[fabric][machine] = given
        write_faults(Path(), found)  # first: where the disk is full, the port keeps the fault that the file has
        self._fabrics[fabric].ports[machine].set(given)


async def _serve():
    hub = Hub(json.loads(Path("machines.json").read_text(encoding="utf-8")))
    servers = await hub.listen()  # which live as long as this list
    os.write(1, READY)
    await asyncio.Event().wait()
    return servers


def main(folder):
    """Run as the hub of a lab's folder until the keeper ends."""
    os.chdir(folder)
    asyncio.run(_serve())
