# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""findings.sarif: what the rules found in the configuration of the hosts, as SARIF 2.1.0 (OASIS).

Devices are not in it: SARIF is about files. A file of a host is HOST/etc/multipath.conf, relative to FLEET. What
could not be looked at is a notification of the run, which then was not successful where a whole host is missing.
"""

from __future__ import annotations

import collections.abc as c
import functools
import hashlib
import json
import re
import typing as t
import urllib.parse

from ansible_collections.sanops.multipath.plugins.plugin_utils._formats.plain import excused, plain, version
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import rule_texts as report_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Finding, Host, Report
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import table as rule_table

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_BASE = "FLEET"
_LEVELS = {"critical": "error", "warning": "warning", "info": "note"}
_INDEX = {rule["id"]: number for number, rule in enumerate(rule_table.RULES)}
# In a message, [text](target) is a link and {0} a placeholder.
_ACTIVE = re.compile(r"\](?=\()|\{(?=\d)")
_LINE = re.compile("[0-9]{1,9}")
_dump = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode


def render(report: Report) -> str:
    """Return the findings as SARIF (JSON text, ASCII only)."""
    return "".join(pieces(report))


def pieces(report: Report) -> c.Iterator[str]:
    """Yield the findings as SARIF (JSON text, ASCII only), a line for each result: a large fleet has a hundred
    thousand, and they are never held all.
    """
    driver = {
        "name": "sanops.multipath",
        "informationUri": report_rules.HOME,
        "rules": [_rule(rule) for rule in rule_table.RULES],
    }
    if version(report):
        driver["version"] = version(report)
    run = {
        "tool": {"driver": driver},
        "originalUriBaseIds": {
            _BASE: {"description": _message("The fleet: one folder for each host, and in it the files of the host.")}
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
    }
    yield f'{{"$schema":{_dump(_SCHEMA)},"version":"2.1.0","runs":[{_dump(run)[:-1]},"results":['
    compared, separator = report["changes"] is not None, "\n"
    for host in report["hosts"]:
        for finding in host["findings"]:
            for result in _results(host, finding, compared):
                yield separator + _dump(result)
                separator = ",\n"
    yield "\n]}]}\n"


def _rule(rule: t.Any) -> dict[str, t.Any]:
    return {
        "id": rule["id"],
        "shortDescription": _message(rule["title"]),
        "fullDescription": _message(rule["reason"]),
        "help": _message(rule["remedy"]),
        "helpUri": report_rules.DOCS + report_rules.page_of(rule["id"], rule["title"]),
        "defaultConfiguration": {"level": _LEVELS[rule["severity"]]},
    }


def _results(host: Host, finding: Finding, compared: bool) -> c.Iterator[dict[str, t.Any]]:
    """A result for each subject of a finding."""
    common: dict[str, t.Any] = {"ruleId": plain(finding["rule"]), "level": _LEVELS.get(finding["severity"], "warning")}
    if finding["rule"] in _INDEX:
        common["ruleIndex"] = _INDEX[finding["rule"]]
    if compared:  # of all results, or of none: what was not known before is new
        common["baselineState"] = "unchanged" if finding.get("change") == "still" else "new"
    exception = finding.get("exception")
    if exception:
        common["suppressions"] = [{"kind": "external", "status": "accepted", "justification": excused(exception)}]
    place = _physical(host, finding["where"])
    before, after = _fingerprinted(host, finding)
    for subject in finding["subjects"]:
        reported = f"{before}{_dump(plain(subject))}{after}"
        yield {
            **common,
            "message": _message(f"{host['name']}: {subject}: {finding['what']}"),
            "locations": [{"physicalLocation": place, "logicalLocations": [_logical(host, subject)]}],
            "partialFingerprints": {"finding/v1": hashlib.sha256(reported.encode()).hexdigest()},
        }


def _physical(host: Host, where: str | None) -> dict[str, t.Any]:
    """The file and line that say so; the host's folder where no file does."""
    path, line = _place(where)
    physical: dict[str, t.Any] = {
        "artifactLocation": {
            "uri": "/".join(_folded(part) for part in [host["name"]] + path.split("/") if part),
            "uriBaseId": _BASE,
        }
    }
    if line:
        physical["region"] = {"startLine": line}
    return physical


def _logical(host: Host, subject: str) -> dict[str, str]:
    name = plain(subject)
    return {"name": name, "fullyQualifiedName": f"{plain(host['name'])}/{name}", "kind": "resource"}


def _place(where: str | None) -> tuple[str, int]:
    """(path, line: 0 where it is not known) of a finding's "/file:line", "/file" or None."""
    place = plain(where)
    path, dummy, line = place.rpartition(":")
    return (path, int(line)) if _LINE.fullmatch(line) and dummy else (place, 0)


@functools.lru_cache(maxsize=1 << 12)
def _folded(part: str) -> str:
    """One part of a path, so that it stays one: no separator, and no way up."""
    return urllib.parse.quote(plain(part), safe="") if part not in (".", "..") else "_" + part


def _fingerprinted(host: Host, finding: Finding) -> tuple[str, str]:
    """What the fingerprint of a finding is of, before its subject and after it: the same in every run, wherever in its
    file the finding stands. It is a list as JSON, with blanks, because a fingerprint must never change.
    """
    path, dummy = _place(finding["where"])
    name, rule, what, path = (_dump(plain(part)) for part in (host["name"], finding["rule"], finding["what"], path))
    return f"[{name}, {rule}, ", f", {what}, {path}]"


def _invocation(report: Report) -> dict[str, t.Any]:
    notes = []
    for host in report["hosts"]:
        if host["compliance"] in compliance.UNKNOWN:
            note = _note(host, None, None, f"{host['state']}: {host['why']}")
            notes.append({**note, "level": "error", "descriptor": {"id": host["compliance"]}})
        elif host["why"]:
            note = _note(host, None, None, f"incomplete: {host['why']}")
            notes.append({**note, "descriptor": {"id": "incomplete"}})
        for gap in host["not_checked"]:
            note = _note(host, gap["rule"], gap["subject"], gap["why"])
            notes.append({**note, "descriptor": {"id": "not_checked"}})
    return {
        "executionSuccessful": not any(host["compliance"] in compliance.UNKNOWN for host in report["hosts"]),
        "endTimeUtc": plain(report["generated_at"]),
        "toolExecutionNotifications": notes,
    }


def _note(host: Host, rule: str | None, subject: str | None, why: str) -> dict[str, t.Any]:
    note: dict[str, t.Any] = {
        "level": "warning",
        "message": _message(": ".join(str(part) for part in (host["name"], rule, subject, why) if part)),
        "locations": [
            {"physicalLocation": _physical(host, None), "logicalLocations": [_logical(host, subject or "audit")]}
        ],
    }
    if rule is not None:
        index = {"index": _INDEX[rule]} if rule in _INDEX else {}
        note["associatedRule"] = {"id": plain(rule), **index}
    return note


def _message(text: str) -> dict[str, str]:
    """A SARIF message. In one, [text](target) is a link and {0} a placeholder: a blank makes them neither, however
    either is escaped.
    """
    return {"text": _ACTIVE.sub(r"\g<0> ", plain(text))}
