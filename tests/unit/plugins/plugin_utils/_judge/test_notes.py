# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What does not fit together about a device."""

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices
from support.testimony import LUN, NOW, answers, facts, path

SIZE = 1 << 26


def notes(facts, mapped=(LUN,)):
    (device,) = judge_devices.judged(facts, judge_devices.array_view(*answers(mapped), now=NOW, max_age=3600))
    return device["notes"]


def test_all_agree():
    assert notes(facts([path(0, "same"), path(1, "same")]), [dict(LUN, size=SIZE)]) == []
    assert notes(facts([])) == []


@pytest.mark.parametrize(
    "paths, changes, lun, note",
    [
        (
            [path(0, "same"), path(1, "same", size_bytes=2 * SIZE)],
            {},
            LUN,
            "the sizes differ: the map 67108864 bytes, sda 67108864 bytes, sdb 134217728 bytes",
        ),
        (
            [path(0, "same")],
            {"size_bytes": SIZE // 2},
            LUN,
            "the sizes differ: the map 33554432 bytes, sda 67108864 bytes",
        ),
        (
            [path(0, "same")],
            {},
            dict(LUN, size=5),
            "the sizes differ: the map 67108864 bytes, sda 67108864 bytes, the array 5 bytes",
        ),
        ([path(0, "same"), path(1, "same", read_only=True)], {}, LUN, "sdb is read-only, and other paths are not"),
        ([path(0, "same", read_only=True)], {}, LUN, "the map can be written to, and its paths cannot"),
        ([path(0, "same"), path(1, "absent")], {}, LUN, "sdb is stale in a living map: I/O may still be sent there"),
        (
            [path(0, "same", hctl="0:0:0:4"), path(1, "same")],
            {},
            LUN,
            "sda is at another LUN id than the array maps (3)",
        ),
        ([path(0, "same")], {"suspended": True}, LUN, "the map is suspended: all I/O to it waits until it is resumed"),
    ],
)
def test_what_does_not_fit_is_noted(paths, changes, lun, note):
    assert notes(facts(paths, **changes), [lun]) == [note]


@pytest.mark.parametrize("state, noted", [("absent", True), ("same", False), ("unreachable", False)])
def test_what_narrows_the_ways_to_a_mapped_lun_is_noted_where_it_is_absent(state, noted):
    narrow = dict(LUN, maps=[dict(LUN["maps"][0], portset="p1", reporting_nodes=["c-01", "c-02"])])
    assert notes(facts([path(0, state)]), [narrow]) == (
        [
            "igroup me has the port set p1: only its LIFs show the LUN",
            "igroup me: only the LIFs of c-01, c-02 show the LUN",
        ]
        if noted
        else []
    )


def test_what_narrows_the_ways_of_other_hosts_is_not_noted():
    of_others = dict(LUN, maps=[dict(LUN["maps"][0], igroup="others", portset="p1")])
    view = judge_devices.array_view(*answers(existing=[of_others]), now=NOW, max_age=3600)
    (device,) = judge_devices.judged(facts([path(0, "absent")]), view)
    assert (device["verdict"], device["notes"]) == ("stale", [])


def test_what_is_not_known_differs_from_nothing():
    assert (
        notes(facts([path(0, "same", size_bytes=None, read_only=None)], size_bytes=None), [dict(LUN, size=None)]) == []
    )


def test_write_protection_that_all_agree_on():
    assert notes(facts([path(0, "same", read_only=True)], read_only=True)) == []


def test_a_disk_in_no_map_is_held_against_the_array_alone():
    alone = dict(facts(), maps=[], paths=[path(0, "same", in_map=False, read_only=True)])
    assert notes(alone, [dict(LUN, size=5)]) == ["the sizes differ: sda 67108864 bytes, the array 5 bytes"]


@pytest.mark.parametrize("lun_id, in_kernel", [(255, 255), (256, 16640), (4095, 20479), (300, 300), (0x8001, 0x8001)])
def test_high_lun_ids_are_shown_in_flat_space_addressing(lun_id, in_kernel):
    mapped = dict(LUN, maps=[{"igroup": "me", "igroup_uuid": "u", "lun_id": lun_id}])
    assert notes(facts([path(0, "same", hctl="0:0:0:%d" % in_kernel)]), [mapped]) == []


def test_other_ways_of_addressing_are_left_as_they_are():
    mapped = dict(LUN, maps=[{"igroup": "me", "igroup_uuid": "u", "lun_id": 1}])
    assert notes(facts([path(0, "same", hctl="0:0:0:%d" % 0xC001)]), [mapped]) == [
        "sda is at another LUN id than the array maps (1)"
    ]


def test_where_the_array_does_not_map_it_no_lun_id_is_wrong():
    assert notes(facts([path(0, "absent", hctl="0:0:0:4")]), []) == []
