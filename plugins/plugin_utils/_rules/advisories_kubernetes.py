# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What Kubernetes clusters and Trident show to be risky: MPC601 to MPC607."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes import veto as kubernetes_veto
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes.shapes import Document, Trident
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import INFO, WARNING
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.shapes import AdvisoryRule, Facts, few

RULES: tuple[AdvisoryRule, ...] = (
    {
        "id": "MPC601",
        "severity": WARNING,
        "title": "A Kubernetes cluster could not be read completely",
        "reason": "A missing answer is no evidence that the cluster does not need a device. While its API cannot be "
        "read, no device of any host may be removed.",
        "remedy": "fix what the error names: the address, the credentials, or the rights of the account "
        "(docs/kubernetes/rbac.yml)",
    },
    {
        "id": "MPC602",
        "severity": WARNING,
        "title": "Trident does not compare serial numbers when it stages a volume",
        "reason": "Before 23.07.1 Trident takes the device that it finds at a LUN id for the volume. A stale device "
        "there is formatted or mounted instead: file systems were corrupted that way (NetApp's bulletin SU535).",
        "remedy": "update Trident to at least 23.07.1; until then find stale devices before each maintenance",
    },
    {
        "id": "MPC603",
        "severity": WARNING,
        "title": "Trident has one igroup for all nodes",
        "reason": "Until 22.07 (ontap-san) and 23.04 (ontap-san-economy) an igroup is per back end: every node sees "
        "every LUN, so a scan leaves devices that nobody cleans up, and a LUN id is soon reused for another volume.",
        "remedy": "update Trident to at least 23.07.1; volumes get their igroups per node when they are next attached",
    },
    {
        "id": "MPC604",
        "severity": INFO,
        "title": "Trident scans more than the LUN that it needs",
        "reason": "Before 24.06 Trident scans a whole target where igroups per back end are still in use. Stale "
        "devices that disturb its mounts must be found and removed by hand.",
        "remedy": "update Trident to at least 24.06",
    },
    {
        "id": "MPC605",
        "severity": INFO,
        "title": "Trident's self-healing of iSCSI sessions is set to 0s",
        "reason": "From 24.02 that disables it, and a lost session is not logged in again. An older Trident does not "
        "know the setting, and heals all the same.",
        "remedy": "after a fault of the network log the sessions in by hand (iscsi_relogin), or set an interval again",
    },
    {
        "id": "MPC606",
        "severity": WARNING,
        "title": "An igroup per back end is still in use",
        "reason": "Volumes that were attached before Trident had igroups per node stay in the old igroup: every node "
        "in it sees their LUNs, and keeps the devices when they are unmapped.",
        "remedy": "detach and attach them once (drain node after node), then check that no LUN is mapped to the igroup "
        "and delete it on the array",
    },
    {
        "id": "MPC607",
        "severity": INFO,
        "title": "A volume is attached to a node that is not there",
        "reason": "Kubernetes detaches from a node that is not Ready only after minutes, and then by force: the pod "
        "moves, the array unmaps the LUN, and the node has stale devices when it comes back.",
        "remedy": "bring the node back, or take it out of service (kubectl taint, node.kubernetes.io/out-of-service); "
        "audit it before it gets pods again",
    },
)
_MOST = 5  # volumes named in one sentence
Version = tuple[int, ...]


def reported(
    documents: Iterable[Document], hosts: Mapping[str, Facts]
) -> Iterator[tuple[str, str, str, str, list[str]]]:
    """Yield (rule, subject, what, where, hosts).

    Args:
        hosts: the facts of each host of the inventory.
    """
    for document in kubernetes_veto.of_kubernetes(documents):
        if not document["complete"]:
            yield "MPC601", "the API", str(document["error"]), document["name"], list(hosts)
            continue
        by_host = {host: kubernetes_veto.nodes_of(facts, document) for host, facts in hosts.items()}
        on_nodes = [host for host, nodes in by_host.items() if nodes]
        if document["trident"] is not None:
            for rule, subject, what in _trident(document["trident"], document):
                yield rule, subject, what, document["name"], on_nodes
        by_node: dict[str, list[str]] = {}
        for stray in document["strays"]:
            by_node.setdefault(stray["node"], []).append(stray["volume"])
        for node in sorted(by_node):
            state = "is not Ready" if node in document["nodes"] else "is no longer a node"
            what = f"{state}, and has attachments of {few(by_node[node], _MOST)}"
            yield "MPC607", node, what, document["name"], [host for host, nodes in by_host.items() if node in nodes]


def _trident(trident: Trident, document: Document) -> Iterator[tuple[str, str, str]]:
    for text in trident["versions"]:
        numbers = version(text)
        if numbers is None:
            yield "MPC601", "Trident", f"its version {text} cannot be compared: MPC602 to MPC605 were not checked"
        else:
            yield from _of_version(trident, text, numbers)
    if not trident["versions"]:
        yield "MPC601", "Trident", "it reports no version: MPC602 to MPC605 were not checked"
    for backend in trident["backends"]:
        for igroup in backend["igroups"]:
            volumes = sorted(volume["name"] for volume in document["volumes"].values() if igroup in volume["igroups"])
            if volumes:
                yield "MPC606", igroup, f"of the back end {backend['name']}, by {few(volumes, _MOST)}"


def _of_version(trident: Trident, text: str, numbers: Version) -> Iterator[tuple[str, str, str]]:
    subject = f"Trident {text}"
    if numbers < (23, 7, 1):
        yield "MPC602", subject, "is older than 23.07.1"
    shared = sorted(backend["name"] for backend in trident["backends"] if backend["driver"] in _shared(numbers))
    if shared:
        yield "MPC603", subject, f"of the back ends {few(shared, _MOST)}"
    if numbers < (24, 6, 0):
        yield "MPC604", subject, "is older than 24.06"
    for daemon_set, interval in sorted(trident["healing"].items()):
        if interval and not re.search("[1-9]", interval):
            off = numbers >= (24, 2, 0)
            what = "it is off" if off else f"Trident {text} does not know the setting, and heals"
            yield "MPC605", f"DaemonSet {daemon_set}", what


def _shared(numbers: Version) -> list[str]:
    """Return the drivers whose back ends have one igroup for all nodes in this version."""
    since = {"ontap-san": (22, 7, 0), "ontap-san-economy": (23, 4, 0)}
    return [driver for driver, first in since.items() if numbers < first]


def version(text: str) -> Version | None:
    """Return (23, 7, 1) for 23.07.1, v23.07.1 or 23.07.1-custom+4; None for what is not a version."""
    found = re.match(r"v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?![\d.])", text)
    return tuple(int(part or 0) for part in found.groups()) if found else None
