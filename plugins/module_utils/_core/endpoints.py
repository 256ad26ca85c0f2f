# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Network endpoints as records, sessions and rules spell them, brought to one form."""

import socket


def address(portal):
    """Return (family, address to connect to) of address:port, the same for every spelling; None where it is no number:
    no name is ever looked up.
    """
    host, dummy, port = portal.rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)
    except (OSError, ValueError, OverflowError):
        return None
    return (found[0][0], found[0][4]) if 0 < int(port) < 65536 else None
