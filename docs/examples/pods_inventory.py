#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An inventory for Ansible of the nodes that have a pod of docs/kubernetes/daemonset.yml: each node by its name, reached through its pod.

    ansible-playbook sanops.multipath.audit -i pods_inventory.py -e @arrays.yml

It asks `kubectl get pods`, with the context that kubectl has (KUBECONFIG). A node whose pod does not run stays in the inventory, so that the report says it was
not reached, and not that there is no such node. Nodes without such a pod are not known here: `kubectl get nodes` tells how many there should be.
"""

import json
import os
import subprocess
import sys

NAMESPACE = os.environ.get("SANOPS_MULTIPATH_NAMESPACE", "sanops-multipath")
LABEL, CONTAINER = "app.kubernetes.io/name=sanops-multipath", "python"
KUBECTL = ["kubectl", "get", "pods", "--namespace", NAMESPACE, "--selector", LABEL, "--output", "json"]


def inventory(pods):
    """The inventory (as `ansible-inventory --list` has it) of the items of a PodList. Of two pods of a node the newest that runs counts."""
    hosts = {}
    for pod in sorted(pods, key=lambda pod: (_runs(pod), pod["metadata"]["creationTimestamp"])):
        node = pod["spec"].get("nodeName")
        if node:  # it has been given none yet
            hosts[node] = {"ansible_kubectl_pod": pod["metadata"]["name"]}
    common = {
        "ansible_connection": "kubernetes.core.kubectl",
        "ansible_kubectl_namespace": NAMESPACE,
        "ansible_kubectl_container": CONTAINER,
        "ansible_python_interpreter": "python3",
        "ansible_become": False,  # it is root already, and the image has no sudo
    }
    return {"all": {"hosts": sorted(hosts), "vars": common}, "_meta": {"hostvars": hosts}}


def _runs(pod):
    return pod["status"].get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]


def main():
    if sys.argv[1:2] == ["--host"]:
        print("{}")  # _meta has them all
        return
    try:
        done = subprocess.run(KUBECTL, stdout=subprocess.PIPE, check=True, timeout=60)
        print(json.dumps(inventory(json.loads(done.stdout.decode())["items"]), indent=2))
    except (OSError, ValueError, KeyError, subprocess.SubprocessError) as exc:
        sys.exit("the pods could not be listed: %s" % exc)


if __name__ == "__main__":
    main()
