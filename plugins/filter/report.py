# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filters of a report that is written: thin fronts over plugin_utils/_query.py and _pack.py."""

from ansible.errors import AnsibleFilterError
from ansible_collections.sanops.multipath.plugins.plugin_utils import _archive
from ansible_collections.sanops.multipath.plugins.module_utils import _pack
from ansible_collections.sanops.multipath.plugins.plugin_utils import _query


def report_query(report, query):
    """See report_query.yml."""
    try:
        return _query.query(report, query)
    except ValueError as exc:
        raise AnsibleFilterError('sanops.multipath.report_query: %s' % exc) from exc


def report_fragment(path):
    """See report_fragment.yml."""
    return _packed('report_fragment', _archive.read, path)


def plan_fragment(path):
    """See plan_fragment.yml."""
    return _packed('plan_fragment', _archive.read_plan, path)


def _packed(name, read, path):
    try:
        return _pack.packed(read(path))
    except OSError as exc:
        raise AnsibleFilterError('sanops.multipath.%s: %s cannot be read: %s' % (name, path, exc.strerror)) from exc
    except ValueError as exc:
        raise AnsibleFilterError('sanops.multipath.%s: %s: %s' % (name, path, exc)) from exc


class FilterModule(object):
    def filters(self):
        return {'report_query': report_query, 'report_fragment': report_fragment, 'plan_fragment': plan_fragment}
