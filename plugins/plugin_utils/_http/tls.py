# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whom a client of ours trusts, and with which certificate it logs in."""

from __future__ import annotations

import ssl

from ansible_collections.sanops.multipath.plugins.plugin_utils._http.client import OptionNames, RequestError, redact


def context(
    names: OptionNames, *, validate: bool, ca: str | None, certificate: str | None, key: str | None
) -> ssl.SSLContext:
    """Return a context that trusts the CAs in the file *ca*, or else those of the system's own store.

    SSL_CERT_FILE and the other variables of the environment change nothing.

    Raises:
        RequestError: a file cannot be used. The message names the option and the path.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not validate:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif ca:
        _load_ca(made, names.ca, ca)
    else:
        _load_system_store(made)
    if certificate:
        # ONTAP's web server asks for the certificate only after it has seen the path. Other servers do not use it.
        made.post_handshake_auth = True
        _load_certificate(made, names, certificate, key)
    return made


def _load_ca(context: ssl.SSLContext, name: str, path: str) -> None:
    try:
        context.load_verify_locations(cafile=path)
    except (OSError, ValueError) as exc:
        raise _unusable(name, path, exc) from None


def _load_system_store(context: ssl.SSLContext) -> None:
    system = ssl.get_default_verify_paths()
    for name, path in (("cafile", system.openssl_cafile), ("capath", system.openssl_capath)):
        try:
            context.load_verify_locations(**{name: path})
        except OSError:
            pass  # A system has one of them, or both; with none, no certificate is trusted.


def _load_certificate(context: ssl.SSLContext, names: OptionNames, certificate: str, key: str | None) -> None:
    for name, path in ((names.certificate, certificate), (names.key, key)):
        try:
            if path:
                with open(path, "rb"):
                    pass
        except (OSError, ValueError) as exc:
            raise _unusable(name, path, exc) from None
    _load_ca(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), names.certificate, certificate)  # whether it is one at all
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ValueError) as exc:
        if isinstance(exc, ssl.SSLError) and exc.reason == "KEY_VALUES_MISMATCH":
            raise RequestError(
                f"cannot be asked: {names.key} ({key or certificate}) does not belong to {names.certificate} "
                f"({certificate})"
            ) from None
        raise _unusable(names.key if key else f"the private key in {names.certificate}", key or certificate, exc) from (
            None
        )


def _unusable(name: str, path: object, exc: Exception) -> RequestError:
    why = (isinstance(exc, OSError) and not isinstance(exc, ssl.SSLError) and exc.strerror) or redact(str(exc))
    return RequestError(f"cannot be asked: {name} ({path}) is not readable PEM: {why}")
