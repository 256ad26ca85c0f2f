# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The formats in which a report is written beside fleet.json."""

from ansible_collections.sanops.multipath.plugins.plugin_utils import _csv
from ansible_collections.sanops.multipath.plugins.plugin_utils import _files
from ansible_collections.sanops.multipath.plugins.plugin_utils import _html
from ansible_collections.sanops.multipath.plugins.plugin_utils import _junit
from ansible_collections.sanops.multipath.plugins.plugin_utils import _prometheus
from ansible_collections.sanops.multipath.plugins.plugin_utils import _sarif

# Name -> (file in the folder of the report, who may read it, function that makes its text of a report).
FORMATS = {
    'html': ('fleet.html', _files.OURS, _html.render),
    'csv': ('fleet.csv', _files.OURS, _csv.render),
    'junit': ('junit.xml', _files.OURS, _junit.render),
    'prom': ('metrics.prom', _files.ALL, _prometheus.render),  # counts only, and node_exporter is another user
    'sarif': ('findings.sarif', _files.OURS, _sarif.render),
}
ALL = 'all'


def choices():
    """What somebody may ask for."""
    return [ALL] + list(FORMATS)


def wanted(names):
    """The formats that are asked for, in the order of FORMATS. *names*: of choices()."""
    return [name for name in FORMATS if name in names or ALL in names]
