# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Do what may block in a child, with a deadline.

A process that waits for a dead device in the kernel (D state) cannot be killed. So whatever may touch a device
runs in a forked child, and the child never holds anything that the module's caller waits for: not its standard
streams, not its pipes, not its folder. A child that is still there at its deadline gets SIGKILL, and nobody waits for
it: left_behind() names those that did not end of it. Deadlines are readings of time.monotonic().
"""

import contextlib
import json
import os
import select
import signal
import time

TIMED_OUT = "no answer within its time"
_NOT_STARTED = 127
_END = b"\0"  # no JSON text holds it: what follows is the end
_killed = []


def stream(work, deadline):
    """Run the generator function *work* in a child; what it yields (JSON-able) comes back as a list.

    Returns (items, error): error is None, or the reason why the list ended early; items that arrived before that count.
    """
    pid, reader, error = _start(lambda pipe: _write_items(work, pipe))
    if error:
        return [], error
    output, error = _listen(reader, deadline, _END)
    _kill(pid)  # it has said all that counts, and may be slow, or indefinitely, in leaving
    lines = output.split(b"\n")
    items = [json.loads(line.decode("utf-8")) for line in lines[:-1]]  # the last piece is the end, empty or torn
    if lines[-1] == _END:
        return [item["item"] for item in items[:-1]], items[-1]["end"]
    return [item["item"] for item in items], error or "the child ended without a word"


def call(work, deadline):
    """Run the function *work* in a child. Returns (its JSON-able result or None, error or None)."""

    def result():
        yield work()

    items, error = stream(result, deadline)
    return (items[0] if items else None), error


def read_parts(readers):
    """Yield [part] when a part is begun, and [part, facts, None] or [part, None, why] at its end: for stream(), so that
    a part that hangs or fails does not cost those before it.

    *readers*: [(part, function that returns its facts, or raises OSError or ValueError)].
    """
    for part, read in readers:
        yield [part]
        try:
            yield [part, read(), None]
        except (OSError, ValueError) as exc:
            yield [part, None, str(exc)]


def join_parts(parts, items, error):
    """Return ({part: its facts or None}, [(part, why)] of what could not be read) from what read_parts() yielded.

    *error*: why it ended early, or None.
    """
    ended = {item[0]: item[1:] for item in items if len(item) == 3}
    begun = [item[0] for item in items if len(item) == 1]
    unread = []
    for part in parts:
        if part not in ended:
            is_cause = part in begun[-1:] or not begun
            unread.append(
                (part, error if is_cause else f"{begun[-1]} was not read to the end, and this comes after it")
            )
        elif ended[part][1]:
            unread.append((part, ended[part][1]))
    return {part: ended[part][0] if part in ended else None for part in parts}, unread


def run(argv, deadline, prepare=None):
    """Run a program in a child, with no input and LC_ALL=C. *prepare* is called in the child first; OSError means that
    it does not start.

    Returns (exit code or None, its output and errors as text, error or None); error says that it did not start or did
    not end.
    """

    def execute(pipe):
        if prepare:
            try:
                prepare()
            except OSError as exc:
                os.write(pipe, str(exc).encode("utf-8"))
                os._exit(_NOT_STARTED)
        os.dup2(pipe, 1)
        os.dup2(pipe, 2)
        os.execvpe(argv[0], argv, dict(os.environ, LC_ALL="C"))

    pid, reader, error = _start(execute)
    if error:
        return None, "", error
    output, error = _listen(reader, deadline)
    ended, status = _ended(pid)
    while not ended and not error:  # it may close its output and stay
        time.sleep(0.01)
        ended, status = _ended(pid)
        error = TIMED_OUT if not ended and time.monotonic() >= deadline else None
    if not ended:
        _kill(pid)
    code, text = (
        os.WEXITSTATUS(status) if ended and status is not None and os.WIFEXITED(status) else None,
        output.decode("utf-8", "replace"),
    )
    if code == _NOT_STARTED:
        error = f"{argv[0]} could not be started{text and ': ' + text}"
    return code, text, error


@contextlib.contextmanager
def bequeath(work):
    """Keep a child waiting within this context that does *work* if this process is killed: nothing else is left of it
    that could.
    """
    reader, writer = os.pipe()
    try:
        pid = os.fork()
    except OSError:  # the next that needs a child will say so
        os.close(reader)
        os.close(writer)
        yield
        return
    if pid == 0:
        try:
            os.setsid()
            os.chdir("/")
            _leave_only(reader)
            if os.read(reader, 1) == b"":
                work()
        finally:
            os._exit(0)
    os.close(reader)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # it was killed first
            os.write(writer, _END)
        os.close(writer)
        with contextlib.suppress(OSError):
            os.waitpid(pid, 0)


def killed():
    """Return the children that were killed, and may not have ended yet: [pid, ...]."""
    return list(_killed)


def left_behind(deadline):
    """Return the children that were killed and have not ended by the deadline: [pid, ...].

    They wait in the kernel; init gets them.
    """
    while True:
        _killed[:] = [pid for pid in _killed if not _ended(pid)[0]]
        if not _killed or time.monotonic() >= deadline:
            return list(_killed)
        time.sleep(0.01)


def _write_items(work, pipe):
    end = None
    try:
        for item in work():
            os.write(pipe, json.dumps({"item": item}).encode("utf-8") + b"\n")
    except Exception as exc:  # the parent reports it: a child has no other voice
        end = f"{type(exc).__name__}: {exc}"
    os.write(pipe, json.dumps({"end": end}).encode("utf-8") + b"\n" + _END)


def _start(body):
    """Fork, and let *body* write to a pipe in the child: (pid, the pipe's end to read from, error or None)."""
    reader, writer = os.pipe()
    try:
        pid = os.fork()
    except OSError as exc:
        os.close(reader)
        os.close(writer)
        return None, None, f"no child could be started: {exc.strerror}"
    if pid == 0:
        code = _NOT_STARTED
        try:
            os.setsid()
            os.chdir("/")
            _leave_only(writer)
            body(writer)
            code = 0
        finally:
            os._exit(code)
    os.close(writer)
    return pid, reader, None


def _listen(reader, deadline, last=None):
    """Read until the pipe is closed, what comes ends in *last*, or the deadline: (bytes, error or None).

    Closes the pipe.
    """
    chunks = []
    try:
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([reader], [], [], left)[0]:
                return b"".join(chunks), TIMED_OUT
            chunk = os.read(reader, 65536)
            chunks.append(chunk)
            if not chunk or last and chunk.endswith(last):
                return b"".join(chunks), None
    finally:
        os.close(reader)


def _leave_only(keep):
    """Close every inherited file but *keep* (a D-state child must not hold SSH open) and give it /dev/null as
    streams.
    """
    null = os.open(os.devnull, os.O_RDWR)
    for stream_fd in (0, 1, 2):
        os.dup2(null, stream_fd)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) != keep:
            try:
                os.close(int(name))
            except OSError:  # the listing's own descriptor
                pass


def _kill(pid):
    _killed.append(pid)
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:  # where SIGCHLD is ignored, the kernel has buried it already
        pass


def _ended(pid):
    """Return (whether a child of ours has ended, its wait status)."""
    try:
        found, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:  # as above
        return True, None
    return bool(found), status
