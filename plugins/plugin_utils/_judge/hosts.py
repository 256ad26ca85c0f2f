# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The one way to judge: from what the hosts registered to their judged devices. The audit takes it for all hosts of
a play, the remediation for one host.

First outlines() reads every host, and says what the arrays have to be asked about; evidence.gather() asks; then
judged() judges each host. No host's facts are held in between: of a large fleet they would not fit.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable, Mapping

from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import evidence as judge_evidence
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import facts as judge_facts
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import shapes

AUDITED, INCOMPLETE, UNREACHABLE, FAILED = "audited", "incomplete", "unreachable", "failed"
# The facts that a decision about removals, and its record, need.
KEPT = ("host", "multipathd", "sessions", "quarantine", "elapsed", "incomplete")
# What reading or judging facts that are too large or nested too deep ends in: it costs that host its report, no other.
TOO_MUCH = (MemoryError, RecursionError)

# What Ansible (from ansible-core 2.16 on), sudo, su and doas say where a host does not let the user become root.
_NO_ROOT = re.compile(
    r"\b(?:missing|incorrect|duplicate|invalid) (?:[\w.]+ )?password\b"
    r"|waiting for (?:become success|password prompt)|\bprivilege output closed"
    r"|\bsudo(?:-rs)?: (?:a password is required|a terminal is required|no tty present|sorry, you must have a tty"
    r"|no password was provided|\d+ incorrect password|interactive authentication is required|authentication failed"
    r"|i'm sorry )"
    r"|\bnot in the sudoers file|\bis not allowed to (?:execute|run)\b|\bmay not run sudo\b"
    r"|\b(?:su|doas): authentication fail",
    re.IGNORECASE,
)
_BECOME = "give the password with --ask-become-pass, or let the user become root without one (docs/requirements.md)"


class Outline(t.NamedTuple):
    """What is known of a host before anybody is asked about it: its state, as in shapes.Host, and its names."""

    state: str
    why: str | None
    initiators: list[str]
    wwids: list[str]

    @property
    def can_be_judged(self) -> bool:
        return self.state in (AUDITED, INCOMPLETE)


def outlines(results: Mapping[str, t.Any]) -> dict[str, Outline]:
    """Outline each host.

    Args:
        results: by host, the registered result of stale_mpath_facts, or anything that shows why there is none.
    """
    outlined = {}
    for name, result in results.items():
        try:
            outlined[name] = _outline(result)
        except TOO_MUCH as exc:
            outlined[name] = Outline(FAILED, too_much(exc), [], [])
    return outlined


def terms(outlined: Iterable[Outline]) -> tuple[list[str], list[str]]:
    """Return the initiators and the WWIDs that the arrays have to be asked about, each sorted."""
    initiators, wwids = set(), set()
    for outline in outlined:
        initiators.update(outline.initiators)
        wwids.update(outline.wwids)
    return sorted(initiators), sorted(wwids)


def judged(name: str, result: t.Any, outline: Outline, evidence: judge_evidence.Evidence) -> shapes.Host:
    """Judge one host.

    Args:
        result: that which *outline* was made of.
    """
    if not outline.can_be_judged:
        return unknown(name, outline.state, outline.why)
    try:
        # Outlining has checked them.
        facts = t.cast(shapes.Facts, judge_facts.unchecked(result))
        return {
            "name": name,
            "state": outline.state,
            "why": outline.why,
            "facts": facts,
            "devices": judge_devices.judged(facts, evidence.view, evidence.documents),
            "not_seen": judge_devices.not_seen(facts, evidence.view),
        }
    except TOO_MUCH as exc:
        return unknown(name, FAILED, too_much(exc))


def too_much(exc: BaseException) -> str:
    """Return why nothing is known of a host whose facts ended in one of TOO_MUCH."""
    return f"its facts are malformed: too large, or nested too deep, to be read here ({type(exc).__name__})"


def unknown(name: str, state: str, why: str | None) -> shapes.Host:
    """Return a host of which nothing is known."""
    return {"name": name, "state": state, "why": why, "facts": None, "devices": [], "not_seen": []}


def judgement(
    results: Mapping[str, t.Any], sources: judge_evidence.Sources, ask: judge_evidence.Ask
) -> tuple[shapes.Judgement, judge_evidence.Evidence]:
    """Judge a few hosts, and return the evidence too. Of their facts only KEPT is in the judgement."""
    outlined = outlines(results)
    evidence = judge_evidence.gather(*terms(outlined.values()), sources, ask)
    hosts = [judged(name, results[name], outlined[name], evidence) for name in sorted(results)]
    for host in hosts:
        if host["facts"] is not None:
            host["facts"] = {key: host["facts"][key] for key in KEPT}
    clusters = [
        t.cast(shapes.Cluster, dict(item for item in document.items() if item[0] in shapes.Cluster.__annotations__))
        for document in evidence.documents
    ]
    return {"arrays": evidence.view["arrays"], "clusters": clusters, "hosts": hosts}, evidence


def _outline(result: t.Any) -> Outline:
    try:
        facts = judge_facts.read(result)
    except judge_facts.Unusable as exc:
        return Outline(FAILED, str(exc), [], [])
    if facts is None:
        known = result if isinstance(result, dict) else {}
        why = " ".join(str(known.get("msg") or "it was not asked").split())
        if not known.get("unreachable") and _NO_ROOT.search(why):
            why = f"{why.rstrip('.')}; {_BECOME}"
        return Outline(UNREACHABLE if known.get("unreachable") else FAILED, why, [], [])
    return Outline(
        INCOMPLETE if facts["incomplete"] else AUDITED,
        judge_facts.gap_words(facts["incomplete"]) or None,
        judge_devices.initiators(facts),
        judge_devices.wwids(facts),
    )
