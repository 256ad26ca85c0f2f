# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fibre Channel between the machines: over Ethernet (FCoE), by the kernel's own driver, without a switch (VN2VN).

Two ports on one fabric find each other by what they multicast, and log in to
each other: a node has the ports of the other nodes as remote ports too, which are no targets.
"""

from lab import topology
from lab.errors import LabError

LOGIN_SECONDS = 90
"""A port is found and logged in to within 3 s; on a busy machine, later."""

CONTROLLERS = "/sys/bus/fcoe/devices/ctlr_*"

# A frame of Fibre Channel has up to 2148 bytes. Newer kernels want the name of the mode in capitals.
PORTS = f"""
set -e
modprobe fcoe
for interface in {" ".join(topology.INTERFACES.values())}; do
    ip link set $interface mtu 2500
    echo $interface > /sys/bus/fcoe/ctlr_create
done
for controller in {CONTROLLERS}; do
    echo VN2VN > $controller/mode
    echo 1 > $controller/enabled
done
"""
"""Makes a port of Fibre Channel of each card on a fabric."""

# Of the hosts whose link is up: a fabric may be cut. `$1` is the host, or nothing for all of them.
_WAIT_FOR_TARGETS = f"""
targets() {{
    for host in /sys/class/fc_host/${{1:-host*}}; do
        read -r state < $host/port_state
        [ "$state" = Linkdown ] && continue
        found=
        for port in /sys/class/fc_remote_ports/rport-${{host##*/host}}:*; do
            grep -qs 'FCP Target' $port/roles && grep -qsx Online $port/port_state && found=1
        done
        [ "$found" ] || return 1
    done
}}
wait_for_targets() {{
    SECONDS=0
    until targets $1; do
        if [ $SECONDS -gt {LOGIN_SECONDS} ]; then
            grep -Hs . /sys/class/fc_host/*/port_state /sys/class/fc_remote_ports/*/{{port_name,port_state,roles}}
            return 1
        fi
        sleep 0.2
    done
}}
"""

# A new login is what shows a node its new LUNs: nothing here writes to the scan file of a host. One fabric at a time,
# so that I/O has the other one.
_LOG_IN_AGAIN = f"""
{_WAIT_FOR_TARGETS}
for host in /sys/class/fc_host/*; do
    grep -qx Online $host/port_state || continue
    echo 1 > $host/issue_lip
    sleep 1
    wait_for_targets ${{host##*/}} || exit 1
done
"""


def login(node):
    """Make a node's ports (node: its Ssh), and wait until each has found a port of the array and logged in to it."""
    node.run(PORTS)
    _run(node, f"{_WAIT_FOR_TARGETS}\nwait_for_targets")


def login_again(node):
    """Have all ports of a node whose link is up log in again: the kernel then looks for LUNs, as on a new link."""
    _run(node, _LOG_IN_AGAIN)


def _run(node, script):
    done = node.run(script, check=False, timeout=4 * LOGIN_SECONDS)
    if done.returncode:
        has = (done.stdout + done.stderr).decode(errors="replace")
        raise LabError(f"{node.name} did not log in to a port of the array on each fabric. What it has:\n{has}")
