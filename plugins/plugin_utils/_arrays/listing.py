# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Everything that an array says of its LUNs, read so that silence is never taken for absence.

A LUN that a listing lacks may end up deleted from a host, so a listing is complete or it is an OntapFetchError: whole
collections and no filters (a filter that runs out of time answers "none"), every page, every record, everything read
twice, and every LUN map resolved. The targets are part of it: an array says nothing of a device behind somebody
else's. What decides are fields that ONTAP has had since 9.8; later ones are only asked for where the version has them,
since ONTAP refuses a question with a field that it does not know.
"""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Iterator

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import san as arrays_san
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.ontap import Client, DeniedError, part, text
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import (
    Array,
    OntapFetchError,
    OntapRaceError,
)

LUNS, MAPS, IGROUPS = "/api/storage/luns", "/api/protocols/san/lun-maps", "/api/protocols/san/igroups"
ISCSI_SERVICES, FC_INTERFACES = "/api/protocols/san/iscsi/services", "/api/network/fc/interfaces"
LUN_FIELDS = (
    "uuid,name,serial_number,enabled,os_type,svm.name,svm.uuid,space.size,"
    "status.state,status.container_state,status.read_only"
)
# What the LUNs themselves say of their maps. It costs the array much, and is the only witness that a cut list of maps
# cannot take in.
OWN_MAPS = ",status.mapped,lun_maps.igroup.uuid,lun_maps.logical_unit_number"
MAP_FIELDS = "lun.uuid,igroup.uuid,logical_unit_number"
IGROUP_FIELDS = "uuid,name,protocol,svm.name,initiators.name"
# What narrows the ways to a LUN that is mapped: evidence for a person, of no weight for the verdict. With the version
# that brought it.
REPORTING_NODES, REPORTING_NODES_SINCE = ",reporting_nodes.name", (9, 10, 1)
PORTSET, PORTSET_SINCE = ",portset.name", (9, 9, 1)


def fetch(array: Array) -> dict:
    """Everything that one array says of its LUNs, or an OntapFetchError.

    Returns {"array": {...as the lookups return it...}, "luns": [LUN with all its maps, also as they return it],
    "igroups": {uuid: [initiator keys]}, "san": {...of san.read...}}.
    """
    fetched_at = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    with Client(array) as client:
        scope, nodes = _scope(client)
        version = _numbers(scope["version"])
        try:
            luns, igroups = _listing(client, version)
        except OntapRaceError:
            luns, igroups = _listing(client, version)
        if not luns and not array.allow_no_luns:
            raise OntapFetchError(
                f"{array.label} lists no LUN at all: check that its user sees the SVMs that serve "
                f"LUNs, or set allow_no_luns if it has none."
            )
        svms, targets = _svms(client, luns, igroups), _targets(client)
        san = arrays_san.read(client, version, nodes, igroups)
    for lun in luns:
        lun["cluster"] = scope["cluster"]
    return {
        "array": {
            "hostname": array.hostname,
            **scope,
            "svms": svms,
            "targets": targets,
            "complete": True,
            "fetched_at": fetched_at,
            "error": None,
            "not_checked": san.pop("not_checked"),
        },
        "luns": luns,
        "igroups": {uuid: igroup["initiators"] for uuid, igroup in igroups.items()},
        "san": san,
    }


def _listing(client: Client, version: tuple[int, ...]) -> tuple[list[dict], dict[str, dict]]:
    """LUNs (with their maps) and igroups, read in an order in which a change during the reading cannot hide access
    that was there.

    LUNs, then maps and igroups, then maps and igroups once more, then LUNs once more with what each of them says of
    its own maps; what any reading shows counts. A way from a host to a LUN is a map and a member of its igroup, which
    are two requests: whoever moves a host from one igroup to another between them is seen by the pair before or by the
    pair after (docs/adr/0012-two-readings.md has the proof). A map that does not resolve, a LUN that calls itself
    mapped and has no map, or fewer records than the array counts: OntapRaceError, read again.
    """
    array = client.array
    map_fields = MAP_FIELDS + (REPORTING_NODES if version >= REPORTING_NODES_SINCE else "")
    igroup_fields = IGROUP_FIELDS + (PORTSET if version >= PORTSET_SINCE else "")
    counted = {path: client.count(path) for path in (LUNS, MAPS)}
    luns = _by_key(array, (lun_from_record(array, record) for record in client.collection(LUNS, LUN_FIELDS)), "uuid")
    maps: dict[tuple, dict] = {}
    igroups: dict[str, dict] = {}
    for dummy in range(2):
        maps.update(
            _by_key(array, (map_from_record(array, record) for record in client.collection(MAPS, map_fields)), "key")
        )
        for uuid, igroup in _by_key(
            array, (igroup_from_record(array, record) for record in client.collection(IGROUPS, igroup_fields)), "uuid"
        ).items():
            known = igroups.get(uuid, igroup)
            igroups[uuid] = {**igroup, "initiators": sorted({*known["initiators"], *igroup["initiators"]})}
    records = client.collection(LUNS, LUN_FIELDS + OWN_MAPS)
    again = _by_key(
        array, ({**lun_from_record(array, record), "own": _own_maps(array, record)} for record in records), "uuid"
    )
    own = {uuid: lun.pop("own") for uuid, lun in again.items()}
    luns.update(again)
    for dummy, told in own.values():
        for record in told:
            maps.setdefault(record["key"], record)
    _check_counts(client, counted, {LUNS: len(luns), MAPS: len(maps)})
    _check_own_maps(array, luns, maps, own)
    return join(array, luns, maps, igroups), igroups


def _own_maps(array: Array, record: dict) -> tuple[t.Any, list[dict]]:
    """What a record of a LUN says of its maps: (status.mapped, [maps as map_from_record gives them]).

    ONTAP leaves lun_maps out where there is none.
    """
    told = record.get("lun_maps", [])
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        _lacks(array, "a LUN", "lun_maps")
    return part(record, "status").get("mapped"), [
        map_from_record(array, {**one, "lun": {"uuid": record.get("uuid")}}) for one in told
    ]


def _check_counts(client: Client, before: dict[str, int], listed: dict[str, int]) -> None:
    """Records that come and go meanwhile change the count: only fewer than before and than after means that the
    listing lacks some.
    """
    for path, what in ((LUNS, "LUNs"), (MAPS, "LUN maps")):
        if listed[path] < before[path] and listed[path] < client.count(path):
            raise OntapRaceError(
                f"{client.array.label} lists {listed[path]} {what} and counts more, twice in a row: "
                f"try again when nothing is being provisioned; if it stays, report it to NetApp."
            )


def _check_own_maps(array: Array, luns: dict[str, dict], maps: dict[tuple, dict], own: dict[str, tuple]) -> None:
    """A LUN without a map must say so itself: the list of maps may be cut, and a role may hide it."""
    mapped = {lun for lun, dummy in maps}
    for uuid in luns:
        says = own.get(uuid, (None, []))[0]
        if uuid not in mapped and says is not False:
            what = "lists a LUN that is mapped" if says else "does not say whether a LUN is mapped"
            raise OntapRaceError(
                f"{array.label} {what} ({array.redact(luns[uuid]['name'] or uuid)}) and lists no "
                f"LUN map of it, twice in a row: "
                f"give the role of its user readonly access to all of {LUNS} and {MAPS}; try "
                f"again when nothing is being provisioned."
            )


def join(array: Array, luns: dict[str, dict], maps: dict[tuple, dict], igroups: dict[str, dict]) -> list[dict]:
    """Give every LUN its maps. A map whose LUN or igroup is not listed proves that a listing lacks something."""
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


def _scope(client: Client) -> tuple[dict, list[str]]:
    """Who speaks: ({cluster, cluster_uuid, version and scope}, the names of the cluster's nodes).

    The word of an SVM's account proves nothing beyond its SVM. ONTAP lets some of them read /api/cluster (in part), so
    only one that sees the cluster's nodes counts as the cluster's.
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


def _targets(client: Client) -> list[str]:
    """The names of the array's target ports, as hosts see them, normalised: the iSCSI names of its SVMs, the WWPNs
    of its FC LIFs.
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
    """(9, 14, 1) of "9.14.1"; () where it is not known: then nothing is asked that ONTAP has not always had."""
    parts = (version or "").split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else ()


def _svms(client: Client, luns: list[dict], igroups: dict[str, dict]) -> list[str]:
    try:
        names = [text(record, "name") for record in client.collection("/api/svm/svms", "name")]
    except DeniedError:
        names = [lun["svm"] for lun in luns] + [igroup["svm"] for igroup in igroups.values()]
    return sorted({name for name in names if name})


# What follows is done for each of perhaps a hundred thousand records: a dictionary is looked into once, and no name is
# taken apart.


def lun_from_record(array: Array, record: dict) -> dict:
    """A LUN as the lookups return it, its maps still empty."""
    uuid = text(record, "uuid") or _lacks(array, "a LUN", "uuid")
    serial_number = text(record, "serial_number") or _lacks(array, "a LUN", "serial_number")
    svm, status = part(record, "svm"), part(record, "status")
    try:
        wwid = identity.ontap_wwid(serial_number)
    except UnicodeEncodeError:
        raise OntapFetchError(
            f"{array.label} gives LUN {array.redact(uuid)} a serial number that is not of bytes: report it."
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
        "size": part(record, "space").get("size"),
        "os_type": text(record, "os_type"),
        "maps": [],
    }


def map_from_record(array: Array, record: dict) -> dict:
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


def igroup_from_record(array: Array, record: dict) -> dict:
    """An igroup with its initiators; ONTAP includes those of nested igroups. An empty igroup has no such field, so
    "protocol", which every igroup has, must prove that the page came with the fields asked for."""
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


def _by_key(array: Array, records: Iterator[dict], key: str) -> dict[t.Any, dict]:
    """A record that comes twice means that the pages overlap, and may have a gap elsewhere."""
    found: dict[t.Any, dict] = {}
    for record in records:
        if record[key] in found:
            raise OntapRaceError(
                f"{array.label} lists the same record twice ({array.redact(str(record[key]))}), "
                f"again when asked again: report it to NetApp."
            )
        found[record[key]] = record
    return found


def _lacks(array: Array, kind: str, name: str) -> t.NoReturn:
    raise OntapFetchError(
        f"{array.label} lists {kind} without {name}: check that the role of its user shows all fields, and try again."
    )
