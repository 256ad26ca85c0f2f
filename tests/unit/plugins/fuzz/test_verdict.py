# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever the arrays and the paths say: only a complete listing by somebody who sees everything makes a LUN absent."""

from ansible_collections.sanops.multipath.plugins.module_utils._core import verdict as core_verdict
from hypothesis import given
from hypothesis import strategies as st
from support.testimony import ARRAY, LUN, ME, OTHER, TARGET, WWID

HUAWEI = "36a4d4b400c3f5e8801234567000000a1"
FC_TARGET = "500a09828d36f5e1"
arrays = st.lists(
    st.builds(
        lambda complete, scope, error, prefixes, targets: dict(
            ARRAY, complete=complete, scope=scope, error=error, wwid_prefixes=prefixes, targets=targets
        ),
        st.booleans(),
        st.sampled_from(["cluster", "svm", None]),
        st.one_of(st.none(), st.just("it answered 500")),
        st.sampled_from([None, [HUAWEI[:9]], ["360a98000", HUAWEI[:17]]]),
        st.sampled_from([None, [], [TARGET], [TARGET, FC_TARGET]]),
    ),
    max_size=3,
)
maps = st.lists(
    st.builds(
        lambda transports: {"igroup": "g", "lun_id": 3, "transports": transports},
        st.sampled_from([[], ["iscsi"], ["fc"], ["fc", "iscsi"]]),
    ),
    max_size=2,
)
paths = st.lists(
    st.builds(
        lambda transport, target: {"transport": transport, "target": target},
        st.sampled_from(["iscsi", "fc", "sas"]),
        st.sampled_from([TARGET, TARGET.upper(), FC_TARGET, "iqn.else", None]),
    ),
    max_size=3,
)
luns = st.lists(
    st.builds(
        lambda state, container, enabled, maps: dict(
            LUN, state=state, container_state=container, enabled=enabled, maps=maps
        ),
        st.sampled_from(["online", "offline", "nvfail", "space_error", "foreign_lun_error", None]),
        st.sampled_from(["online", "volume_offline", "aggregate_offline", None]),
        st.sampled_from([True, False, None]),
        maps,
    ),
    max_size=3,
)
names = st.sampled_from([ME, "iqn.else", "21000024ff45a1b2"])
views = st.fixed_dictionaries(
    {
        "arrays": arrays,
        "maps": st.dictionaries(
            names, st.dictionaries(st.sampled_from([WWID, OTHER, HUAWEI]), luns, max_size=2), max_size=3
        ),
        "luns": st.dictionaries(st.sampled_from([WWID, OTHER, HUAWEI]), luns, max_size=2),
        "asked": st.sets(st.sampled_from([ME, "iqn.else", "21000024ff45a1b2", WWID, OTHER, HUAWEI])),
    }
)
wwids = st.sampled_from(
    [WWID, OTHER, HUAWEI, "360a98000646564494b346f6e7575736f", "3600a098000f63714000000005e5cf5d2", None, ""]
)
makes = st.sampled_from([("NETAPP", "LUN C-Mode"), ("NETAPP", "INF-01-00"), ("HUAWEI", "XSG1"), (None, None)])


@given(wwids, makes, paths, st.lists(names, max_size=3, unique=True), st.sets(st.sampled_from(["iscsi", "fc"])), views)
def test_a_lun_is_absent_only_by_whole_evidence(wwid, make, paths, initiators, live, view):
    word = core_verdict.array_word(wwid, make[0], make[1], paths, {"names": initiators, "live": live}, view)
    assert word["state"] in core_verdict.ARRAY and word["reason"]
    mapped = [lun for name in initiators for lun in view["maps"].get(name, {}).get(wwid, [])]
    if word["state"] in ("gone", "unmapped"):
        ontap = wwid in (WWID, OTHER)
        speaking = [
            array
            for array in view["arrays"]
            if (array["wwid_prefixes"] is None if ontap else wwid.startswith(tuple(array["wwid_prefixes"] or ())))
        ]
        assert not mapped and speaking and initiators
        assert all(array["complete"] and array["scope"] == "cluster" for array in speaking)
        if ontap:
            assert (
                view["asked"].issuperset(initiators)
                and wwid in view["asked"]
                and make in (("NETAPP", "LUN C-Mode"), (None, None))
            )
        existing = view["luns"].get(wwid)
        assert (word["state"] == "gone") == (not existing) and (paths or existing)
        owned = {name for array in speaking for name in array["targets"] or ()}
        assert all(path["transport"] in live and path["target"].lower() in owned for path in paths)
        assert all(
            one["transports"] and (paths or live.issuperset(one["transports"]))
            for lun in existing or ()
            for one in lun["maps"]
        )
    if mapped:
        assert word["state"] in ("mapped", "offline") and word["luns"] == mapped
    if word["state"] == "offline":
        assert not any(core_verdict.serves(lun) for lun in mapped)


@given(st.lists(st.sampled_from(core_verdict.WIRE), max_size=8), st.sampled_from(core_verdict.ARRAY))
def test_stale_needs_both_witnesses(wire, array):
    verdict = core_verdict.judge(wire, array)
    assert verdict in core_verdict.VERDICTS
    assert (verdict == "stale") == (set(wire) <= {"absent"} and array in ("gone", "unmapped"))
    assert (verdict == "recycled") == ("other" in wire)
    if verdict == "healthy":
        assert set(wire) == {"same"} and array in ("mapped", "foreign", "unknown")
