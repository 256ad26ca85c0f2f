# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filter of the roles' variables: a thin front over plugin_utils/_variables.py."""

from ansible.errors import AnsibleFilterError
from ansible_collections.sanops.multipath.plugins.plugin_utils import _variables


def typed(values, role):
    """See typed.yml."""
    try:
        return _variables.typed(values, role)
    except ValueError as exc:
        raise AnsibleFilterError('sanops.multipath.typed: %s' % exc) from exc


class FilterModule(object):
    def filters(self):
        return {'typed': typed}
