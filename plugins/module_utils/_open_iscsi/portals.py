# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whether iSCSI portals take a TCP connection: all are asked at once, under one deadline, with nothing sent.

iscsiadm and iscsid wait for a portal that does not answer, login timeout by login timeout. The connection goes the way
that the host's routes give it: the interface that a record is bound to, and an adapter with an address of its own, are
ignored.
"""

import errno
import os
import select
import socket
import time

from ansible_collections.sanops.multipath.plugins.module_utils._core import endpoints

SECONDS = 2  # at most, for all of them
_WHY = {
    errno.ECONNREFUSED: "refused",
    errno.ETIMEDOUT: "timed out",
    errno.EHOSTUNREACH: "no route",
    errno.ENETUNREACH: "no route",
    errno.EADDRNOTAVAIL: "no route",
}


def named(records, sessions):
    """Return the portals of these node records and sessions, as text, each once, sorted. A session may have none."""
    found = {
        endpoints.address(portal) or portal: portal
        for portal in (known["portal"] for known in list(sessions) + list(records))
        if portal
    }
    return sorted(found.values())


def probe(portals, deadline):
    """Return [{'portal', 'answers': True, False or None (it was not asked), 'why' (None where it answers), 'ms': to the
    answer or refusal, else None}].

    *portals*: address:port as text, the address of IPv6 with or without brackets; *deadline*: a reading of
    time.monotonic().
    """
    patient = time.monotonic() + SECONDS
    hurried, deadline = deadline < patient, min(deadline, patient)
    answers, waiting = {}, {}  # {portal: (answers, why, ms)}, {file descriptor: (portal, socket, when it was begun)}
    poll = select.poll()
    try:
        for portal in portals:
            begun = time.monotonic()
            try:
                connection, code = _connect(portal)
            except ValueError as exc:
                answers[portal] = (None, str(exc), None)
                continue
            except OSError as exc:  # no socket to be had, or none of this family
                answers[portal] = (None, f"not asked: {exc.strerror}", None)
                continue
            waiting[connection.fileno()] = (portal, connection, begun)
            if code == errno.EINPROGRESS:
                poll.register(connection, select.POLLOUT)
            else:
                answers[portal] = _said(code, begun)
        while len(answers) < len(set(portals)) and time.monotonic() < deadline:
            for number, dummy in poll.poll(max(1, 1000 * (deadline - time.monotonic()))):
                poll.unregister(number)
                portal, connection, begun = waiting[number]
                answers[portal] = _said(connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), begun)
    finally:
        for number in waiting:
            waiting[number][1].close()
    silent = (None, "not asked to the end: the time was up", None) if hurried else (False, "timed out", None)
    return [dict(zip(("answers", "why", "ms"), answers.get(portal, silent)), portal=portal) for portal in portals]


def _connect(portal):
    """Return (a socket that is connecting, the error number of that).

    Raises ValueError where the portal is no address, OSError.
    """
    found = endpoints.address(portal)
    if found is None:
        raise ValueError("not asked: it is no numeric address, and to look a name up is to wait")
    family, where = found
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.setblocking(False)
    try:
        return connection, connection.connect_ex(where)
    except OSError:
        connection.close()
        raise


def _said(code, begun):
    why = _WHY.get(code, os.strerror(code)) if code else None
    return code == 0, why, int(round(1000 * (time.monotonic() - begun)))
