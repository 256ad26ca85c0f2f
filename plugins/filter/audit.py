# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filters of the audit: thin fronts over plugin_utils/_judge/devices.py, _report/fleet.py,
_report/compliance.py and _judge/plan.py.
"""

import datetime

from ansible.errors import AnsibleFilterError
from ansible_collections.sanops.multipath.plugins.module_utils._core import pack
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import views as arrays_views
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import owners as device_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes import owners as kubernetes_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet as report_fleet

MAX_AGE = 3600


def verdicts(facts, lun_maps=(), luns=(), max_age=MAX_AGE, documents=()):
    """See verdicts.yml."""
    with _told_as("verdicts"):
        why = report_fleet.unusable(facts)
        if why:
            raise AnsibleFilterError(why)
        now = _now()
        return judge_devices.judged(
            facts, judge_devices.array_view(lun_maps, luns, now, max_age), device_owners.aged(documents, now, max_age)
        )


def fleet(
    results,
    lun_maps=(),
    luns=(),
    max_age=MAX_AGE,
    policies=None,
    exceptions=(),
    fail_on="",
    array_views=(),
    documents=(),
):
    """See fleet.yml."""
    now = _now()
    try:
        resolved = report_fleet.policies(results, policies)
        excuses, fail_on = compliance.checked(exceptions, now.date()), compliance.severity(fail_on)
        snapshots = arrays_views.read(array_views)
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc
    with _told_as("fleet"):
        report = report_fleet.fleet(results, lun_maps, luns, now, max_age, resolved, snapshots, documents)
        return compliance.apply(report, exceptions, fail_on, now.date()) if excuses or fail_on else report


def plan(report, hazards=()):
    """See plan.yml."""
    unknown = sorted(set(hazards) - set(removal_plan.HAZARDS))
    if unknown:
        raise AnsibleFilterError(
            "sanops.multipath.plan: no such hazard: %s; there are %s"
            % (", ".join(unknown), ", ".join(removal_plan.HAZARDS))
        )
    with _told_as("plan"):
        return removal_plan.plan(report, hazards, _now())


def removals(report, given=None, hazards=(), max_age=MAX_AGE, max_removals=50, max_share=0.5):
    """See removals.yml."""
    if given == "":  # what a template gives for none before core 2.19
        given = None
    try:
        if isinstance(given, str):
            given = pack.unpacked(given, "it") or {}  # whatever was packed, it is not the absence of a plan
        return removal_plan.decide(report, given, hazards, _now(), max_age, max_removals, max_share)
    except ValueError as exc:
        raise AnsibleFilterError("the plan cannot be applied: %s" % exc) from exc


def confirmed(report, removals, hazards=(), max_age=60, documents=()):
    """See confirmed.yml."""
    with _told_as("confirmed"):
        return removal_plan.confirmed(report, removals, hazards, _now(), max_age, documents)


def kubernetes_nodes(report, documents=()):
    """See kubernetes_nodes.yml."""
    with _told_as("kubernetes_nodes"):
        try:
            return kubernetes_owners.drained(report, documents)
        except ValueError as exc:
            raise AnsibleFilterError("sanops.multipath.kubernetes_nodes: %s" % exc) from exc


def array_terms(results):
    """See array_terms.yml."""
    return report_fleet.array_terms(report_fleet.outlines(results))


class _told_as(object):
    """Turn a malformed input into an error that names the filter."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, kind, exc, traceback):
        if isinstance(exc, judge_devices.MALFORMED):
            raise AnsibleFilterError(
                "sanops.multipath.%s: its input is not what the module and the lookups return: %s: %s"
                % (self.name, kind.__name__, exc)
            ) from exc


def _now():
    return datetime.datetime.now(datetime.timezone.utc)


class FilterModule(object):
    def filters(self):
        return {
            "verdicts": verdicts,
            "fleet": fleet,
            "array_terms": array_terms,
            "plan": plan,
            "removals": removals,
            "confirmed": confirmed,
            "kubernetes_nodes": kubernetes_nodes,
        }
