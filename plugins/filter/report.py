# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filter of a report that is written: a thin front over plugin_utils/_report/query.py."""

from __future__ import annotations

import collections.abc as c
import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import query as queries


def report_query(report: t.Any, query: t.Any) -> t.Any:
    """See report_query.yml."""
    try:
        return queries.query(report, query)
    except ValueError as exc:
        raise AnsibleFilterError(f"sanops.multipath.report_query: {exc}") from exc


class FilterModule:
    def filters(self) -> dict[str, c.Callable[..., t.Any]]:
        return {"report_query": report_query}
