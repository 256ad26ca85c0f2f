# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Identities from VPD pages. The pairs of serial and WWID are published ones (ONTAP's documentation, netapp.ontap)."""

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import identity

NAA6 = bytes.fromhex("600a0980383045372f5d4c5a70315474")


def page83(*descriptors):
    body = b"".join(
        bytes([code_set, association << 4 | kind, 0, len(value)]) + value
        for code_set, association, kind, value in descriptors
    )
    return bytes([0, 0x83]) + len(body).to_bytes(2, "big") + body


def page80(text):
    return bytes([0, 0x80]) + len(text).to_bytes(2, "big") + text


def test_the_identity_that_udev_would_choose_comes_first():
    page = page83(
        (2, 0, 1, b"NETAPP   LUN 80E7/]LZp1Tt"),
        (3, 0, 8, b"iqn.x,0x1"),
        (1, 0, 2, bytes.fromhex("0011223344556677")),
        (1, 0, 3, bytes.fromhex("5000c50012345678")),
        (1, 0, 3, NAA6),
    )
    assert identity.wwids(page) == [
        "3600a0980383045372f5d4c5a70315474",
        "35000c50012345678",
        "20011223344556677",
        "1NETAPP_LUN_80E7/]LZp1Tt",
        "8iqn.x,0x1",
    ]


def test_target_ports_are_not_the_lun():
    assert identity.wwids(page83((1, 1, 3, NAA6), (1, 2, 3, NAA6))) == []


@pytest.mark.parametrize(
    "page", [None, b"", b"\0\x83", b"\0\x83\0", bytes([0, 0x80, 0, 4]) + b"abcd", page83((1, 0, 3, NAA6))[:12]]
)
def test_no_page_no_identity(page):
    assert identity.wwids(page) == []


def test_a_page_cut_short_still_gives_its_first_designator():
    page = page83((1, 0, 3, NAA6), (2, 0, 1, b"NETAPP  LUN"))
    assert identity.wwids(page[:30]) == ["3600a0980383045372f5d4c5a70315474"]


FIRST = "3600a0980383045372f5d4c5a70315474"
LONG = page83((3, 0, 8, b"n" * 0xF5), (3, 0, 8, b"m" * 0x31), (1, 0, 3, NAA6))  # more than one byte can count


def test_a_page_ends_where_it_says():
    """Neither before, when its length needs two bytes, nor after: what lies behind it is the remains of another
    answer.
    """
    behind = page83((1, 0, 3, bytes.fromhex("600a098000000000000000000000dead")))[4:]
    assert identity.wwids(LONG + behind) == [FIRST, "8" + "n" * 0xF5, "8" + "m" * 0x31]
    announced = LONG[:2] + (len(LONG) - 5).to_bytes(2, "big") + LONG[4:]
    assert identity.wwids(announced) == ["8" + "n" * 0xF5, "8" + "m" * 0x31], "the last designator is cut"
    assert identity.wwids(LONG + b"abc") == identity.wwids(LONG)
    assert identity.wwids(LONG[: -len(NAA6) - 1]) == identity.wwids(announced), "cut within the header of the last one"


@pytest.mark.parametrize(
    "page, found",
    [
        (
            page83(
                (2, 0, 0, b"vendor"),
                (1, 0, 4, b"port"),
                (1, 0, 5, b"grou"),
                (1, 0, 6, b"unit"),
                (1, 0, 7, b"md5."),
                (3, 0, 10, b"uuid"),
            ),
            [],
        ),
        (page83((2, 0, 0, b"vendor"), (1, 0, 3, NAA6)), [FIRST]),
        (page83((1, 8, 3, NAA6)), [FIRST]),  # a bit above the association
        (page83((3, 0, 8, b"odd"), (1, 1, 3, NAA6)), ["8odd"]),  # a target port after a designator of odd length
        (page83((1, 0, 3, bytes.fromhex("d00a098000000000")), (1, 0, 3, NAA6)), [FIRST, "3d00a098000000000"]),
        (
            page83((3, 0, 8, b"name"), (2, 0, 1, b"NETAPP"), (1, 0, 2, bytes(8))),
            ["20000000000000000", "1NETAPP", "8name"],
        ),
    ],
)
def test_which_designators_count(page, found):
    assert identity.wwids(page) == found


@pytest.mark.parametrize("code", [0x00, 0x7F, 0x80, 0x82, 0x83, 0x84, 0xB0])
def test_another_page_is_none(code):
    body = page83((1, 0, 3, NAA6))[2:]
    assert identity.wwids(bytes([0, code]) + body) == ([FIRST] if code == 0x83 else [])
    assert identity.serial(bytes([0, code]) + page80(b"serial")[2:]) == ("serial" if code == 0x80 else None)


def test_a_serial_number_ends_where_it_says():
    assert identity.serial(page80(b"s" * 0x13C) + b"behind") == "s" * 0x13C


