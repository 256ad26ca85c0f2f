# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is kept of a Kubernetes cluster's objects: the volumes on SAN devices, who holds them on which node, and what
of Trident the advisories need.

Fields of Trident's resources as in its persistent_store/crd/apis/netapp/v1 (types.go) and utils/models
(VolumeAccessInfo).
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Mapping

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes.api import pages

SYSTEM = "kubernetes"
TRIDENT = "csi.trident.netapp.io"
GROUP = "trident.netapp.io"
NODES, PODS, VOLUMES = "/api/v1/nodes", "/api/v1/pods", "/api/v1/persistentvolumes"
ATTACHMENTS, DAEMON_SETS = "/apis/storage.k8s.io/v1/volumeattachments", "/apis/apps/v1/daemonsets"
# Trident's node plugin bears this label whoever installed it (operator, Helm, tridentctl).
NODE_PLUGIN = {"labelSelector": "app=node.csi.trident.netapp.io"}
ENDED = ("Succeeded", "Failed")
_HEALING = re.compile("--?iscsi_self_healing_interval=(.*)")


def document(name: str, get: Callable[[str, Mapping | None], dict], fetched_at: str) -> dict:
    """What owners.owned and _rules/advisories_kubernetes.py take, read with *get* (path, query -> object).

    {'system', 'name', 'complete': True, 'error': None, 'fetched_at', 'nodes': {node: {'ready', 'unschedulable'}},
    'known_as': {name of a host or an initiator: [node]}, 'volumes': {handle: volume}, 'wwids', 'luns' (Trident's
    internal names), 'addresses' ("NODE TARGET LUN"; * for any node): each {key: [handle]}, 'unidentified': {node:
    [handle]}, 'strays': [{'attachment', 'volume', 'node'}], 'trident': {...} or None}. A volume is {'name',
    'namespace', 'claim', 'phase' (None: there is no PersistentVolume), 'attachments': [{'node', 'attached',
    'deleting', 'since'}], 'publications': [node], 'pods': [{'name', 'node', 'phase'}], 'igroups'}. Raises
    KubernetesError, and what objects of another shape end in.
    """

    def every(path: str, query: Mapping | None = None) -> t.Iterator[dict]:
        for items in pages(get, path, query):
            yield from items

    # A pod is scheduled before its volume is attached, and the volume detached after the pod has gone: in this order
    # nothing slips through in between.
    pods = [found for found in map(_pod, every(PODS)) if found]
    attachments = [_attachment(one) for one in every(ATTACHMENTS)]
    nodes = {one["metadata"]["name"]: _node(one) for one in every(NODES)}
    trident = _trident(get, every)
    volumes = _Volumes()
    for one in every(VOLUMES):
        volumes.add_persistent(one)
    for one in trident.pop("volumes") if trident else ():
        volumes.add_of_trident(one)
    for one in attachments:
        volumes.attach(one)
    for one in trident.pop("publications") if trident else ():
        volumes.publish(one)
    for one in pods:
        volumes.use(one)
    return {
        "system": SYSTEM,
        "name": name,
        "complete": True,
        "error": None,
        "fetched_at": fetched_at,
        "nodes": {node: {key: one[key] for key in ("ready", "unschedulable")} for node, one in nodes.items()},
        "known_as": _known_as(nodes, trident.pop("nodes") if trident else []),
        **volumes.told(),
        "strays": [
            {key: one[key] for key in ("attachment", "volume", "node")}
            for one in attachments
            if one["driver"] == TRIDENT and not nodes.get(one["node"], {}).get("ready")
        ],
        "trident": trident,
    }


def failed(name: str, why: str) -> dict:
    """The document of a cluster that could not be read."""
    return {"system": SYSTEM, "name": name, "complete": False, "error": why, "fetched_at": None}


