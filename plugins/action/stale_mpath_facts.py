# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Run the module stale_mpath_facts, and tell how many hosts of the play have been asked and how many are left.

One task asks a whole fleet, which may take long. Reported here, it needs no callback to show how far it is.
"""

from __future__ import annotations

import typing as t

from ansible import constants as C
from ansible.errors import AnsibleConnectionFailure
from ansible.utils.display import Display
from ansible_collections.sanops.multipath.plugins.plugin_utils._python import action
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import progress


class ActionModule(action.ActionModule):
    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        letter = progress.FAILED
        try:
            result: dict[str, t.Any] = super().run(tmp, task_vars)
            if result.get("unreachable"):
                letter = progress.UNREACHABLE
            elif not result.get("failed"):
                letter = progress.DONE
            return result
        except AnsibleConnectionFailure:
            letter = progress.UNREACHABLE
            raise
        finally:
            self._tell(letter, len((task_vars or {}).get("ansible_play_batch") or []))

    def _tell(self, letter: str, total: int) -> None:
        try:
            line = progress.asked(progress.note(C.DEFAULT_LOCAL_TMP, str(self._task._uuid), letter), total)
        except OSError:
            return  # what was asked counts, not who hears of it
        if line:
            Display().display(line)
