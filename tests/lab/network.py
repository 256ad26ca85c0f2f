# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lab takes of this machine's loopback network: free TCP ports."""

import random
import socket

PORTS = range(10240, 32768)
"""Below those that Linux gives to connections by itself: one of these could take a port before QEMU does."""


def free_ports(count, choose=random):
    """Return distinct TCP ports of 127.0.0.1 that are free now."""
    ports = []
    while len(ports) < count:
        port = choose.choice(PORTS)
        if port not in ports and _is_free(port):
            ports.append(port)
    return ports


def _is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
