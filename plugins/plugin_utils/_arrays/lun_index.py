# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Questions about snapshots, as pure functions: which LUNs has an initiator, which LUNs have a WWID.

All take a list of snapshots (see listing.fetch) and all terms at once, and walk the snapshots once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity

SERIAL_LENGTH = 12


def wwid_from_term(term: str) -> str | None:
    """The WWID that a term means: itself, or the one made of a serial number. None: no ONTAP LUN can be called that."""
    if re.fullmatch(f"{identity.ONTAP_PREFIX}[0-9a-f]{{{2 * SERIAL_LENGTH}}}", term, re.IGNORECASE):
        return (
            term.lower() if identity.ontap_serial(term.lower()) else None
        )  # E-Series has the same company id, and goes on in binary
    try:
        return identity.ontap_wwid(term) if len(term) == SERIAL_LENGTH else None
    except UnicodeEncodeError:
        return None


def luns_by_wwid(snapshots: Iterable[dict], wwids: Iterable[str]) -> dict[str, list[dict]]:
    """{WWID: its LUNs}. Several LUNs may bear one serial number, on one cluster (while unmapped) or on two."""
    found: dict[str, list[dict]] = {wwid: [] for wwid in wwids}
    for snapshot in snapshots:
        for lun in snapshot["luns"]:
            if lun["wwid"] in found:
                found[lun["wwid"]].append(lun)
    return found


def luns_by_initiator(snapshots: Iterable[dict], initiators: Iterable[str]) -> dict[str, list[dict]]:
    """{initiator as given: the LUNs mapped to it, each with only the maps through an igroup that has the initiator}."""
    keys: dict[str, str] = {name: identity.normal_initiator(name) for name in initiators}
    wanted: dict[str, list[dict]] = {key: [] for key in keys.values()}
    for snapshot in snapshots:
        holders = {uuid: wanted.keys() & members for uuid, members in snapshot["igroups"].items()}
        for lun in snapshot["luns"]:
            maps: dict[str, list[dict]] = {}
            for lun_map in lun["maps"]:
                for key in holders[lun_map["igroup_uuid"]]:
                    maps.setdefault(key, []).append(lun_map)
            for key, its_maps in maps.items():
                wanted[key].append({**lun, "maps": its_maps})
    return {name: wanted[key] for name, key in keys.items()}
