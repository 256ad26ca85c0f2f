# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Two looks at the kernel, one before and one after the others were asked: what changed between them is not what they
were asked about.

A look is {'paths': [...], 'maps': [...]} as _kernel/devices.py gives them. Pure functions; a path's word is one of
verdict.WIRE.
"""

# A path that is another device now, or another's: no word about it counts any more.
_PLACE = ("sd", "sg", "dev_t", "map")
# What it was compared with is another, except where that is its map's identity and another LUN answers: then the kernel
# has just noticed the same.
_IDENTITY = ("wwid", "serial")
# Its way to the array came or went: who says "no such LUN" in such a moment may not be itself yet.
_STATE = ("session_state", "device_state")
# Which of a map's slaves are which is compared by their names.
_MAP = ("dm", "dev_t")
_COMPARED = {"maps": _MAP + ("slaves",), "paths": _PLACE + _IDENTITY + _STATE}
_GONE = "it is gone by now"
_NOT_KNOWN = "whether it changed meanwhile could not be read"
_SHOWN = 10


def doubts(before, after, words):
    """Return what no longer holds of what was said between two looks.

    *words*: {hctl: word}; *after*: None where the second look failed: then nothing counts that could be taken for
    absence. Returns {'paths': {hctl: why}, 'maps': {wwid: why}}: the paths whose word is void, and the maps that
    cannot be judged by the words of their paths.
    """
    if after is None:
        used = {path["map"] for path in before["paths"]}
        return {
            "paths": {path["hctl"]: _NOT_KNOWN for path in before["paths"] if words[path["hctl"]] == "absent"},
            "maps": {found_map["wwid"]: _NOT_KNOWN for found_map in before["maps"] if found_map["wwid"] not in used},
        }
    paths = {path["hctl"]: path for path in after["paths"]}
    maps = {found_map["wwid"]: found_map for found_map in after["maps"]}
    void = ((path["hctl"], _path(path, paths.get(path["hctl"]), words[path["hctl"]])) for path in before["paths"])
    unsure = ((found_map["wwid"], _map(found_map, maps.get(found_map["wwid"]))) for found_map in before["maps"])
    return {"paths": dict(pair for pair in void if pair[1]), "maps": dict(pair for pair in unsure if pair[1])}


def differs(part, before, after):
    """Return whether a map (*part* "maps") or a path ("paths") differs in anything that doubts() compares."""
    return any(before[field] != after[field] for field in _COMPARED[part])


def sentences(before, after, doubted):
    """Return the sentences for 'incomplete': what came and went between two looks, and what doubts() found to have
    changed.
    """
    devices = [(path["hctl"], f"{path['sd']} ({path['hctl']})") for path in before["paths"]]
    devices += [(found_map["wwid"], found_map["wwid"]) for found_map in before["maps"]]
    reasons = dict(doubted["paths"], **doubted["maps"])
    known = {key for key, dummy in devices}
    appeared = [f"{path['sd']} ({path['hctl']})" for path in after["paths"] if path["hctl"] not in known]
    appeared += [found_map["wwid"] for found_map in after["maps"] if found_map["wwid"] not in known]
    return [
        sentence % _some(found)
        for sentence, found in (
            ("appeared while this host was looked at, and was not asked (run it again): %s", appeared),
            (
                "vanished while this host was looked at: %s",
                [name for key, name in devices if reasons.get(key) == _GONE],
            ),
            (
                "changed while this host was looked at (run it again): %s",
                [name for key, name in devices if reasons.get(key, _GONE) != _GONE],
            ),
        )
        if found
    ]


def _path(before, after, word):
    if after is None:
        return _GONE
    fields = list(_PLACE)
    if word != "other" or before["map"] is None:
        fields += _IDENTITY
    if word == "absent":
        fields += _STATE
    return _changed(_differences(before, after, fields))


def _map(before, after):
    if after is None:
        return _GONE
    slaves, now = set(before["slaves"]), set(after["slaves"])
    moved = [f"it lost {name}" for name in sorted(slaves - now)] + [f"it got {name}" for name in sorted(now - slaves)]
    return _changed(_differences(before, after, _MAP) + moved)


def _changed(what):
    return f"it changed meanwhile ({', '.join(what)})" if what else None


def _differences(before, after, fields):
    return [
        f"{field.replace('_', ' ')} was {before[field] or 'none'} and is {after[field] or 'none'}"
        for field in fields
        if before[field] != after[field]
    ]


def _some(names):
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
