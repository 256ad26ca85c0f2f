# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The facts of a host, as controller and host agree on them: the version of their shape, and the names of their
parts.
"""

SCHEMA = 1
PLATFORM = ("os", "kubelet", "lvm", "volumes", "read_only", "nvme", "proxmox")
SYMPTOMS = ("udev", "blocked", "leftovers")

# What a gap of these leaves open says nothing about what a device is. Who has it may be among it, and is asked for
# itself (_core/proxmox_veto.py).
CONFIGURATION = ("multipath_conf", "iscsi", "portals", "fc") + PLATFORM + SYMPTOMS

INFINITY, OFF = "infinity", "off"  # of a time-out, in the words of multipath.conf
