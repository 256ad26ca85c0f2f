# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What may be removed, decided from a report (fleet.json) before anything is touched: the plan, its fuses, and its
comparison with the world of now.

Plain data and pure functions. A plan is {'schema', 'made_at', 'arrays', 'removals', 'left', 'digest'}
(docs/plan-json.md describes it).
"""

import datetime
import hashlib
import json

from ansible_collections.sanops.multipath.plugins.module_utils._core import schema, usage
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compact

SCHEMA = 1
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_NAME = ("kind", "name", "wwid")  # by which a result is known as that of a removal
# Each does without one source, or touches what others may rely on. All are off unless the operator enables them.
HAZARDS = ("recycled", "wire_alone", "array_alone", "living_maps", "empty_sessions")
_ABSENT = ("absent", "other")
_LIVES = ("healthy", "degraded")


def plan(report, hazards, now):
    """Return the removals that a report allows, and why each other device is left. *hazards*: those of HAZARDS that the
    operator takes; *now*: aware datetime.
    """
    removals, left = [], []
    for host in report["hosts"]:
        mine = []
        for device in host["devices"]:
            wire, why = eligible(device, hazards)
            if wire:
                mine += [_removal(host, device, wire)]
            elif why:
                left += [_left(host, device, why)]
            poisoned, why = _poisoned(device, hazards)
            mine += [_path_removal(host, device, path) for path in poisoned]
            left += [_left(host, device, why)] if why else []
        sessions = _emptied(host, mine) if host["facts"] and "empty_sessions" in hazards else []
        why = sessions and _needed(host, report["arrays"])
        left += [dict(_short(session), why=why) for session in sessions if why]
        removals += mine + ([] if why else sessions)
    made = {
        "schema": SCHEMA,
        "made_at": now.astimezone(datetime.timezone.utc).strftime(_TIME),
        "arrays": [
            {key: array[key] for key in ("hostname", "cluster", "complete", "fetched_at")} for array in report["arrays"]
        ],
        "removals": removals,
        "left": left,
    }
    return dict(made, digest=digest(made))


def eligible(device, hazards):
    """(the word that every path must still say when it is removed, or None; why it is left, or None where nobody
    would expect its removal).
    """
    verdict, words = device["verdict"], {path["wire"]["state"] for path in device["paths"]}
    if verdict in ("healthy", "degraded"):
        return None, None
    if verdict in ("conflict", "unknown"):
        return None, "its verdict is %s: never removed" % verdict
    needs = {"recycled": "recycled", "unproven": "wire_alone", "outage": "array_alone"}.get(verdict)
    if needs == "array_alone" and device["array"]["state"] not in ("unmapped", "gone"):
        return None, "it is an outage: never removed while the array gives it, or cannot say"
    if needs == "recycled" and not words.issubset(_ABSENT):
        return None, "some of its paths say %s: only the poisoned ones could go" % ", ".join(
            sorted(words.difference(_ABSENT))
        )
    if needs == "recycled" and device["array"]["state"] in ("mapped", "offline"):
        return None, "the array gives its old identity to this host still: find the LUN id that it has now, and rescan"
    if needs and needs not in hazards:
        return None, "its verdict is %s: only with the hazard %s" % (verdict, needs)
    if needs == "recycled" and device["array"]["state"] not in ("unmapped", "gone"):
        return None, "no array says that its old identity is not this host's any more: %s" % device["array"]["reason"]
    if device["vetoes"]:
        return None, _forbidden(device)
    if device["in_use"] is None:
        return None, "who uses it is not known"
    if device["in_use"]:
        return None, "it is in use: " + ", ".join(
            "%(kind)s %(detail)s" % user for user in device["users"] if usage.in_use([user])
        )
    return {"recycled": "other", "outage": "unreachable"}.get(verdict, "absent"), None


def decide(report, given, hazards, now, max_age, max_removals, max_share):
    """What to remove on the one host of a report, now: {'removals', 'left' ([{'host', 'name', 'wwid', 'verdict',
    'why'}]), 'alone' (why nothing, or None)}.

    *given*: the plan to keep to, or None for one of this moment. Raises ValueError for one that cannot be applied.
    """
    (host,) = report["hosts"]
    fresh = plan(report, hazards, now)
    removals, left = fresh["removals"], fresh["left"]
    if given is not None:
        why = unusable(given, now, max_age)
        if why:
            raise ValueError(why)
        mine = dict(given, removals=[removal for removal in given["removals"] if removal["host"] == host["name"]])
        removals, left = still(mine, fresh)
        known = [_key(removal) for removal in mine["removals"]]
        left += [
            dict(_short(removal), why="it is not in the plan that was given")
            for removal in fresh["removals"]
            if _key(removal) not in known
        ]
    alone = fuse(host, removals, max_removals, max_share)
    if alone:
        left = left + [dict(_short(removal), why="its host is left alone: " + alone) for removal in removals]
    return {"removals": [] if alone else removals, "left": left, "alone": alone}


def confirmed(report, removals, hazards, now, max_age, documents=()):
    """What of a host's removals still holds with what the arrays and clusters say at this moment: {'removals',
    'refused', 'untold', 'within'}.

    *report*: of that one host, judged anew; *refused*: a result for each that does not hold; *untold*: one for each
    that does, should the host never say what became of it; *within*: the seconds for which the word of the arrays,
    and of the systems that own volumes (*documents*, of _judge/owners.py), lasts, of *max_age*; None where there is
    none.
    """
    agreed, skipped = still({"removals": removals}, plan(report, hazards, now))
    asked = [judge_devices.fetched(array) for array in list(report["arrays"]) + list(documents) if array["complete"]]
    return {
        "removals": agreed,
        "within": max(0.0, max_age - (now - min(asked)).total_seconds()) if asked else None,
        "refused": [_result(one, [{"code": "array", "why": one["why"]}]) for one in skipped],
        "untold": [_result(one, []) for one in agreed],
    }


def record(host, before, after, decision, results, lost, now):
    """What happened on one host, for the report and the terminal. *after*: None where nobody looked; *lost*: of
    worse().
    """
    return {
        "schema": SCHEMA,
        "host": host,
        "at": now.astimezone(datetime.timezone.utc).strftime(_TIME),
        "left_alone": decision["alone"],
        "left": decision["left"],
        "removals": decision["removals"],
        "results": results,
        "lost": lost,
        "not_tried": [
            _short(one)
            for one in decision["removals"]
            if _of(one, _NAME) not in [_of(result, _NAME) for result in results]
        ],
        "before": before["hosts"][0],
        "after": after and after["hosts"][0],
    }


def told(one):
    """Return a record as lines for a terminal: [text]."""
    lines = []
    if one["left_alone"]:
        lines.append("%s is LEFT ALONE: %s" % (one["host"], one["left_alone"]))
    for result in one["results"]:
        name = "%s %s" % (result["name"], result["wwid"] if result["wwid"] not in (None, result["name"]) else "")
        if result["refused"]:
            lines += [
                "  REFUSED  %s: %s"
                % (name.strip(), "; ".join("%(code)s: %(why)s" % refusal for refusal in result["refused"]))
            ]
        elif result["failed_because"]:
            lines += ["  FAILED   %s: %s" % (name.strip(), result["failed_because"])]
        else:
            done = ", ".join("%(do)s %(device)s" % action for action in result["actions"]) or "gone already"
            would = any(action["outcome"] == "would be done" for action in result["actions"])
            lines += ["  %s %s: %s" % ("WOULD GO" if would else "REMOVED ", name.strip(), done)]
    lines += ["  NOT TRIED  %s %s" % (left["name"], left["wwid"] or "") for left in one["not_tried"]]
    lines += [
        "  left     %s (%s): %s" % (left["name"], left["verdict"], left["why"])
        for left in one["left"]
        if not one["left_alone"]
    ]
    lines += ["  LOST     %s" % text for text in one["lost"]]
    return lines or ["%s: nothing to remove" % one["host"]]


def digest(made):
    """Return the SHA-256 over a plan without its digest: it detects an edited plan."""
    text = json.dumps({key: made[key] for key in made if key != "digest"}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def unusable(made, now, max_age):
    """Return why a given plan cannot be applied, or None. *max_age*: seconds."""
    if not isinstance(made, dict) or made.get("schema") != SCHEMA:
        return "it is no plan of schema %d" % SCHEMA
    if made.get("digest") != digest(made):
        return "its digest is not that of its content: it was changed after it was made"
    made_at = datetime.datetime.strptime(made["made_at"], _TIME).replace(tzinfo=datetime.timezone.utc)
    age = (now - made_at).total_seconds()
    if not -60 <= age <= max_age:
        return "it is %d s old; at most %d s are allowed (stale_devices_plan_max_age)" % (age, max_age)
    return None


def still(given, fresh):
    """Hold a given plan against one of this moment: ([removal that is in both, just as it was seen], [{... of a
    removal, 'why'}]).
    """
    now = {_key(removal): removal for removal in fresh["removals"]}
    agreed, skipped = [], []
    for removal in given["removals"]:
        current = now.get(_key(removal))
        if current is None:
            why = [
                one["why"] for one in fresh["left"] if (one["host"], one["wwid"]) == (removal["host"], removal["wwid"])
            ]
            skipped.append(
                dict(
                    _short(removal),
                    why="it is no longer to be removed: %s" % (why or ["it is not there any more, or healthy"])[0],
                )
            )
            continue
        changed = [
            key for key in ("boot_id", "verdict", "wire", "dev_t", "paths", "session") if current[key] != removal[key]
        ]
        if changed:
            skipped.append(dict(_short(removal), why="it is not what the plan saw: %s changed" % ", ".join(changed)))
        else:
            agreed.append(removal)
    return agreed, skipped


def fuse(host, removals, max_removals, max_share):
    """Return why no removal is allowed on a host, or None.

    *host*: of the report; *removals*: those of the plan on it; *max_share*: of its devices, 0 to 1. Where most of a
    host looks stale at once, something else is wrong.
    """
    if host["facts"] is None:
        return "it was not audited: %s" % host["why"]
    if host["facts"]["quarantine"]:
        return host["facts"]["quarantine"]
    gaps = ["%(what)s: %(why)s" % gap for gap in host["facts"]["incomplete"] if gap["what"] not in schema.CONFIGURATION]
    if gaps:
        return "it was read only in part: %s" % "; ".join(gaps)
    outages = [device["name"] for device in host["devices"] if device["verdict"] == "outage"]
    outages = [name for name in outages if name not in [removal["name"] for removal in removals]]
    if outages:
        return "it has an outage (%s): what is missing may come back" % ", ".join(outages)
    if len(removals) > max_removals:
        return "%d removals; at most %d are allowed (stale_devices_max_removals)" % (len(removals), max_removals)
    whole, gone = len(host["devices"]), len([removal for removal in removals if removal["kind"] in ("map", "disk")])
    if gone > max(1, max_share * whole):
        return "%d of its %d devices would go; at most %d %% are allowed (stale_devices_max_share)" % (
            gone,
            whole,
            max_share * 100,
        )
    return None


def worse(before, after, removals):
    """What a host lost that was not in the plan: a list of sentences, empty where all is well. *before*, *after*:
    hosts of two reports.
    """
    if after["facts"] is None:
        return ["it was not audited afterwards: %s" % after["why"]]
    planned = {_place(removal) for removal in removals}
    now = {_place(device): device for device in after["devices"]}
    found = []
    for device in before["devices"]:
        current, to_go = now.get(_place(device)), _place(device) in planned
        if current is None:
            found += [] if to_go else ["%s is gone and was not in the plan" % device["name"]]
        elif (
            not to_go
            and device["verdict"] in _LIVES
            and current["verdict"] not in _LIVES[: _LIVES.index(device["verdict"]) + 1]
        ):
            found.append(
                "%s was %s and is %s: %s" % (device["name"], device["verdict"], current["verdict"], current["reason"])
            )
        elif current["queueing"] is not device["queueing"] and device["kind"] == "map":
            found.append(
                "the queueing of %s was %s and is %s" % (device["name"], device["queueing"], current["queueing"])
            )
    if before["facts"]["multipathd"]["running"] and not after["facts"]["multipathd"]["running"]:
        found.append("multipathd no longer runs")
    sessions = {session["sid"] for session in after["facts"]["sessions"]}
    sessions.update(removal["session"]["sid"] for removal in removals if removal["kind"] == "session")
    found += [
        "the session %d to %s is gone" % (session["sid"], session["target"])
        for session in before["facts"]["sessions"]
        if session["sid"] not in sessions
    ]
    return found


def _place(device):
    """What a device, or the removal of one, is known by: a map by its WWID, a disk by its address, since two may be
    of one LUN.
    """
    return device["kind"], device["wwid"] if device["kind"] == "map" else tuple(
        path["hctl"] for path in device["paths"]
    )


def _needed(host, arrays):
    """Why an empty session of a host may be needed all the same, or None: a LUN that an array gives to it may be
    about to come up there.
    """
    if not arrays or not all(array["complete"] for array in arrays):
        return "not every array said which LUNs it gives to this host"
    if host["not_seen"]:
        wwid = host["not_seen"][0]
        name = next((lun["name"] for lun in host["luns"].get(wwid, [])), None)
        return "the array gives LUNs to this host that it does not see, such as %s: scan for them first" % (
            name or wwid
        )
    return None


def _emptied(host, removals):
    """Return the sessions of the targets of which these removals leave nothing on the host."""
    going = {path["hctl"] for removal in removals for path in removal["paths"]}
    proven = {
        path["target"] for removal in removals if removal["array"] in ("unmapped", "gone") for path in removal["paths"]
    }
    stays = {path["target"] for device in host["devices"] for path in _paths(host, device) if path["hctl"] not in going}
    return [
        _session_removal(host, session)
        for session in host["facts"]["sessions"]
        if session["target"] in proven.difference(stays) and session["state"] == "LOGGED_IN"
    ]


def _poisoned(device, hazards):
    """([path of a map that stays which may be taken out of it], why none may be, or None where there is nothing to
    take or nobody wants it).

    The array must give the LUN to this host: then what does not answer as the LUN is a left-over, and the map has
    to keep a path that carries I/O.
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
        return [], "its verdict is %s: it keeps all its paths" % device["verdict"]
    if device["array"]["state"] != "mapped":
        return [], "its paths stay: no array says that it gives the LUN to this host (%s)" % device["array"]["reason"]
    if device["vetoes"]:
        return [], _forbidden(device)
    if not any(
        (path["wire"]["state"], path["dm_state"], path["checker_state"]) == ("same", "active", "ready")
        for path in device["paths"]
    ):
        return [], "its paths stay: none that answers as itself is active and ready"
    return [path for path in device["paths"] if path["wire"]["state"] in _ABSENT and path["users"] == []], None


