# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every cell of the verdict's table, and the array's word that goes into it."""

import itertools

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import verdict as core_verdict
from ansible_collections.sanops.multipath.plugins.module_utils._core.verdict import array_word, judge

ARRAY = ("mapped", "offline", "unmapped", "gone", "foreign", "unknown")

# What the paths say; then the verdict under each word of the array, in the order above.
TABLE = [
    ("-", "conflict outage stale stale unproven unproven"),
    ("absent", "conflict outage stale stale unproven unproven"),
    ("absent absent", "conflict outage stale stale unproven unproven"),
    ("same", "healthy outage conflict conflict healthy healthy"),
    ("same same", "healthy outage conflict conflict healthy healthy"),
    ("same absent", "degraded outage conflict conflict degraded degraded"),
    ("same unreachable", "degraded outage conflict conflict degraded degraded"),
    ("same silent", "degraded outage conflict conflict degraded degraded"),
    ("same unreadable", "degraded outage conflict conflict degraded degraded"),
    ("unreachable", "outage outage outage outage outage outage"),
    ("silent", "outage outage outage outage outage outage"),
    ("absent unreachable", "outage outage outage outage outage outage"),
    ("absent silent", "outage outage outage outage outage outage"),
    ("unreadable unreachable", "outage outage outage outage outage outage"),
    ("unreadable", "unknown outage unknown unknown unknown unknown"),
    ("unreadable absent", "unknown outage unknown unknown unknown unknown"),
    ("other", "recycled recycled recycled recycled recycled recycled"),
    ("other same", "recycled recycled recycled recycled recycled recycled"),
    ("other absent", "recycled recycled recycled recycled recycled recycled"),
    ("other unreachable", "recycled recycled recycled recycled recycled recycled"),
    ("other silent unreadable", "recycled recycled recycled recycled recycled recycled"),
]
CELLS = [(paths, array, verdict) for paths, row in TABLE for array, verdict in zip(ARRAY, row.split())]


@pytest.mark.parametrize("paths, array, verdict", CELLS)
def test_cell(paths, array, verdict):
    words = [] if paths == "-" else paths.split()
    for order in set(itertools.permutations(words)):
        assert judge(list(order), array) == verdict


def test_the_table_names_every_word():
    assert set(ARRAY) == set(core_verdict.ARRAY)
    assert set(" ".join(paths for paths, dummy in TABLE).split()) - {"-"} == set(core_verdict.WIRE)
    assert {verdict for dummy, dummy, verdict in CELLS} == set(core_verdict.VERDICTS)


def test_stale_needs_every_path_absent_and_the_array_sure():
    """Over all maps of up to three paths: whatever else is said, it is not stale."""
    for count in range(4):
        for words in itertools.product(core_verdict.WIRE, repeat=count):
            for array in ARRAY:
                stale = judge(list(words), array) == "stale"
                assert stale == (set(words) <= {"absent"} and array in ("unmapped", "gone"))


@pytest.mark.parametrize("wire, array", [(["gone"], "mapped"), (["same"], "same"), ([None], "gone"), (["same"], None)])
def test_a_word_that_is_none_is_an_error(wire, array):
    with pytest.raises(ValueError, match="is (not a wire state|no word of the array)"):
        judge(wire, array)


WWID = "3600a0980383045372f5d4c5a70315474"
LUN = {
    "wwid": WWID,
    "array": "a1",
    "maps": [],
    "name": "/vol/v/l",
    "state": "online",
    "container_state": "online",
    "enabled": True,
}
TARGET = "iqn.1992-08.com.netapp:sn.1:vs.3"
CLUSTER = {
    "hostname": "a1",
    "scope": "cluster",
    "svms": ["svm1"],
    "targets": [TARGET],
    "wwid_prefixes": None,
    "complete": True,
    "error": None,
}
ME = "iqn.2026-01.org.example:me"


def view(arrays=(CLUSTER,), mapped=None, luns=()):
    return {
        "arrays": list(arrays),
        "maps": {ME: {WWID: list(mapped)} if mapped else {}},
        "luns": {WWID: list(luns)},
        "asked": {ME, WWID},
    }


PATH = {"transport": "iscsi", "target": TARGET}


def word(view, wwid=WWID, vendor="NETAPP", product="LUN C-Mode", initiators=(ME,), paths=(PATH,), live=("iscsi",)):
    return array_word(wwid, vendor, product, paths, {"names": initiators, "live": set(live)}, view)


def said(found):
    return found["state"], found["reason"]


def test_mapped():
    found = word(view(mapped=[LUN]))
    assert (found["state"], found["luns"]) == ("mapped", [LUN])


