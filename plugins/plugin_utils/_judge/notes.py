# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What does not fit together about a device and does not decide its verdict: a person should see it before acting."""

_FLAT = 0x4000  # how the kernel shows a LUN id of 256 and above that is sent in flat space addressing (SAM-5 4.7.7.3)


def notes(device, suspended):
    """Sentences about one judged device (of devices.judged); *suspended*: whether device-mapper holds its map
    suspended.
    """
    found = _differences(device) + _stale_paths(device) + _misplaced(device) + _narrowed(device)
    if suspended:
        found.append("the map is suspended: all I/O to it waits until it is resumed")
    return found


def _differences(device):
    """Size and write protection, which all paths, the map and the array should agree on."""
    found = []
    sizes = [(_name(path), path["size_bytes"]) for path in device["paths"]]
    if device["kind"] == "map":
        sizes.insert(0, ("the map", device["size_bytes"]))
    sizes += [("the array", lun.get("size")) for lun in device["array"]["luns"]]
    if len({size for dummy, size in sizes if size is not None}) > 1:
        found.append("the sizes differ: %s" % ", ".join("%s %d bytes" % pair for pair in sizes if pair[1] is not None))
    protected = [_name(path) for path in device["paths"] if path["read_only"]]
    if protected and len(protected) < len(device["paths"]):
        found.append("%s is read-only, and other paths are not" % ", ".join(protected))
    elif protected and not device["read_only"]:
        found.append("the map can be written to, and its paths cannot")
    return found


def _stale_paths(device):
    """A living map hides dead addresses: what answers there (a virtual LUN 0, say) may take I/O and return nothing
    of the LUN's.
    """
    states = [path["wire"]["state"] for path in device["paths"]]
    gone = [_name(path) for path, state in zip(device["paths"], states) if state == "absent"]
    return (
        ["%s is stale in a living map: I/O may still be sent there" % ", ".join(gone)]
        if gone and "same" in states
        else []
    )


def _misplaced(device):
    """Paths at a LUN id at which no array maps this LUN to this host."""
    if device["array"]["state"] not in ("mapped", "offline"):
        return []
    ids = {one["lun_id"] for lun in device["array"]["luns"] for one in lun["maps"]}
    if None in ids:  # an array that does not tell
        return []
    ids = sorted(ids)
    wrong = [_name(path) for path in device["paths"] if _lun_id(path["hctl"]) not in ids]
    return (
        ["%s is at another LUN id than the array maps (%s)" % (", ".join(wrong), ", ".join(map(str, ids)))]
        if wrong and ids
        else []
    )


def _narrowed(device):
    """Why a LUN that is mapped may be seen on some ways only, or on none."""
    if device["array"]["state"] != "mapped" or not any(path["wire"]["state"] == "absent" for path in device["paths"]):
        return []
    maps = [one for lun in device["array"]["luns"] for one in lun["maps"]]
    found = [
        "igroup %s has the port set %s: only its LIFs show the LUN" % (one["igroup"], one["portset"])
        for one in maps
        if one.get("portset")
    ]
    return found + [
        "igroup %s: only the LIFs of %s show the LUN" % (one["igroup"], ", ".join(one["reporting_nodes"]))
        for one in maps
        if one.get("reporting_nodes")
    ]


def _lun_id(hctl):
    number = int(hctl.split(":")[3])
    return number - _FLAT if number & 0xC000 == _FLAT else number


def _name(path):
    return path["sd"] or path["hctl"]
