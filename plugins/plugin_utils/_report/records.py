# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Say each thing once: make the records of a report from what was judged, and read them.

A path has no value that its device or its session has already; a LUN is in the table of its host by its WWID, by
which a device and what answers in its place refer to it; findings that say the same are one, with all subjects.
"""

from __future__ import annotations

import collections.abc as c
import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import (
    Device,
    Facts,
    Finding,
    Host,
    Lun,
    Path,
    Wire,
)

_LUN = ("name", "svm", "cluster", "array", "state", "size")
_PATH = ("hctl", "sd", "dev_t", "users")
_PATH_WORDS = ("device_state", "dm_state", "checker_state")
_AS_DEVICE = ("wwid", "size_bytes", "vendor", "product", "read_only", "transport")
_CONNECTION = ("target", "portal", "session_state")
_SESSION = ("sid", "target", "portal", "state")
_DEVICE = (
    "kind",
    "name",
    "device",
    "dev_t",
    "wwid",
    "size_bytes",
    "vendor",
    "product",
    "verdict",
    "reason",
    "next",
    "read_only",
    "in_use",
    "users",
    "queueing",
    "notes",
    "owners",
    "vetoes",
)
_FACTS = ("quarantine", "elapsed")
_INITIATORS = ("iqn", "wwpns")
_NO_WIRE = {"wwid": None, "sense": None, "detail": None}


def facts(gathered: t.Any) -> Facts:
    """Return what a report keeps of a host's facts."""
    kept = {key: gathered[key] for key in _FACTS}
    host, daemon = gathered["host"], gathered["multipathd"]
    names = host.get("initiators") or {}
    kept["host"] = {
        "hostname": host["hostname"],
        "boot_id": host["boot_id"],
        "kernel": _text(host.get("kernel")),
        "python": _text(host.get("python")),
        "initiators": {kind: names[kind] for kind in _INITIATORS if kind in names},
    }
    kept["multipathd"] = {
        "running": daemon["running"],
        "pid": _number(daemon.get("pid")),
        "version": _text(daemon.get("version")),
    }
    kept["incomplete"] = [{"what": gap["what"], "why": gap["why"]} for gap in gathered["incomplete"]]
    kept["sessions"] = [{key: session[key] for key in _SESSION} for session in gathered["sessions"]]
    return t.cast(Facts, kept)


def devices(gathered: t.Any, judged: c.Sequence[t.Any]) -> list[Device]:
    """Return the devices of a host. *gathered*: its facts; *judged*: of _judge/devices.py."""
    by_scsi_host = {str(session.get("host")): session for session in gathered["sessions"]}  # such as host3
    return [_device(device, by_scsi_host) for device in judged]


def luns(judged: c.Sequence[t.Any], not_seen: c.Sequence[t.Any]) -> dict[str, list[Lun]]:
    """Return the table of a host's LUNs, by WWID. *not_seen*: LUNs as the lookups return them."""
    table: dict[str, list[Lun]] = {}
    for device in judged:
        if device["array"]["luns"]:
            table[device["wwid"]] = [_lun(lun) for lun in device["array"]["luns"]]
    for others in [device["answered_by"] for device in judged] + [not_seen]:
        found: dict[str, list[Lun]] = {}
        for lun in others:
            if lun["wwid"] not in table:
                found.setdefault(lun["wwid"], []).append(_lun(lun))
        table.update(found)
    return table


def findings(separate: c.Sequence[t.Any]) -> list[Finding]:
    """Return the findings of a host, one for all subjects with the same text. *separate*: of _rules/table.py."""
    groups: dict[tuple[t.Any, ...], Finding] = {}
    for finding in separate:
        key = tuple(finding[name] for name in ("rule", "severity", "what", "where"))
        if key in groups:
            groups[key]["subjects"].append(finding["subject"])
        else:
            groups[key] = {
                "rule": finding["rule"],
                "severity": finding["severity"],
                "subjects": [finding["subject"]],
                "what": finding["what"],
                "where": finding["where"],
            }
    return list(groups.values())


def sessions_of(host: Host) -> dict[int, dict[str, t.Any]]:
    """Return what the sessions of a host tell of a path, by `sid`."""
    return {
        session["sid"]: {"target": session["target"], "portal": session["portal"], "session_state": session["state"]}
        for session in (host["facts"]["sessions"] if host["facts"] else ())
    }