@pytest.mark.parametrize(
    "trouble, reported",
    [
        ({"state": "offline"}, "the LUN is offline"),
        ({"state": "nvfail"}, "the LUN is nvfail"),
        ({"state": "space_error"}, "the LUN is space_error"),
        ({"state": None, "enabled": False}, "the LUN is disabled"),
        ({"state": "foreign_lun_error"}, "the LUN is foreign_lun_error"),
        ({"container_state": "volume_offline"}, "what holds the LUN is volume_offline"),
        ({"enabled": False}, "the LUN is disabled"),
    ],
)
def test_mapped_but_not_served_is_offline(trouble, reported):
    found = word(view(mapped=[dict(LUN, **trouble)]))
    assert found["state"] == "offline"
    assert reported in found["reason"]


def test_one_of_two_clusters_serving_is_enough():
    assert word(view(mapped=[dict(LUN, state="offline"), LUN]))["state"] == "mapped"


def test_unmapped_for_this_host():
    assert word(view(luns=[LUN]))["state"] == "unmapped"


def test_mapped_to_another_host_is_unmapped():
    other = view(luns=[LUN])
    other["maps"] = {ME: {}, "iqn.2026-01.org.example:else": {WWID: [LUN]}}
    assert word(other)["state"] == "unmapped"


def test_gone():
    assert word(view())["state"] == "gone"


@pytest.mark.parametrize(
    "arrays, why",
    [
        ([], "no array is configured"),
        ([dict(CLUSTER, complete=False, error="a1 answered 500")], "a1 answered 500"),
        ([CLUSTER, dict(CLUSTER, hostname="a2", complete=False, error=None)], "the listing of a2 is not complete"),
    ],
)
@pytest.mark.parametrize("luns", [(), (LUN,)])
def test_no_absence_from_less_than_everything(arrays, why, luns):
    found = word(view(arrays=arrays, luns=luns))
    assert (found["state"], why in found["reason"]) == ("unknown", True)


def test_a_map_that_was_seen_counts_even_if_another_array_is_silent():
    assert word(view(arrays=[CLUSTER, dict(CLUSTER, complete=False, error="x")], mapped=[LUN]))["state"] == "mapped"


@pytest.mark.parametrize("luns", [(), (LUN,)])
def test_an_svm_account_proves_no_absence(luns):
    """Not even of a LUN that it lists: a serial number is only unique while mapped, and its twin may be mapped by
    another SVM.
    """
    found = word(view(arrays=[dict(CLUSTER, scope="svm")], luns=luns))
    assert found["state"] == "unknown"
    assert "speaks for the SVM svm1 only; give it an account of the cluster" in found["reason"]


@pytest.mark.parametrize("unasked", [ME, WWID])
@pytest.mark.parametrize("luns", [(), (LUN,)])
def test_what_no_array_was_asked_about_is_not_absent(unasked, luns):
    less = view(luns=luns)
    less["asked"].remove(unasked)
    found = word(less)
    assert (found["state"], "was asked about" in found["reason"]) == ("unknown", True)


def test_one_of_two_initiators_unasked_is_enough():
    assert word(view(luns=[LUN]), initiators=(ME, "21000024ff45a1b2"))["state"] == "unknown"


def test_a_host_without_initiators_proves_no_absence():
    assert word(view(luns=[LUN]), initiators=[])["state"] == "unknown"


@pytest.mark.parametrize(
    "wwid, vendor, product",
    [
        ("360a98000646564494b346f6e7575736f", "NETAPP", "LUN"),  # 7-Mode
        ("3600a098000f63714000000005e5cf5d2", "NETAPP", "INF-01-00"),  # E-Series under the same prefix
        ("3600a098000f63714000000005e5cf5d2", None, None),  # the same, with no path left to tell
        (WWID, "LIO-ORG", "disk"),
        ("3600140512345678", "LIO-ORG", "disk"),
        (None, None, None),
    ],
)
def test_foreign(wwid, vendor, product):
    assert word(view(), wwid=wwid, vendor=vendor, product=product)["state"] == "foreign"


# A view of another array, which speaks for the WWIDs with its prefix (Huawei's OUI, and what could be an array's serial
# number).
HUAWEI = "36a4d4b400c3f5e8801234567000000a1"
VIEW = dict(CLUSTER, hostname="oceanstor-1", svms=[], wwid_prefixes=["36a4d4b400c3f5e88"])
BROKEN_CLUSTER, BROKEN_VIEW = (
    dict(CLUSTER, complete=False, error="a1 answered 500"),
    dict(VIEW, complete=False, error="its script failed"),
)
OF_SVM = dict(CLUSTER, scope="svm")


HOST = {"names": [ME], "live": {"iscsi"}}


