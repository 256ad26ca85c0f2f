# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Run a module on a host, and say why it did not run to its end: the host's Python, or else the last line it printed.

The base of the action plugins of all modules that work on hosts.
"""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.release import __version__ as CORE
from ansible_collections.sanops.multipath.plugins.plugin_utils._python import mismatch


class ActionModule(NormalAction):
    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        if not mismatch.interpreter_failed(result):
            return result
        interpreter = str(getattr(self, "_used_interpreter", None) or "").lstrip("#!").strip()
        version = mismatch.version_in(result) or self._ask(interpreter)
        why = mismatch.why(result, CORE, interpreter, version)
        if why:
            return _explained(result, why)
        said = mismatch.with_last_line(result)
        return {**result, "msg": said} if said else result

    def _ask(self, interpreter: str) -> str | None:
        """Ask the host for the version of its Python. It is done only after a module did not run."""
        if not interpreter:
            return None
        try:
            answer = self._low_level_execute_command(f"{interpreter} --version")
        except AnsibleError:
            return None
        return mismatch.version_printed(f"{answer['stdout']}\n{answer['stderr']}")


def _explained(result: dict[str, t.Any], why: str) -> dict[str, t.Any]:
    """Return the result with the reason in place of Ansible's."""
    explained = {**result, "msg": why}
    explained.pop("exception", None)  # from core 2.19 on it is shown in place of the message
    for stream in ("module_stdout", "module_stderr"):
        if stream in explained:
            explained[stream] = mismatch.shortened(str(explained[stream]))
    return explained
