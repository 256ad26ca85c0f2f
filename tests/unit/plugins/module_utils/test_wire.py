# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dialogue with one path, on answers as a real kernel gave them (see recordings/README.md), and the words made of it."""

import ctypes
import errno
import os
import time

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils import _wire

NAA = '600a0980383045372f5d4c5a70315474'
PAGE_83 = bytes.fromhex('00830014' + '01030010' + NAA)
PAGE_80 = bytes.fromhex('0080000c') + b'80E7/]LZp1Tt'
STANDARD, VPD83, VPD80 = (0, 0), (1, 0x83), (1, 0x80)


def good(data):
    return {'status': 0, 'host_status': 0, 'data': data, 'sense': None}


def check(key, asc, ascq):
    return {'status': 2, 'host_status': 0, 'data': b'', 'sense': (key, asc, ascq)}


def transport(host_status):
    return {'status': 0, 'host_status': host_status, 'data': b'', 'sense': None}


NO_LUN, BAD_FIELD, ATTENTION = check(5, 0x25, 0), check(5, 0x24, 0), check(6, 0x3f, 0x0e)


def talk(answers):
    """Run the dialogue against {question: [replies]}; returns (testimony, the questions asked)."""
    dialogue, asked = _wire.dialogue(), []
    reply = None
    try:
        while True:
            cdb = dialogue.send(reply)
            assert cdb[0] == 0x12 and len(cdb) == 6
            question = (cdb[1], cdb[2])
            asked.append(question)
            reply = answers[question].pop(0)
    except StopIteration as end:
        return end.value, asked


def test_a_lun_that_answers():
    told, asked = talk({VPD83: [good(PAGE_83)], VPD80: [good(PAGE_80)]})
    assert told == {'state': None, 'wwids': ['3' + NAA], 'serial': '80E7/]LZp1Tt', 'sense': None, 'detail': None}
    assert asked == [VPD83, VPD80]


def test_no_such_lun():
    told, asked = talk({VPD83: [NO_LUN]})
    assert (told['state'], told['sense'], asked) == ('absent', '05/25/00', [VPD83])


def test_a_virtual_lun_0_is_absent_by_its_qualifier():
    told, dummy = talk({VPD83: [BAD_FIELD], STANDARD: [good(b'\x3f' + bytes(95))]})
    assert (told['state'], told['sense']) == ('absent', '05/24/00')


@pytest.mark.parametrize('first', [0x20, 0x3f, 0x60, 0x7f])
def test_a_qualifier_on_the_page_itself_is_absent(first):
    told, dummy = talk({VPD83: [good(bytes([first]) + PAGE_83[1:])]})
    assert told['state'] == 'absent'


def test_a_refused_page_of_a_present_lun_is_unreadable():
    told, dummy = talk({VPD83: [BAD_FIELD], STANDARD: [good(bytes(96))]})
    assert told['state'] == 'unreadable'


@pytest.mark.parametrize('reply', [BAD_FIELD, transport(1), good(b'')])
def test_a_refusal_is_no_absence_when_the_second_question_fails_too(reply):
    told, dummy = talk({VPD83: [BAD_FIELD], STANDARD: [reply]})
    assert told['state'] == 'unreadable'


@pytest.mark.parametrize('host_status', [1, 2, 3, 14])
def test_transport_errors_are_unreachable(host_status):
    told, dummy = talk({VPD83: [transport(host_status)]})
    assert told['state'] == 'unreachable'


def test_unit_attentions_are_asked_again():
    told, asked = talk({VPD83: [ATTENTION, ATTENTION, good(PAGE_83)], VPD80: [ATTENTION, good(PAGE_80)]})
    assert told['wwids'] == ['3' + NAA] and told['serial'] == '80E7/]LZp1Tt'
    assert asked == [VPD83] * 3 + [VPD80] * 2


def test_a_lun_that_only_has_news_is_unreadable():
    told, dummy = talk({VPD83: [ATTENTION] * 3, STANDARD: [ATTENTION] * 3})
    assert (told['state'], told['sense']) == ('unreadable', '06/3f/0e')


@pytest.mark.parametrize('reply', [
    {'status': 8, 'host_status': 0, 'data': b'', 'sense': None},     # BUSY
    {'status': 0x18, 'host_status': 0, 'data': b'', 'sense': None},  # RESERVATION CONFLICT
    good(b''), good(b'\0\x83\0\0'), good(b'\x1f' + PAGE_83[1:]), check(4, 0x44, 0), check(2, 4, 1)])
def test_anything_else_is_unreadable(reply):
    told, dummy = talk({VPD83: [reply], STANDARD: [reply]})
    assert told['state'] == 'unreadable'


def test_gone_between_two_questions():
    told, dummy = talk({VPD83: [good(PAGE_83)], VPD80: [NO_LUN]})
    assert told['state'] == 'absent'


