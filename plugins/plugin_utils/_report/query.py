# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a person wants to know of a report, asked in JMESPath."""

import json

from ansible_collections.sanops.multipath.plugins.plugin_utils._report import archive

try:
    import jmespath
except ImportError:
    jmespath = None


def query(report, expression):
    """What an expression selects. *report*: a dictionary, its JSON as a text, or the path of a file, packed by gzip
    or not.

    Raises ValueError for what is no report or no expression, or where jmespath is missing.
    """
    if jmespath is None:
        raise ValueError("the Python library jmespath is missing on the controller: pip install jmespath")
    try:
        compiled = jmespath.compile(str(expression))
    except jmespath.exceptions.JMESPathError as exc:
        raise ValueError("%r is no expression of JMESPath: %s" % (str(expression), exc)) from exc
    try:
        return compiled.search(_read(report))
    except jmespath.exceptions.JMESPathError as exc:
        raise ValueError("%r cannot be asked of this report: %s" % (str(expression), exc)) from exc


def _read(report):
    if isinstance(report, dict):
        # Plain data: jmespath knows its types by their names, and Ansible's own strings and dictionaries have other
        # ones.
        return json.loads(json.dumps(report))
    if not isinstance(report, str):
        raise ValueError(
            "a report is needed (a dictionary, its JSON or the path of a file), not %s" % type(report).__name__
        )
    if report.lstrip().startswith("{"):
        return json.loads(report)
    try:
        return archive.read(report)
    except OSError as exc:
        raise ValueError("%s cannot be read: %s" % (report, exc.strerror)) from exc
    except ValueError as exc:
        raise ValueError("%s: %s" % (report, exc)) from exc
