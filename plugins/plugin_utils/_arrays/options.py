# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What an operator says of an array (address, credentials), and the errors that the array's side can raise.

Every sentence of an error names the array and what to do, and holds no credential.
"""

from __future__ import annotations

import base64
import dataclasses
import re
import typing as t
from collections.abc import Mapping

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.sanops.multipath.plugins.plugin_utils._http.client import redact

HTTPS_PORT = 443


class OntapError(Exception):
    """Base of every error of the array's side; a lookup turns it into an AnsibleLookupError."""


class OntapConfigError(OntapError):
    """The options or the cache folder are wrong. No answer is possible, not even an incomplete one."""

    kind = "config"


class OntapFetchError(OntapError):
    """The array could not be listed completely: nothing may be concluded from what it did not say."""

    kind = "fetch"


class OntapLoginError(OntapFetchError):
    """The array refused the login. Asking again with the same credentials can lock the account."""

    kind = "login"


class OntapRaceError(OntapFetchError):
    """The listings do not fit together, as when the array changed while it was read: worth one more reading."""


@dataclasses.dataclass(frozen=True)
class Array:
    """One array as the operator configured it: the keys of an entry of O(arrays), with their defaults."""

    hostname: str
    username: str | None = None
    password: str | None = dataclasses.field(default=None, repr=False)
    http_port: int = HTTPS_PORT
    validate_certs: bool = True
    cert_filepath: str | None = None
    key_filepath: str | None = None
    ca_path: str | None = None
    allow_no_luns: bool = False

    @property
    def label(self) -> str:
        """How sentences call this array."""
        port = "" if self.http_port == HTTPS_PORT else f":{self.http_port}"
        return f"ONTAP array {self.hostname}{port}"

    @property
    def netloc(self) -> str:
        host = f"[{self.hostname}]" if ":" in self.hostname else self.hostname
        return f"{host}:{self.http_port}"

    @property
    def login(self) -> bytes:
        """What HTTP's basic authentication encodes."""
        return f"{self.username}:{self.password}".encode()

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may hold."""
        return (base64.b64encode(self.login).decode(), self.password) if self.password else ()

    def redact(self, text: str) -> str:
        """Return a text that came from outside, fit for a message."""
        return redact(text, self.secrets)


FIELDS = tuple(field.name for field in dataclasses.fields(Array))


def plain_text(value: t.Any) -> str:
    """An exact `str`: ansible-core 2.19 and later hand over tagged subclasses, and vaulted values are objects that
    decrypt in `str()`.
    """
    return str.__str__(value) if isinstance(value, str) else str(value)


def array_from_options(options: Mapping[str, t.Any], where: str) -> Array:
    """Validate one array's options. `where` says in a message which array is meant (such as "entry 2 of arrays")."""
    if not isinstance(options, Mapping):
        raise OntapConfigError(f"{where} must be a dictionary with a hostname, not {type(options).__name__}.")
    unknown = sorted(plain_text(key) for key in options if key not in FIELDS)
    if unknown:
        raise OntapConfigError(f"{where} has the unknown key {unknown[0]!r}; known are {', '.join(FIELDS)}.")
    given = {plain_text(key): value for key, value in options.items() if value is not None and value != ""}
    for key, value in given.items():
        if isinstance(value, (Mapping, list, tuple)):
            raise OntapConfigError(f"{where}: {key} must be a single value.")

    hostname = plain_text(given.pop("hostname", ""))
    # What is wrong with it is not echoed: "user:password@host" is the likeliest mistake.
    if not re.fullmatch(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(%[\w.-]+)?", hostname):
        raise OntapConfigError(
            f"{where}: hostname must be a bare name or address of the management interface (no "
            f"scheme, port, path or user)."
        )
    array = Array(
        hostname=hostname,
        http_port=_port(given.pop("http_port", HTTPS_PORT), where),
        **{key: _boolean(given.pop(key), key, where) for key in ("validate_certs", "allow_no_luns") if key in given},
        **{key: plain_text(value) for key, value in given.items()},
    )
    if (array.username is None) != (array.password is None) or not (array.username or array.cert_filepath):
        raise OntapConfigError(
            f"{where} ({hostname}): give username and password, or a client certificate with cert_filepath."
        )
    if array.key_filepath and not array.cert_filepath:
        raise OntapConfigError(f"{where} ({hostname}): key_filepath needs cert_filepath.")
    if ":" in (array.username or ""):
        raise OntapConfigError(f"{where} ({hostname}): username must not hold a colon.")
    return array


def arrays_from_options(options: Mapping[str, t.Any]) -> list[Array]:
    """The arrays to ask, from a lookup's options: O(arrays), or the one that the plain options describe, or none at
    all.
    """
    entries = options.get("arrays")
    if entries and options.get("hostname"):
        # Neither may win silently: an array that is not asked makes its LUNs look gone.
        raise OntapConfigError(
            "arrays and hostname are both set: put that array into arrays too, or unset one of them."
        )
    if not entries:
        return (
            [array_from_options({key: options.get(key) for key in FIELDS}, "the ONTAP options")]
            if options.get("hostname")
            else []
        )
    arrays: list[Array] = []
    for number, entry in enumerate(entries, start=1):
        array = array_from_options(entry, f"entry {number} of arrays")
        if any((array.netloc, array.username) == (other.netloc, other.username) for other in arrays):
            raise OntapConfigError(f"entry {number} of arrays: {array.hostname} is listed twice for the same user.")
        arrays.append(array)
    return arrays


def _port(value: t.Any, where: str) -> int:
    text = plain_text(value)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise OntapConfigError(f"{where}: http_port must be a number from 1 to 65535.")
    return int(text)


def _boolean(value: t.Any, key: str, where: str) -> bool:
    try:
        return boolean(plain_text(value))
    except TypeError:
        raise OntapConfigError(f"{where}: {key} must be true or false.") from None