def test_no_serial_page_is_no_fault():
    told, dummy = talk({VPD83: [good(PAGE_83)], VPD80: [BAD_FIELD]})
    assert (told['state'], told['serial']) == (None, None)


def test_a_long_page_is_asked_for_whole():
    filler = b''.join(bytes([2, 1, 0, 60]) + b'x' * 60 for dummy in range(5))
    page = bytes([0, 0x83]) + (len(filler) + 20).to_bytes(2, 'big') + filler + PAGE_83[4:]
    told, asked = talk({VPD83: [good(page[:252]), good(page)], VPD80: [good(PAGE_80)]})
    assert '3' + NAA in told['wwids'] and asked == [VPD83, VPD83, VPD80]


@pytest.mark.parametrize('expected, state', [('3' + NAA, 'same'), ('3' + NAA[:-1] + '5', 'other'), (None, 'unreadable'), ('1ATA', 'unreadable')])
def test_the_word_of_a_lun_that_answers(expected, state):
    told, dummy = talk({VPD83: [good(PAGE_83)], VPD80: [good(PAGE_80)]})
    word = _wire.word(told, expected)
    assert (word['state'], word['wwid']) == (state, '3' + NAA)


@pytest.mark.parametrize('serial, state', [
    (b'80E7/]LZp1Tt', 'same'), (b'0383045372f5d4c5a70315474\0', 'same'), (b'z6CcD+SK5mPb', 'unreadable')])
def test_two_pages_that_contradict_each_other_prove_nothing(serial, state):
    told, dummy = talk({VPD83: [good(PAGE_83)], VPD80: [good(bytes([0, 0x80, 0, len(serial)]) + serial)]})
    assert _wire.word(told, '3' + NAA)['state'] == state


def test_absence_is_absence_whatever_the_kernel_holds():
    told, dummy = talk({VPD83: [NO_LUN]})
    assert _wire.word(told, '3' + NAA)['state'] == 'absent'


@pytest.mark.parametrize('data, codes', [
    (bytes.fromhex('70000500000000 0a 00000000 25 00 0000 0000'.replace(' ', '')), (5, 0x25, 0)),
    (bytes.fromhex('72052500 00000000'.replace(' ', '')), (5, 0x25, 0)),
    (bytes.fromhex('f0000600000000 0a 00000000 3f 0e'.replace(' ', '')), (6, 0x3f, 0x0e)),
    (bytes.fromhex('71000500000000 0a 00000000 25 00'.replace(' ', '')), None), (bytes.fromhex('73052500'), None),  # deferred: another command's
    (b'', None), (b'\x70\0\5', None), (b'\x7f' + bytes(20), None)])
def test_sense_codes(data, codes):
    assert _wire.sense_codes(data) == codes


def test_a_node_that_cannot_be_opened_is_told_not_hidden(tmp_path):
    began = time.monotonic()
    answers = dict(_wire.ask({'1:0:0:0': str(tmp_path / 'sg9')}, began + 30))
    assert time.monotonic() - began < 5
    assert answers['1:0:0:0']['state'] == 'unreadable'
    assert 'No such file' in answers['1:0:0:0']['detail']


NO_LUN_SENSE = bytes.fromhex('700005000000000a000000002500') + bytes(4)


class Kernel:
    """Stands for the sg driver behind a named pipe: takes a header that was written, fills the buffers it points to, gives it back."""

    def __init__(self, path):
        os.mkfifo(path)
        self.fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def answer(self, data=b'', sense=b'', status=0, host_status=0):
        head = list(_wire._HEADER.unpack(os.read(self.fd, _wire._HEADER.size)))
        cdb = ctypes.string_at(head[7], head[2])
        ctypes.memmove(head[6], data, len(data))
        ctypes.memmove(head[8], sense, len(sense))
        head[13], head[16], head[17], head[19] = status, len(sense), host_status, head[5] - len(data)
        os.write(self.fd, _wire._HEADER.pack(*head))
        return bytes(head[0:1]), head[1], cdb, head[9]


@pytest.fixture
def sg(tmp_path):
    kernel = Kernel(tmp_path / 'sg0')
    yield kernel, str(tmp_path / 'sg0')
    os.close(kernel.fd)


def test_the_header_that_the_driver_gets_and_gives_back(sg):
    kernel, node = sg
    talk = _wire._Talk('1:0:0:0', node)
    assert kernel.answer(PAGE_83) == (b'S', -3, bytes([0x12, 1, 0x83, 0, 252, 0]), 20000)
    assert talk.listen() is None
    assert kernel.answer(PAGE_80)[2] == bytes([0x12, 1, 0x80, 0, 252, 0])
    told = talk.listen()
    os.close(talk.fd)
    assert (told['state'], told['wwids'], told['serial']) == (None, ['3' + NAA], '80E7/]LZp1Tt')


