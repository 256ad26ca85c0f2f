# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Arrays that are not ONTAP: the views that a site supplies of them (docs/array-views.md), read strictly.

A LUN that such a view lacks may end up deleted from a host: whatever is not as described is an error, and never a
shorter listing.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import kind_of
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.shapes import Lun, LunMap, ViewSnapshot
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import text

SCHEMA = 1
SHORTEST_PREFIX = 8  # 3, the digit of the NAA, and the six of the vendor's OUI
_KEYS = ("schema", "array", "wwid_prefixes", "targets", "complete", "error", "fetched_at", "luns")
_LUN_KEYS = ("wwid", "name", "state", "size", "initiators", "lun_id")
_OPTIONAL = ("targets", "error", "name", "size", "lun_id")  # null where they are not given
# As multipath writes them: NAA and EUI-64 in lower-case hex, of the lengths that SPC-5 7.7.6 knows; T10 vendor and SCSI
# name strings as they are.
_WWID = re.compile("3(?:[235][0-9a-f]{15}|6[0-9a-f]{31})|2(?:[0-9a-f]{16}|[0-9a-f]{24}|[0-9a-f]{32})|[18][!-~]+")
_PREFIX = re.compile("3[2356][0-9a-f]+|2[0-9a-f]+|[18][!-~]+")
# No fractions: without them a listing is older, never younger. Python 3.10 and later ones read other forms in different
# ways.
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})")
_NAME = re.compile(r"(iqn|eui|naa)\.\S+|[0-9a-f]{16}")


def read(entries: t.Any) -> list[ViewSnapshot]:
    """Return the views as snapshots.

    Args:
        entries: a list of views, each a dictionary or the path of a JSON file on the controller.

    Raises:
        ValueError: a view is wrong. The message names the view, the key and the LUN.
    """
    if isinstance(entries, (str, Mapping)) or not isinstance(entries, Sequence):
        raise ValueError(f"audit_array_views must be a list of views, not {kind_of(entries)}")
    try:
        return _read(entries)
    except ValueError as exc:  # for a terminal, with what an array calls its LUNs in it
        raise ValueError(text.printable(str(exc))) from exc


def _read(entries: Sequence[t.Any]) -> list[ViewSnapshot]:
    found: dict[str, ViewSnapshot] = {}
    for number, entry in enumerate(entries, start=1):
        where = f"entry {number} of audit_array_views"
        snapshot = _snapshot(_load(entry, where) if isinstance(entry, str) else entry, where)
        name = snapshot["array"]["hostname"]
        if name in found:
            raise ValueError(f"{where}: there is another view of the array {name}: give one view of each array")
        found[name] = snapshot
    return list(found.values())


def _load(path: str, where: str) -> t.Any:
    shown = path if len(path) <= 200 else f"{path[:200]}..."
    try:
        with open(os.path.expanduser(path), encoding="utf-8") as file:
            return json.load(file)
    except OSError as exc:
        raise ValueError(f"{where}: {shown} cannot be read: {exc.strerror}") from exc
    except (ValueError, RecursionError) as exc:
        raise ValueError(f"{where}: {shown} is not JSON: {exc}") from exc


def _snapshot(view: t.Any, where: str) -> ViewSnapshot:
    if not isinstance(view, Mapping):
        raise ValueError(f"{where}: a view is a dictionary or the path of a JSON file, not {kind_of(view)}")
    name: t.Any = view.get("array")
    if _is_text(name):
        where = f"the array view {name}"
    _check_keys(view, _KEYS, where)
    if view["schema"] != SCHEMA or isinstance(view["schema"], bool):
        raise ValueError(f"{where}: schema must be {SCHEMA}, not {view['schema']!r}")
    _need(_is_text(name), where, "array", "a text")
    _need(isinstance(view["complete"], bool), where, "complete", "true or false")
    error = view.get("error")
    _need(error is None or _is_text(error), where, "error", "a text or null")
    if view["complete"] and error is not None:
        raise ValueError(f"{where}: it says that it is complete, and has an error: {error}")
    prefixes = _prefixes(view["wwid_prefixes"], where)
    _need(_is_list(view["luns"]), where, "luns", "a list")
    luns = [_lun(lun, name, prefixes, f"{where}, LUN {number}") for number, lun in enumerate(view["luns"], start=1)]
    complete = view["complete"]
    if complete and not luns:  # what a script makes of a question that failed
        complete, error = False, f"the view of {name} lists no LUN at all, which proves nothing"
    return {
        "array": {
            "hostname": name,
            "cluster": None,
            "cluster_uuid": None,
            "version": None,
            "svms": [],
            "scope": "cluster",
            "wwid_prefixes": prefixes,
            "targets": _targets(view.get("targets"), where),
            "complete": complete,
            "fetched_at": _fetched_at(view, where),
            "error": error,
        },
        "luns": luns,
    }


