# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node of the lab with Fibre Channel: its ports, those of the array behind them, and what an audit says of it."""

import time

from lab import topology
from scenarios.audit_run import Audit
from scenarios.removal_run import Device, Node
from scenarios.states import lun_name

TARGETS = {fabric: topology.wwpn(topology.ARRAY, fabric).replace(":", "") for fabric in topology.FABRICS}
# A port that is lost for good loses its roles: it is known by its name.
STATES = "\n".join(
    f"grep -lsx 0x{name} /sys/class/fc_remote_ports/*/port_name | while read -r file; do "
    "cat ${file%/*}/port_state; done"
    for name in TARGETS.values()
)


class Host(Node):
    """A node whose paths are of Fibre Channel."""

    def __init__(self, lab, name, folder):
        super().__init__(lab, name, folder)
        self._audits = 0

    def states(self):
        """Return the state of the array's port on each fabric, as this node has it."""
        return self.run(STATES).splitlines()

    def wait(self, what, done, seconds=180):
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}; {self.states()}"
            time.sleep(0.5)

    def wait_for_states(self, *states):
        self.wait(f"the array's ports are {states}", lambda: self.states() == list(states))

    def at_lun_0(self):
        return Device(self, lun_name(self.name, 0), 0)

    def timeouts(self, dev_loss, fast_fail):
        """Write the timeouts of the remote ports to the kernel, which multipathd does from its configuration."""
        self.run(
            f"for port in /sys/class/fc_remote_ports/*; do echo {fast_fail} > $port/fast_io_fail_tmo; "
            f"echo {dev_loss} > $port/dev_loss_tmo; done; true"
        )

    def disks(self):
        """Return how many disks the kernel has by Fibre Channel."""
        return int(self.run("ls /sys/class/scsi_disk | wc -l"))

    def audit(self, **variables):
        """Return one run of the audit of this node alone."""
        self._audits += 1
        audit = Audit(self.lab, self.folder / str(self._audits), arguments=["--limit", self.name], **variables)
        assert audit.code == 0, audit.output
        return audit

    def verdicts(self, audit):
        """Return {WWID: (verdict, what its paths answer)}."""
        return {
            device["wwid"]: (device["verdict"], sorted(path["wire"]["state"] for path in device["paths"]))
            for device in audit.hosts[self.name]["devices"]
        }

    def rules(self, audit):
        """Return the rules about Fibre Channel that an audit found broken on this node."""
        return {finding["rule"] for finding in audit.hosts[self.name]["findings"] if finding["rule"].startswith("MPC3")}
