# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The shapes of what is judged, and of what comes of it.

Facts of hosts are in facts_shapes.py, and are known here by the same names. Plans and answers that come from outside
are checked against these shapes (_judge/validate.py): a key that is required here is there, and is of its type. The
text below a field says what it is; tests/bootstrap/schemas.py makes documentation of it.
"""

from __future__ import annotations

import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.shapes import ALWAYS, AskedArray
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge.facts_shapes import (
    Facts,
    Gap,
    Guest,
    Path,
    Proxmox,
    Session,
    User,
    WireState,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes import shapes as kubernetes_shapes

# Known here too.
__all__ = ["Facts", "Gap", "Guest", "Path", "Proxmox", "Session", "User", "WireState"]

Kind = t.Literal["map", "disk", "path", "session"]
ArrayState = t.Literal["mapped", "offline", "unmapped", "gone", "foreign", "unknown"]
Verdict = t.Literal["recycled", "conflict", "stale", "outage", "unproven", "unknown", "degraded", "healthy"]
# What a LUN of a listing is: the lookups ontap_lun_maps and ontap_luns document it, _arrays makes it.
Lun = dict[str, t.Any]
Document = kubernetes_shapes.Document


class Array(AskedArray, total=False):
    """One array, and how much its listing says: of the lookups, or of a view that the site supplies."""

    wwid_prefixes: list[str] | None
    cluster_uuid: str | None
    not_checked: list[Gap]


class LunMapsAnswer(t.TypedDict):
    """An answer of the lookup ontap_lun_maps."""

    initiator: str
    luns: list[Lun]
    arrays: list[Array]


class LunsAnswer(t.TypedDict):
    """An answer of the lookup ontap_luns."""

    term: str
    wwid: str | None
    luns: list[Lun]
    arrays: list[Array]


class View(t.TypedDict):
    """What all arrays say, as _core/verdict.py takes it."""

    arrays: list[Array]
    maps: dict[str, dict[str, list[Lun]]]
    """By initiator and WWID."""
    luns: dict[str, list[Lun]]
    """By WWID."""
    asked: set[str]
    """The initiators and WWIDs that the ONTAP arrays were asked about."""


class ArrayWord(t.TypedDict):
    """What the arrays say of one device, see verdict.array_word()."""

    state: ArrayState
    """[What they say of the LUN](verdicts.md#where-the-evidence-comes-from): mapped to this host (`mapped`), mapped and
    not served (`offline`), not mapped to this host (`unmapped`), in no listing (`gone`), of an array that is not
    configured (`foreign`), or not known (`unknown`).
    """
    reason: str
    """The reason, a sentence."""
    luns: list[Lun]
    """The LUNs of the identity that are mapped to this host, else all of the identity."""
    said_by: list[str]
    """The arrays (their `hostname`) that say so."""
    unowned: list[str]
    """The targets of its paths that belong to no configured array."""


class _Owner(t.TypedDict):
    system: str
    """The system that knows the volume, such as `kubernetes` or `proxmox`."""
    cluster: str | None
    """The name of its cluster."""
    volume: str
    """The volume."""
    namespace: str | None
    """The namespace of the claim."""
    claim: str | None
    """The claim or the guest that it belongs to."""
    pods: list[str]
    """The pods that use it."""


class Owner(_Owner, total=False):
    """Whose volume a device is, as a system above the host knows it."""

    state: str | None
    """Where the volume is now, a sentence, or null."""


class Device(t.TypedDict):
    """A map, or a SCSI disk in no map, with its verdict and the evidence."""

    kind: t.Literal["map", "disk"]
    """`map` (multipath) or `disk` (a SCSI disk in no map)."""
    name: str | None
    """The name of the map, or the kernel name of the disk."""
    wwid: str | None
    """Its WWID as the kernel holds it."""
    device: str | None
    """Its kernel name, dm-N or sdX."""
    dev_t: str | None
    """Its device number, major:minor."""
    size_bytes: int | None
    """Its size in bytes."""
    vendor: str | None
    """Its vendor, from INQUIRY."""
    product: str | None
    """Its product, from INQUIRY."""
    verdict: Verdict
    """The verdict."""
    reason: str
    """The reason for the verdict, a sentence."""
    next: str | None
    """What the operator should do. Null: nothing."""
    in_use: bool | None
    """Whether anybody uses it. Null: not known."""
    users: list[User]
    """Who uses it."""
    read_only: bool | None
    """Whether the kernel refuses to write to it."""
    queueing: bool | None
    """Whether the live table queues I/O without a path now. Null: not known."""
    array: ArrayWord
    """What the arrays say of it."""
    answered_by: list[Lun]
    """The LUNs that answer in the place of a recycled device."""
    notes: list[str]
    """Sentences: what else does not fit together."""
    owners: list[Owner]
    """Whose volume it is, as the systems above the host know it."""
    vetoes: list[str]
    """Sentences: why one of these systems forbids its removal, whatever the verdict."""
    paths: list[Path]
    """Its paths, as the fact has them. Of a disk, itself."""


class Host(t.TypedDict):
    """One host, judged. `facts` is None where nothing is known of it, and `why` says why."""

    name: str
    """Its name in the inventory."""
    state: str
    """`audited`, `incomplete`, `failed` or `unreachable`."""
    why: str | None
    """What could not be read on it, or why nothing is known of it, or null."""
    facts: t.Annotated[t.Any, ("type", ("object", "null"))]
    """`host`, `multipathd`, `sessions`, `quarantine`, `elapsed` and `incomplete` of its facts, as
    `sanops.multipath.stale_mpath_facts` returns them. Null where nothing is known of it.
    """
    devices: list[Device]
    """Its devices, the most urgent first, as `sanops.multipath.verdicts` returns them."""
    not_seen: list[Lun]
    """The LUNs that are mapped to it and of which its kernel has nothing, as `sanops.multipath.ontap_lun_maps` returns
    them.
    """


class Cluster(t.TypedDict):
    """A cluster whose veto counts, without what it said."""

    system: str
    """The kind of system, such as `kubernetes`."""
    name: str
    """The name of the cluster."""
    complete: bool
    """Whether the whole cluster was read."""
    error: str | None
    """Why it was not, a sentence, or null."""
    fetched_at: str | None
    """When the reading began, ISO 8601 with a time zone."""


class Judgement(t.TypedDict):
    """Hosts, judged by the same evidence."""

    arrays: list[Array]
    clusters: list[Cluster]
    hosts: list[Host]


class RemovalPath(t.TypedDict):
    """A path as it was seen when its removal was planned."""

    hctl: str
    """Its SCSI address, host:channel:target:LUN."""
    sd: str | None
    """Its kernel name, sdX."""
    target: str | None
    """Its target, an iSCSI name or a WWPN."""
    wwid: str | None
    """The WWID that the kernel holds."""


class RemovalSession(t.TypedDict):
    """An iSCSI session as it was seen when its removal was planned."""

    sid: int
    """Its number on the host."""
    target: str | None
    """The iSCSI name of its target."""
    portal: str | None
    """Its portal, address:port."""


class Removal(t.TypedDict):
    """What may be removed, and all that must still be so when it is. docs/plan-json.md describes it."""

    host: str
    """The host's name in the inventory."""
    boot_id: str | None
    """Which boot of the host was seen."""
    kind: Kind
    """`map` (with its paths), `disk` (in no map), `path` (of a map that stays), or `session` (an iSCSI session that the
    other removals leave empty).
    """
    name: str | None
    """Its name as it was seen."""
    wwid: str | None
    """Its WWID as it was seen. Null for a session."""
    dev_t: str | None
    """Its device number as it was seen, major:minor."""
    paths: list[RemovalPath]
    """Its paths as they were seen."""
    verdict: str
    """The verdict that permits the removal; `empty` for a session."""
    wire: str
    """What every path must still answer when it is removed: `absent`, `other` or `unreachable`."""
    reason: str
    """The reason for the verdict, a sentence."""
    array: str | None
    """What the arrays say of its LUN, such as `gone`. Null for a session."""
    session: RemovalSession | None
    """The session, if it is one, else null."""


class Left(t.TypedDict, total=False):
    """What is not removed, and why."""

    host: t.Annotated[str, ALWAYS]
    """The host's name in the inventory."""
    kind: Kind
    """What was to be removed. Missing of a device that was not."""
    name: t.Annotated[str | None, ALWAYS]
    """Its name."""
    wwid: t.Annotated[str | None, ALWAYS]
    """Its WWID. Null for a session."""
    verdict: t.Annotated[str, ALWAYS]
    """Its verdict; `empty` for a session."""
    why: t.Annotated[str, ALWAYS]
    """Why it is not removed, a sentence."""


class Plan(t.TypedDict):
    """plan.json; docs/plan-json.md describes it."""

    schema: int
    made_at: str
    """UTC."""
    arrays: list[dict[str, t.Any]]
    removals: list[Removal]
    left: list[Left]
    digest: str
    """SHA-256 of all the rest."""


class Decision(t.TypedDict):
    """What to remove on one host now."""

    removals: list[Removal]
    left: list[Left]
    alone: str | None
    """Why nothing is removed on the host."""


class Refusal(t.TypedDict):
    """Why a removal was refused."""

    code: str
    """The guard that refused, such as `in_use`."""
    why: str
    """The reason, a sentence."""


class Action(t.TypedDict):
    """An action of a removal."""

    do: str
    """What is done, such as `flush`."""
    device: str
    """To which device."""
    outcome: str
    """`done`, `would be done`, or why it failed or was left out."""


class Result(t.TypedDict):
    """What became of a removal, as stale_mpath_remove returns it."""

    kind: Kind
    """What was to be removed: a map, a disk in no map, a path of a map, or an iSCSI session."""
    name: str | None
    """Its name."""
    wwid: str | None
    """Its WWID. Null for a session."""
    changed: bool
    """Whether anything was removed, or would be."""
    actions: t.Annotated[list[dict[str, str]], list[Action]]
    """The actions that were done, or would be, in their order."""
    refused: list[Refusal]
    """Why nothing was done. Empty if no guard refused."""
    failed_because: str | None
    """The reason of a failure, or null."""


class Confirmation(t.TypedDict):
    """What of some removals still holds."""

    removals: list[Removal]
    refused: list[Result]
    """A result for each that does not hold."""
    unanswered: list[Result]
    """One for each that does, should the host never say what became of it."""
    within: float | None
    """Seconds for which the evidence lasts; None: there is none that ages."""
