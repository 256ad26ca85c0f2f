# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rules on arrays say of a snapshot, and of three hosts."""

from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories as rules_advisories
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories_ontap

HOSTS = {"a": ["iqn.x:a", "2100000e1e1b2c30"], "b": ["iqn.x:b"], "c": ["iqn.x:c"]}


def advised(snapshot, hosts=None, clusters=None):
    found = [
        rules_advisories.advisory(*one)
        for one in advisories_ontap.of(snapshot, HOSTS if hosts is None else hosts, clusters or {})
    ]
    return [
        (one["rule"], one["subject"], one["what"], one["hosts"], one["strangers"])
        for one in rules_advisories.united(found)
    ]


def rules(*args, **options):
    return [one[0] for one in advised(*args, **options)]
