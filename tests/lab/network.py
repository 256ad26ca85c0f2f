# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lab takes of this machine's loopback network: free TCP ports and multicast groups."""

import random
import socket

from lab import topology

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


def multicast_groups(taken=(), choose=random):
    """Return a "group:port" per fabric that is not in `taken`: each fabric is a network of its own.

    239.192.0.0/14 is the range for organisation-local use (RFC 2365).
    """
    groups = {}
    while len(groups) < len(topology.FABRICS):
        group = f"239.{choose.randint(192, 195)}.{choose.randint(0, 255)}.{choose.randint(1, 254)}"
        address = f"{group}:{choose.randint(20000, 30000)}"
        if address not in taken and address not in groups.values():
            groups[topology.FABRICS[len(groups)]] = address
    return groups