@pytest.mark.parametrize(
    "page, serial",
    [
        (b"\0\x80\0", None),
        (b"\0\x80", None),
        (page80(b"80E7/]LZp1Tt"), "80E7/]LZp1Tt"),
        (page80(b"  x\x7fy \0"), "x\x7fy"),
        (page80(b""), None),
        (None, None),
        (b"\0\x83\0\0", None),
    ],
)
def test_serial(page, serial):
    assert identity.serial(page) == serial


@pytest.mark.parametrize(
    "expected, answered, word",
    [
        ("3600a", ["3600a"], "same"),
        ("3600a", ["3600b"], "other"),
        ("3600A", ["3600a"], "same"),
        ("3600a", ["1NETAPP", "3600b", "3600a"], "same"),
        ("3600a", ["1NETAPP", "200ff"], None),  # no designator of that kind: nothing to compare it with
        ("1ATA     DISK_1", ["1ATA_DISK 1"], "same"),  # each tool folds spaces in its own way
        ("1ATA_DISK_1", ["1ATA_DISK_2"], None),  # so a difference proves nothing
        (None, ["3600a"], None),
        ("3600a", [], None),
    ],
)
def test_compare(expected, answered, word):
    assert identity.compare(expected, answered) == word


ONTAP = [
    ("3600a09807a364363442b534b356d5062", "z6CcD+SK5mPb"),
    ("3600a0980383045372f5d4c5a70315474", "80E7/]LZp1Tt"),
    ("3600a098077663049712b4e3475636b33", "wf0Iq+N4uck3"),
    ("3600a0980383045372f5d4c5a7031547f", "80E7/]LZp1T\x7f"),
    ("3600a0980383045372f5d4c5a70315421", "80E7/]LZp1T!"),
]


@pytest.mark.parametrize(
    "wwid, serial",
    [
        *ONTAP,
        ("3600a098000f63714000000005e5cf5d2", None),  # E-Series
        ("3600a0980383045372f5d4c5a70315480", None),  # no byte above 0x7f is known of ONTAP
        ("3600a0980383045372f5d4c5a70315481", None),
        ("3600a0980383045372f5d4c5a70315420", None),
        ("3600a0980383045372f5d4c5a7031541f", None),
        ("360a98000646564494b346f6e7575736f", None),
        ("", None),
        (None, None),
    ],
)
def test_ontap_serial(wwid, serial):
    assert identity.ontap_serial(wwid) == serial


@pytest.mark.parametrize(
    "wwid, serial, word",
    [
        ("3600a0980383045372f5d4c5a70315474", "80E7/]LZp1Tt", False),  # ONTAP
        (
            "3600a0980383045372f5d4c5a70315474",
            "0383045372F5D4C5A70315474",
            False,
        ),  # LIO, presented as ONTAP: hex, with a digit before it
        ("3600a0980383045372f5d4c5a70315474", None, False),  # no such page
        ("3600a0980383045372f5d4c5a70315474", "80E7/]LZp1TT", True),
        ("3600a0980383045372f5d4c5a70315474", "90E7/]LZp1Tt", True),
        ("3600a0980383045372f5d4c5a70315474", "7a364363442b534b356d5062", True),
        ("360a98000646564494b346f6e7575736f", "whatever", False),  # of others nothing is known
        (None, "whatever", False),
    ],
)
def test_a_serial_number_that_contradicts_the_wwid(wwid, serial, word):
    assert identity.contradicts(wwid, serial) is word


@pytest.mark.parametrize(
    "wwid, vendor, product, word",
    [
        (FIRST, "NETAPP", "LUN C-Mode", True),
        (FIRST, "NETAPP  ", " LUN", True),
        (FIRST, None, None, True),
        (FIRST, "NETAPP", None, True),
        (FIRST, None, "INF-01-00", True),
        (FIRST, "NETAPP", "INF-01-00", False),
        (FIRST, "LSI", "LUN", False),
        (FIRST, "OTHER", "LUN", False),
        (FIRST, "LSI", "INF-01-00", False),
        ("360a98000646564494b346f6e7575736f", "NETAPP", "LUN", False),
        (None, "NETAPP", "LUN", False),
        (None, None, None, False),
    ],
)
def test_what_an_ontap_array_could_have_given(wwid, vendor, product, word):
    assert identity.is_ontap(wwid, vendor, product) is word


@pytest.mark.parametrize("wwid, serial", [*ONTAP, ("3600a09807fe92023242d3f5d7b614231", "\x7f\xe9 #$-?]{aB1")])
def test_the_wwid_of_an_ontap_serial_number(wwid, serial):
    assert identity.ontap_wwid(serial) == wwid


@pytest.mark.parametrize(
    "name, normal",
    [
        (" iqn.2026-01.org.Example:Me ", "iqn.2026-01.org.example:me"),
        ("0x21000024FF45A1B2", "21000024ff45a1b2"),
        ("21:00:00:24:ff:45:a1:b2", "21000024ff45a1b2"),
        ("eui.02004567A425678D", "eui.02004567a425678d"),
    ],
)
def test_initiators_as_they_are_compared(name, normal):
    assert identity.normal_initiator(name) == normal
