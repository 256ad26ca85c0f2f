# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The shapes of what is judged, and of what comes of it.

What a host sends (Facts and all in it) is checked against these shapes by _judge/facts.py before anything else reads
it: a key that is required here is there, and is of its type unless it is UNCHECKED. The module stale_mpath_facts
documents what the values mean. A value that the host could not read is None.
"""

from __future__ import annotations

import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes import shapes as kubernetes_shapes

# What nobody judges by may be of any type: it is no reason to refuse a host.
UNCHECKED = "unchecked"
_Text = t.Annotated[str | None, UNCHECKED]
_Number = t.Annotated[int | None, UNCHECKED]

Kind = t.Literal["map", "disk", "path", "session"]
WireState = t.Literal["same", "other", "absent", "unreachable", "silent", "unreadable"]
ArrayState = t.Literal["mapped", "offline", "unmapped", "gone", "foreign", "unknown"]
Verdict = t.Literal["recycled", "conflict", "stale", "outage", "unproven", "unknown", "degraded", "healthy"]
# What a LUN of a listing is: the lookups ontap_lun_maps and ontap_luns document it, _arrays makes it.
Lun = dict[str, t.Any]
Document = kubernetes_shapes.Document


class User(t.TypedDict):
    """Who uses a device, from /proc and /sys of the host: 'mount', '/srv (xfs, rw)'."""

    kind: str
    detail: str


class Gap(t.TypedDict):
    """What the host could not read, and why."""

    what: str
    why: str


class Wire(t.TypedDict):
    """What answers at the address of a path: INQUIRY on its sg node."""

    state: WireState
    wwid: str | None  # of what answers
    sense: str | None  # 05/25/00: key, code, qualifier
    detail: str | None


class _PathMore(t.TypedDict, total=False):
    sg: _Text
    serial: _Text  # the kernel's cache of VPD page 0x80
    portal: _Text  # address:port of the iSCSI session
    session_state: _Text  # of the iSCSI session or the FC remote port
    device_state: _Text


class Path(_PathMore):
    """A SCSI disk, from sysfs; in a map or not."""

    hctl: str  # host:channel:target:LUN
    sd: str | None  # None: it has no block device
    dev_t: str | None  # major:minor
    size_bytes: int | None
    vendor: str | None
    product: str | None
    read_only: bool | None
    transport: str  # iscsi, fc, or one that is no SAN
    target: str | None  # IQN or WWPN
    wwid: str | None  # the kernel's cache of VPD page 0x83
    map: str | None  # WWID of the multipath map that holds it
    dm_state: _Text  # multipathd's word
    checker_state: _Text  # multipathd's word
    users: list[User] | None  # None: not known
    wire: Wire


class _MapMore(t.TypedDict, total=False):
    suspended: bool
    changed: str | None  # why the words of its paths do not count
    queue_if_no_path: bool | None  # of the live table
    queueing: _Text  # multipathd's word
    open_count: _Number
    features: _Text


class Map(_MapMore):
    """A multipath map, from sysfs and device-mapper."""

    wwid: str
    name: str | None
    dm: str  # dm-N
    dev_t: str | None  # major:minor
    size_bytes: int | None
    vendor: str | None
    product: str | None
    read_only: bool
    paths: list[str]  # the hctl of each
    other_slaves: list[str]  # kernel names of what is no SCSI disk
    users: list[User] | None  # None: not known


class _SessionMore(t.TypedDict, total=False):
    iface: _Text
    initiator: _Text
    recovery_tmo: _Number  # seconds, -1: indefinitely
    host: _Text


class Session(_SessionMore):
    """An iSCSI session, from sysfs."""

    sid: int
    target: str | None
    portal: str | None  # address:port
    state: str | None  # LOGGED_IN, FAILED, FREE


class Initiators(t.TypedDict, total=False):
    """The names by which an array may know the host, normalised."""

    iqn: list[str]
    wwpns: list[str]


class _HostMore(t.TypedDict, total=False):
    initiators: Initiators | None
    python: _Text  # of the module's interpreter


class Machine(_HostMore):
    """Which host it is, and which boot of it, from /proc/sys/kernel."""

    hostname: str | None
    boot_id: str | None
    kernel: _Text


class _DaemonMore(t.TypedDict, total=False):
    pid: _Number
    version: _Text  # of multipath-tools


class Daemon(_DaemonMore):
    """The process multipathd."""

    running: bool


class FcPort(t.TypedDict):
    """An FC port of the host, from sysfs."""

    port_name: str | None
    port_state: str | None  # Online, Linkdown, ...


class Fc(t.TypedDict, total=False):
    """Fibre Channel, from sysfs."""

    hosts: list[FcPort]


class Disk(t.TypedDict):
    """A disk of a guest of Proxmox VE, from the guest's configuration."""

    key: str
    volume: str
    storage: str | None
    type: str | None  # of the storage
    devices: list[str]  # kernel names of the SAN devices
    whole: bool  # the disk is the device itself


