# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: kubernetes_volumes
version_added: 0.1.0
short_description: Which volumes of Kubernetes clusters SAN devices are
description:
  - Reads the nodes, pods, persistent volumes and volume attachments of each cluster, and the objects of Trident where
    there are any, and returns which volume a device is and what forbids its removal.
  - A cluster that cannot be read completely is in the answer as not complete, with the reason. Then no device may be
    removed.
  - Nothing is changed. The account needs to get and list, see C(docs/kubernetes/rbac.yml).
options:
  _terms:
    description: None. There is one answer for each cluster.
  clusters:
    description:
      - The clusters, each a dictionary with a C(name) for reports, and either C(host) (C(https://NAME:PORT)) and its
        credentials, C(api_key) or C(client_cert) and C(client_key), or C(kubeconfig) (a path, or the content) and
        C(context), as in M(kubernetes.core.k8s_info). With none of them the kubeconfig of the user is used, or the
        service account of the pod that this runs in. C(ca_cert) and C(validate_certs) apply to all.
      - Or C(file), a JSON file with what was read elsewhere, with C(fetched_at) (ISO 8601 with a time zone) and
        C(answers), a dictionary of what C(kubectl get --raw PATH) printed by its path. C(docs/kubernetes.md) lists the
        paths.
      - A kubeconfig needs the Python package C(kubernetes) on the controller. Proxies and
        variables such as E(SSL_CERT_FILE) are not used.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Which pods use volumes on which node?
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
  description: One answer for each cluster, in order. Further keys are for the plugins of this collection.
  type: list
  elements: dict
  contains:
    # fields of _kubernetes.shapes.Reading, made by tests/bootstrap/schemas.py
    system:
      description: C(kubernetes).
      type: str
      returned: always
    name:
      description: The name of the cluster as it is configured.
      type: str
      returned: always
    complete:
      description: Whether the whole cluster was read.
      type: bool
      returned: always
    error:
      description: Why it was not, and what to do. V(none) if it was.
      type: str
      returned: always
    fetched_at:
      description: When the reading began, ISO 8601, UTC. V(none) if it was not complete.
      type: str
      returned: always
    # end of the fields
    volumes:
      description: The volumes on SAN devices by their handle, each with its claim, its attachments, publications and
        pods.
      type: dict
      returned: if it was complete
"""

import datetime
import typing as t

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes import objects as kubernetes_objects
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes.api import (
    UNEXPECTED,
    Client,
    Cluster,
    KubernetesConfigError,
    KubernetesError,
    clusters_from_options,
    from_file,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes.shapes import Document


class LookupModule(LookupBase):
    def run(self, terms: list[t.Any], variables: t.Any = None, **kwargs: t.Any) -> list[Document]:
        self.set_options(var_options=variables, direct=kwargs)
        if terms:
            raise AnsibleLookupError(
                "sanops.multipath.kubernetes_volumes takes no terms: name the clusters in clusters."
            )
        try:
            return [_read(cluster) for cluster in clusters_from_options(self.get_option("clusters"))]
        except KubernetesConfigError as exc:
            raise AnsibleLookupError(str(exc)) from exc


def _read(cluster: Cluster) -> Document:
    try:
        if cluster.file:
            fetched_at, get = from_file(cluster.file)
            return kubernetes_objects.document(cluster.name, get, fetched_at)
        fetched_at = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        with Client(cluster) as client:
            return kubernetes_objects.document(cluster.name, client.get, fetched_at)
    except KubernetesError as exc:
        return kubernetes_objects.failed(cluster.name, str(exc))
    except UNEXPECTED as exc:
        why = f"it has no {exc}" if isinstance(exc, KeyError) else str(exc)
        return kubernetes_objects.failed(cluster.name, f"an object is not as the API describes it: {why}")
