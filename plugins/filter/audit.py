# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filters of the audit: thin fronts over plugin_utils/_devices.py and _report.py."""

import datetime

from ansible.errors import AnsibleFilterError
from ansible_collections.sanops.multipath.plugins.plugin_utils import _devices
from ansible_collections.sanops.multipath.plugins.plugin_utils import _report

MAX_AGE = 3600


def verdicts(facts, lun_maps=(), luns=(), max_age=MAX_AGE):
    """See verdicts.yml."""
    _schema(facts)
    unread = [gap['why'] for gap in facts.get('incomplete', []) if gap['what'] == 'kernel']
    if unread:
        raise AnsibleFilterError('the kernel of this host could not be read (%s): there is nothing to judge' % unread[0])
    with _told_as('verdicts'):
        return _devices.judged(facts, _devices.array_view(lun_maps, luns, _now(), max_age))


def fleet(results, lun_maps=(), luns=(), max_age=MAX_AGE):
    """See fleet.yml."""
    for name, result in results.items():
        facts = _report.facts_of(result)
        if facts is not None:
            _schema(facts, name)
    with _told_as('fleet'):
        return _report.fleet(results, lun_maps, luns, _now(), max_age)


def array_terms(results):
    """See array_terms.yml."""
    found = [facts for facts in map(_report.facts_of, results.values()) if facts]
    initiators = set(name for facts in found for names in (facts['host'].get('initiators') or {}).values() for name in names)
    return {
        'initiators': sorted(initiators),
        'wwids': sorted(set(wwid for facts in found for wwid in _devices.wwids(facts))),
    }


def _schema(facts, host=None):
    found = facts.get('schema') if isinstance(facts, dict) else None
    if found != _report.SCHEMA:
        raise AnsibleFilterError('%sno stale_mpath facts of schema %d (found: %r); gather them with sanops.multipath.stale_mpath_facts of this version' % (
            host + ': ' if host else '', _report.SCHEMA, found))


class _told_as(object):
    """Turn a malformed input into an error that names the filter."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, kind, exc, traceback):
        if isinstance(exc, (KeyError, TypeError, ValueError)):
            raise AnsibleFilterError('sanops.multipath.%s: its input is not what the module and the lookups return: %s: %s' % (
                self.name, kind.__name__, exc)) from exc


def _now():
    return datetime.datetime.now(datetime.timezone.utc)


class FilterModule(object):
    def filters(self):
        return {'verdicts': verdicts, 'fleet': fleet, 'array_terms': array_terms}
