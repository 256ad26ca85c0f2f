# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""GETs over HTTPS, for arrays and for Kubernetes clusters: one kept connection, one deadline for each answer and one
for all of them, one retry policy, and one sentence for each way in which a request can fail.

Plain http.client: the options alone say how a server is reached. No proxy, .netrc or CA bundle comes out of the
environment, and no redirect is followed, because it would carry the credentials elsewhere.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import io
import json
import re
import socket
import ssl
import time
import typing as t
from collections.abc import Iterable, Mapping

ATTEMPTS = 3
# Too many requests, and not available for the moment.
BUSY = (429, 503)
LONGEST_PAUSE = 10  # seconds, whatever the server asks for in Retry-After
BROKEN_CONNECTION = (ConnectionResetError, BrokenPipeError, http.client.IncompleteRead, ssl.SSLEOFError)
# OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED
OUT_OF_DATE = (9, 10)
# OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH
OTHER_NAME = (62, 64)

_sleep = time.sleep


class RequestError(Exception):
    """Why a request has no usable answer. The text is what a sentence says of the server after its name."""


class OptionNames(t.NamedTuple):
    """The names of the options with which a user describes a server. Messages name these."""

    address: str  # of the option, or the options, that hold name and port
    host: str
    ca: str
    certificate: str
    key: str


class Answer(t.NamedTuple):
    """A whole answer, whatever its status."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Client:
    """GETs to one server. A context manager, which closes the connection."""

    def __init__(
        self,
        host: str,
        port: int,
        context: ssl.SSLContext,
        headers: Mapping[str, str],
        *,
        names: OptionNames,
        secrets: Iterable[str] = (),
        total_timeout: float,
    ) -> None:
        """Prepare the client; it connects with the first request.

        Args:
            secrets: texts that no message may hold.
            total_timeout: seconds from now on for all requests together.
        """
        self._host, self._port, self._context = host, port, context
        self._headers = {"Accept": "application/json", "User-Agent": "sanops.multipath", **headers}
        self._names, self._secrets = names, tuple(secrets)
        self._total_timeout, self._deadline = total_timeout, time.monotonic() + total_timeout
        self._connection: http.client.HTTPSConnection | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *dummy: object) -> None:
        self._close()

    def get(self, target: str, timeout: float) -> Answer:
        """Return the answer to GET *target*, repeating the request where the server is busy or the connection breaks.

        Args:
            target: path and query.
            timeout: seconds for each attempt, from connecting to the last byte of the body.

        Raises:
            RequestError: there is no whole answer.
        """
        path = target.partition("?")[0]
        attempt = 1
        while True:
            pause = attempt
            try:
                answer = self._exchange(target, timeout)
            except BROKEN_CONNECTION:
                if attempt == ATTEMPTS:
                    raise RequestError(
                        f"broke the connection at GET {path}, {ATTEMPTS} times: check its web service and what lies in "
                        f"between"
                    ) from None
            except (OSError, http.client.HTTPException) as exc:
                raise RequestError(self._explain(path, exc, timeout)) from None
            else:
                if answer.status not in BUSY or attempt == ATTEMPTS:
                    return answer
                asked = answer.headers.get("Retry-After", "")
                pause = min(int(asked), LONGEST_PAUSE) if re.fullmatch("[0-9]{1,9}", asked) else attempt
            _sleep(pause)
            attempt += 1

    def _exchange(self, target: str, timeout: float) -> Answer:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise RequestError(
                f"was not read within {self._total_timeout:g} s: check the load of the server, and try again"
            )
        timeout = min(timeout, left)
        if self._connection is not None:
            # The server may have closed it since the last answer, which says nothing of its health: a new one decides.
            with contextlib.suppress(*BROKEN_CONNECTION):
                return self._request(self._connection, target, timeout)
        self._connection = http.client.HTTPSConnection(self._host, self._port, timeout=timeout, context=self._context)
        return self._request(self._connection, target, timeout)

    def _request(self, connection: http.client.HTTPSConnection, target: str, timeout: float) -> Answer:
        try:
            response, body = _read_whole(connection, target, self._headers, timeout)
        except BaseException:
            self._close()  # what may still arrive on it would be taken for the answer to the next request
            raise
        if response.will_close:
            self._close()
        return Answer(response.status, response.headers, body)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _explain(self, path: str, exc: Exception, timeout: float) -> str:
        names = self._names
        if isinstance(exc, ssl.SSLCertVerificationError):
            remedy = f"set {names.ca} to the CA that signed it"
            if exc.verify_code in OUT_OF_DATE:
                remedy = "renew it, and check the clocks of both sides"
            elif exc.verify_code in OTHER_NAME:
                remedy = f"set {names.host} to a name in it, or issue one with this name"
            return f"does not show a certificate that can be trusted ({exc.verify_message}): {remedy}"
        if isinstance(exc, socket.gaierror):
            return f"has a name that does not resolve: check {names.host} and DNS"
        if isinstance(exc, TimeoutError):
            return f"did not answer GET {path} within {timeout:g} s: check the network and the load of the server"
        if isinstance(exc, ConnectionRefusedError):
            return f"refuses the connection: check {names.address}, and that its web service runs"
        if isinstance(exc, ssl.SSLError):
            said = redact(exc.reason or str(exc), self._secrets)
            return f"does not agree on TLS ({said}): check {names.address}, {names.certificate} and {names.key}"
        said = redact(str(exc), self._secrets) or type(exc).__name__
        return f"cannot be asked for {path} ({said}): check {names.address} and the network"


def json_object(path: str, body: bytes, names: OptionNames, product: str) -> dict[str, t.Any]:
    """Return the JSON object that a body is.

    Raises:
        RequestError: the body is cut, is not JSON, or is another kind of JSON.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        if body.lstrip().startswith(b"{"):
            raise RequestError(
                f"answers GET {path} with JSON that is cut or damaged ({len(body)} bytes): try again, and check what "
                f"lies in between"
            ) from None
        answer = None
    if not isinstance(answer, dict):
        raise RequestError(
            f"answers GET {path} with something that is not JSON of {product}: check {names.address} "
            f"(a proxy, a login page?)"
        )
    return answer


