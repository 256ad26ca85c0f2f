# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One reading of a large array: with the lookups (ours), or the pages alone (bare).

Prints what it used; the work's CPU, without imports.
"""

import base64
import http.client
import json
import resource
import signal
import ssl
import sys

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader, lookup_loader
from ansible.template import Templar
from ontap_sim import worlds

from perf import used


def ours(task):
    """Both lookups, as an audit of the whole fleet calls them: the initiators of all hosts, then the WWIDs of all
    their devices.
    """
    options = {"arrays": [task["array"]], "wantlist": True}
    mapped = task["lookups"]["ontap_lun_maps"].run(
        [worlds.initiator(number) for number in range(task["hosts"])], {}, **options
    )
    wwids = sorted({lun["wwid"] for answer in mapped for lun in answer["luns"]})
    found = task["lookups"]["ontap_luns"].run(wwids, {}, **options)
    return len(found), sum(len(lun["maps"]) for answer in found for lun in answer["luns"])


def bare(task):
    """The same pages of the same collections over one connection, parsed and kept."""
    array = task["array"]
    context = ssl.create_default_context(cafile=array["ca_path"])
    connection = http.client.HTTPSConnection(array["hostname"], array["http_port"], context=context)
    login = base64.b64encode(f"{array['username']}:{array['password']}".encode()).decode()
    headers = {"Accept": "application/json", "Authorization": "Basic " + login}
    records = {}
    for path, href in task["pages"].items():
        records[path] = []
        while href:
            connection.request("GET", href, headers=headers)
            page = json.loads(connection.getresponse().read())
            records[path] += page["records"]
            href = page.get("_links", {}).get("next", {}).get("href")
    return len(records["/api/storage/luns"]), len(records["/api/protocols/san/lun-maps"])


def _prepare():
    """What both sides need and what costs no more with a larger array: {'lookups': by name, 'pages': the first page
    of each collection, by path}.
    """
    init_plugin_loader([])  # says where collections are: before the first import from one
    from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import listing, ontap

    loader = DataLoader()
    templar = Templar(loader=loader)
    fields = {
        "/api/storage/luns": listing.LUN_FIELDS,
        "/api/protocols/san/lun-maps": listing.MAP_FIELDS + listing.REPORTING_NODES,
        "/api/protocols/san/igroups": listing.IGROUP_FIELDS + listing.PORTSET,
    }
    return {
        "lookups": {
            name: lookup_loader.get("sanops.multipath." + name, loader=loader, templar=templar)
            for name in ("ontap_lun_maps", "ontap_luns")
        },
        "pages": {path: f"{path}?fields={wanted}&max_records={ontap.MAX_RECORDS}" for path, wanted in fields.items()},
    }


def main():
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # what it leaves, whoever started it removes
    side = {"ours": ours, "bare": bare}[sys.argv[1]]
    task = {**json.load(sys.stdin), **_prepare()}
    before = _cpu()
    luns, maps = side(task)
    peak = used.peak() / used.MIB
    print(json.dumps({"cpu": _cpu() - before, "rss": peak, "luns": luns, "maps": maps}))


def _cpu():
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


if __name__ == "__main__":
    main()
