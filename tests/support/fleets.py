# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of hosts as the audit registers them, and reports of fleets made of them, for tests of what is made of a
report.
"""

from ansible_collections.sanops.multipath.plugins.module_utils._core import policy as core_policy
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet as report_fleet
from support import configured
from support.testimony import LUN, NOW, answers, facts, path

POLICY = core_policy.resolve("default")
LOST = {"unreachable": True, "msg": "no route"}
BROKEN = {"failed": True, "msg": "Timed out"}


def registered(facts, incomplete=(), **host):
    whole = dict(
        facts,
        multipathd={"running": True, "pid": 1, "version": "0.9.4"},
        quarantine=None,
        elapsed=1.25,
        incomplete=list(incomplete),
    )
    whole["host"] = dict(whole["host"], hostname="h", boot_id="b", kernel="6.1", **host)
    return {"ansible_facts": {"stale_mpath": whole}}


def fleet(results, mapped=(), existing=(), array=None, policy=None, **more):
    return report_fleet.fleet(
        results,
        *answers(mapped, existing, array),
        now=NOW,
        max_age=3600,
        policies=dict.fromkeys(results, policy or POLICY),
        **more,
    )


def configured_host(*paths, incomplete=(), users=(), **changes):
    """A host whose configuration is clean but for *changes* (see configured.py), healthy where no paths are given."""
    clean = configured.host(**changes)
    more = dict((key, clean[key]) for key in ("multipath_conf", "iscsi", "fc", "platform", "symptoms"))
    return registered(dict(facts(list(paths) or [path(0, "same")], queueing="30 chk", users=users), **more), incomplete)


def stale(**options):
    return configured_host(path(0, "absent"), **options)


def recycled(**options):
    return configured_host(path(0, "other"), **options)


# For fleet(): what the array must say for paths that answer as themselves to be healthy, and for those that are absent
# to be stale.
HEALTHY_ARRAY = {"mapped": [LUN]}
STALE_ARRAY = {"existing": [LUN]}
QUEUES = {
    "multipath_conf__maps": [
        configured.one_map(queues=True, no_path_retry=configured.setting("queue", configured.BUILT_IN))
    ]
}
