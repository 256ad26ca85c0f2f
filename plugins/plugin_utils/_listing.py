# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Everything that an array says of its LUNs, read so that silence is never taken for absence.

A LUN that a listing lacks may end up deleted from a host, so a listing is complete or it is an OntapFetchError: whole
collections and no filters (a filter that runs out of time answers "none"), every page, every record, and every LUN map
resolved. What decides are fields that ONTAP has had since 9.8; later ones are only asked for where the version has them, since
ONTAP refuses a question with a field that it does not know.
"""

from __future__ import annotations

import contextlib
import datetime
import gc
import typing as t
from collections.abc import Iterator

from ansible_collections.sanops.multipath.plugins.module_utils import _identity
from ansible_collections.sanops.multipath.plugins.plugin_utils._array import Array, OntapFetchError, OntapRaceError
from ansible_collections.sanops.multipath.plugins.plugin_utils._ontap import Client, DeniedError

LUN_FIELDS = (
    'uuid,name,serial_number,enabled,os_type,svm.name,svm.uuid,space.size,status.state,status.container_state,status.read_only'
)
MAP_FIELDS = 'lun.uuid,igroup.uuid,logical_unit_number'
IGROUP_FIELDS = 'uuid,name,protocol,svm.name,initiators.name'
# What narrows the ways to a LUN that is mapped: evidence for a person, of no weight for the verdict. With the version that brought it.
REPORTING_NODES, REPORTING_NODES_SINCE = ',reporting_nodes.name', (9, 10, 1)
PORTSET, PORTSET_SINCE = ',portset.name', (9, 9, 1)


def fetch(array: Array) -> dict:
    """Everything that one array says of its LUNs, or an OntapFetchError.

    Returns {"array": {...as the lookups return it...}, "luns": [LUN with all its maps], "igroups": {uuid: [initiator keys]}}.
    """
    with Client(array) as client, _no_collector():
        return _fetch(array, client)


@contextlib.contextmanager
def _no_collector() -> Iterator[None]:
    """Without Python's search for cycles, which JSON has none of: it took half of the time that a large array took."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _fetch(array: Array, client: Client) -> dict:
    fetched_at = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec='seconds')
    scope = _scope(client)
    version = _numbers(scope['version'])
    try:
        luns, igroups = _listing(client, version, accept_no_maps=False)
    except OntapRaceError:
        luns, igroups = _listing(client, version, accept_no_maps=True)
    if not luns and not array.allow_no_luns:
        raise OntapFetchError(
            f'{array.label} lists no LUN at all: check that its user sees the SVMs that serve LUNs, or set allow_no_luns if it has none.'
        )
    return {
        'array': {
            'hostname': array.hostname, **scope, 'svms': _svms(client, luns, igroups), 'complete': True, 'fetched_at': fetched_at, 'error': None,
        },
        'luns': luns,
        'igroups': {uuid: igroup['initiators'] for uuid, igroup in igroups.items()},
    }


def _listing(client: Client, version: tuple[int, ...], accept_no_maps: bool) -> tuple[list[dict], dict[str, dict]]:
    """LUNs (with their maps) and igroups, in an order in which a change during the reading cannot hide access that was there.

    LUNs come first, then maps, then igroups, which is the order in which access *depends* on things. A LUN or igroup made
    during the reading and already mapped gives a map that does not resolve (OntapRaceError: read again). A map that is
    listed finds its igroup as it is *later*, so an initiator added meanwhile counts. So what was accessible when the
    reading began, and still is, shows as mapped; the other way round (maps before LUNs), a LUN made and mapped in
    between would be listed without its map.
    """
    array = client.array
    map_fields = MAP_FIELDS + (REPORTING_NODES if version >= REPORTING_NODES_SINCE else '')
    igroup_fields = IGROUP_FIELDS + (PORTSET if version >= PORTSET_SINCE else '')
    luns = _by_key(array, (lun_from_record(array, record) for record in client.collection('/api/storage/luns', LUN_FIELDS)), 'uuid')
    maps = _by_key(array, (map_from_record(array, record) for record in client.collection('/api/protocols/san/lun-maps', map_fields)), 'key')
    igroups = _by_key(array, (igroup_from_record(array, record) for record in client.collection('/api/protocols/san/igroups', igroup_fields)), 'uuid')
    if luns and not maps and not accept_no_maps:
        raise OntapRaceError(f'{array.label} lists LUNs and not one LUN map.')
    return join(array, luns, maps, igroups), igroups


def join(array: Array, luns: dict[str, dict], maps: dict[tuple, dict], igroups: dict[str, dict]) -> list[dict]:
    """Give every LUN its maps. A map whose LUN or igroup is not listed proves that a listing lacks something."""
    for (lun_uuid, igroup_uuid), record in maps.items():
        if lun_uuid not in luns or igroup_uuid not in igroups:
            lacking = f'LUN {lun_uuid}' if lun_uuid not in luns else f'igroup {igroup_uuid}'
            raise OntapRaceError(array.redact(
                f'{array.label} lists a LUN map whose {lacking} it does not list, twice in a row: '
                f'its user must see every LUN, LUN map and igroup; try again when nothing is being provisioned.'
            ))
        luns[lun_uuid]['maps'].append({
            'igroup': igroups[igroup_uuid]['name'], 'igroup_uuid': igroup_uuid, 'lun_id': record['lun_id'],
            'portset': igroups[igroup_uuid]['portset'], 'reporting_nodes': record['reporting_nodes'],
        })
    return list(luns.values())


