# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The shapes of what a host sends: Facts and all in it.

_judge/facts.py checks it against these shapes before anything else reads it: a key that is required here is there, and
is of its type unless it is UNCHECKED. The module stale_mpath_facts returns more, and documents it. A value that the
host could not read is None. The text below a field says what it is; tests/bootstrap/schemas.py reads it.
"""

from __future__ import annotations

import typing as t

# What nobody judges by may be of any type: it is no reason to refuse a host.
UNCHECKED = "unchecked"
_Text = t.Annotated[str | None, UNCHECKED]
_Number = t.Annotated[int | None, UNCHECKED]

WireState = t.Literal["same", "other", "absent", "unreachable", "silent", "unreadable"]


class User(t.TypedDict):
    """Who uses a device, from /proc and /sys of the host: 'mount', '/srv (xfs, rw)'."""

    kind: str
    """One of `mount`, `swap`, `loop`, `export`, `process`, `probe`, `partition`, `lvm`, `luks`, `md`, `dm`, `other`."""
    detail: str
    """What uses it, such as a mount point with its file system."""


class Gap(t.TypedDict):
    """What the host could not read, and why."""

    what: str
    """What could not be read."""
    why: str
    """The reason."""


class Wire(t.TypedDict):
    """What answers at the address of a path: INQUIRY on its sg node."""

    state: WireState
    """[What answers](verdicts.md#where-the-evidence-comes-from): the LUN that the kernel knows (`same`), another one
    (`other`), the target without such a LUN (`absent`), nothing because of a transport error (`unreachable`), nothing
    before the deadline (`silent`), or what proves nothing (`unreadable`).
    """
    wwid: str | None
    """The WWID of what answers."""
    sense: str | None
    """Sense key, code and qualifier of the answer, such as 05/25/00."""
    detail: str | None
    """More about the answer, a sentence."""


class _Path(t.TypedDict):
    hctl: str
    """Its SCSI address, host:channel:target:LUN."""
    sd: str | None
    """Its kernel name, sdX. Null: it has no block device."""
    dev_t: str | None
    """Its device number, major:minor."""
    size_bytes: int | None
    """Its size in bytes."""
    vendor: str | None
    """Its vendor, from INQUIRY."""
    product: str | None
    """Its product, from INQUIRY."""
    read_only: bool | None
    """Whether the kernel refuses to write to it."""
    transport: str
    """`iscsi`, `fc`, or one that is no SAN."""
    target: str | None
    """The target behind which it is, an iSCSI name or a WWPN."""
    wwid: str | None
    """Its WWID, from the kernel's cache of VPD page 0x83."""
    map: str | None
    """WWID of the multipath map that holds it, or null."""
    dm_state: _Text
    """Its state in device-mapper: `active` or `failed`. Null in no map."""
    checker_state: _Text
    """Its state in multipathd's path checker, such as `ready`. Null in no map."""
    users: list[User] | None
    """Who uses the disk itself. Null: they could not be read."""
    wire: Wire
    """What answers at its address."""


class Path(_Path, total=False):
    """A SCSI disk, from sysfs; in a map or not."""

    sg: _Text
    """Its SCSI generic node, sgN."""
    serial: _Text
    """Its serial number, from the kernel's cache of VPD page 0x80."""
    portal: _Text
    """address:port of its iSCSI session."""
    session_state: _Text
    """State of its iSCSI session or FC remote port."""
    device_state: _Text
    """Its state in the SCSI layer, such as `running`."""


class _MapMore(t.TypedDict, total=False):
    suspended: bool
    """Whether its I/O is suspended."""
    changed: str | None
    """What changed of it during the call, so that the states of its paths do not count, or null."""
    queue_if_no_path: bool | None
    """Whether the live table queues I/O without a path."""
    queueing: _Text
    """Whether it queues, as multipathd says it."""
    open_count: _Number
    features: _Text


class Map(_MapMore):
    """A multipath map, from sysfs and device-mapper."""

    wwid: str
    name: str | None
    dm: str
    """dm-N."""
    dev_t: str | None
    """major:minor."""
    size_bytes: int | None
    vendor: str | None
    product: str | None
    read_only: bool
    paths: list[str]
    """The hctl of each."""
    other_slaves: list[str]
    """Kernel names of what is no SCSI disk."""
    users: list[User] | None
    """None: not known."""


class SessionState(t.TypedDict):
    """An iSCSI session of a host."""

    sid: int
    """Its number on the host."""
    target: str | None
    """The iSCSI name of its target."""
    portal: str | None
    """Its portal, address:port."""
    state: str | None
    """`LOGGED_IN`, `FAILED` or `FREE`."""


class Session(SessionState, total=False):
    """An iSCSI session, from sysfs."""

    iface: _Text
    initiator: _Text
    recovery_tmo: _Number
    """Seconds, -1: indefinitely."""
    host: _Text


class Initiators(t.TypedDict, total=False):
    """The names by which an array may know the host, normalised."""

    iqn: list[str]
    wwpns: list[str]


class _HostMore(t.TypedDict, total=False):
    initiators: Initiators | None
    python: _Text
    """Of the interpreter that ran the module."""


class Machine(_HostMore):
    """Which host it is, and which boot of it, from /proc/sys/kernel."""

    hostname: str | None
    boot_id: str | None
    kernel: _Text


class _DaemonMore(t.TypedDict, total=False):
    pid: _Number
    version: _Text
    """Of multipath-tools."""


class Daemon(_DaemonMore):
    """The process multipathd."""

    running: bool


class FcPort(t.TypedDict):
    """An FC port of the host, from sysfs."""

    port_name: str | None
    port_state: str | None
    """Online, Linkdown, ..."""


class Fc(t.TypedDict, total=False):
    """Fibre Channel, from sysfs."""

    hosts: list[FcPort]


class Disk(t.TypedDict):
    """A disk of a guest of Proxmox VE, from the guest's configuration."""

    key: str
    volume: str
    storage: str | None
    type: str | None
    """Of the storage."""
    devices: list[str]
    """Kernel names of the SAN devices."""
    whole: bool
    """The disk is the device itself."""


class Guest(t.TypedDict):
    """A guest of a Proxmox VE cluster."""

    vmid: int
    kind: str
    """qemu or lxc."""
    name: str | None
    node: str
    running: bool | None
    """On this host; None: not known."""
    lock: str | None
    disks: list[Disk]


class Storage(t.TypedDict):
    """A storage of Proxmox VE, from storage.cfg."""

    storage: str
    type: str
    enabled: bool
    """On this node."""
    vgname: str | None
    svm: str | None
    devices: list[str]
    """Kernel names of the SAN devices."""


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
    quarantine: str | None
    """Why nothing may be removed on the host."""
    elapsed: float
    """Seconds that the call took."""
    incomplete: list[Gap]
