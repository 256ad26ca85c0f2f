# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a host says of those devices that somebody is about to act on, and who else has them."""

from ansible_collections.sanops.multipath.plugins.module_utils._facts import witnesses
from ansible_collections.sanops.multipath.plugins.module_utils._host import layers, proxmox
from ansible_collections.sanops.multipath.plugins.module_utils._system import child


def collect(tree, timeout, only):
    """The facts of some devices of this host, within *timeout* seconds. Shape: see the module stale_mpath_facts,
    RETURN.

    *only*: {'maps': [WWID], 'paths': [H:C:T:L]}; nothing else is looked at, and a map comes with its paths, a path
    with its map. The version of multipath-tools is not asked for, nor how the host is configured; of the platform, who
    else has these.
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
    """{'proxmox'}: of the fact platform, what whoever is about to act on the devices of *kernel* has to know."""
    found, error = child.call(
        lambda: proxmox.look(tree, layers.Layers(tree, kernel["maps"], kernel["paths"])), deadline
    )
    if error:
        missing("proxmox", error)
    else:  # of a thousand guests those that have these devices
        found["guests"] = [guest for guest in found["guests"] if any(disk["devices"] for disk in guest["disks"])]
    return {"proxmox": found}
