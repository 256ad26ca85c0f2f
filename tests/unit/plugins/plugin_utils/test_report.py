# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fleet's report and its summary."""

import datetime
import json

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.sanops.multipath.plugins.filter import audit
from ansible_collections.sanops.multipath.plugins.plugin_utils import _report

from testimony import ARRAY, LUN, NOW, answers, facts, path


def registered(facts, incomplete=(), **host):
    whole = dict(facts, multipathd={'running': True, 'pid': 1, 'version': '0.9.4'}, sessions=[], quarantine=None, elapsed=1.25, incomplete=list(incomplete))
    whole['host'] = dict(whole['host'], hostname='h', boot_id='b', kernel='6.1', **host)
    return {'ansible_facts': {'stale_mpath': whole}}


def fleet(results, mapped=(), existing=(), array=ARRAY):
    return _report.fleet(results, *answers(mapped, existing, array), now=NOW, max_age=3600)


def text(report):
    return '\n'.join(line['text'] for line in _report.summary(report))


GOOD = registered(facts([path(0, 'same')]))
STALE = registered(facts([path(0, 'absent')], users=[{'kind': 'mount', 'detail': '/data (ext4, rw)'}]))


def test_counts():
    report = fleet({'b': GOOD, 'a': GOOD, 'c': {'unreachable': True, 'msg': 'no route'}}, mapped=[LUN])
    assert [host['name'] for host in report['hosts']] == ['a', 'b', 'c']
    assert report['totals'] == {'hosts': {'audited': 2, 'unreachable': 1}, 'verdicts': {'healthy': 2}}
    assert (report['schema'], report['generated_at']) == (1, '2026-11-21T02:00:00Z')


def test_a_healthy_host_is_one_line():
    assert 'a  1 healthy  (asked in 1.2 s)\n' in text(fleet({'a': GOOD}, mapped=[LUN]))


def test_a_device_that_is_not_healthy_tells_everything():
    told = text(fleet({'a': STALE}, existing=[LUN]))
    for part in ('STALE     mpatha  3600a0980383045372f5d4c5a70315474  dm-0 sda', 'why   its path is absent (told so, sense 05/25/00)',
                 'LUN   /vol/v/l, SVM svm1, cluster c1', 'used  mount: /data (ext4, rw)', 'next  stop its users'):
        assert part in told


@pytest.mark.parametrize('result, state, why', [
    ({'unreachable': True, 'msg': 'Failed to connect:\n  no route'}, 'unreachable', 'Failed to connect: no route'),
    ({'failed': True, 'msg': 'Timed out'}, 'failed', 'Timed out'),
    ({}, 'failed', 'it was not asked'),
    ({'ansible_facts': {}}, 'failed', 'it was not asked'),
    (registered(facts(), incomplete=[{'what': 'kernel', 'why': 'no answer'}]), 'failed',
     'the kernel of this host could not be read: there is nothing to judge (kernel: no answer)'),
    (registered(dict(facts(), schema=7)), 'failed',
     'no stale_mpath facts of schema 1 (found: 7); gather them with sanops.multipath.stale_mpath_facts of this version'),
    ({'ansible_facts': {'stale_mpath': 'hello'}}, 'failed',
     'no stale_mpath facts of schema 1 (found: None); gather them with sanops.multipath.stale_mpath_facts of this version'),
    (registered(dict(facts(), paths=None)), 'failed', "its facts are not what stale_mpath_facts returns: TypeError: 'NoneType' object is not iterable"),
    (registered(facts(paths=[path(0, 'perhaps')])), 'failed', "its facts are not what stale_mpath_facts returns: ValueError: 'perhaps' is no word of the wire"),
    (registered(facts(), incomplete=[{}]), 'failed', "its facts are not what stale_mpath_facts returns: KeyError: 'what'"),
    (None, 'failed', 'it was not asked'),
])
def test_a_host_that_was_not_audited_is_never_clean(result, state, why):
    report = fleet({'a': result})
    host = report['hosts'][0]
    assert (host['state'], host['why'], host['facts'], host['devices']) == (state, why, None, [])
    assert _report.not_audited(report) == {'a': why}
    assert 'NOT AUDITED (%s): %s' % (state, why) in text(report)
    assert [line['importance'] for line in _report.summary(report) if 'NOT AUDITED' in line['text']] == ['alarm']


