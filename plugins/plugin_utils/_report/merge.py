# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The reports of the slices of a fleet as one: the one that an audit of all hosts at once would have made.

A host of the inventory that no slice reported is in it as `missing`: a slice that failed leaves nothing behind, not
even its name.
"""

from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import SEVERITIES

_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)
_MISSING = "no slice of the audit reported it: the job that had it failed before its report, or did not run"


def merged(fragments, hostnames, now):
    """One report of many, as fleet.fleet makes it. What is made of a whole report (compliance, changes) is for the
    caller to make anew.

    *fragments*: {name: the report of a slice}, the name for errors; *hostnames*: those of the inventory; *now*:
    aware datetime. Raises ValueError for what is no report, and for a host that is in two of them.
    """
    hosts, arrays, origin, advisories = {}, {}, {}, []
    for name in fragments:
        _check(name, fragments[name])
        for host in fragments[name]["hosts"]:
            if host["name"] in hosts:
                raise ValueError(
                    "the host %s is in two reports, %s and %s: give only one run of each slice"
                    % (host["name"], origin[host["name"]], name)
                )
            hosts[host["name"]], origin[host["name"]] = host, name
        for array in fragments[name]["arrays"]:
            _unite(arrays, array)
        advisories += fragments[name].get("advisories", [])
    for name in hostnames:
        hosts.setdefault(name, fleet.unknown(name, "missing", _MISSING))
    return fleet.made([arrays[key] for key in sorted(arrays)], [hosts[name] for name in sorted(hosts)], now, advisories)


def policy(fragments):
    """(audit_exceptions, audit_fail_on) under which the slices were audited: every exception of any, and the
    severity that lets least pass.

    Raises ValueError for what is no report.
    """
    exceptions, severities = [], []
    for name in fragments:
        _check(name, fragments[name])
        for one in fragments[name].get("exceptions", []):
            given = {key: one[key] for key in one if key not in ("state", "matched")}
            exceptions += [given] if given not in exceptions else []
        severities.append((fragments[name].get("compliance") or {}).get("fail_on"))
    found = [word for word in SEVERITIES if word in severities]
    return exceptions, found[-1] if found else ""


def _check(name, report):
    """ValueError for what is no report."""
    try:
        if report["schema"] != fleet.SCHEMA:
            raise ValueError("it is of schema %r, and not %d" % (report["schema"], fleet.SCHEMA))
        whole = all(
            isinstance(host["name"], str) and isinstance(host["devices"], list) and isinstance(host["findings"], list)
            for host in report["hosts"]
        )
        if not whole or not all(isinstance(array, dict) and "complete" in array for array in report["arrays"]):
            raise ValueError("its hosts or arrays are none")
    except _MALFORMED as exc:
        raise ValueError("%s is no report of a slice: %s: %s" % (name, type(exc).__name__, exc)) from exc


def _unite(arrays, array):
    """Each slice has asked the arrays by itself. One of them that could not is believed; else the older listing is
    the one to tell of.
    """
    key = judge_devices.array_key(array)
    known = arrays.get(key)
    if known is None or (
        known["complete"] and (not array["complete"] or (array["fetched_at"] or "") < (known["fetched_at"] or ""))
    ):
        arrays[key] = array
