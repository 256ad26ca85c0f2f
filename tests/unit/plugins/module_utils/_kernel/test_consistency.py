# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changed between two looks voids what was said between them: no verdict may rest on it."""

import itertools

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import verdict
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import consistency

PATH = {
    "hctl": "3:0:0:7",
    "sd": "sdb",
    "sg": "sg1",
    "dev_t": "8:16",
    "map": "W",
    "wwid": "W",
    "serial": "S",
    "session_state": "LOGGED_IN",
    "device_state": "running",
    "size_bytes": 1,
    "read_only": False,
}
MAP = {"wwid": "W", "name": "mpatha", "dm": "dm-3", "dev_t": "253:3", "slaves": ["sdb"]}


def look(paths=(PATH,), maps=(MAP,)):
    return {"paths": list(paths), "maps": list(maps)}


def doubts(before, after, word="absent"):
    return consistency.doubts(before, after, {path["hctl"]: word for path in before["paths"]})


@pytest.mark.parametrize("word", verdict.WIRE)
def test_nothing_changed(word):
    assert doubts(look(), look(), word) == {"paths": {}, "maps": {}}
    assert consistency.sentences(look(), look(), {"paths": {}, "maps": {}}) == []


@pytest.mark.parametrize("word", verdict.WIRE)
@pytest.mark.parametrize(
    "field, value", [("sd", "sdc"), ("sd", None), ("sg", "sg2"), ("dev_t", "8:32"), ("map", None), ("map", "V")]
)
def test_another_place_voids_every_word(field, value, word):
    found = doubts(look(), look([dict(PATH, **{field: value})]), word)
    assert list(found["paths"]) == ["3:0:0:7"] and str(value or "none") in found["paths"]["3:0:0:7"]


@pytest.mark.parametrize("word", verdict.WIRE)
@pytest.mark.parametrize("map_wwid", ["W", None])
@pytest.mark.parametrize("field", ["wwid", "serial"])
def test_another_identity_voids_every_word_but_that_of_an_intruder_in_a_map(field, map_wwid, word):
    """The map means the old LUN still: that another one answers in it stays true when the kernel notices it."""
    path = dict(PATH, map=map_wwid)
    found = doubts(look([path]), look([dict(path, **{field: "X"})]), word)
    assert list(found["paths"]) == ([] if word == "other" and map_wwid else ["3:0:0:7"])


@pytest.mark.parametrize("word", verdict.WIRE)
@pytest.mark.parametrize(
    "field, value",
    [("session_state", "FAILED"), ("session_state", None), ("device_state", "blocked"), ("device_state", "offline")],
)
def test_a_way_that_comes_or_goes_voids_an_absence_only(field, value, word):
    for before, after in itertools.permutations([PATH, dict(PATH, **{field: value})]):
        found = doubts(look([before]), look([after]), word)
        assert list(found["paths"]) == (["3:0:0:7"] if word == "absent" else [])


@pytest.mark.parametrize("word", verdict.WIRE)
def test_a_path_that_is_gone(word):
    before, after = look(), look([], [dict(MAP, slaves=[])])
    found = doubts(before, after, word)
    assert found == {"paths": {"3:0:0:7": "it is gone by now"}, "maps": {"W": "it changed meanwhile (it lost sdb)"}}
    assert consistency.sentences(before, after, found) == [
        "vanished while this host was looked at: sdb (3:0:0:7)",
        "changed while this host was looked at (run it again): W",
    ]


@pytest.mark.parametrize(
    "after, why",
    [
        ([], "it is gone by now"),
        ([dict(MAP, slaves=["sdb", "sdc"])], "it changed meanwhile (it got sdc)"),
        ([dict(MAP, slaves=["sdc"])], "it changed meanwhile (it lost sdb, it got sdc)"),
        ([dict(MAP, slaves=[])], "it changed meanwhile (it lost sdb)"),
        (
            [dict(MAP, dm="dm-4", dev_t="253:4")],
            "it changed meanwhile (dm was dm-3 and is dm-4, dev t was 253:3 and is 253:4)",
        ),
        ([dict(MAP, name="db")], None),  # a name is only a name
    ],
)
@pytest.mark.parametrize("paths", [[PATH], []])
def test_a_map(after, why, paths):
    """Also one that has no path that could carry a doubt."""
    assert doubts(look(paths), look(paths, after))["maps"] == ({"W": why} if why else {})


def test_what_appeared_was_not_asked():
    new = dict(PATH, hctl="3:0:0:8", sd="sdc", map="V")
    before, after = look(), look([PATH, new], [MAP, dict(MAP, wwid="V")])
    found = doubts(before, after)
    assert found == {"paths": {}, "maps": {}}
    assert consistency.sentences(before, after, found) == [
        "appeared while this host was looked at, and was not asked (run it again): sdc (3:0:0:8), V"
    ]


def test_a_crowd_is_counted():
    after = look([PATH] + [dict(PATH, hctl="4:0:0:%d" % number) for number in range(200)])
    (sentence,) = consistency.sentences(look(), after, doubts(look(), after))
    assert sentence.endswith(" and 190 more") and sentence.count("4:0:0:") == 10


@pytest.mark.parametrize("word", verdict.WIRE)
def test_without_a_second_look_nothing_proves_an_absence(word):
    pathless = dict(MAP, wwid="V", slaves=[])
    found = doubts(look([PATH], [MAP, pathless]), None, word)
    assert list(found["paths"]) == (["3:0:0:7"] if word == "absent" else [])
    assert list(found["maps"]) == ["V"]
