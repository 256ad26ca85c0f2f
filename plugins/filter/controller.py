# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filter of the role awx: a thin front over plugin_utils/_awx/objects.py."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.sanops.multipath.plugins.plugin_utils._awx import objects as awx_objects


def controller_steps(
    ours: Mapping[str, t.Any],
    theirs: Mapping[str, t.Any] | None = None,
    update_secrets: bool = False,
    approval: bool = True,
) -> t.Any:
    """See controller_steps.yml."""
    try:
        lists = awx_objects.joined(ours, theirs or {})
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc
    complaints = awx_objects.complaints(lists, approval)
    if complaints:
        raise AnsibleFilterError(f"Nothing was sent to the controller. {'. '.join(complaints)}.")
    return awx_objects.steps(lists, update_secrets)


class FilterModule:
    def filters(self) -> dict[str, t.Any]:
        return {"controller_steps": controller_steps}
