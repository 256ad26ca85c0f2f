# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filters of the audit: thin fronts over plugin_utils/_devices.py, _report.py, _compliance.py and _plan.py."""

import datetime

from ansible.errors import AnsibleFilterError
from ansible_collections.sanops.multipath.plugins.module_utils import _pack
from ansible_collections.sanops.multipath.plugins.plugin_utils import _array_views
from ansible_collections.sanops.multipath.plugins.plugin_utils import _compliance
from ansible_collections.sanops.multipath.plugins.plugin_utils import _devices
from ansible_collections.sanops.multipath.plugins.plugin_utils import _kubernetes
from ansible_collections.sanops.multipath.plugins.plugin_utils import _owners
from ansible_collections.sanops.multipath.plugins.plugin_utils import _plan
from ansible_collections.sanops.multipath.plugins.plugin_utils import _report

MAX_AGE = 3600


def verdicts(facts, lun_maps=(), luns=(), max_age=MAX_AGE, documents=()):
    """See verdicts.yml."""
    with _told_as('verdicts'):
        why = _report.unusable(facts)
        if why:
            raise AnsibleFilterError(why)
        now = _now()
        return _devices.judged(facts, _devices.array_view(lun_maps, luns, now, max_age), _owners.aged(documents, now, max_age))


def fleet(results, lun_maps=(), luns=(), max_age=MAX_AGE, policies=None, exceptions=(), fail_on='', array_views=(), documents=()):
    """See fleet.yml."""
    now = _now()
    try:
        resolved = _report.policies(results, policies)
        excuses, fail_on = _compliance.checked(exceptions, now.date()), _compliance.severity(fail_on)
        snapshots = _array_views.read(array_views)
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc
    with _told_as('fleet'):
        report = _report.fleet(results, lun_maps, luns, now, max_age, resolved, snapshots, documents)
        return _compliance.apply(report, exceptions, fail_on, now.date()) if excuses or fail_on else report


def plan(report, hazards=()):
    """See plan.yml."""
    unknown = sorted(set(hazards) - set(_plan.HAZARDS))
    if unknown:
        raise AnsibleFilterError('sanops.multipath.plan: no such hazard: %s; there are %s' % (', '.join(unknown), ', '.join(_plan.HAZARDS)))
    with _told_as('plan'):
        return _plan.plan(report, hazards, _now())


def removals(report, given=None, hazards=(), max_age=MAX_AGE, max_removals=50, max_share=0.5):
    """See removals.yml."""
    if given == '':  # what a template gives for none before core 2.19
        given = None
    try:
        if isinstance(given, str):
            given = _pack.unpacked(given, 'it') or {}  # whatever was packed, it is not the absence of a plan
        return _plan.decide(report, given, hazards, _now(), max_age, max_removals, max_share)
    except ValueError as exc:
        raise AnsibleFilterError('the plan cannot be applied: %s' % exc) from exc


def confirmed(report, removals, hazards=(), max_age=60, documents=()):
    """See confirmed.yml."""
    with _told_as('confirmed'):
        return _plan.confirmed(report, removals, hazards, _now(), max_age, documents)


def kubernetes_nodes(report, documents=()):
    """See kubernetes_nodes.yml."""
    with _told_as('kubernetes_nodes'):
        try:
            return _kubernetes.drained(report, documents)
        except ValueError as exc:
            raise AnsibleFilterError('sanops.multipath.kubernetes_nodes: %s' % exc) from exc


def array_terms(results):
    """See array_terms.yml."""
    return _report.array_terms(_report.outlines(results))


class _told_as(object):
    """Turn a malformed input into an error that names the filter."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, kind, exc, traceback):
        if isinstance(exc, _devices.MALFORMED):
            raise AnsibleFilterError('sanops.multipath.%s: its input is not what the module and the lookups return: %s: %s' % (
                self.name, kind.__name__, exc)) from exc


def _now():
    return datetime.datetime.now(datetime.timezone.utc)


class FilterModule(object):
    def filters(self):
        return {'verdicts': verdicts, 'fleet': fleet, 'array_terms': array_terms, 'plan': plan, 'removals': removals, 'confirmed': confirmed,
                'kubernetes_nodes': kubernetes_nodes}
