# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""NVMe over fabrics, as the kernel has it: nothing here audits or removes it, so its presence has to be said. Local
disks (PCIe) are nobody's SAN. Source: /sys/class/nvme and /sys/class/nvme-subsystem (drivers/nvme/host/sysfs.c).
"""

import re

_SUBSYSTEMS, _CONTROLLERS = "/sys/class/nvme-subsystem", "/sys/class/nvme"
_LOCAL = {"pcie", "apple-nvme", "loop"}
_DISCOVERY = "nqn.2014-08.org.nvmexpress.discovery"  # of a controller that only lists others
# The block device of a namespace: of NVMe's own multipath (its paths are called nvme0c1n1), or of one controller.
_NAMESPACE = re.compile("nvme[0-9]+n([0-9]+)")


def look(tree):
    """Return {'native': whether NVMe's own multipath is on, None where that is not known, 'subsystems': [{'nqn',
    'transports', 'controllers' and 'namespaces' (numbers), 'ctrl_loss_tmo' (texts: seconds, or off)}]}. Subsystems that
    are reached by fabrics only.
    """
    subsystems = []
    for name in tree.names(_SUBSYSTEMS):
        here = f"{_SUBSYSTEMS}/{name}"
        inside = tree.names(here)
        controllers = [controller for controller in inside if tree.exists(f"{_CONTROLLERS}/{controller}/transport")]
        transports = {tree.text(f"{_CONTROLLERS}/{controller}/transport") for controller in controllers}
        nqn = tree.text(f"{here}/subsysnqn")
        if not transports - _LOCAL - {None} or nqn == _DISCOVERY:
            continue
        # Without NVMe's own multipath each controller has a block device for each namespace, with the same number.
        below = [device for controller in controllers for device in tree.names(f"{_CONTROLLERS}/{controller}")]
        namespaces = {found.group(1) for found in map(_NAMESPACE.fullmatch, inside + below) if found}
        subsystems.append(
            {
                "nqn": nqn,
                "transports": sorted(transports - {None}),
                "controllers": len(controllers),
                "namespaces": len(namespaces),
                "ctrl_loss_tmo": sorted(
                    {tree.text(f"{_CONTROLLERS}/{controller}/ctrl_loss_tmo") for controller in controllers} - {None}
                ),
            }
        )
    native = tree.text("/sys/module/nvme_core/parameters/multipath")
    return {"native": {"Y": True, "N": False}.get(native), "subsystems": subsystems}
