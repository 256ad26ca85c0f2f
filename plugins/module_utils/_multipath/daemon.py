# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""multipathd over its socket: what the daemon thinks of each path. It is never started by being asked.

The socket may belong to systemd (socket activation, multipath-tools up to 0.9.7): connecting would start the daemon.
So the process must be there first. And while the daemon is down, any user may bind the abstract name: a process that
listens there and is not root is not asked. Frame, both ways: a native size_t with the length, then as many bytes, a NUL
at the end (multipath-tools, libmpathutil/uxsock.c).
"""

import json
import re
import socket
import struct
import time

from ansible_collections.sanops.multipath.plugins.module_utils._system import child

PID_FILE = "/run/multipathd.pid"
# The first from 0.12 on, as multipath's own client tries them: only root can make a file there, and any user can bind
# the other.
SOCKETS = ("/run/multipathd.socket", "\0/org/kernel/linux/storage/multipathd")
_OWNER = 0  # user ID of the daemon, and of systemd, which may listen in its place
_CREDENTIALS = struct.Struct("iII")  # struct ucred of unix(7): pid, uid, gid
_LENGTH = struct.Struct("N")
_MAX_REPLY = 32 << 20


def daemon(tree):
    """Return {'running': bool, 'pid': int or None, 'version': None} from the pid file, if that process really is
    multipathd.
    """
    pid = tree.number(PID_FILE)
    running = pid is not None and tree.text(f"/proc/{pid}/comm") == "multipathd"
    return {"running": running, "pid": pid if running else None, "version": None}


def version(deadline):
    """Return (the version of multipath-tools on this host ("0.9.4") or None, why it is not known or None where there
    are no such tools).

    One bounded child; the usage text does no I/O.
    """
    code, text, error = child.run(["multipath", "-h"], deadline)
    found = re.search(r"multipath-tools v(\d+\.\d+\.\d+)", text)
    if found:
        return found.group(1), None
    if error:
        return None, error if code is None else None
    # With a configuration that it rejects as a whole it says this instead.
    return None, "multipath -h: exit code %s: %s" % (code, " ".join(text.split("\n")[-2:]).strip())


def state(tree, pid):
    """Return the state of a process as the kernel's letter (R, S, D, T for stopped, Z), or None where there is none."""
    return next(iter(tree.process_stat(f"/proc/{pid}/stat")[1]), None)


def maps(deadline, names=None):
    """Return the daemon's own view: {wwid: {'queueing', 'vendor', 'product', 'paths': {sd: {'dm_state',
    'checker_state'}}}}.

    *names*: of these maps (dm-N) only, if there are any. *queueing* is the daemon's word: "on" indefinitely, "off", "N
    chk" or "N sec" bounded, "-" not set. *deadline*: time.monotonic(). Raises OSError (no answer) or ValueError (an
    answer that is none).
    """
    if not names:
        return parse_maps(ask("show maps json", deadline))
    found = {}
    for name in names:
        reply = ask(f"show map {name} json", deadline)
        if not is_unknown(reply):
            found.update(parse_maps(reply))
    return found


def is_unknown(reply):
    """Return whether a reply says that the daemon does not have the one map or path that it was asked about."""
    return reply.split()[:1] == ["fail"]


def parse_maps(reply):
    """Return the dictionary that maps() returns, from the reply to "show maps json" or "show map NAME json"
    (major_version 0).

    Raises ValueError.
    """
    try:
        parsed = _json(reply)
        return {
            found_map["uuid"]: {
                "queueing": found_map.get("queueing"),
                "vendor": _known(found_map.get("vend")),
                "product": _known(found_map.get("prod")),
                "paths": {
                    path["dev"]: {"dm_state": path.get("dm_st"), "checker_state": path.get("chk_st")}
                    for group in found_map.get("path_groups", [])
                    for path in group.get("paths", [])
                },
            }
            for found_map in (parsed["maps"] if "maps" in parsed else [parsed["map"]])
        }
    except (AttributeError, KeyError, TypeError) as exc:
        raise ValueError(f"multipathd answered JSON of another shape: {type(exc).__name__}: {exc}")


def ask(command, deadline):
    """Send one command; the reply as text.

    Raises OSError, also for the time-out (socket.timeout is one) and where somebody else than root listens.
    """
    for address in SOCKETS:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(_left(deadline))
            try:
                connection.connect(address)
            except (ConnectionRefusedError, FileNotFoundError, PermissionError):
                continue
            _check_owner(connection)
            data = command.encode("ascii") + b"\0"
            connection.sendall(_LENGTH.pack(len(data)) + data)
            size = _LENGTH.unpack(_receive(connection, _LENGTH.size, deadline))[0]
            if size > _MAX_REPLY:
                raise OSError("multipathd announced a reply of %d bytes" % size)
            return _receive(connection, size, deadline).rstrip(b"\0").decode("utf-8", "replace")
        finally:
            connection.close()
    raise OSError("multipathd listens on none of its sockets")


def _check_owner(connection):
    dummy, uid, dummy = _CREDENTIALS.unpack(
        connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    )
    if uid != _OWNER:
        raise OSError("user %d answers in the place of multipathd, which runs as root" % uid)


def _receive(connection, size, deadline):
    data = b""
    while len(data) < size:
        connection.settimeout(_left(deadline))
        chunk = connection.recv(size - len(data))
        if not chunk:
            raise OSError("multipathd closed the connection in the middle of its reply")
        data += chunk
    return data


def _left(deadline):
    """Return the seconds that are left; a daemon that speaks byte by byte, each in time, must not have more than these
    either.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise socket.timeout("timed out")
    return left


def _json(reply):
    """Parse a reply. The daemon does not escape its strings; a reply that is no JSON starts with a word such as
    "timeout" or "fail".
    """
    try:
        return json.loads(reply, strict=False)
    except (ValueError, RecursionError):  # the second: it nests too deep
        raise ValueError(f"multipathd answered {reply[:60]!r}")


def _known(text):
    """Return INQUIRY text, or None: multipathd prints ## for a map whose paths are all gone."""
    return None if not text or text.startswith("##") else text.strip()
