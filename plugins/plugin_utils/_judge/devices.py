# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Combine the three sources: assign a verdict to each device from a host's facts and the arrays' view.

Pure functions over facts that _judge/facts.py has checked.
"""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity, usage
from ansible_collections.sanops.multipath.plugins.module_utils._core import verdict as core_verdict
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import device_owners, notes, shapes

# (kind, the map or disk, its paths)
_Found = tuple[t.Literal["map", "disk"], t.Any, list[shapes.Path]]
_EARLY = 60  # seconds by which a clock may have been set back meanwhile
_NEXT = {
    "conflict": (
        "do not touch it: find out which of the two is wrong (igroup and LUN map, or the account and address that "
        "the array is asked with)"
    ),
    "outage": "do not remove it: bring the LUN, the target or the fabric back",
    "unproven": "leave it until an array can vouch for it",
    "unknown": "look at it by hand: what it answers proves nothing",
    "healthy": None,
}


def array_view(
    lun_maps: Sequence[shapes.LunMapsAnswer],
    luns: Sequence[shapes.LunsAnswer],
    now: datetime.datetime,
    max_age: float,
    snapshots: Sequence[Mapping[str, t.Any]] = (),
) -> shapes.View:
    """Return the arrays' view that verdict.array_word takes, from the answers of the two lookups.

    Args:
        now: an aware datetime.
        max_age: seconds. A listing that is older, or from the future, counts as incomplete.
        snapshots: of other arrays, as views.read gives them.
    """
    arrays: dict[tuple[t.Any, ...], shapes.Array] = {}
    asked_of: list[set[tuple[t.Any, ...]]] = []
    for answer in (*lun_maps, *luns):
        keys = set()
        for array in answer["arrays"]:
            array = {**_aged(array, now, max_age), "wwid_prefixes": None}
            key = array_key(array)
            # Two answers about one array, and one of them incomplete: believe the worse.
            if key not in arrays or not array["complete"]:
                arrays[key] = array
            keys.add(key)
        asked_of.append(keys)
    for key, array in arrays.items():
        if array["complete"] and not all(key in keys for keys in asked_of):
            why = f"{key[0]} is not in all answers: ask every lookup about the same arrays"
            arrays[key] = {**array, "complete": False, "error": why}
    view: shapes.View = {"arrays": list(arrays.values()), "maps": {}, "luns": {}, "asked": set()}
    for mapped in lun_maps:
        by_wwid = view["maps"].setdefault(identity.normal_initiator(mapped["initiator"]), {})
        for lun in mapped["luns"]:
            by_wwid.setdefault(lun["wwid"], []).append(lun)
    for listed in luns:
        view["luns"].setdefault(listed["wwid"] or listed["term"], []).extend(listed["luns"])
    view["asked"] = set(view["maps"]) | set(view["luns"])
    for snapshot in snapshots:
        _add(view, snapshot, now, max_age)
    view["arrays"].sort(key=array_key)
    return view


def array_key(array: shapes.Array) -> tuple[t.Any, ...]:
    """Return what an array is known by in a report. Two accounts at one address are two arrays here: each speaks for
    what it sees.
    """
    return (
        array["hostname"],
        array["cluster"] or "",
        array["scope"] or "",
        tuple(array["svms"]),
        tuple(array.get("wwid_prefixes") or ()),
    )


def _add(view: shapes.View, snapshot: Mapping[str, t.Any], now: datetime.datetime, max_age: float) -> None:
    """Add what another array lists to a view; nobody asked it about anything, for it lists all that it has."""
    view["arrays"].append(_aged(snapshot["array"], now, max_age))
    for lun, names in snapshot["luns"]:
        view["luns"].setdefault(lun["wwid"], []).append(lun)
        for name in names:
            view["maps"].setdefault(name, {}).setdefault(lun["wwid"], []).append(lun)


def initiators(facts: Mapping[str, t.Any]) -> list[str]:
    """Return the initiator names by which an array may know a host: IQNs, then WWPNs."""
    names = facts["host"].get("initiators") or {}
    return [*names.get("iqn", []), *names.get("wwpns", [])]


def live(facts: shapes.Facts) -> set[str]:
    """Return those of verdict.TRANSPORTS over which an array can know this host now: a name alone is no initiator,
    since it stays when the adapter has died.
    """
    names = facts["host"].get("initiators") or {}
    fc = facts.get("fc") or {}
    found = set()
    if names.get("iqn") and any(session["state"] == "LOGGED_IN" for session in facts["sessions"]):
        found.add("iscsi")
    if any(
        port["port_name"] in names.get("wwpns", []) and port["port_state"] == "Online" for port in fc.get("hosts", [])
    ):
        found.add("fc")
    return found


def wwids(facts: shapes.Facts) -> list[str]:
    """Return the identities in one host's facts that an array may be asked about: of maps, of disks in no map, and of
    what answers in their place.
    """
    found = [found_map["wwid"] for found_map in facts["maps"]]
    found += [path["wwid"] for path in facts["paths"] if path["map"] is None and path["wwid"]]
    return found + sorted({wwid for wwid, dummy in _others(facts["paths"])})


def not_seen(facts: shapes.Facts, view: shapes.View) -> list[shapes.Lun]:
    """Return the LUNs that the arrays map to this host and of which its kernel has nothing, by WWID."""
    seen = {found_map["wwid"] for found_map in facts["maps"]} | {path["wwid"] for path in facts["paths"]}
    mapped = {wwid: luns[0] for name in initiators(facts) for wwid, luns in view["maps"].get(name, {}).items()}
    return [mapped[wwid] for wwid in sorted(mapped) if wwid not in seen]


def _intruders(paths: Sequence[shapes.Path]) -> list[str]:
    """Return the WWIDs that answer at paths of another identity."""
    return sorted({path["wire"]["wwid"] or "" for path in paths if path["wire"]["state"] == "other"})


def _others(paths: Sequence[shapes.Path]) -> list[tuple[str, shapes.Path]]:
    """Return (WWID, path) for each path at which something answers, but not as the LUN of the path."""
    answered = [(path["wire"]["wwid"], path) for path in paths if path["wire"]["state"] != "same"]
    return [(wwid, path) for wwid, path in answered if wwid is not None]


def judged(facts: shapes.Facts, view: shapes.View, documents: Sequence[shapes.Document] = ()) -> list[shapes.Device]:
    """Return every map, and every SCSI disk in no map, with its verdict and the evidence, the most urgent first.

    Args:
        view: of array_view().
        documents: what the systems that own volumes said, of owners.aged().
    """
    host = {"names": initiators(facts), "live": live(facts)}
    by_hctl = {path["hctl"]: path for path in facts["paths"]}
    found: list[_Found] = [
        ("map", found_map, [by_hctl[hctl] for hctl in found_map["paths"]]) for found_map in facts["maps"]
    ]
    found += [("disk", path, [path]) for path in facts["paths"] if path["map"] is None]
    words = [
        core_verdict.array_word(block["wwid"], block["vendor"], block["product"], paths, host, view)
        for dummy, block, paths in found
    ]
    wrong = _contradicted(found, words, host, view)
    devices = [
        _device(kind, block, paths, _credible(word, paths, wrong), view)
        for (kind, block, paths), word in zip(found, words)
    ]
    for device in devices:
        device["owners"], device["vetoes"] = device_owners.owned(facts, device, documents)
    return sorted(devices, key=lambda device: (core_verdict.VERDICTS.index(device["verdict"]), device["name"] or ""))


def _contradicted(
    found: Sequence[_Found], words: Sequence[shapes.ArrayWord], host: Mapping[str, t.Any], view: shapes.View
) -> dict[str, str]:
    """Return {hostname of an array: what answers on this host although the array says that it is not mapped to it}.

    That is a device whose path answers as itself, or whatever answers with a WWID in the place of another LUN.
    """
    wrong: dict[str, str] = {}
    for (dummy, block, paths), word in zip(found, words):
        if word["state"] in core_verdict.NOT_THERE and _answers(paths):
            name = block.get("name") or block.get("sd") or block["wwid"]
            wrong.update({array: f"{name} answers as itself" for array in word["said_by"]})
    for wwid, path in _others([path for dummy, dummy, paths in found for path in paths]):
        answer = core_verdict.array_word(wwid, path["vendor"], path["product"], [path], host, view)
        if answer["state"] in core_verdict.NOT_THERE:
            text = f"{wwid} answers at {path['sd'] or path['hctl']}"
            for array in answer["said_by"]:
                wrong.setdefault(array, text)
    return wrong


def _credible(word: shapes.ArrayWord, paths: Sequence[shapes.Path], wrong: Mapping[str, str]) -> shapes.ArrayWord:
    """Return an array's word on a device, or `unknown` where it says that the LUN is not there and that array is
    contradicted on this host (*wrong*: of _contradicted).
    """
    liar = next((array for array in word["said_by"] if array in wrong), None)
    if word["state"] not in core_verdict.NOT_THERE or liar is None or _answers(paths):
        return word
    why = (
        f"{liar} says: {word['reason']}; but it is not believed on this host, for {wrong[liar]}, of which it says the "
        "same"
    )
    return t.cast(shapes.ArrayWord, core_verdict.disbelieved(word, why))


def _answers(paths: Sequence[shapes.Path]) -> bool:
    return any(path["wire"]["state"] == "same" for path in paths)


def _device(
    kind: t.Literal["map", "disk"], block: t.Any, paths: list[shapes.Path], array: shapes.ArrayWord, view: shapes.View
) -> shapes.Device:
    """Return one judged device. *block*: the map or the disk in the facts."""
    if kind == "map":
        name, kernel_name, other_slaves = block["name"], block["dm"], block["other_slaves"]
        users = _with_path_users(block["users"], paths)
    else:
        name, kernel_name, other_slaves = block["sd"] or block["hctl"], block["sd"], []
        users = block["users"]
    words = [path["wire"]["state"] for path in paths] + ["unreadable"] * len(other_slaves)
    if block.get("changed"):  # its paths' words are not all, or not of what it is now
        words.append("unreadable")
    device: shapes.Device = {
        "kind": kind,
        "name": name,
        "wwid": block["wwid"],
        "device": kernel_name,
        "dev_t": block["dev_t"],
        "size_bytes": block["size_bytes"],
        "vendor": block["vendor"],
        "product": block["product"],
        "verdict": core_verdict.judge(words, array["state"]),
        "in_use": usage.in_use(users),
        "users": users or [],
        "read_only": block["read_only"],
        "queueing": block.get("queue_if_no_path"),
        "array": array,
        "paths": paths,
        "answered_by": [lun for wwid in _intruders(paths) for lun in view["luns"].get(wwid, [])],
        "notes": [],
        "reason": "",
        "next": None,
        "owners": [],
        "vetoes": [],
    }
    device["notes"] = notes.notes(device, block.get("suspended"))
    device["reason"] = "; ".join(filter(None, [block.get("changed"), _reason(device, other_slaves)]))
    device["next"] = _next(device)
    return device


def _with_path_users(users: list[shapes.User] | None, paths: Sequence[shapes.Path]) -> list[shapes.User] | None:
    """Return the users of a map, and those who use one of its paths behind its back; None where any of that is not
    known.
    """
    if users is None:
        return None
    found = list(users)
    for path in paths:
        if path["users"] is None:
            return None
        found += [{**user, "detail": f"{user['detail']}, on the path {path['sd']}"} for user in path["users"]]
    return found


def _reason(device: shapes.Device, other_slaves: Sequence[str]) -> str:
    """Return one sentence: what the sources reported that led to the verdict."""
    verdict, paths, array = device["verdict"], device["paths"], device["array"]
    words = _path_words(paths)
    if verdict == "recycled":
        others = ", ".join(
            f"at {path['sd'] or 'no disk'} ({path['hctl']}) {path['wire']['wwid']}"
            for path in paths
            if path["wire"]["state"] == "other"
        )
        return (
            f"the kernel holds {device['wwid']}, but {others} answers{_though_ready(paths)}: "
            "I/O to this device reaches another LUN"
        )
    if verdict == "outage":
        if array["state"] == "offline":
            return f"the array says: {array['reason']}"
        return f"no path answers as itself: {words}"
    if verdict == "conflict":
        return f"wire and array disagree: {words}, but the array says {array['reason']}"
    if verdict == "healthy":
        said = array["reason"] if array["state"] == "mapped" else f"not confirmed by an array ({array['reason']})"
        return f"every path answers as itself; {said}"
    if verdict == "unknown" and other_slaves:
        return f"it has paths that are no SCSI disks ({', '.join(other_slaves)}) and cannot be asked"
    if verdict in ("degraded", "unknown"):
        return f"{words}; array: {array['reason']}"
    if verdict == "stale":
        return f"{words}, and the array says: {array['reason']}"
    return f"{words}, but no array confirms it: {array['reason']}"


def _path_words(paths: Sequence[shapes.Path]) -> str:
    """Return what the paths said, in one go where they agree, else path by path."""
    if not paths:
        return "no path is left"
    if len({path["wire"]["state"] for path in paths}) > 1:
        return "; ".join(f"{path['sd'] or path['hctl']} {_word(path)}" for path in paths)
    subject = "every path is" if len(paths) > 1 else "its path is"
    return f"{subject} {_word(paths[0])}{_though_ready(paths)}"


def _though_ready(paths: Sequence[shapes.Path]) -> str:
    """multipath -ll says otherwise: name the paths, so that nobody trusts it."""
    lively = [str(path["sd"]) for path in paths if path["checker_state"] == "ready" and path["wire"]["state"] != "same"]
    return f", though multipath calls {' and '.join(lively)} ready" if lively else ""


def _word(path: shapes.Path) -> str:
    wire = path["wire"]
    if not wire["detail"]:
        return wire["state"]
    sense = f", sense {wire['sense']}" if wire["sense"] else ""
    return f"{wire['state']} ({wire['detail']}{sense})"


def _next(device: shapes.Device) -> str | None:
    """Return what the operator should do now, or None."""
    verdict, in_use = device["verdict"], device["in_use"]
    if verdict == "stale" and in_use is False and any(user["kind"] == "probe" for user in device["users"]):
        return (
            "only udev hangs on it: switch its queueing off (multipathd disablequeueing map "
            f"{device['name']}), flush the map, then delete its paths"
        )
    if verdict == "stale":
        if in_use is None:
            return "first find out who uses it: its users could not be read"
        if in_use:
            return "stop its users, then remove it"
        return "nobody uses it: " + (
            "flush the map, then delete its paths" if device["kind"] == "map" else "delete the disk"
        )
    if verdict == "recycled":
        if in_use is None:
            return "treat it as in use: stop all writing to it"
        if in_use:
            return (
                "ALARM: stop all writing to it at once; its users may already have damaged the LUN of another workload"
            )
        return "keep everything off it (no mount, no scan), remove it, and rescan its LUN id"
    if verdict == "degraded":
        absent = [path["sd"] or path["hctl"] for path in device["paths"] if path["wire"]["state"] == "absent"]
        if not absent:
            return "repair the paths that fail"
        return f"remove {', '.join(absent)} from the map and delete it; repair what else fails"
    return _NEXT[verdict]


def fetched(array: shapes.Array | shapes.Cluster) -> datetime.datetime:
    """Return when a listing was fetched, as an aware datetime."""
    return datetime.datetime.fromisoformat((array["fetched_at"] or "").replace("Z", "+00:00"))


def _aged(array: shapes.Array, now: datetime.datetime, max_age: float) -> shapes.Array:
    """Return an array; not complete where its listing is too old."""
    if not array["complete"]:
        return array
    if array["fetched_at"] is None:
        return {**array, "complete": False, "error": f"the listing of {array['hostname']} has no date"}
    age = (now - fetched(array)).total_seconds()
    if -_EARLY <= age <= max_age:
        return array
    why = f"the listing of {array['hostname']} is {device_owners.too_old(age, max_age)}"
    return {**array, "complete": False, "error": why}
