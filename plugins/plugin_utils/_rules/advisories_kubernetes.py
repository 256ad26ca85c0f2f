# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What Kubernetes clusters and their Trident show to be risky: MPC601 to MPC607. See _rules/advisories.py for what
an advisory is.
"""

import re

from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes import owners as kubernetes_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import INFO, WARNING

RULES = (
    {
        "id": "MPC601",
        "severity": WARNING,
        "title": "A Kubernetes cluster could not be asked about everything",
        "reason": (
            "What a cluster did not say is no evidence that it needs a device. While its API cannot be read, no "
            "device of any host may be removed."
        ),
        "remedy": (
            "mend what the error names: the address, the credentials, or the rights of the account "
            "(docs/kubernetes/rbac.yml)"
        ),
    },
    {
        "id": "MPC602",
        "severity": WARNING,
        "title": "Trident does not compare serial numbers when it stages a volume",
        "reason": "Before 23.07.1 Trident takes the device that it finds at a LUN id for the volume. A stale device "
        "there is formatted or mounted in its place: "
        "file systems were corrupted that way (NetApp's bulletin SU535).",
        "remedy": "update Trident, to 23.07.1 at the least; until then find stale devices before each maintenance",
    },
    {
        "id": "MPC603",
        "severity": WARNING,
        "title": "Trident has one igroup for all nodes",
        "reason": "Until 22.07 (ontap-san) and 23.04 (ontap-san-economy) an igroup is per back end: every node sees "
        "every LUN, so a scan leaves devices that "
        "nobody cleans up, and a LUN id is soon another volume's.",
        "remedy": (
            "update Trident, to 23.07.1 at the least; volumes get their igroups per node when they are next attached"
        ),
    },
    {
        "id": "MPC604",
        "severity": INFO,
        "title": "Trident scans more than the LUN that it needs",
        "reason": "Before 24.06 Trident scans a whole target where igroups per back end are still in use. What stale "
        "devices do to mounts must be found and "
        "cleared by hand.",
        "remedy": "update Trident, to 24.06 at the least",
    },
    {
        "id": "MPC605",
        "severity": INFO,
        "title": "Trident's self-healing of iSCSI sessions is set to 0s",
        "reason": (
            "From 24.02 that switches it off, and a session that was lost is not logged in again. An older one "
            "does not know it, and heals all the same."
        ),
        "remedy": (
            "after a fault of the network log the sessions in by hand (iscsi_relogin), or give it an interval again"
        ),
    },
    {
        "id": "MPC606",
        "severity": WARNING,
        "title": "An igroup per back end is still in use",
        "reason": "Volumes that were attached before Trident had igroups per node stay in the old one: every node that "
        "is in it sees their LUNs, and keeps the "
        "devices when they go.",
        "remedy": (
            "detach and attach them once (drain node after node), then see that nothing is mapped to the igroup "
            "and remove it on the array"
        ),
    },
    {
        "id": "MPC607",
        "severity": INFO,
        "title": "A volume is attached to a node that is not there",
        "reason": "Kubernetes detaches from a node that is not Ready only after minutes, and then by force: the pod "
        "moves, the array unmaps, and the node finds "
        "stale devices when it comes back.",
        "remedy": (
            "bring the node back, or take it out of service (kubectl taint, node.kubernetes.io/out-of-service); "
            "audit it before it gets pods again"
        ),
    },
)
_MOST = 5  # volumes named in one sentence


def told(documents, hosts):
    """Yields (rule, subject, what, where, hosts). *hosts*: {host of the inventory: its facts}."""
    for document in kubernetes_owners.of_kubernetes(documents):
        if not document["complete"]:
            yield "MPC601", "the API", document["error"], document["name"], list(hosts)
            continue
        by_host = {host: kubernetes_owners.nodes_of(facts, document) for host, facts in hosts.items()}
        mine = [host for host, nodes in by_host.items() if nodes]
        if document["trident"] is not None:
            for rule, subject, what in _trident(document):
                yield rule, subject, what, document["name"], mine
        by_node = {}
        for stray in document["strays"]:
            by_node.setdefault(stray["node"], []).append(stray["volume"])
        for node in sorted(by_node):
            what = "%s, and has attachments of %s" % (
                "is not Ready" if node in document["nodes"] else "is no node any more",
                _some(by_node[node]),
            )
            yield "MPC607", node, what, document["name"], [host for host, nodes in by_host.items() if node in nodes]


def _trident(document):
    trident = document["trident"]
    versions = [(text, version(text)) for text in trident["versions"]]
    for text, numbers in versions:
        if numbers is None:
            yield "MPC601", "Trident", "its version %s cannot be compared: MPC602 to MPC605 were not checked" % text
            continue
        subject = "Trident %s" % text
        if numbers < (23, 7, 1):
            yield "MPC602", subject, "is older than 23.07.1"
        shared = sorted(one["name"] for one in trident["backends"] if one["driver"] in _shared(numbers))
        if shared:
            yield "MPC603", subject, "of the back ends %s" % _some(shared)
        if numbers < (24, 6, 0):
            yield "MPC604", subject, "is older than 24.06"
        for daemon_set in sorted(trident["healing"]):
            interval = trident["healing"][daemon_set]
            if interval and not re.search("[1-9]", interval):
                yield (
                    "MPC605",
                    "DaemonSet %s" % daemon_set,
                    "it is off" if numbers >= (24, 2, 0) else "Trident %s does not know that, and heals" % text,
                )
    if not versions:
        yield "MPC601", "Trident", "it tells no version: MPC602 to MPC605 were not checked"
    for backend in trident["backends"]:
        for igroup in backend["igroups"]:
            volumes = sorted(one["name"] for one in document["volumes"].values() if igroup in one["igroups"])
            if volumes:
                yield "MPC606", igroup, "of the back end %s, by %s" % (backend["name"], _some(volumes))


def _shared(numbers):
    """The drivers whose back ends have one igroup for all nodes in this version."""
    return [
        driver for driver, since in (("ontap-san", (22, 7, 0)), ("ontap-san-economy", (23, 4, 0))) if numbers < since
    ]


def version(text):
    """(23, 7, 1) of 23.07.1, v23.07.1 or 23.07.1-custom+4; None for what is no version."""
    found = re.match(r"v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?![\d.])", text)
    return tuple(int(part or 0) for part in found.groups()) if found else None


def _some(names):
    return ", ".join(names[:_MOST]) + (" and %d more" % (len(names) - _MOST) if len(names) > _MOST else "")
