# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The shapes of what is known of arrays.

From ONTAP's REST API (fields as documented for /api/storage/luns, /api/protocols/san/lun-maps, .../igroups and
/api/network/*), or from the views that a site supplies of other arrays (docs/array-views.md). None: not known.
"""

from __future__ import annotations

import typing as t


class LunMap(t.TypedDict):
    """One mapping of a LUN to an initiator group."""

    igroup: str | None
    igroup_uuid: t.Any
    """A text from ONTAP, None from a view."""
    lun_id: int | None
    """0 to 4095; the number at which the initiators find the LUN."""
    portset: str | None
    """Only the LIFs of this port set show the LUN. None: no port set, or ONTAP before 9.9.1."""
    reporting_nodes: list[str] | None
    """The nodes whose LIFs show the LUN. None before ONTAP 9.10.1."""
    transports: list[str]
    """Of the initiators: iscsi, fc."""


class _LunOfItself(t.TypedDict):
    wwid: str
    """As multipath writes it: 3600a0980 and the serial number in hex for ONTAP."""
    serial_number: str | None
    """12 characters for ONTAP; upper and lower case differ."""
    name: str | None
    uuid: str | None
    svm: str | None
    svm_uuid: str | None
    array: str
    """The hostname of the array as the user configured it."""
    state: str | None
    """status.state: online, offline, ..."""
    container_state: str | None
    """status.container_state, of the volume."""
    enabled: bool | None
    read_only: bool | None
    size: int | None
    """Bytes."""
    os_type: str | None
    maps: list[LunMap]


class Lun(_LunOfItself, total=False):
    """A LUN with all its maps, as the lookups return it."""

    cluster: str | None


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
    why: str


class _ArrayReport(t.TypedDict):
    hostname: str
    cluster: str | None
    cluster_uuid: str | None
    version: str | None
    svms: list[str]
    targets: list[str] | None
    """Target ports as hosts see them, normalised: iSCSI names and WWPNs. None: such an array proves no absence."""
    scope: str | None
    """cluster, or svm where the account speaks for its SVM only; None where the array was not read."""
    complete: bool
    fetched_at: str | None
    """When the reading began: ISO 8601, UTC."""
    error: str | None


class ArrayReport(_ArrayReport, total=False):
    """Who was asked, and with what success."""

    not_checked: list[NotChecked]
    """ONTAP only."""
    wwid_prefixes: list[str]
    """Views only: the WWIDs for which the view speaks."""


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
    fetched_at: str | None
    """Of the oldest reading."""
    arrays: list[ArrayReport]
