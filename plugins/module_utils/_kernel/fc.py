# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Fibre Channel as the kernel knows it now: this host's ports, and the ports of the arrays behind them
(scsi_transport_fc).

What multipath-tools have written to a remote port stands here, and what the driver began with where nobody has: the
files of multipath do not tell.
"""

import re

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity, schema

_HOSTS, _REMOTE = "/sys/class/fc_host/", "/sys/class/fc_remote_ports/"
_FOR_EVER = 2**31 - 1  # seconds: what multipath-tools make of infinity, or twice that, which older kernels show as -1


def read(tree):
    """Return {'hosts': [{'host', 'port_name', 'port_state', 'speed', 'fabric'}], 'remote_ports': [{'name'
    (rport-H:B-R), 'port_name', 'port_state', 'roles', 'dev_loss_tmo' (seconds or infinity), 'fast_io_fail_tmo' (seconds
    or off), 'scsi_target_id' (None: it is no target), 'luns': how many SCSI devices the kernel has behind it}]}. Both
    are empty where the host has no FC; a value that could not be read is None. Names of ports are 16 hex digits as
    arrays write them.
    """
    return {
        "hosts": [_host(tree, name) for name in tree.names(_HOSTS)],
        "remote_ports": [_remote_port(tree, name) for name in sorted(tree.names(_REMOTE), key=_place)],
    }


def _host(tree, name):
    here = _HOSTS + name
    return {
        "host": name,
        "port_name": _wwn(tree, here + "/port_name"),
        "port_state": tree.text(here + "/port_state"),
        "speed": tree.text(here + "/speed"),
        "fabric": _wwn(tree, here + "/fabric_name"),
    }


def _remote_port(tree, name):
    here = _REMOTE + name
    loss, fail, target = (
        tree.number(here + "/dev_loss_tmo"),
        tree.text(here + "/fast_io_fail_tmo"),
        tree.number(here + "/scsi_target_id"),
    )
    return {
        "name": name,
        "port_name": _wwn(tree, here + "/port_name"),
        "port_state": tree.text(here + "/port_state"),
        "roles": tree.text(here + "/roles"),
        "dev_loss_tmo": schema.INFINITY if loss is not None and (loss < 0 or loss >= _FOR_EVER) else loss,
        "fast_io_fail_tmo": schema.OFF if fail == schema.OFF else tree.number(here + "/fast_io_fail_tmo"),
        "scsi_target_id": None if target == -1 else target,
        "luns": _luns(tree, here + "/device"),
    }


def _luns(tree, device):
    targets = [name for name in tree.names(device) if name.startswith("target")]
    return len(
        [
            name
            for target in targets
            for name in tree.names(f"{device}/{target}")
            if re.match(r"[0-9]+(:[0-9]+){3}$", name)
        ]
    )


def _wwn(tree, path):
    text = tree.text(path)
    return text and identity.normal_initiator(text)


def _place(name):
    """Return the sort key of a port: rport-3:0-10 comes after rport-3:0-9."""
    return [int(number) for number in re.findall("[0-9]+", name)]