def _prefixes(given: t.Any, where: str) -> list[str]:
    _need(_is_list(given) and len(given) > 0, where, "wwid_prefixes", "a list of one prefix at the least")
    for prefix in given:
        if not _is_text(prefix) or len(prefix) < SHORTEST_PREFIX or not _PREFIX.fullmatch(prefix):
            raise ValueError(
                f"{where}: wwid_prefixes: {prefix!r} is not a prefix: at least {SHORTEST_PREFIX} characters of a WWID "
                f"as multipath writes it, such as 3 and an NAA identity in lower-case hex"
            )
        if prefix.startswith(identity.ONTAP_PREFIX) or identity.ONTAP_PREFIX.startswith(prefix):
            raise ValueError(
                f"{where}: wwid_prefixes: {prefix} covers LUNs of ONTAP arrays: name those in audit_arrays"
            )
    return list(given)


def _lun(lun: t.Any, array: str, prefixes: list[str], where: str) -> tuple[Lun, list[str]]:
    if not isinstance(lun, Mapping):
        raise ValueError(f"{where}: a LUN is a dictionary, not {kind_of(lun)}")
    wwid: t.Any = lun.get("wwid")
    if _is_text(wwid):
        where = f"{where} ({wwid})"
    _check_keys(lun, _LUN_KEYS, where)
    _need(_is_text(wwid) and _WWID.fullmatch(wwid) is not None, where, "wwid", "a whole WWID as multipath writes it")
    if not wwid.startswith(tuple(prefixes)):
        raise ValueError(f"{where}: wwid has none of the wwid_prefixes, {', '.join(prefixes)}")
    _need(_is_text(lun["state"]), where, "state", "a text")
    _need(lun.get("name") is None or _is_text(lun["name"]), where, "name", "a text or null")
    for key in ("size", "lun_id"):
        _need(lun.get(key) is None or _is_count(lun[key]), where, key, "a whole number from 0 on, or null")
    initiators = _initiators(lun["initiators"], where)
    # What a view does not say is null, and the record has the keys of the ONTAP lookups.
    maps: list[LunMap] = (
        [
            {
                "igroup": None,
                "igroup_uuid": None,
                "lun_id": lun.get("lun_id"),
                "portset": None,
                "reporting_nodes": None,
                "transports": identity.transports(initiators),
            }
        ]
        if initiators
        else []
    )
    return {
        "wwid": wwid,
        "serial_number": None,
        "name": lun.get("name"),
        "uuid": None,
        "svm": None,
        "svm_uuid": None,
        "cluster": None,
        "array": array,
        "state": lun["state"],
        "container_state": None,
        "enabled": None,
        "read_only": None,
        "size": lun.get("size"),
        "os_type": None,
        "maps": maps,
    }, initiators


def _targets(given: t.Any, where: str) -> list[str] | None:
    """Return the array's target ports, normalised; None where the view does not say them: then it proves no absence."""
    if given is None:
        return None
    _need(_is_list(given), where, "targets", "a list, or null where they are not known")
    return _names(given, where, "targets")


def _initiators(given: t.Any, where: str) -> list[str]:
    """Return the names, normalised.

    The name of a host instead of its initiator would make each of its LUNs look unmapped.
    """
    _need(_is_list(given), where, "initiators", "a list, empty where it is mapped to nobody")
    return _names(given, where, "initiators")


def _names(given: t.Iterable[t.Any], where: str, key: str) -> list[str]:
    found = []
    for name in given:
        normal = identity.normal_initiator(name) if _is_text(name) else ""
        if not _NAME.fullmatch(normal):
            raise ValueError(f"{where}: {key}: {name!r} is neither an iSCSI name (iqn., eui., naa.) nor a WWPN")
        found.append(normal)
    return found


def _fetched_at(view: Mapping[str, t.Any], where: str) -> str | None:
    """Return the time in UTC, as the ONTAP lookups write it; None only where nothing depends on it."""
    given = view["fetched_at"]
    if given is None and not view["complete"]:
        return None
    found = _TIME.fullmatch(given) if _is_text(given) else None
    try:
        if found:
            moment = datetime.datetime.fromisoformat(found.group(1) + found.group(2).replace("Z", "+00:00"))
            return moment.astimezone(datetime.timezone.utc).isoformat()
    except (ValueError, OverflowError):
        pass
    raise ValueError(
        f"{where}: fetched_at must be a time with its time zone, such as 2026-11-22T10:00:00Z, not {given!r}"
    )


def _check_keys(given: Mapping[t.Any, t.Any], known: tuple[str, ...], where: str) -> None:
    missing = [key for key in known if key not in given and key not in _OPTIONAL]
    if missing:
        raise ValueError(f"{where}: {missing[0]} is missing")
    unknown = sorted(str(key) for key in given if key not in known)
    if unknown:
        raise ValueError(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(known)}")


def _need(good: bool, where: str, key: str, what: str) -> None:
    if not good:
        raise ValueError(f"{where}: {key} must be {what}")


def _is_text(value: t.Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_list(value: t.Any) -> bool:
    return isinstance(value, (list, tuple))


def _is_count(value: t.Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
