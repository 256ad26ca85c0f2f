# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The end of the summary, which a person reads first: what has changed since the report before, what is excused,
and who complies.
"""

from __future__ import annotations

import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance as report_compliance
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import text
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Changes, Compliance, Excuse, Report

ALARM, WARNING, GOOD, PLAIN = "alarm", "warning", "good", "plain"
_MOST = 20  # of a kind are named; fleet.json has all


def lines(report: Report) -> list[tuple[str, str]]:
    """Return [(importance, text)]."""
    return _changes(report["changes"]) + _exceptions(report["exceptions"]) + [compliance_line(report["compliance"])]


def excused(exception: Excuse) -> str:
    """Return an exception in force in words, for the device or finding that it covers."""
    return "excused until %(expires)s by %(owner)s: %(reason)s" % exception


def _changes(changes: Changes | None) -> list[tuple[str, str]]:
    if changes is None:
        return []
    new, gone = len(changes["new"]), len(changes["gone"])
    reported = [
        (PLAIN, f"Since the report of {changes['since']}: {new} new, {gone} gone, {changes['still']} as before.")
    ]
    for entries, word, importance in ((changes["new"], "NEW ", WARNING), (changes["gone"], "GONE", GOOD)):
        reported += [(importance, f"  {word}  {entry['host']}: {entry['what']}") for entry in entries[:_MOST]]
        if len(entries) > _MOST:
            reported.append((importance, f"  {word} {text.more(len(entries), _MOST)}, in fleet.json"))
    return reported


def _exceptions(exceptions: list[dict[str, t.Any]]) -> list[tuple[str, str]]:
    """Those in force in one line; each that is over, or that nothing needs any more, in one of its own, since
    somebody has to do something about it.
    """
    if not exceptions:
        return []
    states = [exception["state"] for exception in exceptions]
    counted = ", ".join(
        f"{states.count(state)} {state}"
        for state in (report_compliance.IN_FORCE, report_compliance.EXPIRED, report_compliance.UNUSED)
        if state in states
    )
    reported = [(PLAIN, f"Exceptions: {counted}.")]
    reported += [
        (
            WARNING,
            f"  EXPIRED  {_title(exception)} since {exception['expires']} ({exception['owner']}: "
            f"{exception['reason']}): what it covered counts again, {exception['matched']} now",
        )
        for exception in exceptions
        if exception["state"] == report_compliance.EXPIRED
    ]
    return reported + [
        (
            PLAIN,
            f"  UNUSED   {_title(exception)} until {exception['expires']} ({exception['owner']}): nothing here "
            "needs it",
        )
        for exception in exceptions
        if exception["state"] == report_compliance.UNUSED
    ]


def _title(exception: dict[str, t.Any]) -> str:
    kind = "rule" if "rule" in exception else "device"
    on = "" if exception["hosts"] == ["*"] else f" on {', '.join(exception['hosts'])}"
    return f"{kind} {exception[kind]}{on}"


def compliance_line(compliance: Compliance) -> tuple[str, str]:
    """Return (importance, text) of who complies."""
    hosts, failed = compliance["hosts"], compliance["failed"]
    reported = ", ".join(f"{hosts[word]} {word.replace('_', ' ')}" for word in report_compliance.WORDS if word in hosts)
    line = f"Compliance: {reported or 'no host'}."
    if compliance["fail_on"] and failed:
        line += (
            f" By the policy (audit_fail_on {compliance['fail_on']}) {len(failed)} fail{'s' * (len(failed) == 1)}: "
            f"{text.some(failed, _MOST)}."
        )
    bad = (report_compliance.NONCOMPLIANT, report_compliance.INCOMPLETE, *report_compliance.UNKNOWN)
    return ALARM if failed else WARNING if any(word in hosts for word in bad) else GOOD, line
