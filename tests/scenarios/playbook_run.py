# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-playbook as a person runs it on the lab, but for its start-up time (preloaded_ansible).

The pages of docs/cases start the real program.
"""

import json
import os
import pathlib

from support import preloaded_ansible

# molecule asks Ansible for colours and YAML. Pipelining saves five commands over SSH for each task, which are slow on
# these nodes.
PLAIN = {
    "ANSIBLE_FORCE_COLOR": "0",
    "ANSIBLE_NOCOLOR": "1",
    "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
    "ANSIBLE_PIPELINING": "1",
}


def play(playbook, inventory, *arguments, **variables):
    """Return (exit code, output) of one run of a playbook with these variables."""
    words = [playbook, "--inventory", inventory, *arguments, "--extra-vars", json.dumps(variables)]
    return preloaded_ansible.playbook(words, pathlib.Path.cwd(), {**os.environ, **PLAIN})
