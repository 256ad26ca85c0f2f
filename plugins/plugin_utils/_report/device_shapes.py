# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The shapes of a device in a report, with its paths and LUNs; shapes.py has the rest, and says how to read them."""

from __future__ import annotations

import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._judge.facts_shapes import User, WireState
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge.shapes import ArrayState, Owner, Verdict

Date = t.Annotated[str, ("format", "date")]
Change = t.Annotated[str, t.Literal["new", "still"]]


class Excuse(t.TypedDict):
    """The exception in force that covers a device, a finding, or an advisory."""

    reason: str
    """Why it is excused."""
    owner: str
    """Who is responsible for it."""
    expires: Date
    """The last day on which it counts, YYYY-MM-DD, UTC."""


class LunMap(t.TypedDict):
    """One mapping of a LUN."""

    igroup: str | None
    """The initiator group."""
    lun_id: int | None
    """The LUN id at which its initiators find the LUN."""


class Lun(t.TypedDict):
    """A LUN as an array lists it; its WWID is its key in the table of its host. Null: the array does not say."""

    name: str | None
    """Its name on the array."""
    svm: t.NotRequired[str | None]
    """Its SVM."""
    cluster: t.NotRequired[str | None]
    """The cluster of the array."""
    array: t.NotRequired[str]
    """The `hostname` of the array that lists it."""
    state: t.NotRequired[str | None]
    """`online`, or another word of the array: it does not serve the LUN."""
    size: t.NotRequired[int | None]
    """Its size in bytes."""
    maps: t.NotRequired[list[LunMap]]
    """The mappings of the LUN."""


class Wire(t.TypedDict):
    """What answers at a path. A missing key is null."""

    state: WireState
    """[What answers](verdicts.md#where-the-evidence-comes-from): the LUN that the kernel knows (`same`), another one
    (`other`), the target without such a LUN (`absent`), nothing because of a transport error (`unreachable`), nothing
    before the deadline (`silent`), or what proves nothing (`unreadable`).
    """
    wwid: t.NotRequired[str]
    """The WWID of what answers. Missing where the state is `same`: it is that of the path."""
    sense: t.NotRequired[str]
    """Sense key, code and qualifier of the answer, such as 05/25/00."""
    detail: t.NotRequired[str]
    """More about the answer, a sentence."""


class Path(t.TypedDict):
    """A path of a device.

    The keys from `wwid` to `transport` are there where they differ from the device's. `session` is the `sid` of the
    host's session, which has the target, the portal and the state; without one the path has these itself.
    """

    hctl: t.Annotated[str, ("pattern", "^[0-9]+:[0-9]+:[0-9]+:[0-9]+$")]
    """Its SCSI address, host:channel:target:LUN."""
    sd: str | None
    """Its kernel name, sdX. Null: it has no block device."""
    dev_t: str | None
    """Its device number, major:minor."""
    device_state: t.NotRequired[str | None]
    """Its state in the SCSI layer, such as `running`."""
    dm_state: t.NotRequired[str | None]
    """Its state in device-mapper: `active` or `failed`. Null in no map."""
    checker_state: t.NotRequired[str | None]
    """Its state in multipathd's path checker, such as `ready`. Null in no map."""
    users: t.NotRequired[list[User] | None]
    """Who uses the disk itself. Null: they could not be read."""
    wire: t.NotRequired[Wire]
    """What answers at its address."""
    wwid: t.NotRequired[str | None]
    """Its WWID, where it differs from the device's."""
    size_bytes: t.NotRequired[int | None]
    """Its size in bytes, where it differs from the device's."""
    vendor: t.NotRequired[str | None]
    """Its vendor, where it differs from the device's."""
    product: t.NotRequired[str | None]
    """Its product, where it differs from the device's."""
    read_only: t.NotRequired[bool | None]
    """Whether the kernel refuses to write to it, where it differs from the device's."""
    transport: t.NotRequired[str | None]
    """Its transport, where it differs from the device's."""
    session: t.NotRequired[int]
    """The `sid` of its iSCSI session in the `facts` of the host, which has the next three."""
    target: t.NotRequired[str]
    """Its target, an iSCSI name or a WWPN, where it has no session."""
    portal: t.NotRequired[str]
    """Its portal, address:port, where it has no session."""
    session_state: t.NotRequired[str]
    """State of its FC remote port, or of its session where that is not in the facts."""


