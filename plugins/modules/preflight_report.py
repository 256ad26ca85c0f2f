#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: preflight_report
short_description: Say before an audit what it would lack
version_added: 0.1.0
description:
  - Tries the account of each array as M(sanops.multipath.array_access) does, and reads what each host of the play has
    registered. Shows which arrays cannot be used and why, which hosts cannot be audited and why, and which targets of
    these hosts no configured array has. A login that was refused before in this run is not tried again.
  - Fails where an audit would be worthless. That is where no array is configured, where one of them cannot be used,
    where none of the hosts can be audited, and where no array has any target of the hosts.
  - Changes nothing, writes nothing, and connects to no host. Credentials stay on the controller, and are in no result.
  - Runs once for all hosts of the play; use it with C(run_once).
options:
  role:
    description: The name of the role of the accounts, for the commands that extend it.
    type: str
    default: san-audit
extends_documentation_fragment:
  - sanops.multipath.judging.arrays
  - sanops.multipath.judging.registered
  - sanops.multipath.attributes.controller
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
seealso:
  - module: sanops.multipath.audit_report
"""

EXAMPLES = r"""
- name: Ask the kernel and the wire
  sanops.multipath.stale_mpath_facts:
    packed: true
  become: true
  register: testimony
  ignore_unreachable: true

- name: Say what an audit would lack
  sanops.multipath.preflight_report:
    registered: testimony
    arrays: "{{ audit_arrays }}"
  run_once: true
"""

RETURN = r"""
arrays:
  description: What the account of each array may read, as M(sanops.multipath.array_access) returns it.
  returned: always
  type: list
  elements: dict
problems:
  description: Why an audit would be worthless, sentences. Empty where it would not be.
  returned: always
  type: list
  elements: str
not_audited:
  description: The hosts that cannot be audited, each with the reason.
  returned: always
  type: dict
  sample:
    node3: "Missing sudo password"
unowned:
  description: The targets that no configured array has, each with the hosts that have a path to it.
  returned: always
  type: dict
  sample:
    iqn.1992-08.com.netapp:sn.svm9:vs.9: [node1, node2]
"""

# The work is done on the controller, in plugins/action/preflight_report.py.
