# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What may be removed, decided from judged hosts before anything is touched: the plan (docs/plan-json.md)."""

from __future__ import annotations

import datetime
import hashlib
import json
import typing as t
from collections.abc import Collection, Mapping, Sequence

from ansible_collections.sanops.multipath.plugins.module_utils._core import usage
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import shapes

SCHEMA = 1
TIME = "%Y-%m-%dT%H:%M:%SZ"
# Each does without one source, or touches what others may rely on. All are off unless the operator enables them.
HAZARDS = ("recycled", "wire_alone", "array_alone", "living_maps", "empty_sessions")
_ABSENT = ("absent", "other")
_REMOVABLE = ("stale", "recycled", "unproven", "outage")


def plan(judged: Mapping[str, t.Any], hazards: Collection[str], now: datetime.datetime) -> shapes.Plan:
    """Return the removals that judged hosts allow, and why each other device is left.

    Args:
        judged: shapes.Judgement, or a report (fleet.json).
        hazards: those of HAZARDS that the operator takes.
        now: an aware datetime.
    """
    removals: list[shapes.Removal] = []
    left: list[shapes.Left] = []
    for host in judged["hosts"]:
        mine: list[shapes.Removal] = []
        for device in host["devices"]:
            wire, why = eligible(device, hazards)
            if wire:
                mine.append(_removal(host, device, wire))
            elif why:
                left.append(_left(host, device, why))
            poisoned, why = _poisoned(device, hazards)
            mine += [_path_removal(host, device, path) for path in poisoned]
            left += [_left(host, device, why)] if why else []
        sessions = _emptied(host, mine) if host["facts"] and "empty_sessions" in hazards else []
        why = _needed(host, judged["arrays"]) if sessions else None
        if why:
            left += [{**short(session), "why": why} for session in sessions]
        else:
            mine += sessions
        removals += mine
    made = {
        "schema": SCHEMA,
        "made_at": now.astimezone(datetime.timezone.utc).strftime(TIME),
        "arrays": [
            {key: array[key] for key in ("hostname", "cluster", "complete", "fetched_at")} for array in judged["arrays"]
        ],
        "removals": removals,
        "left": left,
    }
    return t.cast(shapes.Plan, {**made, "digest": digest(made)})


