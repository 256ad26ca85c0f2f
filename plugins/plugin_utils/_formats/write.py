# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The formats in which a report is written beside fleet.json."""

from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import csv as csv_format
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import html as html_format
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import junit as junit_format
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import prometheus, sarif
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import files as report_files

# Name -> (file in the folder of the report, who may read it, function that makes its text of a report).
FORMATS = {
    "html": ("fleet.html", report_files.OURS, html_format.render),
    "csv": ("fleet.csv", report_files.OURS, csv_format.render),
    "junit": ("junit.xml", report_files.OURS, junit_format.render),
    "prom": ("metrics.prom", report_files.ALL, prometheus.render),  # counts only, and node_exporter is another user
    "sarif": ("findings.sarif", report_files.OURS, sarif.render),
}
ALL = "all"


def choices():
    """What somebody may ask for."""
    return [ALL] + list(FORMATS)


def wanted(names):
    """The formats that are asked for, in the order of FORMATS. *names*: of choices()."""
    return [name for name in FORMATS if name in names or ALL in names]