def redact(text: str, secrets: Iterable[str] = (), limit: int = 300) -> str:
    """Return a text from outside, fit for a message: no secret, no control character, at most *limit* characters."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    text = re.sub(r"//[^/@\s]+@", "//***@", text)
    text = " ".join(re.sub(r"[^\x20-\x7e\xa0-\uffff]", " ", text).split())
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _read_whole(
    connection: http.client.HTTPSConnection, target: str, headers: Mapping[str, str], timeout: float
) -> tuple[http.client.HTTPResponse, bytes]:
    """GET a target and return the response, read to its end, and its body.

    Args:
        timeout: seconds for all of it. The connection must not be used again after an exception.

    Raises:
        TimeoutError, http.client.IncompleteRead, and whatever else http.client and sockets raise.
    """
    deadline = time.monotonic() + timeout
    connection.timeout = timeout
    if connection.sock is not None:
        connection.sock.settimeout(timeout)
    connection.response_class = functools.partial(_Response, deadline)  # type: ignore[assignment]
    connection.request("GET", target, headers=dict(headers))
    response = connection.getresponse()
    parts: list[bytes] = []
    while part := response.read1(1 << 20):
        parts.append(part)
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    response.close()  # before Python 3.13, read1 does not do it, and the connection waits for it
    return response, b"".join(parts)


class _Response(http.client.HTTPResponse):
    """A response that is whole by a deadline of the monotonic clock: status, headers, sizes of chunks and body,
    however slowly they arrive.
    """

    def __init__(self, deadline: float, sock: socket.socket, *args: t.Any, **options: t.Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Timed(sock, deadline))


class _Timed(io.RawIOBase):
    """Reads a socket up to a deadline. The socket's own timeout starts again with every byte."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        super().__init__()
        # By makefile, so that the socket stays open for it when the connection is closed, as http.client does where no
        # other request follows.
        self._sock, self._raw, self._deadline = sock, sock.makefile("rb", buffering=0), deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