class EachPath(t.TypedDict, total=False):
    """What most paths of a device say."""

    device_state: str | None
    """Their state in the SCSI layer."""
    dm_state: str | None
    """Their state in device-mapper."""
    checker_state: str | None
    """Their state in multipathd's path checker."""
    wire: Wire
    """What answers at their addresses."""


class ArrayWord(t.TypedDict):
    """What the arrays say of a device."""

    state: t.NotRequired[ArrayState]
    """[What they say of the LUN](verdicts.md#where-the-evidence-comes-from): mapped to this host (`mapped`), mapped and
    not served (`offline`), not mapped to this host (`unmapped`), in no listing (`gone`), of an array that is not
    configured (`foreign`), or not known (`unknown`).
    """
    reason: t.NotRequired[str]
    """The reason, a sentence."""
    said_by: t.NotRequired[list[str]]
    """The arrays (their `hostname`) that say so."""
    unowned: t.NotRequired[list[str]]
    """The targets of its paths that belong to no configured array."""


class Device(t.TypedDict):
    """A multipath map, or a SCSI disk in no map."""

    kind: t.NotRequired[t.Literal["map", "disk"]]
    """A multipath map, or a SCSI disk in no map."""
    name: t.NotRequired[t.Annotated[str, ("type", ("string", "null"))]]
    """The name of the map, or the kernel name of the disk."""
    device: str | None
    """Its kernel name, dm-N or sdX."""
    dev_t: str | None
    """Its device number, major:minor."""
    wwid: str | None
    """Its WWID as the kernel holds it. Its LUNs are those of this WWID in `luns` of the host."""
    size_bytes: t.NotRequired[int | None]
    """Its size in bytes."""
    vendor: t.NotRequired[str | None]
    """Its vendor, from INQUIRY."""
    product: t.NotRequired[str | None]
    """Its product, from INQUIRY."""
    transport: t.NotRequired[str | None]
    """The transport of its first path, such as `iscsi` or `fc`. Null where it has none."""
    verdict: Verdict
    """[The verdict](verdicts.md)."""
    reason: t.NotRequired[str]
    """The reason for the verdict, a sentence."""
    next: t.NotRequired[str | None]
    """What to do. Null for `healthy`."""
    read_only: t.NotRequired[bool | None]
    """Whether the kernel refuses to write to it."""
    in_use: bool | None
    """Whether anybody uses it. Null: the users could not be read."""
    users: t.NotRequired[list[User]]
    """Who uses it."""
    queueing: t.NotRequired[bool | None]
    """Whether the live table queues I/O without a path now."""
    array: t.NotRequired[ArrayWord]
    """What the arrays say of it."""
    notes: t.NotRequired[list[str]]
    """Sentences: [what else does not fit together](verdicts.md#notes)."""
    owners: t.NotRequired[list[Owner]]
    """Whose volume it is, as the systems above the host know it."""
    vetoes: t.NotRequired[list[str]]
    """Sentences: why one of these systems forbids its removal, whatever the verdict."""
    paths: list[Path]
    """Its paths. Of a disk, itself."""
    each_path: t.NotRequired[EachPath]
    """What most of its paths say."""
    exception: t.NotRequired[Excuse]
    """The exception in force that covers it. Missing where none does."""
    change: t.NotRequired[Change]
    """Since the report before. Missing for what is healthy, where there is no earlier report, and where the host could
    not be audited then.
    """


class EachArray(t.TypedDict, total=False):
    """What the arrays say alike of all devices of a host."""

    said_by: list[str]
    """The arrays (their `hostname`) that say so."""


class EachDevice(t.TypedDict, total=False):
    """What most devices of a host say."""

    size_bytes: int | None
    """Their size in bytes."""
    vendor: str | None
    """Their vendor."""
    product: str | None
    """Their product."""
    transport: str | None
    """Their transport."""
    read_only: bool | None
    """Whether the kernel refuses to write to them."""
    queueing: bool | None
    """Whether their live tables queue I/O without a path now."""
    change: Change
    """Since the report before."""
    array: EachArray
    """What the arrays say of them."""


class EachLun(t.TypedDict, total=False):
    """What most LUNs of a host say."""

    svm: str | None
    """Their SVM."""
    cluster: str | None
    """The cluster of the array."""
    array: str
    """The `hostname` of the array that lists them."""
    size: int | None
    """Their size in bytes."""
