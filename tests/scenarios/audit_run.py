# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit as a person runs it, and its report."""

from ansible_collections.sanops.multipath.plugins.plugin_utils._report import archive
from lab import failures
from scenarios.playbook_run import play

LUN_OF = {(device.node, device.lun_id): lun for lun, device in failures.DEVICES.items()}


class Audit:
    """One run of the playbook.

    It has `output`, `code`, `fleet` (fleet.json), `plan_file`, and `devices` {(host, LUN): device; of two disks the
    first}. LUN is its name in lab.failures, or else the device's WWID.
    """

    def __init__(self, lab, folder, inventory=None, arguments=(), **variables):
        self.code, self.output = play(
            "sanops.multipath.audit",
            inventory or lab.inventory,
            *arguments,
            **{"audit_report_dir": str(folder), **variables},
        )
        self.read(folder)

    def read(self, folder):
        """Take what the run left in a folder."""
        # With --limit the report has a folder of its own.
        reports = [path for path in (folder / "fleet.json", folder / "limited" / "fleet.json") if path.exists()]
        assert reports, self.output
        path = max(reports, key=lambda path: path.stat().st_mtime_ns)
        self.plan_file = path.with_name("plan.json")
        self.fleet = archive.read(path)
        self.hosts = {host["name"]: host for host in self.fleet["hosts"]}
        self.devices = {}
        for name, host in self.hosts.items():
            for device in host["devices"]:
                lun_id = int(device["paths"][0]["hctl"].split(":")[3]) if device["paths"] else None
                self.devices.setdefault((name, LUN_OF.get((name, lun_id), device["wwid"])), device)

    def luns(self, host, device):
        """The LUNs that a device is, as the arrays list them."""
        return self.hosts[host]["luns"].get(device["wwid"], [])

    @property
    def verdicts(self):
        return {key: device["verdict"] for key, device in self.devices.items()}