def test_what_the_device_did_not_send_is_not_read(sg):
    """The residual count cuts the buffer: what is left in it from the answer before is no evidence."""
    kernel, node = sg
    talk = _wire._Talk('1:0:0:0', node)
    kernel.answer(PAGE_83)
    talk.listen()
    ctypes.memmove(talk.data, PAGE_80, len(PAGE_80))
    kernel.answer(b'')
    told = talk.listen()
    os.close(talk.fd)
    assert (told['state'], told['serial']) == (None, None)


def test_sense_and_host_status_of_the_header(sg):
    kernel, node = sg
    talk = _wire._Talk('1:0:0:0', node)
    kernel.answer(sense=NO_LUN_SENSE, status=2)
    assert talk.listen()['sense'] == '05/25/00'
    os.close(talk.fd)
    talk = _wire._Talk('1:0:0:0', node)
    kernel.answer(host_status=1)
    assert talk.listen()['state'] == 'unreachable'
    os.close(talk.fd)


def test_many_at_once_and_one_that_is_silent(tmp_path, monkeypatch):
    """More paths than the window holds; the one that says nothing costs the others nothing."""
    kernels = {'%d:0:0:0' % number: Kernel(tmp_path / ('sg%d' % number)) for number in range(_wire.WINDOW + 10)}
    nodes = {key: str(tmp_path / ('sg' + key.split(':')[0])) for key in kernels}
    silent, began = '5:0:0:0', time.monotonic()
    original = _wire._Talk._send

    def send(talk, cdb):
        original(talk, cdb)
        if talk.key == silent:
            os.read(kernels[silent].fd, _wire._HEADER.size)  # swallowed
        else:
            kernels[talk.key].answer(sense=NO_LUN_SENSE, status=2)

    monkeypatch.setattr(_wire._Talk, '_send', send)
    told = dict(_wire.ask(nodes, began + 1))
    for kernel in kernels.values():
        os.close(kernel.fd)
    assert set(kernels) - set(told) == {silent}
    assert {answer['state'] for answer in told.values()} == {'absent'}
    assert 1 <= time.monotonic() - began < 5


def test_the_silent_do_not_keep_the_living_waiting(tmp_path, monkeypatch):
    """A whole window of dead paths in front of a living one."""
    monkeypatch.setattr(_wire, 'WINDOW', 3)
    monkeypatch.setattr(_wire, 'PATIENCE', 0.2)
    kernels = [Kernel(tmp_path / ('sg%d' % number)) for number in range(4)]
    original = _wire._Talk._send

    def send(talk, cdb):
        original(talk, cdb)
        if talk.key == 'd':
            kernels[3].answer(sense=NO_LUN_SENSE, status=2)
        else:
            os.read(kernels['abc'.index(talk.key)].fd, _wire._HEADER.size)  # swallowed

    monkeypatch.setattr(_wire._Talk, '_send', send)
    told = dict(_wire.ask({key: str(tmp_path / ('sg%d' % number)) for number, key in enumerate('abcd')}, time.monotonic() + 1))
    for kernel in kernels:
        os.close(kernel.fd)
    assert [(key, answer['state']) for key, answer in told.items()] == [('d', 'absent')]


def test_who_was_not_asked_is_told_from_who_does_not_answer(tmp_path, monkeypatch):
    monkeypatch.setattr(_wire, 'WINDOW', 2)
    monkeypatch.setattr(_wire, '_lively', len)  # nobody gives its place away
    kernels = [Kernel(tmp_path / ('sg%d' % number)) for number in range(2)]
    original = _wire._Talk._send

    def send(talk, cdb):
        original(talk, cdb)
        os.read(kernels['ab'.index(talk.key)].fd, _wire._HEADER.size)  # swallowed

    monkeypatch.setattr(_wire._Talk, '_send', send)
    told = dict(_wire.ask({key: str(tmp_path / ('sg%d' % number)) for number, key in enumerate('abcd')}, time.monotonic() + 0.5))
    for kernel in kernels:
        os.close(kernel.fd)
    assert {key: (answer['state'], answer['detail']) for key, answer in told.items()} == {
        'c': ('silent', 'not asked: the time was up'), 'd': ('silent', 'not asked: the time was up')}
    assert _wire.word(told['c'], '3' + NAA)['state'] == 'silent'


@pytest.mark.parametrize('number, state', [
    (errno.ENXIO, 'unreachable'), (errno.EPERM, 'unreadable'), (errno.ENODEV, 'unreadable'), (errno.EBUSY, 'unreadable')])
def test_a_node_that_refuses(number, state):
    told = _wire._refused(OSError(number, os.strerror(number)))
    assert told['state'] == state and os.strerror(number) in told['detail']
