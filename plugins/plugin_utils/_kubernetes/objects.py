# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is kept of a Kubernetes cluster's objects: the volumes on SAN devices, who holds them on which node, and what
the advisories need of Trident. The shapes are in _kubernetes/shapes.py.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Iterator, Mapping

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes.api import Getter, Object, Query, pages
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes.shapes import (
    Attachment,
    Backend,
    Document,
    Node,
    Pod,
    Stray,
    Trident,
    Volume,
)

SYSTEM = "kubernetes"
TRIDENT = "csi.trident.netapp.io"
GROUP = "trident.netapp.io"
NODES, PODS, VOLUMES = "/api/v1/nodes", "/api/v1/pods", "/api/v1/persistentvolumes"
ATTACHMENTS, DAEMON_SETS = "/apis/storage.k8s.io/v1/volumeattachments", "/apis/apps/v1/daemonsets"
# Trident's node plugin bears this label whoever installed it (operator, Helm, tridentctl).
NODE_PLUGIN = {"labelSelector": "app=node.csi.trident.netapp.io"}
ENDED = ("Succeeded", "Failed")
_HEALING = re.compile("--?iscsi_self_healing_interval=(.*)")


Lister = Callable[..., Iterator[Object]]


class _TridentObjects(t.NamedTuple):
    """What is read of Trident: a part for the advisories, and the objects that say whose volumes are where."""

    advice: Trident
    volumes: list[Object]
    publications: list[Object]
    nodes: list[Object]


def document(name: str, get: Getter, fetched_at: str) -> Document:
    """Return what owners.owned and _rules/advisories_kubernetes.py take.

    Args:
        get: reads an object.
        fetched_at: when the reading began.

    Raises:
        KubernetesError: a list could not be read to its end.
        UNEXPECTED (of api.py): an object is not as the API describes it.
    """

    def every(path: str, query: Query = None) -> Iterator[Object]:
        for items in pages(get, path, query):
            yield from items

    # A pod is scheduled before its volume is attached, and the volume is detached after the pod has ended: in this
    # order nothing is missed in between.
    pods = [pod for pod in map(_pod, every(PODS)) if pod]
    attachments = [_attachment(item) for item in every(ATTACHMENTS)]
    nodes = {item["metadata"]["name"]: _node(item) for item in every(NODES)}
    trident = _trident(get, every)
    volumes = _Volumes()
    for item in every(VOLUMES):
        volumes.add_persistent(item)
    for item in trident.volumes if trident else ():
        volumes.add_of_trident(item)
    for attachment in attachments:
        volumes.attach(attachment)
    for item in trident.publications if trident else ():
        volumes.publish(item)
    for pod in pods:
        volumes.use(pod)
    return {
        "system": SYSTEM,
        "name": name,
        "complete": True,
        "error": None,
        "fetched_at": fetched_at,
        "nodes": {
            node_name: {"ready": node["ready"], "unschedulable": node["unschedulable"]}
            for node_name, node in nodes.items()
        },
        "known_as": _known_as(nodes, trident.nodes if trident else []),
        "volumes": volumes.on_scsi(),
        "wwids": volumes.keys["wwids"],
        "luns": volumes.keys["luns"],
        "addresses": volumes.keys["addresses"],
        "unidentified": volumes.unidentified(),
        "strays": _strays(attachments, nodes),
        "trident": trident.advice if trident else None,
    }


def failed(name: str, why: str) -> Document:
    """Return the document of a cluster that could not be read."""
    return {"system": SYSTEM, "name": name, "complete": False, "error": why, "fetched_at": None}


def _strays(attachments: list[Attachment], nodes: Mapping[str, Node]) -> list[Stray]:
    ready = {name for name, node in nodes.items() if node["ready"]}
    return [
        {"attachment": attachment["attachment"], "volume": attachment["volume"], "node": attachment["node"]}
        for attachment in attachments
        if attachment["driver"] == TRIDENT and attachment["node"] not in ready
    ]


