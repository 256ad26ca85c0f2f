# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The fleet's report: fleet.json, from which everything else is made."""

from __future__ import annotations

import collections
import collections.abc as c
import datetime
import functools
import json
import pathlib
import re
import typing as t

from ansible_collections.sanops.multipath.plugins.module_utils._core import policy as core_policy
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import evidence as judge_evidence
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import hosts as judge_hosts
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import shapes as judge_shapes
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import changes, compliance, records
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import rule_texts as report_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Advisory, Host, Report, Rule
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories as rules_advisories
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories_kubernetes, advisories_targets
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import table as rule_table

SCHEMA = 2
COLLECTION = "sanops.multipath"
TIME = "%Y-%m-%dT%H:%M:%SZ"


def fleet(
    results: c.Mapping[str, t.Any],
    lun_maps: list[dict[str, t.Any]],
    luns: list[dict[str, t.Any]],
    now: datetime.datetime,
    max_age: float,
    policies: dict[str, dict[str, t.Any]],
    snapshots: c.Sequence[t.Any] = (),
    documents: c.Sequence[t.Any] = (),
    advisories: c.Sequence[dict[str, t.Any]] = (),
    clusters: dict[str, str] | None = None,
) -> Report:
    """Return the whole report as plain data (fleet.json, schema 2; docs/fleet-json.md describes it).

    *results*: {host: the registered result of stale_mpath_facts, or anything that shows why there is none};
    *lun_maps*, *luns*: answers of the lookups; *now*: aware datetime; *max_age*: the oldest array listing that
    counts, seconds; *policies*: {host: what policy.resolve returned}; *snapshots*: of arrays that are not ONTAP, of
    views.read; *documents*: what the systems that own volumes said (see device_owners.py); *advisories*, *clusters*:
    see judged().
    """
    evidence = judge_evidence.of_answers(lun_maps, luns, now, max_age, snapshots, documents)
    return judged(results, judge_hosts.outlines(results), evidence, now, policies, advisories, clusters)


def judged(
    results: c.Mapping[str, t.Any],
    outlined: c.Mapping[str, judge_hosts.Outline],
    evidence: judge_evidence.Evidence,
    now: datetime.datetime,
    policies: c.Mapping[str, dict[str, t.Any]],
    advisories: c.Sequence[t.Any] = (),
    clusters: c.Mapping[str, str] | None = None,
    groups: c.Mapping[str, c.Sequence[str]] | None = None,
) -> Report:
    """Return the report of hosts that are judged here one by one, so that no more than one host's facts are held.

    *results*, *now*, *policies*: see fleet(); *outlined*: of hosts.outlines; *evidence*: of evidence.gather;
    *advisories*: see _rules/advisories.py; *clusters*: {host: the name of the cluster whose hosts share LUNs with it};
    *groups*: {host: its groups in the inventory}.
    """
    hosts = []
    for name in sorted(results):
        try:
            host = _host(judge_hosts.judged(name, results[name], outlined[name], evidence), policies[name])
        except judge_hosts.TOO_MUCH as exc:
            host = unknown(name, judge_hosts.FAILED, judge_hosts.too_much(exc))
        hosts.append(host)
    for host in hosts:
        host["san_cluster"] = (clusters or {}).get(host["name"])
        host["groups"] = sorted((groups or {}).get(host["name"], []))
    known = {host["name"]: host["facts"] for host in hosts if host["facts"]}
    found = list(advisories_kubernetes.reported(evidence.documents, known)) + list(advisories_targets.reported(hosts))
    advised = [*advisories, *(rules_advisories.advisory(*advisory) for advisory in found)]
    return made(evidence.view["arrays"], hosts, now, advised)


def made(
    arrays: c.Sequence[c.Mapping[str, t.Any]],
    hosts: list[Host],
    now: datetime.datetime,
    advisories: c.Sequence[t.Any] = (),
    rules: dict[str, Rule] | None = None,
) -> Report:
    """Return a report of these hosts: nothing in it is excused, and there is none before it (see compliance.apply and
    changes.compare).

    *rules*: those of another version, by id.
    """
    now = now.astimezone(datetime.timezone.utc)
    owners = {name: host["name"] for host in hosts if host["facts"] for name in judge_devices.initiators(host["facts"])}
    reported = rules_advisories.united(
        advisories, owners, {host["name"]: host["san_cluster"] for host in hosts if host["san_cluster"]}
    )
    report: Report = {
        "schema": SCHEMA,
        "generated_at": now.strftime(TIME),
        "generated_by": {COLLECTION: version()},
        "arrays": [dict(array) for array in arrays],
        "rules": _rules(hosts, reported, rules or {}),
        "hosts": hosts,
        "advisories": [_advisory(advisory) for advisory in reported],
        "totals": {**totals(hosts), "advisories": count(advisory["severity"] for advisory in reported)},
    }
    return changes.compare(compliance.apply(report, [], None, now.date()), None)


