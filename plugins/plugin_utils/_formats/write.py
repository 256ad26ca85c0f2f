# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The formats in which a report is written beside fleet.json."""

from __future__ import annotations

import collections.abc as c

from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import csv as csv_format
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import html as html_format
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import junit as junit_format
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import prometheus, sarif
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import files as report_files
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Report

# Name -> (file in the folder of the report, who may read it, function that yields its text of a report piece by piece).
FORMATS: dict[str, tuple[str, int, c.Callable[[Report], c.Iterable[str]]]] = {
    "html": ("fleet.html", report_files.OURS, html_format.pieces),
    "csv": ("fleet.csv", report_files.OURS, csv_format.pieces),
    "junit": ("junit.xml", report_files.OURS, junit_format.pieces),
    "prom": ("metrics.prom", report_files.ALL, prometheus.pieces),  # counts only, and node_exporter is another user
    "sarif": ("findings.sarif", report_files.OURS, sarif.pieces),
}
ALL = "all"


def choices() -> list[str]:
    """Return what somebody may ask for."""
    return [ALL] + list(FORMATS)


def wanted(names: list[str]) -> list[str]:
    """Return the formats that are asked for, in the order of FORMATS. *names*: of choices()."""
    return [name for name in FORMATS if name in names or ALL in names]
