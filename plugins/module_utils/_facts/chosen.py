# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Collect the facts of the devices that are about to be changed, and who else owns them."""

from ansible_collections.sanops.multipath.plugins.module_utils._facts import witnesses
from ansible_collections.sanops.multipath.plugins.module_utils._host import layers, proxmox
from ansible_collections.sanops.multipath.plugins.module_utils._system import child


def collect(tree, timeout, only):
    """Return the facts of some devices of this host, within *timeout* seconds. Shape: see the module
    stale_mpath_facts, RETURN.

    *only*: {'maps': [WWID], 'paths': [H:C:T:L]}; nothing else is read, and a map comes with its paths, a path with its
    map. Neither the version of multipath-tools nor the configuration of the host is read; of the platform, only who
    else owns these devices.
    """

    def configure(kernel, dummy_daemon, clock, missing):
        wanted = only["maps"] or only["paths"]
        return {
            "platform": owners(tree, kernel, clock.by(witnesses.CONFIGURATION_BY["platform"]), missing)
            if wanted
            else None
        }

    return witnesses.ask(tree, timeout, only, configure, lambda *dummy: None)


def owners(tree, kernel, deadline, missing):
    """Return {'proxmox'}: the part of the fact platform that matters before the devices of *kernel* are changed."""

    def look():
        is_there = proxmox.is_there(tree)
        return proxmox.look(tree, layers.Layers(tree, kernel["maps"], kernel["paths"]) if is_there else None)

    found, error = child.call(look, deadline)
    if error:
        missing("proxmox", error)
    else:  # of a thousand guests those that have these devices
        found["guests"] = [guest for guest in found["guests"] if any(disk["devices"] for disk in guest["disks"])]
    return {"proxmox": found}
