# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""findings.sarif: what the rules found in the configuration of the hosts, as SARIF 2.1.0 (OASIS).

Devices are not in it: SARIF is about files. A file of a host is HOST/etc/multipath.conf, relative to FLEET. What
could not be looked at is a notification of the run, which then was not successful where a whole host is missing.
"""

import hashlib
import json
import re
import urllib.parse

from ansible_collections.sanops.multipath.plugins.plugin_utils._formats.plain import excused, plain, version
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import table as rule_table

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_HOME = "https://github.com/sanops/sanops.multipath"
_BASE = "FLEET"
_LEVELS = {"critical": "error", "warning": "warning", "info": "note"}
_INDEX = {rule["id"]: number for number, rule in enumerate(rule_table.RULES)}


def render(report):
    """The findings as SARIF (JSON text, ASCII only)."""
    compared = report["changes"] is not None
    driver = {"name": "sanops.multipath", "informationUri": _HOME, "rules": [_rule(rule) for rule in rule_table.RULES]}
    if version(report):
        driver["version"] = version(report)
    run = {
        "tool": {"driver": driver},
        "originalUriBaseIds": {
            _BASE: {"description": _message("The fleet: one folder for each host, and in it the files of the host.")}
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": [_result(host, finding, compared) for host in report["hosts"] for finding in host["findings"]],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, sort_keys=True)


def _rule(rule):
    anchor = re.sub("[^a-z0-9_ -]", "", ("%s: %s" % (rule["id"], rule["title"])).lower()).replace(" ", "-")
    return {
        "id": rule["id"],
        "shortDescription": _message(rule["title"]),
        "fullDescription": _message(rule["reason"]),
        "help": _message(rule["remedy"]),
        "helpUri": "%s/blob/main/docs/rules.md#%s" % (_HOME, anchor),
        "defaultConfiguration": {"level": _LEVELS[rule["severity"]]},
    }


def _result(host, finding, compared):
    result = {
        "ruleId": plain(finding["rule"]),
        "level": _LEVELS.get(finding["severity"], "warning"),
        "message": _message("%s: %s: %s" % (host["name"], finding["subject"], finding["what"])),
        "locations": [_location(host, finding["subject"], finding["where"])],
        "partialFingerprints": {"finding/v1": _fingerprint(host, finding)},
    }
    if finding["rule"] in _INDEX:
        result["ruleIndex"] = _INDEX[finding["rule"]]
    if compared:  # of all results, or of none: what was not known before is new
        result["baselineState"] = "unchanged" if finding["change"] == "still" else "new"
    exception = finding["exception"]
    if exception:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": excused(exception)}]
    return result


def _location(host, subject, where):
    """The file and line that say so; the host's folder where no file does."""
    path, line = _place(where)
    physical = {
        "artifactLocation": {
            "uri": "/".join(_folded(part) for part in [host["name"]] + path.split("/") if part),
            "uriBaseId": _BASE,
        }
    }
    if line:
        physical["region"] = {"startLine": line}
    name = plain(host["name"])
    return {
        "physicalLocation": physical,
        "logicalLocations": [
            {"name": plain(subject), "fullyQualifiedName": "%s/%s" % (name, plain(subject)), "kind": "resource"}
        ],
    }


def _place(where):
    """(path, line: 0 where it is not known) of a finding's "/file:line", "/file" or None."""
    found = re.fullmatch("(.*?)(?::([0-9]{1,9}))?", plain(where), re.DOTALL)
    return found.group(1), int(found.group(2) or 0)


def _folded(part):
    """One part of a path, so that it stays one: no separator, and no way up."""
    return urllib.parse.quote(plain(part), safe="") if part not in (".", "..") else "_" + part


def _fingerprint(host, finding):
    """The same for the same finding in every run, wherever in its file it stands."""
    told = json.dumps(
        [
            plain(one)
            for one in (host["name"], finding["rule"], finding["subject"], finding["what"], _place(finding["where"])[0])
        ]
    )
    return hashlib.sha256(told.encode()).hexdigest()


def _invocation(report):
    notes = []
    for host in report["hosts"]:
        if host["compliance"] in compliance.UNKNOWN:
            notes.append(
                dict(
                    _note(host, None, None, "%s: %s" % (host["state"], host["why"])),
                    level="error",
                    descriptor={"id": host["compliance"]},
                )
            )
        elif host["why"]:
            notes.append(dict(_note(host, None, None, "incomplete: %s" % host["why"]), descriptor={"id": "incomplete"}))
        for one in host["not_checked"]:
            notes.append(dict(_note(host, one["rule"], one["subject"], one["why"]), descriptor={"id": "not_checked"}))
    return {
        "executionSuccessful": not any(host["compliance"] in compliance.UNKNOWN for host in report["hosts"]),
        "endTimeUtc": plain(report["generated_at"]),
        "toolExecutionNotifications": notes,
    }


def _note(host, rule, subject, why):
    note = {
        "level": "warning",
        "message": _message(": ".join(str(one) for one in (host["name"], rule, subject, why) if one)),
        "locations": [_location(host, subject or "audit", None)],
    }
    if rule is not None:
        note["associatedRule"] = dict({"id": plain(rule)}, **({"index": _INDEX[rule]} if rule in _INDEX else {}))
    return note


def _message(text):
    """A SARIF message. In one, [text](target) is a link and {0} a placeholder: a blank makes them neither, however
    either is escaped.
    """
    return {"text": re.sub(r"\](?=\()|\{(?=\d)", r"\g<0> ", plain(text))}
