# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects of a cluster with Trident, as its API gives them (README.md says where their fields come from)."""

import copy

BACKEND = "6f1ae6d6-2b11-4a52-8d5e-8d4b5c1b7f2e"
TRIDENT = "5e0c3b6a-77c4-4b39-a1f0-2d2f3a0f9a11"
TARGET = "iqn.1992-08.com.netapp:sn.0123456789abcdef:vs.3"
SINCE = "2026-11-20T08:15:00Z"
# (path of the API, resource, kind, namespaced)
RESOURCES = (
    ("/api/v1", "nodes", "Node", False),
    ("/api/v1", "pods", "Pod", True),
    ("/api/v1", "persistentvolumes", "PersistentVolume", False),
    ("/apis/storage.k8s.io/v1", "volumeattachments", "VolumeAttachment", False),
    ("/apis/apps/v1", "daemonsets", "DaemonSet", True),
    ("/apis/policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", True),
    *(
        ("/apis/trident.netapp.io/v1", kind.lower() + "s", kind, True)
        for kind in ("TridentVersion", "TridentBackend", "TridentVolume", "TridentVolumePublication", "TridentNode")
    ),
)


class Cluster:
    """The objects of a cluster by resource, in `objects`; the methods add some and give them back."""

    def __init__(self, trident="26.06.0", groups=True):
        self.objects = {resource: [] for dummy, resource, *rest in RESOURCES}
        self.has_trident = groups and trident is not None
        if trident is not None:
            self.add(
                "tridentversions",
                meta("trident", "trident"),
                trident_version=trident,
                trident_store_version="crd",
                trident_api_version="1",
            )
            self.healing("5m0s")

    def add(self, resource, metadata, **fields):
        item = {"metadata": metadata, **fields}
        self.objects[resource].append(item)
        return item

    def remove(self, resource, name=None):
        self.objects[resource] = [
            item for item in self.objects[resource] if name is not None and item["metadata"]["name"] != name
        ]

    def node(self, name, iqn=None, ready="True", unschedulable=None, wwpns=None):
        if iqn or wwpns:
            self.add(
                "tridentnodes",
                meta(name, "trident"),
                name=name,
                ips=["10.0.0.11"],
                **{"iqn": iqn} if iqn else {},
                **{"hostWWPNMap": wwpns} if wwpns else {},
                nodePrep={},
                deleted=False,
                publicationState="clean",
                hostInfo={"os": {"distro": "debian", "version": "12", "release": "12.5"}, "services": ["iSCSI"]},
            )
        return self.add(
            "nodes",
            meta(name, labels={"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}),
            spec={"podCIDR": "10.244.0.0/24", **({"unschedulable": True} if unschedulable else {})},
            status={
                "addresses": [{"type": "InternalIP", "address": "10.0.0.11"}, {"type": "Hostname", "address": name}],
                "conditions": [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": ready}],
            },
        )

    def volume(
        self,
        name,
        serial=None,
        claim=("shop", "data-db-0"),
        phase="Bound",
        protocol="block",
        igroup=None,
        internal=None,
        lun=3,
    ):
        """Add a volume of Trident as its back end ontap-san makes it.

        serial: None for a Trident that does not record it.
        """
        internal = internal or "trident_" + name.replace("-", "_")
        access = {
            "iscsiTargetPortal": "10.0.1.21",
            "iscsiPortals": ["10.0.1.22"],
            "iscsiTargetIqn": TARGET,
            "iscsiInterface": "default",
            "iscsiLunNumber": lun,
            "iscsiIgroup": igroup or "worker1-" + TRIDENT,
            **({"iscsiLunSerial": serial} if serial else {}),
        }
        if protocol == "file":
            access = {"nfsServerIp": "10.0.1.20", "nfsPath": "/" + internal}
        self.add(
            "tridentvolumes",
            meta(name, "trident", finalizers=["trident.netapp.io"]),
            backendUUID=BACKEND,
            pool="aggr1",
            orphaned=False,
            state="online",
            config={
                "version": "1",
                "name": name,
                "internalName": internal,
                "size": "1073741824",
                "protocol": protocol,
                "accessMode": "ReadWriteOnce",
                "volumeMode": "Filesystem",
                "fileSystem": "ext4",
                "accessInformation": access,
            },
        )
        return self.add(
            "persistentvolumes",
            meta(name, annotations={"pv.kubernetes.io/provisioned-by": "csi.trident.netapp.io"}),
            spec={
                "accessModes": ["ReadWriteOnce"],
                "capacity": {"storage": "1Gi"},
                "storageClassName": "san",
                **(
                    {"claimRef": {"kind": "PersistentVolumeClaim", "namespace": claim[0], "name": claim[1]}}
                    if claim
                    else {}
                ),
                "csi": {
                    "driver": "csi.trident.netapp.io",
                    "volumeHandle": name,
                    "fsType": "ext4",
                    "volumeAttributes": {
                        "backendUUID": BACKEND,
                        "internalName": internal,
                        "name": name,
                        "protocol": protocol,
                    },
                },
            },
            status={"phase": phase},
        )

    def plain(self, name, claim=("shop", "old"), **source):
        """Add a PersistentVolume without a provisioner; `source` is iscsi, fc, nfs or csi."""
        return self.add(
            "persistentvolumes",
            meta(name),
            spec={"capacity": {"storage": "1Gi"}, "claimRef": {"namespace": claim[0], "name": claim[1]}, **source},
            status={"phase": "Bound"},
        )

    def attach(
        self, volume, node, attached=True, driver="csi.trident.netapp.io", serial=None, lun=3, deleting=None, **metadata
    ):
        context = {
            "SANType": "iscsi",
            "protocol": "block",
            "sharedTarget": "true",
            "filesystemType": "ext4",
            "iscsiTargetIqn": TARGET,
            "iscsiTargetPortalCount": "2",
            "p1": "10.0.1.21",
            "p2": "10.0.1.22",
            "iscsiLunNumber": str(lun),
            "iscsiLunSerial": serial or "",
            "iscsiInterface": "default",
            "iscsiIgroup": f"{node}-{TRIDENT}",
            "useCHAP": "false",
            "LUKSEncryption": "",
            "mountOptions": "",
            "formatOptions": "",
            **metadata,
        }
        return self.add(
            "volumeattachments",
            meta(f"csi-{volume}-{node}", **({"deletionTimestamp": deleting} if deleting else {})),
            spec={"attacher": driver, "nodeName": node, "source": {"persistentVolumeName": volume}},
            status={
                "attached": attached,
                **({"attachmentMetadata": context} if attached and driver == "csi.trident.netapp.io" else {}),
            },
        )

    def publish(self, volume, node):
        return self.add(
            "tridentvolumepublications",
            meta(f"{volume}.{node}", "trident", finalizers=["trident.netapp.io"]),
            volumeID=volume,
            nodeID=node,
            readOnly=False,
            accessMode=1,
        )

    def pod(self, name, node, claim="data-db-0", phase="Running", namespace="shop", **more):
        volumes = more.pop(
            "volumes", [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}] if claim else []
        )
        return self.add(
            "pods",
            meta(name, namespace, **more),
            spec={**({"nodeName": node} if node else {}), "volumes": volumes, "containers": [{"name": "c"}]},
            status={"phase": phase},
        )

    def backend(self, name="san", driver="ontap-san", igroup=""):
        return self.add(
            "tridentbackends",
            meta("tbe-x8k2p", "trident"),
            backendName=name,
            backendUUID=BACKEND,
            version="1",
            online=True,
            state="online",
            configRef="",
            config={
                "ontap_config": {
                    "version": 1,
                    "storageDriverName": driver,
                    "managementLIF": "10.0.0.5",
                    "svm": "svm1",
                    "igroupName": igroup,
                    "username": "secret:tbe-x8k2p",
                    "password": "secret:tbe-x8k2p",
                }
            },
        )

    def healing(self, interval):
        self.remove("daemonsets")
        arguments = [
            "--no_persistence",
            "--csi_role=node",
            *(["--iscsi_self_healing_interval=" + interval] if interval else []),
            "--iscsi_self_healing_wait_time=7m0s",
        ]
        self.add(
            "daemonsets",
            meta("trident-node-linux", "trident", labels={"app": "node.csi.trident.netapp.io"}),
            spec={
                "template": {
                    "spec": {
                        "containers": [
                            {"name": "trident-main", "command": ["/trident_orchestrator"], "args": arguments},
                            {"name": "driver-registrar", "args": ["--v=2"]},
                        ]
                    }
                }
            },
        )
        self.add(
            "daemonsets",
            meta("kube-proxy", "kube-system", labels={"k8s-app": "kube-proxy"}),
            spec={
                "template": {"spec": {"containers": [{"name": "kube-proxy", "command": ["/usr/local/bin/kube-proxy"]}]}}
            },
        )

    def answers(self):
        """Return what `kubectl get --raw PATH` prints, by path: for the option file."""
        from kube_sim.server import Api  # noqa: PLC0415 - which needs this module

        api = Api(self)
        paths = [
            "/apis",
            *(path for path, *rest in RESOURCES),
            *(f"{path}/{resource}" for path, resource, *rest in RESOURCES),
        ]
        return copy.deepcopy(
            {
                path: api.answer("GET", path, {}, None)[1]
                for path in paths
                if api.answer("GET", path, {}, None)[0] == 200
            }
        )


def meta(name, namespace=None, **more):
    return {
        "name": name,
        "uid": "00000000-0000-4000-8000-000000000001",
        "resourceVersion": "4711",
        "creationTimestamp": SINCE,
        **({"namespace": namespace} if namespace else {}),
        **more,
    }