def _scope(client: Client) -> dict:
    """Who speaks: cluster, cluster_uuid, version and scope.

    The word of an SVM's account proves nothing beyond its SVM. ONTAP lets some of them read /api/cluster (in part), so only
    one that sees the cluster's nodes counts as the cluster's.
    """
    try:
        cluster = client.instance('/api/cluster', 'name,uuid,version')
    except DeniedError:
        cluster = {}
    try:
        nodes = list(client.collection('/api/cluster/nodes', 'name'))
    except DeniedError:
        nodes = []
    name, uuid = _text(cluster, 'name'), _text(cluster, 'uuid')
    numbers = [_value(cluster, f'version.{part}') for part in ('generation', 'major', 'minor')]
    version = '.'.join(map(str, numbers)) if all(isinstance(number, int) for number in numbers) else _text(cluster, 'version.full')
    return {'cluster': name, 'cluster_uuid': uuid, 'version': version, 'scope': 'cluster' if name and uuid and nodes else 'svm'}


def _numbers(version: str | None) -> tuple[int, ...]:
    """(9, 14, 1) of "9.14.1"; () where it is not known: then nothing is asked that ONTAP has not always had."""
    parts = (version or '').split('.')
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else ()


def _svms(client: Client, luns: list[dict], igroups: dict[str, dict]) -> list[str]:
    try:
        names = [_text(record, 'name') for record in client.collection('/api/svm/svms', 'name')]
    except DeniedError:
        names = [lun['svm'] for lun in luns] + [igroup['svm'] for igroup in igroups.values()]
    return sorted({name for name in names if name})


def lun_from_record(array: Array, record: dict) -> dict:
    """A LUN as the lookups return it, its maps still empty."""
    uuid, serial_number = _need(array, record, 'uuid', 'a LUN'), _need(array, record, 'serial_number', 'a LUN')
    try:
        wwid = _identity.ontap_wwid(serial_number)
    except UnicodeEncodeError:
        raise OntapFetchError(f'{array.label} gives LUN {array.redact(uuid)} a serial number that is not of bytes: report it.') from None
    return {
        'wwid': wwid, 'serial_number': serial_number, 'name': _text(record, 'name'), 'uuid': uuid,
        'svm': _text(record, 'svm.name'), 'svm_uuid': _text(record, 'svm.uuid'),
        'state': _text(record, 'status.state'), 'container_state': _text(record, 'status.container_state'),
        'enabled': _value(record, 'enabled'), 'read_only': _value(record, 'status.read_only'),
        'size': _value(record, 'space.size'), 'os_type': _text(record, 'os_type'), 'maps': [],
    }


def map_from_record(array: Array, record: dict) -> dict:
    lun_id = _value(record, 'logical_unit_number')
    if not isinstance(lun_id, int) or isinstance(lun_id, bool) or lun_id < 0:
        raise _lacks(array, 'a LUN map', 'logical_unit_number')
    nodes = record.get('reporting_nodes')
    return {
        'key': (_need(array, record, 'lun.uuid', 'a LUN map'), _need(array, record, 'igroup.uuid', 'a LUN map')), 'lun_id': lun_id,
        'reporting_nodes': [name for name in (_text(node, 'name') for node in nodes) if name] if isinstance(nodes, list) else None,
    }


def igroup_from_record(array: Array, record: dict) -> dict:
    """An igroup with its initiators; ONTAP includes those of nested igroups. An empty igroup has no such field, so
    "protocol", which every igroup has, must prove that the page came with the fields asked for."""
    _need(array, record, 'protocol', 'an igroup')
    members = record.get('initiators', [])
    names = [_text(member, 'name') for member in members] if isinstance(members, list) else [None]
    if not all(names):
        raise _lacks(array, 'an igroup', 'initiators.name')
    return {
        'uuid': _need(array, record, 'uuid', 'an igroup'), 'name': _need(array, record, 'name', 'an igroup'), 'svm': _text(record, 'svm.name'),
        'portset': _text(record, 'portset.name'),
        'initiators': [_identity.normal_initiator(name) for name in names if name],
    }


def _by_key(array: Array, records: Iterator[dict], key: str) -> dict[t.Any, dict]:
    """A record that comes twice means that the pages overlap, and may have a gap elsewhere."""
    found: dict[t.Any, dict] = {}
    for record in records:
        if record[key] in found:
            raise OntapRaceError(
                f'{array.label} lists the same record twice ({array.redact(str(record[key]))}), again when asked again: report it to NetApp.'
            )
        found[record[key]] = record
    return found


def _value(record: t.Any, dotted: str) -> t.Any:
    for name in dotted.split('.'):
        record = record.get(name) if isinstance(record, dict) else None
    return record


def _text(record: t.Any, dotted: str) -> str | None:
    value = _value(record, dotted)
    return value if isinstance(value, str) else None


def _need(array: Array, record: dict, dotted: str, kind: str) -> str:
    value = _text(record, dotted)
    if not value:
        raise _lacks(array, kind, dotted)
    return value


def _lacks(array: Array, kind: str, dotted: str) -> OntapFetchError:
    return OntapFetchError(f'{array.label} lists {kind} without {dotted}: check that the role of its user shows all fields, and try again.')
