# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""junit.xml: each host a suite; its audit, each of its devices and each rule a case.

A case fails for what makes the host noncompliant, errs for a host that was not audited, and is skipped for what
could not be checked or is excused. The names of the cases stay the same from run to run, so that a CI server can
tell since when a case fails.
"""

from __future__ import annotations

import collections
import collections.abc as c
import re
import typing as t
from xml.sax.saxutils import escape, quoteattr

from ansible_collections.sanops.multipath.plugins.plugin_utils._formats.plain import (
    counts,
    excused,
    paths,
    plain,
    users,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import device_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance, records
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import rule_texts as report_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import (
    Device,
    Finding,
    Gap,
    Host,
    Report,
    Rule,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.text import lun_words, more

_SPECIAL = re.compile('[&<>"\\n\\r\\t]')
_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}
# (element, type, message, lines of text) of a case that does not pass, or that has something to say.
_Outcome = tuple[str, str, str, list[str]]


def render(report: Report) -> str:
    """Return the report as JUnit XML (text; it is to be written as UTF-8)."""
    return "".join(pieces(report))


def pieces(report: Report) -> c.Iterator[str]:
    """Yield the report as JUnit XML, suite by suite."""
    failed, total = set(report["compliance"]["failed"]), collections.Counter[str]()
    # The numbers stand before what they count, and the texts of a large fleet are not held for them.
    counted = [_numbers(host) for host in report["hosts"]]
    for numbers in counted:
        total.update(numbers)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    totals = [(key, total[key]) for key in ("tests", "failures", "errors", "skipped")]
    yield f"{_tag('testsuites', [('name', 'sanops.multipath'), *totals])}\n"
    for host, numbers in zip(report["hosts"], counted):
        yield _suite(report, host, numbers, host["name"] in failed)
    yield "</testsuites>\n"


def _suite(report: Report, host: Host, numbers: dict[str, int], failed: bool) -> str:
    elapsed = host["facts"]["elapsed"] if host["facts"] else None
    attributes = [
        ("name", host["name"]),
        ("hostname", host["name"]),
        *sorted(numbers.items()),
        ("time", f"{elapsed:.3f}" if isinstance(elapsed, (int, float)) else "0"),
        # UTC: the schemas of the format have no time zone.
        ("timestamp", str(report["generated_at"]).rstrip("Z")),
    ]
    lines = [_tag("testsuite", attributes), "<properties>"]
    for name, value in (
        ("state", host["state"]),
        ("compliance", host["compliance"]),
        ("fails_by_policy", "yes" if failed else "no"),
    ):
        lines.append(_tag("property", [("name", name), ("value", value)], "/"))
    lines.append("</properties>")
    start = f"<testcase classname={_quoted(plain(host['name']))} name="
    lines += [_case(start, name, outcome) for name, outcome in _cases(host, report["rules"])]
    lines.append("</testsuite>\n")
    return "\n".join(lines)


def _numbers(host: Host) -> dict[str, int]:
    """How many cases a host has, and how many of them do not pass."""
    tags = [_audit(host)]
    if host["compliance"] in compliance.UNKNOWN:
        tests = 1
    else:
        tags += [_of_device(device) for device in host["devices"] if compliance.problem(device)]
        found, unseen = _by_rule(host)
        tags += [_of_rule(found.get(rule, []), unseen.get(rule, [])) for rule in {*found, *unseen}]
        tests = 1 + len(host["devices"]) + len({*report_rules.OF_HOSTS, *found, *unseen})
    return {"tests": tests, **{key: tags.count(tag) for key, tag in _COUNTED.items()}}


def _cases(host: Host, rules: dict[str, Rule]) -> c.Iterator[tuple[str, _Outcome | None]]:
    """(name, quoted; outcome: None where it passes) of each case of a host."""
    yield '"audit"', _audited(host)
    if host["compliance"] in compliance.UNKNOWN:
        return
    for device in host["devices"]:
        yield _quoted(plain(_name(device))), _device(host, device) if compliance.problem(device) else None
    found, unseen = _by_rule(host)
    # Every rule that there is, and those of another version.
    others = [(rule, _title(rule, rules.get(rule))) for rule in {*found, *unseen}.difference(report_rules.OF_HOSTS)]
    for rule, title in sorted(_RULES + others) if others else _RULES:
        if rule in found or rule in unseen:
            yield title, _rule(found.get(rule, []), unseen.get(rule, []), rules.get(rule))
        else:
            yield title, None


def _quoted(text: str) -> str:
    """A text as the value of an attribute; most of them need no more than quotation marks."""
    return quoteattr(text) if _SPECIAL.search(text) else f'"{text}"'


def _title(identity: str, rule: Rule | None) -> str:
    return _quoted(plain(f"{identity} {rule['title']}" if rule else identity))


_RULES = sorted((identity, _title(identity, rule)) for identity, rule in report_rules.OF_HOSTS.items())


def _case(start: str, name: str, outcome: _Outcome | None) -> str:
    """A case as XML. *start*: what the cases of a host have in common; *name*: quoted."""
    if outcome is None:
        return f'{start}{name} time="0"/>'
    tag, kind, message, text = outcome
    if tag == "system-out":
        return f'{start}{name} time="0"><system-out>{_text(text)}</system-out></testcase>'
    reported = _tag(tag, [("type", kind), ("message", message)])
    return f'{start}{name} time="0">{reported}{_text(text)}</{tag}></testcase>'


def _audit(host: Host) -> str:
    """The element of the case audit, "" where it passes."""
    if host["compliance"] in compliance.UNKNOWN:
        return "error"
    return "skipped" if host["why"] else ""


def _audited(host: Host) -> _Outcome | None:
    tag = _audit(host)
    if tag == "error":
        return tag, host["compliance"], f"{host['state']}: {host['why']}", []
    return (tag, "incomplete", f"incomplete: {host['why']}", []) if tag else None


def _name(device: Device) -> str:
    """A disk is named by its address, since two disks may be paths to one LUN; the name sdX of either may differ
    after each boot.
    """
    name = f"{device['kind']} {device['wwid'] or device['name']}"
    if device["kind"] == "disk":
        name += "".join(f" at {path['hctl']}" for path in device["paths"])
    return name


def _of_device(device: Device) -> str:
    """The element of the case of a device that is not healthy."""
    return "skipped" if device.get("exception") else "failure"


def _device(host: Host, device: Device) -> _Outcome:
    text = _evidence(host, device)
    if device.get("exception"):
        return _of_device(device), "excused", f"{device['verdict']}, {excused(device['exception'])}", text
    return _of_device(device), device["verdict"], f"{device['verdict']}: {device['reason']}", text


def _evidence(host: Host, device: Device) -> list[str]:
    text = [f"name: {device['name']}, {device['device']}", f"why: {device['reason']}"]
    text += [f"note: {note}" for note in device["notes"]]
    text += [f"LUN: {lun_words(lun)}" for lun in records.luns_of(host, device)]
    text += [f"answers there now: {lun_words(lun)}" for lun in records.answering(host, device)]
    text += [f"path: {path}" for path in paths(device)]
    text += [f"owner: {device_owners.words(owner)}" for owner in device["owners"]]
    text += [f"veto: {veto}" for veto in device["vetoes"]]
    text += [f"used by {user}" for user in users(device)]
    return text + ([f"next: {device['next']}"] if device["next"] else [])


def _by_rule(host: Host) -> tuple[dict[str, list[Finding]], dict[str, list[Gap]]]:
    """What each rule found on a host, and what it could not check."""
    found: dict[str, list[Finding]] = {}
    unseen: dict[str, list[Gap]] = {}
    for finding in host["findings"]:
        found.setdefault(finding["rule"], []).append(finding)
    for gap in host["not_checked"]:
        unseen.setdefault(gap["rule"], []).append(gap)
    return found, unseen


def _of_rule(findings: list[Finding], unseen: list[Gap]) -> str:
    """The element of a rule at one host that has something to say. What it could not see is no pass, and no failure
    hides behind an exception for another subject.
    """
    if any(counts(finding) and not finding.get("exception") for finding in findings):
        return "failure"
    return "skipped" if unseen or any(counts(finding) for finding in findings) else "system-out"


def _rule(findings: list[Finding], unseen: list[Gap], rule: Rule | None) -> _Outcome:
    """The outcome of a rule at one host that has something to say."""
    tag = _of_rule(findings, unseen)
    gaps = ["not checked: " + gap["why"] + (f" ({gap['subject']})" if gap["subject"] else "") for gap in unseen]
    text = [line for finding in findings for line in _finding(finding)] + gaps
    if findings and rule:
        text += [f"why: {rule['why']}", f"next: {rule['remedy']}"]
    if tag == "failure":
        against = [finding for finding in findings if counts(finding) and not finding.get("exception")]
        first, number = against[0], sum(len(finding["subjects"]) for finding in against)
        return tag, first["severity"], f"{first['subjects'][0]}: {first['what']}{more(number, 1)}", text
    if gaps:
        return tag, "not_checked", gaps[0] + more(len(gaps), 1), text
    covered = [finding["exception"] for finding in findings if counts(finding) and "exception" in finding]
    return (tag, "excused", excused(covered[0]), text) if covered else (tag, "", "", text)


def _finding(finding: Finding) -> c.Iterator[str]:
    end = f", {finding['where']}" if finding["where"] else ""
    if finding.get("exception"):
        end += f"; {excused(finding['exception'])}"
    for subject in finding["subjects"]:
        yield f"{finding['severity']}: {subject}: {finding['what']}{end}"


def _tag(name: str, attributes: c.Iterable[tuple[str, t.Any]], end: str = "") -> str:
    return f"<{name}{''.join(f' {key}={_quoted(plain(value))}' for key, value in attributes)}{end}>"


def _text(lines: list[str]) -> str:
    return escape("\n".join(plain(line) for line in lines))
