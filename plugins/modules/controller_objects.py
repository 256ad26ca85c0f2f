#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: controller_objects
short_description: Create objects on an AWX or automation controller
version_added: 0.1.0
description:
  - Runs a module of awx.awx or ansible.controller once for each object, and returns which objects it changed.
  - What was sent, which may hold credentials, is in no result and in no message.
options:
  collection:
    description: The collection whose module is run, V(awx.awx) or V(ansible.controller). It must be installed.
    type: str
    default: awx.awx
  module:
    description: The module of that collection.
    type: str
    required: true
    choices: [credential, credential_type, execution_environment, group, host, inventory, inventory_source,
      job_template, label, notification_template, organization, project, schedule, workflow_job_template,
      workflow_job_template_node]
  objects:
    description: The objects, each a dictionary with the options of the module. The first failure ends the task.
    type: list
    elements: dict
    required: true
  connection:
    description:
      - The options of the module that say how the controller is reached, such as C(controller_host),
        C(controller_username) and C(controller_password). Empty ones are left out. The module takes
        the others from its environment variables and files.
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
seealso:
  - plugin: sanops.multipath.controller_steps
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Create a project
  sanops.multipath.controller_objects:
    module: project
    objects:
      - name: SAN
        organization: SAN
        scm_type: git
        scm_url: https://git.example.com/san.git
    connection:
      controller_host: https://awx.example.com
      controller_oauthtoken: "{{ vault_awx_token }}"
"""

RETURN = r"""
objects:
  description: The result of each object, in order; those after a failed one are missing.
  returned: always
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
      description: Whether it was created or changed.
      type: bool
"""
