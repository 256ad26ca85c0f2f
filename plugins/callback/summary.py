# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: summary
type: aggregate
short_description: Show the end of the audit's summary after Ansible's recap
version_added: 0.1.0
description:
  - Ansible's recap has a line for each host. In a large fleet it leaves nothing of the audit's summary on the screen.
  - This shows the end of the summary once more, after the recap. It has who complies, the counts, where the report is,
    and the next command where there is something to remove.
requirements:
  - It is used where C(ANSIBLE_CALLBACKS_ENABLED), or C(callbacks_enabled) in C(ansible.cfg), names
    C(sanops.multipath.summary).
"""

import typing as t

from ansible.plugins.callback import CallbackBase

# Whose result has the end of a summary, as `closing`.
ACTIONS = ("sanops.multipath.audit_report", "sanops.multipath.merged_report")


class CallbackModule(CallbackBase):
    """Keep the end of the last report of a run, and show it at the end of the run."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "sanops.multipath.summary"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._closing: list[str] = []

    def v2_runner_on_ok(self, result: t.Any) -> None:
        """Keep the end of a report."""
        if result._task.action in ACTIONS:
            self._closing = list(result._result.get("closing", []))

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        """Show it."""
        for line in self._closing:
            self._display.display(line)
