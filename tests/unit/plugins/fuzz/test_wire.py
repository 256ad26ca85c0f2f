# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a device answers: no crash, no endless dialogue, and no word that its answers do not prove."""

import binascii

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity
from ansible_collections.sanops.multipath.plugins.module_utils._inquiry import protocol as inquiry
from hypothesis import given
from hypothesis import strategies as st

WWID = "3600a0980383045372f5d4c5a70315474"
NAA = binascii.unhexlify(WWID[1:])
MOST_QUESTIONS = 12  # four kinds of question, each asked again after a unit attention or two

descriptor = st.builds(
    lambda code_set, association, kind, value, lie: (
        bytes([code_set, association << 4 | kind, 0, (len(value) + lie) & 0xFF]) + value
    ),
    st.integers(0, 15),
    st.integers(0, 3),
    st.integers(0, 15),
    st.one_of(st.binary(max_size=40), st.just(NAA)),
    st.sampled_from([0, 0, 0, 1, 200]),
)


def page(code, body):
    """A vital product data page; its length field may lie, and the end may be cut off."""
    return st.builds(
        lambda first, content, lie, cut: (
            bytes([first, code]) + ((len(content) + lie) & 0xFFFF).to_bytes(2, "big") + content
        )[:cut],
        st.sampled_from([0, 0, 0, 0x1F, 0x20, 0x3F, 0x7F]),
        body,
        st.sampled_from([0, 0, 0, 1, 5000]),
        st.integers(0, 400),
    )


pages_83 = page(0x83, st.lists(descriptor, max_size=8).map(b"".join))
data = st.one_of(pages_83, page(0x80, st.binary(max_size=60)), st.binary(max_size=300))
replies = st.fixed_dictionaries(
    {
        "status": st.sampled_from([0, 0, 0, 0, 2, 2, 8, 0x18, 0x28, 0xFF]),
        "host_status": st.sampled_from([0, 0, 0, 0, 0, 1, 14]),
        "data": data,
        "sense": st.one_of(
            st.none(),
            st.sampled_from([(5, 0x25, 0), (5, 0x25, 1), (5, 0x24, 0), (6, 0x29, 0), (6, 0x3F, 0x0E), (2, 4, 1)]),
            st.tuples(st.integers(0, 15), st.integers(0, 255), st.integers(0, 255)),
        ),
    }
)


def converse(given_replies):
    """(testimony, the replies that were taken) of one dialogue; the last reply is repeated indefinitely."""
    dialogue, taken = inquiry.dialogue(), []
    next(dialogue)
    try:
        while True:
            taken.append(given_replies[min(len(taken), len(given_replies) - 1)])
            assert len(taken) <= MOST_QUESTIONS
            dialogue.send(taken[-1])
    except StopIteration as end:
        return end.value, taken


@given(st.lists(replies, min_size=1, max_size=8))
def test_a_dialogue_proves_what_it_says(given_replies):
    testimony, taken = converse(given_replies)
    word = inquiry.word(testimony, WWID)
    assert word["state"] in ("same", "other", "absent", "unreachable", "unreadable")
    good = [reply["data"] for reply in taken if not reply["host_status"] and reply["status"] == 0 and reply["data"]]
    if word["state"] == "absent":
        refused = any(
            reply["status"] == 2 and not reply["host_status"] and reply["sense"] == (5, 0x25, 0) for reply in taken
        )
        assert refused or any(answer[0] in (0x3F, 0x7F) for answer in good)
    if word["state"] == "same":
        assert any(NAA in answer for answer in good)
    if word["state"] == "other":
        assert any(binascii.unhexlify(word["wwid"][1:]) in answer for answer in good) and word["wwid"] != WWID
    if word["state"] == "unreachable":
        assert any(reply["host_status"] for reply in taken) or any(answer[0] == 0x20 for answer in good)


@given(data)
def test_an_identity_is_in_the_page_that_gives_it(answer):
    for wwid in identity.wwids(answer):
        assert wwid[0] in "3218" and len(wwid) > 1 or wwid in ("1", "8")
        if wwid[0] in "32":
            assert binascii.unhexlify(wwid[1:]) in answer
    serial = identity.serial(answer)
    assert serial is None or serial.encode("latin-1") in answer


@given(st.binary(max_size=64))
def test_sense_data(sense):
    codes = inquiry.sense_codes(sense)
    assert codes is None or (0 <= codes[0] < 16 and len(codes) == 3)


@given(st.one_of(st.none(), st.text(max_size=40)), st.lists(st.text(max_size=40), max_size=4))
def test_only_exact_identities_differ(expected, answered):
    word = identity.compare(expected, answered)
    assert word in ("same", "other", None)
    if word == "other":
        assert expected[0] in identity.EXACT and any(wwid[:1] == expected[0] for wwid in answered)
