# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ONTAP's REST API, read so that silence is never taken for absence.

A LUN that a listing lacks may end up deleted from a host, so a listing is complete or it is an OntapFetchError: whole
collections and no filters (a filter that runs out of time answers "none"), every page, every record, and every LUN map
resolved. Only fields that ONTAP has had since 9.8 are asked for.
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import http.client
import json
import re
import socket
import ssl
import time
import typing as t
from collections.abc import Iterator

from ansible_collections.sanops.multipath.plugins.plugin_utils._array import (
    Array,
    OntapFetchError,
    OntapLoginError,
    OntapRaceError,
)

# ONTAP ends a page at max_records or after return_timeout seconds (15 unless told, at most 120), whichever comes first.
MAX_RECORDS = 2000
RETURN_TIMEOUT = 120
# Above RETURN_TIMEOUT, so that a slow array answers with a short page rather than with a broken connection.
PAGE_TIMEOUT = 150
# /api/cluster is one small record: an array that is down is known after this many seconds, not after PAGE_TIMEOUT.
HELLO_TIMEOUT = 30
FETCH_TIMEOUT = 1800
ATTEMPTS = 3
LONGEST_PAUSE = 10
_sleep = time.sleep
BROKEN_CONNECTION = (ConnectionResetError, BrokenPipeError, http.client.IncompleteRead, ssl.SSLEOFError)

LUN_FIELDS = (
    'uuid,name,serial_number,enabled,os_type,svm.name,svm.uuid,space.size,status.state,status.container_state,status.read_only'
)
MAP_FIELDS = 'lun.uuid,igroup.uuid,logical_unit_number'
IGROUP_FIELDS = 'uuid,name,protocol,svm.name,initiators.name'

# VPD page 0x83 of an ONTAP LUN: NAA 6 with NetApp's OUI, then the twelve bytes of the serial number; multipath puts a 3 before it.
WWID_PREFIX = '3600a0980'


def wwid_from_serial(serial_number: str) -> str:
    """The WWID that multipath gives to the LUN with this serial number (case matters; bytes, not always printable)."""
    return WWID_PREFIX + serial_number.encode('latin-1').hex()


def initiator_key(name: str) -> str:
    """An initiator name in the form in which ONTAP compares it: an iSCSI name in lower case, a WWPN as 16 hex digits."""
    name = name.strip().lower()
    digits = re.sub(r'^0x|[:-]', '', name)
    return digits if re.fullmatch(r'[0-9a-f]{16}', digits) else name


def fetch(array: Array) -> dict:
    """Everything that one array says of its LUNs, or an OntapFetchError.

    Returns {"array": {...as the lookups return it...}, "luns": [LUN with all its maps], "igroups": {uuid: [initiator keys]}}.
    """
    client = Client(array)
    fetched_at = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec='seconds')
    scope = _scope(client)
    try:
        luns, igroups = _listing(client, accept_no_maps=False)
    except OntapRaceError:
        luns, igroups = _listing(client, accept_no_maps=True)
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


def _listing(client: Client, accept_no_maps: bool) -> tuple[list[dict], dict[str, dict]]:
    """LUNs (with their maps) and igroups, in an order in which a change during the reading cannot hide access that was there.

    LUNs come first, then maps, then igroups, which is the order in which access *depends* on things. A LUN or igroup made
    during the reading and already mapped gives a map that does not resolve (OntapRaceError: read again). A map that is
    listed finds its igroup as it is *later*, so an initiator added meanwhile counts. So what was accessible when the
    reading began, and still is, shows as mapped; the other way round (maps before LUNs), a LUN made and mapped in
    between would be listed without its map.
    """
    array = client.array
    luns = _by_key(array, (lun_from_record(array, record) for record in client.collection('/api/storage/luns', LUN_FIELDS)), 'uuid')
    maps = _by_key(array, (map_from_record(array, record) for record in client.collection('/api/protocols/san/lun-maps', MAP_FIELDS)), 'key')
    igroups = _by_key(array, (igroup_from_record(array, record) for record in client.collection('/api/protocols/san/igroups', IGROUP_FIELDS)), 'uuid')
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
        })
    return list(luns.values())


def _scope(client: Client) -> dict:
    """Who speaks: cluster, cluster_uuid, version and scope.

    The word of an SVM's account proves nothing beyond its SVM. ONTAP lets some of them read /api/cluster (in part), so only
    one that sees the cluster's nodes counts as the cluster's.
    """
    try:
        cluster = client.get('/api/cluster?fields=name,uuid,version', HELLO_TIMEOUT)
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


def _svms(client: Client, luns: list[dict], igroups: dict[str, dict]) -> list[str]:
    try:
        names = [_text(record, 'name') for record in client.collection('/api/svm/svms', 'name')]
    except DeniedError:
        names = [lun['svm'] for lun in luns] + [igroup['svm'] for igroup in igroups.values()]
    return sorted({name for name in names if name})


