# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dialogue with one path, on answers as a real kernel gave them (see recordings/README.md), and the words made
of it.
"""

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._inquiry import protocol as inquiry

NAA = "600a0980383045372f5d4c5a70315474"
PAGE_83 = bytes.fromhex("00830014" + "01030010" + NAA)
PAGE_80 = bytes.fromhex("0080000c") + b"80E7/]LZp1Tt"
STANDARD, VPD83, VPD80 = (0, 0), (1, 0x83), (1, 0x80)


def good(data):
    return {"status": 0, "host_status": 0, "data": data, "sense": None}


def check(key, asc, ascq):
    return {"status": 2, "host_status": 0, "data": b"", "sense": (key, asc, ascq)}


def transport(host_status):
    return {"status": 0, "host_status": host_status, "data": b"", "sense": None}


NO_LUN, BAD_FIELD, ATTENTION = check(5, 0x25, 0), check(5, 0x24, 0), check(6, 0x3F, 0x0E)


def talk(answers):
    """Run the dialogue against {question: [replies]}; returns (testimony, the questions asked)."""
    dialogue, asked = inquiry.dialogue(), []
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
    reported, asked = talk({VPD83: [good(PAGE_83)], VPD80: [good(PAGE_80)]})
    assert reported == {"state": None, "wwids": ["3" + NAA], "serial": "80E7/]LZp1Tt", "sense": None, "detail": None}
    assert asked == [VPD83, VPD80]


def test_no_such_lun():
    reported, asked = talk({VPD83: [NO_LUN]})
    assert (reported["state"], reported["sense"], asked) == ("absent", "05/25/00", [VPD83])


def test_a_virtual_lun_0_is_absent_by_its_qualifier():
    reported, dummy = talk({VPD83: [BAD_FIELD], STANDARD: [good(b"\x3f" + bytes(95))]})
    assert (reported["state"], reported["sense"]) == ("absent", "05/24/00")


@pytest.mark.parametrize("first", [0x3F, 0x7F])
def test_a_qualifier_on_the_page_itself_is_absent(first):
    reported, dummy = talk({VPD83: [good(bytes([first]) + PAGE_83[1:])]})
    assert reported["state"] == "absent"


@pytest.mark.parametrize(
    "answers", [{VPD83: [good(b"\x20" + PAGE_83[1:])]}, {VPD83: [BAD_FIELD], STANDARD: [good(b"\x20" + bytes(95))]}]
)
def test_a_lun_that_this_port_cannot_reach_now_is_not_absent(answers):
    """Qualifier 1 with the type of a disk: arrays have such a LUN, and say so on ports through which it is
    unavailable.
    """
    reported, dummy = talk(answers)
    assert reported == dict(
        reported,
        state="unreachable",
        detail="peripheral qualifier 1: the logical unit cannot be reached through this port now",
    )


@pytest.mark.parametrize("first", [0x21, 0x40, 0x5F, 0x60, 0x61, 0x80, 0xBF, 0xFF, 0x1F, 0x05])
def test_a_first_byte_that_means_nothing_to_us_proves_nothing(first):
    reported, dummy = talk({VPD83: [good(bytes([first]) + PAGE_83[1:])]})
    assert reported["state"] == "unreadable"


def test_a_refused_page_of_a_present_lun_is_unreadable():
    reported, dummy = talk({VPD83: [BAD_FIELD], STANDARD: [good(bytes(96))]})
    assert reported["state"] == "unreadable"


@pytest.mark.parametrize("reply", [BAD_FIELD, transport(1), good(b"")])
def test_a_refusal_is_no_absence_when_the_second_question_fails_too(reply):
    reported, dummy = talk({VPD83: [BAD_FIELD], STANDARD: [reply]})
    assert reported["state"] == "unreadable"


@pytest.mark.parametrize("host_status", [1, 2, 3, 14])
def test_transport_errors_are_unreachable(host_status):
    reported, dummy = talk({VPD83: [transport(host_status)]})
    assert reported["state"] == "unreachable"


def test_unit_attentions_are_asked_again():
    reported, asked = talk({VPD83: [ATTENTION, ATTENTION, good(PAGE_83)], VPD80: [ATTENTION, good(PAGE_80)]})
    assert reported["wwids"] == ["3" + NAA] and reported["serial"] == "80E7/]LZp1Tt"
    assert asked == [VPD83] * 3 + [VPD80] * 2


def test_a_lun_that_only_has_news_is_unreadable():
    reported, dummy = talk({VPD83: [ATTENTION] * 3, STANDARD: [ATTENTION] * 3})
    assert (reported["state"], reported["sense"]) == ("unreadable", "06/3f/0e")


@pytest.mark.parametrize(
    "reply",
    [
        {"status": 8, "host_status": 0, "data": b"", "sense": None},  # BUSY
        {"status": 0x18, "host_status": 0, "data": b"", "sense": None},  # RESERVATION CONFLICT
        good(b""),
        good(b"\0\x83\0\0"),
        good(b"\x1f" + PAGE_83[1:]),
        check(4, 0x44, 0),
        check(2, 4, 1),
        check(5, 0x25, 1),  # not LOGICAL UNIT NOT SUPPORTED: nothing is known of it
    ],
)
def test_anything_else_is_unreadable(reply):
    reported, dummy = talk({VPD83: [reply], STANDARD: [reply]})
    assert reported["state"] == "unreadable"


def test_gone_between_two_questions():
    reported, dummy = talk({VPD83: [good(PAGE_83)], VPD80: [NO_LUN]})
    assert reported["state"] == "absent"


def test_no_serial_page_is_no_fault():
    reported, dummy = talk({VPD83: [good(PAGE_83)], VPD80: [BAD_FIELD]})
    assert (reported["state"], reported["serial"]) == (None, None)


def test_a_long_page_is_asked_for_whole():
    filler = b"".join(bytes([2, 1, 0, 60]) + b"x" * 60 for dummy in range(5))
    page = bytes([0, 0x83]) + (len(filler) + 20).to_bytes(2, "big") + filler + PAGE_83[4:]
    reported, asked = talk({VPD83: [good(page[:252]), good(page)], VPD80: [good(PAGE_80)]})
    assert "3" + NAA in reported["wwids"] and asked == [VPD83, VPD83, VPD80]


@pytest.mark.parametrize(
    "expected, state",
    [("3" + NAA, "same"), ("3" + NAA[:-1] + "5", "other"), (None, "unreadable"), ("1ATA", "unreadable")],
)
def test_the_word_of_a_lun_that_answers(expected, state):
    reported, dummy = talk({VPD83: [good(PAGE_83)], VPD80: [good(PAGE_80)]})
    word = inquiry.word(reported, expected)
    assert (word["state"], word["wwid"]) == (state, "3" + NAA)


@pytest.mark.parametrize(
    "serial, state",
    [(b"80E7/]LZp1Tt", "same"), (b"0383045372f5d4c5a70315474\0", "same"), (b"z6CcD+SK5mPb", "unreadable")],
)
def test_two_pages_that_contradict_each_other_prove_nothing(serial, state):
    reported, dummy = talk({VPD83: [good(PAGE_83)], VPD80: [good(bytes([0, 0x80, 0, len(serial)]) + serial)]})
    assert inquiry.word(reported, "3" + NAA)["state"] == state


def test_absence_is_absence_whatever_the_kernel_holds():
    reported, dummy = talk({VPD83: [NO_LUN]})
    assert inquiry.word(reported, "3" + NAA)["state"] == "absent"


@pytest.mark.parametrize(
    "data, codes",
    [
        (bytes.fromhex("70000500000000 0a 00000000 25 00 0000 0000".replace(" ", "")), (5, 0x25, 0)),
        (bytes.fromhex("72052500 00000000".replace(" ", "")), (5, 0x25, 0)),
        (bytes.fromhex("f0000600000000 0a 00000000 3f 0e".replace(" ", "")), (6, 0x3F, 0x0E)),
        (bytes.fromhex("71000500000000 0a 00000000 25 00".replace(" ", "")), None),
        (bytes.fromhex("73052500"), None),  # deferred: another command's
        (bytes.fromhex("7000e600000000") + bytes(5) + b"\x29\1", (6, 0x29, 1)),
        (bytes.fromhex("7000e600000000") + bytes(5) + b"\x29", None),
        (bytes.fromhex("72262901"), (6, 0x29, 1)),
        (bytes.fromhex("722629"), None),
        (b"", None),
        (b"\x70\0\5", None),
        (b"\x7f" + bytes(20), None),
        (bytes(20), None),
        (b"\x6f\0\6" + bytes(20), None),
    ],
)
def test_sense_codes(data, codes):
    assert inquiry.sense_codes(data) == codes


@pytest.mark.parametrize("length, questions", [(248, 1), (249, 2), (252, 2), (0x100, 2)])
def test_when_the_whole_page_is_asked_for(length, questions):
    """When the first answer was too short for what the page says it has: exactly then, and with what was asked for."""
    page = bytes([0, 0x83]) + length.to_bytes(2, "big") + PAGE_83[4:] + bytes([2, 1, 0, 0]) * 80
    cdbs, dialogue, reply = [], inquiry.dialogue(), None
    for dummy in range(questions):
        cdbs.append(bytes(dialogue.send(reply)))
        reply = good(page[: cdbs[-1][3] << 8 | cdbs[-1][4]])
    assert dialogue.send(reply)[2] == 0x80
    assert cdbs == [bytes([0x12, 1, 0x83, 0, 252, 0]), bytes([0x12, 1, 0x83, 0x10, 0, 0])][:questions]


@pytest.mark.parametrize("data, questions", [(b"\0", 1), (b"\0\x83", 1), (b"\0\x83\x10", 1), (b"\0\x83\x10\0", 2)])
def test_a_page_of_a_few_bytes(data, questions):
    reported, asked = talk({VPD83: [good(data)] * 2})
    assert (reported["state"], asked) == ("unreadable", [VPD83] * questions)


@pytest.mark.parametrize("kind", [1, 5, 0x0E, 0x1F])
def test_a_device_that_is_no_disk(kind):
    reported, asked = talk({VPD83: [good(bytes([kind]) + PAGE_83[1:])]})
    assert (reported["state"], asked) == ("unreadable", [VPD83]) and "type 0x%02x" % kind in reported["detail"]


def test_a_status_that_is_not_good_makes_data_no_evidence():
    reported, asked = talk({VPD83: [dict(good(PAGE_83), status=8)]})
    assert (reported["state"], reported["detail"], asked) == (
        "unreadable",
        "SCSI status 0x08 with %d bytes" % len(PAGE_83),
        [VPD83],
    )


@pytest.mark.parametrize(
    "reply, questions",
    [
        (dict(ATTENTION, status=8), 1),
        (dict(ATTENTION, status=0), 1),
        (check(0xB, 0x47, 3), 2),
        (dict(ATTENTION, sense=None), 2),
    ],
)
def test_only_a_unit_attention_is_asked_again(reply, questions):
    """Of the others, a refusal has the standard question after it."""
    reported, asked = talk({VPD83: [reply] * 3, STANDARD: [reply] * 3})
    assert (reported["state"], len(asked)) == ("unreadable", questions)


def test_what_is_shown_of_a_lun_that_answers_in_the_place_of_another():
    reported = inquiry.testimony(None, wwids=["3aa", "3bb"])
    assert inquiry.word(reported, "3cc")["wwid"] == "3aa"
    assert "(3cc)" not in str(inquiry.word(reported, "3cc")["detail"])
    assert inquiry.word(reported, "1ATA")["detail"].endswith("holds (1ATA)") and inquiry.word(reported, None)[
        "detail"
    ].endswith("holds (none)")
