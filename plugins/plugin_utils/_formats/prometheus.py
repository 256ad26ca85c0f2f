# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""metrics.prom: the report for node_exporter's textfile collector.

A fleet has some 130 series, however many hosts and devices it has: labels take only words that are known here, and
what else a report holds is counted as 'other'. A series that can be counted is there with 0 too, so that an alert
or a graph sees it come and go.
"""

from __future__ import annotations

import collections.abc as c
import datetime
import itertools
import typing as t

from ansible_collections.sanops.multipath.plugins.module_utils._core import verdict as core_verdict
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats.plain import STATES, plain, version
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import rule_texts as report_rules
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Report
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import SEVERITIES

_Samples = list[tuple[list[tuple[str, t.Any]], float]]
OTHER = "other"
_KINDS = ("device", "finding", "host")
_EXCEPTIONS = ("in force", "expired", "unused")
_IN_USE = {True: "true", False: "false", None: "unknown"}
_BOOLEANS = ("false", "true")


def render(report: Report) -> str:
    """Return the report in Prometheus's text format, without timestamps of samples, as node_exporter wants it."""
    return "".join(pieces(report))


def pieces(report: Report) -> c.Iterator[str]:
    """Yield the lines of it."""
    for name, about, samples in _METRICS:
        found = samples(report)
        if found:
            yield f"# HELP {name} {about}\n# TYPE {name} gauge\n"
        for labels, value in found:
            yield f"{name}{_labels(labels)} {int(value)}\n"


def _labels(labels: list[tuple[str, t.Any]]) -> str:
    reported = ['%s="%s"' % (name, plain(value).replace("\\", "\\\\").replace('"', '\\"')) for name, value in labels]
    return "{%s}" % ",".join(reported) if reported else ""


def _tally(
    names: list[str],
    known: c.Iterable[tuple[str, ...]],
    words: c.Iterable[tuple[str, ...]],
    number: c.Iterable[int] = itertools.repeat(1),
) -> _Samples:
    """Samples: how often each combination occurs in *words* (tuples of label values), in the order of *known*,
    which are there with 0 too. *number*: how often each of the words counts.
    """
    tally = dict.fromkeys(known, 0)
    for word, times in zip(words, number):
        tally[word] = tally.get(word, 0) + times
    return [(list(zip(names, word)), count) for word, count in tally.items()]


def _one(value: float | None) -> _Samples:
    return [] if value is None else [([], value)]


def _known(word: str, words: c.Container[str]) -> str:
    return word if word in words else OTHER


def _yes(value: t.Any) -> str:
    return _BOOLEANS[bool(value)]


def _seconds(text: t.Any) -> float | None:
    """Seconds since 1970 of an ISO 8601 time or day in UTC; None for what is none."""
    try:
        moment = datetime.datetime.fromisoformat(str(text).replace("Z", "+00:00"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)).timestamp()
    except (ValueError, OverflowError):
        return None


def _versions(report: Report) -> _Samples:
    return [([("version", version(report)), ("schema", report["schema"])], 1)]


def _hosts(name: str, words: tuple[str, ...]) -> c.Callable[[Report], _Samples]:
    return lambda report: _tally(
        [name],
        [(word,) for word in words],
        [(_known(t.cast("dict[str, str]", host)[name], words),) for host in report["hosts"]],
    )


def _devices_of(report: Report) -> _Samples:
    known = [
        (verdict, in_use, excused)
        for verdict in core_verdict.VERDICTS
        for in_use in _IN_USE.values()
        for excused in _BOOLEANS
    ]
    return _tally(
        ["verdict", "in_use", "excused"],
        known,
        [
            (_known(one["verdict"], core_verdict.VERDICTS), _IN_USE[one["in_use"]], _yes(one.get("exception")))
            for host in report["hosts"]
            for one in host["devices"]
        ],
    )


def _findings(report: Report) -> _Samples:
    """A finding counts once for each of its subjects."""
    known = [(name, rule["severity"], excused) for name, rule in report_rules.OF_HOSTS.items() for excused in _BOOLEANS]
    found = [finding for host in report["hosts"] for finding in host["findings"]]
    return _tally(
        ["rule", "severity", "excused"],
        known,
        (
            (
                _known(finding["rule"], report_rules.OF_HOSTS),
                _known(finding["severity"], SEVERITIES),
                _yes(finding.get("exception")),
            )
            for finding in found
        ),
        (len(finding["subjects"]) for finding in found),
    )