def _forbidden(device):
    return "who owns it forbids it: %s" % "; ".join(device["vetoes"])


def _removal(host, device, wire):
    return {
        "host": host["name"],
        "boot_id": host["facts"]["host"]["boot_id"],
        "kind": device["kind"],
        "name": device["name"],
        "wwid": device["wwid"],
        "dev_t": device["dev_t"],
        "paths": [_path(path) for path in _paths(host, device)],
        "verdict": device["verdict"],
        "wire": wire,
        "reason": device["reason"],
        "array": device["array"]["state"],
        "session": None,
    }


def _path_removal(host, device, path):
    whole = next(each for each in _paths(host, device) if each["hctl"] == path["hctl"])
    return dict(
        _removal(host, device, path["wire"]["state"]),
        kind="path",
        name=path["sd"] or path["hctl"],
        dev_t=path["dev_t"],
        paths=[_path(whole)],
    )


def _session_removal(host, session):
    return {
        "host": host["name"],
        "boot_id": host["facts"]["host"]["boot_id"],
        "kind": "session",
        "name": "session %d" % session["sid"],
        "wwid": None,
        "dev_t": None,
        "paths": [],
        "verdict": "empty",
        "wire": "absent",
        "reason": "nothing of %s is left on this host" % session["target"],
        "array": None,
        "session": {key: session[key] for key in ("sid", "target", "portal")},
    }


def _paths(host, device):
    """The paths of a device of a report with all their values."""
    return compact.paths(device, compact.sessions_of(host))


def _path(path):
    return {"hctl": path["hctl"], "sd": path["sd"], "target": path["target"], "wwid": path["wwid"]}


def _left(host, device, why):
    return {
        "host": host["name"],
        "name": device["name"],
        "wwid": device["wwid"],
        "verdict": device["verdict"],
        "why": why,
    }


def _short(removal):
    return {key: removal[key] for key in ("host", "kind", "name", "wwid", "verdict")}


def _result(removal, refused):
    return dict(((key, removal[key]) for key in _NAME), changed=False, actions=[], refused=refused, failed_because=None)


def _of(one, keys):
    return tuple(one[key] for key in keys)


def _key(removal):
    return removal["host"], removal["wwid"], _place(removal), removal["session"] and removal["session"]["sid"]
