# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever the arrays and the paths say: only a complete listing by somebody who sees everything makes a LUN absent."""

from ansible_collections.sanops.multipath.plugins.module_utils import _verdict
from hypothesis import given
from hypothesis import strategies as st

from testimony import ARRAY, LUN, ME, OTHER, WWID

arrays = st.lists(st.builds(lambda complete, scope, error: dict(ARRAY, complete=complete, scope=scope, error=error),
                            st.booleans(), st.sampled_from(['cluster', 'svm', None]), st.one_of(st.none(), st.just('it answered 500'))), max_size=3)
luns = st.lists(st.builds(lambda state, container, enabled: dict(LUN, state=state, container_state=container, enabled=enabled),
                          st.sampled_from(['online', 'offline', 'nvfail', 'space_error', 'foreign_lun_error', None]),
                          st.sampled_from(['online', 'volume_offline', 'aggregate_offline', None]), st.sampled_from([True, False, None])), max_size=3)
names = st.sampled_from([ME, 'iqn.else', '21000024ff45a1b2'])
views = st.fixed_dictionaries({
    'arrays': arrays,
    'maps': st.dictionaries(names, st.dictionaries(st.sampled_from([WWID, OTHER]), luns, max_size=2), max_size=3),
    'luns': st.dictionaries(st.sampled_from([WWID, OTHER]), luns, max_size=2),
})
wwids = st.sampled_from([WWID, OTHER, '360a98000646564494b346f6e7575736f', '3600a098000f63714000000005e5cf5d2', None, ''])
makes = st.sampled_from([('NETAPP', 'LUN C-Mode'), ('NETAPP', 'INF-01-00'), ('HUAWEI', 'XSG1'), (None, None)])


@given(wwids, makes, st.lists(names, max_size=3, unique=True), views)
def test_a_lun_is_absent_only_by_whole_evidence(wwid, make, initiators, view):
    word = _verdict.array_word(wwid, make[0], make[1], initiators, view)
    assert word['state'] in _verdict.ARRAY and word['reason']
    mapped = [lun for name in initiators for lun in view['maps'].get(name, {}).get(wwid, [])]
    if word['state'] in ('gone', 'unmapped'):
        assert not mapped and view['arrays'] and initiators
        assert all(array['complete'] and array['scope'] == 'cluster' for array in view['arrays'])
        assert set(initiators) <= set(view['maps']) and wwid in view['luns']
        assert make[0] in ('NETAPP', None) and wwid in (WWID, OTHER)
        assert (word['state'] == 'gone') == (not view['luns'][wwid])
    if mapped:
        assert word['state'] in ('mapped', 'offline') and word['luns'] == mapped
    if word['state'] == 'offline':
        assert not any(_verdict.serves(lun) for lun in mapped)


@given(st.lists(st.sampled_from(_verdict.WIRE), max_size=8), st.sampled_from(_verdict.ARRAY))
def test_stale_needs_both_witnesses(wire, array):
    verdict = _verdict.judge(wire, array)
    assert verdict in _verdict.VERDICTS
    assert (verdict == 'stale') == (set(wire) <= {'absent'} and array in ('gone', 'unmapped'))
    assert (verdict == 'recycled') == ('other' in wire)
    if verdict == 'healthy':
        assert set(wire) == {'same'} and array in ('mapped', 'foreign', 'unknown')
