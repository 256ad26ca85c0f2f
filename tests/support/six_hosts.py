# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Six hosts that answer an audit, each in its own way, and what is read of its report."""

import datetime

from support.fleets import QUEUES, configured_host, recycled

AUDIT, REPORT = "sanops.multipath.audit", "sanops.multipath.report"
HOSTS = {
    "node1": configured_host(),
    "node2": recycled(),
    "node3": None,
    "node4": configured_host(**QUEUES),
    "node5": {"failed": True, "msg": "Timed out"},
    "node6": configured_host(incomplete=[{"what": "lvm", "why": "no answer"}]),
}
TOMORROW = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).strftime("%Y-%m-%d")
RULE = {"rule": "MPC001", "reason": "the vendor wants it", "owner": "anna", "expires": TOMORROW}


def words(fleet):
    """Return {name of a host: its word of compliance}."""
    return {host["name"]: host["compliance"] for host in fleet["hosts"]}


def without(fleet):
    """Return a report without what differs between two runs over hosts that say the same."""
    return {key: fleet[key] for key in fleet if key not in ("generated_at", "changes")}
