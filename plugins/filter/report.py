# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filters of a report that is written: thin fronts over plugin_utils/_report/query.py and _core/pack.py."""

from __future__ import annotations

import collections.abc as c
import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.sanops.multipath.plugins.module_utils._core import pack
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import archive
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import query as queries


def report_query(report: t.Any, query: t.Any) -> t.Any:
    """See report_query.yml."""
    try:
        return queries.query(report, query)
    except ValueError as exc:
        raise AnsibleFilterError(f"sanops.multipath.report_query: {exc}") from exc


def report_fragment(path: str) -> str:
    """See report_fragment.yml."""
    return _packed("report_fragment", archive.read, path)


def plan_fragment(path: str) -> str:
    """See plan_fragment.yml."""
    return _packed("plan_fragment", archive.read_plan, path)


def _packed(name: str, read: c.Callable[[str], t.Any], path: str) -> str:
    try:
        return str(pack.packed(read(path)))
    except OSError as exc:
        raise AnsibleFilterError(f"sanops.multipath.{name}: {path} cannot be read: {exc.strerror}") from exc
    except ValueError as exc:
        raise AnsibleFilterError(f"sanops.multipath.{name}: {path}: {exc}") from exc


class FilterModule:
    def filters(self) -> dict[str, c.Callable[..., t.Any]]:
        return {"report_query": report_query, "report_fragment": report_fragment, "plan_fragment": plan_fragment}
