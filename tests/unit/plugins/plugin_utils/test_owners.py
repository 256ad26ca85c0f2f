# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

from ansible_collections.sanops.multipath.plugins.plugin_utils import _owners
from ansible_collections.sanops.multipath.plugins.plugin_utils import _report

import fleets

OWNER = {'system': 'kubernetes', 'cluster': 'prod', 'volume': 'pvc-1', 'namespace': 'shop', 'claim': 'data', 'pods': ['shop/db-0 (Running)']}


def test_an_owner_in_words():
    assert _owners.words(OWNER) == 'kubernetes prod: pvc-1, of shop/data, used by shop/db-0 (Running)'
    assert _owners.words(dict(OWNER, cluster=None, namespace=None, claim=None, pods=[])) == 'kubernetes: pvc-1'


def test_every_system_is_asked_and_the_summary_tells_what_they_say(monkeypatch):
    monkeypatch.setattr(_owners, 'SYSTEMS', (lambda facts, device, documents: ([OWNER], []), lambda facts, device, documents: ([], ['a pod uses it'])))
    made = fleets.fleet({'a': fleets.stale()}, **fleets.STALE_ARRAY)
    (device,) = made['hosts'][0]['devices']
    assert device['owners'] == [OWNER] and device['vetoes'] == ['a pod uses it'] and device['verdict'] == 'stale'
    texts = [line['text'] for line in _report.summary(made)]
    assert '    owner ' + _owners.words(OWNER) in texts and '    veto  a pod uses it' in texts
