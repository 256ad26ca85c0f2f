# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The second witness: what answers at a path's address now. INQUIRY on all sg nodes at once, under one deadline.

Why sg, and why write, poll, read: any call on /dev/sdX, and SG_IO on either node, can wait in D state while the SCSI
error handler is at work or the device is blocked. The asynchronous interface of the sg driver (linux/drivers/scsi/sg.c,
sg_write and sg_read) queues the command and returns; we then wait only as long as we like. TEST UNIT READY is not asked: a target answers it
with success for a logical unit that it does not have.
"""

import ctypes
import errno
import os
import select
import struct
import time

from ansible_collections.sanops.multipath.plugins.module_utils import _identity

# How many commands are under way at once: 1000 paths took as long with 16 as with 64, and nearly twice as long with no limit.
WINDOW = 64
# A path that is silent for so many seconds gives its place in the window to the next: dead ones must not keep the living waiting.
PATIENCE = 1.0
# The command's own time. Short ones make the kernel abort, reset and at last offline the device; our deadline is another matter.
COMMAND_MS = 20000
NOT_ASKED = 'not asked: the time was up'
_ATTENTIONS = 3  # a unit attention is news about the device; the command after it is answered
_HEADER = struct.Struct('iiBBHIPPPIIiPBBBBHHiII0P')  # struct sg_io_hdr
_SENSE, _DATA, _FIRST_DATA = 64, 4096, 252
_FROM_DEVICE = -3
_GOOD, _CHECK_CONDITION = 0x00, 0x02
_NO_LUN = (5, 0x25)  # ILLEGAL REQUEST, LOGICAL UNIT NOT SUPPORTED
_UNIT_ATTENTION = 6


def dialogue():
    """What to ask one path, as a coroutine: it yields CDBs, is sent replies, and returns its testimony.

    A reply is {'status', 'host_status', 'data' (bytes), 'sense' ((key, asc, ascq) or None)}.
    The testimony: {'state': 'absent', 'unreachable', 'unreadable' or None, 'wwids': [...], 'serial', 'sense' ("05/25/00" or None), 'detail'}.
    State None: a logical unit answered, and wwids tells which.
    """
    reply = yield from _steady(_inquiry(0x83, _FIRST_DATA))
    verdict = _judge(reply)
    if verdict is None and len(reply['data']) >= 4 and (reply['data'][2] << 8 | reply['data'][3]) + 4 > _FIRST_DATA:
        reply = yield from _steady(_inquiry(0x83, _DATA))
        verdict = _judge(reply)
    if verdict is not None:
        if verdict['state'] == 'unreadable' and reply['status'] == _CHECK_CONDITION:
            # A target that keeps up appearances for a LUN it does not have (LIO at LUN 0) refuses the page; the qualifier tells.
            standard = yield from _steady(_inquiry(None, 96))
            plain = _judge(standard)
            if plain is not None and plain['state'] == 'absent':
                return dict(plain, sense=verdict['sense'])
        return verdict
    wwids = _identity.wwids(reply['data'])
    if not wwids:
        return _testimony('unreadable', detail='its identification page names no logical unit')
    serial = yield from _steady(_inquiry(0x80, _FIRST_DATA))
    late = _judge(serial)
    if late is not None and late['state'] != 'unreadable':
        return late  # it went away between two questions
    return _testimony(None, wwids=wwids, serial=_identity.serial(serial['data']) if late is None else None)


def word(testimony, expected):
    """The contract's word for a path: *testimony* of dialogue(), held against the WWID *expected* by the kernel.

    Returns {'state', 'wwid', 'serial', 'sense', 'detail'}; state: same, other, absent, unreachable, silent, unreadable.
    """
    state, detail, answered = testimony['state'], testimony['detail'], testimony['wwids']
    if state is None:
        state = _identity.compare(expected, answered)
        if state is None:
            state, detail = 'unreadable', 'what answers cannot be compared with the identity that the kernel holds (%s)' % (expected or 'none')
        elif state == 'same' and _identity.contradicts(expected, testimony['serial']):
            state, detail = 'unreadable', 'it calls itself %s and gives the serial number of another LUN (%s)' % (expected, testimony['serial'])
    shown = expected if state == 'same' else (answered or [None])[0]
    return {'state': state, 'wwid': shown, 'serial': testimony['serial'], 'sense': testimony['sense'], 'detail': detail}


def unasked(state, detail):
    """The word for a path that gave no testimony."""
    return {'state': state, 'wwid': None, 'serial': None, 'sense': None, 'detail': detail}


def ask(nodes, deadline):
    """Ask many paths at once.

    *nodes*: {key: path of an sg node}; *deadline*: time.monotonic(). Generator of [key, testimony], as they come; a path that was asked and
    does not answer by the deadline is not among them, one that was not asked by then is silent (NOT_ASKED). Never blocks but in poll; still,
    run it in a bounded child (tag allocation may wait).
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
                yield [key, _testimony('silent', detail=NOT_ASKED)]
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
    """How many talks are young enough to expect an answer."""
    oldest = time.monotonic() - PATIENCE
    return sum(talk.asked_at > oldest for talk in talks.values())