class Guest(t.TypedDict):
    """A guest of a Proxmox VE cluster."""

    vmid: int
    kind: str  # qemu or lxc
    name: str | None
    node: str
    running: bool | None  # on this host; None: not known
    lock: str | None
    disks: list[Disk]


class Storage(t.TypedDict):
    """A storage of Proxmox VE, from storage.cfg."""

    storage: str
    type: str
    enabled: bool  # on this node
    vgname: str | None
    svm: str | None
    devices: list[str]  # kernel names of the SAN devices


class Proxmox(t.TypedDict):
    """Proxmox VE on the host; all but `present` is empty where it is not."""

    present: bool
    node: str | None
    cluster: str | None
    storages: list[Storage]
    guests: list[Guest]


class Platform(t.TypedDict, total=False):
    """What the host is, as far as it says whose a device is. The rules read more of it, and check that themselves."""

    kubelet: bool | None
    proxmox: Proxmox | None


class _FactsMore(t.TypedDict, total=False):
    fc: Fc | None
    platform: Platform | None
    # For the rules, which check what they read of it.
    multipath_conf: t.Any
    iscsi: t.Any
    symptoms: t.Any


class Facts(_FactsMore):
    """The fact stale_mpath of one host."""

    schema: int
    host: Machine
    multipathd: Daemon
    maps: list[Map]
    paths: list[Path]
    sessions: list[Session]
    quarantine: str | None  # why nothing may be removed on the host
    elapsed: float  # seconds that the call took
    incomplete: list[Gap]


class _ArrayMore(t.TypedDict, total=False):
    wwid_prefixes: list[str] | None  # of whose LUNs it speaks; None: an ONTAP array
    cluster_uuid: str | None
    not_checked: list[Gap]


class Array(_ArrayMore):
    """One array, and how much its listing says: of the lookups, or of a view that the site supplies."""

    hostname: str
    cluster: str | None
    version: str | None
    svms: list[str]
    targets: list[str] | None  # IQNs and WWPNs of its ports, normalised; None: it does not tell
    scope: str | None  # cluster or svm; None: it could not be listed
    complete: bool
    fetched_at: str | None  # ISO 8601 with a time zone
    error: str | None


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
    maps: dict[str, dict[str, list[Lun]]]  # by initiator and WWID
    luns: dict[str, list[Lun]]  # by WWID
    asked: set[str]  # the initiators and WWIDs that the ONTAP arrays were asked about


class ArrayWord(t.TypedDict):
    """What the arrays say of one device, see verdict.array_word()."""

    state: ArrayState
    reason: str
    luns: list[Lun]
    said_by: list[str]  # hostnames of arrays
    unowned: list[str]  # targets that belong to no array


class _OwnerMore(t.TypedDict, total=False):
    state: str | None  # where the volume is now, in words


