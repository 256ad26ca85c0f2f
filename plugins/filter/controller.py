# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filter of the role awx: a thin front over plugin_utils/_awx/objects.py."""

from ansible.errors import AnsibleFilterError
from ansible_collections.sanops.multipath.plugins.plugin_utils._awx import objects as awx_objects


def controller_steps(ours, theirs=None, update_secrets=False, approval=True):
    """See controller_steps.yml."""
    try:
        lists = awx_objects.joined(ours, theirs or {})
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc
    said = awx_objects.complaints(lists, approval)
    if said:
        raise AnsibleFilterError("Nothing was sent to the controller. %s." % ". ".join(said))
    return awx_objects.steps(lists, update_secrets)


class FilterModule:
    def filters(self):
        return {"controller_steps": controller_steps}
