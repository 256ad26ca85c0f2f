# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One host's facts put together: what is missing is named, and never taken for "nothing there"."""

import os
import time

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils import _bounded, _facts, _kernel, _multipathd, _users, _wire
from ansible_collections.sanops.multipath.plugins.module_utils._sysfs import Tree

WWID = '3600a0980383045372f5d4c5a70315474'
LIVE = {'state': None, 'wwids': [WWID], 'serial': None, 'sense': None, 'detail': None}


def disk(number, **changes):
    path = {'hctl': '%d:0:0:1' % number, 'sd': 'sd%c' % (97 + number), 'sg': 'sg%d' % number, 'dev_t': '8:%d' % (16 * number), 'vendor': 'NETAPP',
            'product': 'LUN C-Mode', 'session_state': 'LOGGED_IN', 'device_state': 'running', 'wwid': WWID, 'map': WWID}
    return dict(path, **changes)


class Broken:
    def __iter__(self):
        raise OSError(5, 'x')


class Host:
    """A host whose witnesses say what a test wants; each may also raise or take too long."""

    def __init__(self, monkeypatch):
        self.paths, self.answers = [disk(0), disk(1)], {}
        self.map = {'wwid': WWID, 'name': 'mpatha', 'dm': 'dm-0', 'dev_t': '253:0', 'slaves': ['sda', 'sdb']}
        self.dm = {'253:0': {'open_count': 0, 'features': '0', 'queue_if_no_path': False}}
        self.daemon, self.users, self.asked = {}, {}, None
        monkeypatch.setattr(os, 'geteuid', lambda: 0)
        monkeypatch.setattr(_facts, '_read_kernel', lambda tree: {'host': {}, 'sessions': [], 'paths': self.paths, 'maps': [dict(self.map)]})
        monkeypatch.setattr(_kernel, 'dm_view', lambda: self.say(self.dm))
        monkeypatch.setattr(_multipathd, 'daemon', lambda tree: {'running': True, 'pid': 1, 'version': None})
        monkeypatch.setattr(_multipathd, 'version', lambda deadline: '0.9.4')
        monkeypatch.setattr(_multipathd, 'maps', lambda deadline: self.say(self.daemon))
        monkeypatch.setattr(_users, 'find', self.find_users)
        monkeypatch.setattr(_wire, 'ask', self.ask)

    @staticmethod
    def say(what):
        if isinstance(what, Exception):
            raise what
        if callable(what):
            return what()
        return what

    def find_users(self, tree, names):
        yield {'source': 'mounts'}
        for name, found in self.say(self.users).items():
            for user in found:
                yield {'name': name, 'user': user}

    def ask(self, nodes, deadline):
        for hctl in nodes:
            answer = self.answers.get(hctl, LIVE)
            if answer is not None:
                yield [hctl, answer]

    def collect(self, timeout=10):
        facts = _facts.collect(Tree('/'), timeout)
        self.gaps = {gap['what']: gap['why'] for gap in facts['incomplete']}
        return facts

    def words(self):
        return [path['wire']['state'] for path in self.collect()['paths']]


@pytest.fixture
def host(monkeypatch):
    return Host(monkeypatch)


def test_everything_is_heard(host):
    host.daemon = {WWID: {'queueing': 'on', 'vendor': 'x', 'product': 'y', 'paths': {'sda': {'dm_state': 'active', 'checker_state': 'ready'}}}}
    facts = host.collect()
    assert facts['incomplete'] == [] and facts['schema'] == 1
    one = facts['maps'][0]
    assert (one['paths'], one['other_slaves'], one['users'], one['queueing']) == (['0:0:0:1', '1:0:0:1'], [], [], 'on')
    assert [path['checker_state'] for path in facts['paths']] == ['ready', None]
    assert [path['wire']['state'] for path in facts['paths']] == ['same', 'same']


@pytest.mark.parametrize('trouble', [{'session_state': 'FAILED'}, {'session_state': 'FREE'}, {'device_state': 'blocked'},
                                     {'device_state': 'offline'}, {'device_state': 'transport-offline'}, {'session_state': 'Blocked'}])
def test_a_dead_path_is_unreachable_and_not_asked(host, trouble):
    host.paths = [disk(0), disk(1, **trouble)]
    host.answers['1:0:0:1'] = dict(LIVE, state='absent')  # would be the answer, if it were asked
    assert host.words() == ['same', 'unreachable']


def test_a_path_that_does_not_answer_is_silent(host):
    host.answers['1:0:0:1'] = None
    assert host.words() == ['same', 'silent']


def test_a_wire_that_breaks_off_is_told(host, monkeypatch):
    def ask(nodes, deadline):
        yield ['0:0:0:1', LIVE]
        raise OSError(12, 'Cannot allocate memory')
    monkeypatch.setattr(_wire, 'ask', ask)
    assert host.words() == ['same', 'silent']
    assert 'Cannot allocate memory' in host.gaps['wire']


def test_no_sg_node_is_unreadable_and_told(host):
    host.paths = [disk(0), disk(1, sg=None)]
    assert host.words() == ['same', 'unreadable']
    assert 'modprobe sg' in host.gaps['wire']


