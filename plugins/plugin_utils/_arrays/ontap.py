# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A client of ONTAP's REST API: HTTPS, logging in, pages, and a sentence for everything that can go wrong.

A collection is read to its end or is an OntapFetchError. What is read, and how it fits together, is in
_arrays/listing.py.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import re
import socket
import ssl
import time
from collections.abc import Iterator

from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import https
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import (
    Array,
    OntapFetchError,
    OntapLoginError,
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
# ONTAP sends a page without a record where it found none within RETURN_TIMEOUT; so many in a row are ten minutes of
# nothing.
MOST_EMPTY_PAGES = 5
# OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED
OUT_OF_DATE = (9, 10)
BROKEN_CONNECTION = (ConnectionResetError, BrokenPipeError, http.client.IncompleteRead, ssl.SSLEOFError)

_sleep = time.sleep


class DeniedError(OntapFetchError):
    """HTTP 403 or 404: the login is good, and this API is not there for the account."""


class Client:
    """GETs over HTTPS to one array, each page checked.

    Plain http.client, one connection that is kept: the way to an array is then what the options say and nothing else.
    No proxy, .netrc or CA bundle comes out of the environment, and no redirect is followed, which would carry the
    credentials elsewhere. A context manager, which closes the connection.
    """

    def __init__(self, array: Array) -> None:
        self.array = array
        self._deadline = time.monotonic() + FETCH_TIMEOUT
        self._headers = {"Accept": "application/json", "User-Agent": "sanops.multipath"}
        self._connection: http.client.HTTPSConnection | None = None
        if array.username is not None:
            self._headers["Authorization"] = (
                "Basic " + base64.b64encode(f"{array.username}:{array.password}".encode()).decode()
            )
        try:
            self._context = tls_context(array)
        except (OSError, ValueError) as exc:
            raise OntapFetchError(
                (
                    f"{array.label} cannot be asked: ca_path, cert_filepath or key_filepath is not "
                    f"readable PEM: {array.redact(str(exc))}."
                )
            ) from None

    def instance(self, path: str, fields: str) -> dict:
        """One object that is no collection."""
        return self.get(f"{path}?fields={fields}", HELLO_TIMEOUT)

    def collection(self, path: str, fields: str) -> Iterator[dict]:
        """Every record of a whole collection, page by page."""
        for page in self._pages(path, f"fields={fields}&max_records={MAX_RECORDS}"):
            yield from page_records(self.array, path, page)

    def count(self, path: str) -> int:
        """How many records the array counts in a whole collection. It may count in parts, as it lists in pages."""
        return sum(page_count(self.array, path, page) for page in self._pages(path, "return_records=false"))

    def _pages(self, path: str, arguments: str) -> Iterator[dict]:
        href: str | None = f"{path}?{arguments}&return_timeout={RETURN_TIMEOUT}"
        seen, empty = set(), 0
        while href:
            if href in seen:
                raise OntapFetchError(
                    (
                        f"{self.array.label} leads in a circle: a page of {path} links to one read "
                        f"before. Try again; if it stays, report it to NetApp."
                    )
                )
            seen.add(href)
            page = self.get(href, PAGE_TIMEOUT)
            yield page
            href = next_page(self.array, path, page)
            empty = 0 if page.get("num_records") else empty + 1
            if href and empty >= MOST_EMPTY_PAGES:
                raise OntapFetchError(
                    (
                        f"{self.array.label} sends {empty} pages of {path} in a row without a record, "
                        f"each with a link to another: look at its load, and try again."
                    )
                )

    def get(self, href: str, timeout: float) -> dict:
        """The JSON object at an address path. A busy array or a broken connection is asked again, a few times."""
        array, path = self.array, href.partition("?")[0]
        for attempt in range(1, ATTEMPTS + 1):
            pause: float = attempt
            try:
                status, headers, body = self._exchange(href, timeout)
            except BROKEN_CONNECTION:
                error = OntapFetchError(
                    (
                        f"{array.label} broke the connection at GET {path}, {ATTEMPTS} times: look at "
                        f"its web service and at what lies in between."
                    )
                )
            except (OSError, http.client.HTTPException) as exc:
                raise explain_exception(array, path, exc, timeout) from None
            else:
                if status == 200:
                    return parse_object(array, path, body)
                error = explain_status(array, path, status, body)
                if status not in (429, 503):
                    raise error
                asked = headers.get("Retry-After", "")
                pause = min(int(asked), LONGEST_PAUSE) if re.fullmatch("[0-9]{1,9}", asked) else pause
            if attempt < ATTEMPTS:
                _sleep(pause)
        raise error

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *dummy: object) -> None:
        self._close()

    def _exchange(self, href: str, timeout: float) -> tuple[int, http.client.HTTPMessage, bytes]:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise OntapFetchError(
                f"{self.array.label} was not read within {FETCH_TIMEOUT} s: look at its load, and try again."
            )
        timeout = min(timeout, left)
        if self._connection is not None:
            # The array may have closed it since the last answer, which tells nothing of its health: a new one decides.
            with contextlib.suppress(*BROKEN_CONNECTION):
                return self._ask(self._connection, href, timeout)
        self._connection = http.client.HTTPSConnection(
            self.array.hostname, self.array.http_port, timeout=timeout, context=self._context
        )
        return self._ask(self._connection, href, timeout)

    def _ask(
        self, connection: http.client.HTTPSConnection, href: str, timeout: float
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        try:
            response, body = https.get(connection, href, self._headers, timeout)
        except BaseException:
            self._close()  # what may still come on it would be taken for the answer to the next question
            raise
        if response.will_close:
            self._close()
        return response.status, response.headers, body

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def explain_exception(array: Array, path: str, exc: Exception, timeout: float) -> OntapFetchError:
    """The sentence for a request without an answer."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        remedy = "set ca_path to the CA that signed it, and hostname to a name in it"
        if exc.verify_code in OUT_OF_DATE:
            remedy = "renew it on the array, and check the clocks of both"
        what = f"does not show a certificate that can be trusted ({exc.verify_message}): {remedy}"
    elif isinstance(exc, socket.gaierror):
        what = "has a hostname that does not resolve: check hostname and DNS"
    elif isinstance(exc, TimeoutError):
        what = f"did not answer GET {path} within {timeout:g} s: check the network and the load of the array"
    elif isinstance(exc, ConnectionRefusedError):
        what = "refuses the connection: check hostname and http_port, and that its management web service is up"
    elif isinstance(exc, ssl.SSLError):
        what = (
            f"does not agree on TLS ({array.redact(exc.reason or str(exc))}): check http_port, "
            f"cert_filepath and key_filepath"
        )
    else:
        what = (
            f"cannot be asked for {path} ({array.redact(str(exc)) or type(exc).__name__}): check "
            f"hostname, http_port and the network"
        )
    return OntapFetchError(f"{array.label} {what}.")


def explain_status(array: Array, path: str, status: int, body: bytes) -> OntapFetchError:
    """The sentence for an answer with another status than 200."""
    try:
        said = array.redact(_error_text(json.loads(body)))
    except (ValueError, RecursionError):
        said = ""
    answer = f"(HTTP {status}: {said})" if said else f"(HTTP {status})"
    if status == 401:
        who = f"user {array.username!r}" if array.username else "the client certificate"
        return OntapLoginError(
            (
                f"{array.label} refuses {who} {answer}: check the credentials, and that the account "
                f"may log in with application http and is not locked."
            )
        )
    if status == 403:
        return DeniedError(
            (
                f"{array.label} does not let its user read {path} {answer}: give the role of the "
                f"account readonly access to it."
            )
        )
    if status == 404:
        return DeniedError(
            f"{array.label} has no {path} {answer}: hostname must be the management interface of ONTAP 9.8 or later."
        )
    if status in (429, 503):
        what = f"is too busy for GET {path} {answer}, {ATTEMPTS} times: try again later"
    elif 300 <= status < 400:
        what = (
            f"sends GET {path} elsewhere {answer}, which is not followed: hostname must be the "
            f"management interface itself"
        )
    else:
        what = f"fails at GET {path} {answer}: look at the health and the event log of the array"
    return OntapFetchError(f"{array.label} {what}.")


def tls_context(array: Array) -> ssl.SSLContext:
    """Verify against ca_path, or else the system's own store; the environment (SSL_CERT_FILE and the like) has no
    say in it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not array.validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif array.ca_path:
        context.load_verify_locations(cafile=array.ca_path)
    else:
        system = ssl.get_default_verify_paths()
        for name, path in (("cafile", system.openssl_cafile), ("capath", system.openssl_capath)):
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
        raise OntapFetchError(
            (
                f"{array.label} answers GET {path} with something that is not JSON of ONTAP: check "
                f"hostname and http_port (a proxy, a login page?)."
            )
        )
    if answer.get("error") is not None:
        said = array.redact(_error_text(answer)) or "without a text"
        raise OntapFetchError(f"{array.label} answers GET {path} with an error: {said}. Look at its event log.")
    return answer


def page_records(array: Array, path: str, page: dict) -> list[dict]:
    """The records of one page, as many as it announces."""
    records, count = page.get("records"), page.get("num_records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise OntapFetchError(
            (
                f"{array.label} answers GET {path} without its list of records: check that hostname "
                f"is an ONTAP management interface."
            )
        )
    if count != len(records):
        raise OntapFetchError(
            (
                f"{array.label} announces {count!r:.20} records of {path} and sends {len(records)}: "
                f"the page is damaged, try again."
            )
        )
    return records


def page_count(array: Array, path: str, page: dict) -> int:
    """The number of records that one page announces."""
    count = page.get("num_records")
    if not isinstance(count, int) or count < 0:
        raise OntapFetchError(
            f"{array.label} does not count the records of {path}: check that hostname is an ONTAP management interface."
        )
    return count


def next_page(array: Array, path: str, page: dict) -> str | None:
    """The address path of the next page of the same collection."""
    links = page.get("_links") or {}
    link = links.get("next") if isinstance(links, dict) else links
    if link is None:
        return None
    href = link.get("href") if isinstance(link, dict) else None
    # The credentials go where this leads, and its records count as this collection's.
    printable = isinstance(href, str) and re.fullmatch(r"[!-~]+", href)
    if not printable or href.startswith("//") or re.sub("/+", "/", href.partition("?")[0]) != path:
        raise OntapFetchError(
            (
                f"{array.label} links from a page of {path} to something that is not a page of it, "
                f"which is not followed: try again."
            )
        )
    return href


def part(record: dict, name: str) -> dict:
    """The object within a record; an empty one where there is none."""
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def text(record: dict, name: str) -> str | None:
    """A text of a record; None where it is none."""
    value = record.get(name)
    return value if isinstance(value, str) else None


def _error_text(answer: object) -> str:
    error = answer.get("error") if isinstance(answer, dict) else None
    return (
        f"{error.get('message', '')} (code {error.get('code', 'none')})"
        if isinstance(error, dict)
        else str(error or "")
    )
