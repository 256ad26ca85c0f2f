# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""junit.xml: each host a suite; its audit, each of its devices and each rule a case.

A case fails for what makes the host noncompliant, errs for a host that was not audited, and is skipped for what
could not be checked or is excused. The names of the cases stay the same from run to run, so that a CI server can
tell since when a case fails.
"""

from xml.sax.saxutils import escape, quoteattr

from ansible_collections.sanops.multipath.plugins.plugin_utils._formats.plain import (
    counts,
    excused,
    paths,
    plain,
    users,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import owners as device_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance, fleet
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import table as rule_table

_OUTCOMES = (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))


def render(report):
    """The report as JUnit XML (text; it is to be written as UTF-8)."""
    failed = set(report["compliance"]["failed"])
    suites = [_suite(host, report["generated_at"], host["name"] in failed) for host in report["hosts"]]
    totals = [
        (key, sum(counted[key] for counted, dummy in suites)) for key in ("tests", "failures", "errors", "skipped")
    ]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', _tag("testsuites", [("name", "sanops.multipath")] + totals)]
    lines += [line for dummy, mine in suites for line in mine]
    return "\n".join(lines + ["</testsuites>", ""])


def _suite(host, generated_at, failed):
    """({what is counted: how many}, [line]) of one host."""
    cases = [_audit(host)]
    if host["compliance"] not in compliance.UNKNOWN:
        cases += [_device(one) for one in host["devices"]] + _of_rules(host)
    counted = {key: len([1 for dummy, outcome in cases if outcome and outcome[0] == tag]) for key, tag in _OUTCOMES}
    counted["tests"] = len(cases)
    elapsed = (host["facts"] or {}).get("elapsed")
    attributes = (
        [("name", host["name"]), ("hostname", host["name"])]
        + sorted(counted.items())
        + [
            ("time", "%.3f" % elapsed if isinstance(elapsed, (int, float)) else "0"),
            # UTC: the schemas of the format have no time zone.
            ("timestamp", str(generated_at).rstrip("Z")),
        ]
    )
    lines = [_tag("testsuite", attributes), "<properties>"]
    for name, value in (
        ("state", host["state"]),
        ("compliance", host["compliance"]),
        ("fails_by_policy", "yes" if failed else "no"),
    ):
        lines.append(_tag("property", [("name", name), ("value", value)], "/"))
    lines.append("</properties>")
    for name, outcome in cases:
        lines += _case(host["name"], name, outcome)
    return counted, lines + ["</testsuite>"]


def _case(host, name, outcome):
    """The lines of a case. *outcome*: None (it passes), or (tag, type, message, [line of text])."""
    attributes = [("classname", host), ("name", name), ("time", "0")]
    if outcome is None:
        return [_tag("testcase", attributes, "/")]
    tag, kind, message, text = outcome
    if tag == "system-out":
        return [_tag("testcase", attributes) + "<system-out>%s</system-out></testcase>" % _text(text)]
    return [
        _tag("testcase", attributes)
        + _tag(tag, [("type", kind), ("message", message)])
        + "%s</%s></testcase>" % (_text(text), tag)
    ]


def _audit(host):
    outcome = None
    if host["compliance"] in compliance.UNKNOWN:
        outcome = ("error", host["compliance"], "%s: %s" % (host["state"], host["why"]), [])
    elif host["why"]:
        outcome = ("skipped", "incomplete", "incomplete: %s" % host["why"], [])
    return "audit", outcome


def _device(device):
    """A disk is named by its address, since two disks may be paths to one LUN; the name sdX of either may differ
    after each boot.
    """
    name = "%s %s" % (device["kind"], device["wwid"] or device["name"])
    if device["kind"] == "disk":
        name += "".join(" at %s" % path["hctl"] for path in device["paths"])
    if not compliance.problem(device):
        return name, None
    text = ["name: %s, %s" % (device["name"], device["device"]), "why: %s" % device["reason"]]
    text += ["note: %s" % note for note in device["notes"]] + [
        "LUN: %s" % fleet.lun_words(one) for one in device["array"]["luns"]
    ]
    text += ["answers there now: %s" % fleet.lun_words(one) for one in device["answered_by"]] + [
        "path: %s" % one for one in paths(device)
    ]
    text += ["owner: %s" % device_owners.words(one) for one in device["owners"]] + [
        "veto: %s" % one for one in device["vetoes"]
    ]
    text += ["used by %s" % one for one in users(device)] + (["next: %s" % device["next"]] if device["next"] else [])
    if device["exception"]:
        return name, ("skipped", "excused", "%s, %s" % (device["verdict"], excused(device["exception"])), text)
    return name, ("failure", device["verdict"], "%s: %s" % (device["verdict"], device["reason"]), text)


def _of_rules(host):
    """[(name, outcome)]: every rule that there is, and those of another version in whose findings the report has
    them.
    """
    found, unseen = {}, {}
    for one in host["findings"]:
        found.setdefault(one["rule"], []).append(one)
    for one in host["not_checked"]:
        unseen.setdefault(one["rule"], []).append(one)
    titles = dict.fromkeys(list(found) + list(unseen), "")
    titles.update((rule["id"], rule["title"]) for rule in rule_table.RULES)
    return [
        (("%s %s" % (rule, titles[rule])).strip(), _rule(found.get(rule, []), unseen.get(rule, [])))
        for rule in sorted(titles)
    ]


def _rule(findings, unseen):
    """The outcome of a rule at one host. What it could not see is no pass, and no failure hides behind an exception
    for another subject.
    """
    against = [one for one in findings if counts(one) and not one["exception"]]
    covered = [one for one in findings if counts(one) and one["exception"]]
    gaps = ["not checked: %s%s" % (one["why"], " (%s)" % one["subject"] if one["subject"] else "") for one in unseen]
    text = [_finding(one) for one in findings] + gaps
    if findings:
        text += ["why: %s" % findings[0]["why"], "next: %s" % findings[0]["remedy"]]
    if against:
        more = " and %d more" % (len(against) - 1) if len(against) > 1 else ""
        return ("failure", against[0]["severity"], "%s: %s%s" % (against[0]["subject"], against[0]["what"], more), text)
    if gaps:
        return ("skipped", "not_checked", gaps[0] + (" and %d more" % (len(gaps) - 1) if len(gaps) > 1 else ""), text)
    if covered:
        return ("skipped", "excused", excused(covered[0]["exception"]), text)
    return ("system-out", None, None, text) if text else None


def _finding(one):
    told = "%s: %s: %s" % (one["severity"], one["subject"], one["what"])
    return (
        told
        + (", %s" % one["where"] if one["where"] else "")
        + ("; %s" % excused(one["exception"]) if one["exception"] else "")
    )


def _tag(name, attributes, end=""):
    return "<%s%s%s>" % (name, "".join(" %s=%s" % (key, quoteattr(plain(value))) for key, value in attributes), end)


def _text(lines):
    return escape("\n".join(plain(line) for line in lines))
