# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An array that is not ONTAP: a second target on the lab's array machine, presented as Huawei's, and views of it."""

import json
import secrets

from lab import topology
from scenarios import node_state
from scenarios.audit_run import Audit
from scenarios.removal_run import Node, Remediation
from support import views

TARGET = "iqn.2006-08.com.huawei:oceanstor:lab"
PORTALS = [f"{topology.SVMS['svm1'].address(fabric)}:{topology.ISCSI_PORT}" for fabric in topology.FABRICS]
# What LIO makes WWIDs of where nobody says whose they are: NAA 6, its own OUI, then the first 25 hex digits of the unit
# serial.
PREFIX = "36001405"
# Backstores in memory: the simulator takes each fileio one for a LUN of its own.
ON_ARRAY = """
import sys
from ontap_sim.configfs import Kernel
kernel, (verb, target, initiator, *rest) = Kernel(), sys.argv[1:]
if verb == 'make':
    portals, luns = rest[0].split(','), [pair.split('=') for pair in rest[1:]]
    kernel.create_target(target, portals)
    kernel.add_initiator(target, initiator)
    for lun_id, serial in luns:
        path = kernel.root / 'core' / ('rd_mcp_%s' % lun_id) / 'foreign'
        path.parent.mkdir()
        path.mkdir()
        (path / 'control').write_text('rd_pages=4096')
        (path / 'enable').write_text('1')
        for name, value in (('vendor_id', 'HUAWEI'), ('product_id', 'XSG1'), ('vpd_unit_serial', serial)):
            (path / 'wwn' / name).write_text(value)
        kernel.map(target, initiator, int(lun_id), path)
    kernel.enable(target, True)
else:
    kernel.unmap(target, initiator, int(rest[0]))
"""


class ForeignArray:
    """The target with its LUNs (`wwids` {LUN id: WWID}), the node that is logged in to it, and what is run there."""

    def __init__(self, lab, name, folder, lun_ids):
        self.lab, self.folder, self.count = lab, folder, 0
        self.node, self.initiator = Node(lab, name, folder), topology.initiator(name)
        serials = {lun_id: secrets.token_hex(16) for lun_id in lun_ids}
        self.wwids = {lun_id: PREFIX + serial[:25] for lun_id, serial in serials.items()}
        self.given = set(lun_ids)
        self._on_array("make", ",".join(PORTALS), *[f"{lun_id}={serial}" for lun_id, serial in serials.items()])
        records = "; ".join(f"iscsiadm -m node -T {TARGET} -p {portal} -o new" for portal in PORTALS)
        self.node.run(f"set -e; {records}; iscsiadm -m node -T {TARGET} --login")
        lab.scan(name)
        for wwid in self.wwids.values():
            lab.wait_for_wwid(wwid, name, len(PORTALS))

    def _on_array(self, verb, *words):
        command = " ".join(["cd /opt && python3 -", verb, TARGET, self.initiator, *words])
        self.lab.ssh(topology.ARRAY).run(command, stdin=ON_ARRAY.encode())

    def unmap(self, lun_id):
        """Unmap a LUN on the array only: the node is not notified."""
        self._on_array("unmap", str(lun_id))
        self.given.remove(lun_id)

    def view(self, **changes):
        """Return the array's view of this moment: its LUNs, each with its initiators."""
        luns = [
            {
                "wwid": wwid,
                "name": f"lun_{lun_id}",
                "state": "online",
                "initiators": [self.initiator] if lun_id in self.given else [],
                "lun_id": lun_id,
            }
            for lun_id, wwid in self.wwids.items()
        ]
        array = {"array": "oceanstor-lab", "wwid_prefixes": [PREFIX], "targets": [TARGET], "luns": luns}
        return views.view(**array | changes)

    def mapped_again(self):
        """Return a view in which all LUNs are still mapped to the node."""
        given, self.given = self.given, set(self.wwids)
        try:
            return self.view()
        finally:
            self.given = given

    def next(self):
        self.count += 1
        return self.folder / f"foreign{self.count}"

    def file(self, view):
        path = self.next().with_suffix(".json")
        path.write_text(json.dumps(view), encoding="utf-8")
        return str(path)

    def lookup(self, view):
        """Return the entry of a view that is fetched again by each lookup: a removal wants one of the last minute."""
        path = self.file({**view, "fetched_at": "NOW"})
        return (
            f"{{{{ lookup('ansible.builtin.pipe', 'sed s/NOW/$(date -u +%Y-%m-%dT%H:%M:%SZ)/ {path}') | from_json }}}}"
        )

    def device(self, lun_id, *views):
        """Return the device of this LUN in an audit with these views of the array."""
        self.audit = Audit(
            self.lab,
            self.next(),
            arguments=["--limit", self.node.name],
            audit_array_views=[self.file(view) for view in views],
        )
        return self.audit.devices[self.node.name, self.wwids[lun_id]]

    def remediate(self, *arguments, views=(), **variables):
        variables = {"audit_array_views": [self.lookup(view) for view in views], **variables}
        return Remediation(self.lab, self.next(), "--limit", self.node.name, *arguments, **variables)

    def state(self):
        """Return the node's state, without the paths that multipathd has yet to fail after an unmap."""
        lost = [wwid for lun_id, wwid in self.wwids.items() if lun_id not in self.given]
        return [
            line
            for line in node_state.read(self.node.node)
            if not (line.startswith(("table: ", "queueing: ")) and any(wwid in line for wwid in lost))
        ]

    @staticmethod
    def words(device):
        """Return the names of a device in the node's state."""
        return [device["wwid"], *[word for path in device["paths"] for word in (path["hctl"], path["sd"])]]
