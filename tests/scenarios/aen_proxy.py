# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pass an iSCSI connection on to a portal, and at SIGUSR1 announce to the initiator that LUNs have changed.

This runs on a node. LIO announces changes by a unit attention only, which open-iscsi does not see; ONTAP and others
send an asynchronous message (RFC 7143, 11.9), on which iscsid may scan.
"""

import signal
import socket
import struct
import sys
import threading

ASYNC_MESSAGE, NOTHING_ASKED = 0x32, 0xFFFFFFFF
NOBODY = (0, 0, 0)
WITH_STATUS = (0x20, 0x21, 0x22, 0x23, 0x24, 0x26)  # answers that count up the target's StatSN
REPORTED_LUNS_DATA_HAS_CHANGED = bytes([0x70, 0, 6, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x3F, 0x0E, 0, 0, 0, 0])


class Connection:
    """One connection; what the target says is passed on message by message, so that one may be put between."""

    def __init__(self, initiator, portal):
        self.initiator, self.target = initiator, socket.create_connection(portal)
        self.lock, self.numbers = threading.Lock(), NOBODY
        for work in (self.to_target, self.to_initiator):
            threading.Thread(target=work, daemon=True).start()

    def to_target(self):
        while data := self.initiator.recv(65536):
            self.target.sendall(data)
        self.target.shutdown(socket.SHUT_WR)

    def to_initiator(self):
        while header := self.read(48):
            length = int.from_bytes(header[5:8], "big")
            rest = self.read(4 * header[4] + length + -length % 4)
            with self.lock:
                self.initiator.sendall(header + rest)
                status, expected, maximum = struct.unpack(">III", header[24:36])
                if header[0] & 0x3F not in WITH_STATUS:
                    status = self.numbers[0]
                self.numbers = status, expected, maximum
        self.initiator.close()

    def read(self, size):
        data = b""
        while len(data) < size and (chunk := self.target.recv(size - len(data))):
            data += chunk
        return data

    def is_session(self):
        """Return whether an initiator is logged in; a probe of the port connects and disconnects."""
        return self.numbers != NOBODY and self.initiator.fileno() >= 0

    def tell(self):
        sense = struct.pack(">H", len(REPORTED_LUNS_DATA_HAS_CHANGED)) + REPORTED_LUNS_DATA_HAS_CHANGED
        header = struct.pack(">BB2xI8xI4xIII12x", ASYNC_MESSAGE, 0x80, len(sense), NOTHING_ASKED, *self.numbers)
        with self.lock:
            self.initiator.sendall(header + sense + bytes(-len(sense) % 4))


def main(port, address):
    connections = []

    def notify(number, frame):
        next(connection for connection in reversed(connections) if connection.is_session()).tell()

    signal.signal(signal.SIGUSR1, notify)
    server = socket.create_server(("127.0.0.1", int(port)))
    while True:
        connections.append(Connection(server.accept()[0], (address, 3260)))


if __name__ == "__main__":
    main(*sys.argv[1:])