def foreign_word(arrays, mapped=None, luns=(), asked=(), wwid=HUAWEI, host=HOST):
    said = {
        "arrays": arrays,
        "maps": {ME: {wwid: mapped}} if mapped else {},
        "luns": {wwid: list(luns)} if luns else {},
        "asked": set(asked),
    }
    return array_word(wwid, "HUAWEI", "XSG1", [PATH], host, said)


@pytest.mark.parametrize(
    "arrays",
    [
        [VIEW],
        [VIEW, CLUSTER],
        [BROKEN_CLUSTER, VIEW],
        [OF_SVM, VIEW],
        [VIEW, dict(BROKEN_VIEW, wwid_prefixes=["36a4d4b4FFFF"])],
    ],
)
def test_a_view_speaks_for_its_prefix_whatever_the_others_are(arrays):
    """And nobody need have asked it: it gave all that it has."""
    lun = dict(LUN, wwid=HUAWEI)
    assert foreign_word(arrays)["state"] == "gone"
    found = foreign_word(arrays, luns=[lun])
    assert (*said(found), found["luns"]) == ("unmapped", "exists, and is not mapped to this host", [lun])
    assert foreign_word(arrays, mapped=[lun])["state"] == "mapped"
    found = foreign_word(arrays, mapped=[dict(lun, state="error")])
    assert (*said(found), found["luns"]) == (
        "offline",
        "mapped to this host, and the LUN is error",
        [dict(lun, state="error")],
    )


@pytest.mark.parametrize(
    "arrays", [[BROKEN_VIEW], [BROKEN_VIEW, CLUSTER], [VIEW, dict(BROKEN_VIEW, hostname="oceanstor-2")]]
)
@pytest.mark.parametrize("luns", [(), (LUN,)])
def test_of_all_that_speak_for_a_device_each_must_be_complete(arrays, luns):
    found = foreign_word(arrays, luns=luns, asked=[ME, HUAWEI])
    assert said(found) == ("unknown", "its script failed")


@pytest.mark.parametrize(
    "arrays",
    [
        [CLUSTER],
        [dict(VIEW, wwid_prefixes=["36a4d4b4ffff", "36a4d4b400c3f5e99"])],
        [BROKEN_CLUSTER],
        [BROKEN_CLUSTER, OF_SVM],
    ],
)
def test_what_no_array_speaks_for_is_foreign(arrays):
    found = foreign_word(arrays, asked=[ME, HUAWEI])
    assert (*said(found), found["luns"]) == ("foreign", "no configured array speaks for it", [])
    assert foreign_word(arrays, mapped=[LUN])["state"] == "mapped", "a map that is seen counts whoever tells of it"


def test_without_any_array_nothing_is_known():
    assert foreign_word([])["state"] == "unknown"


@pytest.mark.parametrize("view_of_other", [VIEW, BROKEN_VIEW])
def test_a_view_says_nothing_of_an_ontap_lun(view_of_other):
    assert word(view(arrays=[CLUSTER, view_of_other]))["state"] == "gone"
    assert word(view(arrays=[BROKEN_CLUSTER, view_of_other]))["state"] == "unknown"
    assert word(view(arrays=[view_of_other]))["state"] == "foreign"


def test_a_view_that_names_an_initiator_is_no_answer_of_an_ontap_array():
    """The host's initiator is in the view's maps; the ONTAP array was not asked about it."""
    reported = view(arrays=[CLUSTER, VIEW])
    reported["maps"], reported["asked"] = {ME: {HUAWEI: [LUN]}}, {WWID}
    assert said(word(reported)) == ("unknown", "no array was asked about %s" % ME)


def test_a_device_without_identity_is_of_no_view():
    assert (
        array_word(None, None, None, [PATH], HOST, {"arrays": [VIEW], "maps": {}, "luns": {}, "asked": set()})["state"]
        == "foreign"
    )


def test_a_host_without_initiators_proves_no_absence_from_a_view():
    assert foreign_word([VIEW], host=dict(HOST, names=[]))["state"] == "unknown"


# Whose word it is. Each of these made a device stale on the word of an array that had nothing to say of it.


@pytest.mark.parametrize("luns", [(), (LUN,)])
@pytest.mark.parametrize(
    "paths",
    [
        [dict(PATH, target="iqn.1992-08.com.netapp:sn.2:vs.3")],
        [PATH, dict(PATH, target="iqn.1992-08.com.netapp:sn.2:vs.3")],
        [dict(PATH, target=None)],
        [{"transport": "fc", "target": "500a09828d36f5e1"}],
    ],
)
def test_an_array_says_nothing_of_a_device_behind_another_target(paths, luns):
    found = word(view(luns=luns), paths=paths, live=("iscsi", "fc"))
    target = paths[-1]["target"] or "a target that is not known"
    assert (*said(found), found["unowned"]) == ("unknown", "no configured array owns %s" % target, [target])


