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

from ansible_collections.sanops.multipath.plugins.module_utils._core import pack, schema
from ansible_collections.sanops.multipath.plugins.module_utils._core import policy as core_policy
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import owners as device_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compact, compliance, history
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import rules as report_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Advisory, Host, Report, Rule
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories as rules_advisories
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories_kubernetes, advisories_targets
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import table as rule_table

SCHEMA = 2
COLLECTION = "sanops.multipath"
TIME = "%Y-%m-%dT%H:%M:%SZ"
# Without which nothing can be judged, and what is made of a report would fail for all hosts.
_NEEDED = {
    "maps": (
        "wwid",
        "name",
        "dm",
        "dev_t",
        "size_bytes",
        "vendor",
        "product",
        "read_only",
        "paths",
        "other_slaves",
        "users",
    ),
    "paths": (
        "hctl",
        "sd",
        "dev_t",
        "size_bytes",
        "vendor",
        "product",
        "read_only",
        "transport",
        "target",
        "wwid",
        "map",
        "dm_state",
        "checker_state",
        "users",
        "wire",
    ),
    "sessions": ("sid", "target", "portal", "state"),
}


def fleet(
    results: dict[str, t.Any],
    lun_maps: list[dict[str, t.Any]],
    luns: list[dict[str, t.Any]],
    now: datetime.datetime,
    max_age: float,
    policies: dict[str, dict[str, t.Any]],
    snapshots: c.Sequence[dict[str, t.Any]] = (),
    documents: c.Sequence[dict[str, t.Any]] = (),
    advisories: c.Sequence[dict[str, t.Any]] = (),
    clusters: dict[str, str] | None = None,
) -> Report:
    """Return the whole report as plain data (fleet.json, schema 2; docs/fleet-json.md describes it).

    *results*: {host: the registered result of stale_mpath_facts, or anything that shows why there is none};
    *lun_maps*, *luns*: answers of the lookups; *now*: aware datetime; *max_age*: the oldest array listing that
    counts, seconds; *policies*: {host: what policy.resolve returned}; *snapshots*: of arrays that are not ONTAP, of
    views.read; *documents*: what the systems that own volumes said (see _judge/owners.py); *advisories*: see
    _rules/advisories.py; *clusters*: {host: the name of the cluster whose hosts share LUNs with it}.
    """
    view = judge_devices.array_view(lun_maps, luns, now, max_age, snapshots)
    documents = device_owners.aged(documents, now, max_age)
    hosts = [_host(name, results[name], view, policies[name], documents) for name in sorted(results)]
    for host in hosts:
        host["san_cluster"] = (clusters or {}).get(host["name"])
    known = {host["name"]: host["facts"] for host in hosts if host["facts"]}
    found = list(advisories_kubernetes.told(documents, known)) + list(advisories_targets.told(hosts))
    return made(view["arrays"], hosts, now, list(advisories) + [rules_advisories.advisory(*one) for one in found])


def made(
    arrays: list[dict[str, t.Any]],
    hosts: list[Host],
    now: datetime.datetime,
    advisories: c.Sequence[t.Any] = (),
    rules: dict[str, Rule] | None = None,
) -> Report:
    """Return a report of these hosts: nothing in it is excused, and there is none before it (see compliance.apply and
    history.compare).

    *rules*: those of another version, by id.
    """
    now = now.astimezone(datetime.timezone.utc)
    owners = {name: host["name"] for host in hosts if host["facts"] for name in judge_devices.initiators(host["facts"])}
    told = rules_advisories.united(
        advisories, owners, {host["name"]: host["san_cluster"] for host in hosts if host["san_cluster"]}
    )
    report: Report = {
        "schema": SCHEMA,
        "generated_at": now.strftime(TIME),
        "generated_by": {COLLECTION: version()},
        "arrays": arrays,
        "rules": _rules(hosts, told, rules or {}),
        "hosts": hosts,
        "advisories": [_advisory(advisory) for advisory in told],
        "totals": {
            "hosts": count(host["state"] for host in hosts),
            "verdicts": count(device["verdict"] for host in hosts for device in host["devices"]),
            "findings": count(
                finding["severity"] for host in hosts for finding in host["findings"] for dummy in finding["subjects"]
            ),
            "advisories": count(advisory["severity"] for advisory in told),
        },
    }
    return history.compare(compliance.apply(report, [], None, now.date()), None)


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