class DeniedError(OntapFetchError):
    """HTTP 403 or 404: the login is good, and this API is not there for the account."""


class Client:
    """GETs over HTTPS to one array, each page checked.

    Plain http.client, a connection per request: the way to an array is then what the options say and nothing else. No proxy,
    .netrc or CA bundle comes out of the environment, and no redirect is followed, which would carry the credentials elsewhere.
    """

    def __init__(self, array: Array) -> None:
        self.array = array
        self._deadline = time.monotonic() + FETCH_TIMEOUT
        self._headers = {'Accept': 'application/json', 'User-Agent': 'sanops.multipath', 'Connection': 'close'}
        if array.username is not None:
            self._headers['Authorization'] = 'Basic ' + base64.b64encode(f'{array.username}:{array.password}'.encode()).decode()
        try:
            self._context = tls_context(array)
        except (OSError, ValueError) as exc:
            raise OntapFetchError(
                f'{array.label} cannot be asked: ca_path, cert_filepath or key_filepath is not readable PEM: {array.redact(str(exc))}.'
            ) from None

    def collection(self, path: str, fields: str) -> Iterator[dict]:
        """Every record of a whole collection, page by page."""
        href: str | None = f'{path}?fields={fields}&max_records={MAX_RECORDS}&return_timeout={RETURN_TIMEOUT}'
        seen = set()
        while href:
            if href in seen:
                raise OntapFetchError(f'{self.array.label} leads in a circle: a page of {path} links to one read before. Try again; if it stays, report it to NetApp.')
            seen.add(href)
            records, href = parse_page(self.array, path, self.get(href, PAGE_TIMEOUT))
            yield from records

    def get(self, href: str, timeout: float) -> dict:
        """The JSON object at an address path. A busy array or a broken connection is asked again, a few times."""
        array, path = self.array, href.partition('?')[0]
        for attempt in range(1, ATTEMPTS + 1):
            pause: float = attempt
            try:
                status, headers, body = self._exchange(href, timeout)
            except BROKEN_CONNECTION:
                error = OntapFetchError(f'{array.label} broke the connection at GET {path}, {ATTEMPTS} times: look at its web service and at what lies in between.')
            except (OSError, http.client.HTTPException) as exc:
                raise explain_exception(array, path, exc, timeout) from None
            else:
                if status == 200:
                    return parse_object(array, path, body)
                error = explain_status(array, path, status, body)
                if status not in (429, 503):
                    raise error
                asked = headers.get('Retry-After', '')
                pause = min(int(asked), LONGEST_PAUSE) if re.fullmatch('[0-9]{1,9}', asked) else pause
            if attempt < ATTEMPTS:
                _sleep(pause)
        raise error

    def _exchange(self, href: str, timeout: float) -> tuple[int, http.client.HTTPMessage, bytes]:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise OntapFetchError(f'{self.array.label} was not read within {FETCH_TIMEOUT} s: look at its load, and try again.')
        timeout = min(timeout, left)
        deadline = time.monotonic() + timeout
        connection = http.client.HTTPSConnection(self.array.hostname, self.array.http_port, timeout=timeout, context=self._context)
        with contextlib.closing(connection):
            connection.request('GET', href, headers=self._headers)
            response = connection.getresponse()
            parts = []
            while part := response.read1(1 << 20):
                parts.append(part)
                # The socket's timeout starts again with every byte; an answer that only trickles must end too.
                if time.monotonic() > deadline:
                    raise TimeoutError
            if response.length:
                raise http.client.IncompleteRead(b'', response.length)
            return response.status, response.headers, b''.join(parts)


