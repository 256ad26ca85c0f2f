# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print an Ansible inventory of the nodes that have a pod of docs/kubernetes/daemonset.yml.

    python3 pods_inventory.py > pods.json && ansible-playbook sanops.multipath.audit -i pods.json -e @arrays.yml

Each node has its own name, and is reached through its pod. The script runs `kubectl get pods` in the current context of
kubectl (KUBECONFIG). A node whose pod does not run is in the inventory too, so that the report says that it was not
reached. Nodes without such a pod are missing: `kubectl get nodes` shows how many there are.
"""

import json
import subprocess
import sys

NAMESPACE, LABEL, CONTAINER = "sanops-multipath", "app.kubernetes.io/name=sanops-multipath", "python"  # of the manifest
KUBECTL = ["kubectl", "get", "pods", "--namespace", NAMESPACE, "--selector", LABEL, "--output", "json"]
VARIABLES = {
    "ansible_connection": "kubernetes.core.kubectl",
    "ansible_kubectl_namespace": NAMESPACE,
    "ansible_kubectl_container": CONTAINER,
    "ansible_python_interpreter": "python3",
    "ansible_become": False,  # the pod runs as root, and the image has no sudo
}


def inventory(pods):
    """Return the inventory for the items of a PodList. Of two pods on a node the newest running one counts."""
    nodes = {}
    for pod in sorted(pods, key=lambda pod: (_runs(pod), pod["metadata"]["creationTimestamp"])):
        node = pod["spec"].get("nodeName")
        if node:  # it is scheduled
            nodes[node] = {"ansible_kubectl_pod": pod["metadata"]["name"]}
    return {"all": {"hosts": nodes, "vars": VARIABLES}}


def _runs(pod):
    return pod["status"].get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]


def main():
    try:
        done = subprocess.run(KUBECTL, stdout=subprocess.PIPE, check=True, timeout=60)
        print(json.dumps(inventory(json.loads(done.stdout.decode())["items"]), indent=2, sort_keys=True))
    except (OSError, ValueError, KeyError, subprocess.SubprocessError) as exc:
        sys.exit(f"the pods could not be listed: {exc}")


if __name__ == "__main__":
    main()
