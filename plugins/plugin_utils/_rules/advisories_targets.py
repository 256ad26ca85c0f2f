# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Targets that hosts have paths to and that no configured array owns: MPC508. See _rules/advisories.py for what an
advisory is.
"""

from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import WARNING

UNOWNED = "MPC508"
RULES = (
    {
        "id": UNOWNED,
        "severity": WARNING,
        "title": "No configured array owns a target",
        "reason": "Only the array behind a device can say that its LUN is gone. Nobody has asked the one behind this "
        "target, so none of its devices can be proven "
        "stale.",
        "remedy": "name the array in audit_arrays, all clusters that serve these hosts; where it is named, give its "
        "account a role that sees the SVM of the "
        "target; of an array that is not ONTAP, name the target in its view (audit_array_views)",
    },
)


def told(hosts):
    """Yields (rule, subject, what, where, hosts) for each target that kept a device from being judged. *hosts*: of
    the report.
    """
    found = {}
    for host in hosts:
        for device in host["devices"]:
            for target in device["array"]["unowned"]:
                found.setdefault(target, []).append(host["name"])
    for target in sorted(found):
        yield (
            UNOWNED,
            target,
            "what it no longer gives cannot be told from what nobody asked for",
            "the hosts' paths",
            found[target],
        )
