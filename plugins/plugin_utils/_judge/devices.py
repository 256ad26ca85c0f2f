# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Combine the three sources: assign a verdict to each device from a host's facts and the arrays' view."""

import datetime

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity, usage
from ansible_collections.sanops.multipath.plugins.module_utils._core import verdict as core_verdict
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import notes
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import owners as device_owners

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


def array_view(lun_maps, luns, now, max_age, snapshots=()):
    """The arrays' view that verdict.array_word takes, from the answers of the two lookups.

    *lun_maps*: answers of ontap_lun_maps; *luns*: answers of ontap_luns; *now*: aware datetime; *max_age*: seconds;
    *snapshots*: of other arrays, as views.read gives them. A listing that is older, or from the future, counts as
    incomplete. Raises ValueError for answers that are none.
    """
    arrays, asked_of = {}, []
    for answer in list(lun_maps) + list(luns):
        asked_of.append(set())
        for array in answer["arrays"]:
            array = dict(_aged(array, now, max_age), wwid_prefixes=None)
            key = array_key(array)
            # Two answers about one array, and one of them incomplete: believe the worse.
            if key not in arrays or not array["complete"]:
                arrays[key] = array
            asked_of[-1].add(key)
    for key in arrays:
        if arrays[key]["complete"] and not all(key in asked for asked in asked_of):
            arrays[key] = dict(
                arrays[key],
                complete=False,
                error="%s is not in all answers: ask every lookup about the same arrays" % key[0],
            )
    view = {"arrays": list(arrays.values()), "maps": {}, "luns": {}}
    for answer in lun_maps:
        by_wwid = view["maps"].setdefault(identity.normal_initiator(answer["initiator"]), {})
        for lun in answer["luns"]:
            by_wwid.setdefault(lun["wwid"], []).append(lun)
    for answer in luns:
        view["luns"].setdefault(answer["wwid"] or answer["term"], []).extend(answer["luns"])
    view["asked"] = set(view["maps"]).union(view["luns"])
    for snapshot in snapshots:
        _add(view, snapshot, now, max_age)
    view["arrays"].sort(key=array_key)
    return view


def array_key(array):
    """What an array is known by in a report. Two accounts at one address are two arrays here: each speaks for what
    it sees.
    """
    return (
        array["hostname"],
        array["cluster"] or "",
        array["scope"] or "",
        tuple(array["svms"]),
        tuple(array.get("wwid_prefixes") or ()),
    )


def _add(view, snapshot, now, max_age):
    """Put into a view what another array lists; nobody asked it about anything, for it tells all that it has."""
    view["arrays"].append(_aged(snapshot["array"], now, max_age))
    for lun, names in snapshot["luns"]:
        view["luns"].setdefault(lun["wwid"], []).append(lun)
        for name in names:
            view["maps"].setdefault(name, {}).setdefault(lun["wwid"], []).append(lun)


def initiators(facts):
    """Return the initiator names by which an array may know a host: IQNs, then WWPNs."""
    names = facts["host"].get("initiators") or {}
    return names.get("iqn", []) + names.get("wwpns", [])


def live(facts):
    """Those of verdict.TRANSPORTS over which an array can know this host now: a name alone is no initiator, since
    it stays when the adapter has died.
    """
    names, fc = facts["host"].get("initiators") or {}, facts.get("fc") or {}
    found = set()
    if names.get("iqn") and any(session["state"] == "LOGGED_IN" for session in facts["sessions"]):
        found.add("iscsi")
    if any(
        port["port_name"] in names.get("wwpns", []) and port["port_state"] == "Online" for port in fc.get("hosts", [])
    ):
        found.add("fc")
    return found


def wwids(facts):
    """The identities in one host's facts that an array may be asked about: of maps, of disks in no map, and of what
    answers in their place.
    """
    found = [one["wwid"] for one in facts["maps"]]
    found += [path["wwid"] for path in facts["paths"] if path["map"] is None and path["wwid"]]
    return found + _intruders(facts["paths"])


def not_seen(facts, view):
    """The LUNs that the arrays give to this host and of which its kernel has nothing: [LUN as the lookups give it],
    by WWID.
    """
    seen = set([one["wwid"] for one in facts["maps"]] + [path["wwid"] for path in facts["paths"]])
    given = {wwid: luns[0] for name in initiators(facts) for wwid, luns in view["maps"].get(name, {}).items()}
    return [given[wwid] for wwid in sorted(given) if wwid not in seen]


