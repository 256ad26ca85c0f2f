# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filter of the roles' variables: a thin front over plugin_utils/_roles/variables.py."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import variables as role_variables


def typed(values: dict[str, t.Any], role: str) -> dict[str, t.Any]:
    """See typed.yml."""
    try:
        return role_variables.typed(values, role)
    except ValueError as exc:
        raise AnsibleFilterError(f"sanops.multipath.typed: {exc}") from exc


class FilterModule:
    def filters(self) -> dict[str, Callable[..., t.Any]]:
        return {"typed": typed}
