# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""multipath's files on a host, and the host's own multipath-tools asked what they make of them.

`multipath -t` reads the files and prints the result; it asks neither a device nor the daemon. What it has built in,
and what it would make of other files, it is asked in a mount namespace of its own, whose /etc holds nothing else: the
host's files are not touched.
"""

import ctypes
import os
import re

from ansible_collections.sanops.multipath.plugins.module_utils._multipath import effective as effective_conf
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import grammar as multipath_grammar
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import values as multipath_values
from ansible_collections.sanops.multipath.plugins.module_utils._system import child

MAIN = "/etc/multipath.conf"
FOLDER = "/etc/multipath/conf.d"
# A configuration that tells how a version reads, beside what it has built in: nothing in it is a built-in setting of
# any version.
PROBE = (
    "overrides {\nno_path_retry 7\nno_path_retry 9abc\nflush_on_last_del always\nprotocol {\ntype "
    '"scsi:iscsi"\nfast_io_fail_tmo 7\n}\n}\n'
)
_CLONE_NEWNS, _MS_REC, _MS_PRIVATE = 0x20000, 0x4000, 1 << 18  # linux/sched.h, linux/mount.h
_NAMED = re.compile(
    r"(?:^|[ :])(/\S+) line (\d+), (.*)|(.*) on line (\d+) of (/\S+?)(\. .*)?$|(.*) at line (\d+) of (/\S+)$"
)


class Unresolved(Exception):
    """What multipath-tools make of the files is not known; the text says why."""


def texts(tree, folder=FOLDER):
    """Return [(path, text)] of the files in the order in which multipath-tools reads them, each text of bytes decoded
    as latin-1.
    """
    main = tree.data(MAIN)
    drop_ins = (
        {name: _read(tree, f"{folder}/{name}") for name in tree.names(folder) if name.endswith(".conf")}
        if folder
        else {}
    )
    return ([] if main is None else [(MAIN, main.decode("latin-1"))]) + in_order(folder, drop_ins)


def _read(tree, path):
    data = tree.data(path)
    if data is None:
        raise Unresolved(f"{path} cannot be read")
    return data.decode("latin-1")


def in_order(folder, drop_ins):
    """Return [(path, text)] of the drop-ins {name: text} in the order in which they are read: those that end in .conf,
    hidden ones too, by their bytes.
    """
    return [
        (f"{folder}/{name}", drop_ins[name]) for name in sorted(drop_ins, key=os.fsencode) if name.endswith(".conf")
    ]


def folder_of(main, builtin):
    """Return the folder of drop-ins: versions before 0.9.0 can be given another one, or none by an empty word, in the
    main file. None: there is none.
    """
    if "config_dir" not in builtin["defaults"]:
        return FOLDER
    settings = (
        statement
        for statement in multipath_grammar.statements(main)
        if statement["kind"] == "set" and statement["section"] == ("defaults",)
    )
    said = [statement["value"] for statement in settings if statement["key"] == "config_dir"]
    folder = said[-1].rstrip("/") if said else FOLDER
    return folder if folder.startswith("/") else None


def dialect_of(printed):
    """Return (what a version has built in, its Dialect), from what its `multipath -t` prints of PROBE."""
    flushes = 'flush_on_last_del "always"' in printed
    builtin = effective_conf.built_in(printed, multipath_values.Dialect(True, flushes, True, True, None))
    dialect = multipath_values.Dialect(
        strict=builtin["overrides"]["no_path_retry"]["value"] == "7",
        flushes=flushes,
        protocols=bool(builtin["protocols"]),
        rechecks="recheck_wwid" in builtin["defaults"],
        find_multipaths=builtin["defaults"]["find_multipaths"]["value"],
    )
    return dict(builtin, overrides={}, protocols=[]), dialect


def ask(deadline, files=None):
    """Return (what `multipath -t` prints, [what it complains of]); of these *files* [(path below /etc, text)] instead
    of the host's. Raises Unresolved.
    """
    code, output, error = child.run(["multipath", "-t"], deadline, prepare=files and (lambda: _in_place_of_etc(files)))
    if error or code != 0:
        last = " ".join(
            output.split("\n")[-2:-1]
        )  # it rejects a whole main file for a pattern in its blacklist that is none, for instance
        raise Unresolved(
            "multipath -t: %s" % (error or (f"exit code {code}: {last}" if code is not None else "it crashed"))
        )
    before, begin, after = output.partition("defaults {\n")
    if not begin:
        raise Unresolved(f"multipath -t printed no configuration: {' '.join(before.split())[:200]}")
    return begin + after, [line.partition(" | ")[2] or line for line in before.splitlines()]


def _in_place_of_etc(files):
    """Give this process an /etc of its own with nothing but these files, gone with the process. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/etc/ld.so.cache", "rb") as file:
        cache = file.read()
    for result in (
        libc.unshare(_CLONE_NEWNS),
        libc.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None),
        libc.mount(b"none", b"/etc", b"tmpfs", 0, None),
    ):
        if result:
            raise OSError(
                ctypes.get_errno(), "a private /etc to try a configuration: " + os.strerror(ctypes.get_errno())
            )
    for path, data in [("/etc/ld.so.cache", cache)] + [(path, text.encode("latin-1")) for path, text in files]:
        if not os.path.isdir(os.path.dirname(path)):
            os.makedirs(os.path.dirname(path))
        with open(path, "wb") as file:
            file.write(data)


def ignored(complaints, files):
    """Return [{'file', 'line', 'text', 'why'}]: what multipath-tools say of lines, each with the line itself; a
    complaint of no line has no file.
    """
    lines = {path: text.split("\n") for path, text in files}
    found = []
    for complaint in complaints:
        match = _NAMED.match(complaint)
        path = match and (match.group(1) or match.group(6) or match.group(10))
        number = int(match.group(2) or match.group(5) or match.group(9)) if match else None
        why = (match.group(3) or match.group(4) or match.group(8)) if match else complaint
        text = lines[path][number - 1].strip() if path in lines and number <= len(lines[path]) else ""
        found.append({"file": path, "line": number, "text": text[:200], "why": why})
    return found