class Owner(_OwnerMore):
    """Whose volume a device is, as a system above the host knows it."""

    system: str  # kubernetes, proxmox
    cluster: str | None
    volume: str
    namespace: str | None
    claim: str | None  # a claim, a guest
    pods: list[str]


class Device(t.TypedDict):
    """A map, or a SCSI disk in no map, with its verdict and the evidence."""

    kind: Kind
    name: str | None
    wwid: str | None
    device: str | None  # its kernel name
    dev_t: str | None
    size_bytes: int | None
    vendor: str | None
    product: str | None
    verdict: Verdict
    reason: str
    next: str | None  # what the operator should do
    in_use: bool | None  # None: not known
    users: list[User]
    read_only: bool | None
    queueing: bool | None  # queue_if_no_path of the live table
    array: ArrayWord
    answered_by: list[Lun]  # the LUNs that answer instead of a recycled device
    notes: list[str]  # what else does not fit together
    owners: list[Owner]
    vetoes: list[str]  # why it must stay whatever the verdict
    paths: list[Path]


class Host(t.TypedDict):
    """One host, judged. `facts` is None where nothing is known of it, and `why` says why."""

    name: str
    state: str  # audited, incomplete, failed, unreachable
    why: str | None
    facts: t.Any  # Facts, or the part of it that is kept
    devices: list[Device]
    not_seen: list[Lun]  # LUNs that are mapped to the host and of which its kernel has nothing


class Cluster(t.TypedDict):
    """A cluster whose veto counts, without what it said."""

    system: str
    name: str
    complete: bool
    error: str | None
    fetched_at: str | None  # ISO 8601 with a time zone


class Judgement(t.TypedDict):
    """Hosts, judged by the same evidence."""

    arrays: list[Array]
    clusters: list[Cluster]
    hosts: list[Host]


class RemovalPath(t.TypedDict):
    """A path as it was seen when its removal was planned."""

    hctl: str
    sd: str | None
    target: str | None
    wwid: str | None


class RemovalSession(t.TypedDict):
    """An iSCSI session as it was seen when its removal was planned."""

    sid: int
    target: str | None
    portal: str | None


class Removal(t.TypedDict):
    """What may be removed, and all that must still be so when it is. docs/plan-json.md describes it."""

    host: str
    boot_id: str | None
    kind: Kind
    name: str | None
    wwid: str | None
    dev_t: str | None
    paths: list[RemovalPath]
    verdict: str
    wire: str  # what every path must still say
    reason: str
    array: str | None
    session: RemovalSession | None


class Left(t.TypedDict, total=False):
    """What is not removed, and why."""

    host: str
    kind: Kind
    name: str | None
    wwid: str | None
    verdict: str
    why: str


class Plan(t.TypedDict):
    """plan.json; docs/plan-json.md describes it."""

    schema: int
    made_at: str  # UTC
    arrays: list[dict[str, t.Any]]
    removals: list[Removal]
    left: list[Left]
    digest: str  # SHA-256 of all the rest


class Decision(t.TypedDict):
    """What to remove on one host now."""

    removals: list[Removal]
    left: list[Left]
    alone: str | None  # why nothing is removed on the host


class Refusal(t.TypedDict):
    """Why a removal was refused."""

    code: str
    why: str


class Result(t.TypedDict):
    """What became of a removal, as stale_mpath_remove returns it."""

    kind: Kind
    name: str | None
    wwid: str | None
    changed: bool
    actions: list[dict[str, str]]  # do, device, outcome
    refused: list[Refusal]
    failed_because: str | None


class Confirmation(t.TypedDict):
    """What of some removals still holds."""

    removals: list[Removal]
    refused: list[Result]  # a result for each that does not hold
    unanswered: list[Result]  # one for each that does, should the host never say what became of it
    within: float | None  # seconds for which the evidence lasts; None: there is none that ages
