# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filters of the audit: thin fronts over plugin_utils/_judge/devices.py, _report/fleet.py,
_report/compliance.py and _judge/plan.py.
"""

import datetime

from ansible.errors import AnsibleFilterError
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import views as arrays_views
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import evidence as judge_evidence
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import facts as judge_facts
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet as report_fleet

MAX_AGE = 3600


def verdicts(facts, lun_maps=(), luns=(), max_age=MAX_AGE, documents=()):
    """See verdicts.yml."""
    why = judge_facts.unusable(facts)
    if why:
        raise AnsibleFilterError("sanops.multipath.verdicts: %s" % why)
    _check_answers("verdicts", lun_maps, luns, documents)
    evidence = judge_evidence.of_answers(lun_maps, luns, _now(), max_age, documents=documents)
    return judge_devices.judged(facts, evidence.view, evidence.documents)


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
    _check_answers("fleet", lun_maps, luns, documents)
    try:
        resolved = report_fleet.policies(results, policies)
        excuses, fail_on = compliance.checked(exceptions, now.date()), compliance.severity(fail_on)
        snapshots = arrays_views.read(array_views)
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc
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
    return removal_plan.plan(report, hazards, _now())


def _check_answers(name, lun_maps, luns, documents):
    try:
        judge_evidence.check_answers(lun_maps, luns, documents)
    except ValueError as exc:
        raise AnsibleFilterError("sanops.multipath.%s: %s" % (name, exc)) from exc


def _now():
    return datetime.datetime.now(datetime.timezone.utc)


class FilterModule(object):
    def filters(self):
        return {"verdicts": verdicts, "fleet": fleet, "plan": plan}
