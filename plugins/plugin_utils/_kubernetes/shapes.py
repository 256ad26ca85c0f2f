# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The shapes of what is kept of a Kubernetes cluster.

From the objects of its API (Node, Pod, PersistentVolume, VolumeAttachment, DaemonSet) and of Trident's resources, as in
Trident's persistent_store/crd/apis/netapp/v1 (types.go) and utils/models (VolumeAccessInfo). Times are ISO 8601, UTC.
A handle is a volume's CSI volumeHandle, or the name of its PersistentVolume.
"""

from __future__ import annotations

import typing as t


class NodeState(t.TypedDict):
    """Whether pods run on a node, and whether new ones may."""

    ready: bool
    unschedulable: bool


class Node(NodeState):
    """A node with the names by which its host may be known, in lower case."""

    names: list[str]


class HeldBy(t.TypedDict):
    """A VolumeAttachment of a volume."""

    node: str
    attached: bool
    deleting: str | None
    """Since when; None: it is not being deleted."""
    since: str | None


class Attachment(HeldBy):
    """A VolumeAttachment as it is read."""

    attachment: str
    driver: str
    volume: str
    metadata: dict[str, t.Any]


class Stray(t.TypedDict):
    """A VolumeAttachment of Trident on a node that is not ready or does not exist."""

    attachment: str
    volume: str
    node: str


class PodUse(t.TypedDict):
    """A pod that uses a volume."""

    name: str
    """NAMESPACE/NAME"""
    node: str | None
    """None: not scheduled yet."""
    phase: str | None


class Pod(PodUse):
    """A pod with the claims that it uses."""

    namespace: str
    claims: list[str]


class Volume(t.TypedDict):
    """A volume on SAN devices."""

    name: str
    namespace: str | None
    """Of the claim."""
    claim: str | None
    phase: str | None
    """Of the PersistentVolume; None: there is none."""
    attachments: list[HeldBy]
    publications: list[str]
    """The nodes that TridentVolumePublications name."""
    pods: list[PodUse]
    igroups: list[str]


class Backend(t.TypedDict):
    """A storage backend of Trident."""

    name: str
    driver: str | None
    igroups: list[str]


class Trident(t.TypedDict):
    """What the advisories need of Trident."""

    versions: list[str]
    backends: list[Backend]
    healing: dict[str, str | None]
    """By DaemonSet of the node plugin, its iscsi_self_healing_interval; None: the default."""


class Reading(t.TypedDict):
    """Which cluster was read, and with what success."""

    system: str
    """`kubernetes`."""
    name: str
    """The name of the cluster as it is configured."""
    complete: bool
    """Whether the whole cluster was read."""
    error: str | None
    """Why it was not, and what to do. Null if it was."""
    fetched_at: str | None
    """When the reading began, ISO 8601, UTC. Null if it was not complete."""


class Document(Reading, total=False):
    """A cluster. If it is not complete, only the keys that say so are there."""

    nodes: dict[str, NodeState]
    known_as: dict[str, list[str]]
    """Names of nodes by the name of a host or of an initiator."""
    volumes: dict[str, Volume]
    """By handle."""
    wwids: dict[str, list[str]]
    """Handles by WWID."""
    luns: dict[str, list[str]]
    """Handles by Trident's internal name."""
    addresses: dict[str, list[str]]
    """Handles by "NODE TARGET LUN"; * for any node."""
    unidentified: dict[str, list[str]]
    """By node, the handles of volumes whose device is not known."""
    strays: list[Stray]
    trident: Trident | None
    """None: the cluster has no resources of Trident."""
