#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: role_variables
short_description: Check the variables of roles before any host is asked
version_added: 0.1.0
description:
  - Checks the variables that were given to roles of this collection, by C(--extra-vars), the inventory or the play. All
    hosts of the play, or of its batch, are checked at once, so it runs with C(run_once).
  - Fails with all errors in one message. An error names the variable and says what it takes. It does not show a value
    that may hold a secret.
  - A wrong value is one of another type, outside of its range, or of which an entry has an unknown key, such as an
    array.
  - A variable that begins with the name of one of the roles, or of a role whose variables it reads, and that no role
    has, is an error. Results of tasks, facts that tasks set, and names that begin with C(__) are not.
  - Of values that are templates, those of the host of the task are evaluated.
options:
  roles:
    description: The roles whose variables are checked.
    type: list
    elements: str
    choices: [array_account, audit, awx, iscsi_scan, multipath_conf, report, stale_devices]
    required: true
extends_documentation_fragment:
  - sanops.multipath.attributes.controller
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
"""

EXAMPLES = r"""
- name: Check the variables
  sanops.multipath.role_variables:
    roles: [stale_devices, multipath_conf]
  run_once: true
"""

RETURN = r""" # """

# The work is done on the controller, in plugins/action/role_variables.py.