class _Volumes:
    """The volumes on SAN devices, put together from what each kind of object says of them."""

    def __init__(self) -> None:
        self.volumes: dict[str, Volume] = {}
        self.handles: dict[str, str] = {}  # by name of the PersistentVolume
        self.claims: dict[tuple[str | None, str | None], list[str]] = {}
        self.keys: dict[str, dict[str, list[str]]] = {"wwids": {}, "luns": {}, "addresses": {}}
        self.identified: set[str] = set()
        self.others: set[str] = set()  # volumes of Trident that are not on a SCSI device

    def add_persistent(self, item: Object) -> None:
        spec, name = item["spec"], item["metadata"]["name"]
        csi, iscsi, fc = (spec.get(kind) or {} for kind in ("csi", "iscsi", "fc"))
        if not (csi.get("driver") == TRIDENT or iscsi or fc):
            return  # another driver: nothing here says which device it is
        handle = csi.get("volumeHandle") or name
        claim = spec.get("claimRef") or {}
        volume = self._volume(handle, name)
        volume["namespace"] = claim.get("namespace")
        volume["claim"] = claim.get("name")
        volume["phase"] = (item.get("status") or {}).get("phase") or "unknown"
        self.handles[name] = handle
        self.claims.setdefault((claim.get("namespace"), claim.get("name")), []).append(handle)
        attributes = csi.get("volumeAttributes") or {}
        if attributes.get("protocol") == "file":
            self.others.add(handle)
        self._key("luns", attributes.get("internalName"), handle, identifies=False)
        if iscsi:
            self._key("addresses", _address("*", iscsi["iqn"], iscsi["lun"]), handle)
        for target in fc.get("targetWWNs") or ():
            self._key("addresses", _address("*", target, fc["lun"]), handle)
        for wwid in fc.get("wwids") or ():
            self._key("wwids", wwid.lower(), handle)

    def add_of_trident(self, item: Object) -> None:
        config = item.get("config") or {}
        access = config.get("accessInformation") or {}
        handle = config.get("name") or item["metadata"]["name"]
        if config.get("protocol") == "file" or _no_scsi(access):
            self.others.add(handle)
            return
        self._volume(handle, handle)
        self._key("luns", config.get("internalName"), handle, identifies=False)
        self._access(access, handle, None)

    def attach(self, attachment: Attachment) -> None:
        handle = self.handles.get(attachment["volume"], attachment["volume"])
        if attachment["driver"] != TRIDENT or handle in self.others:
            return
        volume = self._volume(handle, attachment["volume"])
        volume["attachments"].append(
            {
                "node": attachment["node"],
                "attached": attachment["attached"],
                "deleting": attachment["deleting"],
                "since": attachment["since"],
            }
        )
        if attachment["metadata"].get("protocol") == "file" or _no_scsi(attachment["metadata"]):
            self.others.add(handle)
        self._access(attachment["metadata"], handle, attachment["node"])

    def publish(self, item: Object) -> None:
        if item["volumeID"] not in self.others:
            self._volume(item["volumeID"], item["volumeID"])["publications"].append(item["nodeID"])

    def use(self, pod: Pod) -> None:
        for claim in pod["claims"]:
            for handle in self.claims.get((pod["namespace"], claim), ()):
                if handle in self.volumes:
                    self.volumes[handle]["pods"].append(
                        {"name": pod["name"], "node": pod["node"], "phase": pod["phase"]}
                    )

    def on_scsi(self) -> dict[str, Volume]:
        """Return the volumes by handle."""
        return {handle: volume for handle, volume in self.volumes.items() if handle not in self.others}

    def unidentified(self) -> dict[str, list[str]]:
        """Return by node the handles of the volumes there of which nothing says which device they are."""
        found: dict[str, list[str]] = {}
        for handle, volume in self.on_scsi().items():
            if handle not in self.identified:
                for node in {held["node"] for held in volume["attachments"]}.union(volume["publications"]):
                    found.setdefault(node, []).append(handle)
        return found

    def _volume(self, handle: str, name: str) -> Volume:
        return self.volumes.setdefault(
            handle,
            {
                "name": name,
                "namespace": None,
                "claim": None,
                "phase": None,
                "attachments": [],
                "publications": [],
                "pods": [],
                "igroups": [],
            },
        )

    def _access(self, access: Mapping[str, t.Any], handle: str, node: str | None) -> None:
        """Note how a volume is reached, as the volume or an attachment says.

        The LUN's number is valid for the *node* of an attachment only.
        """
        for serial in (access.get("iscsiLunSerial"), access.get("fcpLunSerial")):
            if serial:
                self._key("wwids", identity.ontap_wwid(serial), handle)
        if node and access.get("iscsiTargetIqn") and str(access.get("iscsiLunNumber", "")).isdigit():
            self._key("addresses", _address(node, access["iscsiTargetIqn"], access["iscsiLunNumber"]), handle)
        for igroup in ((access.get("iscsiIgroup") or "") + "," + (access.get("fcpIgroup") or "")).split(","):
            if igroup and igroup not in self.volumes[handle]["igroups"]:
                self.volumes[handle]["igroups"].append(igroup)

    def _key(self, kind: str, key: str | None, handle: str, identifies: bool = True) -> None:
        if key:
            handles = self.keys[kind].setdefault(key, [])
            if handle not in handles:
                handles.append(handle)
            if identifies:
                self.identified.add(handle)


def _no_scsi(access: Mapping[str, t.Any]) -> bool:
    """Return whether an access information is of NFS, SMB or NVMe."""
    return any(value for key, value in access.items() if key.lower().startswith(("nfs", "smb", "nvme")))


def _address(node: str, target: str, lun: t.Any) -> str:
    return f"{node} {identity.normal_initiator(target)} {lun}"


