# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which hosts comply: one word for each, what somebody has excused for a time, and which hosts fail where the
operator asks for it.

What was seen to be bad, what could not be looked at, and what was not reached are different words, and none of them
is ever taken for another.
"""

from __future__ import annotations

import datetime
import fnmatch
import re
import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import kind_of
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import (
    Advisory,
    Device,
    Excuse,
    Finding,
    Host,
    Report,
)
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
_Record = t.TypeVar("_Record", Device, Finding, Advisory)
# How bad a device is, in the words of the rules; healthy ones are not bad. A device that is not named here is bad
# enough to be a warning.
_DEVICE = {"recycled": CRITICAL, "conflict": CRITICAL}
# What an exception may never hide: another workload's data is at risk.
_NEVER_EXCUSED = ("recycled",)
_KEYS = ("rule", "device", "hosts", "reason", "owner", "expires")


def apply(report: Report, exceptions: t.Any, fail_on: str | None, today: datetime.date) -> Report:
    """Return a report with `compliance` of each host and of the whole, `exceptions`, and `exception` of each device,
    finding and advisory.

    The given one stays as it is; what does not change is shared.

    Args:
        report: of fleet.made.
        exceptions: audit_exceptions as a person writes it.
        fail_on: a severity, or '' or None for none.
        today: a date in UTC.

    Raises:
        ValueError: an exception or a severity makes no sense.
    """
    excuses = checked(exceptions, today)
    fail_on = severity(fail_on)
    hosts, failed, words = [], [], dict.fromkeys(WORDS, 0)
    listed = bool(report["arrays"]) and all(array["complete"] for array in report["arrays"])
    for before in report["hosts"]:
        host, worst = _host(before, excuses, listed)
        hosts.append(host)
        words[host["compliance"]] += 1
        if fail_on and worst is not None and SEVERITIES.index(worst) <= SEVERITIES.index(fail_on):
            failed.append(host["name"])
    advisories = [_advisory(advisory, excuses) for advisory in report["advisories"]]
    for excuse in excuses:
        if excuse["state"] != EXPIRED and not excuse["matched"]:
            excuse["state"] = UNUSED
    return {
        **report,
        "hosts": hosts,
        "advisories": advisories,
        "exceptions": excuses,
        "compliance": {
            "hosts": {word: number for word, number in words.items() if number},
            "fail_on": fail_on,
            "failed": failed,
        },
    }


def severity(word: str | None) -> str | None:
    """Return a severity to fail on, None for none. Raises ValueError for a word that is none."""
    if word and word not in SEVERITIES:
        raise ValueError(
            "audit_fail_on: %r is no severity; there are %s, and an empty one for none" % (word, ", ".join(SEVERITIES))
        )
    return word or None


def checked(exceptions: t.Any, today: datetime.date) -> list[dict[str, t.Any]]:
    """Return the exceptions as they are in a report: what was given, `expires` as a text, `state` (IN_FORCE or EXPIRED)
    and `matched` (0, as yet).

    Raises ValueError that names the entry, by its number, and the key.
    """
    if not isinstance(exceptions, (list, tuple)):
        raise ValueError("audit_exceptions: a list is needed, not %s" % kind_of(exceptions))
    return [_checked(number, exception, today) for number, exception in enumerate(exceptions, 1)]


def problem(device: Device) -> str | None:
    """Return how bad a device is: a severity, or None for a healthy one."""
    return None if device["verdict"] == "healthy" else _DEVICE.get(device["verdict"], WARNING)


def _checked(number: int, given: t.Any, today: datetime.date) -> dict[str, t.Any]:
    def wrong(key: str, why: str) -> ValueError:
        return ValueError("audit_exceptions, entry %d: %s: %s" % (number, key, why))

    if not isinstance(given, dict):
        raise ValueError("audit_exceptions, entry %d: a dictionary is needed, not %s" % (number, kind_of(given)))
    for key in given:
        if key not in _KEYS:
            raise wrong(key, "there is no such key; there are %s" % ", ".join(_KEYS))
    kinds = [key for key in ("rule", "device") if given.get(key) is not None]
    if len(kinds) != 1:
        raise wrong("rule", "either rule or device is needed, %s" % ("and not both" if kinds else "and there is none"))
    for key in (kinds[0], "reason", "owner"):
        if not isinstance(given.get(key), str) or not given[key].strip():
            raise wrong(key, "a text is needed")
    if kinds == ["rule"] and given["rule"] not in [rule["id"] for rule in rule_table.RULES + rules_advisories.RULES]:
        raise wrong("rule", "there is no rule %r; docs/rules.md has them all" % str(given["rule"]))
    hosts = given.get("hosts", ["*"])
    if not isinstance(hosts, (list, tuple)) or not hosts or not all(isinstance(name, str) and name for name in hosts):
        raise wrong("hosts", "a list of names or patterns is needed, such as [db*]; without it, all hosts")
    expires = _date(given.get("expires"))
    if expires is None:
        raise wrong("expires", "a date is needed, such as 2027-03-31: the last day on which it counts")
    return {
        kinds[0]: str(given[kinds[0]]),
        "hosts": [str(name) for name in hosts],
        "reason": str(given["reason"]),
        "owner": str(given["owner"]),
        "expires": expires.isoformat(),
        "state": EXPIRED if expires < today else IN_FORCE,
        "matched": 0,
    }


def _date(value: t.Any) -> datetime.date | None:
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


def _host(host: Host, excuses: list[dict[str, t.Any]], listed: bool) -> tuple[Host, str | None]:
    """A host with what is excused and its word of compliance, and the worst severity that counts on it.

    *listed*: whether arrays were asked and all of them listed: else nobody knows whether a LUN is still mapped to it.
    """
    mine = [excuse for excuse in excuses if _is_for(excuse, host["name"])]
    devices = [_device(device, mine) for device in host["devices"]]
    findings = [_finding(finding, mine) for finding in host["findings"]]
    # The severities that count: of the bad devices and of the findings that nothing in force covers.
    counted = {problem(device) for device in devices if not device.get("exception")}
    counted.update(finding["severity"] for finding in findings if not finding.get("exception"))
    made: Host = {**host, "devices": devices, "findings": findings, "compliance": _word(host, counted, listed)}
    return made, next((word for word in SEVERITIES if word in counted), None)


def _is_for(excuse: dict[str, t.Any], name: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in excuse["hosts"])


def _device(device: Device, excuses: list[dict[str, t.Any]]) -> Device:
    exception = None
    if excuses and device["verdict"] not in _NEVER_EXCUSED and problem(device):
        exception = _excused(excuses, "device", device["wwid"])
    return _marked(device, exception)


def _finding(finding: Finding, excuses: list[dict[str, t.Any]]) -> Finding:
    exception = _excused(excuses, "rule", finding["rule"], len(finding["subjects"])) if excuses else None
    return _marked(finding, exception)


def _advisory(advisory: Advisory, excuses: list[dict[str, t.Any]]) -> Advisory:
    """An advisory is excused for all the hosts that it touches, or not at all."""
    mine = [excuse for excuse in excuses if all(_is_for(excuse, name) for name in advisory["hosts"] or [""])]
    return _marked(advisory, _excused(mine, "rule", advisory["rule"]))


def _marked(record: _Record, exception: Excuse | None) -> _Record:
    """A device, a finding or an advisory with the exception that covers it, if one does."""
    marked: t.Any = record
    if marked.get("exception") != exception:
        marked = {key: value for key, value in record.items() if key != "exception"}
        marked.update({"exception": exception} if exception else {})
    return t.cast(_Record, marked)


def _excused(excuses: list[dict[str, t.Any]], key: str, value: str | None, number: int = 1) -> Excuse | None:
    """What covers a device or a finding: the first in force, or None. Each that fits is counted, as often as there are
    subjects (*number*).
    """
    found = [excuse for excuse in excuses if value is not None and excuse.get(key) == value]
    for excuse in found:
        excuse["matched"] += number
    for excuse in found:
        if excuse["state"] == IN_FORCE:
            return {"reason": excuse["reason"], "owner": excuse["owner"], "expires": excuse["expires"]}
    return None


def _word(host: Host, counted: set[str | None], listed: bool) -> str:
    if host["facts"] is None:
        return UNREACHABLE if host["state"] == "unreachable" else NOT_AUDITED
    if CRITICAL in counted or WARNING in counted:
        return NONCOMPLIANT
    return INCOMPLETE if host["state"] == "incomplete" or host["not_checked"] or not listed else COMPLIANT