def _intruders(paths):
    """The WWIDs that answer at paths of another identity."""
    return sorted({path["wire"]["wwid"] for path in paths if path["wire"]["state"] == "other"})


def judged(facts, view, documents=()):
    """Every map, and every SCSI disk in no map, with its verdict and the evidence.

    *facts*: the fact stale_mpath; *view*: array_view(); *documents*: of owners.told().

    Returns a list, the most urgent first, of {'kind' (map or disk), 'name', 'wwid', 'device', 'dev_t',
    'size_bytes', 'vendor', 'product', 'verdict', 'reason', 'next', 'in_use' (None: not known; a probe of udev's is
    no use), 'users', 'queueing', 'array' (of verdict.array_word), 'answered_by' (of a recycled device, the LUNs
    that answer instead), 'notes' (what else does not fit together), 'owners' and 'vetoes' (of _judge/owners.py),
    'paths'}.
    """
    host = {"names": initiators(facts), "live": live(facts)}
    by_hctl = {path["hctl"]: path for path in facts["paths"]}
    found = [("map", one, [by_hctl[hctl] for hctl in one["paths"]]) for one in facts["maps"]]
    found += [("disk", path, [path]) for path in facts["paths"] if path["map"] is None]
    words = [
        core_verdict.array_word(one["wwid"], one["vendor"], one["product"], paths, host, view)
        for dummy, one, paths in found
    ]
    devices = [
        _device(kind, one, paths, word, view) for (kind, one, paths), word in zip(found, _credible(found, words))
    ]
    for device in devices:
        device["owners"], device["vetoes"] = device_owners.told(facts, device, documents)
    return sorted(devices, key=lambda one: (core_verdict.VERDICTS.index(one["verdict"]), one["name"] or ""))


def _credible(found, words):
    """The arrays' words, without what an array says is not there on a host where the same array is seen to be wrong
    about that.
    """
    wrong = {}
    for (dummy, one, paths), word in zip(found, words):
        if word["state"] in core_verdict.NOT_THERE and _answers(paths):
            wrong.update((name, one) for name in word["said_by"])
    for (dummy, dummy, paths), word in zip(found, words):
        liars = [name for name in word["said_by"] if name in wrong]
        if word["state"] in core_verdict.NOT_THERE and liars and not _answers(paths):
            other = wrong[liars[0]]
            why = (
                "%s says: %s; but it is not believed on this host, for %s answers as itself, of which it says the like"
                % (liars[0], word["reason"], other.get("name") or other.get("sd") or other["wwid"])
            )
            word = core_verdict.disbelieved(word, why)
        yield word


def _answers(paths):
    return any(path["wire"]["state"] == "same" for path in paths)


def _device(kind, one, paths, array, view):
    name, block, other_slaves = (
        (one["name"], one["dm"], one["other_slaves"]) if kind == "map" else (one["sd"] or one["hctl"], one["sd"], [])
    )
    words = [path["wire"]["state"] for path in paths] + ["unreadable"] * len(other_slaves)
    if one.get("changed"):  # its paths' words are not all, or not of what it is now
        words.append("unreadable")
    users = one["users"] if kind == "disk" else _with_path_users(one["users"], paths)
    device = {
        "kind": kind,
        "name": name,
        "wwid": one["wwid"],
        "device": block,
        "dev_t": one["dev_t"],
        "size_bytes": one["size_bytes"],
        "vendor": one["vendor"],
        "product": one["product"],
        "verdict": core_verdict.judge(words, array["state"]),
        "in_use": usage.in_use(users),
        "users": users or [],
        "read_only": one["read_only"],
        "queueing": one.get("queue_if_no_path"),
        "array": array,
        "paths": paths,
        "answered_by": [lun for wwid in _intruders(paths) for lun in view["luns"].get(wwid, [])],
    }
    device["notes"] = notes.notes(device, one.get("suspended"))
    device["reason"] = "; ".join(filter(None, [one.get("changed"), _reason(device, other_slaves)]))
    device["next"] = _next(device)
    return device


def _with_path_users(users, paths):
    """The users of a map, and those who use one of its paths behind its back; None where any of that is not known."""
    if users is None or any(path["users"] is None for path in paths):
        return None
    return users + [
        dict(user, detail="%s, on the path %s" % (user["detail"], path["sd"]))
        for path in paths
        for user in path["users"]
    ]


