# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Why a module did not run on a host: its Python is too old for this ansible-core, or there is none.

Ansible itself says it in few cases. In the others its code is no valid code for that Python, and the result of the task
has nothing but a SyntaxError ("No start of json char found").
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from ansible_collections.sanops.multipath.plugins.plugin_utils._http.client import redact
from ansible_collections.sanops.multipath.plugins.plugin_utils._python import floors

DOCUMENT = "docs/requirements.md of the collection"
# basic.py of ansible-core: 2.16 to 2.19 in the first words, 2.20 and later in the second.
_NEEDED = re.compile(r"requires (?:a minimum of )?Python ?(?:version )?(\d+\.\d+)")
_CURRENT = re.compile(r"Current version: (\d+\.\d+[\w.+]*)")
_PRINTED = re.compile(r"^Python (\d+\.\d+[\w.+]*)\s*$", re.MULTILINE)
# What ssh adds at the end of a connection with a terminal.
_CLOSED = re.compile(r"(?:Shared connection|Connection) to \S+ closed\.")
# What stands in a stream besides what the module printed, and is no reason.
_ASIDE = re.compile(rf"{_CLOSED.pattern}|Warning: Permanently added .*|sudo: unable to resolve host .*")
_NOT_FOUND = 127  # the exit code of a shell that does not find a command
_LINE, _SHOWN = 500, 2000  # characters


def interpreter_failed(result: t.Any) -> bool:
    """Return whether the Python of a host may be why a module has failed there.

    Args:
        result: of the module, as ActionBase._execute_module() returns it.
    """
    if not isinstance(result, Mapping) or not result.get("failed"):
        return False
    # A module that ran and failed has no module_stderr: its result could be read.
    return bool(_CURRENT.search(_text(result, "msg")) or "module_stderr" in result and _raw(result).strip())


def version_in(result: Mapping[str, t.Any]) -> str | None:
    """Return the version of the host's Python, where Ansible's own words have it."""
    found = _CURRENT.search(_text(result, "msg"))
    return found[1] if found else None


def version_printed(printed: str) -> str | None:
    """Return the version of what `python --version` has printed, on whichever stream."""
    found = _PRINTED.search(printed)
    return found[1] if found else None


def why(result: Mapping[str, t.Any], core: str, interpreter: str, version: str | None) -> str | None:
    """Return why a module did not run, and what to do; None where the host's Python is not the reason.

    Args:
        result: of the module, for which interpreter_failed() is true.
        core: the version of ansible-core.
        interpreter: the command that was to run the module, "/usr/bin/python3".
        version: of that Python, None: not known.
    """
    said = _NEEDED.search(_text(result, "msg"))
    wanted = max(floors.needed(core), (floors.parsed(said[1]) if said else None) or (0, 0))
    needs = f"ansible-core {floors.release(core)} (controller) needs Python {floors.text(wanted)} or newer on hosts"
    if version is None:
        return _absent(interpreter, needs) if _is_absent(result, interpreter) else None
    found = floors.parsed(version)
    if found is None or found >= wanted:
        return None
    fitting = floors.newest_release_for(found)
    other = (
        f", or run this with ansible-core {fitting}, the newest that runs on {floors.text(found)}"
        if fitting
        else f"; no ansible-core runs this collection on {floors.text(found)}"
    )
    return (
        f"the Python of this host is too old: {interpreter or 'its Python'} is {version}, and {needs}. Set "
        f"ansible_python_interpreter to a newer Python of this host{other} ({DOCUMENT})"
    )


def with_last_line(result: Mapping[str, t.Any]) -> str | None:
    """Return the message of a module that did not run to its end, with the last line that it printed; None where it
    printed none. Ansible's own message only says that there is no result.
    """
    first = _text(result, "msg").partition("\n")[0].rstrip(" .:") or "the module has no result"
    streams = [
        [line.strip() for line in _text(result, name).splitlines()] for name in ("module_stderr", "module_stdout")
    ]
    if any(map(_CLOSED.fullmatch, streams[0])):
        streams.reverse()  # with a terminal the first one has only what ssh itself says
    for printed in streams:
        lines = [line for line in printed if line and not _ASIDE.fullmatch(line)]
        if lines:
            return f"{first}; the last line that it printed: {redact(lines[-1])}"
    return None


def shortened(printed: str) -> str:
    """Return the end of what a module printed. A traceback of Ansible's wrapper has all the code of the module in one
    line, half a megabyte.
    """
    lines = [line for line in printed.splitlines(keepends=True) if len(line) <= _LINE]
    return "".join(lines)[-_SHOWN:]


def _absent(interpreter: str, needs: str) -> str:
    return (
        f"this host has no Python at {interpreter}: {needs}. Install one, or set ansible_python_interpreter to where it"
        f" is ({DOCUMENT})"
    )


def _is_absent(result: Mapping[str, t.Any], interpreter: str) -> bool:
    """Return whether the shell has not found the interpreter itself: with become, sudo may be missing as well."""
    command = interpreter.split()[0] if interpreter else ""
    named = interpreter.split()[1] if command.endswith("/env") and " " in interpreter else command
    shown = re.search(rf"(?:^|[\s'\"\u2018]){re.escape(named)}['\"\u2019]?: ", _raw(result))
    return bool(named and result.get("rc") == _NOT_FOUND and shown)


def _raw(result: Mapping[str, t.Any]) -> str:
    """Return all that was printed. Over SSH with a terminal both streams are one."""
    return f"{_text(result, 'module_stderr')}\n{_text(result, 'module_stdout')}"


def _text(result: Mapping[str, t.Any], key: str) -> str:
    value = result.get(key)
    return value if isinstance(value, str) else ""
