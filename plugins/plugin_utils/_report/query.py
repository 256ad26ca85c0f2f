# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a person wants to know of a report, asked in JMESPath."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import kind_of
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import archive, stored

try:
    import jmespath
except ImportError:
    jmespath = None


def query(report: t.Any, expression: t.Any) -> t.Any:
    """Return what an expression selects. *report*: a dictionary, its JSON as a text, or the path of a file, packed by
    gzip or not.

    Raises ValueError for what is not a report or not an expression, or where jmespath is missing.
    """
    if jmespath is None:
        raise ValueError("the Python library jmespath is missing on the controller: pip install jmespath")
    try:
        compiled = jmespath.compile(str(expression))
    except jmespath.exceptions.JMESPathError as exc:
        raise ValueError(f"{str(expression)!r} is no expression of JMESPath: {exc}") from exc
    try:
        return compiled.search(_read(report))
    except jmespath.exceptions.JMESPathError as exc:
        raise ValueError(f"{str(expression)!r} cannot be asked of this report: {exc}") from exc


def _read(report: t.Any) -> t.Any:
    if isinstance(report, dict):
        # Plain data: jmespath knows its types by their names, and Ansible's own strings and dictionaries have other
        # ones.
        return _whole(json.loads(json.dumps(report)))
    if not isinstance(report, str):
        raise ValueError(f"a report is needed (a dictionary, its JSON or the path of a file), not {kind_of(report)}")
    if report.lstrip().startswith("{"):
        return _whole(json.loads(report))
    try:
        return archive.read(report)
    except OSError as exc:
        raise ValueError(f"{report} cannot be read: {exc.strerror}") from exc
    except ValueError as exc:
        raise ValueError(f"{report}: {exc}") from exc


def _whole(report: t.Any) -> t.Any:
    """A report with every key of every record, be it as a file has it or not."""
    try:
        return stored.expanded(report)
    except (AttributeError, KeyError, TypeError) as exc:
        raise ValueError(f"it is not a report: {type(exc).__name__}: {exc}") from exc