def _not_checked(report: Report) -> _Samples:
    return _tally(
        ["rule"],
        [(rule,) for rule in report_rules.OF_HOSTS],
        [(_known(one["rule"], report_rules.OF_HOSTS),) for host in report["hosts"] for one in host["not_checked"]],
    )


def _arrays(report: Report) -> _Samples:
    return _tally(
        ["complete"], [(word,) for word in _BOOLEANS], [(_yes(array["complete"]),) for array in report["arrays"]]
    )


def _oldest_listing(report: Report) -> _Samples:
    fetched = [_seconds(array["fetched_at"]) for array in report["arrays"] if array["complete"]]
    return _one(min((moment for moment in fetched if moment is not None), default=None))


def _exceptions(report: Report) -> _Samples:
    return _tally(
        ["state"],
        [(word,) for word in _EXCEPTIONS],
        [(_known(one["state"], _EXCEPTIONS),) for one in report["exceptions"]],
    )


def _next_expiry(report: Report) -> _Samples:
    """The end of the last day of the exception that ends first; one that nothing matches is of no interest."""
    ends = [_seconds(one["expires"]) for one in report["exceptions"] if one["state"] == "in force"]
    return _one(min((moment + 24 * 60 * 60 for moment in ends if moment is not None), default=None))


def _changes(report: Report) -> _Samples:
    changes = report["changes"]
    if changes is None:
        return []
    reported = {"new": changes["new"], "gone": changes["gone"]}
    known = [(kind, change) for kind in _KINDS for change in reported]
    return _tally(
        ["kind", "change"],
        known,
        [(_known(entry["kind"], _KINDS), change) for change, entries in reported.items() for entry in entries],
    )


def _since(report: Report) -> _Samples:
    return _one(None if report["changes"] is None else _seconds(report["changes"]["since"]))


# (name, help, function of the report that returns [([(label, value)], number)]); none are said of what is not known.
_METRICS: tuple[tuple[str, str, c.Callable[[Report], _Samples]], ...] = (
    ("san_audit_info", "Which version of sanops.multipath made the report, and its schema; always 1.", _versions),
    (
        "san_audit_generated_timestamp_seconds",
        "When the report was made.",
        lambda report: _one(_seconds(report["generated_at"])),
    ),
    ("san_audit_hosts_by_state", "Hosts by how far they were audited.", _hosts("state", STATES)),
    ("san_audit_hosts_by_compliance", "Hosts by compliance.", _hosts("compliance", compliance.WORDS)),
    (
        "san_audit_hosts_failed",
        "Hosts that fail by the policy audit_fail_on.",
        lambda report: _one(len(report["compliance"]["failed"])),
    ),
    ("san_audit_devices", "SAN devices by verdict, use, and whether an exception in force covers them.", _devices_of),
    ("san_audit_findings", "Findings by rule, severity, and whether an exception in force covers them.", _findings),
    ("san_audit_not_checked", "What a rule could not see, one for each host and subject.", _not_checked),
    (
        "san_audit_luns_not_seen",
        "LUNs that the arrays give to hosts that have no device of them.",
        lambda report: _one(sum(len(host["not_seen"]) for host in report["hosts"])),
    ),
    ("san_audit_arrays", "Arrays asked, by whether the listing is complete.", _arrays),
    (
        "san_audit_oldest_listing_timestamp_seconds",
        "When the oldest of the complete listings of arrays was fetched.",
        _oldest_listing,
    ),
    ("san_audit_exceptions", "Exceptions by state.", _exceptions),
    ("san_audit_next_exception_end_timestamp_seconds", "When the next of the exceptions in force ends.", _next_expiry),
    ("san_audit_changes", "What came and went since the report before.", _changes),
    ("san_audit_previous_timestamp_seconds", "When the report before was made.", _since),
)
NAMES = tuple(metric[0] for metric in _METRICS)
