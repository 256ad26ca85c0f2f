# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Do what may block in a child, with a deadline.

A process that waits for a dead device in the kernel (D state) cannot be killed. So whatever may touch a device
runs in a forked child, and the child never holds anything that the module's caller waits for: not its standard
streams, not its pipes. A child that is still there at its deadline gets SIGKILL and is left behind.
Deadlines are readings of time.monotonic().
"""

import json
import os
import select
import signal
import time

TIMED_OUT = 'no answer within its time'
_NOT_STARTED = 127


def stream(work, deadline):
    """Run the generator function *work* in a child; what it yields (JSON-able) comes back as a list.

    Returns (items, error): error is None, or the reason why the list ended early; items that arrived before that count.
    """
    output, dummy, error = _child(lambda pipe: _write_items(work, pipe), deadline)
    lines = output.split(b'\n')
    items = [json.loads(line.decode('utf-8')) for line in lines[:-1]]  # the last piece is empty or torn
    if items and 'end' in items[-1]:
        error = items.pop()['end']  # it said all it had to say, however long it then took to leave
    elif error is None:
        error = 'the child ended without a word'
    return [item['item'] for item in items], error


def call(work, deadline):
    """Run the function *work* in a child. Returns (its JSON-able result or None, error or None)."""
    def one():
        yield work()
    items, error = stream(one, deadline)
    return (items[0] if items else None), error


def run(argv, deadline):
    """Run a program in a child, with no input and LC_ALL=C.

    Returns (exit code or None, its output and errors as text, error or None); error says that it did not start or did not end.
    """
    def execute(pipe):
        os.dup2(pipe, 1)
        os.dup2(pipe, 2)
        os.execvpe(argv[0], argv, dict(os.environ, LC_ALL='C'))
    output, status, error = _child(execute, deadline)
    code = os.WEXITSTATUS(status) if status is not None and os.WIFEXITED(status) else None
    if code == _NOT_STARTED:
        error = '%s could not be started' % argv[0]
    return code, output.decode('utf-8', 'replace'), error


def _write_items(work, pipe):
    end = None
    try:
        for item in work():
            os.write(pipe, json.dumps({'item': item}).encode('utf-8') + b'\n')
    except Exception as exc:  # the parent reports it: a child has no other voice
        end = '%s: %s' % (type(exc).__name__, exc)
    os.write(pipe, json.dumps({'end': end}).encode('utf-8') + b'\n')


def _child(body, deadline):
    """Fork, let *body* write to a pipe, read it until it is closed or the deadline: (bytes, wait status or None, error or None)."""
    reader, writer = os.pipe()
    try:
        pid = os.fork()
    except OSError as exc:
        os.close(reader)
        os.close(writer)
        return b'', None, 'no child could be started: %s' % exc.strerror
    if pid == 0:
        code = _NOT_STARTED
        try:
            os.setsid()
            _leave_only(writer)
            body(writer)
            code = 0
        finally:
            os._exit(code)
    os.close(writer)
    chunks, error = [], None
    try:
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([reader], [], [], left)[0]:
                error = TIMED_OUT
                break
            chunk = os.read(reader, 65536)
            if not chunk:
                break
            chunks.append(chunk)
    finally:
        os.close(reader)
        if error:
            os.kill(pid, signal.SIGKILL)
        status = _reap(pid)
    return b''.join(chunks), status, error


def _leave_only(keep):
    """Close every inherited file but *keep* (a D-state child must not hold SSH open) and give it /dev/null as streams."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream_fd in (0, 1, 2):
        os.dup2(null, stream_fd)
    for name in os.listdir('/proc/self/fd'):
        if int(name) > 2 and int(name) != keep:
            try:
                os.close(int(name))
            except OSError:  # the listing's own descriptor
                pass


def _reap(pid):
    """The wait status of a child that is ending, or None for one that cannot die: init gets it."""
    for dummy in range(50):
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return status
        time.sleep(0.01)
    return None