def explain_exception(array: Array, path: str, exc: Exception, timeout: float) -> OntapFetchError:
    """The sentence for a request without an answer."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        what = f'does not show a certificate that can be trusted ({exc.verify_message}): set ca_path to the CA that signed it, and hostname to a name in it'
    elif isinstance(exc, socket.gaierror):
        what = 'has a hostname that does not resolve: check hostname and DNS'
    elif isinstance(exc, TimeoutError):
        what = f'did not answer GET {path} within {timeout:g} s: check the network and the load of the array'
    elif isinstance(exc, ConnectionRefusedError):
        what = 'refuses the connection: check hostname and http_port, and that its management web service is up'
    elif isinstance(exc, ssl.SSLError):
        what = f'does not agree on TLS ({array.redact(exc.reason or str(exc))}): check http_port, cert_filepath and key_filepath'
    else:
        what = f'cannot be asked for {path} ({array.redact(str(exc)) or type(exc).__name__}): check hostname, http_port and the network'
    return OntapFetchError(f'{array.label} {what}.')


def explain_status(array: Array, path: str, status: int, body: bytes) -> OntapFetchError:
    """The sentence for an answer with another status than 200."""
    try:
        said = array.redact(_error_text(json.loads(body)))
    except (ValueError, RecursionError):
        said = ''
    answer = f'(HTTP {status}: {said})' if said else f'(HTTP {status})'
    if status == 401:
        who = f'user {array.username!r}' if array.username else 'the client certificate'
        return OntapLoginError(
            f'{array.label} refuses {who} {answer}: check the credentials, and that the account may log in with application http and is not locked.'
        )
    if status == 403:
        return DeniedError(f'{array.label} does not let its user read {path} {answer}: give the role of the account readonly access to it.')
    if status == 404:
        return DeniedError(f'{array.label} has no {path} {answer}: hostname must be the management interface of ONTAP 9.8 or later.')
    if status in (429, 503):
        what = f'is too busy for GET {path} {answer}, {ATTEMPTS} times: try again later'
    elif 300 <= status < 400:
        what = f'sends GET {path} elsewhere {answer}, which is not followed: hostname must be the management interface itself'
    else:
        what = f'fails at GET {path} {answer}: look at the health and the event log of the array'
    return OntapFetchError(f'{array.label} {what}.')


def tls_context(array: Array) -> ssl.SSLContext:
    """Verify against ca_path, or else the system's own store; the environment (SSL_CERT_FILE and the like) has no say in it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not array.validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif array.ca_path:
        context.load_verify_locations(cafile=array.ca_path)
    else:
        system = ssl.get_default_verify_paths()
        for name, path in (('cafile', system.openssl_cafile), ('capath', system.openssl_capath)):
            try:
                context.load_verify_locations(**{name: path})
            except OSError:
                pass  # A system has the one, the other, or both; with none, no certificate is trusted.
    if array.cert_filepath:
        context.post_handshake_auth = True  # ONTAP's web server asks for the certificate when it has seen the path
        context.load_cert_chain(array.cert_filepath, array.key_filepath)
    return context


def parse_object(array: Array, path: str, body: bytes) -> dict:
    """The JSON object of an answer with a good status: ONTAP can put an error even there."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise OntapFetchError(f'{array.label} answers GET {path} with something that is not ONTAP\'s JSON: check hostname and http_port (a proxy, a login page?).')
    if answer.get('error') is not None:
        raise OntapFetchError(f'{array.label} answers GET {path} with an error: {array.redact(_error_text(answer)) or "without a text"}. Look at its event log.')
    return answer


def parse_page(array: Array, path: str, page: dict) -> tuple[list[dict], str | None]:
    """Records of one page, and the address path of the next page of the same collection."""
    records, count = page.get('records'), page.get('num_records')
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise OntapFetchError(f'{array.label} answers GET {path} without its list of records: check that hostname is an ONTAP management interface.')
    if isinstance(count, bool) or count != len(records):
        raise OntapFetchError(f'{array.label} announces {count!r:.20} records of {path} and sends {len(records)}: the page is damaged, try again.')
    links = page.get('_links') or {}
    link = links.get('next') if isinstance(links, dict) else links
    if link is None:
        return records, None
    href = link.get('href') if isinstance(link, dict) else None
    # The credentials go where this leads, and its records count as this collection's.
    if not isinstance(href, str) or not re.fullmatch(r'[!-~]+', href) or re.sub('/+', '/', href.partition('?')[0]) != path or href.startswith('//'):
        raise OntapFetchError(f'{array.label} links from a page of {path} to something that is not a page of it, which is not followed: try again.')
    return records, href


def lun_from_record(array: Array, record: dict) -> dict:
    """A LUN as the lookups return it, its maps still empty."""
    uuid, serial_number = _need(array, record, 'uuid', 'a LUN'), _need(array, record, 'serial_number', 'a LUN')
    try:
        wwid = wwid_from_serial(serial_number)
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
    if not isinstance(lun_id, int):
        raise _lacks(array, 'a LUN map', 'logical_unit_number')
    return {'key': (_need(array, record, 'lun.uuid', 'a LUN map'), _need(array, record, 'igroup.uuid', 'a LUN map')), 'lun_id': lun_id}


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
        'initiators': [initiator_key(name) for name in names if name],
    }


def _by_key(array: Array, records: Iterator[dict], key: str) -> dict[t.Any, dict]:
    """A record that comes twice means that the pages overlap, and may have a gap elsewhere."""
    found: dict[t.Any, dict] = {}
    for record in records:
        if record[key] in found:
            raise OntapRaceError(f'{array.label} lists the same record twice ({array.redact(str(record[key]))}), again when asked again: report it to NetApp.')
        found[record[key]] = record
    return found


def _error_text(answer: t.Any) -> str:
    error = answer.get('error') if isinstance(answer, dict) else None
    return f"{error.get('message', '')} (code {error.get('code', 'none')})" if isinstance(error, dict) else str(error or '')


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
