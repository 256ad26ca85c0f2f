# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of an array (address, credentials), and the errors of the arrays' side.

Every message of an error names the array and what to do, and holds no credential.
"""

from __future__ import annotations

import base64
import dataclasses
import ipaddress
import re
import typing as t
from collections.abc import Mapping

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.sanops.multipath.plugins.plugin_utils._http.client import redact

HTTPS_PORT = 443


class OntapError(Exception):
    """Base of every error of the array's side; a lookup turns it into an AnsibleLookupError."""


class OntapConfigError(OntapError):
    """The options or the temporary folder are wrong. No answer is possible, not even an incomplete one."""

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
    """One array as the user configured it: the keys of an entry of O(arrays), with their defaults."""

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
        """How messages name this array."""
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
TEXTS = ("username", "password", "cert_filepath", "key_filepath", "ca_path")


def plain_text(value: t.Any) -> str:
    """Return an exact `str`.

    ansible-core 2.19 and later pass tagged subclasses, and vaulted values are objects that decrypt in `str()`.
    """
    return str.__str__(value) if isinstance(value, str) else str(value)


def kind_of(value: t.Any) -> str:
    """Return what a user calls the type of a value, whatever class of Ansible or Jinja it has."""
    if isinstance(value, Mapping):
        return "a dictionary"
    if value is None:
        return "nothing"
    names = ((bool, "a boolean"), ((int, float), "a number"), (str, "a string"), ((list, tuple, set), "a list"))
    return next((name for kinds, name in names if isinstance(value, kinds)), "another value")


def array_from_options(options: Mapping[str, t.Any], where: str) -> Array:
    """Return one array, its options validated. *where* names it in a message, as in "entry 2 of arrays"."""
    if not isinstance(options, Mapping):
        raise OntapConfigError(f"{where} must be a dictionary with a hostname, not {kind_of(options)}.")
    unknown = sorted(plain_text(key) for key in options if key not in FIELDS)
    if unknown:
        raise OntapConfigError(f"{where} has the unknown key {unknown[0]!r}; known are {', '.join(FIELDS)}.")
    given = {plain_text(key): value for key, value in options.items() if value is not None and value != ""}
    for key, value in given.items():
        if isinstance(value, (Mapping, list, tuple)):
            raise OntapConfigError(f"{where}: {key} must be a single value.")

    hostname = plain_text(given.get("hostname", ""))
    # What is wrong with it is not repeated: "user:password@host" is the likeliest mistake.
    if not _is_host(hostname):
        raise OntapConfigError(
            f"{where}: hostname must be a bare name or address of the management interface (no scheme, port, path or "
            f"user); a port goes into http_port."
        )
    texts: dict[str, str] = {key: plain_text(given[key]) for key in TEXTS if key in given}
    array = Array(
        hostname=hostname,
        username=texts.get("username"),
        password=texts.get("password"),
        http_port=_port(given.get("http_port", HTTPS_PORT), where),
        validate_certs=_boolean(given.get("validate_certs", True), "validate_certs", where),
        cert_filepath=texts.get("cert_filepath"),
        key_filepath=texts.get("key_filepath"),
        ca_path=texts.get("ca_path"),
        allow_no_luns=_boolean(given.get("allow_no_luns", False), "allow_no_luns", where),
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
    """Return the arrays to ask: those of O(arrays), or the one that the plain options describe, or none."""
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
    if not isinstance(entries, (list, tuple)):
        raise OntapConfigError(f"arrays must be a list of dictionaries, not {kind_of(entries)}.")
    arrays: list[Array] = []
    for number, entry in enumerate(entries, start=1):
        array = array_from_options(entry, f"entry {number} of arrays")
        if any((array.netloc, array.username) == (other.netloc, other.username) for other in arrays):
            raise OntapConfigError(f"entry {number} of arrays: {array.hostname} is listed twice for the same user.")
        arrays.append(array)
    return arrays


def _is_host(text: str) -> bool:
    """Return whether a text is a name, an IPv4 address or an IPv6 address without brackets."""
    if ":" not in text:
        return re.fullmatch(r"[A-Za-z0-9._-]+", text) is not None
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return re.fullmatch(r"[0-9A-Fa-f:.]+(%[\w.-]+)?", text) is not None


def _port(value: t.Any, where: str) -> int:
    text = plain_text(value)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise OntapConfigError(f"{where}: http_port must be a number from 1 to 65535.")
    return int(text)


def _boolean(value: t.Any, key: str, where: str) -> bool:
    try:
        return bool(boolean(plain_text(value)))
    except TypeError:
        raise OntapConfigError(f"{where}: {key} must be true or false.") from None
