# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Block devices that the kernel gives to other hosts: as a SCSI target (LIO, SCST) or as an NVMe target.

An NBD server is a process that has the device open; see _users/openers.py.
"""

import re

_LIO = "/sys/kernel/config/target"
_NVMET = "/sys/kernel/config/nvmet"
_SCST = "/sys/kernel/scst_tgt/devices"


def find(tree, stack):
    """Yield (block device, 'export', detail). Raises OSError where a target is loaded and cannot be looked into."""
    core = _LIO + "/core"
    for hba in tree.names(core):
        for store in tree.names(f"{core}/{hba}"):
            device = _backing(tree, stack, f"{core}/{hba}/{store}")
            if device:
                yield device, "export", f"LIO {hba}/{store}"
    for subsystem in tree.names(_NVMET + "/subsystems"):
        for number in tree.names(f"{_NVMET}/subsystems/{subsystem}/namespaces"):
            here = f"{_NVMET}/subsystems/{subsystem}/namespaces/{number}/"
            device = stack.by_path(tree.text(here + "device_path")) if tree.text(here + "enable") == "1" else None
            if device:
                yield device, "export", f"NVMe target {subsystem}, namespace {number}"
    for store in tree.names(_SCST):
        lines = (tree.text(f"{_SCST}/{store}/filename") or "").splitlines()
        device = stack.by_path(lines[0]) if lines else None
        if device:
            yield device, "export", "SCST " + store
    for module, top in (("target_core_mod", _LIO), ("nvmet", _NVMET)):
        if tree.exists("/sys/module/" + module) and not tree.exists(top):
            raise OSError(f"{module} is loaded, but {top} is not there to look into (is configfs mounted?)")


def _backing(tree, stack, here):
    """Return the block device behind a backstore of LIO, or None: iblock tells its number, fileio its file, pscsi what
    it was configured with.
    """
    info = tree.text(here + "/info") or ""
    number = re.search(r"Major: (\d+) Minor: (\d+)", info)
    if number:
        return stack.by_number("%s:%s" % number.groups())
    path = re.search(r"File: (\S+)", info)
    return stack.by_path(path.group(1) if path else tree.text(here + "/udev_path"))