def test_the_maps_identity_counts_not_the_paths(host):
    """After a rescan the kernel's cache of the path agrees with the wire, and the map still means the old LUN."""
    host.paths = [disk(0, wwid=WWID[:-1] + '5')]
    host.answers['0:0:0:1'] = dict(LIVE, wwids=[WWID[:-1] + '5'])
    assert host.words() == ['other']


def test_a_disk_in_no_map_is_held_against_its_own_identity(host):
    host.paths = [disk(0, map=None), disk(1, map=None, wwid=None)]
    assert host.words() == ['same', 'unreadable']


def test_a_slave_without_a_voice_keeps_its_place(host):
    host.map['slaves'] = ['sda', 'sdb', 'nvme0n1']
    assert host.collect()['maps'][0]['other_slaves'] == ['nvme0n1']


@pytest.mark.parametrize('witness, what', [('dm', 'device-mapper'), ('daemon', 'multipathd'), ('users', 'users')])
def test_a_witness_that_fails_is_named(host, witness, what):
    setattr(host, witness, OSError(5, 'Input/output error'))
    facts = host.collect()
    assert list(host.gaps) == [what] and 'Input/output error' in host.gaps[what]
    assert [path['wire']['state'] for path in facts['paths']] == ['same', 'same']


def test_a_witness_that_hangs_costs_no_more_than_the_budget(host):
    host.users = lambda: time.sleep(60)
    began = time.monotonic()
    host.collect(timeout=2)
    assert time.monotonic() - began < 6
    assert host.gaps == {'users': 'mounts: ' + _bounded.TIMED_OUT}


def test_users_that_could_not_be_read_are_none(host):
    host.users = OSError(5, 'x')
    facts = host.collect()
    assert facts['maps'][0]['users'] is None and {path['users'] for path in facts['paths']} == {None}


@pytest.mark.parametrize('open_count, found, users', [
    (0, [], []),
    (1, [{'kind': 'mount', 'detail': '/x'}], [{'kind': 'mount', 'detail': '/x'}]),
    (2, [], [{'kind': 'other', 'detail': 'open count 2, by whom is not known'}]),
    (1, [{'kind': 'probe', 'detail': 'pid 7'}], [{'kind': 'probe', 'detail': 'pid 7'}]),
    (2, [{'kind': 'probe', 'detail': 'pid 7'}], [
        {'kind': 'probe', 'detail': 'pid 7'}, {'kind': 'other', 'detail': 'open count 2, by whom is not known'}]),
    (None, [{'kind': 'probe', 'detail': 'pid 7'}], None),
    (None, [], None),  # device-mapper did not say: "nobody" would be a guess
    (None, [{'kind': 'mount', 'detail': '/x'}], [{'kind': 'mount', 'detail': '/x'}]),
])
def test_the_open_count_is_asked_too(host, open_count, found, users):
    host.users = {'dm-0': found}
    host.dm = {'253:0': {'open_count': open_count, 'features': '0', 'queue_if_no_path': False}} if open_count is not None else {}
    assert host.collect()['maps'][0]['users'] == users


def test_a_look_that_broke_off_leaves_those_with_nobody_unknown(host):
    def find():
        return {'sda': [{'kind': 'process', 'detail': 'pid 9'}], 'sdb': [{'kind': 'probe', 'detail': 'pid 7'}], 'dm-0': Broken()}
    host.users = find
    facts = host.collect()
    assert facts['maps'][0]['users'] is None
    assert [path['users'] for path in facts['paths']] == [[{'kind': 'process', 'detail': 'pid 9'}], None]
    assert host.gaps == {'users': 'mounts: OSError: [Errno 5] x'}


def test_a_disk_without_a_block_device_is_not_known_to_be_unused(host):
    host.paths = [disk(0), disk(1, sd=None)]
    assert [path['users'] for path in host.collect()['paths']] == [[], None]


def test_without_root_nobody_is_not_nobody(host, monkeypatch):
    monkeypatch.setattr(os, 'geteuid', lambda: 1000)
    facts = host.collect()
    assert facts['maps'][0]['users'] is None
    assert 'become' in host.gaps['users'] and 'become' in host.gaps['wire']


def test_a_map_that_goes_while_we_look_does_not_take_its_disks_with_it(monkeypatch):
    monkeypatch.setattr(_kernel, 'paths', lambda tree, sessions: [disk(0)])
    monkeypatch.setattr(_kernel, 'maps', lambda tree: [])
    assert [path['map'] for path in _facts._read_kernel(Tree('/'))['paths']] == [None]


def test_a_marginal_port_is_asked(host):
    host.paths = [disk(0, session_state='Marginal')]
    assert host.words() == ['same']


def test_a_kernel_that_cannot_be_read_is_told(host, monkeypatch):
    monkeypatch.setattr(_facts, '_read_kernel', lambda tree: 1 // 0)
    facts = host.collect()
    assert 'ZeroDivisionError' in host.gaps['kernel'] and facts['maps'] == facts['paths'] == []


def test_multipathd_stopped_is_told_only_where_there_are_maps(host, monkeypatch):
    monkeypatch.setattr(_multipathd, 'daemon', lambda tree: {'running': False, 'pid': None, 'version': None})
    host.collect()
    assert 'not running' in host.gaps['multipathd']
    monkeypatch.setattr(_facts, '_read_kernel', lambda tree: {'host': {}, 'sessions': [], 'paths': [], 'maps': []})
    assert host.collect()['incomplete'] == []
