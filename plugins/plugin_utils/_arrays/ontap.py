# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A client of ONTAP's REST API: login, pages, and a sentence for each way in which a request can fail.

It reads a collection to its end or raises OntapFetchError. What is read, and how it fits together, is in
_arrays/listing.py; how a request is sent is in _http/client.py.
"""

from __future__ import annotations

import base64
import json
import re
import typing as t
from collections.abc import Iterator

from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import (
    Array,
    OntapFetchError,
    OntapLoginError,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._http import client as https
from ansible_collections.sanops.multipath.plugins.plugin_utils._http import tls

# ONTAP ends a page at max_records or after return_timeout seconds (15 by default, at most 120), whichever comes first.
MAX_RECORDS = 2000
RETURN_TIMEOUT = 120
# Above RETURN_TIMEOUT, so that a slow array answers with a short page rather than with a broken connection.
PAGE_TIMEOUT = 150
# /api/cluster is one small record: an array that is down is known after this many seconds, not after PAGE_TIMEOUT.
HELLO_TIMEOUT = 30
FETCH_TIMEOUT = 1800
# ONTAP sends a page without a record where it found none within RETURN_TIMEOUT; so many in a row are ten minutes of
# nothing.
MOST_EMPTY_PAGES = 5
NAMES = https.OptionNames("hostname and http_port", "hostname", "ca_path", "cert_filepath", "key_filepath")

# A record of a collection, as JSON gives it. Any field may be missing or of another type.
Record = dict[str, t.Any]


class DeniedError(OntapFetchError):
    """HTTP 403 or 404: the login is good, but this account cannot use this API."""


class NotThereError(DeniedError):
    """HTTP 404: the array has no such API."""


class Client:
    """GETs to one array, each page checked. A context manager, which closes the connection."""

    def __init__(self, array: Array, within: float | None = None) -> None:
        """Prepare the client. *within*: seconds for all requests together, FETCH_TIMEOUT where none are given."""
        self.array = array
        headers = {}
        if array.username is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(array.login).decode()
        try:
            context = tls.context(
                NAMES,
                validate=array.validate_certs,
                ca=array.ca_path,
                certificate=array.cert_filepath,
                key=array.key_filepath,
            )
        except https.RequestError as exc:
            raise _error(array, exc) from None
        self._https = https.Client(
            array.hostname,
            array.http_port,
            context,
            headers,
            names=NAMES,
            secrets=array.secrets,
            total_timeout=FETCH_TIMEOUT if within is None else within,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *dummy: object) -> None:
        self._https.__exit__()

    def instance(self, path: str, fields: str) -> Record:
        """Return an object that is not part of a collection."""
        return self.get(f"{path}?fields={fields}", HELLO_TIMEOUT)

    def collection(self, path: str, fields: str) -> Iterator[Record]:
        """Yield every record of a whole collection, page by page."""
        for page in self._pages(path, f"fields={fields}&max_records={MAX_RECORDS}"):
            yield from page_records(self.array, path, page)

    def count(self, path: str) -> int:
        """Return how many records the array counts in a whole collection. It may count in parts, as it lists in
        pages.
        """
        return sum(page_count(self.array, path, page) for page in self._pages(path, "return_records=false"))

    def _pages(self, path: str, arguments: str) -> Iterator[Record]:
        href: str | None = f"{path}?{arguments}&return_timeout={RETURN_TIMEOUT}"
        seen: set[str] = set()
        empty = 0
        while href:
            if href in seen:
                raise OntapFetchError(
                    f"{self.array.label} leads in a circle: a page of {path} links to one that was read before. Try "
                    f"again; if it stays, report it to NetApp."
                )
            seen.add(href)
            page = self.get(href, PAGE_TIMEOUT)
            yield page
            href = next_page(self.array, path, page)
            empty = 0 if page.get("num_records") else empty + 1
            if href and empty >= MOST_EMPTY_PAGES:
                raise OntapFetchError(
                    f"{self.array.label} sends {empty} pages of {path} in a row without a record, each with a link to "
                    f"another: check its load, and try again."
                )

    def get(self, href: str, timeout: float) -> Record:
        """Return the JSON object at a path and query, within *timeout* seconds for each attempt."""
        path = href.partition("?")[0]
        try:
            answer = self._https.get(href, timeout)
        except https.RequestError as exc:
            raise _error(self.array, exc) from None
        if answer.status != 200:
            raise explain_status(self.array, path, answer.status, answer.body)
        return parse_object(self.array, path, answer.body)


def parse_object(array: Array, path: str, body: bytes) -> Record:
    """Return the JSON object of an answer with a good status: ONTAP can put an error even there."""
    try:
        answer = https.json_object(path, body, NAMES, "ONTAP")
    except https.RequestError as exc:
        raise _error(array, exc) from None
    if answer.get("error") is not None:
        said = array.redact(_error_text(answer)) or "without a text"
        raise OntapFetchError(f"{array.label} answers GET {path} with an error: {said}. Check its event log.")
    return answer


def _error(array: Array, exc: https.RequestError) -> OntapFetchError:
    return OntapFetchError(f"{array.label} {exc}.")


def explain_status(array: Array, path: str, status: int, body: bytes) -> OntapFetchError:
    """Return the error for an answer with another status than 200."""
    try:
        said = array.redact(_error_text(json.loads(body)))
    except (ValueError, RecursionError):
        said = ""
    answer = f"(HTTP {status}: {said})" if said else f"(HTTP {status})"
    if status == 401:
        who = f"user {array.username!r}" if array.username else "the client certificate"
        return OntapLoginError(
            f"{array.label} refuses {who} {answer}: check the credentials, and that the account "
            f"may log in with application http and is not locked."
        )
    if status == 403:
        return DeniedError(
            f"{array.label} does not let its user read {path} {answer}: give the role of the "
            f"account readonly access to it."
        )
    if status == 404:
        return NotThereError(
            f"{array.label} has no {path} {answer}: hostname must be the management interface of ONTAP 9.8 or later."
        )
    if status in (429, 503):
        what = f"is too busy for GET {path} {answer}, {https.ATTEMPTS} times: try again later"
    elif 300 <= status < 400:
        what = (
            f"sends GET {path} elsewhere {answer}, which is not followed: hostname must be the "
            f"management interface itself"
        )
    else:
        what = f"fails at GET {path} {answer}: check the health and the event log of the array"
    return OntapFetchError(f"{array.label} {what}.")


def page_records(array: Array, path: str, page: Record) -> list[Record]:
    """Return the records of one page, as many as it announces."""
    records, count = page.get("records"), page.get("num_records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise OntapFetchError(
            f"{array.label} answers GET {path} without its list of records: check that hostname "
            f"is an ONTAP management interface."
        )
    if count != len(records):
        raise OntapFetchError(
            f"{array.label} announces {count!r:.20} records of {path} and sends {len(records)}: "
            f"the page is damaged, try again."
        )
    return records


def page_count(array: Array, path: str, page: Record) -> int:
    """Return the number of records that one page announces."""
    count = page.get("num_records")
    if not isinstance(count, int) or count < 0:
        raise OntapFetchError(
            f"{array.label} does not count the records of {path}: check that hostname is an ONTAP management interface."
        )
    return count


def next_page(array: Array, path: str, page: Record) -> str | None:
    """Return path and query of the next page of the same collection."""
    links = page.get("_links") or {}
    link = links.get("next") if isinstance(links, dict) else links
    if link is None:
        return None
    href = link.get("href") if isinstance(link, dict) else None
    # The credentials go where this leads, and its records count as this collection's.
    if (
        not isinstance(href, str)
        or not re.fullmatch("[!-~]+", href)
        or href.startswith("//")
        or re.sub("/+", "/", href.partition("?")[0]) != path
    ):
        raise OntapFetchError(
            f"{array.label} links from a page of {path} to something that is not a page of it, "
            f"which is not followed: try again."
        )
    return href


def part(record: Record, name: str) -> Record:
    """Return the object within a record; an empty one where it has none."""
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def text(record: Record, name: str) -> str | None:
    """Return a text of a record; None where it has none."""
    value = record.get(name)
    return value if isinstance(value, str) else None


def _error_text(answer: object) -> str:
    error = answer.get("error") if isinstance(answer, dict) else None
    return (
        f"{error.get('message', '')} (code {error.get('code', 'none')})"
        if isinstance(error, dict)
        else str(error or "")
    )