def _pod(item: Object) -> Pod | None:
    """Return a pod that has not ended and uses a claim, or None."""
    spec, meta, phase = item["spec"], item["metadata"], (item.get("status") or {}).get("phase")
    claims: list[str] = []
    for volume in spec.get("volumes") or ():
        if volume.get("persistentVolumeClaim"):
            claims.append(volume["persistentVolumeClaim"]["claimName"])
        if volume.get("ephemeral"):  # the claim that is made for it has this name
            claims.append(f"{meta['name']}-{volume['name']}")
    if not claims or phase in ENDED:
        return None
    return {
        "name": f"{meta['namespace']}/{meta['name']}",
        "namespace": meta["namespace"],
        "node": spec.get("nodeName"),
        "phase": phase,
        "claims": claims,
    }


def _attachment(item: Object) -> Attachment:
    spec, status, meta = item["spec"], item.get("status") or {}, item["metadata"]
    name = meta["name"]
    return {
        "attachment": name,
        "driver": spec["attacher"],
        "node": spec["nodeName"],
        "volume": (spec.get("source") or {}).get("persistentVolumeName") or f"the inline volume of {name}",
        "attached": bool(status.get("attached")),
        "deleting": meta.get("deletionTimestamp"),
        "since": meta.get("creationTimestamp"),
        "metadata": status.get("attachmentMetadata") or {},
    }


def _node(item: Object) -> Node:
    status, meta = item.get("status") or {}, item["metadata"]
    names = [meta["name"], (meta.get("labels") or {}).get("kubernetes.io/hostname")]
    names += [
        address["address"]
        for address in status.get("addresses") or ()
        if address["type"] in ("Hostname", "InternalDNS")
    ]
    ready = [
        condition["status"] == "True" for condition in status.get("conditions") or () if condition["type"] == "Ready"
    ]
    return {
        "names": [name.lower() for name in names if name],
        "ready": ready == [True],
        "unschedulable": bool(item["spec"].get("unschedulable")),
    }


def _known_as(nodes: Mapping[str, Node], of_trident: list[Object]) -> dict[str, list[str]]:
    """Return names of nodes by the names of hosts, in full and up to the first dot, and by initiators."""
    known: dict[str, list[str]] = {}
    for node_name, node in nodes.items():
        for name in set(node["names"]).union(name.split(".")[0] for name in node["names"]):
            known.setdefault(name, []).append(node_name)
    for item in of_trident:
        # From 26.06 on these are in spec, and copied to where they were.
        fields = {**(item.get("spec") or {}), **{key: value for key, value in item.items() if value}}
        node_name = fields.get("name") or item["metadata"]["name"]
        for initiator in [fields.get("iqn"), *(fields.get("hostWWPNMap") or ())]:
            if initiator and node_name not in known.setdefault(identity.normal_initiator(initiator), []):
                known[identity.normal_initiator(initiator)].append(node_name)
    return known


def _trident(get: Getter, every: Lister) -> _TridentObjects | None:
    """Return Trident's own objects, or None where the cluster has none of its resources.

    The API's list of groups says so, not a 404.
    """
    groups = get("/apis")["groups"]
    if GROUP not in [group["name"] for group in groups]:
        return None
    root = f"/apis/{GROUP}/v1"
    resources = [resource["name"] for resource in get(root)["resources"]]

    def listed(resource: str) -> list[Object]:
        # An older Trident has fewer of them.
        return list(every(f"{root}/{resource}")) if resource in resources else []

    publications, volumes, nodes = (
        listed(resource) for resource in ("tridentvolumepublications", "tridentvolumes", "tridentnodes")
    )
    return _TridentObjects(
        advice={
            "versions": sorted({str(item.get("trident_version")) for item in listed("tridentversions")}),
            "backends": [_backend(item) for item in listed("tridentbackends")],
            "healing": _healing(every),
        },
        volumes=volumes,
        publications=publications,
        nodes=nodes,
    )


def _healing(every: Lister) -> dict[str, str | None]:
    """Return by DaemonSet of the node plugin its iscsi_self_healing_interval, None where it has no such argument."""
    found: dict[str, str | None] = {}
    for item in every(DAEMON_SETS, NODE_PLUGIN):
        if (item["metadata"].get("labels") or {}).get("app") != "node.csi.trident.netapp.io":
            continue  # a file has them all
        arguments = [
            text for container in item["spec"]["template"]["spec"]["containers"] for text in container.get("args") or ()
        ]
        matches = map(_HEALING.match, arguments)
        found[item["metadata"]["name"]] = next((match.group(1) for match in matches if match), None)
    return found


def _backend(item: Object) -> Backend:
    ontap = (item.get("config") or {}).get("ontap_config") or {}
    return {
        "name": item.get("backendName") or item["metadata"]["name"],
        "driver": ontap.get("storageDriverName"),
        "igroups": [name for name in (ontap.get("igroupName"), f"trident-{item.get('backendUUID')}") if name],
    }
