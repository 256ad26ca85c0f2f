# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs that change the array. Each returns one line that says what it did."""

from lab import fc, topology

LUN_SIZE = 64 * 1024**2
"""Bytes of a LUN; its file on the array is sparse."""


class ArrayVerbs:
    """Part of Lab: needs `array`, `ssh` and `transport`."""

    def create_lun(self, lun, svm="svm1", size=LUN_SIZE):
        made = self.array.create_lun(lun, svm, size)
        return f"created LUN {lun} in {svm}: WWID {topology.wwid(made['serial_number'])}"

    def map(self, lun, node, lun_id=None, scan=True):
        """Map a LUN to a node; with `scan`, return when the node has its map."""
        mapping = self.array.map_lun(lun, node, lun_id)
        line = f"mapped LUN {lun} to {node} as LUN id {mapping['logical_unit_number']}"
        if not scan:
            return line
        self.scan(node)
        return f"{line}; {self.wait_for_map(lun, node)}"

    def unmap(self, lun, node):
        """Take a LUN from a node on the array only: the node keeps its, now stale, devices."""
        mapping = self.array.unmap_lun(lun, node)
        return f"unmapped LUN {lun} (LUN id {mapping['logical_unit_number']}) from {node}; the node was not notified"

    def recycle(self, old, new, node):
        """Give the LUN id that `old` has on a node to `new`; the node is not notified."""
        lun_id = self.array.unmap_lun(old, node)["logical_unit_number"]
        self.array.map_lun(new, node, lun_id)
        return f"LUN id {lun_id} of {node} was {old} and is now {new}; the node was not notified"

    def offline(self, lun):
        self.array.enable_lun(lun, False)
        return f"LUN {lun} is offline on the array"

    def online(self, lun):
        self.array.enable_lun(lun, True)
        return f"LUN {lun} is online on the array"

    def stop_array(self):
        self.array.hang_up()
        self.ssh(topology.ARRAY).run("systemctl stop ontap-sim")
        return "the array's REST service is stopped; its targets go on"

    def start_array(self):
        self.ssh(topology.ARRAY).run(
            "systemctl start ontap-sim\n"
            "for n in $(seq 100); do (exec 3<>/dev/tcp/127.0.0.1/443) 2>/dev/null && exit 0; sleep 0.2; done; exit 1"
        )
        return "the array's REST service is started"

    def stop_target(self, svm):
        self._enable_target(svm, 0)
        return f"the target of {svm} is stopped"

    def start_target(self, svm):
        self._enable_target(svm, 1)
        return f"the target of {svm} is started"

    def _enable_target(self, svm, value):
        files = f"/sys/kernel/config/target/iscsi/{self._svm(svm).target}/tpgt_1/enable"
        if self.transport == "fc":
            files = f"{fc.CONTROLLERS}/enabled"  # the target of a port has no switch of its own
        self.ssh(topology.ARRAY).run(f"for file in {files}; do echo {value} > $file || exit 1; done")

    def faults(self, faults):
        """Set the simulator's list of faults (see ontap_sim)."""
        self.array.request("PUT", "/_sim/faults", faults)
        return f"the array's REST service now has {len(faults)} faults"

    def no_faults(self):
        self.array.request("DELETE", "/_sim/faults")
        return "the array's REST service has no faults"

    def requests(self):
        """Return the list of all REST requests the array has had."""
        return self.array.request("GET", "/_sim/requests")
