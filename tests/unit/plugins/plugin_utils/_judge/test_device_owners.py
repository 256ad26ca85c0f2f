# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import device_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import summary as report_summary
from support import fleets

OWNER = {
    "system": "kubernetes",
    "cluster": "prod",
    "volume": "pvc-1",
    "namespace": "shop",
    "claim": "data",
    "pods": ["shop/db-0 (Running)"],
}


def test_an_owner_in_words():
    assert device_owners.words(OWNER) == "kubernetes prod: pvc-1, of shop/data, used by shop/db-0 (Running)"
    assert device_owners.words(dict(OWNER, cluster=None, namespace=None, claim=None, pods=[])) == "kubernetes: pvc-1"


def test_every_system_is_asked_and_the_summary_tells_what_they_say(monkeypatch):
    monkeypatch.setattr(
        device_owners,
        "SYSTEMS",
        (lambda facts, device, documents: ([OWNER], []), lambda facts, device, documents: ([], ["a pod uses it"])),
    )
    made = fleets.fleet({"a": fleets.stale()}, **fleets.STALE_ARRAY)
    (device,) = made["hosts"][0]["devices"]
    assert device["owners"] == [OWNER] and device["vetoes"] == ["a pod uses it"] and device["verdict"] == "stale"
    texts = [line["text"] for line in report_summary.summary(made)]
    assert "    owner " + device_owners.words(OWNER) in texts and "    veto  a pod uses it" in texts
