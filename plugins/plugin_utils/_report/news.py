# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The end of the summary, which a person reads first: what has changed since the report before, what is excused,
and who complies.
"""

from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance as report_compliance

ALARM, WARNING, GOOD, PLAIN = "alarm", "warning", "good", "plain"
_MOST = 20  # of a kind are named; fleet.json has all


def lines(report):
    """[(importance, text)]"""
    return _changes(report["changes"]) + _exceptions(report["exceptions"]) + [_compliance_line(report["compliance"])]


def excused(exception):
    """An exception in force, for the device or finding that it covers."""
    return "excused until %(expires)s by %(owner)s: %(reason)s" % exception


def _changes(changes):
    if changes is None:
        return []
    told = [
        (
            PLAIN,
            "Since the report of %s: %d new, %d gone, %d as before."
            % (changes["since"], len(changes["new"]), len(changes["gone"]), changes["still"]),
        )
    ]
    for key, word, importance in (("new", "NEW ", WARNING), ("gone", "GONE", GOOD)):
        told += [(importance, "  %s  %s: %s" % (word, one["host"], one["what"])) for one in changes[key][:_MOST]]
        if len(changes[key]) > _MOST:
            told.append((importance, "  %s  and %d more, in fleet.json" % (word, len(changes[key]) - _MOST)))
    return told


def _exceptions(exceptions):
    """Those in force in one line; each that is over, or that nothing needs any more, in one of its own, since
    somebody has to do something about it.
    """
    if not exceptions:
        return []
    states = [one["state"] for one in exceptions]
    told = [
        (
            PLAIN,
            "Exceptions: %s."
            % ", ".join(
                "%d %s" % (states.count(state), state)
                for state in (report_compliance.IN_FORCE, report_compliance.EXPIRED, report_compliance.UNUSED)
                if state in states
            ),
        )
    ]
    told += [
        (
            WARNING,
            "  EXPIRED  %s since %s (%s: %s): what it covered counts again, %d now"
            % (_title(one), one["expires"], one["owner"], one["reason"], one["matched"]),
        )
        for one in exceptions
        if one["state"] == report_compliance.EXPIRED
    ]
    return told + [
        (PLAIN, "  UNUSED   %s until %s (%s): nothing here needs it" % (_title(one), one["expires"], one["owner"]))
        for one in exceptions
        if one["state"] == report_compliance.UNUSED
    ]


def _title(one):
    kind = "rule" if "rule" in one else "device"
    return "%s %s%s" % (kind, one[kind], "" if one["hosts"] == ["*"] else " on %s" % ", ".join(one["hosts"]))


def _compliance_line(compliance):
    told = ", ".join(
        "%d %s" % (compliance["hosts"][word], word.replace("_", " "))
        for word in report_compliance.WORDS
        if word in compliance["hosts"]
    )
    text = "Compliance: %s." % (told or "no host")
    failed = compliance["failed"]
    if compliance["fail_on"] and failed:
        more = " and %d more" % (len(failed) - _MOST) if len(failed) > _MOST else ""
        text += " By the policy (audit_fail_on %s) %d fail%s: %s%s." % (
            compliance["fail_on"],
            len(failed),
            "s" if len(failed) == 1 else "",
            ", ".join(failed[:_MOST]),
            more,
        )
    bad = failed or any(
        word in compliance["hosts"] for word in (report_compliance.NONCOMPLIANT,) + report_compliance.UNKNOWN
    )
    return (ALARM if failed else WARNING if bad or report_compliance.INCOMPLETE in compliance["hosts"] else GOOD, text)
