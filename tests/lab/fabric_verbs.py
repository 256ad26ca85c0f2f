# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs that change the fabrics between the machines. Each returns one line that says what it did."""

from lab import hub
from lab.fabric import Fault


class FabricVerbs:
    """Part of Lab: needs `facts` and `folder`."""

    def fabric(self, machine, fabric, fault, value=None):
        """Give the port of the array or of a node on a fabric a fault (see lab.fabric), or none: `pass`.

        The machine's link stays up; `cut` is what takes it down.
        """
        self.ssh(machine)  # raises LabError where the lab is down or has no such machine
        given = Fault.of(fault, value)
        hub.give_fault(self.folder, machine, fabric, given)
        what = "no fault" if given == Fault() else f"the fault {given}"
        return f"the port of {machine} on fabric {fabric} has {what}"
