# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: kubernetes_volumes
version_added: 0.1.0
short_description: Whose volumes SAN devices are, as Kubernetes clusters know it
description:
  - Reads the nodes, pods, persistent volumes and volume attachments of each cluster, and the objects of Trident where
    there are any, and keeps of them what tells whose volume a device is and what forbids its removal.
  - A cluster that cannot be read to the end is in the answer as not complete, with the reason. Nothing may be removed
    on its account.
  - Nothing is changed. It needs to get and list, see C(docs/kubernetes/rbac.yml).
options:
  _terms:
    description: There are none.
  clusters:
    description:
      - The clusters, each a dictionary with a C(name) for reports, and either C(host) (C(https://NAME:PORT)) and its
        credentials, C(api_key) or C(client_cert) and C(client_key), or C(kubeconfig) (a path, or the content) and
        C(context), as in M(kubernetes.core.k8s_info). With none of them the kubeconfig of the user, or the pod that
        this runs in. C(ca_cert) and C(validate_certs) count for all.
      - Or C(file), a JSON file of what was read elsewhere, with C(fetched_at) (ISO 8601 with a time zone) and
        C(answers), a dictionary of what C(kubectl get --raw PATH) printed by its path. C(docs/kubernetes.md) lists the
        paths.
      - A kubeconfig needs the Python package C(kubernetes) on the controller. Proxies are not used.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Who holds volumes on which node?
  ansible.builtin.debug:
    msg: "{{ item.volumes }}"
  loop: "{{ query('sanops.multipath.kubernetes_volumes', clusters=audit_kubernetes) }}"
  vars:
    audit_kubernetes:
      - name: prod
        host: https://api.prod.example.com:6443
        api_key: "{{ vault_san_audit_token }}"
        ca_cert: /etc/pki/prod-ca.pem
"""

RETURN = r"""
_raw:
  description: One answer for each cluster, in their order. What else is in it is for the filters of this collection.
  type: list
  elements: dict
  contains:
    system:
      description: V(kubernetes).
      type: str
      returned: always
    name:
      description: The name of the cluster in O(clusters).
      type: str
      returned: always
    complete:
      description: Whether all of it was read.
      type: bool
      returned: always
    error:
      description: Why it was not, and what to do. V(none) if it was.
      type: str
      returned: always
    fetched_at:
      description: When the reading began (ISO 8601, UTC). V(none) if it was not complete.
      type: str
      returned: always
    volumes:
      description: The volumes on SAN devices by their handle, each with its claim, its attachments, publications and
        pods.
      type: dict
      returned: if it was complete
"""

import datetime

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes import objects as kubernetes_objects
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes.api import (
    Client,
    Cluster,
    KubernetesConfigError,
    KubernetesError,
    clusters_from_options,
    from_file,
)

# What a walk through an object of another shape than the API's ends in.
_MALFORMED = (AttributeError, LookupError, TypeError, ValueError)


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        if terms:
            raise AnsibleLookupError("sanops.multipath.kubernetes_volumes takes no terms: give clusters.")
        try:
            return [_read(cluster) for cluster in clusters_from_options(self.get_option("clusters"))]
        except KubernetesConfigError as exc:
            raise AnsibleLookupError(str(exc)) from exc


def _read(cluster: Cluster) -> dict:
    try:
        if cluster.file:
            at, get = from_file(cluster.file)
            return kubernetes_objects.document(cluster.name, get, at)
        at = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        with Client(cluster) as client:
            return kubernetes_objects.document(cluster.name, client.get, at)
    except KubernetesError as exc:
        return kubernetes_objects.failed(cluster.name, str(exc))
    except _MALFORMED as exc:
        return kubernetes_objects.failed(
            cluster.name, f"an object is not as the API describes it: {type(exc).__name__}: {exc}"
        )
