#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: controller_objects
short_description: Make objects on an AWX or automation controller
version_added: 0.1.0
description:
  - Runs a module of awx.awx or ansible.controller once for each object, and says which of them it changed.
  - Which collection it is, is data here. What was sent, which may hold credentials, is in no result and in no message.
options:
  collection:
    description: The collection whose module is run, V(awx.awx) or V(ansible.controller). It has to be installed.
    type: str
    default: awx.awx
  module:
    description: Which of its modules.
    type: str
    required: true
    choices: [credential, credential_type, execution_environment, group, host, inventory, inventory_source,
      job_template, label, notification_template, organization, project, schedule, workflow_job_template,
      workflow_job_template_node]
  objects:
    description: The objects, each a dictionary with the options of the module. The first that fails ends it.
    type: list
    elements: dict
    required: true
  connection:
    description:
      - The options of the module that say how the controller is reached, such as C(controller_host),
        C(controller_username) and C(controller_password). Empty ones are left out. What is left out the module takes
        from its environment variables and files.
    type: dict
    default: {}
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
attributes:
  action:
    support: full
  async:
    support: none
  become:
    support: full
  bypass_host_loop:
    support: none
  check_mode:
    support: partial
    details: The modules tell what they would do next to what is there. What needs an object that is not there yet
      fails.
  connection:
    support: full
  delegation:
    support: full
  diff_mode:
    support: none
  platform:
    platforms: all
seealso:
  - plugin: sanops.multipath.controller_steps
    plugin_type: filter
author:
  - The sanops.multipath authors (@sanops)
"""

EXAMPLES = r"""
- name: Make a project
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
  description: What became of each object, in order; those after one that failed are missing.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The name of the object; of a node of a workflow, its identifier and the workflow.
      type: str
    id:
      description: Its number on the controller.
      type: int
    changed:
      description: Whether it was made or changed.
      type: bool
"""
