# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What does not fit together about a device and does not decide its verdict: a person should see it before acting."""

from __future__ import annotations

from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import shapes

_FLAT = 0x4000  # how the kernel shows a LUN id of 256 and above that is sent in flat space addressing (SAM-5 4.7.7.3)


def notes(device: shapes.Device, suspended: bool | None) -> list[str]:
    """Return sentences about one device of devices.judged.

    Args:
        suspended: whether device-mapper holds its map suspended.
    """
    found = _differences(device) + _stale_paths(device) + _misplaced(device) + _narrowed(device)
    if suspended:
        found.append("the map is suspended: all I/O to it waits until it is resumed")
    return found


def _differences(device: shapes.Device) -> list[str]:
    """Size and write protection, which all paths, the map and the array should agree on."""
    found = []
    sizes = [(_name(path), path["size_bytes"]) for path in device["paths"]]
    if device["kind"] == "map":
        sizes.insert(0, ("the map", device["size_bytes"]))
    sizes += [("the array", lun.get("size")) for lun in device["array"]["luns"]]
    known = [(name, size) for name, size in sizes if size is not None]
    if len({size for dummy, size in known}) > 1:
        found.append(f"the sizes differ: {', '.join(f'{name} {size} bytes' for name, size in known)}")
    protected = [_name(path) for path in device["paths"] if path["read_only"]]
    if protected and len(protected) < len(device["paths"]):
        found.append(f"{', '.join(protected)} is read-only, and other paths are not")
    elif protected and not device["read_only"]:
        found.append("the map can be written to, and its paths cannot")
    return found


def _stale_paths(device: shapes.Device) -> list[str]:
    """A living map hides dead addresses: what answers there (a virtual LUN 0, say) may take I/O and return nothing
    of the LUN's.
    """
    absent = [_name(path) for path in device["paths"] if path["wire"]["state"] == "absent"]
    if not absent or all(path["wire"]["state"] != "same" for path in device["paths"]):
        return []
    return [f"{', '.join(absent)} is stale in a living map: I/O may still be sent there"]


def _misplaced(device: shapes.Device) -> list[str]:
    """Paths at a LUN id at which no array maps this LUN to this host."""
    if device["array"]["state"] not in ("mapped", "offline"):
        return []
    ids = {lun_map["lun_id"] for lun in device["array"]["luns"] for lun_map in lun["maps"]}
    if None in ids:  # an array that does not tell
        return []
    wrong = [_name(path) for path in device["paths"] if _lun_id(path["hctl"]) not in ids]
    if not wrong or not ids:
        return []
    return [f"{', '.join(wrong)} is at another LUN id than the array maps ({', '.join(map(str, sorted(ids)))})"]


def _narrowed(device: shapes.Device) -> list[str]:
    """Why a LUN that is mapped may be seen on some ways only, or on none."""
    if device["array"]["state"] != "mapped" or not any(path["wire"]["state"] == "absent" for path in device["paths"]):
        return []
    lun_maps = [lun_map for lun in device["array"]["luns"] for lun_map in lun["maps"]]
    found = [
        f"igroup {lun_map['igroup']} has the port set {lun_map['portset']}: only its LIFs show the LUN"
        for lun_map in lun_maps
        if lun_map.get("portset")
    ]
    return found + [
        f"igroup {lun_map['igroup']}: only the LIFs of {', '.join(lun_map['reporting_nodes'])} show the LUN"
        for lun_map in lun_maps
        if lun_map.get("reporting_nodes")
    ]


def _lun_id(hctl: str) -> int:
    number = int(hctl.split(":")[3])
    return number - _FLAT if number & 0xC000 == _FLAT else number


def _name(path: shapes.Path) -> str:
    return path["sd"] or path["hctl"]
