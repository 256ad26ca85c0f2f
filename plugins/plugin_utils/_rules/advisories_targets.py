# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Targets that hosts have paths to and that no configured array owns: MPC508."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Iterator, Mapping

from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import WARNING
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.shapes import AdvisoryRule

UNOWNED = "MPC508"
RULES: tuple[AdvisoryRule, ...] = (
    {
        "id": UNOWNED,
        "severity": WARNING,
        "title": "No configured array owns a target",
        "reason": "Only the array behind a device can say that its LUN is gone. The array behind this target was not "
        "asked, so none of its devices can be proven stale.",
        "remedy": "name the array in audit_arrays, with all clusters that serve these hosts; if it is named, give its "
        "account a role that sees the SVM of the target; for an array that is not ONTAP, name the target in its view "
        "(audit_array_views)",
    },
)


def reported(hosts: Iterable[Mapping[str, t.Any]]) -> Iterator[tuple[str, str, str, str, list[str]]]:
    """Yield (rule, subject, what, where, hosts) for each target that kept a device from being judged.

    Args:
        hosts: of the report.
    """
    found: dict[str, list[str]] = {}
    for host in hosts:
        for device in host["devices"]:
            for target in device["array"]["unowned"]:
                found.setdefault(target, []).append(host["name"])
    for target in sorted(found):
        yield (
            UNOWNED,
            target,
            "LUNs that it no longer maps cannot be distinguished from LUNs of an array that was not asked",
            "the hosts' paths",
            found[target],
        )
