# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Multipath tables as device-mapper gives them."""

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils import _dm, _kernel


@pytest.mark.parametrize('table, parsed', [
    ('3 queue_if_no_path pg_init_retries 50 1 alua 1 1 service-time 0 2 1 8:16 1 8:32 1',
     {'features': '3 queue_if_no_path pg_init_retries 50', 'queue_if_no_path': True, 'paths': ['8:16', '8:32']}),
    ('0 0 2 1 service-time 0 1 1 8:16 1 round-robin 0 2 0 8:32 8:48',
     {'features': '0', 'queue_if_no_path': False, 'paths': ['8:16', '8:32', '8:48']}),
    ('1 retain_attached_hw_handler 0 1 1 historical-service-time 2 10 20 1 2 65:0 1 1',
     {'features': '1 retain_attached_hw_handler', 'queue_if_no_path': False, 'paths': ['65:0']}),
    ('1 queue_if_no_path 0 0 0', {'features': '1 queue_if_no_path', 'queue_if_no_path': True, 'paths': []}),
])
def test_multipath_table(table, parsed):
    assert _dm.multipath_table(table) == parsed


@pytest.mark.parametrize('number, text', [(0xfd03, '253:3'), (0x10fd01, '253:257'), (0x800, '8:0')])
def test_device_numbers_in_the_kernels_encoding(number, text):
    assert _dm._dev_t(number) == text


class Ioctls:
    """The kernel's side of struct dm_ioctl, for two devices: the buffer is full at first, and targets are aligned to 8."""

    DEVICES = {
        0xfd00: ('mpatha', 'mpath-3600a', 3, [('multipath', '0 0 0 0')]),
        0x10fd01: ('vg-lv', 'LVM-x', 1, [('linear', '8:0 0'), ('striped', 'x' * 20000)]),
    }

    def __init__(self):
        self.sizes = []

    def __call__(self, control, request, buffer):
        assert request == 3 << 30 | 312 << 16 | 0xfd << 8 | request & 0xff
        fields = list(_dm._HEADER.unpack_from(buffer))
        self.sizes.append(len(buffer))
        assert fields[0] == 4 and fields[3] == len(buffer)
        data, command = b'', request & 0xff
        if command == 2:
            for dev, (name, dummy, dummy, dummy) in self.DEVICES.items():
                entry = _dm._NAME.pack(dev, 0) + name.encode() + bytes(1)
                entry += bytes(-len(entry) % 8)
                last = dev == list(self.DEVICES)[-1]
                data += _dm._NAME.pack(dev, 0 if last else len(entry)) + entry[_dm._NAME.size:]
        else:
            name, uuid, opened, targets = self.DEVICES[fields[10]]
            fields[6], fields[11], fields[12] = opened, name.encode(), uuid.encode()
            if command == 12:
                fields[5] = len(targets)
                for kind, table in targets:
                    text = (table if fields[7] & 1 << 4 else 'status').encode() + bytes(1)
                    text += bytes(-len(text) % 8)
                    data += _dm._TARGET.pack(0, 8, 0, len(data) + _dm._TARGET.size + len(text), kind.encode()) + text
        if len(data) > len(buffer) - 312:
            fields[7] |= 1 << 8
        else:
            fields[4] = 312
            buffer[312:312 + len(data)] = data
        _dm._HEADER.pack_into(buffer, 0, *fields)


def test_what_the_ioctls_say(monkeypatch, tmp_path):
    kernel = Ioctls()
    monkeypatch.setattr(_dm, 'CONTROL', str(tmp_path / 'control'))
    (tmp_path / 'control').touch()
    monkeypatch.setattr(_dm.fcntl, 'ioctl', kernel)
    found = _dm.read()
    assert found == {
        '253:0': {'name': 'mpatha', 'uuid': 'mpath-3600a', 'open_count': 3, 'targets': [{'type': 'multipath', 'table': '0 0 0 0', 'status': 'status'}]},
        '253:257': {'name': 'vg-lv', 'uuid': 'LVM-x', 'open_count': 1, 'targets': [
            {'type': 'linear', 'table': '8:0 0', 'status': 'status'}, {'type': 'striped', 'table': 'x' * 20000, 'status': 'status'}]}}
    assert max(kernel.sizes) == 65536, 'the buffer grew until the answer fitted'


@pytest.mark.parametrize('targets', [[], [{'type': 'error', 'table': '', 'status': ''}]])
def test_a_map_without_its_table(monkeypatch, targets):
    monkeypatch.setattr(_dm, 'read', lambda: {'253:0': {'uuid': 'mpath-x', 'open_count': 2, 'targets': targets}, '253:1': {'uuid': 'LVM-y'}})
    assert _kernel.dm_view() == {'253:0': {'open_count': 2, 'features': None, 'queue_if_no_path': None}}
