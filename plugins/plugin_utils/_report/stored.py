# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The form in which fleet.json has a report: what many records say alike is said once. compact() makes it, and
expand() gives back every key of every record; nothing else has to know of it.

A record lacks a value that it would have from `defaults` of the report, by its kind, or from the record beside its
list (`each_device`, `each_lun`, `each_path`, `each_finding`), which has what most records of that list say. Three
values come from elsewhere: the name of a device that is its WWID, the severity of a finding that is its rule's, and the
subjects of a finding that are all maps of the host.
"""

from __future__ import annotations

import collections
import collections.abc as c
import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Report

SCHEMA = 2  # of fleet.json
_Record = dict[str, t.Any]
# What a record has that does not say otherwise: a device that is healthy and that nobody has anything to say of.
DEFAULTS: dict[str, _Record] = {
    "host": {
        "why": None,
        "devices": [],
        "luns": {},
        "not_seen": [],
        "findings": [],
        "not_checked": [],
        "san_cluster": None,
        "groups": [],
    },
    "facts": {"quarantine": None, "incomplete": []},
    "device": {
        "kind": "map",
        "reason": "every path answers as itself; mapped to this host",
        "next": None,
        "read_only": False,
        "users": [],
        "queueing": False,
        "array": {"state": "mapped", "reason": "mapped to this host", "unowned": []},
        "notes": [],
        "owners": [],
        "vetoes": [],
    },
    "path": {
        "device_state": "running",
        "dm_state": "active",
        "checker_state": "ready",
        "users": [],
        "wire": {"state": "same"},
    },
    "lun": {"state": "online", "maps": []},
    "finding": {"where": None},
}
# What the record beside a list may have for its records. What somebody searches a report for stays with each record.
_COMMON = {
    "device": ("size_bytes", "vendor", "product", "transport", "read_only", "queueing", "change"),
    "path": ("device_state", "dm_state", "checker_state", "wire"),
    "lun": ("svm", "cluster", "array", "size"),
    "finding": ("change",),
}
_HOST = frozenset(("devices", "findings"))  # what a whole host has
_PLAIN = (str, int, float, bool, type(None))
_MISSING = object()


def compact(report: Report) -> tuple[_Record, c.Callable[[t.Any], _Record]]:
    """Return what a file has of a report beside its hosts, and a function that makes of each host what the file has.
    The report stays as it is.
    """
    defaults = {**DEFAULTS, "host": {**DEFAULTS["host"], "policy": _usual_policy(report)}}
    severities = {rule: about["severity"] for rule, about in report["rules"].items()}

    def short(host: _Record) -> _Record:
        return _short_host(host, defaults["host"], severities)

    return {**report, "defaults": defaults}, short


def expand(host: t.Any, head: t.Mapping[str, t.Any]) -> t.Any:
    """Return a host with every key of every record. *head*: what the file has beside its hosts.

    Raises AttributeError, KeyError, TypeError or ValueError for what is not a host of a report.
    """
    defaults = head.get("defaults")
    if not defaults:
        return host
    whole = {**defaults["host"], **host}
    devices, luns = whole.pop("each_device", {}), whole.pop("each_lun", {})
    whole["devices"] = [_whole_device(device, devices, defaults) for device in whole["devices"]]
    luns = {**defaults["lun"], **luns}
    whole["luns"] = {wwid: [{**luns, **lun} for lun in found] for wwid, found in whole["luns"].items()}
    if whole["facts"] is not None:
        whole["facts"] = {**defaults["facts"], **whole["facts"]}
    each = whole.pop("each_finding", {})
    if whole["findings"]:
        common, rules = {**defaults["finding"], "subjects": _maps(whole), **each}, head["rules"]
        lost = sorted({finding["rule"] for finding in whole["findings"]}.difference(rules))
        if lost:
            raise ValueError(f"it has findings of {', '.join(lost)} on {whole['name']}, and not the rule")
        whole["findings"] = [
            {**common, "severity": rules[finding["rule"]]["severity"], **finding} for finding in whole["findings"]
        ]
        if not all(finding["subjects"] for finding in whole["findings"]):
            raise ValueError(f"a finding on {whole['name']} is about nothing")
    return whole


def expanded(report: t.Any) -> t.Any:
    """Return a report with every key of every record, from what a file has. Raises what expand() raises."""
    if not isinstance(report, dict):
        return report
    if "defaults" not in report:
        hosts = report["hosts"] if report.get("schema") == SCHEMA and isinstance(report.get("hosts"), list) else []
        if any(isinstance(host, dict) and not _HOST.issubset(host) for host in hosts):
            raise ValueError("its hosts lack what its defaults say, and it has none")
        return report
    if report.get("schema") != SCHEMA:
        raise ValueError(f"it is not a report of schema {SCHEMA}")
    whole = {key: value for key, value in report.items() if key != "defaults"}
    return {**whole, "hosts": [expand(host, report) for host in report["hosts"]]}


def _usual_policy(report: Report) -> _Record | None:
    """The policy of most hosts."""
    policies = collections.Counter(tuple(host["policy"].items()) for host in report["hosts"] if host["policy"])
    return dict(policies.most_common(1)[0][0]) if policies else None


def _short_host(host: _Record, defaults: _Record, severities: t.Mapping[str, str]) -> _Record:
    short = _short(host, defaults)
    if host["devices"]:
        each = _common("device", host["devices"])
        arrays = [device["array"]["said_by"] for device in host["devices"]]
        if len(arrays) > 1 and arrays.count(arrays[0]) == len(arrays):
            each["array"] = {"said_by": arrays[0]}
        if each:
            short["each_device"] = each
        known = {**DEFAULTS["device"], **each}
        known["array"] = {**DEFAULTS["device"]["array"], **each.get("array", {})}
        short["devices"] = [_short_device(device, known) for device in host["devices"]]
    if host["luns"]:
        each = _common("lun", [lun for found in host["luns"].values() for lun in found])
        if each:
            short["each_lun"] = each
        known = {**DEFAULTS["lun"], **each}
        short["luns"] = {wwid: [_short(lun, known) for lun in found] for wwid, found in host["luns"].items()}
    if host["facts"] is not None:
        short["facts"] = _short(host["facts"], DEFAULTS["facts"])
    if host["findings"]:
        each = _common("finding", host["findings"])
        if each:
            short["each_finding"] = each
        known = {**DEFAULTS["finding"], "subjects": _maps(host), **each}
        short["findings"] = [
            _short(finding, {**known, "severity": severities.get(finding["rule"])}) for finding in host["findings"]
        ]
    return short


def _short_device(device: _Record, known: _Record) -> _Record:
    short = _short(device, known)
    if device["name"] == device["wwid"]:
        del short["name"]
    array = _short(device["array"], known["array"])
    if array:
        short["array"] = array
    else:
        short.pop("array", None)
    each = _common("path", device["paths"])
    if each:
        short["each_path"] = each
    paths = {**DEFAULTS["path"], **each}
    short["paths"] = [_short(path, paths) for path in device["paths"]]
    return short


def _whole_device(device: _Record, each: _Record, defaults: t.Mapping[str, _Record]) -> _Record:
    usual = defaults["device"]
    whole = {**usual, **each, "name": device["wwid"], **device}
    whole["array"] = {**usual["array"], **each.get("array", {}), **device.get("array", {})}
    paths = {**defaults["path"], **whole.pop("each_path", {})}
    whole["paths"] = [{**paths, **path} for path in device["paths"]]
    return whole


def _short(record: _Record, known: _Record) -> _Record:
    """A record without what is known of it."""
    return {key: value for key, value in record.items() if known.get(key, _MISSING) != value}


def _common(kind: str, records: c.Sequence[_Record]) -> _Record:
    """What most of these records say, if there are several, but for what is known of their kind."""
    if len(records) < 2:
        return {}
    common, usual = {}, DEFAULTS[kind]
    for key in _COMMON[kind]:
        value = _most_common([record.get(key, _MISSING) for record in records])
        if value is not _MISSING and value != usual.get(key, _MISSING):
            common[key] = value
    return common


def _most_common(values: list[t.Any]) -> t.Any:
    """The value that most of these are, or _MISSING: of a few, or where a record has none."""
    first = values[0]
    if values.count(first) == len(values):
        return first
    if _MISSING in values or not all(isinstance(value, _PLAIN) for value in values):
        return _MISSING
    value, count = collections.Counter(values).most_common(1)[0]
    return value if count > len(values) // 2 else _MISSING


def _maps(host: _Record) -> list[str]:
    """The WWIDs of the maps of a host."""
    return sorted({device["wwid"] for device in host["devices"] if device["kind"] == "map" and device["wwid"]})