class _Volumes:
    """The volumes on SAN devices, put together from what each kind of object says of them."""

    def __init__(self) -> None:
        self.volumes: dict[str, dict] = {}
        self.handles: dict[str, str] = {}  # by name of the PersistentVolume
        self.claims: dict[tuple, list[str]] = {}
        self.keys: dict[str, dict] = {"wwids": {}, "luns": {}, "addresses": {}}
        self.identified: set[str] = set()
        self.others: set[str] = set()  # of Trident, and on no SCSI device

    def add_persistent(self, one: dict) -> None:
        spec, name = one["spec"], one["metadata"]["name"]
        csi, iscsi, fc = (spec.get(kind) or {} for kind in ("csi", "iscsi", "fc"))
        if not (csi.get("driver") == TRIDENT or iscsi or fc):
            return  # another driver: nothing here tells which device it is
        handle = csi.get("volumeHandle") or name
        claim = spec.get("claimRef") or {}
        volume = self._volume(handle, name)
        volume.update(
            namespace=claim.get("namespace"),
            claim=claim.get("name"),
            phase=(one.get("status") or {}).get("phase") or "unknown",
        )
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

    def add_of_trident(self, one: dict) -> None:
        config = one.get("config") or {}
        access = config.get("accessInformation") or {}
        handle = config.get("name") or one["metadata"]["name"]
        if config.get("protocol") == "file" or _no_scsi(access):
            self.others.add(handle)
            return
        self._volume(handle, handle)
        self._key("luns", config.get("internalName"), handle, identifies=False)
        self._access(access, handle, None)

    def attach(self, one: dict) -> None:
        handle = self.handles.get(one["volume"], one["volume"])
        if one["driver"] != TRIDENT or handle in self.others:
            return
        volume = self._volume(handle, one["volume"])
        volume["attachments"].append({key: one[key] for key in ("node", "attached", "deleting", "since")})
        if one["metadata"].get("protocol") == "file" or _no_scsi(one["metadata"]):
            self.others.add(handle)
        self._access(one["metadata"], handle, one["node"])

    def publish(self, one: dict) -> None:
        if one["volumeID"] not in self.others:
            self._volume(one["volumeID"], one["volumeID"])["publications"].append(one["nodeID"])

    def use(self, pod: dict) -> None:
        for claim in pod["claims"]:
            for handle in self.claims.get((pod["namespace"], claim), ()):
                if handle in self.volumes:
                    self.volumes[handle]["pods"].append({key: pod[key] for key in ("name", "node", "phase")})

    def told(self) -> dict:
        volumes = {handle: one for handle, one in self.volumes.items() if handle not in self.others}
        unidentified: dict[str, list[str]] = {}
        for handle, one in volumes.items():
            if handle not in self.identified:
                for node in {held["node"] for held in one["attachments"]}.union(one["publications"]):
                    unidentified.setdefault(node, []).append(handle)
        return {"volumes": volumes, **self.keys, "unidentified": unidentified}

    def _volume(self, handle: str, name: str) -> dict:
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

    def _access(self, access: dict, handle: str, node: str | None) -> None:
        """How a volume is reached, as the volume or an attachment says; the LUN's number counts for the *node* of
        an attachment only.
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


def _no_scsi(access: dict) -> bool:
    """Whether an access information is one of NFS, SMB or NVMe."""
    return any(value for key, value in access.items() if key.lower().startswith(("nfs", "smb", "nvme")))


def _address(node: str, target: str, lun: t.Any) -> str:
    return "%s %s %s" % (node, identity.normal_initiator(target), lun)


def _pod(one: dict) -> dict | None:
    """A pod that has not ended and uses a claim, or None."""
    spec, meta, phase = one["spec"], one["metadata"], (one.get("status") or {}).get("phase")
    claims = []
    for volume in spec.get("volumes") or ():
        if volume.get("persistentVolumeClaim"):
            claims.append(volume["persistentVolumeClaim"]["claimName"])
        if volume.get("ephemeral"):  # the claim that is made for it has this name
            claims.append("%s-%s" % (meta["name"], volume["name"]))
    if not claims or phase in ENDED:
        return None
    return {
        "name": "%s/%s" % (meta["namespace"], meta["name"]),
        "namespace": meta["namespace"],
        "node": spec.get("nodeName"),
        "phase": phase,
        "claims": claims,
    }


def _attachment(one: dict) -> dict:
    spec, status = one["spec"], one.get("status") or {}
    name = one["metadata"]["name"]
    return {
        "attachment": name,
        "driver": spec["attacher"],
        "node": spec["nodeName"],
        "volume": (spec.get("source") or {}).get("persistentVolumeName") or "the inline volume of %s" % name,
        "attached": bool(status.get("attached")),
        "deleting": one["metadata"].get("deletionTimestamp"),
        "since": one["metadata"].get("creationTimestamp"),
        "metadata": status.get("attachmentMetadata") or {},
    }


def _node(one: dict) -> dict:
    status, meta = one.get("status") or {}, one["metadata"]
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
        "unschedulable": bool(one["spec"].get("unschedulable")),
    }


def _known_as(nodes: dict, of_trident: list[dict]) -> dict:
    known: dict[str, list[str]] = {}
    for node, one in nodes.items():
        for name in set(one["names"]).union(name.split(".")[0] for name in one["names"]):
            known.setdefault(name, []).append(node)
    for one in of_trident:
        # From 26.06 on these are in spec, and copied to where they were.
        node = dict(one.get("spec") or {}, **{key: value for key, value in one.items() if value})
        name = node.get("name") or one["metadata"]["name"]
        for initiator in [node.get("iqn")] + list(node.get("hostWWPNMap") or ()):
            if initiator and name not in known.setdefault(identity.normal_initiator(initiator), []):
                known[identity.normal_initiator(initiator)].append(name)
    return known


def _trident(get: Callable, every: Callable) -> dict | None:
    """Trident's own objects, or None where the cluster has none of its resources.

    It is the API's list of groups that says so, not a 404.
    """
    groups = get("/apis", None)["groups"]
    if GROUP not in [group["name"] for group in groups]:
        return None
    root = "/apis/%s/v1" % GROUP
    there = [one["name"] for one in get(root, None)["resources"]]

    def listed(resource: str) -> list[dict]:
        # An older Trident has fewer of them.
        return list(every("%s/%s" % (root, resource))) if resource in there else []

    healing = {}
    for one in every(DAEMON_SETS, NODE_PLUGIN):
        if (one["metadata"].get("labels") or {}).get("app") != "node.csi.trident.netapp.io":
            continue  # a file has them all
        arguments = [
            text for container in one["spec"]["template"]["spec"]["containers"] for text in container.get("args") or ()
        ]
        healing[one["metadata"]["name"]] = next(
            (found.group(1) for found in map(_HEALING.match, arguments) if found), None
        )
    return {
        "publications": listed("tridentvolumepublications"),
        "volumes": listed("tridentvolumes"),
        "nodes": listed("tridentnodes"),
        "versions": sorted({str(one.get("trident_version")) for one in listed("tridentversions")}),
        "backends": [_backend(one) for one in listed("tridentbackends")],
        "healing": healing,
    }


def _backend(one: dict) -> dict:
    ontap = (one.get("config") or {}).get("ontap_config") or {}
    return {
        "name": one.get("backendName") or one["metadata"]["name"],
        "driver": ontap.get("storageDriverName"),
        "igroups": [name for name in (ontap.get("igroupName"), "trident-%s" % one.get("backendUUID")) if name],
    }
