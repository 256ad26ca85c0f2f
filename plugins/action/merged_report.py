# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Make one report of those of many slices. Documented in plugins/modules/merged_report.py."""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.sanops.multipath.plugins.module_utils._core import pack
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import collector
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import evidence
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import (
    archive,
    compliance,
    merge,
    publish,
    stored,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Report

SPEC: dict[str, dict[str, t.Any]] = {
    "fragments": {"type": "dict"},
    "fragment_files": {"type": "list", "elements": "path"},
    "inventory_hostnames": {"type": "list", "elements": "str", "default": []},
    **publish.OPTIONS,
}


class ActionModule(ActionBase):
    # It writes on the controller and connects to no host.
    _requires_connection = False
    TRANSFERS_FILES = False

    @collector.no_collector()
    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        dummy, args = self.validate_argument_spec(argument_spec=SPEC, required_one_of=[("fragments", "fragment_files")])
        now = evidence.now()
        try:
            fragments = _fragments(args)
            report = _merged(args, fragments, now)
            return publish.published(publish.prepared(report, args, merge.judged_at(fragments, now)), args)
        except ValueError as exc:
            raise AnsibleActionFail(str(exc)) from exc
        except publish.MALFORMED as exc:
            raise AnsibleActionFail(f"a report is not what this version writes: {type(exc).__name__}: {exc}") from exc


def _fragments(args: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """{name: the report of a slice}. Raises ValueError for what is none."""
    fragments = {name: _unpacked(name, packed) for name, packed in (args["fragments"] or {}).items()}
    fragments.update((path, _fragment(path)) for path in args["fragment_files"] or [])
    return fragments


def _merged(args: Mapping[str, t.Any], fragments: dict[str, t.Any], now: datetime.datetime) -> Report:
    """The report of the slices, with what is excused and who complies. What the slices brought is excused where the
    task does not say. Raises ValueError for what makes no sense, and one of MALFORMED for a report of another shape.
    """
    if not fragments and not args["inventory_hostnames"]:
        raise ValueError(
            "fragments: there is none, and without inventory_hostnames nobody knows whose reports are missing"
        )
    exceptions, fail_on = merge.policy(fragments)
    return compliance.apply(
        merge.merged(fragments, args["inventory_hostnames"], now),
        exceptions if args["exceptions"] is None else args["exceptions"],
        fail_on if args["fail_on"] is None else args["fail_on"],
        now.date(),
    )


def _unpacked(name: str, packed: t.Any) -> t.Any:
    content = pack.unpacked(packed, name)
    try:
        return stored.expanded(content)
    except publish.MALFORMED as exc:
        raise ValueError(f"{name} is not a report of a slice: {type(exc).__name__}: {exc}") from exc


def _fragment(path: str) -> t.Any:
    try:
        return archive.read(path)
    except OSError as exc:
        raise ValueError(f"fragment_files: {path} cannot be read: {exc.strerror}") from exc
    except ValueError as exc:
        raise ValueError(f"fragment_files: {path}: {exc}") from exc
