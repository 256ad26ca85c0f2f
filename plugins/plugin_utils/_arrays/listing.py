# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Everything that an array says of its LUNs, read so that a missing answer is never taken for absence.

A LUN that a listing lacks may end up deleted from a host, so a listing is complete or it is an OntapFetchError: whole
collections and no filters (a filter that runs out of time answers "none"), every page, every record, everything read
twice, and every LUN map resolved. The targets are part of it: an array does not speak for a device behind a target of
another array. Verdicts depend on fields that ONTAP has had since 9.8; later fields are requested only where the version
has them, because ONTAP refuses a request with a field that it does not know.
"""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Iterable, Mapping

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import san as arrays_san
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.ontap import (
    Client,
    DeniedError,
    Record,
    part,
    text,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import (
    Array,
    OntapFetchError,
    OntapRaceError,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.shapes import Igroup, Lun, MapRecord, Snapshot

LUNS, MAPS, IGROUPS = "/api/storage/luns", "/api/protocols/san/lun-maps", "/api/protocols/san/igroups"
SVMS = "/api/svm/svms"
ISCSI_SERVICES, FC_INTERFACES = "/api/protocols/san/iscsi/services", "/api/network/fc/interfaces"
LUN_FIELDS = (
    "uuid,name,serial_number,enabled,os_type,svm.name,svm.uuid,space.size,"
    "status.state,status.container_state,status.read_only"
)
# What the LUNs themselves say of their maps. It costs the array much, and it is the only source that reveals a cut list
# of maps.
OWN_MAPS = ",status.mapped,lun_maps.igroup.uuid,lun_maps.logical_unit_number"
MAP_FIELDS = "lun.uuid,igroup.uuid,logical_unit_number"
IGROUP_FIELDS = "uuid,name,protocol,svm.name,initiators.name"
# What narrows the paths to a mapped LUN: for people, without effect on the verdict. With the version that has it first.
REPORTING_NODES, REPORTING_NODES_SINCE = ",reporting_nodes.name", (9, 10, 1)
PORTSET, PORTSET_SINCE = ",portset.name", (9, 9, 1)


Kept = t.TypeVar("Kept")


class _Again(t.NamedTuple):
    """A LUN, and what it says itself of its maps."""

    lun: Lun
    mapped: t.Any
    """status.mapped"""
    maps: list[MapRecord]


class Scope(t.TypedDict):
    """For what an account speaks: fields of shapes.ArrayReport."""

    cluster: str | None
    cluster_uuid: str | None
    version: str | None
    scope: str


def fetch(array: Array) -> Snapshot:
    """Return everything that an array says of its LUNs. Raises OntapFetchError."""
    fetched_at = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    with Client(array) as client:
        known, nodes = scope(client)
        version = _numbers(known["version"])
        try:
            luns, igroups = _listing(client, version)
        except OntapRaceError:
            luns, igroups = _listing(client, version)
        if not luns and not array.allow_no_luns:
            raise OntapFetchError(
                f"{array.label} lists no LUN at all: check that its user sees the SVMs that serve "
                f"LUNs, or set allow_no_luns if it has none."
            )
        svms, found_targets = _svms(client, luns, igroups), targets(client)
        san, not_checked = arrays_san.read(client, version, nodes, igroups)
    for lun in luns:
        lun["cluster"] = known["cluster"]
    return {
        "array": {
            "hostname": array.hostname,
            "cluster": known["cluster"],
            "cluster_uuid": known["cluster_uuid"],
            "version": known["version"],
            "scope": known["scope"],
            "svms": svms,
            "targets": found_targets,
            "complete": True,
            "fetched_at": fetched_at,
            "error": None,
            "not_checked": not_checked,
        },
        "luns": luns,
        "igroups": {uuid: igroup["initiators"] for uuid, igroup in igroups.items()},
        "san": san,
    }


def _listing(client: Client, version: tuple[int, ...]) -> tuple[list[Lun], dict[str, Igroup]]:
    """Return LUNs (with their maps) and igroups.

    They are read in an order in which a change during the reading cannot hide access that was there.

    LUNs, then maps and igroups, then maps and igroups again, then LUNs again with what each of them says of its own
    maps; what any reading shows counts. Access of a host to a LUN is a map and a member of its igroup, which are two
    requests: a host that moves from one igroup to another between them is seen by the pair before or by the pair after
    (docs/adr/0012-two-readings.md has the proof).

    Raises:
        OntapRaceError: a map does not resolve, a LUN calls itself mapped and has no map, or there are fewer records
            than the array counts. The caller reads again.
    """
    array = client.array
    map_fields = MAP_FIELDS + (REPORTING_NODES if version >= REPORTING_NODES_SINCE else "")
    igroup_fields = IGROUP_FIELDS + (PORTSET if version >= PORTSET_SINCE else "")
    counted = {path: client.count(path) for path in (LUNS, MAPS)}
    luns: dict[str, Lun] = _by_key(
        array, ((record.get("uuid"), lun_from_record(array, record)) for record in client.collection(LUNS, LUN_FIELDS))
    )
    maps: dict[tuple[str, str], MapRecord] = {}
    igroups: dict[str, Igroup] = {}
    for dummy in range(2):
        records = client.collection(MAPS, map_fields)
        found_maps = (map_from_record(array, record) for record in records)
        maps.update(_by_key(array, ((found_map["key"], found_map) for found_map in found_maps)))
        records = client.collection(IGROUPS, igroup_fields)
        found_igroups = (igroup_from_record(array, record) for record in records)
        for uuid, igroup in _by_key(array, ((igroup["uuid"], igroup) for igroup in found_igroups)).items():
            known = igroups.get(uuid, igroup)
            igroups[uuid] = {**igroup, "initiators": sorted({*known["initiators"], *igroup["initiators"]})}
    records = client.collection(LUNS, LUN_FIELDS + OWN_MAPS)
    again: dict[str, _Again] = _by_key(array, ((record.get("uuid"), _read_again(array, record)) for record in records))
    luns.update({uuid: found.lun for uuid, found in again.items()})
    for found in again.values():
        for own_map in found.maps:
            maps.setdefault(own_map["key"], own_map)
    _check_counts(client, counted, {LUNS: len(luns), MAPS: len(maps)})
    _check_own_maps(array, luns, again)
    return join(array, luns, maps, igroups), igroups


def _read_again(array: Array, record: Record) -> _Again:
    """Return a LUN with what its record says of its maps.

    ONTAP leaves lun_maps out where there is none.
    """
    own_maps = record.get("lun_maps", [])
    if not isinstance(own_maps, list) or not all(isinstance(own_map, dict) for own_map in own_maps):
        _lacks(array, "a LUN", "lun_maps")
    return _Again(
        lun_from_record(array, record),
        part(record, "status").get("mapped"),
        [map_from_record(array, {**own_map, "lun": {"uuid": record.get("uuid")}}) for own_map in own_maps],
    )


def _check_counts(client: Client, before: dict[str, int], listed: dict[str, int]) -> None:
    """Raise OntapRaceError if the listing lacks records.

    Records that are created and deleted meanwhile change the count: only fewer than before and than after is proof.
    """
    for path, what in ((LUNS, "LUNs"), (MAPS, "LUN maps")):
        if listed[path] < before[path] and listed[path] < client.count(path):
            raise OntapRaceError(
                f"{client.array.label} lists {listed[path]} {what} and counts more, twice in a row: "
                f"try again when nothing is being provisioned; if it stays, report it to NetApp."
            )


def _check_own_maps(array: Array, luns: Mapping[str, Lun], again: Mapping[str, _Again]) -> None:
    """Raise OntapRaceError for a LUN that neither names its maps itself nor says that it has none.

    The list of maps may be cut, and a role may hide it.
    """
    for uuid in luns:
        says, own_maps = (again[uuid].mapped, again[uuid].maps) if uuid in again else (None, [])
        if not own_maps and says is not False:
            what = "lists a LUN that is mapped" if says else "does not say whether a LUN is mapped"
            raise OntapRaceError(
                f"{array.label} {what} ({array.redact(luns[uuid]['name'] or uuid)}), and the LUN names no map of its "
                f"own, twice in a row: give the role of its user readonly access to all of {LUNS} and {MAPS}; try "
                "again when nothing is being provisioned."
            )


def join(
    array: Array, luns: dict[str, Lun], maps: Mapping[tuple[str, str], MapRecord], igroups: Mapping[str, Igroup]
) -> list[Lun]:
    """Add its maps to every LUN, and return the LUNs.

    A map whose LUN or igroup is not listed proves that a listing lacks something.
    """
    transports = {uuid: identity.transports(igroup["initiators"]) for uuid, igroup in igroups.items()}
    for (lun_uuid, igroup_uuid), record in maps.items():
        if lun_uuid not in luns or igroup_uuid not in igroups:
            lacking = f"LUN {lun_uuid}" if lun_uuid not in luns else f"igroup {igroup_uuid}"
            raise OntapRaceError(
                array.redact(
                    f"{array.label} lists a LUN map whose {lacking} it does not list, twice in a row: "
                    f"its user must see every LUN, LUN map and igroup; try again when nothing is being provisioned."
                )
            )
        luns[lun_uuid]["maps"].append(
            {
                "igroup": igroups[igroup_uuid]["name"],
                "igroup_uuid": igroup_uuid,
                "lun_id": record["lun_id"],
                "portset": igroups[igroup_uuid]["portset"],
                "reporting_nodes": record["reporting_nodes"],
                "transports": transports[igroup_uuid],
            }
        )
    return list(luns.values())


def scope(client: Client) -> tuple[Scope, list[str]]:
    """Return for what the account speaks, and the names of the cluster's nodes.

    What the account of an SVM sees proves nothing beyond its SVM. ONTAP lets some of them read /api/cluster (in part),
    so only an account that sees the cluster's nodes counts as the cluster's.
    """
    try:
        cluster = client.instance("/api/cluster", "name,uuid,version")
    except DeniedError:
        cluster = {}
    try:
        nodes = [text(record, "name") or "" for record in client.collection("/api/cluster/nodes", "name")]
    except DeniedError:
        nodes = []
    name, uuid = text(cluster, "name"), text(cluster, "uuid")
    numbers = [part(cluster, "version").get(name) for name in ("generation", "major", "minor")]
    version = (
        ".".join(map(str, numbers))
        if all(isinstance(number, int) for number in numbers)
        else text(part(cluster, "version"), "full")
    )
    return {
        "cluster": name,
        "cluster_uuid": uuid,
        "version": version,
        "scope": "cluster" if name and uuid and nodes else "svm",
    }, nodes


def targets(client: Client) -> list[str]:
    """Return the names of the array's target ports, as hosts see them, normalised.

    These are the iSCSI names of its SVMs and the WWPNs of its FC LIFs.
    """
    array = client.array
    services = client.collection(ISCSI_SERVICES, "target.name")
    names = [
        text(part(record, "target"), "name") or _lacks(array, "an iSCSI service", "target.name") for record in services
    ]
    names += [
        text(record, "wwpn") or _lacks(array, "an FC LIF", "wwpn")
        for record in client.collection(FC_INTERFACES, "wwpn")
    ]
    return sorted({identity.normal_initiator(name) for name in names})


def _numbers(version: str | None) -> tuple[int, ...]:
    """Return (9, 14, 1) for "9.14.1"; () where it is not known: then nothing is asked that ONTAP has not always had."""
    parts = (version or "").split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else ()


def _svms(client: Client, luns: list[Lun], igroups: Mapping[str, Igroup]) -> list[str]:
    try:
        names = [text(record, "name") for record in client.collection(SVMS, "name")]
    except DeniedError:
        names = [lun["svm"] for lun in luns] + [igroup["svm"] for igroup in igroups.values()]
    return sorted({name for name in names if name})


# The following functions run for each of perhaps a hundred thousand records: each key is read once, and no name is
# parsed.


def lun_from_record(array: Array, record: Record) -> Lun:
    """Return a LUN as the lookups return it, its maps still empty."""
    uuid = text(record, "uuid") or _lacks(array, "a LUN", "uuid")
    serial_number = text(record, "serial_number") or _lacks(array, "a LUN", "serial_number")
    svm, status, size = part(record, "svm"), part(record, "status"), part(record, "space").get("size")
    try:
        wwid = identity.ontap_wwid(serial_number)
    except UnicodeEncodeError:
        raise OntapFetchError(
            f"{array.label} has a serial number that is not made of bytes at LUN {array.redact(uuid)}: report it."
        ) from None
    return {
        "wwid": wwid,
        "serial_number": serial_number,
        "name": text(record, "name"),
        "uuid": uuid,
        "svm": text(svm, "name"),
        "svm_uuid": text(svm, "uuid"),
        "array": array.hostname,
        "state": text(status, "state"),
        "container_state": text(status, "container_state"),
        "enabled": record.get("enabled"),
        "read_only": status.get("read_only"),
        "size": size if isinstance(size, int) else None,
        "os_type": text(record, "os_type"),
        "maps": [],
    }


def map_from_record(array: Array, record: Record) -> MapRecord:
    """Return a LUN map whose LUN and igroup are not yet looked up."""
    lun_id, nodes = record.get("logical_unit_number"), record.get("reporting_nodes")
    if not isinstance(lun_id, int) or isinstance(lun_id, bool) or lun_id < 0:
        _lacks(array, "a LUN map", "logical_unit_number")
    lun = text(part(record, "lun"), "uuid") or _lacks(array, "a LUN map", "lun.uuid")
    igroup = text(part(record, "igroup"), "uuid") or _lacks(array, "a LUN map", "igroup.uuid")
    return {
        "key": (lun, igroup),
        "lun_id": lun_id,
        "reporting_nodes": [node["name"] for node in nodes if isinstance(node, dict) and text(node, "name")]
        if isinstance(nodes, list)
        else None,
    }


def igroup_from_record(array: Array, record: Record) -> Igroup:
    """Return an igroup with its initiators; ONTAP includes those of nested igroups.

    An empty igroup has no such field, so "protocol", which every igroup has, must prove that the page came with the
    requested fields.
    """
    if not text(record, "protocol"):
        _lacks(array, "an igroup", "protocol")
    members = record.get("initiators", [])
    names = (
        [isinstance(member, dict) and text(member, "name") for member in members]
        if isinstance(members, list)
        else [None]
    )
    if not all(names):
        _lacks(array, "an igroup", "initiators.name")
    return {
        "uuid": text(record, "uuid") or _lacks(array, "an igroup", "uuid"),
        "name": text(record, "name") or _lacks(array, "an igroup", "name"),
        "svm": text(part(record, "svm"), "name"),
        "portset": text(part(record, "portset"), "name"),
        "initiators": [identity.normal_initiator(name) for name in names if name],
    }


def _by_key(array: Array, records: Iterable[tuple[t.Any, Kept]]) -> dict[t.Any, Kept]:
    """Return what was made of records, by their keys.

    A record that comes twice means that the pages overlap, and may have a gap elsewhere.
    """
    found: dict[t.Any, Kept] = {}
    for key, kept in records:
        if key in found:
            raise OntapRaceError(
                f"{array.label} lists the same record twice ({array.redact(str(key))}), again when asked again: report "
                f"it to NetApp."
            )
        found[key] = kept
    return found


def _lacks(array: Array, kind: str, name: str) -> t.NoReturn:
    raise OntapFetchError(
        f"{array.label} lists {kind} without {name}: check that the role of its user shows all fields, and try again."
    )