def test_gaps_in_the_facts_are_told():
    report = fleet({'a': registered(facts([path(0, 'same')]), incomplete=[{'what': 'users', 'why': 'no answer'}])}, mapped=[LUN])
    assert report['hosts'][0]['state'] == 'incomplete'
    assert 'incomplete: users: no answer' in text(report)
    assert [line['importance'] for line in _report.summary(report) if line['text'].startswith('a  1 healthy')] == ['warning']
    assert _report.not_audited(report) == {}


def test_an_array_that_was_not_listed_is_told():
    report = fleet({'a': STALE}, array=dict(ARRAY, complete=False, fetched_at=None, error='a1 answered 401: check the account'))
    assert report['totals']['verdicts'] == {'unproven': 1}
    assert 'NOT LISTED: a1 answered 401: check the account' in text(report)
    assert 'no array confirms it: a1 answered 401' in text(report)


def test_no_array_at_all():
    report = _report.fleet({'a': STALE}, [], [], NOW, 3600)
    assert report['totals']['verdicts'] == {'unproven': 1}
    assert 'No array was asked' in text(report)


def test_nothing_that_a_host_or_an_array_sends_reaches_the_terminal_raw():
    evil = '\x1b]0;owned\x07\r\n\u202egnp.exe\x9b31m\u061c\udc80'
    users = [{'kind': 'mount', 'detail': evil}]
    told = text(fleet({evil: registered(facts([path(0, 'absent')], users=users, name=evil))}, existing=[dict(LUN, name=evil)]))
    assert not set(told) & set('\x1b\x07\r\u202e\x9b\u061c\udc80')
    assert '\\x1b]0;owned' in told


def test_the_report_is_plain_data():
    report = fleet({'a': STALE, 'b': GOOD}, mapped=[LUN])
    assert json.loads(json.dumps(report)) == report


def test_the_filters_are_the_same_functions(monkeypatch):
    monkeypatch.setattr(audit, '_now', lambda: NOW)
    lun_maps, luns = answers(mapped=[LUN])
    report = audit.fleet({'a': GOOD}, lun_maps, luns)
    assert report == fleet({'a': GOOD}, mapped=[LUN])
    assert audit.verdicts(_report.facts_of(GOOD), lun_maps, luns) == report['hosts'][0]['devices']


def test_a_broken_host_does_not_take_the_others_report_with_it():
    report = fleet({'a': registered(dict(facts(), paths=[{}])), 'b': GOOD}, mapped=[LUN])
    assert report['totals'] == {'hosts': {'audited': 1, 'failed': 1}, 'verdicts': {'healthy': 1}}


def test_what_does_not_fit_is_told():
    told = text(fleet({'a': registered(facts([path(0, 'absent'), path(1, 'same')]))}, mapped=[LUN]))
    assert '    note  sda is stale in a living map' in told


def test_array_terms_pass_over_hosts_without_facts():
    assert audit.array_terms({'a': GOOD, 'b': STALE, 'c': {'unreachable': True}, 'e': registered(dict(facts(), paths=[{}])), 'f': registered(
        dict(facts([], wwid='3600e'), schema=2)), 'd': registered(facts([], wwid='3600f'), initiators={})}) == {
        'initiators': ['iqn.2026-01.org.example:me'], 'wwids': ['3600a0980383045372f5d4c5a70315474', '3600f']}


@pytest.mark.parametrize('call, message', [
    (lambda: audit.verdicts({'schema': 2}), 'no stale_mpath facts of schema 1'),
    (lambda: audit.verdicts(None), 'no stale_mpath facts'),
    (lambda: audit.verdicts({'schema': 1, 'incomplete': [{'what': 'kernel', 'why': 'no answer'}]}), 'kernel of this host could not be read.*no answer'),
    (lambda: audit.verdicts({'schema': 1}), 'sanops.multipath.verdicts: its input is not what'),
    (lambda: audit.fleet({'h': GOOD}, [{'initiator': 'x'}]), 'sanops.multipath.fleet: its input is not what'),
])
def test_wrong_input_is_named(call, message):
    with pytest.raises(AnsibleFilterError, match=message):
        call()


def test_now_knows_its_zone():
    assert audit._now().tzinfo is datetime.timezone.utc
