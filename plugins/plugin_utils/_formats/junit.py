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
import functools
import typing as t
from xml.sax.saxutils import escape, quoteattr

from ansible_collections.sanops.multipath.plugins.plugin_utils._formats.plain import (
    counts,
    excused,
    paths,
    plain,
    users,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import owners as device_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compact, compliance
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import rules as report_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import (
    Device,
    Finding,
    Gap,
    Host,
    Report,
    Rule,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.text import lun_words, more

_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}
# (element, type, message, lines of text) of a case that does not pass, or that has something to say.
_Outcome = tuple[str, str, str, list[str]]


def render(report: Report) -> str:
    """Return the report as JUnit XML (text; it is to be written as UTF-8)."""
    return "".join(pieces(report))


def pieces(report: Report) -> c.Iterator[str]:
    """Yield the report as JUnit XML, suite by suite."""
    failed, total = set(report["compliance"]["failed"]), collections.Counter[str]()
    # The numbers stand before what they count, and the texts of a large fleet are not held for them: the cases are
    # made twice.
    for host in report["hosts"]:
        total.update(_counted(list(_cases(host, report["rules"], brief=True))))
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    numbers = [(key, total[key]) for key in ("tests", "failures", "errors", "skipped")]
    yield f"{_tag('testsuites', [('name', 'sanops.multipath'), *numbers])}\n"
    for host in report["hosts"]:
        yield _suite(report, host, host["name"] in failed)
    yield "</testsuites>\n"


def _suite(report: Report, host: Host, failed: bool) -> str:
    cases = list(_cases(host, report["rules"]))
    elapsed = host["facts"]["elapsed"] if host["facts"] else None
    attributes = [
        ("name", host["name"]),
        ("hostname", host["name"]),
        *sorted(_counted(cases).items()),
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
    classname = quoteattr(plain(host["name"]))
    lines += [_case(classname, name, outcome) for name, outcome in cases]
    lines.append("</testsuite>\n")
    return "\n".join(lines)


def _counted(cases: list[tuple[str, _Outcome | None]]) -> dict[str, int]:
    tags = collections.Counter(outcome[0] for dummy, outcome in cases if outcome)
    return {"tests": len(cases), **{key: tags[tag] for key, tag in _COUNTED.items()}}


def _cases(host: Host, rules: dict[str, Rule], brief: bool = False) -> c.Iterator[tuple[str, _Outcome | None]]:
    """(name, outcome: None where it passes) of each case of a host. *brief*: without the text of a device."""
    yield "audit", _audit(host)
    if host["compliance"] not in compliance.UNKNOWN:
        for device in host["devices"]:
            yield _name(device), _device(host, device, brief)
        yield from _of_rules(host, rules)


def _case(classname: str, name: str, outcome: _Outcome | None) -> str:
    """A case as XML. *classname*: quoted."""
    start = f'<testcase classname={classname} {_named(name)} time="0"'
    if outcome is None:
        return f"{start}/>"
    tag, kind, message, text = outcome
    if tag == "system-out":
        return f"{start}><system-out>{_text(text)}</system-out></testcase>"
    return f"{start}>{_tag(tag, [('type', kind), ('message', message)])}{_text(text)}</{tag}></testcase>"


@functools.lru_cache(maxsize=256)
def _named(name: str) -> str:
    """The attribute of a case: of a fleet, most are those of the rules."""
    return f"name={quoteattr(plain(name))}"


def _audit(host: Host) -> _Outcome | None:
    if host["compliance"] in compliance.UNKNOWN:
        return "error", host["compliance"], f"{host['state']}: {host['why']}", []
    if host["why"]:
        return "skipped", "incomplete", f"incomplete: {host['why']}", []
    return None


def _name(device: Device) -> str:
    """A disk is named by its address, since two disks may be paths to one LUN; the name sdX of either may differ
    after each boot.
    """
    name = f"{device['kind']} {device['wwid'] or device['name']}"
    if device["kind"] == "disk":
        name += "".join(f" at {path['hctl']}" for path in device["paths"])
    return name


def _device(host: Host, device: Device, brief: bool) -> _Outcome | None:
    if not compliance.problem(device):
        return None
    text = [] if brief else _evidence(host, device)
    if device["exception"]:
        return "skipped", "excused", f"{device['verdict']}, {excused(device['exception'])}", text
    return "failure", device["verdict"], f"{device['verdict']}: {device['reason']}", text


def _evidence(host: Host, device: Device) -> list[str]:
    text = [f"name: {device['name']}, {device['device']}", f"why: {device['reason']}"]
    text += [f"note: {note}" for note in device["notes"]]
    text += [f"LUN: {lun_words(lun)}" for lun in compact.luns_of(host, device)]
    text += [f"answers there now: {lun_words(lun)}" for lun in compact.answering(host, device)]
    text += [f"path: {path}" for path in paths(device)]
    text += [f"owner: {device_owners.words(owner)}" for owner in device["owners"]]
    text += [f"veto: {veto}" for veto in device["vetoes"]]
    text += [f"used by {user}" for user in users(device)]
    return text + ([f"next: {device['next']}"] if device["next"] else [])


def _of_rules(host: Host, rules: dict[str, Rule]) -> c.Iterator[tuple[str, _Outcome | None]]:
    """(name, outcome) of every rule that there is, and of those of another version in whose findings the report has
    them.
    """
    found: dict[str, list[Finding]] = {}
    unseen: dict[str, list[Gap]] = {}
    for finding in host["findings"]:
        found.setdefault(finding["rule"], []).append(finding)
    for gap in host["not_checked"]:
        unseen.setdefault(gap["rule"], []).append(gap)
    for rule in sorted({*report_rules.OF_HOSTS, *found, *unseen}):
        known = report_rules.OF_HOSTS.get(rule) or rules.get(rule)
        outcome = None
        if rule in found or rule in unseen:
            outcome = _rule(found.get(rule, []), unseen.get(rule, []), rules.get(rule))
        yield f"{rule} {known['title']}" if known else rule, outcome


def _rule(findings: list[Finding], unseen: list[Gap], rule: Rule | None) -> _Outcome:
    """The outcome of a rule at one host that has something to say. What it could not see is no pass, and no failure
    hides behind an exception for another subject.
    """
    against = [finding for finding in findings if counts(finding) and not finding["exception"]]
    covered = [finding["exception"] for finding in findings if counts(finding) and finding["exception"]]
    gaps = [f"not checked: {gap['why']}{' (%s)' % gap['subject'] if gap['subject'] else ''}" for gap in unseen]
    text = [line for finding in findings for line in _finding(finding)] + gaps
    if findings and rule:
        text += [f"why: {rule['why']}", f"next: {rule['remedy']}"]
    if against:
        first, number = against[0], sum(len(finding["subjects"]) for finding in against)
        return "failure", first["severity"], f"{first['subjects'][0]}: {first['what']}{more(number, 1)}", text
    if gaps:
        return "skipped", "not_checked", gaps[0] + more(len(gaps), 1), text
    if covered:
        return "skipped", "excused", excused(covered[0]), text
    return "system-out", "", "", text


def _finding(finding: Finding) -> c.Iterator[str]:
    end = f", {finding['where']}" if finding["where"] else ""
    if finding["exception"]:
        end += f"; {excused(finding['exception'])}"
    for subject in finding["subjects"]:
        yield f"{finding['severity']}: {subject}: {finding['what']}{end}"


def _tag(name: str, attributes: c.Iterable[tuple[str, t.Any]], end: str = "") -> str:
    return f"<{name}{''.join(f' {key}={quoteattr(plain(value))}' for key, value in attributes)}{end}>"


def _text(lines: list[str]) -> str:
    return escape("\n".join(plain(line) for line in lines))
