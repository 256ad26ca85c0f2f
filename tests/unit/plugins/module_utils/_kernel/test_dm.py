# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Multipath maps as device-mapper gives them."""

import errno
import os

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import dm


@pytest.mark.parametrize(
    "table, features, queues",
    [
        (
            "3 queue_if_no_path pg_init_retries 50 1 alua 1 1 service-time 0 2 1 8:16 1 8:32 1",
            "3 queue_if_no_path pg_init_retries 50",
            True,
        ),
        ("0 0 2 1 service-time 0 1 1 8:16 1 round-robin 0 2 0 8:32 8:48", "0", False),
        (
            "1 retain_attached_hw_handler 0 1 1 historical-service-time 2 10 20 1 2 65:0 1 1",
            "1 retain_attached_hw_handler",
            False,
        ),
        ("0 1 queue_if_no_path 0 0", "0", False),
        ("1 queue_if_no_path 0 0 0", "1 queue_if_no_path", True),
    ],
)
def test_multipath_table(table, features, queues):
    assert dm.multipath_table(table) == {"features": features, "queue_if_no_path": queues}


@pytest.mark.parametrize("table", ["", "x", "-1 a", "2 queue_if_no_path"])
def test_a_table_of_another_shape(table):
    with pytest.raises(ValueError):
        dm.multipath_table(table)


@pytest.mark.parametrize("number, text", [(0xFD03, "253:3"), (0x10FD01, "253:257"), (0x800, "8:0")])
def test_device_numbers_in_the_kernels_encoding(number, text):
    assert dm._number(text) == number


class Ioctls:
    """The kernel's side of struct dm_ioctl: the buffer is full at first, and targets are aligned to 8."""

    def __init__(self):
        self.sizes, self.fails = [], {}
        self.devices = {
            0xFD00: ("mpath-3600a", 3, [("linear", "x" * 20000), ("multipath", "1 queue_if_no_path 0 0 0")]),
            0x10FD01: ("mpath-3600b", 1, [("multipath", "0 0 0 0")]),
            0xFD02: ("CRYPT-LUKS2-x", 1, [("crypt", "aes-xts-plain64 secret")]),
            0xFD03: ("mpath-3600c", 2, []),
            0xFD04: ("mpath-3600d", 0, [("error", "")]),
            0xFD05: ("part1-mpath-3600a", 2, [("linear", "253:0 2048")]),
            0xFD06: ("part2-mpath-3600a", 0, []),
        }

    def __call__(self, control, request, buffer):
        assert request == 3 << 30 | 312 << 16 | 0xFD << 8 | request & 0xFF
        fields = list(dm._HEADER.unpack_from(buffer))
        self.sizes.append(len(buffer))
        assert fields[0] == 4 and fields[3] == len(buffer)
        data, dev = b"", fields[10]
        number = self.fails.get(dev, None if dev in self.devices else errno.ENXIO)
        if number:
            raise OSError(number, os.strerror(number))
        uuid, fields[6], targets = self.devices[dev]
        fields[12] = uuid.encode()
        if request & 0xFF == 12:
            assert uuid.startswith("mpath-"), "the table of an encrypted volume has its key in it"
            assert fields[7] == 1 << 4, "the table, not the status"
            fields[5] = len(targets)
            for kind, table in targets:
                text = table.encode() + bytes(1)
                text += bytes(-len(text) % 8)
                data += dm._TARGET.pack(0, 8, 0, len(data) + dm._TARGET.size + len(text), kind.encode()) + text
        if len(data) > len(buffer) - 312:
            fields[7] |= 1 << 8
        else:
            fields[4] = 312
            buffer[312 : 312 + len(data)] = data
        dm._HEADER.pack_into(buffer, 0, *fields)


@pytest.fixture
def kernel(monkeypatch, tmp_path):
    made = Ioctls()
    monkeypatch.setattr(dm, "CONTROL", str(tmp_path / "control"))
    (tmp_path / "control").touch()
    monkeypatch.setattr(dm.fcntl, "ioctl", made)
    return made


def look(*maps):
    return list(dm.look([{"wwid": wwid, "dev_t": dev_t} for wwid, dev_t in maps]))


def test_what_the_ioctls_say(kernel):
    assert look(("3600a", "253:0"), ("3600b", "253:257")) == [
        {
            "wwid": "3600a",
            "view": {"open_count": 3, "features": "1 queue_if_no_path", "queue_if_no_path": True, "partitions": {}},
        },
        {"wwid": "3600b", "view": {"open_count": 1, "features": "0", "queue_if_no_path": False, "partitions": {}}},
    ]
    assert max(kernel.sizes) == 65536, "the buffer grew until the answer fitted"


PARTS = [
    {"dm": "dm-5", "dev_t": "253:5", "uuid": "part1-mpath-3600a"},
    {"dm": "dm-6", "dev_t": "253:6", "uuid": "part2-mpath-3600a"},
    {"dm": "dm-9", "dev_t": "253:9", "uuid": "part3-mpath-3600a"},
    {"dm": "dm-2", "dev_t": "253:2", "uuid": "part4-mpath-3600a"},
    {"dm": "dm-7", "dev_t": None, "uuid": "part5-mpath-3600a"},
]


def test_the_maps_of_its_partitions_have_openers_of_their_own(kernel):
    """The third is gone, the number of the fourth is another device's, the fifth went while it was read: nothing is
    known of them.
    """
    (answer,) = dm.look([{"wwid": "3600a", "dev_t": "253:0", "partitions": PARTS}])
    assert answer["view"]["partitions"] == {"dm-5": 2, "dm-6": 0, "dm-9": None, "dm-2": None, "dm-7": None}


def test_a_partition_that_cannot_be_asked_is_reported(kernel):
    kernel.fails[0xFD05] = errno.EPERM
    (answer,) = dm.look([{"wwid": "3600a", "dev_t": "253:0", "partitions": PARTS}])
    assert "view" not in answer and os.strerror(errno.EPERM) in answer["error"]


@pytest.mark.parametrize("one, opened", [(("3600c", "253:3"), 2), (("3600d", "253:4"), 0)])
def test_a_map_without_its_table(kernel, one, opened):
    assert look(one) == [
        {"wwid": one[0], "view": {"open_count": opened, "features": None, "queue_if_no_path": None, "partitions": {}}}
    ]


@pytest.mark.parametrize("dev_t", ["253:9", "253:1", "253:2", None])
def test_a_map_that_is_gone_or_whose_number_is_anothers(kernel, dev_t):
    """The last number is an encrypted volume's: its table is never asked for."""
    kernel.devices[0xFD01] = ("mpath-3600e", 0, [])
    assert look(("3600a", dev_t)) == [{"wwid": "3600a", "view": None}]


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOMEM, errno.EINVAL])
def test_one_that_fails_is_reported_and_costs_the_others_nothing(kernel, number):
    kernel.fails[0xFD00] = number
    first, second = look(("3600a", "253:0"), ("3600b", "253:257"))
    assert "view" not in first and os.strerror(number) in first["error"]
    assert second["view"]["open_count"] == 1


def test_a_table_that_cannot_be_read_is_reported(kernel):
    kernel.devices[0xFD00] = ("mpath-3600a", 0, [("multipath", "x")])
    assert "shape" in look(("3600a", "253:0"))[0]["error"]


def test_no_device_mapper_at_all(monkeypatch):
    monkeypatch.setattr(dm, "CONTROL", "/no/such/control")
    with pytest.raises(OSError):
        look(("3600a", "253:0"))
