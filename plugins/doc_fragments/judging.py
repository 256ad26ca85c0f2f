# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """What the action plugins have alike that judge on the controller, or look before that is done."""

    REGISTERED = r"""
options:
  registered:
    description: The name of the variable in which a host has its result of M(sanops.multipath.stale_mpath_facts), be it
      failed or unreachable. The variable is taken as it is, past all templates.
    type: str
    required: true
"""

    ARRAYS = r"""
options:
  arrays:
    description: The ONTAP arrays to ask, each a dictionary with the options of the lookup
      P(sanops.multipath.ontap_lun_maps#lookup).
    type: list
    elements: dict
    default: []
  array_views:
    description:
      - What the site supplies of arrays that are not ONTAP, one view of each. A dictionary, or the path of a JSON file
        on the controller.
      - C(docs/array-views.md) describes a view. Fails for one that cannot be read or is not as described.
    type: list
    elements: raw
    default: []
"""

    SOURCES = r"""
options:
  array_max_age:
    description:
      - How old an array's listing, a view, and what a cluster said may be, in seconds, from 1 on. What is older proves
        nothing.
      - What this run has read of an array answers for half of that time. The other half is for what rests on it.
    type: int
    default: 60
  kubernetes:
    description: The Kubernetes clusters to ask whose volumes the devices are, see
      P(sanops.multipath.kubernetes_volumes#lookup).
    type: list
    elements: dict
    default: []
"""

    HAZARDS = r"""
options:
  hazards:
    description: What else than stale and unused devices may be removed, see
      O(sanops.multipath.stale_devices#role:variables:stale_devices_hazards).
    type: list
    elements: str
    choices: [recycled, wire_alone, array_alone, living_maps, empty_sessions]
    default: []
"""
