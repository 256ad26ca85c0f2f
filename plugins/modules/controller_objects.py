#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: controller_objects
short_description: Create objects on an AWX or automation controller, or remove them
version_added: 0.1.0
description:
  - Joins two sets of objects, checks them, and puts them into the order in which they can be created. Runs a module of
    awx.awx or ansible.controller once for each object of one step, and returns which objects it changed. The terminal
    names them too.
  - Refuses what a controller would take and what goes wrong later. A remediation that is sliced, or that a workflow
    reaches without an approval. A workflow that has the name of its remediation. Links to nodes that are not there.
    Questions that nobody can answer at night. A schedule without a time.
  - What was sent, which may hold credentials, is in no result and in no message.
options:
  collection:
    description: The collection whose modules are run, V(awx.awx) or V(ansible.controller). It must be installed.
    type: str
    choices: [awx.awx, ansible.controller]
    default: awx.awx
  objects:
    description: >-
      Lists of objects by kind, C(organizations), C(labels), C(credential_types), C(credentials),
      C(execution_environments), C(notifications), C(projects), C(inventories), C(inventory_sources), C(hosts),
      C(groups), C(templates), C(workflows) and C(schedules). An object is a dictionary with the options of the module
      that creates it. A workflow has its nodes in C(simplified_workflow_nodes).
    type: dict
    required: true
  changes:
    description: Lists of the same form. An object of the same name gets these keys in place of its own; others are
      added.
    type: dict
    default: {}
  step:
    description: The step to carry out, one of RV(steps). The first failure ends it. Without a step the objects are
      checked, and the controller is not asked.
    type: str
  update_secrets:
    description: Whether secrets of existing credentials are sent too. They are then reported as changed in each run.
    type: bool
    default: false
  approval:
    description: Whether a workflow that reaches a remediation without an approval is refused.
    type: bool
    default: true
  state:
    description:
      - V(absent) removes the objects, those first that need others, and ignores O(step).
      - Organizations, inventories and credentials are only removed if they have the description of the lists, since
        others may have created them under the same name. An organization that still has other objects stays, and an
        inventory with hosts that no inventory source brought. So do labels, which the controller removes itself.
    type: str
    choices: [present, absent]
    default: present
  connection:
    description:
      - The options of the module that say how the controller is reached, such as C(controller_host),
        C(controller_username) and C(controller_password). Empty ones are left out. The module takes
        the others from its environment variables and files.
      - A token is given as C(controller_oauthtoken) or C(aap_token), and passed on under the name that the installed
        collection has for it.
    type: dict
    default: {}
extends_documentation_fragment:
  - sanops.multipath.attributes.controller
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
attributes:
  become:
    support: full
  check_mode:
    support: partial
    details: The modules report what they would change. An object that needs another one that does not exist yet
      fails.
  connection:
    support: full
  delegation:
    support: full
"""

EXAMPLES = r"""
- name: Create a project
  sanops.multipath.controller_objects:
    step: projects
    objects:
      projects:
        - name: SAN
          organization: SAN
          scm_type: git
          scm_url: https://git.example.com/san.git
    connection:
      controller_host: https://awx.example.com
      controller_oauthtoken: "{{ vault_awx_token }}"

- name: Remove that project
  sanops.multipath.controller_objects:
    state: absent
    objects:
      projects:
        - name: SAN
          organization: SAN
    connection:
      controller_host: https://awx.example.com
      controller_oauthtoken: "{{ vault_awx_token }}"
"""

RETURN = r"""
steps:
  description: The steps in their order, such as V(projects). A kind without objects has none, and neither has
    O(state=absent).
  returned: success
  type: list
  elements: str
objects:
  description: The result of each object of O(step), in order; those after a failed one are missing.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the object; for a node of a workflow, its identifier and the workflow.
      type: str
    id:
      description: Its id on the controller.
      type: int
    changed:
      description: Whether it was created, changed or removed.
      type: bool
    left:
      description: Why it was not removed; empty if it was, or was not there.
      type: str
      returned: for O(state=absent)
"""
