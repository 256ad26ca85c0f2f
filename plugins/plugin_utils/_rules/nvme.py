# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rule that says what this collection does not look at: MPC207."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import INFO
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.shapes import Facts, Observation, Policy, Rule


def _nvme(facts: Facts, policy: Policy) -> Iterator[Observation]:
    nvme = facts["platform"]["nvme"]
    own = {True: "NVMe's own multipath is on", False: "NVMe's own multipath is off", None: None}[nvme["native"]]
    for subsystem in nvme["subsystems"]:
        lost = " and ".join(f"ctrl_loss_tmo {value}" for value in subsystem["ctrl_loss_tmo"])
        parts = [
            f"namespaces: {subsystem['namespaces']}, controllers: {subsystem['controllers']}, over "
            f"{' and '.join(subsystem['transports'])}",
            *(part for part in (lost, own) if part),
        ]
        yield {"subject": subsystem["nqn"] or "a subsystem without a name", "what": "; ".join(parts), "where": None}


RULES: tuple[Rule, ...] = (
    {
        "id": "MPC207",
        "severity": INFO,
        "title": "NVMe namespaces of a SAN are not audited",
        "needs": ("platform.nvme",),
        "check": _nvme,
        "reason": "This collection is about SCSI. It asks no NVMe namespace who answers, asks no array about it, "
        "removes none and sets none of its timeouts (ctrl_loss_tmo). So a host that has its SAN over NVMe looks clean.",
        "remedy": "look at it with nvme list-subsys; to withdraw a namespace, stop its users and disconnect the host "
        "before the array is changed",
    },
)