class _Talk(object):
    """One dialogue over one sg node. The buffers live as long as the talk: the kernel writes into them."""

    def __init__(self, key, node):
        self.key = key
        self.data = ctypes.create_string_buffer(_DATA)
        self.sense = ctypes.create_string_buffer(_SENSE)
        self.dialogue = dialogue()
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
            'status': status, 'host_status': host_status,
            'data': self.data.raw[:max(0, self.asked - resid)],
            'sense': sense_codes(self.sense.raw[:sense_length]),
        }
        try:
            self._send(self.dialogue.send(reply))
        except StopIteration as end:
            return end.value
        return None

    def _send(self, cdb):
        self.asked, self.asked_at = cdb[3] << 8 | cdb[4], time.monotonic()
        self.cdb = ctypes.create_string_buffer(bytes(cdb), len(cdb))
        os.write(self.fd, _HEADER.pack(
            ord('S'), _FROM_DEVICE, len(cdb), _SENSE, 0, self.asked,
            ctypes.addressof(self.data), ctypes.addressof(self.cdb), ctypes.addressof(self.sense),
            COMMAND_MS, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))


def sense_codes(data):
    """(key, asc, ascq) of sense data in fixed or descriptor format (SPC-5 4.4), or None; a deferred error is about another command."""
    kind = data[0] & 0x7f if data else 0
    if kind == 0x70 and len(data) >= 14:
        return data[2] & 15, data[12], data[13]
    if kind == 0x72 and len(data) >= 4:
        return data[1] & 15, data[2], data[3]
    return None


def _steady(cdb):
    """Ask until the answer is no unit attention."""
    for dummy in range(_ATTENTIONS):
        reply = yield cdb
        if reply['status'] != _CHECK_CONDITION or not reply['sense'] or reply['sense'][0] != _UNIT_ATTENTION:
            break
    return reply


def _judge(reply):
    """What a reply proves by itself: a testimony, or None where a disk's logical unit answered."""
    if reply['host_status']:
        return _testimony('unreachable', detail='transport error, host status %d' % reply['host_status'])
    sense = reply['sense'] and '%02x/%02x/%02x' % reply['sense']
    if reply['status'] == _CHECK_CONDITION:
        if reply['sense'] and reply['sense'][:2] == _NO_LUN:
            return _testimony('absent', sense=sense, detail='logical unit not supported')
        return _testimony('unreadable', sense=sense, detail='the target refused the question')
    if reply['status'] != _GOOD or not reply['data']:
        return _testimony('unreadable', sense=sense, detail='SCSI status 0x%02x with %d bytes' % (reply['status'], len(reply['data'])))
    qualifier, kind = reply['data'][0] >> 5, reply['data'][0] & 31
    if qualifier:
        return _testimony('absent', sense=sense, detail='peripheral qualifier %d: no such logical unit here' % qualifier)
    if kind:
        return _testimony('unreadable', sense=sense, detail='a device of type 0x%02x answers, not a disk' % kind)
    return None


def _testimony(state, wwids=(), serial=None, sense=None, detail=None):
    return {'state': state, 'wwids': list(wwids), 'serial': serial, 'sense': sense, 'detail': detail}


def _refused(exc):
    """The testimony where the sg node could not be asked; a device that is gone or offline gives ENXIO."""
    state = 'unreachable' if exc.errno == errno.ENXIO else 'unreadable'
    return _testimony(state, detail='its sg node cannot be asked: %s' % exc.strerror)


def _inquiry(page, length):
    """The CDB of an INQUIRY for a vital product data page, or for the standard data (page None)."""
    return bytearray([0x12, 0 if page is None else 1, page or 0, length >> 8, length & 0xff, 0])
