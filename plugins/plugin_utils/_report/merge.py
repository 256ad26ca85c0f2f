# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The reports of the slices of a fleet as one: the one that an audit of all hosts at once would have made.

A host of the inventory that no slice reported is in it as `missing`: a slice that failed leaves nothing behind, not
even its name.
"""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Host, Report, Rule
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import SEVERITIES

_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)
_MISSING = "no slice of the audit reported it: the job that had it failed before its report, or did not run"
_KEYS = ("advisories", "exceptions", "rules", "compliance")


def merged(fragments: dict[str, t.Any], hostnames: list[str], now: datetime.datetime) -> Report:
    """Return one report of many, as fleet.fleet makes it. Afterwards the caller evaluates compliance
    and changes again: they depend on the whole report.

    Args:
        fragments: {name: the report of a slice}, the name for errors.
        hostnames: those of the inventory.
        now: an aware datetime.

    Raises:
        ValueError: one is not a report, or a host is in two of them.
    """
    hosts: dict[str, Host] = {}
    arrays: dict[tuple[t.Any, ...], dict[str, t.Any]] = {}
    rules: dict[str, Rule] = {}
    names: set[str] = set()
    origin: dict[str, str] = {}
    advisories: list[t.Any] = []
    for name, fragment in fragments.items():
        _check(name, fragment)
        for host in fragment["hosts"]:
            if host["name"] in hosts:
                raise ValueError(
                    f"the host {host['name']} is in two reports, {origin[host['name']]} and {name}: give only one run "
                    "of each slice"
                )
            hosts[host["name"]], origin[host["name"]] = host, name
        for array in fragment["arrays"]:
            _unite(arrays, array)
        advisories += fragment["advisories"]
        rules.update(fragment["rules"])
        if fragment.get("fleet"):
            names.add(fragment["fleet"])
    for name in hostnames:
        hosts.setdefault(name, fleet.unknown(name, "missing", _MISSING))
    report = fleet.made(
        [arrays[key] for key in sorted(arrays)], [hosts[name] for name in sorted(hosts)], now, advisories, rules
    )
    if names:
        report["fleet"] = ", ".join(sorted(names))
    return report


def policy(fragments: dict[str, t.Any]) -> tuple[list[dict[str, t.Any]], str]:
    """Return (audit_exceptions, audit_fail_on) under which the slices were audited: every exception of any, and the
    severity that lets least pass.

    Raises ValueError for what is not a report.
    """
    exceptions: list[dict[str, t.Any]] = []
    severities = []
    for name, fragment in fragments.items():
        _check(name, fragment)
        for exception in fragment["exceptions"]:
            given = {key: exception[key] for key in exception if key not in ("state", "matched")}
            exceptions += [given] if given not in exceptions else []
        severities.append(fragment["compliance"]["fail_on"])
    found = [word for word in SEVERITIES if word in severities]
    return exceptions, found[-1] if found else ""


def judged_at(fragments: dict[str, t.Any], now: datetime.datetime) -> datetime.datetime:
    """Return when the oldest of the slices was judged: a plan that is made of them is as old as that.

    Raises ValueError for one that does not say when.
    """
    times = [now]
    for name, fragment in fragments.items():
        try:
            made = datetime.datetime.strptime(fragment["generated_at"], fleet.TIME)
        except _MALFORMED as exc:
            raise ValueError(f"{name} is not a report of a slice: {type(exc).__name__}: {exc}") from exc
        times.append(made.replace(tzinfo=datetime.timezone.utc))
    return min(times)


def _check(name: str, report: t.Any) -> None:
    """Raise ValueError for what is not a report."""
    try:
        if report["schema"] != fleet.SCHEMA:
            raise ValueError(f"it is of schema {report['schema']!r}, and not {fleet.SCHEMA}")
        whole = all(
            isinstance(host["name"], str) and isinstance(host["devices"], list) and isinstance(host["findings"], list)
            for host in report["hosts"]
        )
        if not whole or not all(isinstance(array, dict) and "complete" in array for array in report["arrays"]):
            raise ValueError("its hosts or arrays are none")
        for key in _KEYS:
            report[key]
        if not isinstance(report.get("fleet", ""), str):
            raise ValueError("the name of its fleet is not a text")
        counted = fleet.totals(report["hosts"])
        wrong = [key for key in counted if report["totals"][key] != counted[key]]
        if wrong:
            raise ValueError(f"its {wrong[0]} are not those of its totals: something of it was lost")
    except _MALFORMED as exc:
        raise ValueError(f"{name} is not a report of a slice: {type(exc).__name__}: {exc}") from exc


def _unite(arrays: dict[tuple[t.Any, ...], dict[str, t.Any]], array: t.Any) -> None:
    """Each slice has asked the arrays by itself. One of them that could not is believed; else the older listing is
    the one to tell of.
    """
    key = judge_devices.array_key(array)
    known = arrays.get(key)
    if known is None or (
        known["complete"] and (not array["complete"] or (array["fetched_at"] or "") < (known["fetched_at"] or ""))
    ):
        arrays[key] = array
