# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the formats made from fleet.json say alike: values of hosts and arrays as plain text, and what counts
against a host.
"""

from __future__ import annotations

import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._report import summary_end, text
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Device, Excuse, Finding, Report
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import CRITICAL, WARNING

STATES = ("audited", "incomplete", "unreachable", "failed", "missing")
_COUNTS = (CRITICAL, WARNING)


def plain(value: t.Any) -> str:
    """Return any value as one line without a control character, a terminal escape, a bidirectional override or a lone
    surrogate; None is ''.

    The characters that XML has not are among what is shown as a code.
    """
    shown = "" if value is None else str(value)
    # What Python calls printable has none of them, and a report of 5,000 hosts has millions of values.
    if shown.isprintable():
        return shown
    return text.printable(shown).replace("\ufffe", "\\xfffe").replace("\uffff", "\\xffff")


def version(report: Report) -> str:
    """Return the version of the collection that made the report, or ''."""
    return plain(report["generated_by"].get("sanops.multipath"))


def counts(finding: Finding) -> bool:
    """Return whether a finding counts against its host, unless it is excused: information does not."""
    return finding["severity"] in _COUNTS


def excused(exception: Excuse) -> str:
    """Return an exception in words."""
    return plain(summary_end.excused(exception))


def paths(device: Device) -> list[str]:
    """Return what each path of a device is and what it says."""
    return [f"{path['sd'] or path['hctl']} {path['wire']['state']}" for path in device["paths"]]


def users(device: Device) -> list[str]:
    """Return who uses a device, in words."""
    if device["in_use"] is None:
        return ["not known: the users could not be read"]
    return [f"{user['kind']}: {user['detail']}" for user in device["users"]]
