# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Carry the wire's questions to the devices: INQUIRY on all sg nodes at once, under one deadline.

Why sg, and why write, poll, read: any call on /dev/sdX, and SG_IO on either node, can wait in D state while the SCSI
error handler is at work or the device is blocked. The asynchronous interface of the sg driver (linux/drivers/scsi/sg.c,
sg_write and sg_read) queues the command and returns; we then wait only as long as we like.
"""

import ctypes
import errno
import os
import select
import struct
import time

from ansible_collections.sanops.multipath.plugins.module_utils._inquiry import protocol as inquiry

# How many commands are under way at once: 1000 paths took as long with 16 as with 64, and nearly twice as long with no
# limit.
WINDOW = 64
# A path that is silent for so many seconds gives its place in the window to the next: dead ones must not keep the
# living waiting.
PATIENCE = 1.0
# The command's own time. Short ones make the kernel abort, reset and at last offline the device; our deadline is
# another matter.
COMMAND_MS = 20000
_HEADER = struct.Struct("iiBBHIPPPIIiPBBBBHHiII0P")  # struct sg_io_hdr
_SENSE = 64
_FROM_DEVICE = -3


def ask(nodes, deadline):
    """Ask many paths at once.

    *nodes*: {key: path of an sg node}; *deadline*: time.monotonic(). Generator of [key, testimony], as they come; a
    path that was asked and does not answer by the deadline is not among them, one that was not asked by then is silent
    (protocol.NOT_ASKED). Never blocks but in poll; still, run it in a bounded child (tag allocation may wait).
    """
    waiting = sorted(nodes.items(), reverse=True)
    poll, talks = select.poll(), {}
    while waiting or talks:
        while waiting and _lively(talks) < WINDOW and time.monotonic() < deadline:
            key, node = waiting.pop()
            try:
                talk = _Talk(key, node)
            except OSError as exc:
                yield [key, _refused(exc)]
                continue
            talks[talk.fd] = talk
            poll.register(talk.fd, select.POLLIN)
        left = deadline - time.monotonic()
        if left <= 0:
            for key, dummy in waiting:
                yield [key, inquiry.testimony("silent", detail=inquiry.NOT_ASKED)]
        if left <= 0 or not talks:
            return
        for fd, dummy in poll.poll((min(left, PATIENCE) if waiting else left) * 1000):
            talk = talks[fd]
            try:
                testimony = talk.listen()
            except OSError as exc:
                testimony = _refused(exc)
            if testimony is not None:
                poll.unregister(fd)
                del talks[fd]
                os.close(fd)
                yield [talk.key, testimony]


def _lively(talks):
    """Return how many talks are young enough to expect an answer."""
    oldest = time.monotonic() - PATIENCE
    return sum(talk.asked_at > oldest for talk in talks.values())


class _Talk(object):
    """One dialogue over one sg node. The buffers live as long as the talk: the kernel writes into them."""

    def __init__(self, key, node):
        self.key = key
        self.data = ctypes.create_string_buffer(inquiry.DATA)
        self.sense = ctypes.create_string_buffer(_SENSE)
        self.dialogue = inquiry.dialogue()
        self.fd = os.open(node, os.O_RDWR | os.O_NONBLOCK)
        try:
            self._send(next(self.dialogue))
        except OSError:
            os.close(self.fd)
            raise

    def listen(self):
        """Take the reply that is there and ask on. Returns the testimony when the dialogue is over, else None."""
        head = _HEADER.unpack(os.read(self.fd, _HEADER.size))
        status, sense_length, host_status, resid = head[13], head[16], head[17], head[19]
        reply = {
            "status": status,
            "host_status": host_status,
            "data": self.data.raw[: max(0, self.asked - resid)],
            "sense": inquiry.sense_codes(self.sense.raw[:sense_length]),
        }
        try:
            self._send(self.dialogue.send(reply))
        except StopIteration as end:
            return end.value
        return None

    def _send(self, cdb):
        self.asked, self.asked_at = cdb[3] << 8 | cdb[4], time.monotonic()
        self.cdb = ctypes.create_string_buffer(bytes(cdb), len(cdb))
        os.write(
            self.fd,
            _HEADER.pack(
                ord("S"),
                _FROM_DEVICE,
                len(cdb),
                _SENSE,
                0,
                self.asked,
                ctypes.addressof(self.data),
                ctypes.addressof(self.cdb),
                ctypes.addressof(self.sense),
                COMMAND_MS,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
            ),
        )


def _refused(exc):
    """Return the testimony where the sg node could not be asked; a device that is gone or offline gives ENXIO."""
    state = "unreachable" if exc.errno == errno.ENXIO else "unreadable"
    return inquiry.testimony(state, detail=f"its sg node cannot be asked: {exc.strerror}")
