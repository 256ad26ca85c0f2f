# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The fleet's report: fleet.json, from which everything else is made, and the summary that a person reads."""

import datetime
import functools
import json
import pathlib
import re

from ansible_collections.sanops.multipath.plugins.module_utils._core import policy as core_policy
from ansible_collections.sanops.multipath.plugins.module_utils._core import verdict as core_verdict
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import evidence as judge_evidence
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import hosts as judge_hosts
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import owners as device_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance, history, news
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import findings as report_findings
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories as rules_advisories
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories_kubernetes, advisories_targets
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import table as rule_table

SCHEMA = 1
COLLECTION = "sanops.multipath"
TIME = "%Y-%m-%dT%H:%M:%SZ"
# A line's importance; the action plugin turns it into a colour.
ALARM, WARNING, GOOD, PLAIN = news.ALARM, news.WARNING, news.GOOD, news.PLAIN
_IMPORTANCE = {
    "recycled": ALARM,
    "conflict": ALARM,
    "stale": WARNING,
    "outage": WARNING,
    "unproven": WARNING,
    "unknown": WARNING,
    "degraded": WARNING,
    "critical": ALARM,
    "warning": WARNING,
    "info": PLAIN,
    report_findings.UNCHECKED: WARNING,
}
# Facts that older modules do not return: what the rules need.
_CONFIGURATION = ("multipath_conf", "iscsi", "fc", "platform", "symptoms")


def fleet(results, lun_maps, luns, now, max_age, policies, snapshots=(), documents=(), advisories=(), clusters=None):
    """The whole report as plain data (fleet.json, schema 1; docs/fleet-json.md describes it), from given answers.

    *results*: {host: the registered result of stale_mpath_facts, or anything that shows why there is none};
    *lun_maps*, *luns*: answers of the lookups; *now*: aware datetime; *max_age*: the oldest array listing that
    counts, seconds; *policies*: {host: what policy.resolve returned}; *snapshots*: of arrays that are not ONTAP, of
    views.read; *documents*: what the systems that own volumes said (see _judge/owners.py); *advisories*, *clusters*:
    see judged().
    """
    evidence = judge_evidence.of_answers(lun_maps, luns, now, max_age, snapshots, documents)
    return judged(results, judge_hosts.outlines(results), evidence, now, policies, advisories, clusters)


def judged(results, outlined, evidence, now, policies, advisories=(), clusters=None):
    """The report of hosts that are judged here one by one, so that no more than one host's facts are held.

    *results*, *now*, *policies*: see fleet(); *outlined*: of hosts.outlines; *evidence*: of evidence.gather;
    *advisories*: see _rules/advisories.py; *clusters*: {host: the name of the cluster whose hosts share LUNs with it}.
    """
    hosts = [
        dict(
            _host(judge_hosts.judged(name, results[name], outlined[name], evidence), policies[name]),
            san_cluster=(clusters or {}).get(name),
        )
        for name in sorted(results)
    ]
    known = {host["name"]: host["facts"] for host in hosts if host["facts"]}
    found = list(advisories_kubernetes.told(evidence.documents, known)) + list(advisories_targets.told(hosts))
    advised = list(advisories) + [rules_advisories.advisory(*one) for one in found]
    return made(evidence.view["arrays"], hosts, now, advised)


def made(arrays, hosts, now, advisories=()):
    """A report of these hosts: nothing in it is excused, and there is none before it (see compliance.apply and
    history.compare).
    """
    now = now.astimezone(datetime.timezone.utc)
    owners = {name: host["name"] for host in hosts if host["facts"] for name in judge_devices.initiators(host["facts"])}
    told = rules_advisories.united(
        advisories, owners, {host["name"]: host["san_cluster"] for host in hosts if host.get("san_cluster")}
    )
    report = {
        "schema": SCHEMA,
        "generated_at": now.strftime(TIME),
        "generated_by": {COLLECTION: version()},
        "arrays": arrays,
        "hosts": hosts,
        "advisories": told,
        "totals": {
            "hosts": _count([host["state"] for host in hosts]),
            "verdicts": _count([device["verdict"] for host in hosts for device in host["devices"]]),
            "findings": _count([finding["severity"] for host in hosts for finding in host["findings"]]),
            "advisories": _count([one["severity"] for one in told]),
        },
    }
    return history.compare(compliance.apply(report, [], None, now.date()), None)


