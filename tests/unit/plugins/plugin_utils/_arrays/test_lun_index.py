# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which LUNs a WWID or an initiator has."""

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.lun_index import (
    luns_by_initiator,
    luns_by_wwid,
    wwid_from_term,
)

WWID = "3600a098077663049712b4e3475636b33"
IQN = "iqn.2026-01.org.example:node1"


def snapshot(luns, igroups, hostname="san1"):
    return {"luns": [{**lun, "array": hostname} for lun in luns], "igroups": igroups}


def lun(name, *maps, wwid=WWID):
    return {
        "name": name,
        "wwid": wwid,
        "maps": [{"igroup": igroup.upper(), "igroup_uuid": igroup, "lun_id": number} for igroup, number in maps],
    }


@pytest.mark.parametrize(
    ("term", "wwid"),
    [
        ("wf0Iq+N4uck3", WWID),
        (WWID, WWID),
        (WWID.upper(), WWID),
        ("WF0IQ+N4UCK3", "3600a098057463049512b4e3455434b33"),
        ("360a98000646564494b346f6e7575736f", None),
        ("3600a098000f63714000000005e5cf5d2", None),
        ("3600A098000F63714000000005E5CF5D2", None),  # E-Series
        ("36d039ea000abcdef0000000061234567", None),
        (WWID[:-1], None),
        (WWID + "0", None),
        (WWID[1:], None),
        (WWID + "\n", None),
        ("wf0Iq+N4uck", None),
        ("wf0Iq+N4uck33", None),
        ("wf0Iq+N4uck\u2026", None),
        ("", None),
        ("sda", None),
    ],
)
def test_what_a_term_means(term, wwid):
    assert wwid_from_term(term) == wwid


def test_luns_by_wwid_are_a_list_over_all_arrays():
    snapshots = [snapshot([lun("a", ("g1", 1), ("g2", 2)), lun("b", wwid="x")], {}), snapshot([lun("a2")], {}, "san2")]
    found = luns_by_wwid(snapshots, [WWID, WWID, "y"])
    assert set(found) == {WWID, "y"} and found["y"] == []
    assert [(one["name"], one["array"], len(one["maps"])) for one in found[WWID]] == [
        ("a", "san1", 2),
        ("a2", "san2", 0),
    ]


def test_luns_by_initiator_hold_only_its_maps():
    snapshots = [
        snapshot(
            [lun("a", ("g1", 1), ("g2", 2), ("g3", 3)), lun("b", ("g2", 0)), lun("c")],
            {"g1": [IQN], "g2": ["iqn.other"], "g3": ["iqn.other", IQN], "g4": [IQN]},
        )
    ]
    found = luns_by_initiator(snapshots, [IQN.upper(), "iqn.other", "iqn.stranger"])
    names = {
        term: [(one["name"], [lun_map["lun_id"] for lun_map in one["maps"]]) for one in luns]
        for term, luns in found.items()
    }
    assert names == {IQN.upper(): [("a", [1, 3])], "iqn.other": [("a", [2, 3]), ("b", [0])], "iqn.stranger": []}
    assert [len(one["maps"]) for one in snapshots[0]["luns"]] == [3, 1, 0], "the snapshot itself stays as it is"


def test_one_initiator_under_two_spellings_and_on_two_arrays():
    igroups = {"g1": ["20000025b5002001"]}
    snapshots = [snapshot([lun("a", ("g1", 1))], igroups), snapshot([lun("b", ("g1", 2))], igroups, "san2")]
    found = luns_by_initiator(snapshots, ["20:00:00:25:b5:00:20:01", "0x20000025B5002001"])
    assert [[one["array"] for one in luns] for luns in found.values()] == [["san1", "san2"]] * 2
