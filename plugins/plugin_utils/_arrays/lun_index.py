# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which LUNs are mapped to an initiator, and which LUNs have a WWID: pure functions over snapshots.

All take a list of snapshots (see listing.fetch) and all terms at once, and walk the snapshots once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.shapes import Lun, LunMap, Snapshot

SERIAL_LENGTH = 12


def wwid_from_term(term: str) -> str | None:
    """Return the WWID that a term means, a WWID or a serial number; None where no ONTAP LUN can have it."""
    if re.fullmatch(f"{identity.ONTAP_PREFIX}[0-9a-f]{{{2 * SERIAL_LENGTH}}}", term, re.IGNORECASE):
        return (
            term.lower() if identity.ontap_serial(term.lower()) else None
        )  # E-Series has the same company id, and goes on in binary
    try:
        return identity.ontap_wwid(term) if len(term) == SERIAL_LENGTH else None
    except UnicodeEncodeError:
        return None


def luns_by_wwid(snapshots: Iterable[Snapshot], wwids: Iterable[str]) -> dict[str, list[Lun]]:
    """Return the LUNs by WWID. Several LUNs may bear one serial number, on one cluster (while unmapped) or on two."""
    found: dict[str, list[Lun]] = {wwid: [] for wwid in wwids}
    for snapshot in snapshots:
        for lun in snapshot["luns"]:
            if lun["wwid"] in found:
                found[lun["wwid"]].append(lun)
    return found


def luns_by_initiator(snapshots: Iterable[Snapshot], initiators: Iterable[str]) -> dict[str, list[Lun]]:
    """Return by initiator, as given, the LUNs mapped to it.

    Each LUN has only the maps to igroups that have the initiator.
    """
    keys: dict[str, str] = {name: identity.normal_initiator(name) for name in initiators}
    wanted: dict[str, list[Lun]] = {key: [] for key in keys.values()}
    for snapshot in snapshots:
        holders = {uuid: wanted.keys() & members for uuid, members in snapshot["igroups"].items()}
        for lun in snapshot["luns"]:
            maps: dict[str, list[LunMap]] = {}
            for lun_map in lun["maps"]:
                for key in holders[lun_map["igroup_uuid"]]:
                    maps.setdefault(key, []).append(lun_map)
            for key, its_maps in maps.items():
                wanted[key].append({**lun, "maps": its_maps})
    return {name: wanted[key] for name, key in keys.items()}