@functools.lru_cache(maxsize=1)
def version():
    """The version of this collection, from what an installation has of it or else the sources; None where neither
    can be read.
    """
    root = pathlib.Path(__file__).parents[3]
    try:
        return json.loads((root / "MANIFEST.json").read_text(encoding="utf-8"))["collection_info"]["version"]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    try:
        found = re.search("^version: *([^ \n]+) *$", (root / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return found.group(1) if found else None


def policies(results, given):
    """The resolved policy of each host. *given*: {host: name or settings}, `default` for those that are not in it.
    Raises ValueError that names the host.
    """
    resolved = {}
    for name, policy in dict({name: "default" for name in results}, **(given or {})).items():
        try:
            resolved[name] = core_policy.resolve(policy)
        except ValueError as exc:
            raise ValueError("the policy of %s (multipath_conf_policy): %s" % (name, exc)) from exc
    return resolved


def _host(host, policy):
    """A judged host with what the rules find on it."""
    facts = host["facts"]
    if facts is None:
        return unknown(host["name"], host["state"], host["why"])
    findings, not_checked = rule_table.apply(facts, policy)
    kept = {key: facts[key] for key in judge_hosts.KEPT}
    return {
        "name": host["name"],
        "state": host["state"],
        "why": host["why"],
        "facts": dict(kept, **{key: facts.get(key) for key in _CONFIGURATION}),
        "devices": host["devices"],
        "not_seen": host["not_seen"],
        "policy": policy,
        "findings": findings,
        "not_checked": not_checked,
    }


def unknown(name, state, why):
    """A host of which nothing is known. *state*: unreachable, failed or missing."""
    return {
        "name": name,
        "state": state,
        "why": why,
        "facts": None,
        "devices": [],
        "not_seen": [],
        "policy": None,
        "findings": [],
        "not_checked": [],
        "san_cluster": None,
    }


def not_audited(report):
    """{host: why} of the hosts of which the report knows nothing."""
    return {host["name"]: host["why"] for host in report["hosts"] if host["facts"] is None}


def summary(report):
    """The report for a terminal: [{'text', 'importance'}], no control characters in it whatever a host or an array
    sent.
    """
    lines = []

    def say(text, importance=PLAIN):
        lines.append({"text": printable(text), "importance": importance})

    for array in report["arrays"]:
        _say_array(say, array)
    if not report["arrays"]:
        say(
            (
                "No array was asked (audit_arrays and audit_array_views are empty, or there was nothing to ask "
                "about): nothing can be proven stale."
            ),
            WARNING,
        )
    # What the verdicts below lack.
    first = [one for one in report["advisories"] if one["rule"] == advisories_targets.UNOWNED]
    for word, text in report_findings.of_arrays(first):
        say(text, _IMPORTANCE.get(word, PLAIN))
    for host in report["hosts"]:
        say("")
        _say_host(say, host)
    configuration = report_findings.lines(report["hosts"])
    for block in (configuration, report_findings.of_arrays([one for one in report["advisories"] if one not in first])):
        if block:
            say("")
        for word, text in block:
            say(text, _IMPORTANCE.get(word, PLAIN))
    say("")
    for importance, text in news.lines(report):
        say(text, importance)
    say(
        " ".join(
            "%s." % _tally(report["totals"][key], noun)
            for key, noun in (
                ("hosts", "host"),
                ("verdicts", "device"),
                ("findings", "finding"),
                ("advisories", "advisory"),
            )
            if key != "advisories" or report["advisories"]
        )
    )
    return lines


def printable(text):
    """*text* with every control character, terminal escape, bidirectional override and lone surrogate shown as its
    code.
    """
    return re.sub(
        "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]",
        lambda found: "\\x%02x" % ord(found.group()),
        text,
    )


def _say_array(say, array):
    name = "array %s" % array["hostname"]
    if array["cluster"]:
        name += " (%s, ONTAP %s)" % (array["cluster"], array["version"])
    if array["complete"]:
        prefixes = array.get("wwid_prefixes")
        whose = (
            "the WWIDs " + ", ".join("%s..." % prefix for prefix in prefixes) if prefixes else ", ".join(array["svms"])
        )
        say("%s: complete listing of %s, %s" % (name, whose, array["fetched_at"]))
        for gap in array.get("not_checked", []):
            say("  NOT CHECKED for advice: %(what)s: %(why)s" % gap, WARNING)
    else:
        say("%s: NOT LISTED: %s" % (name, array["error"]), ALARM)


def _say_host(say, host):
    if host["facts"] is None:
        say("%s  NOT AUDITED (%s): %s" % (host["name"], host["state"], host["why"]), ALARM)
        return
    counts = _count([device["verdict"] for device in host["devices"]])
    told = (
        ", ".join("%d %s" % (counts[verdict], verdict) for verdict in core_verdict.VERDICTS if verdict in counts)
        or "no SAN device"
    )
    bad = [device for device in host["devices"] if device["verdict"] != "healthy"]
    counts = _count([finding["severity"] for finding in host["findings"]])
    found = ", ".join(
        "%d %s" % (counts[severity], severity) for severity in rule_table.SEVERITIES if severity in counts
    )
    say(
        "%s  %s  (asked in %.1f s)%s"
        % (host["name"], told, host["facts"]["elapsed"], found and "  findings: " + found),
        WARNING if bad or host["why"] or host["findings"] or host["not_checked"] else GOOD,
    )
    if host["why"]:
        say("    incomplete: %s" % host["why"], WARNING)
    for device in bad:
        _say_device(say, device)


def _say_device(say, device):
    where = " ".join(
        [device["device"] or "-"] + [path["sd"] or path["hctl"] for path in device["paths"] if device["kind"] == "map"]
    )
    wwid = device["wwid"] if device["wwid"] != device["name"] else ""
    say(
        "  %-9s %s  %s"
        % (device["verdict"].upper(), "  ".join(part for part in (device["name"], wwid) if part), where),
        _IMPORTANCE[device["verdict"]],
    )
    say("    why   %s" % device["reason"])
    for note in device["notes"]:
        say("    note  %s" % note, WARNING)
    if device["exception"]:
        say("    but   %s" % news.excused(device["exception"]))
    for lun in device["array"]["luns"]:
        say("    LUN   %s" % lun_words(lun))
    for lun in device["answered_by"]:
        say("    there %s answers now" % lun_words(lun), ALARM)
    for owner in device["owners"]:
        say("    owner %s" % device_owners.words(owner))
    for veto in device["vetoes"]:
        say("    veto  %s" % veto, WARNING)
    for user in device["users"]:
        say("    used  %s: %s" % (user["kind"], user["detail"]), ALARM if device["verdict"] == "recycled" else PLAIN)
    if device["in_use"] is None:
        say("    used  not known: the users could not be read", WARNING)
    if device["next"]:
        say("    next  %s" % device["next"])


def lun_words(lun):
    """A LUN in words, with the numbers under which it is given. What a host or an array says in it is as it came;
    what is not known is left out.
    """
    words = [
        lun["name"] or lun["wwid"],
        lun["svm"] and "SVM %s" % lun["svm"],
        "cluster %s" % lun["cluster"] if lun["cluster"] else "array %s" % lun["array"],
    ]
    words += [
        "LUN id %s%s" % (one["lun_id"], " in igroup %s" % one["igroup"] if one["igroup"] else "")
        for one in lun["maps"]
        if one["lun_id"] is not None
    ]
    return ", ".join(filter(None, words))


def _count(words):
    return {word: words.count(word) for word in sorted(set(words))}


def _tally(counts, noun):
    total = sum(counts.values())
    told = "%d %s" % (total, noun if total == 1 else noun[:-1] + "ies" if noun.endswith("y") else noun + "s")
    return told + (": " + ", ".join("%d %s" % (counts[word], word) for word in sorted(counts)) if counts else "")
