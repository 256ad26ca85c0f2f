# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stale device on a Kubernetes node stays while a VolumeAttachment names the node (molecule/neighbours).

It is removed when the attachment is gone. The API server is a stand-in over HTTPS (tests/kube_sim), on the controller.
"""

import pytest
import trustme
from kube_sim import TOKEN, Cluster, serving
from scenarios.audit_run import Audit
from scenarios.removal_run import Node, Remediation


class World:
    """`device`, stale on node1; `api`: of the cluster whose node that is."""

    def __init__(self, lab, folder, api, ca_path):
        self.lab, self.folder, self.api, self.count = lab, folder, api, 0
        self.variables = {"audit_kubernetes": [{"name": "lab", "host": api.url, "api_key": TOKEN, "ca_cert": ca_path}]}
        node = Node(lab, "node1", folder)
        api.cluster.node(node.run("hostname").strip())
        (self.device,) = node.luns(1)
        serial = lab.array.lun(self.device.lun)["serial_number"]
        self.node = api.cluster.objects["nodes"][0]["metadata"]["name"]
        api.cluster.volume("pvc-1", serial)
        api.cluster.attach("pvc-1", self.node, serial=serial)
        self.device.stale()

    def remediate(self, *arguments, **variables):
        self.count += 1
        return Remediation(
            self.lab, self.folder / str(self.count), "--limit", "node1", *arguments, **{**self.variables, **variables}
        )


@pytest.fixture(scope="class")
def world(lab, tmp_path_factory):
    folder, authority, cluster = tmp_path_factory.mktemp("kubernetes"), trustme.CA(), Cluster()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    with serving(cluster, authority) as api:
        yield World(lab, folder, api, str(folder / "ca.pem"))


@pytest.mark.nodes("node1")
class TestNode:
    """The tests build on each other."""

    def test_the_audit_says_whose_it_is(self, world):
        audit = Audit(world.lab, world.folder / "audit", **world.variables)
        (device,) = [
            device for host in audit.fleet["hosts"] for device in host["devices"] if device["wwid"] == world.device.wwid
        ]
        assert (device["verdict"], device["owners"][0]["claim"]) == (
            "stale",
            "data-db-0",
        ) and "a VolumeAttachment of pvc-1" in device["vetoes"][0]

    def test_an_attachment_keeps_it(self, world):
        run = world.remediate()
        assert run.code == 0 and world.device.is_there(), run.output
        assert f"names the node {world.node}" in run.left("node1")[world.device.wwid]

    def test_an_api_that_is_down_keeps_it(self, world):
        world.api.cluster.remove("volumeattachments")
        run = world.remediate(
            audit_kubernetes=[{**world.variables["audit_kubernetes"][0], "host": "https://127.0.0.1:1"}]
        )
        assert run.code == 0 and world.device.is_there(), run.output
        assert "could not be read" in run.left("node1")[world.device.wwid]

    def test_without_the_attachment_it_is_removed_from_a_drained_node(self, world):
        run = world.remediate(stale_devices_kubernetes_drain=True)
        assert run.code == 0 and run.removed("node1") == [world.device.wwid] and not world.device.is_there(), run.output
        assert [path for method, path in world.api.requests if method == "PATCH"] == [f"/api/v1/nodes/{world.node}"] * 2