def digest(made: Mapping[str, t.Any]) -> str:
    """Return the SHA-256 over a plan without its digest: it detects an edited plan."""
    text = json.dumps({key: made[key] for key in made if key != "digest"}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def eligible(device: shapes.Device, hazards: Collection[str]) -> tuple[str | None, str | None]:
    """Return (the word that every path must still say when the device is removed, or None; why it is left, or None
    where nobody would expect its removal).
    """
    verdict, words = device["verdict"], {path["wire"]["state"] for path in device["paths"]}
    array = device["array"]
    if verdict in ("healthy", "degraded"):
        return None, None
    if verdict not in _REMOVABLE:
        return None, f"its verdict is {verdict}: never removed"
    needs = {"recycled": "recycled", "unproven": "wire_alone", "outage": "array_alone"}.get(verdict)
    if needs == "array_alone" and array["state"] not in ("unmapped", "gone"):
        return None, "it is an outage: never removed while the array maps it, or cannot say"
    if needs == "recycled" and not words.issubset(_ABSENT):
        others = ", ".join(sorted(words.difference(_ABSENT)))
        return None, f"some of its paths say {others}: only the poisoned ones could be removed"
    if needs == "recycled" and array["state"] in ("mapped", "offline"):
        return None, "the array still maps its old identity to this host: find its LUN id of now, and rescan"
    if needs == "wire_alone" and not device["paths"]:
        return None, "no path of it is left, so the wire says nothing of it: only an array can confirm it"
    if needs and needs not in hazards:
        return None, f"its verdict is {verdict}: only with the hazard {needs}"
    if needs == "recycled" and array["state"] not in ("unmapped", "gone"):
        return None, f"no array says that its old identity is no longer mapped to this host: {array['reason']}"
    if device["vetoes"] != []:
        return None, _forbidden(device)
    if device["in_use"] is not True and device["in_use"] is not False:
        return None, "who uses it is not known"
    if device["in_use"]:
        users = [f"{user['kind']} {user['detail']}" for user in device["users"] if usage.in_use([user])]
        return None, f"it is in use: {', '.join(users)}"
    return {"recycled": "other", "outage": "unreachable"}.get(verdict, "absent"), None


def place(device: shapes.Device | shapes.Removal) -> tuple[str, t.Any]:
    """Return what a device, or the removal of one, is known by: a map by its WWID, a disk by its address, since two
    may be of one LUN.
    """
    if device["kind"] == "map":
        return device["kind"], device["wwid"]
    paths = t.cast("Sequence[shapes.RemovalPath]", device["paths"])
    return device["kind"], tuple(path["hctl"] for path in paths)


def short(removal: shapes.Removal) -> shapes.Left:
    """Return what a removal is known by to a person."""
    return {
        "host": removal["host"],
        "kind": removal["kind"],
        "name": removal["name"],
        "wwid": removal["wwid"],
        "verdict": removal["verdict"],
    }


def _needed(host: shapes.Host, arrays: Sequence[shapes.Array]) -> str | None:
    """Return why an empty session of a host may be needed all the same, or None: a LUN that an array maps to it may be
    about to come up there.
    """
    if not arrays or not all(array["complete"] for array in arrays):
        return "not every array said which LUNs it maps to this host"
    if host["not_seen"]:
        lun = host["not_seen"][0]
        name = lun["name"] or lun["wwid"]
        return f"LUNs are mapped to this host that it does not see, such as {name}: scan for them first"
    return None


def _emptied(host: shapes.Host, removals: Sequence[shapes.Removal]) -> list[shapes.Removal]:
    """Return the sessions of the targets of which these removals leave nothing on the host."""
    removed = {path["hctl"] for removal in removals for path in removal["paths"]}
    proven = {
        path["target"] for removal in removals if removal["array"] in ("unmapped", "gone") for path in removal["paths"]
    }
    stays = {path["target"] for device in host["devices"] for path in device["paths"] if path["hctl"] not in removed}
    return [
        _session_removal(host, session)
        for session in host["facts"]["sessions"]
        if session["target"] in proven.difference(stays) and session["state"] == "LOGGED_IN"
    ]


def _poisoned(device: shapes.Device, hazards: Collection[str]) -> tuple[list[shapes.Path], str | None]:
    """Return ([path of a map that stays which may be removed from it], why none may be, or None where there is nothing
    to remove or nobody wants it).

    The array must map the LUN to this host: then what does not answer as the LUN is a left-over, and the map has to
    keep a path that carries I/O.
    """
    words = [path["wire"]["state"] for path in device["paths"]]
    if (
        device["kind"] != "map"
        or "living_maps" not in hazards
        or "same" not in words
        or not set(words).intersection(_ABSENT)
    ):
        return [], None
    if device["verdict"] not in ("degraded", "recycled"):
        return [], f"its verdict is {device['verdict']}: it keeps all its paths"
    if device["array"]["state"] != "mapped":
        return [], f"its paths stay: no array says that it maps the LUN to this host ({device['array']['reason']})"
    if device["vetoes"] != []:
        return [], _forbidden(device)
    if not any(
        (path["wire"]["state"], path["dm_state"], path["checker_state"]) == ("same", "active", "ready")
        for path in device["paths"]
    ):
        return [], "its paths stay: none that answers as itself is active and ready"
    return [path for path in device["paths"] if path["wire"]["state"] in _ABSENT and path["users"] == []], None


def _forbidden(device: shapes.Device) -> str:
    vetoes: t.Any = device["vetoes"]
    if not isinstance(vetoes, list):
        return "whether its owner forbids it is not known"
    return f"its owner forbids it: {'; '.join(vetoes)}"


def _removal(host: shapes.Host, device: shapes.Device, wire: str) -> shapes.Removal:
    return {
        "host": host["name"],
        "boot_id": host["facts"]["host"]["boot_id"],
        "kind": device["kind"],
        "name": device["name"],
        "wwid": device["wwid"],
        "dev_t": device["dev_t"],
        "paths": [_path(path) for path in device["paths"]],
        "verdict": device["verdict"],
        "wire": wire,
        "reason": device["reason"],
        "array": device["array"]["state"],
        "session": None,
    }


def _path_removal(host: shapes.Host, device: shapes.Device, path: shapes.Path) -> shapes.Removal:
    whole = _removal(host, device, path["wire"]["state"])
    return {**whole, "kind": "path", "name": path["sd"] or path["hctl"], "dev_t": path["dev_t"], "paths": [_path(path)]}


def _session_removal(host: shapes.Host, session: shapes.Session) -> shapes.Removal:
    return {
        "host": host["name"],
        "boot_id": host["facts"]["host"]["boot_id"],
        "kind": "session",
        "name": f"session {session['sid']}",
        "wwid": None,
        "dev_t": None,
        "paths": [],
        "verdict": "empty",
        "wire": "absent",
        "reason": f"nothing of {session['target']} is left on this host",
        "array": None,
        "session": {"sid": session["sid"], "target": session["target"], "portal": session["portal"]},
    }


def _path(path: shapes.Path) -> shapes.RemovalPath:
    return {"hctl": path["hctl"], "sd": path["sd"], "target": path["target"], "wwid": path["wwid"]}


def _left(host: shapes.Host, device: shapes.Device, why: str) -> shapes.Left:
    return {
        "host": host["name"],
        "name": device["name"],
        "wwid": device["wwid"],
        "verdict": device["verdict"],
        "why": why,
    }
