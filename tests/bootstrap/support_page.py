# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make docs/support.md from what the tests have proven.

    python tests/bootstrap/support_page.py          # from tests/bootstrap/proven.json
    python tests/bootstrap/support_page.py record   # takes in first what `make molecule` and `make test-matrix` wrote

Those write a file for each run of scenarios in which every case passed (tests/scenarios/proven.py) and for each release
of ansible-core (tests/bootstrap/matrix.py) into build/proven; `PROVEN=$PWD/build/proven make test` does so too. What
proven.json has of the same class of tests, generation, transport and release is replaced; all else stays. A unit test
checks that the page is up to date.
"""

import json
import pathlib
import sys

from rules_page import fill

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "support.md"
KEPT = pathlib.Path(__file__).with_name("proven.json")
RUN = ROOT / "build" / "proven"
MATRIX = "core-"  # how the files of the matrix begin

# What the scenarios are about: the modules that prove it.
AREAS = {
    "audit": ("test_audit", "test_oldest_python"),
    "removal": ("test_removal", "test_between", "test_users"),
    "remediation": ("test_remediate",),
    "failures in the middle": ("test_faults", "test_fooled", "test_fabric", "test_hangs"),
    "audit and removal over Fibre Channel": ("test_fibre_channel", "test_fibre_channel_corners"),
    "configuration": ("test_multipath_conf", "test_iscsi_scan", "test_configuration_first"),
}
OLDEST_PYTHON = "test_oldest_python"
DEBIAN = {"bullseye": "Debian 11", "bookworm": "Debian 12", "trixie": "Debian 13", "sid": "Debian sid"}
TRANSPORTS = {"iscsi": "iSCSI", "fc": "Fibre Channel"}
NEVER = "not recorded"

HEAD = """<!--
SPDX-FileCopyrightText: 2026 The sanops.multipath authors
SPDX-License-Identifier: GPL-3.0-or-later
Made by tests/bootstrap/support_page.py from tests/bootstrap/proven.json: run the tests, then it.
-->

# What it was proven on

Three words are used here. *Proven*: cases passed on real kernels with the real multipathd and, for iSCSI, open-iscsi,
in machines of the [lab](architecture.md). *Simulated*: cases passed against a program of ours that stands in. *Not
tried*: nobody has run it. The tables are made from records of test runs. *Not recorded* means that no record has such a
run, not that nobody ran it: each run of `make test` tests Debian 12 and 13 in all columns."""
HOSTS = """## Hosts

The number of cases that passed on nodes of each kind:"""
CORES = """## ansible-core on the controller

What [oldest Python on hosts](requirements.md) each release has is Ansible's own. The audit is the one of all kinds of
failed devices in the lab."""
OTHERS = """## What stands in for the rest

| | |
| --- | --- |
| ONTAP | simulated: a REST service in front of the kernel's own SCSI target, which presents its LUNs as ONTAP's |
| RHEL, SLES, Ubuntu | not tried; Debian's multipath-tools 0.8.5 is near that of RHEL 8 and 9 (0.8.4 to 0.8.7) |
| Fibre Channel hardware | not tried |
| arrays that are not ONTAP | simulated: [array views](array-views.md) as files |
| Kubernetes | simulated: an API server that answers as recorded; the hosts in the lab have real mounts of a pod |
| Proxmox VE | simulated: its files and its `pvesm`, on nodes of the lab |
| AWX and automation controller | [what was and was not run](awx.md) |"""


def main(arguments):
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    if arguments == ["record"]:
        kept = merged(kept, [json.loads(path.read_text(encoding="utf-8")) for path in sorted(RUN.glob("*.json"))])
        KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    elif arguments:
        sys.exit(__doc__)
    PAGE.write_text(page(kept), encoding="utf-8")


def merged(kept, records):
    """Return {"nodes": [..], "cores": {release: {cell: what}}} with these records in it."""
    nodes = {_key(node): node for node in kept["nodes"]}
    cores = dict(kept["cores"])
    for record in records:
        if "cells" in record:
            cores[record["core"]] = {**cores.get(record["core"], {}), **record["cells"]}
        for node in record.get("nodes", ()):
            for what, cases in node["cases"].items():
                whole = {**node, "what": what, "core": record["core"], "cases": cases}
                nodes[_key(whole)] = whole
    return {"nodes": [nodes[key] for key in sorted(nodes)], "cores": dict(sorted(cores.items(), key=_release))}


def _key(node):
    return node["what"], node["debian"], node["transport"], node["core"]


def _release(entry):
    return tuple(int(word) for word in entry[0].split("."))


def page(kept):
    """Return the text of docs/support.md."""
    parts = [HEAD, HOSTS, "\n".join(_hosts(kept["nodes"])), CORES, "\n".join(_cores(kept["cores"])), OTHERS]
    lines = "\n\n".join(part.strip() for part in parts).split("\n")
    return "\n".join(line if line.startswith("|") else fill(line) for line in lines) + "\n"


def _hosts(nodes):
    """Yield the table of the kinds of nodes: the newest record of each says its versions."""
    kinds = {}
    for node in nodes:
        python = "3.6" if _module(node) == OLDEST_PYTHON else ".".join(node["python"].split(".")[:2])
        kinds.setdefault((list(DEBIAN).index(node["debian"]), node["transport"], python), []).append(node)
    yield "| system | transport | multipath-tools | kernel | Python | " + " | ".join(AREAS) + " |"
    yield "| --- | --- | --- | --- | --- |" + " --- |" * len(AREAS)
    for (dummy, transport, python), mine in sorted(kinds.items()):
        counts = [sum(node["cases"] for node in _newest(mine) if _module(node) in AREAS[area]) for area in AREAS]
        versions = [_upstream(mine[-1]["multipath"]), ".".join(mine[-1]["kernel"].split(".")[:2]), python]
        cells = [
            DEBIAN[mine[-1]["debian"]],
            TRANSPORTS[transport],
            *versions,
            *(str(count or NEVER) for count in counts),
        ]
        yield f"| {' | '.join(cells)} |"


def _newest(nodes):
    """Return the record of each class of tests on the newest ansible-core."""
    newest = {}
    for node in sorted(nodes, key=lambda node: _release([".".join(node["core"].split(".")[:2])])):
        newest[node["what"]] = node
    return newest.values()


def _module(node):
    return node["what"].partition("::")[0]


def _upstream(version):
    """Return the version of a Debian package without Debian's own part."""
    return version.partition("-")[0].partition("+")[0]


def _cores(cores):
    if not cores:
        yield "No run of `make test-matrix` is recorded. Each `make test` tests the newest release and the oldest."
        return
    cells = list(dict.fromkeys(cell for found in cores.values() for cell in found))
    yield "| ansible-core | " + " | ".join(CELLS.get(cell, cell) for cell in cells) + " |"
    yield "| --- |" + " --- |" * len(cells)
    for release, found in cores.items():
        yield f"| {release} | " + " | ".join(found.get(cell, NEVER) for cell in cells) + " |"


CELLS = {
    "sanity": "sanity",
    "units": "unit tests",
    "audit": "audit in the lab",
    "hosts": "the same with Python 3.6 on hosts",
}


if __name__ == "__main__":
    main(sys.argv[1:])