@pytest.mark.parametrize(
    "reported, seen",
    [
        ("iqn.1992-08.com.netapp:sn.1:vs.3", "IQN.1992-08.com.netapp:sn.1:vs.3"),
        ("500a09828d36f5e1", "50:0A:09:82:8D:36:F5:E1"),
    ],
)
def test_names_of_targets_are_compared_as_arrays_do(reported, seen):
    path = {"transport": "iscsi" if reported.startswith("iqn") else "fc", "target": seen}
    found = word(view(arrays=[dict(CLUSTER, targets=[reported])]), paths=[path], live=("iscsi", "fc"))
    assert (found["state"], found["said_by"], found["unowned"]) == ("gone", ["a1"], [])


def test_two_clusters_may_own_the_targets_of_one_device():
    """Active sync: one identity by the targets of both."""
    other = dict(CLUSTER, hostname="a2", targets=["iqn.1992-08.com.netapp:sn.2:vs.3"])
    paths = [PATH, dict(PATH, target=other["targets"][0])]
    assert word(view(arrays=[CLUSTER, other]), paths=paths)["said_by"] == ["a1", "a2"]
    assert word(view(arrays=[CLUSTER, other]), paths=paths)["state"] == "gone"
    assert word(view(arrays=[CLUSTER]), paths=paths)["state"] == "unknown"


def test_the_target_of_an_array_that_speaks_for_others_is_none_of_its():
    """An array that could not have the LUN owns the target: somebody is wrong, and nothing is known."""
    assert word(view(arrays=[dict(CLUSTER, targets=[]), dict(VIEW, targets=[TARGET])]))["state"] == "unknown"


def test_a_view_that_names_no_targets_proves_no_absence():
    for luns in ((), (dict(LUN, wwid=HUAWEI),)):
        found = foreign_word([dict(VIEW, targets=None)], luns=luns)
        assert (found["state"], "oceanstor-1 names no targets" in found["reason"]) == ("unknown", True)


def test_without_a_path_only_a_lun_that_is_listed_is_unmapped():
    assert word(view(luns=[LUN]), paths=[])["state"] == "unmapped"
    found = word(view(), paths=[])
    assert said(found) == ("unknown", "in no listing, but no path is left that shows whose target it was")


FC_PATH = {"transport": "fc", "target": "500a09828d36f5e1"}


@pytest.mark.parametrize(
    "paths, live, why",
    [
        ([FC_PATH], ("iscsi",), "no live fc initiator"),
        ([PATH], ("fc",), "no live iscsi initiator"),
        ([PATH], (), "no live iscsi initiator"),
        ([PATH, FC_PATH], ("iscsi",), "no live fc initiator"),
        (
            [{"transport": "virtio_scsi", "target": None}],
            ("iscsi", "fc"),
            "no SAN transport of this host (virtio_scsi)",
        ),
        ([PATH, {"transport": "sas", "target": None}], ("iscsi", "fc"), "no SAN transport of this host (sas)"),
    ],
)
@pytest.mark.parametrize("luns", [(), (LUN,)])
def test_a_host_that_the_array_cannot_know_by_the_transport_of_its_paths(paths, live, why, luns):
    found = word(view(arrays=[dict(CLUSTER, targets=[TARGET, FC_PATH["target"]])], luns=luns), paths=paths, live=live)
    assert (found["state"], why in found["reason"]) == ("unknown", True), found["reason"]


@pytest.mark.parametrize(
    "maps, live, state",
    [
        ([], ("iscsi",), "unmapped"),
        ([["iscsi"]], ("iscsi",), "unmapped"),
        ([["fc"]], ("iscsi",), "unknown"),
        ([["iscsi"], ["fc"]], ("iscsi",), "unknown"),
        ([["fc", "iscsi"]], ("iscsi", "fc"), "unmapped"),
        ([["iscsi"]], (), "unknown"),
        ([["iscsi"]], ("fc",), "unknown"),
    ],
)
def test_without_a_path_it_may_be_mapped_to_an_initiator_that_this_host_lost(maps, live, state):
    lun = dict(LUN, maps=[{"igroup": "g", "transports": transports} for transports in maps])
    found = word(view(luns=[lun]), paths=[], live=live)
    assert found["state"] == state
    assert state == "unmapped" or "it may be mapped to one that it lost" in found["reason"]


@pytest.mark.parametrize("paths", [[PATH], []])
def test_a_map_to_an_igroup_whose_initiators_are_not_listed_may_be_this_hosts(paths):
    lun = dict(LUN, maps=[{"igroup": "g", "transports": ["iscsi"]}, {"igroup": "hidden", "transports": []}])
    found = word(view(luns=[lun]), paths=paths)
    assert said(found) == ("unknown", "a1 maps it to the igroup hidden, of which it names no initiator")
