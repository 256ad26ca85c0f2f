# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The verdict on one device: a pure function of what kernel, wire and array say of it.

Missing evidence is never evidence of absence: a word that is not known here is an error, an empty view is 'unknown',
and only complete listings of all arrays that could have a LUN may say that it is not there.
"""

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity

# What a path says on the wire, compared with the identity that the kernel holds.
WIRE = ("same", "other", "absent", "unreachable", "silent", "unreadable")
# What the array says of that identity for this host's initiators.
ARRAY = ("mapped", "offline", "unmapped", "gone", "foreign", "unknown")
# From the most to the least urgent.
VERDICTS = ("recycled", "conflict", "stale", "outage", "unproven", "unknown", "degraded", "healthy")

# Over which a host and an array know each other by names.
TRANSPORTS = ("iscsi", "fc")

NOT_THERE = ("unmapped", "gone")
_NO_TRANSPORT = ("unreachable", "silent")


def judge(wire, array):
    """Return the verdict on a map, or on a disk in no map.

    *wire*: a list of words from WIRE, one for each path, empty where no path is left; *array*: a word from ARRAY.
    Returns a word from VERDICTS: the first rule that fits. Raises ValueError for a word that is none.
    """
    for word in wire:
        if word not in WIRE:
            raise ValueError(f"{word!r} is not a wire state")
    if array not in ARRAY:
        raise ValueError(f"{array!r} is no word of the array")
    same = "same" in wire
    all_absent = all(word == "absent" for word in wire)  # also where none is left

    if "other" in wire:
        return "recycled"
    if array == "offline" or (not same and any(word in _NO_TRANSPORT for word in wire)):
        return "outage"
    if (same and array in NOT_THERE) or (all_absent and array == "mapped"):
        return "conflict"
    if same:
        return "healthy" if all(word == "same" for word in wire) else "degraded"
    if "unreadable" in wire:
        return "unknown"
    return "stale" if array in NOT_THERE else "unproven"


def array_word(wwid, vendor, product, paths, host, view):
    """Return what the arrays say of one identity for one host.

    *wwid*, *vendor*, *product*: the device as the kernel holds it; *paths*: its paths, of each 'transport' and
    'target' count; *host*: {'names': the host's initiators, normalised, 'live': those of TRANSPORTS over which it has
    a live initiator}; *view*: what the arrays said, {'arrays': [{'hostname', 'scope', 'svms', 'targets' (names of
    their target ports, normalised; None: not known), 'wwid_prefixes', 'complete', 'error'}], 'maps': {initiator: {wwid:
    [lun]}}, 'luns': {wwid: [lun]}, 'asked': the initiators and WWIDs that the ONTAP arrays were asked about}; of each
    map of a LUN 'transports' counts: those of the initiators it is for, empty where the array names none. Returns
    {'state': a word from ARRAY, 'reason': a sentence, 'luns': [lun], 'said_by': hostnames of the arrays whose word it
    is, 'unowned': targets of the paths that belong to no array}: the LUNs mapped to this host, else those of that
    identity.
    """
    speaking = [array for array in view["arrays"] if _speaks_for(array, wwid, vendor, product)]
    mapped = [lun for name in host["names"] for lun in view["maps"].get(name, {}).get(wwid, [])]
    existing = view["luns"].get(wwid, [])
    targets = {_target(path) for path in paths}

    def word(state, reason, luns=(), unowned=()):
        said_by = {lun["array"] for lun in luns}.union(
            array["hostname"] for array in speaking if targets.intersection(array["targets"] or ())
        )
        return {
            "state": state,
            "reason": reason,
            "luns": list(luns),
            "said_by": sorted(said_by),
            "unowned": list(unowned),
        }

    if mapped:
        if any(serves(lun) for lun in mapped):
            return word("mapped", "mapped to this host", mapped)
        return word("offline", f"mapped to this host, and {_trouble(mapped[0])}", mapped)
    if not view["arrays"]:
        return word("unknown", "no array is configured")
    if not speaking:
        return word("foreign", "no configured array speaks for it")
    if not host["names"]:
        return word("unknown", "the host gave no initiator name to look for")
    for array in speaking:
        if not array["complete"]:
            return word("unknown", array["error"] or f"the listing of {array['hostname']} is not complete", existing)
    unasked = [name for name in list(host["names"]) + [wwid] if name not in view["asked"]]
    if unasked and any(
        array["wwid_prefixes"] is None for array in speaking
    ):  # the others were not asked: they gave all they have
        return word("unknown", f"no array was asked about {', '.join(unasked)}", existing)
    for array in speaking:
        if array["scope"] != "cluster":
            return word(
                "unknown",
                f"the account at {array['hostname']} speaks for the SVM {', '.join(array['svms'])} only; give it an "
                "account of the cluster",
                existing,
            )
    unowned = _unowned(paths, speaking)
    doubt = (
        _not_by_this_host(paths, host["live"])
        or _not_theirs(unowned, speaking)
        or _not_named(existing)
        or _lost(paths, existing, host["live"])
    )
    if doubt:
        return word("unknown", doubt, existing, unowned)
    if existing:
        return word("unmapped", "exists, and is not mapped to this host", existing)
    return word("gone", "in no listing")


def disbelieved(word, why):
    """Return the word of array_word() where the same arrays are wrong about another device of the host; *why*: a
    sentence.
    """
    return dict(word, state="unknown", reason=why)


def _not_by_this_host(paths, live):
    """Return why the arrays could not know this host as the one at the other end of the paths, or None."""
    for path in paths:
        if path["transport"] not in TRANSPORTS:
            return (
                f"a path is of no SAN transport of this host ({path['transport']}): the system that "
                "passes it through knows the array"
            )
        if path["transport"] not in live:
            return f"this host has no live {path['transport']} initiator by which an array could know it"
    return None


def _unowned(paths, arrays):
    """Return the targets of the paths that are in the listing of none of the arrays; a target that is not known is no
    array's.
    """
    owned = {name for array in arrays for name in array["targets"] or ()}
    return sorted({_target(path) or "a target that is not known" for path in paths if _target(path) not in owned})


def _not_theirs(unowned, arrays):
    """Return why the arrays that were asked may not be those behind the paths, or None.

    Another array may be, which nobody has asked.
    """
    if not unowned:
        return None
    silent = [array["hostname"] for array in arrays if array["targets"] is None]
    if silent:
        return (
            f"{', '.join(silent)} names no targets, so it cannot say whether it is the array behind "
            f"{', '.join(unowned)}"
        )
    return f"no configured array owns {', '.join(unowned)}"


def _not_named(luns):
    """Return why the initiators of a LUN that exists are not known, or None."""
    for lun in luns:
        for lun_map in lun["maps"]:
            if not lun_map["transports"]:
                return f"{lun['array']} maps it to the igroup {lun_map['igroup']}, of which it names no initiator"
    return None


def _lost(paths, existing, live):
    """Return why a device without a path may be this host's still, or None: what answered in its place once can no
    longer be seen.
    """
    if paths:
        return None
    if not existing:
        return "in no listing, but no path is left that shows whose target it was"
    lacking = sorted(
        {transport for lun in existing for lun_map in lun["maps"] for transport in lun_map["transports"]}.difference(
            live
        )
    )
    if lacking:
        return (
            f"no path is left, and it is mapped over {' and '.join(lacking)}, of which this host has no "
            "live initiator: it may be mapped to one that it lost"
        )
    return None


def _target(path):
    return path["target"] and identity.normal_initiator(path["target"])


def _speaks_for(array, wwid, vendor, product):
    """Return whether a device could be a LUN of this array, so that its absence from the listing says something."""
    if array["wwid_prefixes"] is None:
        return identity.is_ontap(wwid, vendor, product)
    return (wwid or "").startswith(tuple(array["wwid_prefixes"]))


def serves(lun):
    """Return whether a LUN of a listing is online in every respect; whatever else it is, it is present and does not
    serve.
    """
    return (
        lun["state"] == "online" and lun.get("container_state") in (None, "online") and lun.get("enabled") is not False
    )


def _trouble(lun):
    for state, what in ((lun["state"], "the LUN"), (lun.get("container_state"), "what holds the LUN")):
        if state not in (None, "online"):
            return f"{what} is {state}"
    return "the LUN is disabled"
