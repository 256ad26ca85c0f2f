# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules as a report has them: what each says, once."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Rule
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories as rules_advisories
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import table as rule_table

HOME = "https://github.com/sanops/sanops.multipath"
DOCS = f"{HOME}/blob/main/"  # before the path of a page
_Table = tuple[dict[str, t.Any], ...]


def _by_id(table: t.Any) -> dict[str, Rule]:
    rules: _Table = table
    return {
        rule["id"]: {
            "title": rule["title"],
            "severity": rule["severity"],
            "why": rule["reason"],
            "remedy": rule["remedy"],
        }
        for rule in rules
    }


OF_HOSTS = _by_id(rule_table.RULES)  # by id, in their order


def of_arrays() -> dict[str, Rule]:
    """Return the rules of arrays and clusters, by id."""
    return _by_id(rules_advisories.RULES)


def page_of(rule: str, title: str) -> str:
    """Return where docs/ explains a rule: the path of the page, and the anchor that GitHub makes of its heading."""
    anchor = re.sub("[^a-z0-9_ -]", "", f"{rule}: {title}".lower()).replace(" ", "-")
    return f"docs/rules.md#{anchor}"
