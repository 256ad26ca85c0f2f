# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What Kubernetes says of a device: which volume it is, and what forbids its removal.

Pure functions over the documents of _kubernetes/objects.py.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge.shapes import Owner
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes.shapes import Document, Volume

SYSTEM = "kubernetes"

# A host's facts, and a device as _judge/devices.py makes it.
Facts = Mapping[str, t.Any]
Device = Mapping[str, t.Any]


def owned(facts: Facts, device: Device, documents: Iterable[Document]) -> tuple[list[Owner], list[str]]:
    """Return the owners of a device and the vetoes against its removal, for owners.SYSTEMS.

    A cluster that was not read forbids everything: nobody can say that it needs none of it.
    """
    owners: list[Owner] = []
    vetoes: list[str] = []
    known = False
    clusters = of_kubernetes(documents)
    for document in clusters:
        if not document["complete"]:
            vetoes.append(
                f"the API of Kubernetes cluster {document['name']} could not be read, and may know of a use: "
                f"{document['error']}"
            )
            continue
        nodes = nodes_of(facts, document)
        known = known or bool(nodes)
        for handle in _volumes_of(device, nodes, document):
            volume = document["volumes"][handle]
            owners.append(_owner(volume, nodes, document))
            vetoes += _held(volume, nodes, document)
        vetoes += _unidentified(nodes, document)
    if clusters and not known and not vetoes:
        kubelet = (facts.get("platform") or {}).get("kubelet")
        if kubelet is not False:
            why = "a kubelet runs here" if kubelet else "whether a kubelet runs here could not be read"
            names = ", ".join(document["name"] for document in clusters)
            vetoes.append(
                f"{why}, and none of the Kubernetes clusters that were asked knows this host as a node: {names}"
            )
    return owners, vetoes


def of_kubernetes(documents: Iterable[Document]) -> list[Document]:
    """Return the documents of Kubernetes clusters."""
    return [document for document in documents if document["system"] == SYSTEM]


def nodes_of(facts: Facts, document: Document) -> list[str]:
    """Return the names of the nodes that this host may be, sorted: by an initiator that Trident knows, or by its name,
    in full or up to the first dot.

    More than one where they do not agree: then each of them counts.
    """
    names = facts["host"].get("initiators") or {}
    known_as = [identity.normal_initiator(str(name)) for name in names.get("iqn", []) + names.get("wwpns", [])]
    hostname = str(facts["host"].get("hostname") or "").lower()
    known_as += [hostname, hostname.split(".", 1)[0]]
    return sorted({node for name in known_as if name for node in document["known_as"].get(name, ())})


def drained(report: Mapping[str, t.Any], documents: Iterable[Document]) -> list[dict[str, str]]:
    """Return the node to drain that the host of a report is, as [{'cluster', 'node'}], or [] where no cluster knows it.

    Raises:
        ValueError: a cluster was not read, or the host may be more than one node.
    """
    (host,) = report["hosts"]
    found: list[dict[str, str]] = []
    for document in of_kubernetes(documents):
        if not document["complete"]:
            raise ValueError(f"Kubernetes cluster {document['name']} could not be read: {document['error']}")
        found += [{"cluster": document["name"], "node": node} for node in nodes_of(host["facts"], document)]
    if len(found) > 1:
        nodes = ", ".join(f"{candidate['node']} of {candidate['cluster']}" for candidate in found)
        raise ValueError(f"{host['name']} may be any of the nodes {nodes}")
    return found


def _volumes_of(device: Device, nodes: Sequence[str], document: Document) -> list[str]:
    """Return the handles of the volumes that a device is: by its identity, by the identity of the LUN that answers at
    its address, by the LUN's name, and by its address.
    """
    luns = device["array"]["luns"] + device["answered_by"]
    wwids = [device["wwid"], *(path["wire"]["wwid"] for path in device["paths"]), *(lun["wwid"] for lun in luns)]
    # ONTAP's /vol/VOLUME/LUN: the volume has the name (ontap-san), or the LUN (ontap-san-economy).
    names = [part for lun in luns for part in (lun["name"] or "").split("/")[2:]]
    addresses = []
    for path in device["paths"]:
        if path.get("target"):
            address = f"{identity.normal_initiator(path['target'])} {path['hctl'].split(':')[-1]}"
            addresses += [f"{node} {address}" for node in ("*", *nodes)]
    found = [handle for wwid in wwids if wwid for handle in document["wwids"].get(wwid.lower(), ())]
    found += [handle for name in names for handle in document["luns"].get(name, ())]
    found += [handle for address in addresses for handle in document["addresses"].get(address, ())]
    return sorted({handle for handle in found if handle in document["volumes"]})


def _owner(volume: Volume, nodes: Sequence[str], document: Document) -> Owner:
    return {
        "system": SYSTEM,
        "cluster": document["name"],
        "volume": volume["name"],
        "namespace": volume["namespace"],
        "claim": volume["claim"],
        "pods": [f"{pod['name']} ({pod['phase']} on {pod['node'] or 'no node yet'})" for pod in volume["pods"]],
        "state": _state(volume, nodes),
    }


def _state(volume: Volume, nodes: Sequence[str]) -> str | None:
    """Return in words where a volume is now: often why the device here went stale. None where there is nothing to
    say.
    """
    parts = []
    if volume["phase"] is None:
        parts.append("its PersistentVolume is gone")
    elif volume["phase"] != "Bound":
        parts.append(f"its PersistentVolume is {volume['phase']}")
    parts += [
        f"attached to {attachment['node']} since {attachment['since']}"
        for attachment in volume["attachments"]
        if attachment["node"] not in nodes
    ]
    if not volume["attachments"]:
        parts.append("attached to no node")
    return "; ".join(parts) or None


def _held(volume: Volume, nodes: Sequence[str], document: Document) -> list[str]:
    """Return why a volume must not be removed from this node."""
    where = f"{volume['name']} of Kubernetes cluster {document['name']}"
    found = []
    for attachment in volume["attachments"]:
        if attachment["node"] in nodes:
            state = "" if attachment["attached"] else " (not attached yet, or not any more)"
            if attachment["deleting"]:
                state = " (it is being deleted)"
            found.append(f"a VolumeAttachment of {where} names the node {attachment['node']}{state}")
    found += [
        f"a TridentVolumePublication of {where} names the node {node}"
        for node in volume["publications"]
        if node in nodes
    ]
    found += [
        f"the pod {pod['name']} ({pod['phase']}) on {pod['node']} uses {where}"
        for pod in volume["pods"]
        if pod["node"] in nodes
    ]
    return found


def _unidentified(nodes: Sequence[str], document: Document) -> list[str]:
    handles = sorted({handle for node in nodes for handle in document["unidentified"].get(node, ())})
    return [
        f"Trident has {document['volumes'][handle]['name']} of Kubernetes cluster {document['name']} here, and nothing "
        f"says which device it is"
        for handle in handles
    ]