def policies(results: dict[str, t.Any], given: dict[str, t.Any] | None) -> dict[str, dict[str, t.Any]]:
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


def outlines(results: dict[str, t.Any]) -> dict[str, dict[str, list[str]]]:
    """Return {name of a host: {'initiators', 'wwids'}} of the results of stale_mpath_facts that can be judged: what the
    arrays are asked with.
    """
    found = {}
    for name, result in results.items():
        try:
            facts = facts_of(result)
            if facts and not unusable(facts):
                found[name] = {"initiators": judge_devices.initiators(facts), "wwids": judge_devices.wwids(facts)}
        except judge_devices.MALFORMED:
            pass  # the report says so of that host; the others are asked about
    return found


def array_terms(outlined: dict[str, dict[str, list[str]]]) -> dict[str, list[str]]:
    """Return what the arrays must be asked about for these outlines(): {'initiators', 'wwids'}, each sorted."""
    return {key: sorted({name for one in outlined.values() for name in one[key]}) for key in ("initiators", "wwids")}


def facts_of(result: t.Any) -> t.Any:
    """Return the fact stale_mpath in a registered result, packed or not, or None. Raises ValueError where it is packed
    and damaged.
    """
    if (result or {}).get("packed") is not None:
        return pack.unpacked(result["packed"], "packed", pack.MOST_OF_A_HOST)
    return ((result or {}).get("ansible_facts") or {}).get("stale_mpath")


def _host(
    name: str, result: t.Any, view: dict[str, t.Any], policy: dict[str, t.Any], documents: c.Sequence[dict[str, t.Any]]
) -> Host:
    try:
        facts = facts_of(result)
        if facts is None:
            why = (result or {}).get("msg") or "it was not asked"
            return unknown(
                name, "unreachable" if (result or {}).get("unreachable") else "failed", " ".join(str(why).split())
            )
        why = unusable(facts)
        if why:
            return unknown(name, "failed", why)
        findings, not_checked = rule_table.apply(facts, policy)
        judged = judge_devices.judged(facts, view, documents)
        not_seen = judge_devices.not_seen(facts, view)
        return {
            "name": name,
            "state": "incomplete" if facts["incomplete"] else "audited",
            "why": _gaps(facts) or None,
            "facts": compact.facts(facts),
            "devices": compact.devices(facts, judged),
            "luns": compact.luns(judged, not_seen),
            "not_seen": [lun["wwid"] for lun in not_seen],
            "policy": policy,
            "findings": compact.findings(findings),
            "not_checked": not_checked,
            "san_cluster": None,
        }
    except judge_devices.MALFORMED as exc:  # one host that lies or is broken must not take the others' report with it
        return unknown(
            name, "failed", "its facts are not what stale_mpath_facts returns: %s: %s" % (type(exc).__name__, exc)
        )


def unusable(facts: t.Any) -> str | None:
    """Return why a host's facts cannot be judged at all, or None."""
    version = facts.get("schema") if isinstance(facts, dict) else None
    if version != schema.SCHEMA:
        return (
            "no stale_mpath facts of schema %d (found: %r); gather them with "
            "sanops.multipath.stale_mpath_facts of this version"
        ) % (schema.SCHEMA, version)
    gaps = [gap for gap in facts.get("incomplete", []) if gap["what"] == "kernel"]
    if gaps:
        return "the kernel of this host could not be read: there is nothing to judge (%s)" % _gaps({"incomplete": gaps})
    for kind, keys in _NEEDED.items():
        for one in facts[kind]:
            lacking = [key for key in keys if key not in one]
            if lacking:
                return "its facts are not what stale_mpath_facts returns: one of its %s has no %s" % (kind, lacking[0])
    return None


def unknown(name: str, state: str, why: str) -> Host:
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
    }


def not_audited(report: Report) -> dict[str, str | None]:
    """Return {host: why} of the hosts of which the report knows nothing."""
    return {host["name"]: host["why"] for host in report["hosts"] if host["facts"] is None}


def _gaps(facts: t.Any) -> str:
    return "; ".join("%(what)s: %(why)s" % gap for gap in facts["incomplete"])


def count(words: c.Iterable[str]) -> dict[str, int]:
    """Return how often each word occurs, sorted by word."""
    return dict(sorted(collections.Counter(words).items()))
