# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The users that were found, compared with device-mapper's counts of openers. Pure functions.

What the kernel itself has open (ZFS, DRBD, ASM) is in no list of /proc or sysfs: it shows in the open count alone, of
the map or of the map of a partition. Every other layer on a map is a use of it by being there, so its count adds
nothing.
"""

from ansible_collections.sanops.multipath.plugins.module_utils._core import usage

_NAMED = 3  # killed workers of udev named in a detail


def add_missed(maps, partitions, views, found):
    """Add to the users of *maps* (of the facts) those that only an open count shows; where a count is not known,
    "nobody" is not known: None.

    *partitions*: {wwid: the maps of its partitions, see devices.partitions}; *views*: {wwid: what dm.look returned};
    *found*: all that find.find yielded.

    A killed worker of udev holds some device and does not tell which. Where they are as many as all the openers that
    are missed, it is them: a probe, but for a map with partitions, of which the kernel cannot be asked whether
    somebody has it O_EXCL.
    """
    ended, probes, missed = [item["ended"] for item in found if "ended" in item], _probes(found), {}
    for found_map in maps:
        if usage.in_use(found_map["users"]) is False:
            mine = partitions[found_map["wwid"]]
            counts = _counts(found_map, mine, views.get(found_map["wwid"], {}).get("partitions", {}))
            if None in [count for dummy, dummy, count in counts] or len(mine) < len(
                [user for user in found_map["users"] if user["kind"] == "partition"]
            ):
                found_map["users"] = None
            else:
                missed[found_map["wwid"]] = _missed(counts, mine, probes)
    explained = sum(missing for some in missed.values() for dummy, dummy, dummy, missing in some) <= len(ended)
    for found_map in maps:
        for device, prefix, count, dummy in missed.get(found_map["wwid"], ()):
            if explained and (device != found_map["dm"] or not partitions[found_map["wwid"]]):
                kind, by = "probe", f"a killed worker of udev: {'; '.join(ended[:_NAMED])}"
            else:
                kind, by = "other", "whom is not known"
            found_map["users"] = found_map["users"] + [{"kind": kind, "detail": f"{prefix}open count {count}, by {by}"}]


def _probes(found):
    """Return {block device: {detail of a process of udev that has just this device open}}."""
    probes = {}
    for item in found:
        if "user" in item and item["user"]["kind"] == "probe":
            probes.setdefault(item.get("on", item["name"]), set()).add(item["user"]["detail"])
    return probes


def _counts(found_map, mine, of_partitions):
    """Return [(kernel name, how to begin the detail, open count or None)] of a map and of those of its partitions."""
    parts = [(part["dm"], f"{part['name']} ({part['dm']}): ", of_partitions.get(part["dm"])) for part in mine]
    return [(found_map["dm"], "", found_map["open_count"])] + parts


def _missed(counts, mine, probes):
    """Return [(kernel name, how to begin the detail, open count, how many of these nobody explains)] of the devices
    with such openers.
    """
    found = []
    for device, prefix, count in counts:
        missing = count - len([part for part in mine if part["below"] == device]) - len(probes.get(device, ()))
        if missing > 0:
            found.append((device, prefix, count, missing))
    return found
