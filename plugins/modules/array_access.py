#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: array_access
short_description: Try what the accounts of ONTAP arrays may read
version_added: 0.1.0
description:
  - Logs in to each array once, reads one record of each path of the REST API that the audit reads, and says which of
    them the account may not read, with the commands of ONTAP that extend its role.
  - Prints what it has found of each array before it asks the next one.
  - Keeps a refused login for five minutes of this run, in which neither this module nor whatever lists the array
    tries it again. A login that works ends that.
  - Does not fail because of what an array answers; RV(problems) says why an audit could not rest on it.
  - Changes nothing, and connects to no host. Credentials stay on the controller, and are in no result.
options:
  arrays:
    description: The ONTAP arrays to ask, each a dictionary with the options of the lookup
      P(sanops.multipath.ontap_lun_maps#lookup).
    type: list
    elements: dict
    required: true
  role:
    description: The name of the role of the accounts, for RV(arrays[].commands). An account may not know its own.
    type: str
    default: san-audit
  within:
    description: Seconds for all arrays together. RV(problems) names those that were not tried in it, as those that do
      not answer.
    type: float
    default: 1800
  again:
    description: Log in even where the same login was refused before in this run, as after the account was changed.
    type: bool
    default: false
extends_documentation_fragment:
  - sanops.multipath.attributes.controller
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
seealso:
  - module: sanops.multipath.preflight_report
"""

EXAMPLES = r"""
- name: Try the accounts
  sanops.multipath.array_access:
    arrays: "{{ audit_arrays }}"
  register: tried

- name: Stop where an audit could not rest on an array
  ansible.builtin.assert:
    that: tried.problems | length == 0
    fail_msg: "{{ tried.problems | join(' ') }}"
"""

RETURN = r"""
arrays:
  description: What the account of each array may read.
  returned: success
  type: list
  elements: dict
  contains:
    # fields of _arrays.shapes.ArrayAccess, made by tests/bootstrap/schemas.py
    hostname:
      description: The array's C(hostname) as it is configured.
      type: str
      returned: always
    cluster:
      description: >-
        The name of its cluster. V(none): not known.
      type: str
      returned: always
    cluster_uuid:
      description: >-
        UUID of its cluster. V(none): not known.
      type: str
      returned: always
    version:
      description: >-
        ONTAP's version, such as 9.14.1. V(none): not known.
      type: str
      returned: always
    scope:
      description: >-
        V(cluster) if the account sees the whole cluster, V(svm) if it does not. V(none): not known.
      type: str
      returned: always
    targets:
      description: The names of the array's target ports, normalised; empty where they cannot be read.
      type: list
      elements: str
      returned: always
    luns:
      description: >-
        Whether the account sees a LUN, or none is expected (C(allow_no_luns)). V(none): not known.
      type: bool
      returned: always
    denied:
      description: The paths of the REST API that it may not read and that a verdict needs.
      type: list
      elements: str
      returned: always
    denied_advice:
      description: The paths that it may not read and that only names of SVMs and advisories need.
      type: list
      elements: str
      returned: always
    left_out:
      description: Why others of these paths could not be tried, sentences.
      type: list
      elements: str
      returned: always
    commands:
      description: The commands of ONTAP that extend the role of the account by these paths.
      type: list
      elements: str
      returned: always
    login_refused:
      description: Whether the array refused the user and the password, or the certificate.
      type: bool
      returned: always
    undecided:
      description: >-
        Whether C(error) says nothing of the account: no answer, too late or a failing one. A listing asks again.
      type: bool
      returned: always
    error:
      description: Why the array could not be asked, and what to do about it, a sentence. V(none) if it could.
      type: str
      returned: always
    # end of the fields
problems:
  description: Why no device can be proven stale by an array, a sentence for each such array.
  returned: success
  type: list
  elements: str
"""

# The work is done on the controller, in plugins/action/array_access.py.
