# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which hosts comply: one word for each, what somebody has excused for a time, and which hosts fail where the
operator asks for it.

What was seen to be bad, what could not be looked at, and what was not reached are different words, and none of them
is ever taken for another.
"""

import datetime
import fnmatch
import re

from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories as rules_advisories
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import table as rule_table
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import CRITICAL, SEVERITIES, WARNING

COMPLIANT, NONCOMPLIANT, INCOMPLETE, UNREACHABLE, NOT_AUDITED = WORDS = (
    "compliant",
    "noncompliant",
    "incomplete",
    "unreachable",
    "not_audited",
)
UNKNOWN = (UNREACHABLE, NOT_AUDITED)
IN_FORCE, EXPIRED, UNUSED = "in force", "expired", "unused"
# How bad a device is, in the words of the rules; healthy ones are not bad. A device that is not named here is bad
# enough to be a warning.
_DEVICE = {"recycled": CRITICAL, "conflict": CRITICAL}
# What an exception may never hide: another workload's data is at risk.
_NEVER_EXCUSED = ("recycled",)
_KEYS = ("rule", "device", "hosts", "reason", "owner", "expires")


def apply(report, exceptions, fail_on, today):
    """A report with `compliance` of each host and of the whole, `exceptions`, and `exception` of each device,
    finding and advisory.

    The given one stays as it is.

    *exceptions*: as a person writes audit_exceptions; *fail_on*: a severity, or '' or None for none; *today*: a
    date in UTC. Raises ValueError for an exception or a severity that makes no sense.
    """
    excuses = checked(exceptions, today)
    fail_on = severity(fail_on)
    hosts = [_host(host, excuses) for host in report["hosts"]]
    advisories = [_advisory(one, excuses) for one in report.get("advisories", [])]
    for excuse in excuses:
        if excuse["state"] != EXPIRED and not excuse["matched"]:
            excuse["state"] = UNUSED
    words = [host["compliance"] for host in hosts]
    return dict(
        report,
        hosts=hosts,
        advisories=advisories,
        exceptions=excuses,
        compliance={
            "hosts": {word: words.count(word) for word in WORDS if word in words},
            "fail_on": fail_on,
            "failed": [host["name"] for host in hosts if fail_on and _fails(host, fail_on)],
        },
    )


def severity(word):
    """A severity to fail on, None for none. Raises ValueError for a word that is none."""
    if word and word not in SEVERITIES:
        raise ValueError(
            "audit_fail_on: %r is no severity; there are %s, and an empty one for none" % (word, ", ".join(SEVERITIES))
        )
    return word or None


def checked(exceptions, today):
    """The exceptions as they are in a report: what was given, `expires` as a text, `state` (IN_FORCE or EXPIRED)
    and `matched` (0, as yet).

    Raises ValueError that names the entry, by its number, and the key.
    """
    if not isinstance(exceptions, (list, tuple)):
        raise ValueError("audit_exceptions: a list is needed, not %s" % type(exceptions).__name__)
    return [_checked(number, one, today) for number, one in enumerate(exceptions, 1)]


def problem(device):
    """How bad a device is: a severity, or None for a healthy one."""
    return None if device["verdict"] == "healthy" else _DEVICE.get(device["verdict"], WARNING)


def _checked(number, one, today):
    def wrong(key, why):
        return ValueError("audit_exceptions, entry %d: %s: %s" % (number, key, why))

    if not isinstance(one, dict):
        raise ValueError("audit_exceptions, entry %d: a dictionary is needed, not %s" % (number, type(one).__name__))
    for key in one:
        if key not in _KEYS:
            raise wrong(key, "there is no such key; there are %s" % ", ".join(_KEYS))
    kinds = [key for key in ("rule", "device") if one.get(key) is not None]
    if len(kinds) != 1:
        raise wrong("rule", "either rule or device is needed, %s" % ("and not both" if kinds else "and there is none"))
    for key in (kinds[0], "reason", "owner"):
        if not isinstance(one.get(key), str) or not one[key].strip():
            raise wrong(key, "a text is needed")
    if kinds == ["rule"] and one["rule"] not in [rule["id"] for rule in rule_table.RULES + rules_advisories.RULES]:
        raise wrong("rule", "there is no rule %r; docs/rules.md has them all" % str(one["rule"]))
    hosts = one.get("hosts", ["*"])
    if not isinstance(hosts, (list, tuple)) or not hosts or not all(isinstance(name, str) and name for name in hosts):
        raise wrong("hosts", "a list of names or patterns is needed, such as [db*]; without it, all hosts")
    expires = _date(one.get("expires"))
    if expires is None:
        raise wrong("expires", "a date is needed, such as 2027-03-31: the last day on which it counts")
    return {
        kinds[0]: str(one[kinds[0]]),
        "hosts": [str(name) for name in hosts],
        "reason": str(one["reason"]),
        "owner": str(one["owner"]),
        "expires": expires.isoformat(),
        "state": EXPIRED if expires < today else IN_FORCE,
        "matched": 0,
    }


def _date(value):
    """YAML reads a date that is not quoted as one."""
    if isinstance(value, datetime.datetime):
        return None  # a moment is no last day
    if isinstance(value, datetime.date):
        return value
    if not isinstance(value, str) or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return None
    try:
        return datetime.datetime.strptime(value, "%Y-%m-%d").date()
    except ValueError:
        return None


def _host(host, excuses):
    mine = [
        excuse for excuse in excuses if any(fnmatch.fnmatchcase(host["name"], pattern) for pattern in excuse["hosts"])
    ]
    devices = [
        dict(
            device,
            exception=_excused(mine, "device", device["wwid"])
            if problem(device) and device["verdict"] not in _NEVER_EXCUSED
            else None,
        )
        for device in host["devices"]
    ]
    findings = [dict(finding, exception=_excused(mine, "rule", finding["rule"])) for finding in host["findings"]]
    made = dict(host, devices=devices, findings=findings)
    return dict(made, compliance=_word(made))


def _advisory(one, excuses):
    """An advisory is excused for all the hosts that it touches, or not at all."""
    mine = [
        excuse
        for excuse in excuses
        if all(any(fnmatch.fnmatchcase(name, pattern) for pattern in excuse["hosts"]) for name in one["hosts"] or [""])
    ]
    return dict(one, exception=_excused(mine, "rule", one["rule"]))


def _excused(excuses, key, value):
    """What covers one device or finding: {'reason', 'owner', 'expires'} of the first in force, or None. Each that
    fits is counted.
    """
    found = [excuse for excuse in excuses if value is not None and excuse.get(key) == value]
    for excuse in found:
        excuse["matched"] += 1
    for excuse in found:
        if excuse["state"] == IN_FORCE:
            return {name: excuse[name] for name in ("reason", "owner", "expires")}
    return None


def _counted(host):
    """The severities that count on a host: of the bad devices and of the findings that nothing in force covers."""
    found = [problem(device) for device in host["devices"] if problem(device) and not device["exception"]]
    return found + [finding["severity"] for finding in host["findings"] if not finding["exception"]]


def _word(host):
    if host["facts"] is None:
        return UNREACHABLE if host["state"] == "unreachable" else NOT_AUDITED
    if {CRITICAL, WARNING}.intersection(_counted(host)):
        return NONCOMPLIANT
    return INCOMPLETE if host["state"] == "incomplete" or host["not_checked"] else COMPLIANT


def _fails(host, fail_on):
    return any(SEVERITIES.index(one) <= SEVERITIES.index(fail_on) for one in _counted(host))
