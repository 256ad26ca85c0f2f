# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the formats made from fleet.json say alike: values of hosts and arrays as plain text, and what counts
against a host.
"""

from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet, news
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import CRITICAL, WARNING

STATES = ("audited", "incomplete", "unreachable", "failed", "missing")
_COUNTS = (CRITICAL, WARNING)


def plain(value):
    """Any value as one line without a control character, a terminal escape, a bidirectional override or a lone
    surrogate; None is ''.

    The characters that XML has not are among what is shown as a code.
    """
    text = "" if value is None else str(value)
    # What Python calls printable has none of them, and a report of 5,000 hosts has millions of values.
    return (
        text if text.isprintable() else fleet.printable(text).replace("\ufffe", "\\xfffe").replace("\uffff", "\\xffff")
    )


def version(report):
    """The version of the collection that made the report, or ''."""
    return plain(report["generated_by"].get("sanops.multipath"))


def counts(finding):
    """Whether a finding counts against its host, unless it is excused: information does not."""
    return finding["severity"] in _COUNTS


def excused(exception):
    """An exception in words."""
    return plain(news.excused(exception))


def paths(device):
    """[what each path of a device is and what it says]."""
    return ["%s %s" % (path["sd"] or path["hctl"], path["wire"]["state"]) for path in device["paths"]]


def users(device):
    """Who uses a device, in words."""
    if device["in_use"] is None:
        return ["not known: the users could not be read"]
    return ["%s: %s" % (user["kind"], user["detail"]) for user in device["users"]]
