# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One question over a connection that is kept, and its whole answer within a time."""

from __future__ import annotations

import functools
import http.client
import io
import socket
import time
import typing as t


def get(
    connection: http.client.HTTPSConnection, target: str, headers: dict[str, str], timeout: float
) -> tuple[http.client.HTTPResponse, bytes]:
    """GET a target: the response, whose body was read to its end, and the body. *timeout*: seconds for all of it.

    Raises what http.client and sockets raise, TimeoutError and IncompleteRead among them; the connection is no good
    then.
    """
    deadline = time.monotonic() + timeout
    connection.timeout = timeout
    if connection.sock is not None:
        connection.sock.settimeout(timeout)
    connection.response_class = functools.partial(_Response, deadline)  # type: ignore[assignment]
    connection.request("GET", target, headers=headers)
    response = connection.getresponse()
    parts: list[t.Any] = []
    while part := response.read1(1 << 20):
        parts.append(part)
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    response.close()  # before Python 3.13, read1 leaves that undone, and the connection waits for it
    return response, b"".join(parts)


class _Response(http.client.HTTPResponse):
    """A response that is whole by a deadline of the monotonic clock: status, headers, sizes of chunks and body,
    however slowly they drip.
    """

    def __init__(self, deadline: float, sock: socket.socket, *args: t.Any, **options: t.Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Timed(sock, deadline))


class _Timed(io.RawIOBase):
    """Reads a socket up to a deadline. The socket's own timeout starts again with every byte."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        super().__init__()
        # By makefile, so that the socket stays open for it when the connection is closed, as http.client does where no
        # other request follows.
        self._sock, self._raw, self._deadline = sock, sock.makefile("rb", buffering=0), deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