def totals(hosts: c.Sequence[Host]) -> dict[str, dict[str, int]]:
    """Return what is in these hosts, counted, as the totals of a report have it."""
    return {
        "hosts": count(host["state"] for host in hosts),
        "verdicts": count(device["verdict"] for host in hosts for device in host["devices"]),
        "findings": count(
            finding["severity"] for host in hosts for finding in host["findings"] for dummy in finding["subjects"]
        ),
    }


def _rules(hosts: list[Host], advisories: list[t.Any], others: dict[str, Rule]) -> dict[str, Rule]:
    """The rules that a report names."""
    named = {record["rule"] for host in hosts for record in (*host["findings"], *host["not_checked"])}
    named.update(advisory["rule"] for advisory in advisories)
    known = {**others, **report_rules.OF_HOSTS, **report_rules.of_arrays()}
    return {rule: known[rule] for rule in sorted(named) if rule in known}


def _advisory(advisory: t.Any) -> Advisory:
    """An advisory without what its rule says."""
    return t.cast(Advisory, {key: value for key, value in advisory.items() if key not in ("why", "remedy")})


@functools.lru_cache(maxsize=1)
def version() -> str | None:
    """Return the version of this collection, from what an installation has of it or else the sources; None where
    neither can be read.
    """
    root = pathlib.Path(__file__).parents[3]
    try:
        manifest = json.loads((root / "MANIFEST.json").read_text(encoding="utf-8"))
        return str(manifest["collection_info"]["version"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    try:
        found = re.search("^version: *([^ \n]+) *$", (root / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return found.group(1) if found else None


def policies(results: c.Mapping[str, t.Any], given: c.Mapping[str, t.Any] | None) -> dict[str, dict[str, t.Any]]:
    """Return the resolved policy of each host. *given*: {host: name or settings}, `default` for those that are not in
    it. Raises ValueError that names the host.
    """
    resolved = {}
    for name, policy in dict({name: "default" for name in results}, **(given or {})).items():
        try:
            resolved[name] = core_policy.resolve(policy)
        except ValueError as exc:
            raise ValueError("the policy of %s (multipath_conf_policy): %s" % (name, exc)) from exc
    return resolved


def _host(host: judge_shapes.Host, policy: dict[str, t.Any]) -> Host:
    """Return a judged host with what the rules find on it, each thing said once."""
    facts = host["facts"]
    if facts is None:
        return unknown(host["name"], host["state"], host["why"])
    findings, not_checked = rule_table.apply(facts, policy)
    return {
        "name": host["name"],
        "state": host["state"],
        "why": host["why"],
        "facts": records.facts(facts),
        "devices": records.devices(facts, host["devices"]),
        "luns": records.luns(host["devices"], host["not_seen"]),
        "not_seen": [lun["wwid"] for lun in host["not_seen"]],
        "policy": policy,
        "findings": records.findings(findings),
        "not_checked": not_checked,
        "san_cluster": None,
        "groups": [],
    }


def unknown(name: str, state: str, why: str | None) -> Host:
    """Return a host of which nothing is known. *state*: unreachable, failed or missing."""
    return {
        "name": name,
        "state": state,
        "why": why,
        "facts": None,
        "devices": [],
        "luns": {},
        "not_seen": [],
        "policy": None,
        "findings": [],
        "not_checked": [],
        "san_cluster": None,
        "groups": [],
    }


def not_audited(report: Report) -> dict[str, str | None]:
    """Return {host: why} of the hosts of which the report knows nothing."""
    return {host["name"]: host["why"] for host in report["hosts"] if host["facts"] is None}


def count(words: c.Iterable[str]) -> dict[str, int]:
    """Return how often each word occurs, sorted by word."""
    return dict(sorted(collections.Counter(words).items()))
