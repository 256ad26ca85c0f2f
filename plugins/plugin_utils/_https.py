# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One question over a connection that is kept, and its whole answer within a time."""

from __future__ import annotations

import http.client
import time
import typing as t


def get(connection: http.client.HTTPSConnection, target: str, headers: dict[str, str], timeout: float) -> tuple[http.client.HTTPResponse, bytes]:
    """GET a target: the response, whose body was read to its end, and the body. *timeout*: seconds for all of it.

    Raises what http.client and sockets raise, TimeoutError and IncompleteRead among them; the connection is no good then.
    """
    deadline = time.monotonic() + timeout
    connection.timeout = timeout
    if connection.sock is not None:
        connection.sock.settimeout(timeout)
    connection.request('GET', target, headers=headers)
    response = connection.getresponse()
    parts: list[t.Any] = []
    while part := response.read1(1 << 20):
        parts.append(part)
        # The socket's timeout starts again with every byte; an answer that only trickles must end too.
        if time.monotonic() > deadline:
            raise TimeoutError
    if response.length:
        raise http.client.IncompleteRead(b'', response.length)
    response.close()  # before Python 3.13, read1 leaves that undone, and the connection waits for it
    return response, b''.join(parts)
