# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The findings of a fleet for a person: each rule once, however many hosts and maps it is about. fleet.json has
every one.
"""

from ansible_collections.sanops.multipath.plugins.module_utils._core import policy as core_policy
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import news
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories as rules_advisories
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import table as rule_table
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import SEVERITIES

UNCHECKED = "unchecked"
_HOSTS, _SUBJECTS, _WHATS = 5, 3, 8  # named at most


def lines(hosts):
    """[(a severity, UNCHECKED or None: plain, text)]; nothing where there is nothing to tell. *hosts*: of the
    report.
    """
    found = [(host["name"], one) for host in hosts for one in host["findings"]]
    unseen = [(host["name"], one) for host in hosts for one in host["not_checked"]]
    told = []
    for words, mine in _grouped(
        [(host["name"], _words(host["policy"])) for host in hosts if host["policy"]] if found or unseen else [], str
    ):
        told.append(
            (
                None,
                "Configuration of %s, held against the policy %s"
                % (_some(_distinct(name for name, dummy in mine), _HOSTS, " hosts"), words),
            )
        )
    for severity in SEVERITIES:
        for rule in rule_table.RULES:
            mine = [(name, one) for name, one in found if (one["rule"], one["severity"]) == (rule["id"], severity)]
            if mine:
                told += _of_rule(rule, severity, mine)
    for why, mine in _grouped(unseen, lambda one: one["why"]):
        subjects = _some(_distinct(one["subject"] for dummy, one in mine if one["subject"]), _SUBJECTS, "")
        told.append(
            (
                UNCHECKED,
                "  NOT CHECKED %s on %s: %s%s"
                % (
                    ", ".join(_distinct(one["rule"] for dummy, one in mine)),
                    _some(_distinct(name for name, dummy in mine), _HOSTS, " hosts"),
                    why,
                    subjects and " (%s)" % subjects,
                ),
            )
        )
    return told


def of_arrays(advisories):
    """As lines(), of the advisories: what arrays and clusters themselves show."""
    told = []
    for rule in rules_advisories.RULES:
        mine = [one for one in advisories if one["rule"] == rule["id"]]
        if not mine:
            continue
        told.append((rule["severity"], "  %-8s %s %s" % (rule["severity"].upper(), rule["id"], rule["title"])))
        for one in mine[:_WHATS]:
            touched = [_some(one["hosts"], _HOSTS, " hosts")] if one["hosts"] else []
            touched += ["of no audited host: %s" % _some(one["strangers"], _SUBJECTS, "")] if one["strangers"] else []
            told.append(
                (
                    None,
                    "    what  %s, %s: %s%s"
                    % (one["where"], one["subject"], one["what"], touched and " (%s)" % "; ".join(touched) or ""),
                )
            )
            if one["exception"]:
                told.append((None, "    but   %s" % news.excused(one["exception"])))
        if len(mine) > _WHATS:
            told.append((None, "    what  and %d more, in fleet.json" % (len(mine) - _WHATS)))
        told += [(None, "    why   %s" % rule["reason"]), (None, "    next  %s" % rule["remedy"])]
    return ([(None, "Arrays and clusters")] if told else []) + told


def _words(policy):
    return ", ".join("%s %s" % (key, policy[key] or "any") for key in core_policy.KEYS)


def _of_rule(rule, severity, mine):
    yield severity, "  %-8s %s %s" % (severity.upper(), rule["id"], rule["title"])
    groups = _grouped(mine, lambda one: one["what"])
    for what, some in groups[:_WHATS]:
        places = _distinct(one["where"] for dummy, one in some)
        where = places[0] if len(places) == 1 else None  # of many, fleet.json has each
        yield None, "    what  %s%s" % (what, ", %s" % where if where and where not in what else "")
        yield (
            None,
            "    on    %s: %s"
            % (
                _some(_distinct(name for name, dummy in some), _HOSTS, " hosts"),
                _some(_distinct(one["subject"] for dummy, one in some), _SUBJECTS, ""),
            ),
        )
        for excuse, excused in _grouped(
            [pair for pair in some if pair[1]["exception"]], lambda one: news.excused(one["exception"])
        ):
            yield (
                None,
                "    but   %s, on %s" % (excuse, _some(_distinct(name for name, dummy in excused), _HOSTS, " hosts")),
            )
    if len(groups) > _WHATS:
        yield None, "    what  and %d more, in fleet.json" % (len(groups) - _WHATS)
    yield None, "    why   %s" % rule["reason"]
    yield None, "    next  %s" % rule["remedy"]


def _grouped(pairs, key):
    """[(key, [pair, ...])] in the order in which each was first seen."""
    groups = {}
    for pair in pairs:
        groups.setdefault(key(pair[1]), []).append(pair)
    return list(groups.items())


def _distinct(words):
    return list(dict.fromkeys(words))


def _some(words, most, noun):
    return ", ".join(words[:most]) + (" and %d more%s" % (len(words) - most, noun) if len(words) > most else "")