def paths(device: Device, sessions: dict[int, dict[str, t.Any]]) -> c.Iterator[dict[str, t.Any]]:
    """Yield the paths of a device with all their values. *sessions*: of sessions_of()."""
    common = {**dict.fromkeys(_CONNECTION), **{key: device.get(key) for key in _AS_DEVICE}}
    for path in device["paths"]:
        whole = {**common, **sessions.get(path.get("session", -1), {}), **path}
        whole["wire"] = {**_NO_WIRE, **path["wire"]}
        if whole["wire"].get("state") == "same" and whole["wire"]["wwid"] is None:
            whole["wire"]["wwid"] = whole["wwid"]
        yield whole


def judgement(report: t.Any) -> dict[str, t.Any]:
    """Return a report as the plan takes it: paths and LUNs with all their values. It can be read once."""
    return {
        "arrays": report["arrays"],
        "hosts": (
            {
                **host,
                "devices": [{**device, "paths": list(paths(device, sessions_of(host)))} for device in host["devices"]],
                "not_seen": not_seen(host),
            }
            for host in report["hosts"]
        ),
    }


def luns_of(host: Host, device: Device) -> list[dict[str, t.Any]]:
    """Return the LUNs that a device is, as an array lists them."""
    return _named(host, [device["wwid"]])


def answering(host: Host, device: Device) -> list[dict[str, t.Any]]:
    """Return the LUNs that answer in place of a device, where an array knows them."""
    return _named(
        host, sorted({path["wire"].get("wwid") or "" for path in device["paths"] if path["wire"]["state"] == "other"})
    )


def not_seen(host: Host) -> list[dict[str, t.Any]]:
    """Return the LUNs that the arrays map to a host and of which its kernel has nothing."""
    return _named(host, host["not_seen"])


def _named(host: Host, wwids: c.Iterable[str | None]) -> list[dict[str, t.Any]]:
    return [{**lun, "wwid": wwid} for wwid in wwids if wwid for lun in host["luns"].get(wwid, ())]


def _lun(lun: dict[str, t.Any]) -> Lun:
    maps = [{"igroup": each["igroup"], "lun_id": each["lun_id"]} for each in lun["maps"]]
    return t.cast(Lun, {**{key: lun.get(key) for key in _LUN}, "maps": maps})


def _device(judged: dict[str, t.Any], by_scsi_host: dict[str, dict[str, t.Any]]) -> Device:
    array = judged["array"]
    made = {key: judged[key] for key in _DEVICE}
    made["array"] = {key: array[key] for key in ("state", "reason", "said_by", "unowned")}
    made["transport"] = judged["paths"][0]["transport"] if judged["paths"] else None
    made["paths"] = [_path(path, made, by_scsi_host) for path in judged["paths"]]
    return t.cast(Device, made)


def _path(path: dict[str, t.Any], device: dict[str, t.Any], by_scsi_host: dict[str, dict[str, t.Any]]) -> Path:
    made = {key: path[key] for key in _PATH}
    made.update((key, _text(path.get(key))) for key in _PATH_WORDS)
    made.update((key, path[key]) for key in _AS_DEVICE if path[key] != device[key])
    made["wire"] = _wire(path)
    session = by_scsi_host.get(f"host{str(path['hctl']).split(':', 1)[0]}")
    connection = [_text(path.get(key)) for key in _CONNECTION]
    if session and connection == [session["target"], session["portal"], session["state"]]:
        made["session"] = session["sid"]
    else:
        made.update((key, value) for key, value in zip(_CONNECTION, connection) if value is not None)
    return t.cast(Path, made)


def _wire(path: dict[str, t.Any]) -> Wire:
    wire = path["wire"]
    made = {key: wire[key] for key in _NO_WIRE if wire.get(key) is not None}
    if wire["state"] == "same" and made.get("wwid") == path["wwid"]:
        del made["wwid"]
    return t.cast(Wire, {"state": wire["state"], **made})


def _number(value: t.Any) -> int | None:
    """Return a whole number as it is, anything else as not known; True and False are no numbers."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: t.Any) -> str | None:
    """Return a value that nobody judges by, and that is so far as the host sent it: a report has no other type."""
    return value if isinstance(value, str) else None
