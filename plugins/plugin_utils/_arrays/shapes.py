# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The shapes of what is known of arrays.

From ONTAP's REST API (fields as documented for /api/storage/luns, /api/protocols/san/lun-maps, .../igroups and
/api/network/*), or from the views that a site supplies of other arrays (docs/array-views.md). None: not known.
"""

from __future__ import annotations

import typing as t

# Of a key that is added last: whoever makes the record may not have it yet, who reads it always has.
ALWAYS = "always"

# Of a view, as JSON Schema takes them; views.py checks more.
_ViewWwid = t.Annotated[
    str, ("pattern", "^(3([235][0-9a-f]{15}|6[0-9a-f]{31})|2([0-9a-f]{16}|[0-9a-f]{24}|[0-9a-f]{32})|[18][!-~]+)$")
]
_Prefix = t.Annotated[  # none that covers LUNs of ONTAP
    str, ("minLength", 8), ("pattern", "^(?!3600a098$|3600a0980)(3[2356][0-9a-f]+|2[0-9a-f]+|[18][!-~]+)$")
]
_PortName = t.Annotated[
    str,
    ("pattern", r"^ *((([iI][qQ][nN]|[eE][uU][iI]|[nN][aA][aA])\.[^ ]+)|(0[xX])?([0-9a-fA-F][:-]?){15}[0-9a-fA-F]) *$"),
]
_ViewTime = t.Annotated[
    str | None,
    ("pattern", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"),
]


class LunMap(t.TypedDict):
    """One mapping of a LUN to an initiator group."""

    igroup: str | None
    """The initiator group to which the LUN is mapped. Null from a view."""
    igroup_uuid: t.Annotated[t.Any, ("type", ("string", "null"))]
    """UUID of the initiator group. Null from a view."""
    lun_id: int | None
    """The LUN id at which the initiators find it, 0 to 4095."""
    portset: str | None
    """The port set of the initiator group; only its LIFs show the LUN. Null where there is none, or before ONTAP 9.9.1.
    """
    reporting_nodes: list[str] | None
    """The nodes whose LIFs show the LUN. Null where ONTAP does not say them (before 9.10.1)."""
    transports: list[str]
    """The transports of the group's initiators, `iscsi` and `fc`. Empty where ONTAP names none of them."""


class _LunOfItself(t.TypedDict):
    wwid: str
    """Its WWID as multipath writes it: for ONTAP, 3600a0980 and the serial number in hex."""
    serial_number: str | None
    """Its serial number: for ONTAP, 12 characters that are not always printable; upper and lower case differ."""
    name: str | None
    """Its name or path on the array."""
    uuid: str | None
    """Its UUID on the array."""
    svm: str | None
    """The SVM that it belongs to."""
    svm_uuid: str | None
    """UUID of that SVM."""
    array: str
    """The `hostname` of the array that lists it."""
    state: str | None
    """`online`, `offline`, `foreign_lun_error`, `nvfail` or `space_error`. All mean that it exists."""
    container_state: str | None
    """State of the volume that holds it: `online`, `volume_offline` or `aggregate_offline`."""
    enabled: bool | None
    """Whether it is administratively enabled."""
    read_only: bool | None
    """Whether it is read-only, such as the destination of a mirror."""
    size: int | None
    """Its size in bytes."""
    os_type: str | None
    """The operating system that it was made for."""
    maps: list[LunMap]
    """Its LUN maps. From `sanops.multipath.ontap_lun_maps` only those to initiator groups that have the initiator."""


class Lun(_LunOfItself, total=False):
    """A LUN with all its maps, as the lookups return it."""

    cluster: t.Annotated[str | None, ALWAYS]
    """The cluster. Null where the account may not know it."""


class MapRecord(t.TypedDict):
    """A LUN map as it is read, before its LUN and its igroup are known."""

    key: tuple[str, str]
    """The UUIDs of LUN and igroup."""
    lun_id: int
    reporting_nodes: list[str] | None


class Igroup(t.TypedDict):
    """An initiator group, with the initiators of the igroups that are nested in it."""

    uuid: str
    name: str
    svm: str | None
    portset: str | None
    initiators: list[str]
    """Normalised by identity.normal_initiator."""


class NotChecked(t.TypedDict):
    """What could not be read for advice, and why."""

    what: str
    """What could not be checked, with the rules that need it, such as FC logins (MPC504)."""
    why: str
    """The reason."""


class AskedArray(t.TypedDict):
    """An array that was asked, and how much its listing says."""

    hostname: str
    """The array's `hostname` as it is configured, or the name of a view."""
    cluster: str | None
    """The name of its cluster. Null: not known."""
    version: str | None
    """ONTAP's version, such as 9.14.1. Null: not known."""
    svms: list[str]
    """The SVMs that the account sees, whose LUNs are listed."""
    targets: list[str] | None
    """The names of its target ports, normalised: iSCSI names, and WWPNs of its FC ports. It speaks only for devices
    behind them. Null: a view that names none, which proves no absence.
    """
    scope: t.Annotated[str | None, ("enum", ("cluster", "svm"))]
    """`cluster` if the account sees the whole cluster. `svm` if it speaks for its `svms` only, so that its listing
    proves nothing about other SVMs. Null: the array could not be listed.
    """
    complete: bool
    """Whether it was listed completely."""
    fetched_at: str | None
    """When its listing began, ISO 8601 with a time zone. Null: it could not be listed."""
    error: str | None
    """Why it could not be listed and what to do about it, a sentence. Null if it could."""


class _ArrayReport(AskedArray):
    cluster_uuid: str | None
    """UUID of its cluster. Null: not known."""


class ArrayReport(_ArrayReport, total=False):
    """Who was asked, and with what success."""

    not_checked: list[NotChecked]
    """What could not be checked for advice (see `sanops.multipath.ontap_advisories`). It makes no listing incomplete.
    """
    wwid_prefixes: list[str]
    """Views only: the beginnings of the WWIDs for which the view speaks."""


class ArrayAccess(t.TypedDict):
    """What the account of an array may read."""

    hostname: str
    """The array's `hostname` as it is configured."""
    cluster: str | None
    """The name of its cluster. Null: not known."""
    cluster_uuid: str | None
    """UUID of its cluster. Null: not known."""
    version: str | None
    """ONTAP's version, such as 9.14.1. Null: not known."""
    scope: t.Annotated[str | None, ("enum", ("cluster", "svm"))]
    """`cluster` if the account sees the whole cluster, `svm` if it does not. Null: not known."""
    targets: list[str]
    """The names of the array's target ports, normalised; empty where they cannot be read."""
    luns: bool | None
    """Whether the account sees a LUN, or none is expected (`allow_no_luns`). Null: not known."""
    denied: list[str]
    """The paths of the REST API that it may not read and that a verdict needs."""
    denied_advice: list[str]
    """The paths that it may not read and that only names of SVMs and advisories need."""
    left_out: list[str]
    """Why others of these paths could not be tried, sentences."""
    commands: list[str]
    """The commands of ONTAP that extend the role of the account by these paths."""
    login_refused: bool
    """Whether the array refused the user and the password, or the certificate."""
    undecided: bool
    """Whether `error` says nothing of the account: no answer, too late or a failing one. A listing asks again."""
    error: str | None
    """Why the array could not be asked, and what to do about it, a sentence. Null if it could."""


class Lif(t.TypedDict):
    """A LIF that serves LUNs."""

    svm: str | None
    name: str | None
    node: str | None
    """Its home node."""
    enabled: bool | None
    state: str | None
    moves: bool
    """Whether a takeover moves it to the partner node."""


class IgroupName(t.TypedDict):
    """An igroup by its name and SVM."""

    name: str
    svm: str | None


class San(t.TypedDict):
    """What an array says of the paths to its LUNs. For advice only; None: it could not be read."""

    nodes: list[str]
    asa: bool | None
    """Whether it is an all-SAN array."""
    lifs: dict[str, list[Lif] | None]
    """By transport: iSCSI, FC."""
    igroups: dict[str, IgroupName]
    """By UUID."""
    inherited: dict[str, list[str]] | None
    """By UUID of an igroup, the initiators that igroups nested in it contribute."""
    uninvited: list[tuple[str, str]]
    """(SVM, initiator) that is logged in without being in an igroup of that SVM."""


class Snapshot(t.TypedDict):
    """One complete reading of an ONTAP array."""

    array: ArrayReport
    luns: list[Lun]
    igroups: dict[str, list[str]]
    """By UUID, the normalised initiators."""
    san: San


class ViewSnapshot(t.TypedDict):
    """What a view says of an array that is not ONTAP."""

    array: ArrayReport
    luns: list[tuple[Lun, list[str]]]
    """Each LUN with its normalised initiators."""


class Witness(t.TypedDict):
    """The part of a lookup's answer that says which arrays were asked."""

    complete: bool
    """Whether every configured array was listed completely."""
    fetched_at: str | None
    """When the oldest of the complete listings began, ISO 8601, UTC. Null if there is none."""
    arrays: list[ArrayReport]
    """The arrays that were asked."""


class ViewLun(t.TypedDict):
    """A LUN of a view."""

    wwid: _ViewWwid
    """Its WWID as multipath writes it: for nearly all arrays `3` and the NAA identity in lower-case hex."""
    name: t.NotRequired[t.Annotated[str | None, ("minLength", 1)]]
    """Its name on the array, for people."""
    state: t.Annotated[str, ("minLength", 1)]
    """`online`, or any other text: the LUN exists but is not served, and its device is an outage."""
    size: t.NotRequired[t.Annotated[int | None, ("minimum", 0)]]
    """Its size in bytes."""
    initiators: list[_PortName]
    """The initiators to which it is mapped: iSCSI names, or WWPNs with or without colons, in upper or lower case. Empty
    where it is not mapped. Names of hosts are refused.
    """
    lun_id: t.NotRequired[t.Annotated[int | None, ("minimum", 0)]]
    """The LUN id at which they find it."""


class ViewDocument(t.TypedDict):
    """What a site supplies of one array: its LUNs and to whom they are mapped."""

    schema: t.Annotated[int, ("const", 1)]
    """The version of this form."""
    array: t.Annotated[str, ("minLength", 1)]
    """The array's name, as people know it. One view per array."""
    wwid_prefixes: t.Annotated[list[_Prefix], ("minItems", 1)]
    """The beginnings of the WWIDs for which this listing speaks. Unique to this one array."""
    targets: t.NotRequired[list[_PortName] | None]
    """The names of all its target ports: iSCSI target names, and WWPNs of its FC ports. The array can call only a
    device behind one of them gone. Missing or null: it proves no absence.
    """
    complete: bool
    """Whether every LUN with these prefixes is listed, each with all initiators to which it is mapped. If in doubt,
    `false`: such a view proves nothing.
    """
    error: t.NotRequired[t.Annotated[str | None, ("minLength", 1)]]
    """Why it is not complete, a sentence that the report shows; null otherwise."""
    fetched_at: _ViewTime
    """When the array was read, ISO 8601 with a time zone. Not when the document was made, if that is later. Null only
    in a view that is not complete.
    """
    luns: list[ViewLun]
    """Its LUNs. One may be listed several times, such as once for each of its LUN ids."""
