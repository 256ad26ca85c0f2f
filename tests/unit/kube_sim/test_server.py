# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated API server, as other clients see it: the one under kubernetes.core, and kubectl where installed."""

import json
import shutil
import subprocess

import kubernetes
import pytest
import trustme
from kube_sim import TOKEN, Cluster, serving
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ForbiddenError, NotFoundError, ResourceNotFoundError


@pytest.fixture
def api(tmp_path):
    authority, cluster = trustme.CA(), Cluster()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    cluster.node("worker1", "iqn.2026-01.org.example:me")
    cluster.volume("pvc-1", "80E7/]LZp1Tt")
    for number in range(5):
        cluster.pod(f"db-{number}", "worker1" if number % 2 else "worker2")
    with serving(cluster, authority) as api:
        api.ca_path = str(tmp_path / "ca.pem")
        yield api


@pytest.fixture
def client(api):
    configuration = kubernetes.client.Configuration(host=api.url)
    configuration.ssl_ca_cert, configuration.api_key = api.ca_path, {"authorization": "Bearer " + TOKEN}
    return kubernetes.client.ApiClient(configuration)


def test_pages_and_selectors(client):
    core = kubernetes.client.CoreV1Api(client)
    first = core.list_pod_for_all_namespaces(limit=2)
    assert len(first.items) == 2 and first.metadata.remaining_item_count == 3
    rest = core.list_pod_for_all_namespaces(limit=5, _continue=first.metadata._continue)
    assert len(rest.items) == 3 and not rest.metadata._continue
    assert len(core.list_pod_for_all_namespaces(field_selector="spec.nodeName=worker1").items) == 2
    assert core.list_persistent_volume().items[0].spec.csi.volume_attributes["internalName"] == "trident_pvc_1"


def test_discovery(api, client, tmp_path):
    dynamic = DynamicClient(client, cache_file=str(tmp_path / "cache"))
    found = dynamic.resources.get(api_version="trident.netapp.io/v1", kind="TridentVolume").get()
    assert found.items[0].config.accessInformation.iscsiLunSerial == "80E7/]LZp1Tt"
    with pytest.raises(ResourceNotFoundError):
        dynamic.resources.get(api_version="example.org/v1", kind="Nothing")
    api.faults["/apis/trident.netapp.io/v1/tridentvolumes"] = (403, "Forbidden", "no")
    with pytest.raises(ForbiddenError):
        dynamic.resources.get(api_version="trident.netapp.io/v1", kind="TridentVolume").get()
    with pytest.raises(NotFoundError):
        dynamic.resources.get(api_version="v1", kind="Node").get(name="none")


@pytest.mark.skipif(not shutil.which("kubectl"), reason="this machine has no kubectl")
def test_kubectl(api, tmp_path):
    """Debian's kubernetes-client."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "users": [{"name": "u", "user": {"token": TOKEN}}],
        "clusters": [{"name": "c", "cluster": {"server": api.url, "certificate-authority": api.ca_path}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }
    (tmp_path / "config").write_text(json.dumps(config))

    def kubectl(*arguments):
        done = subprocess.run(
            ["kubectl", "--kubeconfig", tmp_path / "config", "--cache-dir", tmp_path / "cache", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    assert (
        kubectl("get", "tridentvolumes", "--all-namespaces", "-o", "name") == "tridentvolume.trident.netapp.io/pvc-1\n"
    )
    assert json.loads(kubectl("get", "--raw", "/api/v1/pods?limit=2"))["metadata"]["remainingItemCount"] == 3
    kubectl("cordon", "worker1")
    assert api.cluster.objects["nodes"][0]["spec"]["unschedulable"] is True
    kubectl("delete", "persistentvolume", "pvc-1", "--wait=false")
    assert api.cluster.objects["persistentvolumes"] == []