def _reason(device, other_slaves):
    """Return one sentence: what the sources reported that led to the verdict."""
    verdict, paths, array = device["verdict"], device["paths"], device["array"]
    told = _told(paths)
    if verdict == "recycled":
        others = [
            "at %s (%s) %s" % (one["sd"] or "no disk", one["hctl"], one["wire"]["wwid"])
            for one in paths
            if one["wire"]["state"] == "other"
        ]
        return "the kernel holds %s, but %s answers%s: I/O to this device reaches another LUN" % (
            device["wwid"],
            ", ".join(others),
            _though_ready(paths),
        )
    if verdict == "outage":
        if array["state"] == "offline":
            return "the array says: %s" % array["reason"]
        return "no path answers as itself: %s" % told
    if verdict == "conflict":
        return "wire and array disagree: %s, but the array says %s" % (told, array["reason"])
    if verdict == "healthy":
        return "every path answers as itself; %s" % (
            array["reason"] if array["state"] == "mapped" else "not confirmed by an array (%s)" % array["reason"]
        )
    if verdict == "unknown" and other_slaves:
        return "it has paths that are no SCSI disks (%s) and cannot be asked" % ", ".join(other_slaves)
    if verdict in ("degraded", "unknown"):
        return "%s; array: %s" % (told, array["reason"])
    if verdict == "stale":
        return "%s, and the array says: %s" % (told, array["reason"])
    return "%s, but no array confirms it: %s" % (told, array["reason"])


def _told(paths):
    """What the paths said, in one go where they agree, else path by path."""
    if not paths:
        return "no path is left"
    states = {path["wire"]["state"] for path in paths}
    if len(states) > 1:
        return "; ".join("%s %s" % (path["sd"] or path["hctl"], _word(path)) for path in paths)
    return "%s %s%s" % ("every path is" if len(paths) > 1 else "its path is", _word(paths[0]), _though_ready(paths))


def _though_ready(paths):
    """multipath -ll says otherwise: name the paths, so that nobody trusts it."""
    lively = [path["sd"] for path in paths if path["checker_state"] == "ready" and path["wire"]["state"] != "same"]
    return ", though multipath calls %s ready" % " and ".join(lively) if lively else ""


def _word(path):
    return path["wire"]["state"] + (" (%s)" % _evidence(path) if path["wire"]["detail"] else "")


def _evidence(path):
    wire = path["wire"]
    return wire["detail"] + (", sense %s" % wire["sense"] if wire["sense"] else "")


def _next(device):
    """Return what the operator should do now, or None."""
    verdict, kind = device["verdict"], device["kind"]
    if verdict == "stale" and device["in_use"] is False and any(user["kind"] == "probe" for user in device["users"]):
        return (
            "only udev hangs on it: switch its queueing off (multipathd disablequeueing map %s), flush the "
            "map, then delete its paths"
        ) % device["name"]
    if verdict == "stale":
        return {
            None: "first find out who uses it: its users could not be read",
            True: "stop its users, then take it away",
            False: "nobody uses it: "
            + ("flush the map, then delete its paths" if kind == "map" else "delete the disk"),
        }[device["in_use"]]
    if verdict == "recycled":
        return {
            None: "treat it as in use: stop all writing to it",
            True: (
                "ALARM: stop all writing to it at once; its users may already have damaged the LUN of another workload"
            ),
            False: "keep everything off it (no mount, no scan), take it away, and have its LUN id scanned anew",
        }[device["in_use"]]
    if verdict == "degraded":
        gone = [path["sd"] or path["hctl"] for path in device["paths"] if path["wire"]["state"] == "absent"]
        return (
            "repair the paths that fail"
            if not gone
            else "take %s out of the map and delete it; repair what else fails" % ", ".join(gone)
        )
    return _NEXT[verdict]


def fetched(array):
    """Return when a listing was fetched, as an aware datetime."""
    return datetime.datetime.fromisoformat(array["fetched_at"].replace("Z", "+00:00"))


def _aged(array, now, max_age):
    if not array["complete"]:
        return array
    if array["fetched_at"] is None:
        return dict(array, complete=False, error="the listing of %s has no date" % array["hostname"])
    age = (now - fetched(array)).total_seconds()
    if -60 <= age <= max_age:  # the clock may have been set a little meanwhile
        return array
    return dict(
        array,
        complete=False,
        error="the listing of %s is %d s old; at most %d s are allowed" % (array["hostname"], age, max_age),
    )
